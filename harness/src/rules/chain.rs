//! What holds of the chain that is published, whoever built its blocks: told from the blocks' own
//! members, and executed by nobody.

pub(super) mod reverted;

use std::collections::BTreeMap;

use alloy_primitives::{B256, Bytes, U256};
use gauntlet_engine::Fork;
use gauntlet_protocol::ExecutionPayloadV2;

use super::{Evidence, Level, Record, Rule, Subject, Tally};
use crate::chain::{self, Genesis};

const PUBLISHED: &[Evidence] = &[Evidence::Blocks, Evidence::Stimulus];

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "chain/extends-the-head",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 52,
        quote: None,
        source: Some(
            "execution-apis paris: a published block extends the head of that moment, by one",
        ),
        evidence: PUBLISHED,
        check: extends_the_head,
    },
    Rule {
        id: "chain/timestamps",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 52,
        quote: None,
        source: Some("OP Stack derivation: a block's timestamp is its parent's and the block time"),
        evidence: PUBLISHED,
        check: timestamps,
    },
    Rule {
        id: "chain/fee-rules",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 52,
        quote: None,
        source: Some(
            "EIP-1559, OP Stack holocene: the base fee follows from the parent, by the parameters \
             in the parent's own extraData",
        ),
        evidence: PUBLISHED,
        check: fee_rules,
    },
];

/// The parent of a published block is the head that there was before it.
fn extends_the_head(record: &Record<'_>, tally: &mut Tally) {
    for (index, block) in record.view.published.iter().enumerate() {
        let payload = &block.block.payload;
        let extends = record.findings.parents(index).any(|head| {
            head.hash == payload.parent_hash && head.number + 1 == payload.block_number
        });
        // On a real clock the head may have been replaced in between.
        let guard_us = record.view.trace.clock.guard_us();
        let from_us = block.at_us.saturating_sub(guard_us);
        let is_unsure = guard_us > 0
            && record
                .view
                .stimulus
                .head_is_replaced(from_us, block.at_us + guard_us);
        let held = (extends || !is_unsure).then_some(extends);
        tally.note_if(block.at_us, held, || {
            format!("block {} does not extend the head", payload.block_number)
        });
    }
}

/// Of a block whose parent is known, as its number has it, and later than the parent's.
fn timestamps(record: &Record<'_>, tally: &mut Tally) {
    let trace = record.view.trace;
    let Some(known) = Known::of(record) else {
        return;
    };
    for block in &record.view.published {
        let payload = &block.block.payload;
        let due = chain::timestamp(&trace.spec, &trace.plan, payload.block_number);
        let parent = known.get(payload.parent_hash);
        let follows = parent.is_none_or(|parent| parent.timestamp < payload.timestamp);
        let is_right = payload.timestamp == due && follows;
        tally.note(block.at_us, is_right, || {
            format!("the timestamp is {}, not {due}", payload.timestamp)
        });
    }
}

/// The base fee of a block, reckoned from its parent's members.
fn fee_rules(record: &Record<'_>, tally: &mut Tally) {
    let Some(known) = Known::of(record) else {
        return;
    };
    for block in &record.view.published {
        let payload = &block.block.payload;
        let Some(expected) = known
            .get(payload.parent_hash)
            .and_then(|parent| known.next_base_fee(parent))
        else {
            continue;
        };
        let is_right = payload.base_fee_per_gas == expected;
        tally.note(block.at_us, is_right, || {
            format!(
                "the base fee is {}, not {expected}",
                payload.base_fee_per_gas
            )
        });
    }
}

/// What a block's child is reckoned from.
struct Parent {
    timestamp: u64,
    gas_limit: u64,
    gas_used: u64,
    base_fee: U256,
    /// The parameters that it carries, if it is of Holocene.
    extra_data: Option<Bytes>,
}

/// Every block that has a child, by its hash.
struct Known {
    genesis: Genesis,
    blocks: BTreeMap<B256, Parent>,
}

impl Known {
    /// Nothing if the genesis lacks something of it.
    fn of(record: &Record<'_>) -> Option<Self> {
        let trace = record.view.trace;
        let genesis = Genesis::of(&trace.genesis)?;
        let is_holocene = |timestamp| trace.spec.is_active(Fork::Holocene, timestamp);
        let of_payload = |payload: &ExecutionPayloadV2| {
            let parent = Parent {
                timestamp: payload.timestamp,
                gas_limit: payload.gas_limit,
                gas_used: payload.gas_used,
                base_fee: payload.base_fee_per_gas,
                extra_data: is_holocene(payload.timestamp).then(|| payload.extra_data.clone()),
            };
            (payload.block_hash, parent)
        };
        let restored = trace.restored().map(|block| &*block.payload);
        let published = record.view.published.iter();
        let mut blocks: BTreeMap<B256, Parent> = published
            .map(|block| &*block.block.payload)
            .chain(restored)
            .chain(record.findings.siblings().map(|block| &*block.payload))
            .map(of_payload)
            .collect();
        let first = Parent {
            timestamp: genesis.timestamp,
            gas_limit: genesis.gas_limit,
            gas_used: 0,
            base_fee: genesis.base_fee,
            extra_data: is_holocene(genesis.timestamp).then(|| genesis.extra_data.clone()),
        };
        blocks.insert(trace.spec.genesis().hash(), first);
        Some(Self { genesis, blocks })
    }

    fn get(&self, hash: B256) -> Option<&Parent> {
        self.blocks.get(&hash)
    }

    /// "The base fee increases by at least 1 when the parent used more than its target" (EIP-1559).
    /// Nothing if the parent is none by whose parameters can be reckoned.
    fn next_base_fee(&self, parent: &Parent) -> Option<U256> {
        let (denominator, elasticity) = match parent.extra_data.as_ref().map(|it| &it[..]) {
            None => (self.genesis.denominator, self.genesis.elasticity),
            Some([0, params @ ..]) => {
                let (denominator, elasticity) = params.split_first_chunk()?;
                let elasticity = <[u8; 4]>::try_from(elasticity).ok()?;
                (
                    u32::from_be_bytes(*denominator),
                    u32::from_be_bytes(elasticity),
                )
            }
            Some(_) => return None,
        };
        let target = parent.gas_limit.checked_div(u64::from(elasticity))?;
        let change = |delta: u64| {
            (parent.base_fee * U256::from(delta))
                .checked_div(U256::from(target))?
                .checked_div(U256::from(denominator))
        };
        match parent.gas_used.checked_sub(target) {
            Some(0) => Some(parent.base_fee),
            Some(above) => Some(parent.base_fee + change(above)?.max(U256::from(1))),
            None => Some(parent.base_fee - change(target - parent.gas_used)?),
        }
    }
}
