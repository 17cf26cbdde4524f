//! Structures (lines 62 to 79).

use gauntlet_protocol::constants::GET_PAYLOAD;
use gauntlet_protocol::{BuilderPayloadV1, GetPayloadParams};
use serde_json::Value;

use super::{Evidence, Level, Rule, Subject, Tally};
use crate::trace::Host;
use crate::view::View;

const REQUEST: [&str; 5] = [
    "blockNumber",
    "gasLimit",
    "parentBeaconBlockRoot",
    "parentHash",
    "pubKey",
];
const RESPONSE: [&str; 3] = ["executionPayload", "pubKey", "value"];

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "structures/request-shape",
        level: Level::Declared,
        subject: Subject::Sequencer,
        line: 67,
        quote: Some("This structure contains information necessary to request a block"),
        source: None,
        evidence: &[Evidence::Wire, Evidence::Blocks],
        check: request_shape,
    },
    Rule {
        id: "structures/response-shape",
        level: Level::Declared,
        subject: Subject::Builder,
        line: 76,
        quote: Some(
            "This structure represents the Block Builder's response to the request for payload.",
        ),
        source: None,
        evidence: &[Evidence::Wire],
        check: response_shape,
    },
];

/// A request has exactly its five members, each of its type and encoding.
fn request_shape(view: &View<'_>, tally: &mut Tally) {
    for request in view.calls_of(Host::Sequencer, GET_PAYLOAD) {
        let reads = GetPayloadParams::from_json(request.params);
        let params: Value = serde_json::from_str(request.params).unwrap_or_default();
        let exact = has_exactly(params.get(0), &REQUEST);
        tally.note(request.sent_us, reads.is_ok() && exact, || match reads {
            Err(error) => format!("the request does not read: {error}"),
            Ok(_) => "the request has other members than its five".to_owned(),
        });
    }
}

/// A response has exactly its three members, each of its type and encoding.
fn response_shape(view: &View<'_>, tally: &mut Tally) {
    for exchange in view.exchanges_of(Host::Builder, GET_PAYLOAD) {
        let Some(reply) = exchange.reply.filter(|_| exchange.reply_is_the_nodes()) else {
            continue;
        };
        let body: Value = serde_json::from_slice(reply.body).unwrap_or_default();
        let Some(result) = body.get("result") else {
            continue;
        };
        let reads = BuilderPayloadV1::from_json(&result.to_string());
        let exact = has_exactly(Some(result), &RESPONSE);
        tally.note(reply.at_us, reads.is_ok() && exact, || match reads {
            Err(error) => format!("the response does not read: {error}"),
            Ok(_) => "the response has other members than its three".to_owned(),
        });
    }
}

/// Whether a value is an object of these members, which are in the order of the alphabet.
fn has_exactly(value: Option<&Value>, members: &[&str]) -> bool {
    let Some(Value::Object(object)) = value else {
        return false;
    };
    let mut names: Vec<&str> = object.keys().map(String::as_str).collect();
    names.sort_unstable();
    names == members
}
