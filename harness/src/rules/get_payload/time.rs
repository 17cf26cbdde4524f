//! The timeout, no retry, the local block.

use std::collections::BTreeSet;

use super::record::{Lack, Use, lack};
use super::tally::{at_least, at_most};
use super::{
    ALL_AROUND, Evidence, Level, Record, Rule, Subject, TIMEOUT_US, Tally, WIRE_AND_BLOCKS,
};
use crate::dialect::{MAX_REPLY_BYTES, Meaning};
use crate::trace::{Failure, time};
use crate::view::{End, PayloadRequest, Tuple};

pub(super) const WAITS: Rule = Rule {
    id: "get-payload/waits-200-ms",
    level: Level::Derived,
    subject: Subject::Sequencer,
    line: 95,
    quote: Some("**timeout**: 200ms"),
    source: Some(
        "execution-apis common, timeouts: callers MUST wait the timeout before they abort",
    ),
    evidence: ALL_AROUND,
    check: waits,
};

pub(super) const GIVES_UP: Rule = Rule {
    id: "get-payload/gives-up-at-200-ms",
    level: Level::Should,
    subject: Subject::Sequencer,
    line: 97,
    quote: Some(
        "Timeout does not leave enough time to retry for this block, Sequencer ***SHOULD*** use \
         local block and move on.",
    ),
    source: None,
    evidence: WIRE_AND_BLOCKS,
    check: gives_up,
};

pub(super) const NO_RETRY: Rule = Rule {
    id: "get-payload/no-retry",
    level: Level::Declared,
    subject: Subject::Sequencer,
    line: 96,
    quote: Some("**retries**: 0"),
    source: None,
    evidence: &[Evidence::Wire],
    check: no_retry,
};

pub(super) const LOCAL_ON_TIMEOUT: Rule = Rule {
    id: "get-payload/local-block-on-timeout",
    level: Level::Should,
    subject: Subject::Sequencer,
    line: 97,
    quote: Some(
        "Timeout does not leave enough time to retry for this block, Sequencer ***SHOULD*** use \
         local block and move on.",
    ),
    source: None,
    evidence: WIRE_AND_BLOCKS,
    check: local_on_timeout,
};

pub(super) const LOCAL_ON_ERROR: Rule = Rule {
    id: "get-payload/local-block-on-error",
    level: Level::Derived,
    subject: Subject::Sequencer,
    line: 102,
    quote: None,
    source: Some("lines 52 and 102: an error, or any answer that is none, means the local block"),
    evidence: WIRE_AND_BLOCKS,
    check: local_on_error,
};

pub(super) const LATE_DISCARDED: Rule = Rule {
    id: "get-payload/late-reply-discarded",
    level: Level::Derived,
    subject: Subject::Sequencer,
    line: 97,
    quote: None,
    source: Some("line 97: after the timeout the sequencer moves on; a late answer is never used"),
    evidence: WIRE_AND_BLOCKS,
    check: late_discarded,
};

pub(super) const NO_CALL_WHEN_UNSET: Rule = Rule {
    id: "get-payload/no-call-when-unset",
    level: Level::Derived,
    subject: Subject::Sequencer,
    line: 106,
    quote: Some(
        "Client software ***MAY*** call this method if `builderPubkey` and `builderUrl` are set.",
    ),
    source: Some("lines 106 and 132: it does not call if one of them is not set"),
    evidence: &[Evidence::Wire, Evidence::Stimulus],
    check: no_call_when_unset,
};

/// Whether connections are closed some time after a reply, and with them what uses them by then.
pub(in crate::rules) fn closes_later(record: &Record<'_>) -> bool {
    let mut slots = record.view.trace.plan.slots.iter();
    slots.any(|slot| {
        let deeds = [&slot.reply.deed, &slot.forward.deed].into_iter().flatten();
        deeds
            .into_iter()
            .any(|deed| deed.fault.ends_with("/closed-later"))
    })
}

/// A request that is given up for its time had 200 ms, and a good reply that is complete before is
/// considered. DECISION: timeout-tie.
fn waits(record: &Record<'_>, tally: &mut Tally) {
    let guard_us = record.view.trace.clock.guard_us();
    for (slot, request) in record.requests() {
        let Some((lasted_us, end)) = request.lasted_us() else {
            continue;
        };
        let is_disturbed = record
            .view
            .stimulus
            .head_is_replaced(request.begun_us, slot.ends_us)
            || record
                .view
                .stimulus
                .is_out(request.begun_us, request.begun_us + TIMEOUT_US);
        if let End::GaveUp { at_us } = end
            && !is_disturbed
            && !has_bad_head(&request, at_us)
            && cut(&request).is_none()
            && !(lasted_us < TIMEOUT_US && closes_later(record))
        {
            tally.note_if(at_us, at_least(lasted_us, TIMEOUT_US, guard_us), || {
                format!("the sequencer waited only {}", time(lasted_us))
            });
        }
        // It waited for most of its time, and would have longer.
        if let End::Complete { at_us } = end
            && (TIMEOUT_US * 3 / 4..TIMEOUT_US).contains(&lasted_us)
        {
            tally.note(at_us, true, String::new);
        }
    }
    for unheard in record.view.slots.iter().filter_map(|it| record.unheard(it)) {
        let lasted_us = unheard.closed_us - unheard.begun_us;
        let waited = at_least(lasted_us, TIMEOUT_US, guard_us);
        tally.note_if(unheard.closed_us, waited, || {
            format!("the sequencer waited only {}", time(lasted_us))
        });
    }
    for offer in record.offers() {
        if offer.fate() == Use::Must {
            tally.note(offer.at_us, offer.is_used(), || {
                format!("{} was not considered", offer.told())
            });
        }
    }
}

