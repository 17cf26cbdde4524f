//! Builder Configuration (lines 58 to 60).

use gauntlet_protocol::BuilderPayloadV1;
use gauntlet_sequencer::Event;

use super::{Evidence, Level, Rule, Subject, Tally};
use crate::view::View;

pub(super) const RULES: &[Rule] = &[Rule {
    id: "configuration/tuple-managed",
    level: Level::Declared,
    subject: Subject::Sequencer,
    line: 60,
    quote: Some("The Sequencer is responsible for managing this tuple"),
    source: None,
    evidence: &[Evidence::Wire, Evidence::Blocks],
    check: tuple_managed,
}];

/// Once the tuple has changed, no payload of the builder that was registered before is admitted,
/// and from the next slot on it is the new builder that is asked, if there is one. DECISION:
/// builder-change.
fn tuple_managed(view: &View<'_>, tally: &mut Tally) {
    let mut registered = None;
    let mut changes = 0;
    for slot in &view.slots {
        if changes > 1
            && let Some(scheduled) = slot.scheduled.last()
        {
            let fixed = scheduled.attributes.no_tx_pool;
            let asked = !slot.requests.is_empty();
            let expected = slot.registered.is_some() && !fixed;
            tally.note(scheduled.at_us, asked == expected, || {
                format!(
                    "slot {} does not follow the change of the builder tuple",
                    slot.number
                )
            });
        }
        for (at_us, event) in &slot.events {
            if let Event::BuilderChanged { pubkey } = event {
                registered = *pubkey;
                changes += 1;
            }
            if let Event::Admitted { .. } = event
                && changes > 1
            {
                let from = slot.requests.iter().find_map(|request| {
                    let reply = request.ended?.outcome.ok()?;
                    Some(BuilderPayloadV1::from_json(reply).ok()?.pub_key)
                });
                tally.note(*at_us, from.is_some() && from == registered, || {
                    "a payload of a builder that is not registered any more was admitted".to_owned()
                });
            }
        }
    }
}
