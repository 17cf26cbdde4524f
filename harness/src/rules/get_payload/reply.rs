//! What the builder says.

use gauntlet_builder::Event as BuilderEvent;
use gauntlet_protocol::GetPayloadParams;
use gauntlet_protocol::constants::GET_PAYLOAD;
use serde_json::Value;

use super::{Level, Rule, Subject, Tally};
use crate::trace::{Exchange, Host, View, What};

pub(super) const RESULT: Rule = Rule {
    id: "get-payload/result",
    level: Level::Declared,
    subject: Subject::Builder,
    line: 101,
    quote: "result: `BuilderPayloadV1`",
    check: result,
};

pub(super) const ERROR: Rule = Rule {
    id: "get-payload/error",
    level: Level::Declared,
    subject: Subject::Builder,
    line: 102,
    quote: "error: code and message set in case an exception happens while getting the payload.",
    check: error,
};

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
