//! Payloads with one thing false. Those that carry the block hash of their own fields can be told
//! from honest ones by execution or by the local view only.

use alloy_primitives::{B64, B256, Bytes};
use serde_json::{Value, to_value};

use super::forge::{flipped, forged_deposit};
use super::{Arrival, Fault, How, Need, On};
use gauntlet_protocol::BuilderPayloadV1;

use crate::chain::is_deposit;

pub(super) const FORGERY: Fault = Fault {
    id: "",
    on: On::PayloadReply,
    sentence: "",
    rules: &[],
    parameters: &[],
    needs: &[],
    arrival: Arrival::AfterBuilder,
    weight: 1,
    how: How::Swallow,
};

/// The rules that a payload tests which only execution can tell from an honest one.
const MISEXECUTED: &[&str] = &[
    "get-payload/simulate-transactions",
    "get-payload/local-view",
    "failsafe/lives-through-invalid-payload",
];

/// The rules that a valid payload tests which is not of the sequencer's attributes.
const OF_ANOTHER_VIEW: &[&str] = &[
    "get-payload/local-view",
    "failsafe/lives-through-invalid-payload",
];

pub(super) const FORGERIES: &[Fault] = &[
    Fault {
        id: "reply/wrong-pubkey",
        sentence: "the reply has another builder's pubKey",
        rules: &[
            "get-payload/pubkey-matches",
            "failsafe/lives-through-invalid-payload",
        ],
        how: How::ForgeResponse(|forge, honest| {
            to_value(BuilderPayloadV1 {
                pub_key: forge.keys.another_builder,
                ..honest.clone()
            })
            .ok()
        }),
        ..FORGERY
    },
    Fault {
        id: "reply/wrong-state-root",
        sentence: "the payload has another state root, re-sealed",
        rules: MISEXECUTED,
        how: How::ForgePayload(|forge, honest| {
            forge.resealed(honest, |payload| {
                payload.state_root = flipped(payload.state_root);
            })
        }),
        ..FORGERY
    },
    Fault {
        id: "reply/forged-deposit",
        sentence: "the payload has a deposit that L1 knows nothing of, executed and sealed",
        rules: &[
            "new-payload/forced-transactions-first",
            "new-payload/invalid-never-surfaced",
        ],
        how: How::ForgePayload(|forge, honest| {
            forge.executed(honest, |attributes| {
                let transactions = &mut attributes.transactions;
                let deposits = transactions.iter().take_while(|raw| is_deposit(raw));
                let at = deposits.count();
                transactions.insert(at, forged_deposit(forge.keys.builder));
            })
        }),
        ..FORGERY
    },
    Fault {
        id: "reply/wrong-fee-recipient",
        sentence: "the payload's fees are the builder's, executed and sealed",
        rules: OF_ANOTHER_VIEW,
        how: How::ForgePayload(|forge, honest| {
            forge.executed(honest, |attributes| {
                attributes.fee_recipient = forge.keys.builder;
            })
        }),
        ..FORGERY
    },
    Fault {
        id: "reply/stale-parent",
        sentence: "the payload is a valid block on the parent's parent",
        rules: &[
            "get-payload/simulate-on-parent",
            "failsafe/lives-through-invalid-payload",
        ],
        needs: &[Need::Grandparent],
        // It is possible in fewer slots.
        weight: 2,
        how: How::ForgePayload(|forge, honest| forge.one_block_too_low(honest)),
        ..FORGERY
    },
    Fault {
        id: "reply/spliced-block-hash",
        sentence: "the payload has the block hash of another block, which is valid",
        rules: &[
            "new-payload/block-hash",
            "new-payload/invalid-never-surfaced",
        ],
        how: How::ForgePayload(|forge, honest| {
            let mut forged = honest.clone();
            let other = forge.executed(honest, |attributes| {
                attributes.fee_recipient = forge.keys.builder;
            })?;
            forged.block_hash = other.block_hash;
            Some(forged)
        }),
        ..FORGERY
    },
    Fault {
        id: "reply/wrong-gas-limit",
        sentence: "the payload's gas limit is one more than the request's, executed and sealed",
        rules: OF_ANOTHER_VIEW,
        how: How::ForgePayload(|forge, honest| {
            forge.executed(honest, |attributes| {
                attributes.gas_limit += 1;
            })
        }),
        ..FORGERY
    },
    Fault {
        id: "reply/wrong-timestamp",
        sentence: "the payload is of a second later, executed and sealed",
        rules: OF_ANOTHER_VIEW,
        how: How::ForgePayload(|forge, honest| {
            forge
                .executed(honest, |attributes| {
                    attributes.timestamp += 1;
                })
                // The next second may be of another fork, whose attributes these are not.
                .or_else(|| forge.resealed(honest, |payload| payload.timestamp += 1))
        }),
        ..FORGERY
    },
    Fault {
        id: "reply/wrong-prev-randao",
        sentence: "the payload has another prevRandao, executed and sealed",
        rules: OF_ANOTHER_VIEW,
        how: How::ForgePayload(|forge, honest| {
            forge.executed(honest, |attributes| {
                let prev_randao = &mut attributes.prev_randao;
                *prev_randao = flipped(*prev_randao);
            })
        }),
        ..FORGERY
    },
    Fault {
        id: "reply/wrong-extra-data",
        sentence: "the payload has other EIP-1559 parameters, executed and sealed",
        rules: &["new-payload/extra-data", "get-payload/local-view"],
        how: How::ForgePayload(|forge, honest| {
            forge
                .executed(honest, |attributes| {
                    let params = &mut attributes.eip1559_params;
                    *params = params.map(|_| B64::new([0, 0, 0, 77, 0, 0, 0, 7]));
                })
                .filter(|forged| forged.extra_data != honest.extra_data)
                // Before Holocene there are none, and any extra data is false.
                .or_else(|| {
                    forge.resealed(honest, |payload| {
                        payload.extra_data = Bytes::from_static(b"gauntlet");
                    })
                })
        }),
        ..FORGERY
    },
    Fault {
        id: "reply/wrong-beacon-root",
        sentence: "the payload is built on another beacon block root, executed and sealed",
        rules: OF_ANOTHER_VIEW,
        how: How::ForgePayload(|forge, honest| {
            forge.executed(honest, |attributes| {
                let root = &mut attributes.parent_beacon_block_root;
                *root = flipped(*root);
            })
        }),
        ..FORGERY
    },
    Fault {
        id: "reply/beacon-root-zero",
        sentence: "the payload is built on a beacon block root of zeros, executed and sealed",
        rules: &["new-payload/beacon-root", "get-payload/local-view"],
        how: How::ForgePayload(|forge, honest| {
            forge.executed(honest, |attributes| {
                attributes.parent_beacon_block_root = B256::ZERO;
            })
        }),
        ..FORGERY
    },
    Fault {
        id: "reply/previous-payload",
        sentence: "the reply is that of the slot before",
        rules: &[
            "get-payload/bound-to-request",
            "failsafe/lives-through-invalid-payload",
        ],
        needs: &[Need::EarlierSlot],
        // It is possible in fewer slots.
        weight: 2,
        how: How::ForgeResponse(|forge, _| to_value(forge.previous?).ok()),
        ..FORGERY
    },
    Fault {
        id: "reply/payload-missing",
        sentence: "the reply has no executionPayload",
        rules: &[
            "get-payload/payload-present",
            "failsafe/lives-through-invalid-payload",
        ],
        how: How::ForgeResponse(|_, honest| {
            let mut response = to_value(honest).ok()?;
            response["executionPayload"] = Value::Null;
            Some(response)
        }),
        ..FORGERY
    },
    Fault {
        id: "reply/wrong-receipts-root",
        sentence: "the payload has another receipts root, re-sealed",
        rules: MISEXECUTED,
        how: How::ForgePayload(|forge, honest| {
            forge.resealed(honest, |payload| {
                payload.receipts_root = flipped(payload.receipts_root);
            })
        }),
        ..FORGERY
    },
    Fault {
        id: "reply/wrong-gas-used",
        sentence: "the payload says that it uses more gas than it does, re-sealed",
        rules: MISEXECUTED,
        how: How::ForgePayload(|forge, honest| {
            forge.resealed(honest, |payload| payload.gas_used += 1)
        }),
        ..FORGERY
    },
    Fault {
        id: "reply/transaction-removed",
        sentence: "the payload lacks its last transaction, which its roots know of, re-sealed",
        rules: MISEXECUTED,
        how: How::ForgePayload(|forge, honest| {
            let last = honest.transactions.last()?;
            if is_deposit(last) {
                return None;
            }
            forge.resealed(honest, |payload| {
                payload.transactions.pop();
            })
        }),
        ..FORGERY
    },
];
