//! Which of two valid blocks is taken.

use super::record::{Offer, Use};
use super::{ALL_AROUND, Level, Record, Rule, Subject, Tally};
use crate::oracle::Worth;
use crate::plan::SelectionPlan;

pub(super) const VALID_USED: Rule = Rule {
    id: "get-payload/valid-payload-used",
    level: Level::Derived,
    subject: Subject::Sequencer,
    line: 49,
    quote: None,
    source: Some(
        "lines 49, 107 to 109: what was requested, is in time and stands up to every check is used, \
         unless the policy of selection prefers the local block",
    ),
    evidence: ALL_AROUND,
    check: valid_used,
};

pub(super) const VALUE: Rule = Rule {
    id: "get-payload/value",
    level: Level::Derived,
    subject: Subject::Sequencer,
    line: 79,
    quote: None,
    source: Some(
        "line 79: what a builder claims decides nothing; a policy by value or by gas goes by what \
         execution finds",
    ),
    evidence: ALL_AROUND,
    check: value,
};

/// A payload that is as it should be, complete in time, is the slot's block, whatever it claims to
/// be worth, where no policy prefers the local one by what both are worth. DECISION: selection.
fn valid_used(record: &Record<'_>, tally: &mut Tally) {
    for offer in record.offers() {
        if offer.admission() != Use::Must {
            continue;
        }
        let is_taken = offer.is_used() || local_is_better(record, &offer);
        tally.note(offer.at_us, is_taken, || {
            format!("a valid payload was not used in slot {}", offer.slot.number)
        });
    }
}

/// Whether the policy prefers the block that was published in an offer's slot to the offer.
fn local_is_better(record: &Record<'_>, offer: &Offer<'_>) -> bool {
    let published = record.published_in_time(offer.slot);
    let local = published.and_then(|block| {
        let hash = block.block.payload.block_hash;
        record.findings.worth.get(&hash).copied()
    });
    let (Some(builder), Some(local)) = (offer.worth(), local) else {
        return false;
    };
    prefers_local(record.view.trace.plan.sequencer.selection, builder, local)
}

fn prefers_local(selection: SelectionPlan, builder: Worth, local: Worth) -> bool {
    match selection {
        SelectionPlan::Builder => false,
        SelectionPlan::Value => builder.value < local.value,
        SelectionPlan::GasUsed => builder.gas_used < local.gas_used / 10,
    }
}

/// Where the claim is not what execution finds, the payload is taken or left as if it were; and a
/// payload that is used is worth no less than what users had sent in time for the local block.
fn value(record: &Record<'_>, tally: &mut Tally) {
    let selection = record.view.trace.plan.sequencer.selection;
    for offer in record.offers() {
        let Some(worth) = offer.worth().filter(|_| offer.admission() == Use::Must) else {
            continue;
        };
        if worth.value != offer.payload.value {
            let is_taken = offer.is_used() || local_is_better(record, &offer);
            tally.note(offer.at_us, is_taken, || {
                format!(
                    "a payload that claims {} and is worth {} was not used",
                    offer.payload.value, worth.value
                )
            });
        }
        let number = offer.request.exchange.number;
        if let Some(local) = record.findings.rivals.get(&number) {
            let is_worse = prefers_local(selection, worth, *local);
            tally.note(offer.at_us, !is_worse || !offer.is_used(), || {
                format!(
                    "a payload worth {} ({} gas) was used, and a local block of what users had \
                     sent is worth {} ({} gas)",
                    worth.value, worth.gas_used, local.value, local.gas_used
                )
            });
        }
    }
}
