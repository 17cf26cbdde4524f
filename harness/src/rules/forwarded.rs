//! What a builder makes of a forwarded transaction (lines 117 to 128).

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use alloy_consensus::transaction::SignerRecoverable;
use alloy_consensus::{Transaction, TxEnvelope};
use alloy_eips::Decodable2718;
use alloy_primitives::{Address, B256, Bytes, U256};
use serde_json::Value;

use super::asked::Asked;
use super::{Evidence, Level, Record, Rule, Subject, Tally};
use crate::dialect::{FORWARD_TRANSACTION, Meaning, forwarded};

/// The most bytes of a transaction. DECISION: forward-types.
const LARGEST: usize = 128 * 1024;

/// The code for what is asked rightly, and cannot be done. DECISION: nothing-to-give.
const NOT_STORED: i64 = -32000;

/// No less gas is enough for anything.
const LEAST_GAS: u64 = 21_000;

/// More than anybody has in the genesis.
const FORTUNE: U256 = U256::from_limbs([0, 0, 1, 0]);

const RULE: Rule = Rule {
    id: "",
    level: Level::Declared,
    subject: Subject::Builder,
    line: 119,
    quote: None,
    source: None,
    evidence: &[Evidence::Wire],
    check: |_, _| {},
};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "forward-transaction/reads-encoding",
        line: 119,
        quote: Some("Hex Encoded RLP string of the transaction"),
        check: reads_encoding,
        ..RULE
    },
    Rule {
        id: "forward-transaction/result",
        line: 127,
        quote: Some("* **result**: `status`"),
        check: result,
        ..RULE
    },
    Rule {
        id: "forward-transaction/error",
        line: 128,
        quote: Some(
            "**error**: code and message set in case an exception happens while storing the transaction.",
        ),
        check: error,
        ..RULE
    },
];

/// A transaction that was handed to the builder, and what came of it.
struct Handed<'r> {
    asked: &'r Asked<'r>,
    raw: Vec<u8>,
    /// The transaction, if it is one.
    transaction: Option<TxEnvelope>,
}

impl Handed<'_> {
    /// Whether it was stored. DECISION: forward-status.
    fn is_stored(&self) -> bool {
        let result = self
            .asked
            .said
            .one()
            .and_then(|it| it.outcome.as_ref().ok().copied());
        self.asked.reply.status == 200 && matches!(result, Some("200" | "\"200\""))
    }

    fn is_refused(&self) -> bool {
        self.asked.said.code().is_some()
    }
}

/// Every transaction that was handed to the builder, in order.
fn handed<'r>(record: &'r Record<'_>) -> Vec<Handed<'r>> {
    let of = |asked: &'r Asked<'r>| {
        let call = asked
            .call()
            .filter(|call| call.method == FORWARD_TRANSACTION)?;
        let raw = forwarded(call.params).ok()?;
        let transaction = TxEnvelope::decode_2718_exact(&raw).ok();
        Some(Handed {
            asked,
            raw,
            transaction,
        })
    };
    record.asked.iter().filter_map(of).collect()
}

/// What is no transaction in its EIP-2718 encoding, and nothing else, is refused; so are deposits and
/// blobs. DECISION: forward-types.
fn reads_encoding(record: &Record<'_>, tally: &mut Tally) {
    for handed in handed(record) {
        let what = match &handed.transaction {
            None if handed.raw.first() == Some(&0x7e) => "a deposit",
            None => "no transaction",
            Some(TxEnvelope::Eip4844(_)) => "a transaction with blobs",
            Some(_) if handed.raw.len() > LARGEST => "a transaction of more than 128 KiB",
            Some(_) => {
                let is_read = handed.is_stored() || handed.is_refused();
                tally.note(handed.asked.at_us, is_read, || {
                    format!("neither stored nor refused: {}", handed.asked.told())
                });
                continue;
            }
        };
        tally.note(handed.asked.at_us, handed.is_refused(), || {
            format!("{what} was not refused: {}", handed.asked.told())
        });
    }
}

/// What is known of accounts: the nonces that canonical blocks have used, by the time that the
/// builder followed them.
struct Nonces {
    /// When a head was told, the index of the entry that says that it is followed, and the nonces on
    /// it.
    heads: Vec<(u64, usize, BTreeMap<Address, u64>)>,
    /// Every transaction of a block.
    included: BTreeSet<Bytes>,
}

