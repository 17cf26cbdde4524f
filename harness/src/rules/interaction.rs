//! Sequencer Interaction (lines 36 to 45).

pub(super) mod feed;
pub(super) mod l1;

use std::collections::BTreeMap;

use alloy_primitives::B256;

use super::{Evidence, Level, Record, Rule, Subject, Tally};
use crate::dialect::Meaning;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "interaction/fork-choice-propagated",
        level: Level::Declared,
        subject: Subject::Sequencer,
        line: 43,
        quote: Some(
            "The Sequencer propagates a Fork Choice Update to the Builder, indicating an update to \
             the chain's latest head.",
        ),
        source: None,
        evidence: &[Evidence::Wire],
        check: fork_choice_propagated,
    },
    Rule {
        id: "interaction/request-names-head",
        level: Level::Declared,
        subject: Subject::Sequencer,
        line: 45,
        quote: Some("The Sequencer requests a block from the Builder for a specific head."),
        source: None,
        evidence: &[Evidence::Wire, Evidence::Blocks, Evidence::Stimulus],
        check: request_names_head,
    },
];

/// Before a block is requested on a head, the builder was sent an update that names it. Whether
/// the update arrives is the network's matter.
fn fork_choice_propagated(record: &Record<'_>, tally: &mut Tally) {
    let mut told: BTreeMap<B256, u64> = BTreeMap::new();
    for exchange in &record.view.exchanges {
        let Some(arrived) = &exchange.arrived else {
            continue;
        };
        if let Meaning::HeadUpdate { head, .. } = arrived.meaning {
            let first = told.entry(head).or_insert(arrived.begun_us);
            *first = arrived.begun_us.min(*first);
        }
    }
    let guard_us = record.view.trace.clock.guard_us();
    let block_time_us = record.view.trace.plan.chain.block_time_ms * 1000;
    for (slot, request) in record.requests() {
        let head = request.params.payload.parent_hash;
        let begun_us = request.begun_us;
        let was_told = told.get(&head).is_some_and(|at| *at <= begun_us + guard_us);
        // From when the head was made on, an update of it may have been lost in an outage.
        let made_us = slot.begins_us.saturating_sub(block_time_us);
        let is_lost = record.view.stimulus.is_out(made_us, slot.ends_us)
            || record.view.unheard_in(made_us, begun_us).next().is_some();
        if !was_told && is_lost {
            continue;
        }
        tally.note(begun_us, was_told, || {
            format!("a block is requested on {head}, and no fork choice update named that head")
        });
    }
}

/// The parent that a request names is the head of that moment.
fn request_names_head(record: &Record<'_>, tally: &mut Tally) {
    for request in record.view.payload_requests() {
        let named = request.params.payload.parent_hash;
        let mut heads = record.findings.heads_at(request.begun_us);
        tally.note(
            request.begun_us,
            heads.any(|head| head.hash == named),
            || format!("a block is requested on {named}, which is not the head"),
        );
    }
}
