//! HTTP and JSON-RPC 2.0 (DECISION: transport).
//!
//! The text says "method", "params", "result", "error", "status 200" and `builderUrl`, which is
//! JSON-RPC 2.0 over HTTP. Each rule judges whatever reached the builder, from whomever.

use super::asked::Asked;
use super::{Evidence, Level, Record, Rule, Subject, Tally};
use crate::dialect::{FORWARD_TRANSACTION, Form, GET_PAYLOAD, Part, Response, Said};
use crate::trace::Failure;

const INVALID: i64 = -32600;
const NOT_FOUND: i64 = -32601;
const PARAMS: i64 = -32602;
const PARSE: i64 = -32700;

const RULE: Rule = Rule {
    id: "",
    level: Level::Derived,
    subject: Subject::Builder,
    line: 85,
    quote: None,
    source: Some("JSON-RPC 2.0"),
    evidence: &[Evidence::Wire],
    check: |_, _| {},
};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "transport/jsonrpc",
        source: Some("JSON-RPC 2.0, section 5: jsonrpc, id, and either result or error"),
        check: jsonrpc,
        ..RULE
    },
    Rule {
        id: "transport/id",
        source: Some(
            "JSON-RPC 2.0, section 5: \"It MUST be the same as the value of the id member in the Request Object.\"",
        ),
        check: id,
        ..RULE
    },
    Rule {
        id: "transport/method-not-found",
        source: Some(
            "JSON-RPC 2.0, section 5.1: -32601, \"The method does not exist / is not available.\"",
        ),
        check: method_not_found,
        ..RULE
    },
    Rule {
        id: "transport/parse",
        source: Some(
            "JSON-RPC 2.0, section 5.1: -32700, \"Invalid JSON was received by the server.\"",
        ),
        check: parse,
        ..RULE
    },
    Rule {
        id: "transport/utf8",
        source: Some("RFC 8259, section 8.1: UTF-8 without a byte order mark; section 7: escapes"),
        check: utf8,
        ..RULE
    },
    Rule {
        id: "transport/invalid",
        source: Some(
            "JSON-RPC 2.0, section 5.1: -32600, \"The JSON sent is not a valid Request object.\"",
        ),
        check: invalid,
        ..RULE
    },
    Rule {
        id: "transport/params",
        source: Some(
            "JSON-RPC 2.0, section 4.2: parameters \"MUST be provided as a Structured value\"",
        ),
        check: params,
        ..RULE
    },
    Rule {
        id: "transport/batch",
        source: Some(
            "JSON-RPC 2.0, section 6: a response for each call, and one error for what is no batch",
        ),
        check: batch,
        ..RULE
    },
    Rule {
        id: "transport/notification",
        source: Some("JSON-RPC 2.0, section 4.1: \"The Server MUST NOT reply to a Notification\""),
        check: notification,
        ..RULE
    },
    Rule {
        id: "transport/content-type",
        source: Some(
            "RFC 9110, sections 8.3 and 15.5.16: what is not said to be JSON is refused with 415, and JSON is said to be it",
        ),
        check: content_type,
        ..RULE
    },
    Rule {
        id: "transport/method",
        source: Some("RFC 9110, section 15.5.6: 405, and what is allowed instead"),
        check: method,
        ..RULE
    },
    Rule {
        id: "transport/http11",
        source: Some("RFC 9112: chunks, pipelines, the last request of a connection"),
        check: http11,
        ..RULE
    },
    Rule {
        id: "transport/size",
        source: Some("DECISION body-limit: 10 MiB are read, and more is refused while it is read"),
        check: size,
        ..RULE
    },
];

/// Notes for each of these whether it held, and what was said if it did not.
fn each<'a>(
    record: &Record<'a>,
    tally: &mut Tally,
    check: impl Fn(&Asked<'a>) -> Option<Result<(), String>>,
) {
    for asked in record.asked {
        if let Some(held) = check(asked) {
            let named = |why: String| format!("{why}: {}", asked.told());
            tally.result(asked.at_us, held.map_err(named));
        }
    }
}