/// Whether a reply of a status or of a size that ends the call had left by a time. DECISION:
/// body-limit.
fn has_bad_head(request: &PayloadRequest<'_>, by_us: u64) -> bool {
    let reply = request.exchange.reply.as_ref();
    reply.is_some_and(|reply| {
        let is_bad = reply.reply.status != 200 || reply.reply.body.len() > MAX_REPLY_BYTES;
        reply.at_us <= by_us && is_bad
    })
}

/// When the connection of a request was cut, or something came on it that is no HTTP, if it was.
fn cut(request: &PayloadRequest<'_>) -> Option<u64> {
    let (at_us, failure) = request.exchange.failed?;
    (request.exchange.reply.is_none() && failure != Failure::GivenUp).then_some(at_us)
}

/// No request lasts longer than 200 ms, and what is used was complete strictly before.
fn gives_up(record: &Record<'_>, tally: &mut Tally) {
    let guard_us = record.view.trace.clock.guard_us();
    for unheard in record.view.slots.iter().filter_map(|it| record.unheard(it)) {
        let lasted_us = unheard.closed_us - unheard.begun_us;
        let in_time = at_most(lasted_us, TIMEOUT_US, guard_us);
        tally.note_if(unheard.closed_us, in_time, || {
            format!("the sequencer waited {} for the builder", time(lasted_us))
        });
    }
    for (_, request) in record.requests() {
        match request.lasted_us() {
            Some((lasted_us, End::GaveUp { at_us })) if lasted_us >= TIMEOUT_US => {
                tally.note_if(at_us, at_most(lasted_us, TIMEOUT_US, guard_us), || {
                    format!("the sequencer waited {} for the builder", time(lasted_us))
                });
            }
            Some((lasted_us, End::Complete { at_us })) if lasted_us >= TIMEOUT_US => {
                let payload = request.payload();
                let is_used =
                    payload.is_some_and(|payload| record.view.used(payload, at_us).is_some());
                let late = at_least(lasted_us, TIMEOUT_US, guard_us);
                tally.note_if(at_us, late.map(|late| !late || !is_used), || {
                    format!("a reply was used that came after {}", time(lasted_us))
                });
            }
            Some(_) | None => {}
        }
    }
}

/// Counted where requests arrive: a resend that its client knows nothing of counts too.
fn no_retry(record: &Record<'_>, tally: &mut Tally) {
    for slot in &record.view.slots {
        let Some(last) = record.view.requests_of(slot).last() else {
            continue;
        };
        let count = slot.request_count();
        tally.note(last.begun_us, count == 1, || {
            format!("slot {} has {count} payload requests", slot.number)
        });
    }
}

fn local_on_timeout(record: &Record<'_>, tally: &mut Tally) {
    for (slot, request) in record.requests() {
        if let Some((at_us, Lack::Late)) = lack(&request) {
            tally.result(at_us, record.has_local_block(slot));
        }
    }
}

/// Whatever came that is no payload, or that nothing came.
fn local_on_error(record: &Record<'_>, tally: &mut Tally) {
    for (slot, request) in record.requests() {
        let at_us = match lack(&request) {
            Some((_, Lack::Late)) => continue,
            Some((at_us, Lack::Error | Lack::Misfit | Lack::Outage)) => Some(at_us),
            None => cut(&request),
        };
        if let Some(at_us) = at_us {
            tally.result(at_us, record.has_local_block(slot));
        }
    }
}

/// A payload that the builder gave for a request, or that left for the sequencer, and that did not
/// arrive within its 200 ms, is not published, in no slot.
fn late_discarded(record: &Record<'_>, tally: &mut Tally) {
    for (_, request) in record.requests() {
        let Some((at_us, Lack::Late)) = lack(&request) else {
            continue;
        };
        let offered = [request.payload(), request.given()];
        let mut offered = offered.into_iter().flatten().peekable();
        if offered.peek().is_none() {
            continue;
        }
        let is_used = offered.any(|payload| record.view.used_own(payload, request.begun_us));
        tally.note(at_us, !is_used, || "a late reply was used".to_owned());
    }
}

/// Without a builder no block is requested, and what users submit is not forwarded (line 132).
fn no_call_when_unset(record: &Record<'_>, tally: &mut Tally) {
    let stimulus = &record.view.stimulus;
    for slot in &record.view.slots {
        if stimulus.tuple_at(slot.request_due_us) == Tuple::Unset {
            tally.note(slot.request_due_us, slot.request_count() == 0, || {
                format!(
                    "a block was requested in slot {}, and no builder is set",
                    slot.number
                )
            });
        }
    }
    for request in record.view.payload_requests() {
        if stimulus.tuple_at(request.begun_us) == Tuple::Unset {
            tally.note(request.begun_us, false, || {
                "a block was requested, and no builder is set".to_owned()
            });
        }
    }
    let forwarded: BTreeSet<_> = record
        .view
        .forwarded()
        .map(|(_, _, transaction)| transaction)
        .collect();
    let users_us = record.view.trace.plan.network.users_ms * 1000;
    for call in &record.view.users {
        let Meaning::UserTransaction(transaction) = &call.meaning else {
            continue;
        };
        // When it was there: not before it crossed the link, and not after it was answered.
        let from_us = call.sent_us + users_us;
        let until_us = call.answered.as_ref().map_or(from_us, |(at_us, _)| *at_us);
        let is_unset = stimulus.tuple_at(from_us) == Tuple::Unset
            && !stimulus.tuple_changes(from_us, until_us);
        if is_unset && forwarded.contains(transaction) {
            tally.note(call.sent_us, false, || {
                "a transaction was forwarded, and no builder is set".to_owned()
            });
        }
    }
}
