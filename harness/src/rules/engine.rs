//! A local engine that does not do what it is asked (line 52, and the decisions `local-fails` and
//! `syncing`).

use super::record::Use;
use super::{Evidence, Level, Record, Rule, Subject, Tally};
use crate::plan::{EngineTrouble, SelectionPlan};
use crate::view::Slot;

const ALL_AROUND: &[Evidence] = &[Evidence::Wire, Evidence::Blocks, Evidence::Stimulus];

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "failsafe/local-engine-down",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 52,
        quote: None,
        source: Some(
            "line 52, DECISION local-fails: liveness is the point, so a block of the builder's that \
             is valid is published though the local engine has none",
        ),
        evidence: ALL_AROUND,
        check: local_engine_down,
    },
    Rule {
        id: "failsafe/goes-on-after-the-engine",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 52,
        quote: None,
        source: Some(
            "line 52, DECISION catch-up: once the local engine is as it should be there are blocks \
             in time again, and those that are missing are made up for",
        ),
        evidence: ALL_AROUND,
        check: goes_on,
    },
    Rule {
        id: "failsafe/syncing-is-not-valid",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 109,
        quote: None,
        source: Some(
            "execution-apis paris, payload validation, DECISION syncing: SYNCING and ACCEPTED say \
             nothing of a payload, which is not used then",
        ),
        evidence: ALL_AROUND,
        check: syncing_is_not_valid,
    },
    Rule {
        id: "failsafe/nothing-unimported-is-published",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 52,
        quote: None,
        source: Some(
            "DECISION publish-order: a block leaves the sequencer once it is the head, and not when \
             it could not become it",
        ),
        evidence: &[Evidence::Blocks, Evidence::Stimulus],
        check: nothing_unimported_is_published,
    },
];

/// Whether the local engine has no block from a slot's request on until the slot's end.
fn is_without_local_block(record: &Record<'_>, slot: &Slot) -> bool {
    let stimulus = &record.view.stimulus;
    let hindrances = record.hindrances_throughout(slot.request_due_us, slot.ends_us);
    let mut hindrances = hindrances.peekable();
    hindrances.peek().is_some()
        && hindrances.all(|trouble| !trouble.builds())
        && !stimulus.head_is_replaced(slot.begins_us, slot.ends_us)
}

/// A payload that has to be used is, though there is no local block.
fn local_engine_down(record: &Record<'_>, tally: &mut Tally) {
    let plan = &record.view.trace.plan.sequencer;
    let guard_us = record.view.trace.clock.guard_us();
    for slot in &record.view.slots {
        if !is_without_local_block(record, slot) {
            continue;
        }
        for offer in record.offers_of(slot) {
            if offer.fate() == Use::Must {
                // The policy `builder` has nothing to wait for, the others the end of the slot.
                let due_us = match plan.selection {
                    SelectionPlan::Builder => offer.at_us + plan.validate_ms * 1000,
                    SelectionPlan::Value | SelectionPlan::GasUsed => slot.ends_us,
                };
                let hash = offer.payload.execution_payload.block_hash;
                let in_time = record.view.published.iter().any(|block| {
                    block.block.payload.block_hash == hash && block.at_us <= due_us + guard_us
                });
                tally.note(offer.at_us, in_time && offer.is_used(), || {
                    format!(
                        "the local engine has no block in slot {}, and the builder's was not \
                         published when it was there",
                        slot.number
                    )
                });
            }
        }
    }
}

/// In the second slot after a hindrance is over, with none in it or since, the chain has reached the
/// clock and the slot has its block.
fn goes_on(record: &Record<'_>, tally: &mut Tally) {
    let view = record.view;
    let ends = view.trace.plan.faults.iter().filter_map(|fault| {
        fault.of_engine()?;
        fault.times_ms().1
    });
    for ends_ms in ends {
        let over_us = ends_ms * 1000;
        let mut slots = view.slots.iter().filter(|slot| slot.begins_us >= over_us);
        // The first one makes up for what is missing, the second one has to be as any other.
        let (Some(_), Some(slot)) = (slots.next(), slots.next()) else {
            continue;
        };
        let is_disturbed = !view.stimulus.engine_is_well(over_us + 1000, slot.ends_us)
            || view.stimulus.head_is_replaced(0, slot.ends_us);
        if is_disturbed {
            continue;
        }
        let highest = view
            .published
            .iter()
            .filter(|block| block.at_us <= slot.ends_us)
            .map(|block| block.block.payload.block_number)
            .max();
        tally.note(slot.ends_us, highest == Some(slot.number), || {
            format!(
                "the local engine is as it should be since {ends_ms} ms, and by the end of slot {} \
                 the chain has {} blocks",
                slot.number,
                highest.unwrap_or_default()
            )
        });
    }
}

/// While the local engine is syncing, no payload of the builder's is published.
fn syncing_is_not_valid(record: &Record<'_>, tally: &mut Tally) {
    let validate_us = record.view.trace.plan.sequencer.validate_ms * 1000;
    for offer in record.offers() {
        let judged_us = offer.at_us + validate_us;
        let mut hindrances =
            record.hindrances_throughout(offer.at_us, judged_us.min(offer.slot.ends_us));
        if hindrances.any(|trouble| !trouble.validates()) {
            // Later the local engine may build the very same block.
            let used = record.view.used(offer.payload, offer.at_us);
            let is_used = used.is_some_and(|block| block.at_us <= offer.slot.ends_us);
            tally.note(offer.at_us, !is_used, || {
                format!(
                    "the local engine was syncing, and the builder's block was published in slot {}",
                    offer.slot.number
                )
            });
        }
    }
}

/// While the local engine can make no block the head, none is published.
fn nothing_unimported_is_published(record: &Record<'_>, tally: &mut Tally) {
    let view = record.view;
    let imports = |at_us: u64| {
        let mut hindrances = record.hindrances_throughout(at_us, at_us);
        !hindrances.any(|trouble| trouble == EngineTrouble::CannotImport)
    };
    for block in view.published.iter().filter(|block| !imports(block.at_us)) {
        tally.note(block.at_us, false, || {
            format!(
                "block {} was published and cannot have become the head",
                block.block.payload.block_number
            )
        });
    }
    for slot in &view.slots {
        let cannot = |us| !imports(us);
        if cannot(slot.request_due_us) && cannot(slot.ends_us - 1) {
            tally.note(slot.ends_us, true, String::new);
        }
    }
}
