//! A trace for a person: a line an event that a person would tell, and no hashes.

use std::fmt::Write as _;

use gauntlet_builder::Event as BuilderEvent;
use gauntlet_protocol::constants::{
    FORK_CHOICE_UPDATED, FORWARD_TRANSACTION, GET_PAYLOAD, NEW_PAYLOAD,
};
use gauntlet_rpc::WireEvent;
use gauntlet_sequencer::{Event as SequencerEvent, Fallback, Origin, Rejection};
use serde_json::Value;

use super::{Entry, Host, Tampering, Trace, What};

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// What a story of the run needs.
    Story,
    /// Everything that can be told in a line.
    Everything,
}

/// Renders a trace, a line an event.
#[must_use]
pub fn render(trace: &Trace, reading: Reading) -> String {
    let mut text = String::new();
    for entry in &trace.entries {
        if let Some((to, told)) = tell(entry, reading) {
            let way = match to {
                Some(to) => format!("{} -> {to}", entry.host),
                None => entry.host.to_string(),
            };
            let _infallible = writeln!(text, "{:>8}  {way:<22}{told}", time(entry.at_us));
        }
    }
    text
}

/// A time in milliseconds, exactly.
#[must_use]
pub fn time(at_us: u64) -> String {
    match at_us % 1000 {
        0 => format!("{} ms", at_us / 1000),
        rest => format!("{}.{rest:03} ms", at_us / 1000),
    }
}

/// What is told of an event, and whom it goes to; nothing for what is told elsewhere.
fn tell(entry: &Entry, reading: Reading) -> Option<(Option<Host>, String)> {
    match &entry.what {
        What::Wire(event) => wire(entry.host, event, reading),
        What::Sequencer(event) => sequencer(event, reading).map(|told| (None, told)),
        What::Builder(event) => builder(event, reading).map(|told| (None, told)),
        What::Tampered { method, how, .. } => {
            let told = match how {
                Tampering::Request(how) => format!("[fault] {method}: request {how}"),
                Tampering::Reply(how) | Tampering::Delay(how) => {
                    format!("[fault] {method}: reply {how}")
                }
            };
            Some((None, told))
        }
        What::Impossible(why) => Some((None, format!("[fault] impossible: {why}"))),
        What::Died => Some((None, "[fault] dies".to_owned())),
        What::Back => Some((None, "[fault] is back, at genesis".to_owned())),
    }
}

fn wire(host: Host, event: &WireEvent, reading: Reading) -> Option<(Option<Host>, String)> {
    match event {
        WireEvent::RequestSent { method, params, .. } => {
            let to = match host {
                Host::Users => Host::Sequencer,
                Host::Sequencer => Host::Builder,
                Host::Builder => return None,
            };
            Some((Some(to), request(method, params)))
        }
        WireEvent::CallEnded {
            method, outcome, ..
        } => {
            let told = match (outcome, reading) {
                (Err(failure), _) if &**method == FORWARD_TRANSACTION => {
                    format!("attempt to forward fails: {}", failure.message)
                }
                (Err(failure), Reading::Everything) => {
                    format!("{method} fails: {}", failure.message)
                }
                (Ok(_), Reading::Everything) => format!("{method} is answered"),
                (Ok(_) | Err(_), Reading::Story) => return None,
            };
            Some((None, told))
        }
        WireEvent::RequestReceived { method, .. } => match reading {
            Reading::Story => None,
            Reading::Everything => Some((None, format!("receives {method}"))),
        },
        WireEvent::ReplySent {
            method,
            status,
            body,
            ..
        } => {
            let to = match host {
                Host::Sequencer => Host::Users,
                Host::Builder => Host::Sequencer,
                Host::Users => return None,
            };
            let of_interest = &**method == GET_PAYLOAD || reading == Reading::Everything;
            of_interest.then(|| (Some(to), format!("{method}: {}", reply(*status, body))))
        }
    }
}

fn request(method: &str, params: &str) -> String {
    let params: Value = serde_json::from_str(params).unwrap_or(Value::Null);
    let number = |value: &Value| {
        let quantity = value.as_str().and_then(|text| text.strip_prefix("0x"));
        quantity.and_then(|digits| u64::from_str_radix(digits, 16).ok())
    };
    let detail = match method {
        GET_PAYLOAD => number(&params[0]["blockNumber"]).map(|number| format!("block {number}")),
        NEW_PAYLOAD => number(&params[0]["blockNumber"]).map(|number| format!("block {number}")),
        FORK_CHOICE_UPDATED => {
            let with = if params[1].is_null() {
                "head only"
            } else {
                "with attributes"
            };
            Some(with.to_owned())
        }
        _ => None,
    };
    detail.map_or_else(|| method.to_owned(), |detail| format!("{method}  {detail}"))
}