fn right(held: bool, why: &str) -> Result<(), String> {
    if held { Ok(()) } else { Err(why.to_owned()) }
}

/// What is answered is answered in the form of JSON-RPC 2.0, with HTTP status 200; what could not be
/// read may have 400.
fn jsonrpc(record: &Record<'_>, tally: &mut Tally) {
    each(record, tally, |asked| {
        let statuses: &[u16] = match &asked.form {
            Form::NotPost | Form::NotJson | Form::TooLarge | Form::LongBatch => return None,
            Form::Unreadable { .. } => &[200, 400],
            Form::One(_) | Form::EmptyBatch | Form::Batch(_) => &[200],
        };
        let is_wanted = asked.form.parts().iter().any(|part| !part.is_notification)
            || asked.form.parts().is_empty();
        if !is_wanted {
            return None;
        }
        if !statuses.contains(&asked.reply.status) {
            return Some(Err("another HTTP status".to_owned()));
        }
        Some(match &asked.said {
            Said::Nothing => Err("no response".to_owned()),
            Said::Other => Err("no JSON".to_owned()),
            Said::One(response) => response.as_ref().map(|_| ()).map_err(Clone::clone),
            Said::Batch(responses) => {
                let odd = responses.iter().find_map(|it| it.as_ref().err());
                odd.map_or(Ok(()), |why| Err(why.clone()))
            }
        })
    });
}

/// Whether two ids are the same: numbers digit by digit, strings as what they spell.
fn is_same(id: &str, other: &str) -> bool {
    let text = |id: &str| serde_json::from_str::<String>(id).ok();
    id == other || (text(id).is_some() && text(id) == text(other))
}

/// A response has the id of its call, or null if the call has none that is one.
fn id(record: &Record<'_>, tally: &mut Tally) {
    each(record, tally, |asked| {
        let pairs = asked.pairs();
        let answered: Vec<_> = pairs
            .iter()
            .filter_map(|(part, response)| Some((part, (*response)?)))
            .collect();
        (!answered.is_empty()).then(|| {
            let right_of = |(part, response): &(&&Part<'_>, &Response<'_>)| {
                let odd = part.call.is_err() && response.id == "null";
                odd || is_same(part.id.unwrap_or("null"), response.id)
            };
            right(answered.iter().all(right_of), "the id of another call")
        })
    });
}

fn code_of(response: Option<&Response<'_>>) -> Option<i64> {
    response?.outcome.as_ref().err().map(|error| error.code)
}

/// Whether nobody has a method of this name: the two of this API are spelled otherwise, and others
/// have a namespace that is known.
fn is_nobodys(method: &str) -> bool {
    const KNOWN: [&str; 9] = [
        "engine", "eth", "net", "web3", "admin", "debug", "txpool", "miner", "rpc",
    ];
    let lower = method.to_ascii_lowercase();
    let is_near = lower.contains("builder") || lower.contains("forwardtransaction");
    let namespace = method.split('_').next().unwrap_or_default();
    ![GET_PAYLOAD, FORWARD_TRANSACTION].contains(&method)
        && (is_near || !method.contains('_') || !KNOWN.contains(&namespace))
}

fn method_not_found(record: &Record<'_>, tally: &mut Tally) {
    each(record, tally, |asked| {
        let call = asked.call()?;
        is_nobodys(&call.method)
            .then(|| right(asked.said.code() == Some(NOT_FOUND), "no error -32601"))
    });
}

/// What is no JSON is answered with -32700, under the id null.
fn parse(record: &Record<'_>, tally: &mut Tally) {
    unreadable(record, tally, false);
}

fn unreadable(record: &Record<'_>, tally: &mut Tally, of_encoding: bool) {
    each(record, tally, |asked| {
        let is_such =
            matches!(asked.form, Form::Unreadable { encoding } if encoding == of_encoding);
        is_such.then(|| {
            let is_null = asked.said.one().is_some_and(|it| it.id == "null");
            let is_right = asked.said.code() == Some(PARSE) && is_null;
            right(is_right, "no error -32700 under the id null")
        })
    });
}

