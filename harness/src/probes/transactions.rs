//! Forwarded transactions of every kind.

use alloy_consensus::crypto::secp256k1::sign_message;
use alloy_consensus::{SignableTransaction, TxEip1559, TxEip2930, TxLegacy};
use alloy_eips::Encodable2718;
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256};
use serde_json::{Value, json};

use super::entry::{Probe, Shot};
use super::known::{Known, bytes, data};
use crate::chain::known_key;
use crate::dialect::FORWARD_TRANSACTION;

/// Who sends them: a user who has a balance, and sends nothing else in the first slots of a run.
const SENDER: u64 = 19;

/// Who sends many, of which the first one never comes.
const SENDER_OF_MANY: u64 = 18;

/// How many a pool keeps of a sender. The last one is one more.
const MANY: u64 = 64;

/// What is paid for gas at most, in wei.
const FEE: u128 = 100_000_000_000;

/// The largest transaction that a pool takes, in bytes.
const LARGEST: usize = 128 * 1024;

pub(super) const PROBES: &[Probe] = &[Probe {
    id: "transaction",
    sentence: "a forwarded transaction",
    rules: &[
        "forward-transaction/result",
        "forward-transaction/error",
        "forward-transaction/reads-encoding",
        "forward-transaction/param-transaction",
        "forward-transaction/duplicates-harmless",
    ],
    members: &[],
    written: WRITTEN,
    is_harmless: false,
    make,
}];

const WRITTEN: &[&str] = &[
    "plainly",
    "again",
    "as-legacy",
    "as-eip-2930",
    "in-capitals",
    "with-a-great-tip",
    "of-128-kib",
    "above-128-kib",
    "with-a-replacement",
    "with-an-underpriced-replacement",
    "with-an-old-nonce",
    "of-another-chain",
    "as-legacy-of-another-chain",
    "with-too-little-gas",
    "with-more-gas-than-a-block",
    "with-a-tip-above-the-fee",
    "without-funds",
    "with-r-of-zero",
    "with-s-of-zero",
    "with-a-high-s",
    "as-a-blob",
    "as-a-deposit",
    "as-the-deposit-of-the-head",
    "as-a-users-deposit-of-the-head",
    "as-a-deposit-of-the-slot",
    "of-type-5",
    "of-type-127",
    "cut-off",
    "with-trailing-bytes",
    "as-garbage",
    "as-a-list-of-nothing",
    "as-a-text",
    "of-no-bytes",
    "of-one-byte",
    "without-prefix",
    "with-a-capital-x",
    "of-odd-length",
    "not-in-hex",
    "missing",
    "null",
    "as-a-number",
    "as-a-list",
    "as-an-object",
    "as-two",
    "by-name",
    "many-after-a-gap",
    "with-a-replacement-of-the-first-of-many",
    "with-a-replacement-of-the-last-of-many",
    "with-an-underpriced-replacement-of-one-of-many",
];

/// Signs a transaction of any kind.
macro_rules! signed {
    ($transaction:expr) => {{
        let transaction = $transaction;
        let signature = sign(transaction.signature_hash());
        Bytes::from(transaction.into_signed(signature).encoded_2718())
    }};
}

fn sign(hash: B256) -> Signature {
    let signature = sign_message(known_key(SENDER).0, hash);
    signature.expect("a small scalar that is not zero is a key")
}

fn transfer(known: &Known, nonce: u64) -> TxEip1559 {
    TxEip1559 {
        chain_id: known.chain_id,
        nonce,
        gas_limit: 21_000,
        max_fee_per_gas: FEE,
        max_priority_fee_per_gas: 1_000_000_000,
        to: TxKind::Call(Address::repeat_byte(0x9b)),
        value: U256::from(1),
        ..TxEip1559::default()
    }
}

/// A transfer whose data make it so many bytes more or less than the largest.
fn of_bytes(known: &Known, nonce: u64, bytes: usize) -> Bytes {
    let with = |data: usize| {
        signed!(TxEip1559 {
            gas_limit: 5_000_000,
            input: vec![0; data].into(),
            ..transfer(known, nonce)
        })
    };
    let around = with(bytes - 200).len() - (bytes - 200);
    // The signature's own length varies by a byte or two.
    (0..4)
        .map(|less| with(bytes - around - less))
        .find(|raw| raw.len() <= bytes)
        .unwrap_or_default()
}