impl Nonces {
    fn of(record: &Record<'_>) -> Self {
        let mut blocks: BTreeMap<B256, (B256, &[Bytes])> = BTreeMap::new();
        for exchange in &record.view.exchanges {
            if let Some(Meaning::NewBlock { payload, .. }) =
                exchange.passed.as_ref().map(|it| &it.meaning)
            {
                blocks.insert(
                    payload.block_hash,
                    (payload.parent_hash, &payload.transactions),
                );
            }
        }
        let mut on: BTreeMap<B256, BTreeMap<Address, u64>> = BTreeMap::new();
        let mut senders: BTreeMap<&Bytes, Option<(Address, u64)>> = BTreeMap::new();
        let mut heads = Vec::new();
        for update in record
            .works
            .updates
            .iter()
            .filter(|update| update.is_followed)
        {
            let Some((_, at)) = update.given else {
                continue;
            };
            // The blocks below the head that were not reckoned yet.
            let mut path = Vec::new();
            let mut below = update.head;
            while !on.contains_key(&below)
                && let Some((parent, transactions)) = blocks.get(&below)
            {
                path.push((below, *transactions));
                below = *parent;
            }
            let mut nonces = on.get(&below).cloned().unwrap_or_default();
            for (hash, transactions) in path.into_iter().rev() {
                for raw in transactions {
                    let sender = *senders.entry(raw).or_insert_with(|| sender_of(raw));
                    if let Some((sender, nonce)) = sender {
                        nonces.insert(sender, nonce + 1);
                    }
                }
                on.insert(hash, nonces.clone());
            }
            heads.push((update.passed.0, at, nonces));
        }
        let transactions = blocks.values().flat_map(|(_, transactions)| *transactions);
        let included = transactions.cloned().collect();
        Self { heads, included }
    }

    /// The nonce of an account on the head that the builder followed when it was asked something,
    /// since it was last born.
    fn at(&self, record: &Record<'_>, asked: &Asked<'_>, sender: Address) -> u64 {
        let died_us = record.view.stimulus.died_before(asked.passed.at_us);
        let mut heads = self.heads.iter().filter(|(told_us, given, _)| {
            *given < asked.passed.at && died_us.is_none_or(|died_us| *told_us >= died_us)
        });
        let head = heads.next_back();
        head.and_then(|(_, _, nonces)| nonces.get(&sender).copied())
            .unwrap_or_default()
    }
}

/// The sender and the nonce of a transaction.
pub(super) fn sender_of(raw: &Bytes) -> Option<(Address, u64)> {
    let transaction = TxEnvelope::decode_2718_exact(raw).ok()?;
    let sender = transaction.recover_signer().ok()?;
    Some((sender, transaction.nonce()))
}

