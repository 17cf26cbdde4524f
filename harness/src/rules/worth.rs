//! What the failsafe's block is worth, and that a block is there when it is published (line 52).

use std::collections::BTreeMap;
use std::sync::Arc;

use alloy_primitives::{B256, U256};
use gauntlet_engine::Block;

use super::users::{Chain, Ledger};
use super::{Evidence, Level, Record, Rule, Subject, Tally};
use crate::dialect::{Answer, Meaning, Question};
use crate::trace::Clock;
use crate::view::{Published, Slot};

/// What L1 charges at most for a transaction of a scenario, in wei.
const MOST_L1_FEE: u128 = 100_000_000_000_000_000;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "failsafe/local-block-is-worth-publishing",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 52,
        quote: None,
        source: Some(
            "line 52: the local process builds blocks, so that what users sent and can pay for is \
             in them as far as there is room",
        ),
        evidence: &[Evidence::Users, Evidence::Blocks, Evidence::Wire],
        check: worth_publishing,
    },
    Rule {
        id: "users/published-block-is-known",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 52,
        quote: None,
        source: Some(
            "execution-apis paris, payload validation: a block is imported before anybody is told \
             of it, so that users know it in the instant in which it is published",
        ),
        evidence: &[Evidence::Users, Evidence::Blocks],
        check: is_imported,
    },
];

/// A local block has what waited when it was begun, as far as there is room: nothing is left out
/// that the block could have had at its end, or in place of what pays less.
fn worth_publishing(record: &Record<'_>, tally: &mut Tally) {
    let view = record.view;
    if view.trace.clock != Clock::Virtual {
        return;
    }
    let ledger = Ledger::of(record);
    for slot in &view.slots {
        let before_us = slot.begins_us.saturating_sub(slot.ends_us - slot.begins_us);
        let is_well = view.stimulus.engine_is_well(before_us, slot.ends_us);
        if record.is_fixed(slot) || record.is_hindered(slot) || !is_well {
            continue;
        }
        for index in &slot.published {
            let Some(published) = view.published.get(*index) else {
                continue;
            };
            let replaced = view
                .stimulus
                .head_is_replaced(slot.begins_us, published.at_us);
            if !replaced && !view.is_builders(slot, *index) {
                has_what_waited(record, &ledger, slot, published, tally);
            }
        }
    }
}

fn has_what_waited(
    record: &Record<'_>,
    ledger: &Ledger,
    slot: &Slot,
    published: &Published<'_>,
    tally: &mut Tally,
) {
    let payload = &published.block.payload;
    let blocks = &record.findings.blocks;
    let Some(block) = blocks.get(&payload.block_hash) else {
        return;
    };
    let due_us = slot.request_due_us;
    let Some(chain) = Chain::of(record, payload.parent_hash, due_us, due_us) else {
        return;
    };
    let included: BTreeMap<B256, Included> = included(ledger, block);
    for sent in ledger.accepted() {
        if included.contains_key(&sent.hash) {
            tally.note(published.at_us, true, String::new);
            continue;
        }
        if !ledger.must_wait(&chain, sent) {
            continue;
        }
        let base_fee = block.header().base_fee_per_gas.unwrap_or_default();
        let Some(tip) = sent.tip(base_fee) else {
            continue;
        };
        let need = sent.cost.saturating_add(U256::from(MOST_L1_FEE));
        let header = block.header();
        let is_next = block.state().nonce(sent.sender) == sent.nonce;
        let is_paid = block.state().balance(sent.sender) >= need;
        let has_room = header.gas_limit - header.gas_used >= sent.gas_limit;
        if is_next && is_paid && has_room {
            tally.note(published.at_us, false, || {
                format!(
                    "{} waited and could pay, there is room for it, and block {} does not have it",
                    sent.hash,
                    block.number()
                )
            });
            continue;
        }
        let was_first = chain.head.state().nonce(sent.sender) == sent.nonce;
        let could_pay = chain.head.state().balance(sent.sender) >= need;
        let worse = included.iter().find(|(_, it)| {
            it.tip < tip && it.gas_limit >= sent.gas_limit && it.was_waiting_by(due_us)
        });
        if let Some((hash, _)) = worse.filter(|_| is_next && was_first && could_pay) {
            tally.note(published.at_us, false, || {
                format!(
                    "{} pays more than {hash}, which is in the block instead",
                    sent.hash
                )
            });
        }
    }
}

/// A transaction of a user in a block.
struct Included {
    tip: u128,
    gas_limit: u64,
    accepted_us: Option<u64>,
}

impl Included {
    fn was_waiting_by(&self, at_us: u64) -> bool {
        self.accepted_us.is_some_and(|by_us| by_us < at_us)
    }
}

fn included(ledger: &Ledger, block: &Arc<Block>) -> BTreeMap<B256, Included> {
    let base_fee = block.header().base_fee_per_gas.unwrap_or_default();
    let all = block.transactions().iter().filter_map(|transaction| {
        let sent = ledger.get(&transaction.hash())?;
        let included = Included {
            tip: sent.tip(base_fee)?,
            gas_limit: sent.gas_limit,
            accepted_us: sent.accepted_us.map(|(_, by_us)| by_us),
        };
        Some((sent.hash, included))
    });
    all.collect()
}

/// Whoever asks for a block in the instant in which it is published is told of it, as the head.
fn is_imported(record: &Record<'_>, tally: &mut Tally) {
    let view = record.view;
    for call in &view.users {
        let (Meaning::Question(question), Some((at_us, answer))) = (&call.meaning, &call.answered)
        else {
            continue;
        };
        // Nobody else is answered in no time.
        if *at_us != call.sent_us {
            continue;
        }
        // More than one in an instant make up for slots without a block.
        let mut blocks = view.published.iter().filter(|it| it.at_us == *at_us);
        let Some(block) = blocks.clone().next_back() else {
            continue;
        };
        let hash = if let Answer::Other(result) = answer {
            let value: serde_json::Value = serde_json::from_str(result.get()).unwrap_or_default();
            let member = match matches!(**question, Question::Receipt(_)) {
                true => "blockHash",
                false => "hash",
            };
            serde_json::from_value(value.get(member).cloned().unwrap_or_default()).ok()
        } else {
            None
        };
        let is_told = blocks.any(|it| hash == Some(it.block.payload.block_hash));
        tally.note(*at_us, is_told, || {
            format!(
                "block {} is published, and users do not find it",
                block.block.payload.block_number
            )
        });
    }
}
