//! What the builder says.

use gauntlet_builder::Event as BuilderEvent;
use gauntlet_protocol::GetPayloadParams;
use gauntlet_protocol::constants::GET_PAYLOAD;
use serde_json::Value;

use super::{Evidence, Level, Rule, Subject, TIMEOUT_US, Tally};
use crate::trace::{Host, What, time};
use crate::view::{Exchange, View};

pub(super) const RESULT: Rule = Rule {
    id: "get-payload/result",
    level: Level::Declared,
    subject: Subject::Builder,
    line: 101,
    quote: Some("result: `BuilderPayloadV1`"),
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
        "error: code and message set in case an exception happens while getting the payload.",
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
    quote: Some("timeout: 200ms"),
    source: None,
    evidence: &[Evidence::Wire],
    check: answers,
};

/// A builder that had its build time answers within 200 ms of the request's arrival, and before a
/// sequencer that waits for as long has gone.
fn answers(view: &View<'_>, tally: &mut Tally) {
    let build_us = view.trace.plan.builder.build_ms * 1000;
    for exchange in view.exchanges_of(Host::Builder, GET_PAYLOAD) {
        if exchange.held_back || !exchange.reply_is_the_nodes() {
            continue;
        }
        let builds = job_started_us(view, exchange.params)
            .is_some_and(|started_us| started_us + build_us > exchange.received_us);
        match exchange.reply {
            Some(reply) => {
                let lasted_us = reply.at_us - exchange.received_us;
                if builds && lasted_us >= TIMEOUT_US {
                    continue;
                }
                tally.note(reply.at_us, lasted_us < TIMEOUT_US, || {
                    format!("the builder answered only after {}", time(lasted_us))
                });
            }
            // A server does not answer whoever has gone.
            None => {
                if let Some(gone_us) = waited_in_vain(view, exchange).filter(|_| !builds) {
                    tally.note(gone_us, false, || {
                        "the builder had not answered when the sequencer gave up".to_owned()
                    });
                }
            }
        }
    }
}

/// When the sequencer gave up on an exchange, if it waited for 200 ms, an answer at once would have
/// been in time, and the builder lived.
fn waited_in_vain(view: &View<'_>, exchange: &Exchange<'_>) -> Option<u64> {
    let network = &view.trace.plan.network;
    let back_us = (network.builder_to_sequencer_ms + network.jitter_ms) * 1000;
    let received_us = exchange.received_us;
    let call = view
        .calls_of(Host::Sequencer, GET_PAYLOAD)
        .filter(|call| call.id.to_string() == exchange.id && call.sent_us <= received_us)
        .last()?;
    let gone_us = call.ended?.at_us;
    let waited = gone_us >= call.sent_us + TIMEOUT_US;
    let in_time = received_us + back_us < call.sent_us + TIMEOUT_US;
    let died = view.trace.entries.iter().any(|entry| {
        matches!(entry.what, What::Died) && (received_us..=gone_us).contains(&entry.at_us)
    });
    (waited && in_time && !died).then_some(gone_us)
}

/// When the builder started on the block that a request asks for.
fn job_started_us(view: &View<'_>, params: &str) -> Option<u64> {
    let asked = GetPayloadParams::from_json(params).ok()?.payload;
    view.builder()
        .filter_map(|(at_us, event)| {
            let BuilderEvent::JobStarted { number, parent } = event else {
                return None;
            };
            let is_it = *parent == asked.parent_hash && asked.block_number == *number;
            is_it.then_some(at_us)
        })
        .last()
}

/// A signed request for a block that the builder works on is answered with a payload.
fn result(view: &View<'_>, tally: &mut Tally) {
    for (exchange, params) in requests(view) {
        if !is_good(view, &params) || !has_job(view, exchange, &params) {
            continue;
        }
        let Some(reply) = exchange.reply else {
            continue;
        };
        let body: Value = serde_json::from_slice(reply.body).unwrap_or_default();
        let answered = body.get("result").is_some_and(Value::is_object);
        tally.note(reply.at_us, answered, || {
            format!("a request that could be answered was not: {body}")
        });
    }
}

/// A request for a block that the builder does not know is answered with a code and a message.
/// DECISION: nothing-to-give.
fn error(view: &View<'_>, tally: &mut Tally) {
    for (exchange, params) in requests(view) {
        if !is_good(view, &params) || has_job(view, exchange, &params) {
            continue;
        }
        let Some(reply) = exchange.reply else {
            continue;
        };
        let body: Value = serde_json::from_slice(reply.body).unwrap_or_default();
        let error = body.get("error");
        let code = error
            .and_then(|error| error.get("code"))
            .is_some_and(Value::is_i64);
        let message = error
            .and_then(|error| error.get("message"))
            .is_some_and(Value::is_string);
        tally.note(
            reply.at_us,
            code && message && body.get("result").is_none(),
            || "a request for an unknown block was not answered with an error".to_owned(),
        );
    }
}

/// The exchanges whose reply is the builder's own.
fn requests<'v>(view: &'v View<'v>) -> impl Iterator<Item = (&'v Exchange<'v>, GetPayloadParams)> {
    view.exchanges_of(Host::Builder, GET_PAYLOAD)
        .filter(|exchange| exchange.reply_is_the_nodes())
        .filter_map(|exchange| {
            GetPayloadParams::from_json(exchange.params)
                .ok()
                .map(|params| (exchange, params))
        })
}

/// Whether a request is the sequencer's, for its chain.
fn is_good(view: &View<'_>, params: &GetPayloadParams) -> bool {
    let domain = gauntlet_protocol::SigningDomain::builder(view.trace.chain_id());
    let signer = params
        .signature()
        .and_then(|it| it.signer(domain.digest(&params.payload)));
    signer.is_ok_and(|signer| signer == view.trace.keys.sequencer.address())
}

/// Whether the builder had started on the block that a request asks for. A builder that died has
/// forgotten.
fn has_job(view: &View<'_>, exchange: &Exchange<'_>, params: &GetPayloadParams) -> bool {
    let asked = &params.payload;
    let mut has_job = false;
    for entry in &view.trace.entries[..exchange.received_at] {
        match &entry.what {
            What::Builder(BuilderEvent::JobStarted { number, parent }) => {
                has_job |= *parent == asked.parent_hash && asked.block_number == *number;
            }
            What::Died => has_job = false,
            What::Wire(_)
            | What::Sequencer(_)
            | What::Builder(_)
            | What::Tampered { .. }
            | What::Impossible(_)
            | What::Back => {}
        }
    }
    has_job
}
