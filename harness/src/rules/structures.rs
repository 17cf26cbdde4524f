//! Structures (lines 62 to 79).

use serde_json::Value;

use super::{Evidence, Level, Record, Rule, Subject, Tally};
use crate::dialect::{Answer, Meaning};

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
        evidence: &[Evidence::Wire],
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

/// A request has exactly its five members, each of its type and encoding; whatever else the
/// sequencer sends to the builder reads too.
fn request_shape(record: &Record<'_>, tally: &mut Tally) {
    for exchange in &record.view.exchanges {
        let Some(arrived) = &exchange.arrived else {
            continue;
        };
        match &arrived.meaning {
            Meaning::PayloadRequest(_) => {
                let body: Value = serde_json::from_slice(&arrived.request.body).unwrap_or_default();
                let exact = has_exactly(body.pointer("/params/0"), &REQUEST);
                tally.note(arrived.at_us, exact, || {
                    "the request has other members than its five".to_owned()
                });
            }
            Meaning::Unread(why) => tally.note(arrived.at_us, false, || {
                format!("a request does not read: {why}")
            }),
            Meaning::HeadUpdate { .. }
            | Meaning::NewBlock { .. }
            | Meaning::ForwardedTransaction(_)
            | Meaning::UserTransaction(_)
            | Meaning::Question(_)
            | Meaning::Other(_) => {}
        }
    }
}

/// A response has exactly its three members, each of its type and encoding.
fn response_shape(record: &Record<'_>, tally: &mut Tally) {
    for exchange in &record.view.exchanges {
        let (Some(passed), Some(given)) = (&exchange.passed, &exchange.given) else {
            continue;
        };
        let Meaning::PayloadRequest(_) = passed.meaning else {
            continue;
        };
        match &given.answer {
            Answer::Payload(_, result) => {
                let result: Value = serde_json::from_str(result.get()).unwrap_or_default();
                let exact = has_exactly(Some(&result), &RESPONSE);
                tally.note(given.at_us, exact, || {
                    "the response has other members than its three".to_owned()
                });
            }
            Answer::Misfit(why, _) => tally.note(given.at_us, false, || {
                format!("the response does not read: {why}")
            }),
            Answer::Stored(_)
            | Answer::Judged(_)
            | Answer::Accepted(_)
            | Answer::Other(_)
            | Answer::Error(_)
            | Answer::Status(_)
            | Answer::Unread(_) => {}
        }
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
