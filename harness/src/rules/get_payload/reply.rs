//! What the builder says.

use std::collections::BTreeMap;

use alloy_primitives::{B256, U256};
use gauntlet_protocol::GetPayloadParams;
use op_alloy_rpc_types_engine::OpPayloadAttributes;

use super::tally::{at_least, at_most};
use super::{Evidence, Level, Record, Rule, Subject, TIMEOUT_US, Tally};
use crate::dialect::{Answer, Meaning};
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
struct Told<'a> {
    /// When the update was passed on.
    passed_us: u64,
    /// The index of the entry that says so.
    at: usize,
    attributes: &'a OpPayloadAttributes,
    /// When the builder said that it follows, if it did.
    follows_us: Option<u64>,
}

/// The updates with attributes that reached the builder, by the heads that they name, in order.
fn told<'a>(record: &Record<'a>) -> BTreeMap<B256, Vec<Told<'a>>> {
    let mut told = BTreeMap::<B256, Vec<Told<'a>>>::new();
    for exchange in &record.view.exchanges {
        let Some(passed) = &exchange.passed else {
            continue;
        };
        let Meaning::HeadUpdate {
            head,
            attributes: Some(attributes),
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
            attributes,
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
enum Finds<'t, 'a> {
    /// The builder said that it follows the head, before the request.
    Job(&'t Told<'a>),
    /// It was never told of the head, or has died since.
    Nothing,
    /// It was told, and has not said that it follows.
    Unclear,
}

fn find<'t, 'a>(
    record: &Record<'_>,
    told: &'t BTreeMap<B256, Vec<Told<'a>>>,
    passed: &Passed<'_>,
    params: &GetPayloadParams,
) -> Finds<'t, 'a> {
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
    let told = told(record);
    for (exchange, passed, params) in requests(record) {
        let Some(given) = &exchange.given else {
            continue;
        };
        let Finds::Job(told) = find(record, &told, passed, params) else {
            continue;
        };
        if is_good(record, exchange, params) && agrees(params, told.attributes) {
            let answered = given.answer.payload().is_some();
            tally.note(given.at_us, answered, || {
                format!(
                    "a request that could be answered was not: {}",
                    String::from_utf8_lossy(&given.reply.body)
                )
            });
        }
    }
}

/// A request for a block that the builder does not know is answered with a code and a message.
/// DECISION: nothing-to-give.
fn error(record: &Record<'_>, tally: &mut Tally) {
    let told = told(record);
    for (exchange, passed, params) in requests(record) {
        let Some(given) = &exchange.given else {
            continue;
        };
        let is_unknown = matches!(find(record, &told, passed, params), Finds::Nothing);
        if !is_unknown || !is_good(record, exchange, params) {
            continue;
        }
        let is_error = matches!(
            &given.answer,
            Answer::Error(error) if error.code.is_some() && error.message.is_some()
        );
        tally.note(given.at_us, is_error, || {
            "a request for an unknown block was not answered with an error".to_owned()
        });
    }
}

/// Whether a request is the sequencer's, for its chain, as the builder got it.
fn is_good(record: &Record<'_>, exchange: &Exchange<'_>, params: &GetPayloadParams) -> bool {
    let sequencer = record.view.trace.keys.sequencer;
    params.payload.pub_key == sequencer && record.signers.of_passed(exchange) == Some(sequencer)
}

/// Whether a request and the attributes say the same of the block.
fn agrees(params: &GetPayloadParams, attributes: &OpPayloadAttributes) -> bool {
    let request = &params.payload;
    let root = attributes.payload_attributes.parent_beacon_block_root;
    attributes.gas_limit.map(U256::from) == Some(request.gas_limit)
        && root == Some(request.parent_beacon_block_root)
}
