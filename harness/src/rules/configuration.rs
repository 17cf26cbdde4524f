//! Builder Configuration (lines 58 to 60).

use super::{Evidence, Level, Record, Rule, Subject, Tally};
use crate::view::Tuple;

pub(super) const RULES: &[Rule] = &[Rule {
    id: "configuration/tuple-managed",
    level: Level::Declared,
    subject: Subject::Sequencer,
    line: 60,
    quote: Some("The Sequencer is responsible for managing this tuple"),
    source: None,
    evidence: &[Evidence::Wire, Evidence::Blocks, Evidence::Stimulus],
    check: tuple_managed,
}];

/// Once the tuple has changed, no payload of the builder that was registered before is used, and
/// from the next slot on it is the new builder that is asked, if there is one. DECISIONS:
/// builder-change, late-registration.
fn tuple_managed(record: &Record<'_>, tally: &mut Tally) {
    let stimulus = &record.view.stimulus;
    for slot in &record.view.slots {
        if stimulus.tuple_was_changed(slot.begins_us)
            && let Some(tuple) = record.registered(slot)
            && !record.may_be_lost(slot)
        {
            let expected = tuple != Tuple::Unset && !record.is_fixed(slot);
            let is_asked = slot.request_count() > 0;
            if !is_asked && record.is_replaced_at_request(slot) {
                continue;
            }
            tally.note(slot.request_due_us, is_asked == expected, || {
                format!(
                    "slot {} does not follow the change of the builder tuple",
                    slot.number
                )
            });
        }
    }
    for offer in record.offers() {
        let asked_us = offer.request.begun_us;
        let before = stimulus.tuple_at(offer.slot.begins_us);
        let now = stimulus.tuple_at(offer.at_us);
        let is_replaced = now != Tuple::Changing && now != before;
        if is_replaced && stimulus.tuple_changes(asked_us, offer.at_us) {
            tally.note(offer.at_us, !offer.is_used(), || {
                "a payload of a builder that is not registered any more was used".to_owned()
            });
        }
    }
}
