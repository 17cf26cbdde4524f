//! The local block, and on what it is built.

use std::collections::BTreeSet;

use super::super::record::Job;
use super::super::{Evidence, Level, Record, Rule, Subject, Tally};
use crate::trace::{Testimony, What};
use crate::view::Published;

const EVIDENCE: &[Evidence] = &[Evidence::Wire, Evidence::Blocks, Evidence::Stimulus];

pub(in crate::rules) const RULES: &[Rule] = &[
    Rule {
        id: "failsafe/local-block-follows-attributes",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 52,
        quote: None,
        source: Some(
            "line 52, and OP Stack execution engine: the local block is built from exactly the \
             attributes that L1 says",
        ),
        evidence: EVIDENCE,
        check: local_block_follows_attributes,
    },
    Rule {
        id: "failsafe/reorg-in-flight",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 52,
        quote: None,
        source: Some(
            "line 52: a block on a head that was replaced is no block of the chain, so nothing on \
             it is published",
        ),
        evidence: EVIDENCE,
        check: reorg_in_flight,
    },
    Rule {
        id: "failsafe/published-block-is-imported",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 52,
        quote: None,
        source: Some("execution-apis paris: a block is imported, and only then published"),
        evidence: &[Evidence::Blocks, Evidence::Testimony, Evidence::Order],
        check: published_block_is_imported,
    },
];

/// A local block has the members of the attributes, and was executed with their beacon block root:
/// the state after it says so. What is fixed by L1 has nothing else in it.
fn local_block_follows_attributes(record: &Record<'_>, tally: &mut Tally) {
    for slot in &record.view.slots {
        for index in &slot.published {
            let Some(block) = record.view.published.get(*index) else {
                continue;
            };
            if record.view.is_builders(slot, *index) {
                continue;
            }
            let payload = &block.block.payload;
            // On what it is built is another rule's matter.
            let mut parents = record.findings.parents(*index);
            let Some(parent) = parents.find(|head| head.hash == payload.parent_hash) else {
                continue;
            };
            let attributes = match payload.block_number == parent.number + 1 {
                true => record.attributes_of(slot, block),
                false => record.attributes(slot, parent.number + 1),
            };
            let job = Job { parent, attributes };
            let wrong = differs(record, *index, block, &job);
            tally.note(block.at_us, wrong.is_none(), || {
                let wrong = wrong.unwrap_or_default();
                format!(
                    "the local block {} has another {wrong} than its attributes",
                    payload.block_number
                )
            });
        }
    }
}

fn differs(
    record: &Record<'_>,
    index: usize,
    block: &Published<'_>,
    job: &Job,
) -> Option<&'static str> {
    let attributes = &job.attributes;
    let payload = &block.block.payload;
    if let Some(member) = record.differs(payload, job) {
        return Some(member);
    }
    let root = attributes.payload_attributes.parent_beacon_block_root;
    if root != Some(block.block.parent_beacon_block_root) {
        return Some("parentBeaconBlockRoot");
    }
    let forced = attributes.transactions.as_ref().map_or(0, Vec::len);
    if attributes.no_tx_pool == Some(true) && payload.transactions.len() != forced {
        return Some("list of transactions");
    }
    record.flaw(index).map(|_| "outcome of execution")
}

/// DECISION: publish-order. A block that leaves the node is its head already. What only the node can
/// know is told by the node: an import shows in nothing else before the next block, which is the
/// matter of `chain/extends-the-head`.
fn published_block_is_imported(record: &Record<'_>, tally: &mut Tally) {
    let mut imported = BTreeSet::new();
    for entry in &record.view.trace.entries {
        match &entry.what {
            What::Says(Testimony::Imported { hash, .. }) => {
                imported.insert(*hash);
            }
            What::Published(block) => {
                let hash = block.payload.block_hash;
                tally.note(entry.at_us, imported.contains(&hash), || {
                    let number = block.payload.block_number;
                    format!("block {number} was published before it was imported")
                });
            }
            What::Says(_)
            | What::Crossed { .. }
            | What::Restored(_)
            | What::Followed(_)
            | What::Did(_)
            | What::Interfered { .. }
            | What::Logs(_)
            | What::Impossible(_)
            | What::Died
            | What::Back
            | What::Panicked(_)
            | What::Tasks(_) => {}
        }
    }
}

/// From the instant on in which the head is replaced, what is published builds on what took its
/// place. Within that instant either may be the head. It is put to the test by the first block after
/// each time.
fn reorg_in_flight(record: &Record<'_>, tally: &mut Tally) {
    let guard_us = record.view.trace.clock.guard_us();
    let stimulus = &record.view.stimulus;
    let mut before_us = 0;
    for (index, block) in record.view.published.iter().enumerate() {
        let at_us = block.at_us;
        let since_us = std::mem::replace(&mut before_us, at_us);
        if !stimulus.head_is_replaced(since_us, at_us) {
            continue;
        }
        let is_unsure =
            guard_us > 0 && stimulus.head_is_replaced(at_us.saturating_sub(guard_us), at_us);
        let parent = block.block.payload.parent_hash;
        let mut heads = record.findings.parents(index);
        let is_on_head = heads.any(|head| head.hash == parent);
        let held = (!is_unsure || is_on_head).then_some(is_on_head);
        tally.note_if(at_us, held, || {
            let number = block.block.payload.block_number;
            format!("block {number} was published on {parent}, which was replaced before")
        });
    }
}