/// One of many, which pays so much for gas.
fn of_many(known: &Known, nonce: u64, fee: u128) -> Bytes {
    let transaction = TxEip1559 {
        max_fee_per_gas: fee,
        max_priority_fee_per_gas: fee / 100,
        value: U256::from(fee),
        ..transfer(known, nonce)
    };
    let signature = sign_message(known_key(SENDER_OF_MANY).0, transaction.signature_hash());
    let signature = signature.expect("a small scalar that is not zero is a key");
    transaction.into_signed(signature).encoded_2718().into()
}

/// A deposit that is in the head, or is to be in the block after it; the first or the last.
fn deposit(known: &Known, written: &str) -> Option<Bytes> {
    let transactions = match written {
        "as-a-deposit-of-the-slot" => &known.jobs.back()?.1["transactions"],
        _ => &known.blocks.back()?[0]["transactions"],
    };
    let raws = transactions.as_array()?.iter();
    let mut deposits = raws.filter_map(|raw| bytes(raw).filter(|raw| raw.first() == Some(&0x7e)));
    match written {
        "as-a-users-deposit-of-the-head" => deposits.skip(1).last(),
        _ => deposits.next(),
    }
}

/// What is sent in one go, one transaction a request.
fn raws(known: &mut Known, written: &str) -> Vec<Bytes> {
    match written {
        "as-the-deposit-of-the-head"
        | "as-a-users-deposit-of-the-head"
        | "as-a-deposit-of-the-slot" => deposit(known, written).into_iter().collect(),
        "many-after-a-gap" => (1..=MANY + 1)
            .map(|nonce| of_many(known, nonce, FEE))
            .collect(),
        "with-a-replacement-of-the-first-of-many" => vec![of_many(known, 1, 2 * FEE)],
        "with-a-replacement-of-the-last-of-many" => vec![of_many(known, MANY, 2 * FEE)],
        "with-an-underpriced-replacement-of-one-of-many" => vec![of_many(known, 2, FEE - 1)],
        _ => vec![raw(known, written)],
    }
}

/// A transaction with another signature than its own.
fn forged(known: &Known, nonce: u64, forge: fn(Signature) -> Signature) -> Bytes {
    let transaction = transfer(known, nonce);
    let signature = forge(sign(transaction.signature_hash()));
    transaction.into_signed(signature).encoded_2718().into()
}

fn of(r: U256, s: U256, signature: Signature) -> Signature {
    Signature::new(r, s, signature.v())
}