/// What of a transaction is wrong whatever the state is, if something is.
fn is_never_valid(record: &Record<'_>, transaction: &TxEnvelope) -> Option<&'static str> {
    let chain_id = record.view.trace.chain_id();
    let cost = U256::from(transaction.gas_limit()) * U256::from(transaction.max_fee_per_gas());
    let tip = transaction.max_priority_fee_per_gas().unwrap_or_default();
    if transaction.chain_id().is_some_and(|of| of != chain_id) {
        Some("for another chain")
    } else if transaction.gas_limit() < LEAST_GAS {
        Some("with too little gas for anything")
    } else if transaction.gas_limit() > 500_000_000 {
        Some("with more gas than any block has")
    } else if tip > transaction.max_fee_per_gas() {
        Some("with a tip above its fee")
    } else if transaction.value().saturating_add(cost) > FORTUNE {
        Some("beyond all funds")
    } else {
        None
    }
}

/// The fee and the tip of a transaction.
type Price = (u128, u128);

fn price(transaction: &TxEnvelope) -> Price {
    let fee = transaction.max_fee_per_gas();
    (fee, transaction.max_priority_fee_per_gas().unwrap_or(fee))
}

/// What the pool refuses is refused, and not said to be stored; since its parameters read, they are
/// not what is wrong. What was stored before is not that.
fn error(record: &Record<'_>, tally: &mut Tally) {
    let nonces = OnceCell::new();
    let mut waiting: BTreeMap<(Address, u64), (Vec<u8>, Price)> = BTreeMap::new();
    let mut included: BTreeMap<&[u8], usize> = BTreeMap::new();
    for block in &record.view.published {
        for raw in &block.block.payload.transactions {
            included.entry(raw).or_insert(block.at);
        }
    }
    for handed in handed(record) {
        if let Some(code) = handed.asked.said.code() {
            tally.note(handed.asked.at_us, code == NOT_STORED, || {
                format!("a transaction was refused with the code {code}, not {NOT_STORED}")
            });
        }
        let Some(transaction) = &handed.transaction else {
            continue;
        };
        let is_stored = handed.is_stored();
        let why = match transaction.recover_signer() {
            Err(_) => Some("signed by nobody"),
            Ok(sender) => {
                let nonces = nonces.get_or_init(|| Nonces::of(record));
                let next = nonces.at(record, handed.asked, sender);
                let place = (sender, transaction.nonce());
                let before = waiting.get(&place);
                // What is in a block already is known as well. DECISION: duplicate-forward.
                let is_known = before.is_some_and(|(raw, _)| *raw == handed.raw)
                    || nonces.included.contains(&handed.raw[..]);
                let is_cheap = before.is_some_and(|(_, (fee, tip))| {
                    let of = price(transaction);
                    of.0 <= *fee && of.1 <= *tip
                });
                let why = is_never_valid(record, transaction)
                    .or((transaction.nonce() < next).then_some("with a nonce that was used"))
                    .or(is_cheap.then_some("that pays no more than the one it replaces"));
                if is_stored && why.is_none() {
                    waiting.insert(place, (handed.raw.clone(), price(transaction)));
                }
                // A retry may come after the block that includes it. DECISION: duplicate-forward.
                let at = handed.asked.passed.at;
                let is_included = || included.get(&*handed.raw).is_some_and(|of| *of < at);
                why.filter(|_| !is_known && !is_included())
            }
        };
        if let Some(why) = why {
            tally.note(handed.asked.at_us, handed.is_refused(), || {
                format!(
                    "a transaction {why} was not refused: {}",
                    handed.asked.told()
                )
            });
        }
    }
}

/// What waits at each place of each sender, as it was stored.
type Waiting = BTreeMap<(Address, u64), (u64, Price)>;

/// A transaction that is next in its sender's line, and can pay, is stored, and so is one that pays
/// twice as much as the one that waits in its place: the result is 200. DECISION: forward-status.
fn result(record: &Record<'_>, tally: &mut Tally) {
    let nonces = Nonces::of(record);
    let mut next: BTreeMap<Address, u64> = BTreeMap::new();
    let mut waiting = Waiting::new();
    for handed in handed(record) {
        let Some(transaction) = &handed.transaction else {
            continue;
        };
        let Ok(sender) = transaction.recover_signer() else {
            continue;
        };
        let used = nonces.at(record, handed.asked, sender);
        let due = next.get(&sender).copied().unwrap_or_default().max(used);
        let is_next = transaction.nonce() == due && due < used + 60;
        let place = (sender, transaction.nonce());
        let since_us = record.view.stimulus.died_before(handed.asked.passed.at_us);
        let outbids = transaction.nonce() >= used
            && waiting.get(&place).is_some_and(|(stored_us, (fee, tip))| {
                let of = price(transaction);
                let is_there = since_us.is_none_or(|since_us| *stored_us >= since_us);
                is_there && of.0 >= 2 * fee && of.1 >= 2 * tip
            });
        if (is_next || outbids) && is_right(record, &handed, transaction) {
            tally.note(handed.asked.at_us, handed.is_stored(), || {
                format!("a good transaction was not stored: {}", handed.asked.told())
            });
        }
        if handed.is_stored() {
            waiting.insert(place, (handed.asked.at_us, price(transaction)));
        }
        if handed.is_stored() && is_next {
            next.insert(sender, due + 1);
        }
        // What is stored is said so by a number, and nothing else is a result.
        if let Some(response) = handed.asked.said.one()
            && let Ok(result) = &response.outcome
        {
            let status = serde_json::from_str::<Value>(result).ok();
            let is_status = status.is_some_and(|it| it == 200 || it == "200");
            tally.note(handed.asked.at_us, is_status, || {
                format!("a result that is no status: {}", handed.asked.told())
            });
        }
    }
}

/// Whether a transaction of a user can pay, and nothing of it is wrong.
fn is_right(record: &Record<'_>, handed: &Handed<'_>, transaction: &TxEnvelope) -> bool {
    let is_plain = matches!(
        transaction,
        TxEnvelope::Legacy(_) | TxEnvelope::Eip2930(_) | TxEnvelope::Eip1559(_)
    );
    let is_cheap = transaction.max_fee_per_gas() >= 10_000_000_000
        && transaction.value() <= U256::from(1u64 << 60);
    is_plain
        && is_cheap
        && transaction.gas_limit() >= LEAST_GAS
        && transaction.gas_limit() <= 5_000_000
        && (transaction.input().is_empty() || transaction.gas_limit() >= 100_000)
        && handed.raw.len() <= LARGEST
        && is_never_valid(record, transaction).is_none()
}
