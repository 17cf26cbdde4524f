//! Payloads with transactions that cannot be, or not there. Where the roots are those of the block
//! without them, re-sealed, whoever passes over a transaction that cannot be executed takes the
//! payload for a valid one.

use alloy_consensus::TxEip1559;
use alloy_primitives::{Bytes, TxKind, U256};
use gauntlet_protocol::ExecutionPayloadV2;

use super::forge::{Forge, forged_deposit};
use super::forgeries::FORGERY;
use super::{Fault, How};
use crate::chain::{is_deposit, known_key, signed_by};

/// Who signs what the adversary puts in: a user who has a balance.
const SIGNER: u64 = 19;

/// The order of secp256k1's group.
const ORDER: U256 = U256::from_be_slice(&[
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
    0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41,
]);

const FALSE: &[&str] = &[
    "get-payload/simulate-transactions",
    "get-payload/local-view",
    "failsafe/lives-through-invalid-payload",
];
const FORCED: &[&str] = &[
    "new-payload/forced-transactions-first",
    "get-payload/local-view",
    "failsafe/lives-through-invalid-payload",
];

const fn fault(
    id: &'static str,
    sentence: &'static str,
    forgery: fn(&Forge<'_>, &ExecutionPayloadV2) -> Option<ExecutionPayloadV2>,
) -> Fault {
    Fault {
        id,
        sentence,
        rules: FALSE,
        how: How::ForgePayload(forgery),
        ..FORGERY
    }
}

const fn forced(
    id: &'static str,
    sentence: &'static str,
    forgery: fn(&Forge<'_>, &ExecutionPayloadV2) -> Option<ExecutionPayloadV2>,
) -> Fault {
    Fault {
        rules: FORCED,
        ..fault(id, sentence, forgery)
    }
}

/// How many deposits a payload begins with.
fn deposits(of: &ExecutionPayloadV2) -> usize {
    of.transactions
        .iter()
        .take_while(|raw| is_deposit(raw))
        .count()
}

/// The payload with these transactions after its own, whose roots know nothing of them.
fn with(
    forge: &Forge<'_>,
    honest: &ExecutionPayloadV2,
    raw: impl Into<Bytes>,
) -> Option<ExecutionPayloadV2> {
    forge.resealed(honest, |of| of.transactions.push(raw.into()))
}

/// The payload with a transfer after its own transactions, with something changed in it.
fn with_transfer(
    forge: &Forge<'_>,
    honest: &ExecutionPayloadV2,
    change: fn(&mut TxEip1559, &ExecutionPayloadV2),
) -> Option<ExecutionPayloadV2> {
    let transfer = transfer(forge, honest, change)?;
    with(forge, honest, signed_by(SIGNER, transfer))
}

fn transfer(
    forge: &Forge<'_>,
    honest: &ExecutionPayloadV2,
    change: fn(&mut TxEip1559, &ExecutionPayloadV2),
) -> Option<TxEip1559> {
    let (_, sender) = known_key(SIGNER);
    let parent = forge.engine.block(honest.parent_hash)?;
    let mut transfer = TxEip1559 {
        chain_id: forge.engine.spec().chain_id(),
        nonce: parent.state().nonce(sender),
        gas_limit: 21_000,
        max_fee_per_gas: 100_000_000_000,
        max_priority_fee_per_gas: 1,
        to: TxKind::Call(forge.keys.builder),
        value: U256::ONE,
        ..TxEip1559::default()
    };
    change(&mut transfer, honest);
    Some(transfer)
}

/// The last transaction with another signature; its end is r and s, 32 bytes each with a byte of
/// length before it.
fn with_signature(
    forge: &Forge<'_>,
    honest: &ExecutionPayloadV2,
    change: fn(&mut [u8]),
) -> Option<ExecutionPayloadV2> {
    let transfer = transfer(forge, honest, |_, _| {})?;
    let mut raw = signed_by(SIGNER, transfer).to_vec();
    let s_at = raw.len().checked_sub(32)?;
    // A shorter s would stand elsewhere.
    if raw.get(s_at - 1) != Some(&0xa0) {
        return None;
    }
    change(&mut raw[s_at..]);
    with(forge, honest, raw)
}

pub(super) const TRANSACTIONS: &[Fault] = &[
    fault(
        "reply/first-transaction-removed",
        "the payload lacks its first transaction that is no deposit, re-sealed",
        |forge, honest| {
            let at = deposits(honest);
            honest.transactions.get(at)?;
            forge.resealed(honest, |of| {
                of.transactions.remove(at);
            })
        },
    ),
    fault(
        "reply/transactions-removed",
        "the payload lacks all but its deposits, which its roots know of, re-sealed",
        |forge, honest| {
            let at = deposits(honest);
            honest.transactions.get(at)?;
            forge.resealed(honest, |of| of.transactions.truncate(at))
        },
    ),
    fault(
        "reply/transaction-twice",
        "the payload has its last transaction twice, re-sealed",
        |forge, honest| {
            let last = honest.transactions.get(deposits(honest)..)?.last()?;
            with(forge, honest, last.clone())
        },
    ),
    fault(
        "reply/transactions-swapped",
        "the payload's last two transactions have changed places, re-sealed",
        |forge, honest| {
            let last = honest.transactions.len().checked_sub(1)?;
            (last > deposits(honest)).then_some(())?;
            forge.resealed(honest, |of| of.transactions.swap(last - 1, last))
        },
    ),
    fault(
        "reply/transaction-added",
        "the payload has a transfer that its roots know nothing of, re-sealed",
        |forge, honest| with_transfer(forge, honest, |_, _| {}),
    ),
    fault(
        "reply/signature-of-zeros",
        "the payload has a transaction with an s of 0, re-sealed",
        |forge, honest| with_signature(forge, honest, |s| s.fill(0)),
    ),
    fault(
        "reply/signature-of-another-transaction",
        "the payload has a transaction with another one's s, re-sealed",
        |forge, honest| with_signature(forge, honest, |s| s[31] ^= 1),
    ),
    fault(
        "reply/signature-with-high-s",
        "the payload has a transaction whose s is in the upper half, re-sealed",
        |forge, honest| {
            with_signature(forge, honest, |s| {
                let high = ORDER - U256::from_be_slice(s);
                s.copy_from_slice(&high.to_be_bytes::<32>());
            })
        },
    ),
    fault(
        "reply/transaction-of-another-chain",
        "the payload has a transaction of another chain, re-sealed",
        |forge, honest| with_transfer(forge, honest, |of, _| of.chain_id += 1),
    ),
    fault(
        "reply/nonce-used",
        "the payload has a transaction that is in a block before it, re-sealed",
        |forge, honest| {
            let parent = forge.engine.block(honest.parent_hash)?;
            let user = |raw: &&Bytes| !is_deposit(raw);
            let raw = parent.payload().transactions;
            with(forge, honest, raw.iter().find(user)?.clone())
        },
    ),
    fault(
        "reply/nonce-ahead",
        "the payload has a transaction whose nonce is one too high, re-sealed",
        |forge, honest| with_transfer(forge, honest, |of, _| of.nonce += 1),
    ),
    fault(
        "reply/nonce-at-its-end",
        "the payload has a transaction with the highest nonce, re-sealed",
        |forge, honest| with_transfer(forge, honest, |of, _| of.nonce = u64::MAX),
    ),
    fault(
        "reply/underfunded",
        "the payload has a transaction of a value that its sender has not, re-sealed",
        |forge, honest| with_transfer(forge, honest, |of, _| of.value = U256::MAX >> 8),
    ),
    fault(
        "reply/cost-beyond-256-bits",
        "the payload has a transaction whose cost has more than 256 bits, re-sealed",
        |forge, honest| with_transfer(forge, honest, |of, _| of.value = U256::MAX),
    ),
    fault(
        "reply/gas-beyond-the-block",
        "the payload has a transaction of as much gas as its whole limit, re-sealed",
        |forge, honest| with_transfer(forge, honest, |of, block| of.gas_limit = block.gas_limit),
    ),
    fault(
        "reply/gas-beyond-the-limit",
        "the payload has a transaction of more gas than its limit, re-sealed",
        |forge, honest| {
            with_transfer(forge, honest, |of, block| {
                of.gas_limit = block.gas_limit + 1
            })
        },
    ),
    fault(
        "reply/gas-below-intrinsic",
        "the payload has a transaction with one gas too little for any, re-sealed",
        |forge, honest| with_transfer(forge, honest, |of, _| of.gas_limit = 20_999),
    ),
    fault(
        "reply/tip-above-fee",
        "the payload has a transaction whose tip is one wei above its fee, re-sealed",
        |forge, honest| {
            with_transfer(forge, honest, |of, _| {
                of.max_priority_fee_per_gas = of.max_fee_per_gas + 1;
            })
        },
    ),
    fault(
        "reply/fee-below-base-fee",
        "the payload has a transaction that pays one wei less than the base fee, re-sealed",
        |forge, honest| {
            with_transfer(forge, honest, |of, block| {
                let base_fee: U256 = block.base_fee_per_gas;
                of.max_fee_per_gas = base_fee.saturating_to::<u128>().saturating_sub(1);
                of.max_priority_fee_per_gas = 0;
            })
        },
    ),
    Fault {
        rules: &["new-payload/no-blobs", "get-payload/simulate-transactions"],
        ..fault(
            "reply/blob-transaction",
            "the payload has an entry of type 3, re-sealed",
            |forge, honest| typed(forge, honest, 3),
        )
    },
    fault(
        "reply/set-code-transaction",
        "the payload has an entry of type 4, re-sealed",
        |forge, honest| typed(forge, honest, 4),
    ),
    fault(
        "reply/transaction-of-unknown-type",
        "the payload has an entry of type 5, re-sealed",
        |forge, honest| typed(forge, honest, 5),
    ),
    fault(
        "reply/transaction-with-a-tail",
        "the payload has a transaction with a byte after its end, re-sealed",
        |forge, honest| {
            let mut raw = signed_by(SIGNER, transfer(forge, honest, |_, _| {})?).to_vec();
            raw.push(0);
            with(forge, honest, raw)
        },
    ),
    fault(
        "reply/garbage-transaction",
        "the payload has an entry that is no transaction, re-sealed",
        |forge, honest| with(forge, honest, Bytes::from_static(b"\xf8gauntlet")),
    ),
    Fault {
        rules: &[
            "new-payload/transaction-length",
            "get-payload/simulate-transactions",
        ],
        ..fault(
            "reply/empty-transaction",
            "the payload has an entry of no bytes, re-sealed",
            |forge, honest| with(forge, honest, Bytes::new()),
        )
    },
    Fault {
        rules: &[
            "new-payload/transaction-length",
            "get-payload/simulate-transactions",
        ],
        ..fault(
            "reply/empty-transaction-first",
            "the payload's first entry after its deposits has no bytes, re-sealed",
            |forge, honest| {
                let at = deposits(honest);
                forge.resealed(honest, |of| of.transactions.insert(at, Bytes::new()))
            },
        )
    },
];

/// The payload with a signed transaction under another type.
fn typed(
    forge: &Forge<'_>,
    honest: &ExecutionPayloadV2,
    of_type: u8,
) -> Option<ExecutionPayloadV2> {
    let mut raw = signed_by(SIGNER, transfer(forge, honest, |_, _| {})?).to_vec();
    *raw.first_mut()? = of_type;
    with(forge, honest, raw)
}

/// A deposit with its last byte changed: the last of what it calls with.
fn altered(deposit: &Bytes) -> Option<Bytes> {
    let mut altered = deposit.to_vec();
    *altered.last_mut()? ^= 1;
    Some(altered.into())
}

pub(super) const DEPOSITS: &[Fault] = &[
    forced(
        "reply/no-deposits",
        "the payload lacks its deposits, re-sealed",
        |forge, honest| {
            let count = deposits(honest);
            forge.resealed(honest, |of| {
                of.transactions.drain(..count);
            })
        },
    ),
    forced(
        "reply/attributes-deposit-missing",
        "the payload lacks the deposit of the L1 attributes, re-sealed",
        |forge, honest| {
            forge.resealed(honest, |of| {
                of.transactions.remove(0);
            })
        },
    ),
    forced(
        "reply/attributes-deposit-altered",
        "the payload's deposit of the L1 attributes has another last byte, executed and sealed",
        |forge, honest| {
            let other = altered(honest.transactions.first()?)?;
            forge.executed(honest, |attributes| attributes.transactions[0] = other)
        },
    ),
    forced(
        "reply/attributes-deposit-twice",
        "the payload has the deposit of the L1 attributes twice, executed and sealed",
        |forge, honest| {
            let first = honest.transactions.first()?.clone();
            forge.executed(honest, |attributes| {
                attributes.transactions.insert(1, first)
            })
        },
    ),
    forced(
        "reply/user-deposit-missing",
        "the payload lacks the last deposit of a user, executed and sealed",
        |forge, honest| {
            let last = deposits(honest).checked_sub(1).filter(|last| *last > 0)?;
            forge.executed(honest, |attributes| {
                attributes.transactions.remove(last);
            })
        },
    ),
    forced(
        "reply/user-deposits-missing",
        "the payload lacks all deposits of users, executed and sealed",
        |forge, honest| {
            let count = deposits(honest);
            (count > 1).then_some(())?;
            forge.executed(honest, |attributes| {
                attributes.transactions.drain(1..count);
            })
        },
    ),
    forced(
        "reply/user-deposit-replaced",
        "the payload's last deposit of a user is the builder's, executed and sealed",
        |forge, honest| {
            let last = deposits(honest).checked_sub(1).filter(|last| *last > 0)?;
            let other = forged_deposit(forge.keys.builder);
            forge.executed(honest, |attributes| attributes.transactions[last] = other)
        },
    ),
    forced(
        "reply/user-deposits-swapped",
        "the payload's last two deposits of users have changed places, executed and sealed",
        |forge, honest| {
            let last = deposits(honest).checked_sub(1).filter(|last| *last > 1)?;
            forge.executed(honest, |attributes| {
                attributes.transactions.swap(last - 1, last);
            })
        },
    ),
    forced(
        "reply/deposit-last",
        "the payload's last entry is a deposit that L1 knows nothing of, re-sealed",
        |forge, honest| with(forge, honest, forged_deposit(forge.keys.builder)),
    ),
    forced(
        "reply/attributes-deposit-not-first",
        "the payload begins with a user's transaction, re-sealed",
        |forge, honest| {
            let at = deposits(honest);
            honest.transactions.get(at)?;
            forge.resealed(honest, |of| of.transactions.swap(0, at))
        },
    ),
];
