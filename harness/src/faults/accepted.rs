//! What looks odd and is right: payloads that the sequencer has to take for what they are. And the
//! keys that it must not.

use alloy_primitives::{Address, U256};
use gauntlet_protocol::BuilderPayloadV1;
use serde_json::{Value, to_value};

use super::forge::{Forge, flipped};
use super::forgeries::FORGERY;
use super::{Fault, How, Need};
use crate::chain::is_deposit;

/// The rules that a valid payload tests.
const VALID: &[&str] = &["get-payload/valid-payload-used", "get-payload/waits-200-ms"];

/// The rules that a valid payload tests which says something else of its value than it has.
const VALUE: &[&str] = &["get-payload/valid-payload-used", "get-payload/value"];

/// The rules that a key tests which is not the registered one.
const KEY: &[&str] = &[
    "get-payload/pubkey-matches",
    "failsafe/lives-through-invalid-payload",
];

const fn fault(
    id: &'static str,
    sentence: &'static str,
    rules: &'static [&'static str],
    forgery: fn(&Forge<'_>, &BuilderPayloadV1) -> Option<Value>,
) -> Fault {
    Fault {
        id,
        sentence,
        rules,
        how: How::ForgeResponse(forgery),
        ..FORGERY
    }
}

fn worth(honest: &BuilderPayloadV1, value: U256) -> Option<Value> {
    let response = BuilderPayloadV1 {
        value,
        ..honest.clone()
    };
    (response != *honest).then(|| to_value(response).ok())?
}

fn keyed(honest: &BuilderPayloadV1, pub_key: &str) -> Option<Value> {
    let mut response = to_value(honest).ok()?;
    let same = response["pubKey"] == pub_key;
    response["pubKey"] = Value::from(pub_key);
    (!same).then_some(response)
}

fn last_byte_flipped(key: Address) -> Address {
    Address::from_word(flipped(key.into_word()))
}

pub(super) const ACCEPTED: &[Fault] = &[
    fault(
        "reply/value-overstated",
        "the reply claims ten times the value",
        VALUE,
        |_, honest| worth(honest, honest.value.saturating_mul(U256::from(10))),
    ),
    fault(
        "reply/value-zero",
        "the reply claims no value",
        VALUE,
        |_, honest| worth(honest, U256::ZERO),
    ),
    fault(
        "reply/value-above-64-bits",
        "the reply claims a value of 2^64 and one",
        VALUE,
        |_, honest| worth(honest, (U256::ONE << 64) + U256::ONE),
    ),
    fault(
        "reply/value-greatest",
        "the reply claims a value of 2^256 less one",
        VALUE,
        |_, honest| worth(honest, U256::MAX),
    ),
    fault(
        "reply/pubkey-checksummed",
        "the reply's pubKey has the letters of its checksum",
        VALID,
        |_, honest| keyed(honest, &honest.pub_key.to_checksum(None)),
    ),
    fault(
        "reply/pubkey-in-capitals",
        "the reply's pubKey has capital letters",
        VALID,
        |_, honest| keyed(honest, &format!("0x{:X}", honest.pub_key)),
    ),
    Fault {
        how: How::ForgePayload(|_, honest| {
            let mut payload = honest.clone();
            payload.blob_gas_used = Some(0);
            payload.excess_blob_gas = Some(0);
            (payload != *honest).then_some(payload)
        }),
        ..fault(
            "reply/in-the-form-of-v3",
            "the payload has the two members of version 3, which are 0",
            VALID,
            |_, _| None,
        )
    },
    Fault {
        how: How::ForgePayload(|forge, honest| {
            let other = forge.executed(honest, |attributes| {
                attributes.transactions.retain(is_deposit);
            })?;
            (other != *honest).then_some(other)
        }),
        ..fault(
            "reply/empty-block",
            "the payload is a valid block of nothing but its deposits",
            VALID,
            |_, _| None,
        )
    },
    Fault {
        how: How::ForgePayload(|forge, honest| {
            honest.transactions.last().filter(|raw| !is_deposit(raw))?;
            forge.executed(honest, |attributes| {
                attributes.transactions.pop();
            })
        }),
        ..fault(
            "reply/another-valid-block",
            "the payload is another valid block, without the last transaction",
            VALID,
            |_, _| None,
        )
    },
    fault(
        "reply/empty-block-of-great-value",
        "the reply claims 2^256 less one for a valid block of nothing but its deposits",
        VALUE,
        |forge, honest| {
            let execution_payload = forge.executed(&honest.execution_payload, |attributes| {
                attributes.transactions.retain(is_deposit);
            })?;
            to_value(BuilderPayloadV1 {
                execution_payload,
                pub_key: honest.pub_key,
                value: U256::MAX,
            })
            .ok()
        },
    ),
];

pub(super) const KEYS: &[Fault] = &[
    fault(
        "reply/pubkey-last-byte-flipped",
        "the last byte of the reply's pubKey is another",
        KEY,
        |_, honest| keyed(honest, &format!("{:?}", last_byte_flipped(honest.pub_key))),
    ),
    fault(
        "reply/pubkey-first-byte-flipped",
        "the first byte of the reply's pubKey is another",
        KEY,
        |_, honest| {
            let mut key = honest.pub_key;
            key.0[0] ^= 1;
            keyed(honest, &format!("{key:?}"))
        },
    ),
    fault(
        "reply/pubkey-zero",
        "the reply's pubKey is zero",
        KEY,
        |_, honest| keyed(honest, &format!("{:?}", Address::ZERO)),
    ),
    fault(
        "reply/pubkey-of-the-sequencer",
        "the reply's pubKey is the sequencer's",
        KEY,
        |forge, honest| keyed(honest, &format!("{:?}", forge.keys.sequencer.address())),
    ),
    Fault {
        needs: &[Need::EarlierSlot],
        ..fault(
            "reply/as-before",
            "the reply is what the sequencer got in the slot before",
            &[
                "new-payload/verdict-is-final",
                "failsafe/lives-through-invalid-payload",
            ],
            |forge, _| forge.left_before.cloned(),
        )
    },
];
