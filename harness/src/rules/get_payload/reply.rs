//! What the builder says.

use std::collections::BTreeMap;

use alloy_primitives::B256;
use gauntlet_protocol::GetPayloadParams;

use super::tally::{at_least, at_most};
use super::{Evidence, Level, Record, Rule, Subject, TIMEOUT_US, Tally};
use crate::dialect::{Answer, Meaning};
use crate::rules::works::{Finds as Found, Sought, found};
use crate::trace::{Failure, time};
use crate::view::{End, Exchange, Passed};

pub(super) const RESULT: Rule = Rule {
    id: "get-payload/result",
    level: Level::Declared,
    subject: Subject::Builder,
    line: 101,
    quote: Some("**result**: `BuilderPayloadV1`"),
    source: None,
    evidence: &[Evidence::Wire],
    check: result,
};

pub(super) const ERROR: Rule = Rule {
    id: "get-payload/error",
    level: Level::Declared,
    subject: Subject::Builder,
    line: 102,
    quote: Some(
        "**error**: code and message set in case an exception happens while getting the payload.",
    ),
    source: None,
    evidence: &[Evidence::Wire],
    check: error,
};

pub(super) const ERROR_CODE: Rule = Rule {
    id: "get-payload/error-code",
    level: Level::Derived,
    subject: Subject::Builder,
    line: 102,
    quote: None,
    source: Some("line 102: code and message. DECISION nothing-to-give: which code"),
    evidence: &[Evidence::Wire],
    check: error_code,
};

pub(super) const ANSWERS: Rule = Rule {
    id: "get-payload/answers-within-200-ms",
    level: Level::Derived,
    subject: Subject::Builder,
    line: 95,
    quote: Some("**timeout**: 200ms"),
    source: Some("line 95: who is given 200 ms has to answer within them"),
    evidence: &[Evidence::Wire],
    check: answers,
};

/// What the builder was told to build, as the wire shows it.
#[derive(Debug)]
struct Told {
    /// When the update was passed on.
    passed_us: u64,
    /// The index of the entry that says so.
    at: usize,
    /// When the builder said that it follows, if it did.
    follows_us: Option<u64>,
}

/// The updates with attributes that reached the builder, by the heads that they name, in order.
fn told(record: &Record<'_>) -> BTreeMap<B256, Vec<Told>> {
    let mut told = BTreeMap::<B256, Vec<Told>>::new();
    for exchange in &record.view.exchanges {
        let Some(passed) = &exchange.passed else {
            continue;
        };
        let Meaning::HeadUpdate {
            head,
            attributes: Some(_),
        } = &passed.meaning
        else {
            continue;
        };
        let given = exchange.given.as_ref();
        let follows = given.filter(
            |given| matches!(&given.answer, Answer::Judged(status) if **status == *"VALID"),
        );
        told.entry(*head).or_default().push(Told {
            passed_us: passed.at_us,
            at: passed.at,
            follows_us: follows.map(|given| given.at_us),
        });
    }
    told
}

/// The payload requests that reached the builder.
fn requests<'a>(
    record: &Record<'a>,
) -> impl Iterator<Item = (&'a Exchange<'a>, &'a Passed<'a>, &'a GetPayloadParams)> + use<'a> {
    record.view.exchanges.iter().filter_map(|exchange| {
        let passed = exchange.passed.as_ref()?;
        if let Meaning::PayloadRequest(params) = &passed.meaning {
            return Some((exchange, passed, &**params));
        }
        None
    })
}

/// What a request that reached the builder finds there.
#[derive(Debug)]
enum Finds<'t> {
    /// The builder said that it follows the head, before the request.
    Job(&'t Told),
    /// It was never told of the head, or has died since.
    Nothing,
    /// It was told, and has not said that it follows.
    Unclear,
}

fn find<'t>(
    record: &Record<'_>,
    told: &'t BTreeMap<B256, Vec<Told>>,
    passed: &Passed<'_>,
    params: &GetPayloadParams,
) -> Finds<'t> {
    let died_us = record.view.stimulus.died_before(passed.at_us);
    let before = told
        .get(&params.payload.parent_hash)
        .into_iter()
        .flatten()
        .filter(|told| told.at < passed.at && died_us.is_none_or(|died| told.passed_us >= died));
    match before.last() {
        None => Finds::Nothing,
        Some(told) if told.follows_us.is_some_and(|at| at <= passed.at_us) => Finds::Job(told),
        Some(_) => Finds::Unclear,
    }
}

