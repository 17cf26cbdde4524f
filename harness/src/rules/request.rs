//! Requesting a Block (lines 47 to 49).

use alloy_primitives::U256;

use super::{Evidence, Level, Record, Rule, Subject, Tally};
use crate::trace::Judgement;
use crate::view::Tuple;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "request/triggered-by-fork-choice",
        level: Level::Must,
        subject: Subject::Sequencer,
        line: 49,
        quote: Some(
            "The block request mechanism ***MUST*** be triggered when the Driver schedules a new \
             Fork Choice Update on the Sequencer.",
        ),
        source: None,
        evidence: &[Evidence::Wire, Evidence::Stimulus],
        check: triggered_by_fork_choice,
    },
    Rule {
        id: "request/attributes-translated",
        level: Level::Declared,
        subject: Subject::Sequencer,
        line: 49,
        quote: Some(
            "The Sequencer will translate the received Payload Attributes into a Payload Request \
             for the Builder.",
        ),
        source: None,
        evidence: &[Evidence::Wire, Evidence::Blocks, Evidence::Stimulus],
        check: attributes_translated,
    },
    Rule {
        id: "request/payload-simulated",
        level: Level::Must,
        subject: Subject::Sequencer,
        line: 49,
        quote: Some("the Sequencer ***MUST*** simulate the received payload to ensure correctness"),
        source: None,
        evidence: &[Evidence::Wire, Evidence::Blocks],
        check: payload_simulated,
    },
];

/// In each slot with a builder, one is asked. DECISION: call-or-must; DECISION: no-tx-pool: it is
/// not asked for a block that its attributes fix. DECISION: late-registration: who is registered in
/// the midst of a slot is asked from the next one on.
fn triggered_by_fork_choice(record: &Record<'_>, tally: &mut Tally) {
    for slot in &record.view.slots {
        let Some(Tuple::Set(_)) = record.registered(slot) else {
            continue;
        };
        // What a request is lost in shows nothing of it, and neither does one that came too late
        // for the network to bring it.
        if record.may_be_lost(slot) || record.is_hindered(slot) {
            continue;
        }
        let is_fixed = record.is_fixed(slot);
        let is_asked = slot.request_count() > 0;
        if !is_asked && record.is_replaced_at_request(slot) {
            continue;
        }
        tally.note(slot.request_due_us, is_asked != is_fixed, || {
            if is_fixed {
                "a block that its attributes fix was requested from the builder".to_owned()
            } else {
                format!("no block was requested in slot {}", slot.number)
            }
        });
    }
}

/// The five members of a request are the attributes' and the head's.
fn attributes_translated(record: &Record<'_>, tally: &mut Tally) {
    for (slot, request) in record.requests() {
        let Some(job) = record.job(slot, &request) else {
            continue;
        };
        let asked = &request.params.payload;
        let root = job.attributes.payload_attributes.parent_beacon_block_root;
        let wrong = [
            (
                "blockNumber",
                asked.block_number == U256::from(job.parent.number + 1),
            ),
            ("pubKey", asked.pub_key == record.view.trace.keys.sequencer),
            (
                "gasLimit",
                job.attributes.gas_limit.map(U256::from) == Some(asked.gas_limit),
            ),
            (
                "parentBeaconBlockRoot",
                root == Some(asked.parent_beacon_block_root),
            ),
        ]
        .into_iter()
        .find_map(|(member, right)| (!right).then_some(member));
        tally.note(request.begun_us, wrong.is_none(), || {
            format!("{} is not the attributes'", wrong.unwrap_or_default())
        });
    }
}

/// A payload that does not stand up to simulation is not published.
fn payload_simulated(record: &Record<'_>, tally: &mut Tally) {
    for offer in record.offers() {
        if let Some(Judgement::Invalid(why)) = offer.judgement() {
            tally.note(offer.at_us, !offer.is_used(), || {
                format!("a payload was published that is invalid: {why}")
            });
        }
    }
}
