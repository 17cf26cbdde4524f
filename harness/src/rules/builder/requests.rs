//! Which request is answered, and from which attributes.

use super::blocks::differs;
use super::works::found;
use super::{Finds, RULE, Record, Rule, Tally};
use crate::trace::{Failure, time};

pub(super) const JOB_IS_THE_LATEST: Rule = Rule {
    id: "builder/job-is-the-latest",
    source: Some("DECISION job-restart: the last attributes that agree with the request count"),
    check: job_is_the_latest,
    ..RULE
};

pub(super) const JOB_IS_NOT_RESTARTED: Rule = Rule {
    id: "builder/job-is-not-restarted",
    source: Some("DECISION job-restart: the same attributes again restart nothing"),
    check: job_is_not_restarted,
    ..RULE
};

pub(super) const REQUEST_AGREES: Rule = Rule {
    id: "builder/request-agrees-with-job",
    line: 67,
    source: Some("lines 67 to 72: a block is given for what was requested, or none"),
    check: request_agrees,
    ..RULE
};

pub(super) const NEVER_STALE: Rule = Rule {
    id: "builder/never-stale",
    source: Some("line 45: for a head. DECISION nothing-to-give: never a stale block"),
    check: never_stale,
    ..RULE
};

pub(super) const STAYS_UP: Rule = Rule {
    id: "builder/stays-up",
    line: 52,
    source: Some("line 52: whatever a builder is sent, it answers or closes, and goes on"),
    check: stays_up,
    ..RULE
};

/// How long an answer may take where nothing is computed for it, in microseconds.
const AT_ONCE_US: u64 = 20_000;

/// How long anything may take: as long as whoever sends it waits.
const PATIENCE_US: u64 = 1_000_000;

/// Of several attributes for a block, the last that agree with the request are those of the payload.
fn job_is_the_latest(record: &Record<'_>, tally: &mut Tally) {
    for (sought, finds) in found(record) {
        let Finds::Job { told, of, .. } = finds else {
            continue;
        };
        if of < 2 {
            continue;
        }
        let (Some(result), Some(attributes)) = (sought.result(), &told.attributes) else {
            continue;
        };
        let other = differs(record, sought, attributes, result);
        tally.note(sought.asked.at_us, other.is_none(), || {
            format!(
                "a payload of other attributes than the last: another {}",
                other.unwrap_or_default()
            )
        });
    }
}

/// A job that was told again is ready as soon as it was going to be.
fn job_is_not_restarted(record: &Record<'_>, tally: &mut Tally) {
    let guard_us = record.view.trace.clock.guard_us();
    let build_us = record.view.trace.plan.builder.build_ms * 1000;
    for (sought, finds) in found(record) {
        let Finds::Job {
            first_us, times, ..
        } = finds
        else {
            continue;
        };
        if times < 2 || build_us == 0 {
            continue;
        }
        let asked_us = sought.asked.passed.at_us;
        let due_us = asked_us.max(first_us + build_us) + AT_ONCE_US + guard_us;
        let at_us = sought.asked.at_us;
        tally.note(at_us, at_us <= due_us, || {
            format!("the same attributes again delayed it to {}", time(at_us))
        });
    }
    // Whoever gave up was not answered in time either.
    for exchange in &record.view.exchanges {
        let (Some(passed), None, Some((gone_us, Failure::GivenUp))) =
            (&exchange.passed, &exchange.given, exchange.failed)
        else {
            continue;
        };
        let died_us = record.view.stimulus.died_before(passed.at_us);
        let Some((first_us, times)) = record.works.told_again(passed, died_us) else {
            continue;
        };
        let due_us = passed.at_us.max(first_us + build_us) + AT_ONCE_US + guard_us;
        if times >= 2 && build_us > 0 && gone_us > due_us {
            tally.note(gone_us, false, || {
                "the same attributes again delayed it beyond who waited".to_owned()
            });
        }
    }
}

/// A request that says something else of the block than the attributes is refused.
fn request_agrees(record: &Record<'_>, tally: &mut Tally) {
    for (sought, finds) in found(record) {
        if matches!(finds, Finds::Others) {
            tally.note(sought.asked.at_us, sought.is_refused(), || {
                "a request that disagrees with the attributes was answered".to_owned()
            });
        }
    }
}

/// A request for a block that is not above the builder's head is refused.
fn never_stale(record: &Record<'_>, tally: &mut Tally) {
    for (sought, finds) in found(record) {
        if matches!(finds, Finds::Stale) {
            tally.note(sought.asked.at_us, sought.is_refused(), || {
                "a request on an old head was answered".to_owned()
            });
        }
    }
}

/// Whatever reaches a builder is answered within a second, but for what it still computes, or its
/// connection is closed.
fn stays_up(record: &Record<'_>, tally: &mut Tally) {
    let view = record.view;
    let guard_us = view.trace.clock.guard_us();
    let patience_us = PATIENCE_US + view.trace.plan.builder.build_ms * 1000 + guard_us;
    for exchange in &view.exchanges {
        let Some(passed) = &exchange.passed else {
            continue;
        };
        // Whoever sent it may be gone, and what died answers nothing.
        let is_out = view
            .stimulus
            .is_out(passed.at_us, passed.at_us + patience_us);
        let is_left = exchange.closed_us.is_some();
        let until_us = passed.at_us + patience_us;
        if is_out || is_left {
            continue;
        }
        let end = match (&exchange.given, exchange.failed) {
            (Some(given), _) => Some(given.at_us),
            (None, Some((at_us, Failure::Closed | Failure::Malformed | Failure::Refused))) => {
                Some(at_us)
            }
            (None, Some((at_us, Failure::GivenUp))) if at_us < until_us => {
                let is_probe = exchange.arrived.is_none();
                is_probe.then_some(u64::MAX)
            }
            (None, Some(_)) => Some(u64::MAX),
            (None, None) if view.trace.ended_us > until_us => Some(u64::MAX),
            (None, None) => None,
        };
        if let Some(end_us) = end {
            tally.note(passed.at_us, end_us <= until_us, || {
                "a request was neither answered nor its connection closed".to_owned()
            });
        }
    }
}
