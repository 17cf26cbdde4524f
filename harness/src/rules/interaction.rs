//! Sequencer Interaction (lines 36 to 45).

use alloy_primitives::B256;
use gauntlet_protocol::GetPayloadParams;
use gauntlet_protocol::constants::FORK_CHOICE_UPDATED;
use serde_json::Value;

use super::{Evidence, Level, Rule, Subject, Tally};
use crate::trace::Host;
use crate::view::{Call, View};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "interaction/fork-choice-propagated",
        level: Level::Declared,
        subject: Subject::Sequencer,
        line: 43,
        quote: Some(
            "The Sequencer propagates a Fork Choice Update to the Builder, indicating an update \
                to the chain's latest head.",
        ),
        source: None,
        evidence: &[Evidence::Wire, Evidence::Blocks],
        check: fork_choice_propagated,
    },
    Rule {
        id: "interaction/request-names-head",
        level: Level::Declared,
        subject: Subject::Sequencer,
        line: 45,
        quote: Some("The Sequencer requests a block from the Builder for a specific head."),
        source: None,
        evidence: &[Evidence::Wire, Evidence::Blocks],
        check: request_names_head,
    },
];

/// Before a block is requested on a head, the builder was sent an update that names it. Whether
/// the update arrives is the network's matter.
fn fork_choice_propagated(view: &View<'_>, tally: &mut Tally) {
    let updates: Vec<(u64, Option<B256>)> = view
        .calls_of(Host::Sequencer, FORK_CHOICE_UPDATED)
        .map(|call| (call.sent_us, head_of(call)))
        .collect();
    for (request, params) in requests(view) {
        let head = params.payload.parent_hash;
        let told = updates
            .iter()
            .any(|(at, of)| *at <= request.sent_us && *of == Some(head));
        tally.note(request.sent_us, told, || {
            format!("a block is requested on {head}, and no fork choice update named that head")
        });
    }
}

/// The parent that a request names is the head on which the driver scheduled the block.
fn request_names_head(view: &View<'_>, tally: &mut Tally) {
    for slot in &view.slots {
        for request in &slot.requests {
            let Ok(params) = GetPayloadParams::from_json(request.params) else {
                continue;
            };
            let named = params.payload.parent_hash;
            let head = slot.scheduled_for(request);
            tally.note(
                request.sent_us,
                head.is_some_and(|head| head.parent == named),
                || format!("a block is requested on {named}, which is not the head"),
            );
        }
    }
}

fn head_of(update: &Call<'_>) -> Option<B256> {
    let params: Value = serde_json::from_str(update.params).ok()?;
    params.get(0)?.get("headBlockHash")?.as_str()?.parse().ok()
}

fn requests<'v>(view: &'v View<'_>) -> impl Iterator<Item = (&'v Call<'v>, GetPayloadParams)> {
    view.slots
        .iter()
        .flat_map(|slot| &slot.requests)
        .filter_map(|request| {
            GetPayloadParams::from_json(request.params)
                .ok()
                .map(|params| (request, params))
        })
}
