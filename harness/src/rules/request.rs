//! Requesting a Block (lines 47 to 49).

use alloy_primitives::U256;
use gauntlet_protocol::GetPayloadParams;
use gauntlet_sequencer::{Event, Origin};

use super::{Evidence, Level, Rule, Subject, Tally};
use crate::view::View;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "request/triggered-by-fork-choice",
        level: Level::Must,
        subject: Subject::Sequencer,
        line: 49,
        quote: Some(
            "The block request mechanism MUST be triggered when the Driver schedules a new Fork \
                Choice Update on the Sequencer.",
        ),
        source: None,
        evidence: &[Evidence::Wire, Evidence::Blocks],
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
        evidence: &[Evidence::Wire, Evidence::Blocks],
        check: attributes_translated,
    },
    Rule {
        id: "request/payload-simulated",
        level: Level::Must,
        subject: Subject::Sequencer,
        line: 49,
        quote: Some("the Sequencer MUST simulate the received payload to ensure correctness"),
        source: None,
        evidence: &[Evidence::Wire, Evidence::Blocks],
        check: payload_simulated,
    },
];

/// In each slot with a builder, one is asked. DECISION: call-or-must; DECISION: no-tx-pool: it is
/// not asked for a block that its attributes fix.
fn triggered_by_fork_choice(view: &View<'_>, tally: &mut Tally) {
    for slot in &view.slots {
        let (Some(_), Some(scheduled)) = (slot.registered, slot.scheduled.last()) else {
            continue;
        };
        let fixed = scheduled.attributes.no_tx_pool;
        let asked = !slot.requests.is_empty();
        tally.note(scheduled.at_us, asked != fixed, || {
            if fixed {
                "a block that its attributes fix was requested from the builder".to_owned()
            } else {
                format!("no block was requested in slot {}", slot.number)
            }
        });
    }
}

/// The five members of a request are the attributes' and the head's.
fn attributes_translated(view: &View<'_>, tally: &mut Tally) {
    for slot in &view.slots {
        for request in &slot.requests {
            let Ok(params) = GetPayloadParams::from_json(request.params) else {
                continue;
            };
            let scheduled = slot.scheduled_for(request);
            let Some(scheduled) = scheduled else { continue };
            let asked = &params.payload;
            let attributes = scheduled.attributes;
            let wrong = [
                (
                    "blockNumber",
                    asked.block_number == U256::from(scheduled.number),
                ),
                ("parentHash", asked.parent_hash == scheduled.parent),
                (
                    "pubKey",
                    asked.pub_key == view.trace.keys.sequencer.address(),
                ),
                (
                    "gasLimit",
                    U256::from(attributes.gas_limit) == asked.gas_limit,
                ),
                (
                    "parentBeaconBlockRoot",
                    attributes.parent_beacon_block_root == asked.parent_beacon_block_root,
                ),
            ]
            .into_iter()
            .find_map(|(member, right)| (!right).then_some(member));
            tally.note(request.sent_us, wrong.is_none(), || {
                format!("{} is not the attributes'", wrong.unwrap_or_default())
            });
        }
    }
}

/// A builder's block that is published was executed before.
fn payload_simulated(view: &View<'_>, tally: &mut Tally) {
    for slot in &view.slots {
        let mut admitted = Vec::new();
        for (at_us, event) in &slot.events {
            if let Event::Admitted { hash, .. } = event {
                admitted.push(*hash);
            }
            if let Event::Published(published) = event
                && published.origin == Origin::Builder
            {
                let simulated = admitted.contains(&published.payload.block_hash);
                tally.note(*at_us, simulated, || {
                    "the builder's block was published without being executed before".to_owned()
                });
            }
        }
    }
}