/// A builder that had its build time answers within 200 ms of the request's arrival, and before a
/// sequencer that waits for as long has gone.
fn answers(record: &Record<'_>, tally: &mut Tally) {
    let trace = record.view.trace;
    let guard_us = trace.clock.guard_us();
    let build_us = trace.plan.builder.build_ms * 1000;
    let told = told(record);
    for (exchange, passed, params) in requests(record) {
        let is_building = match find(record, &told, passed, params) {
            Finds::Job(told) => told.passed_us + build_us > passed.at_us,
            Finds::Nothing => false,
            Finds::Unclear => true,
        };
        match (&exchange.given, exchange.failed) {
            (Some(given), _) => {
                let lasted_us = given.at_us - passed.at_us;
                if is_building && lasted_us >= TIMEOUT_US {
                    continue;
                }
                let in_time = at_least(lasted_us, TIMEOUT_US, guard_us).map(|late| !late);
                tally.note_if(given.at_us, in_time, || {
                    format!("the builder answered only after {}", time(lasted_us))
                });
            }
            (None, Some((gone_us, Failure::GivenUp))) if !is_building => {
                if waited_in_vain(record, exchange, passed) {
                    tally.note(gone_us, false, || {
                        "the builder had not answered when the sequencer gave up".to_owned()
                    });
                }
            }
            (None, _) => {}
        }
    }
}

/// Whether the sequencer waited for 200 ms and an answer at once would have been in time.
fn waited_in_vain(record: &Record<'_>, exchange: &Exchange<'_>, passed: &Passed<'_>) -> bool {
    let trace = record.view.trace;
    let network = &trace.plan.network;
    let back_us = match trace.clock.guard_us() {
        0 => (network.builder_to_sequencer_ms + network.jitter_ms) * 1000,
        guard_us => guard_us,
    };
    let (Some(arrived), End::GaveUp { at_us }) = (&exchange.arrived, exchange.end()) else {
        return false;
    };
    let due_us = arrived.begun_us + TIMEOUT_US;
    let waited = at_most(due_us, at_us, trace.clock.guard_us()) == Some(true);
    let is_out = record.view.stimulus.is_out(arrived.begun_us, at_us);
    waited && !exchange.reply_is_altered() && passed.at_us + back_us < due_us && !is_out
}

/// A signed request for a block that the builder works on is answered with a payload.
fn result(record: &Record<'_>, tally: &mut Tally) {
    for (sought, finds) in found(record) {
        if let Found::Job { .. } = finds {
            let given = &sought.asked;
            tally.note(given.at_us, sought.result().is_some(), || {
                format!("a request that could be answered was not: {}", given.told())
            });
        }
    }
}

/// A request for a block that the builder does not know is answered with a code and a message.
/// DECISION: nothing-to-give.
fn error(record: &Record<'_>, tally: &mut Tally) {
    for (sought, finds) in found(record) {
        if matches!(finds, Found::Nothing) {
            let given = &sought.asked;
            tally.note(given.at_us, sought.is_refused(), || {
                format!(
                    "a request for an unknown block was not answered with an error: {}",
                    given.told()
                )
            });
        }
    }
}

/// -32001 where there is nothing to give, -32005 for a signature that is not the sequencer's.
/// DECISION: nothing-to-give.
fn error_code(record: &Record<'_>, tally: &mut Tally) {
    let mut note = |sought: &Sought<'_>, code: i64| {
        let given = &sought.asked;
        // That there is no error is for other rules to say.
        if let Some(said) = given.said.code() {
            tally.note(given.at_us, said == code, || {
                format!("an error whose code is not {code}: {}", given.told())
            });
        }
    };
    for (sought, finds) in found(record) {
        if matches!(finds, Found::Nothing | Found::Stale) {
            note(sought, -32001);
        }
    }
    for sought in &record.works.sought {
        if sought.wanted.is_ok() && !sought.is_signed {
            note(sought, -32005);
        }
    }
}