/// The bytes of a transaction, of a nonce that is the next one if it can be stored.
fn raw(known: &mut Known, written: &str) -> Bytes {
    let next = known.transactions;
    let last = next.saturating_sub(1);
    let plain = |known: &Known| signed!(transfer(known, next));
    let stored = matches!(
        written,
        "plainly" | "as-legacy" | "as-eip-2930" | "in-capitals" | "of-128-kib" | "with-a-great-tip"
    );
    if stored {
        known.transactions += 1;
    }
    let known = &*known;
    match written {
        "again" => signed!(transfer(known, last)),
        "as-legacy" => signed!(TxLegacy {
            chain_id: Some(known.chain_id),
            nonce: next,
            gas_price: FEE,
            gas_limit: 21_000,
            to: TxKind::Call(Address::repeat_byte(0x9b)),
            value: U256::from(1),
            ..TxLegacy::default()
        }),
        "as-eip-2930" => signed!(TxEip2930 {
            chain_id: known.chain_id,
            nonce: next,
            gas_price: FEE,
            gas_limit: 50_000,
            to: TxKind::Call(Address::repeat_byte(0x9b)),
            value: U256::from(1),
            ..TxEip2930::default()
        }),
        "with-a-great-tip" => signed!(TxEip1559 {
            max_fee_per_gas: 1_000_000_000_000_000,
            max_priority_fee_per_gas: 999_000_000_000_000,
            ..transfer(known, next)
        }),
        "of-128-kib" => of_bytes(known, next, LARGEST),
        "above-128-kib" => of_bytes(known, next, LARGEST + 64),
        "with-a-replacement" => signed!(TxEip1559 {
            max_fee_per_gas: 2 * FEE,
            max_priority_fee_per_gas: 2_000_000_000,
            ..transfer(known, last)
        }),
        "with-an-underpriced-replacement" => signed!(TxEip1559 {
            value: U256::from(2),
            ..transfer(known, last)
        }),
        "with-an-old-nonce" => signed!(TxEip1559 {
            value: U256::from(3),
            ..transfer(known, 0)
        }),
        "of-another-chain" => signed!(TxEip1559 {
            chain_id: known.chain_id + 1,
            ..transfer(known, next)
        }),
        "as-legacy-of-another-chain" => signed!(TxLegacy {
            chain_id: Some(1),
            nonce: next,
            gas_price: FEE,
            gas_limit: 21_000,
            to: TxKind::Call(Address::repeat_byte(0x9b)),
            ..TxLegacy::default()
        }),
        "with-too-little-gas" => signed!(TxEip1559 {
            gas_limit: 20_999,
            ..transfer(known, next)
        }),
        "with-more-gas-than-a-block" => signed!(TxEip1559 {
            gas_limit: 600_000_000,
            ..transfer(known, next)
        }),
        "with-a-tip-above-the-fee" => signed!(TxEip1559 {
            max_priority_fee_per_gas: FEE + 1,
            ..transfer(known, next)
        }),
        "without-funds" => signed!(TxEip1559 {
            value: U256::MAX >> 8,
            ..transfer(known, next)
        }),
        "with-r-of-zero" => forged(known, next, |it| of(U256::ZERO, it.s(), it)),
        "with-s-of-zero" => forged(known, next, |it| of(it.r(), U256::ZERO, it)),
        "with-a-high-s" => forged(known, next, |it| {
            Signature::new(it.r(), super::ORDER - it.s(), !it.v())
        }),
        "as-a-blob" => [&[3], &plain(known)[1..]].concat().into(),
        "as-a-deposit" => {
            let mut deposit = vec![0x7e, 0xf8, 0x4f, 0xa0];
            deposit.extend([7; 32]);
            deposit.push(0x94);
            deposit.extend(known_key(SENDER).1);
            deposit.push(0x94);
            deposit.extend([0x9b; 20]);
            deposit.extend([0x80, 0x01, 0x82, 0x52, 0x08, 0x80, 0x80]);
            deposit.into()
        }
        "of-type-5" => [&[5], &plain(known)[1..]].concat().into(),
        "of-type-127" => [&[0x7f], &plain(known)[1..]].concat().into(),
        "cut-off" => {
            let whole = plain(known);
            whole.slice(..whole.len() - 1)
        }
        "with-trailing-bytes" => [&plain(known)[..], &[0]].concat().into(),
        "as-garbage" => vec![0xde, 0xad, 0xbe, 0xef].into(),
        "as-a-list-of-nothing" => vec![0xc0].into(),
        "as-a-text" => b"a transaction".to_vec().into(),
        "of-no-bytes" => Bytes::new(),
        "of-one-byte" => vec![2].into(),
        _ => plain(known),
    }
}

fn make(known: &mut Known, _: &str, written: &str) -> Vec<Shot> {
    let raws = raws(known, written);
    raws.iter().map(|raw| forwarding(raw, written)).collect()
}

/// A request that forwards a transaction, and how it names it.
fn forwarding(raw: &[u8], written: &str) -> Shot {
    let text = data(raw);
    let digits = text.as_str().unwrap_or_default();
    let params = match written {
        "in-capitals" => json!([format!("0x{}", digits[2..].to_ascii_uppercase())]),
        "without-prefix" => json!([digits[2..]]),
        "with-a-capital-x" => json!([format!("0X{}", &digits[2..])]),
        "of-odd-length" => json!([digits[..digits.len() - 1]]),
        "not-in-hex" => json!([format!("{}zz", &digits[..digits.len() - 2])]),
        "missing" => json!([]),
        "null" => json!([Value::Null]),
        "as-a-number" => json!([7]),
        "as-a-list" => json!([[text]]),
        "as-an-object" => json!([{ "transaction": text }]),
        "as-two" => json!([text, text]),
        "by-name" => json!({ "transaction": text }),
        _ => json!([text]),
    };
    Shot::json(format!(
        r#"{{"jsonrpc":"2.0","id":7,"method":"{FORWARD_TRANSACTION}","params":{params}}}"#
    ))
}