fn reply(status: u16, body: &[u8]) -> String {
    if status != 200 {
        return format!("HTTP status {status}");
    }
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return "no JSON".to_owned();
    };
    match (body.get("result"), body.get("error")) {
        (Some(_), None) => "result".to_owned(),
        (None, Some(error)) => {
            format!(
                "error {}: {}",
                error["code"],
                error["message"].as_str().unwrap_or_default()
            )
        }
        (Some(_), Some(_)) | (None, None) => "no JSON-RPC response".to_owned(),
    }
}

fn sequencer(event: &SequencerEvent, reading: Reading) -> Option<String> {
    let everything = reading == Reading::Everything;
    Some(match event {
        SequencerEvent::ForkChoiceScheduled { number, .. } => {
            format!("schedules a fork choice update for block {number}")
        }
        SequencerEvent::LocalStarted { number } if everything => {
            format!("starts to build local block {number}")
        }
        SequencerEvent::LocalSealed {
            number,
            transactions,
            ..
        } => {
            format!("seals local block {number}  {transactions} txs")
        }
        SequencerEvent::LocalFailed { number, reason } => {
            format!("has no local block {number}: {reason}")
        }
        SequencerEvent::Admitted { number, .. } => format!("admits the builder's block {number}"),
        SequencerEvent::FellBack { cause, .. } => fell_back(cause),
        SequencerEvent::Imported { number, .. } if everything => format!("imports block {number}"),
        SequencerEvent::Published(published) => {
            let origin = match published.origin {
                Origin::Builder => "the builder's",
                Origin::Local => "local",
            };
            format!(
                "publishes block {} ({origin})",
                published.payload.block_number
            )
        }
        SequencerEvent::Missed { number } => format!("has no block {number}"),
        SequencerEvent::HeadReplaced { payload, .. } => {
            format!(
                "replaces block {} by its sibling derived from L1",
                payload.block_number
            )
        }
        SequencerEvent::BuilderChanged {
            pubkey: Some(pubkey),
        } => {
            format!("registers builder {pubkey}")
        }
        SequencerEvent::BuilderChanged { pubkey: None } => "registers no builder".to_owned(),
        SequencerEvent::TransactionRefused { reason } => format!("refuses a transaction: {reason}"),
        SequencerEvent::Forwarded { attempts, .. } if everything || *attempts > 1 => {
            format!("forwarded a transaction in {attempts} attempts")
        }
        SequencerEvent::ForwardingFailed {
            attempts, cause, ..
        } => {
            format!("ERROR gives up on forwarding a transaction after {attempts} attempts: {cause}")
        }
        SequencerEvent::FeedFailed { method, cause } => {
            format!("{method} did not get through: {cause}")
        }
        SequencerEvent::LocalStarted { .. }
        | SequencerEvent::Imported { .. }
        | SequencerEvent::TransactionAccepted { .. }
        | SequencerEvent::Forwarded { .. } => return None,
    })
}

/// Why the local block stands, without the hashes that a rejection may name.
fn fell_back(cause: &Fallback) -> String {
    match cause {
        Fallback::Rejected(rejection) => {
            format!("rejects the builder payload: {}", reason(rejection))
        }
        Fallback::HeadMoved => "gives up on the builder: the head moved".to_owned(),
        Fallback::TimedOut | Fallback::Failed(_) | Fallback::Error { .. } | Fallback::OutOfTime => {
            format!("gives up on the builder: {cause}")
        }
    }
}

fn reason(rejection: &Rejection) -> String {
    match rejection {
        Rejection::WrongParent { .. } => "parentHash is not the request's".to_owned(),
        Rejection::WrongPrevRandao { .. } => "prevRandao is not the attributes'".to_owned(),
        Rejection::Invalid(invalid) => format!("invalid {}", invalid.name()),
        Rejection::Malformed(_)
        | Rejection::WrongPubkey { .. }
        | Rejection::BuilderReplaced
        | Rejection::WrongNumber { .. }
        | Rejection::WrongGasLimit { .. }
        | Rejection::WrongTimestamp { .. }
        | Rejection::WrongFeeRecipient { .. }
        | Rejection::WrongForcedTransaction { .. }
        | Rejection::PoolUsed { .. }
        | Rejection::WrongExtraData { .. } => rejection.to_string(),
    }
}

fn builder(event: &BuilderEvent, reading: Reading) -> Option<String> {
    let everything = reading == Reading::Everything;
    Some(match event {
        BuilderEvent::JobStarted { number, .. } if everything => {
            format!("starts on block {number}")
        }
        BuilderEvent::HeadFollowed { number, .. } if everything => {
            format!("follows block {number}")
        }
        BuilderEvent::Behind { .. } => "lacks blocks below the head".to_owned(),
        BuilderEvent::Sealed {
            number,
            transactions,
            ..
        } => {
            format!("seals block {number}  {transactions} txs")
        }
        BuilderEvent::TransactionRefused { reason } => format!("refuses a transaction: {reason}"),
        BuilderEvent::Refused { .. }
        | BuilderEvent::JobStarted { .. }
        | BuilderEvent::HeadFollowed { .. }
        | BuilderEvent::TransactionStored { .. } => return None,
    })
}