/// What is no UTF-8 does not parse; escapes are as good as what they spell.
fn utf8(record: &Record<'_>, tally: &mut Tally) {
    unreadable(record, tally, true);
    each(record, tally, |asked| {
        let body = std::str::from_utf8(&asked.passed.request.body).ok()?;
        let call = asked.call()?;
        let is_escaped = body.contains("\\u") && !body.contains(&call.method);
        is_escaped.then(|| {
            let code = asked.said.code();
            let is_read = ![INVALID, NOT_FOUND, PARSE].map(Some).contains(&code);
            right(is_read, "escaped names were not read")
        })
    });
}

/// What is JSON and no call is answered with -32600.
fn invalid(record: &Record<'_>, tally: &mut Tally) {
    odd(record, tally, INVALID);
}

/// Parameters are a list or an object.
fn params(record: &Record<'_>, tally: &mut Tally) {
    odd(record, tally, PARAMS);
}

fn odd(record: &Record<'_>, tally: &mut Tally, code: i64) {
    each(record, tally, |asked| {
        let Form::One(part) = &asked.form else {
            return None;
        };
        (part.call.as_ref().err() == Some(&code)).then(|| {
            let is_right = is_refused(part, asked.said.one(), code);
            right(is_right, &format!("no error {code}"))
        })
    });
}

/// Whether a call that is none is refused as what it is, or answered, if only its id is odd.
fn is_refused(part: &Part<'_>, response: Option<&Response<'_>>, code: i64) -> bool {
    let is_taken = |it: &Response<'_>| Some(it.id) == part.id && part.has_fraction();
    code_of(response) == Some(code) || response.is_some_and(is_taken)
}

/// A batch is answered call by call, notifications left out; what is none by one error.
fn batch(record: &Record<'_>, tally: &mut Tally) {
    each(record, tally, |asked| match &asked.form {
        Form::EmptyBatch => {
            let is_right = asked.said.code() == Some(INVALID);
            Some(right(is_right, "an empty batch without error -32600"))
        }
        Form::LongBatch => {
            let is_right = match &asked.said {
                Said::One(Ok(response)) => response.outcome.is_err(),
                Said::Batch(responses) => responses.iter().all(Result::is_ok),
                Said::Nothing | Said::Other | Said::One(Err(_)) => false,
            };
            Some(right(
                is_right,
                "a long batch with neither answers nor an error",
            ))
        }
        Form::Batch(parts) => {
            let wanted: Vec<_> = parts.iter().filter(|part| !part.is_notification).collect();
            if wanted.is_empty() {
                return None;
            }
            let Said::Batch(responses) = &asked.said else {
                return Some(Err("a batch that is answered by none".to_owned()));
            };
            let is_right = responses.len() == wanted.len()
                && asked
                    .pairs()
                    .iter()
                    .all(|(part, response)| match &part.call {
                        Ok(called) if is_nobodys(&called.method) => {
                            code_of(*response) == Some(NOT_FOUND)
                        }
                        Ok(_) => response.is_some(),
                        Err(code) => is_refused(part, *response, *code),
                    });
            Some(right(is_right, "not one answer for each call"))
        }
        Form::NotPost | Form::NotJson | Form::TooLarge | Form::Unreadable { .. } | Form::One(_) => {
            None
        }
    });
}

/// Whoever wants no answer gets none: HTTP has an empty reply.
fn notification(record: &Record<'_>, tally: &mut Tally) {
    each(record, tally, |asked| {
        let parts = asked.form.parts();
        let is_silent = !parts.is_empty() && parts.iter().all(|part| part.is_notification);
        is_silent.then(|| {
            let is_right = matches!(asked.said, Said::Nothing)
                && [200, 202, 204].contains(&asked.reply.status);
            right(is_right, "an answer that nobody wanted")
        })
    });
}

