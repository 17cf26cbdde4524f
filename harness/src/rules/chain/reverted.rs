//! What becomes of the transactions of blocks that gave way.

use std::collections::{BTreeMap, BTreeSet};

use alloy_consensus::transaction::SignerRecoverable;
use alloy_consensus::{Transaction, TxEnvelope};
use alloy_eips::Decodable2718;
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use gauntlet_protocol::ExecutionPayloadV2;

use super::super::{Evidence, Level, Record, Rule, Subject, Tally};
use crate::chain::is_deposit;
use crate::view::Published;

pub(in crate::rules) const RULES: &[Rule] = &[
    Rule {
        id: "chain/reverted-transactions-return",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 52,
        quote: None,
        source: Some(
            "line 52: what a block that gave way had from users waits again, and the next local \
             block that is not fixed by L1 has it",
        ),
        evidence: &[Evidence::Wire, Evidence::Blocks, Evidence::Stimulus],
        check: reverted_transactions_return,
    },
    Rule {
        id: "chain/included-once",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 52,
        quote: None,
        source: Some("OP Stack: no transaction is twice in one chain, whatever gave way"),
        evidence: &[Evidence::Blocks, Evidence::Stimulus],
        check: included_once,
    },
];

/// A published block that gave way, to what and when.
struct Reverted<'a> {
    index: usize,
    block: &'a Published<'a>,
    sibling: B256,
    at_us: u64,
}

/// Every published block that gave way, where there is no doubt.
fn replaced<'a>(record: &Record<'a>) -> Vec<Reverted<'a>> {
    let view = record.view;
    let gave_way = |sibling: &ExecutionPayloadV2| {
        let mut heads = record.findings.sure_heads();
        let (at_us, sibling_hash, _) = heads.find(|(_, hash, _)| *hash == sibling.block_hash)?;
        let mut before = view.published.iter().enumerate().rev();
        let (index, block) = before.find(|(_, block)| {
            let payload = &block.block.payload;
            block.at_us <= at_us
                && payload.parent_hash == sibling.parent_hash
                && payload.block_hash != sibling.block_hash
        })?;
        Some(Reverted {
            index,
            block,
            sibling: sibling_hash,
            at_us,
        })
    };
    let siblings = record.findings.siblings();
    siblings
        .filter_map(|sibling| gave_way(&sibling.payload))
        .collect()
}

/// The first local block after a block gave way has its transactions, unless one before it has them,
/// another transaction took their place, they do not pay for it, or it is full.
fn reverted_transactions_return(record: &Record<'_>, tally: &mut Tally) {
    let view = record.view;
    let slot_of = |index: usize| {
        view.slots
            .iter()
            .find(|slot| slot.published.contains(&index))
    };
    for reverted in replaced(record) {
        let mut since: Vec<&ExecutionPayloadV2> = Vec::new();
        for (next, block) in view.published.iter().enumerate().skip(reverted.index + 1) {
            let Some(slot) = slot_of(next) else { break };
            // What gives way again is asked for then.
            let gives_way_again = view
                .stimulus
                .head_is_replaced(block.at_us + 1, view.trace.ended_us);
            let is_on_it = block.block.payload.parent_hash == reverted.sibling;
            if gives_way_again || block.at_us <= reverted.at_us && !is_on_it {
                break;
            }
            let payload = &*block.block.payload;
            since.push(payload);
            if view.is_builders(slot, next) || record.is_fixed(slot) {
                continue;
            }
            let missing = missing(&reverted.block.block.payload, &since, payload);
            tally.note(block.at_us, missing.is_none(), || {
                format!(
                    "block {} has not the transaction {} of the block that gave way",
                    payload.block_number,
                    missing.map(keccak256).unwrap_or_default()
                )
            });
            break;
        }
    }
}

/// A transaction of a block that is in none of the others and could be in the last of them.
fn missing<'a>(
    reverted: &'a ExecutionPayloadV2,
    since: &[&ExecutionPayloadV2],
    last: &ExecutionPayloadV2,
) -> Option<&'a Bytes> {
    let has = |raw: &Bytes| since.iter().any(|block| block.transactions.contains(raw));
    let mut left = reverted.transactions.iter();
    left.find(|raw| {
        if is_deposit(raw) || has(raw) {
            return false;
        }
        let Some((sender, transaction)) = read(raw) else {
            return false;
        };
        let pays = U256::from(transaction.max_fee_per_gas()) >= last.base_fee_per_gas;
        let fits = last.gas_used + transaction.gas_limit() <= last.gas_limit;
        let all = since.iter().flat_map(|block| &block.transactions);
        let is_outdone = all
            .filter_map(read)
            .any(|(other, of)| other == sender && of.nonce() == transaction.nonce());
        pays && fits && !is_outdone
    })
}

/// Who sent a transaction, and the transaction.
fn read(raw: &Bytes) -> Option<(Address, TxEnvelope)> {
    let transaction = TxEnvelope::decode_2718(&mut &raw[..]).ok()?;
    Some((transaction.recover_signer().ok()?, transaction))
}

/// In the chain that leads to the last block each transaction is once: blocks that gave way are not
/// in it.
fn included_once(record: &Record<'_>, tally: &mut Tally) {
    let published = record.view.published.iter();
    let siblings = record.findings.siblings();
    let all = published
        .map(|block| (block.at_us, &*block.block.payload))
        .chain(siblings.map(|block| (0, &*block.payload)));
    let known: BTreeMap<B256, (u64, &ExecutionPayloadV2)> =
        all.map(|of| (of.1.block_hash, of)).collect();
    let last = record.view.published.last();
    let mut hash = last.map_or(B256::ZERO, |block| block.block.payload.block_hash);
    let mut later: BTreeSet<&Bytes> = BTreeSet::new();
    while let Some((at_us, payload)) = known.get(&hash) {
        for raw in payload.transactions.iter().filter(|raw| !is_deposit(raw)) {
            tally.note(*at_us, later.insert(raw), || {
                let number = payload.block_number;
                format!("the chain has a transaction of block {number} again after it")
            });
        }
        // A hash that is claimed twice leads nowhere.
        hash = match known.get(&payload.parent_hash) {
            Some((_, parent)) if parent.block_number < payload.block_number => payload.parent_hash,
            _ => break,
        };
    }
}