/// What is not said to be JSON in UTF-8 is refused, and JSON that is given is said to be it.
fn content_type(record: &Record<'_>, tally: &mut Tally) {
    each(record, tally, |asked| match &asked.form {
        Form::NotJson => {
            let is_right = asked.reply.status == 415 && !matches!(asked.said, Said::One(Ok(_)));
            Some(right(
                is_right,
                "another type than JSON was not refused with 415",
            ))
        }
        Form::One(_) | Form::Batch(_) => {
            // What the trace tells of is another one than JSON's.
            let mut headers = asked.reply.headers.iter();
            let is_right = !headers.any(|(name, _)| **name == *"content-type");
            let is_json = matches!(asked.said, Said::One(_) | Said::Batch(_));
            is_json.then(|| right(is_right, "JSON that is not said to be it"))
        }
        Form::NotPost
        | Form::TooLarge
        | Form::Unreadable { .. }
        | Form::EmptyBatch
        | Form::LongBatch => None,
    });
}

/// What is no POST is refused with 405, which says that POST is allowed.
fn method(record: &Record<'_>, tally: &mut Tally) {
    each(record, tally, |asked| {
        // Health and metrics may be shown.
        let is_ours = *asked.passed.request.path == *"/";
        (matches!(asked.form, Form::NotPost) && is_ours).then(|| {
            let allows = |(name, value): &(std::sync::Arc<str>, std::sync::Arc<str>)| {
                **name == *"allow" && value.split(',').any(|it| it.trim() == "POST")
            };
            let is_right = asked.reply.status == 405
                && asked.reply.headers.iter().any(allows)
                && !matches!(asked.said, Said::One(Ok(_)));
            right(
                is_right,
                "another method than POST was not refused with 405",
            )
        })
    });
}

/// The headers by which the trace tells how a request lies in the stream.
const FRAMING: [&str; 7] = [
    "transfer-encoding",
    "connection",
    "expect",
    "x-pipelined",
    "x-version",
    "x-target",
    "x-names",
];

/// A call is answered however it lies in the stream, each of a pipeline in its turn.
fn http11(record: &Record<'_>, tally: &mut Tally) {
    for exchange in &record.view.exchanges {
        let Some(passed) = &exchange.passed else {
            continue;
        };
        let mut headers = passed.request.headers.iter();
        let is_framed = headers.any(|(name, _)| FRAMING.contains(&&**name));
        let form = Form::of(passed.request);
        let Form::One(part) = &form else { continue };
        if !is_framed || part.is_notification || part.call.is_err() {
            continue;
        }
        let end_us = exchange
            .failed
            .map_or(record.view.trace.ended_us, |it| it.0);
        match &exchange.given {
            Some(given) => {
                let said = Said::of(given.reply);
                let is_right = given.reply.status == 200
                    && said
                        .one()
                        .is_some_and(|it| is_same(it.id, part.id.unwrap_or("null")));
                tally.note(given.at_us, is_right, || {
                    format!(
                        "a call that HTTP allows was answered with HTTP {}",
                        given.reply.status
                    )
                });
            }
            None => tally.note(end_us, false, || {
                "a call that HTTP allows was not answered".to_owned()
            }),
        }
    }
}

/// What is above the bound is refused with 413 before it is there, and what is not is read.
fn size(record: &Record<'_>, tally: &mut Tally) {
    const LARGE: usize = 1024 * 1024;
    for exchange in &record.view.exchanges {
        let Some(passed) = &exchange.passed else {
            continue;
        };
        let is_above = matches!(Form::of(passed.request), Form::TooLarge);
        if !is_above && passed.request.body.len() < LARGE {
            continue;
        }
        match (&exchange.given, exchange.failed) {
            (Some(given), _) => {
                let is_refused = given.reply.status == 413;
                tally.note(given.at_us, is_refused == is_above, || {
                    let what = if is_above { "above" } else { "within" };
                    format!("a body {what} the bound: HTTP {}", given.reply.status)
                });
            }
            // Whoever does not read on may close.
            (None, Some((at_us, failure))) => {
                let is_right = is_above && failure == Failure::Closed;
                tally.note(at_us, is_right, || {
                    "a large body was neither read nor refused".to_owned()
                });
            }
            (None, None) => {}
        }
    }
}
