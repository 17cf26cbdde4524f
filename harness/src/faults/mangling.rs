//! Replies whose form, or whose way over the wire, is another: to payload requests, and to attempts
//! to forward a transaction.

use serde_json::json;
use std::time::Duration;

use super::{Arrival, Choices, Closes, Deed, Fault, Honest, How, Mangled, On, Parameter};
use super::{forms, members, spellings, wires};
use crate::trace::HttpReply;

const REPLY: Fault = Fault {
    id: "",
    on: On::PayloadReply,
    sentence: "",
    rules: &[],
    parameters: &[],
    needs: &[],
    arrival: Arrival::AfterBuilder,
    weight: 2,
    how: How::Swallow,
};

const STATUS: Parameter = Parameter {
    name: "status",
    // Final statuses; one below 200 announces another.
    range: 200..=599,
    example: 201,
    choices: Choices::Of(&[
        201, 202, 203, 206, 226, 302, 307, 308, 400, 404, 429, 500, 503,
    ]),
};

const FORM: Parameter = Parameter::word("form", forms::FORMS);
const WAY: Parameter = Parameter::word("way", wires::WAYS);
const HEADER: Parameter = Parameter::word("header", HEADERS);

/// Headers that say what is not so, or nothing.
const HEADERS: &[&str] = &[
    "no-type",
    "text-type",
    "html-type",
    "latin-1",
    "cookie",
    "retry-after",
    "keep-alive",
];

pub(super) const REPLIES: &[Fault] = &[
    Fault {
        id: "reply/member",
        sentence: "in the builder's reply, {member} is written in another way: {is}",
        rules: &[
            "structures/reply-shape",
            "structures/reply-quantities",
            "structures/reply-data",
            "failsafe/lives-through-invalid-payload",
        ],
        parameters: &[
            Parameter::word("member", members::MEMBERS),
            Parameter::word("is", spellings::SPELLINGS),
        ],
        how: How::Mangle(members::member),
        ..REPLY
    },
    Fault {
        id: "reply/form",
        sentence: "the builder's reply has another form: {form}",
        rules: &[
            "structures/reply-envelope",
            "get-payload/local-block-on-error",
        ],
        parameters: &[FORM],
        how: How::Mangle(forms::form),
        ..REPLY
    },
    Fault {
        id: "reply/wire",
        sentence: "the builder's reply crosses the wire in another way: {way}",
        rules: &[
            "get-payload/local-block-on-error",
            "get-payload/no-retry",
            "failsafe/lives-through-outage",
        ],
        parameters: &[WAY],
        arrival: Arrival::Never,
        how: How::Mangle(wires::wire),
        ..REPLY
    },
    Fault {
        id: "reply/status",
        sentence: "the builder's reply has HTTP status {status}, and its payload",
        rules: &[
            "get-payload/local-block-on-error",
            "get-payload/no-retry",
            "security/ssrf",
        ],
        parameters: &[STATUS],
        how: How::Mangle(status),
        ..REPLY
    },
    Fault {
        id: "reply/header",
        sentence: "the builder's reply has other headers: {header}",
        rules: &["get-payload/waits-200-ms"],
        parameters: &[HEADER],
        how: How::Mangle(header),
        ..REPLY
    },
    Fault {
        id: "reply/closed-later",
        sentence: "the connection is closed {ms} ms after the builder's reply",
        rules: &["get-payload/no-retry", "get-payload/local-block-on-error"],
        parameters: &[Parameter {
            name: "ms",
            range: 0..=60_000,
            example: 1990,
            choices: Choices::Between(0, 4000),
        }],
        how: How::Mangle(closed_later),
        ..REPLY
    },
];

const ATTEMPT: Fault = Fault {
    on: On::ForwardedTransaction,
    rules: &["forward-transaction/retries-unless-200"],
    arrival: Arrival::Never,
    weight: 1,
    ..REPLY
};

pub(super) const FORWARDING: &[Fault] = &[
    Fault {
        id: "forward/form",
        sentence: "the answer to an attempt to forward has another form: {form}",
        parameters: &[FORM],
        how: How::Mangle(forms::form),
        ..ATTEMPT
    },
    Fault {
        id: "forward/result",
        sentence: "the answer to an attempt to forward has another result: {result}",
        parameters: &[Parameter::word("result", RESULTS)],
        how: How::Mangle(result),
        ..ATTEMPT
    },
    Fault {
        id: "forward/wire",
        sentence: "the answer to an attempt to forward crosses the wire in another way: {way}",
        parameters: &[WAY],
        how: How::Mangle(wires::wire),
        ..ATTEMPT
    },
    Fault {
        id: "forward/status",
        sentence: "the answer to an attempt to forward has HTTP status {status}, and its result",
        rules: &["forward-transaction/retries-unless-200", "security/priv"],
        parameters: &[STATUS],
        how: How::Mangle(status),
        ..ATTEMPT
    },
    Fault {
        id: "forward/code",
        sentence: "an attempt to forward is answered with error {code}",
        parameters: &[Parameter {
            name: "code",
            range: i32::MIN as i64..=i32::MAX as i64,
            example: -32000,
            choices: Choices::Of(&[-32700, -32602, -32601, -32000, -32003, 0, 1, 200]),
        }],
        how: How::Mangle(|deed, honest| {
            let error = json!({ "code": deed.get("code")?, "message": "not stored" });
            let id = honest.id;
            let body = format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{error}}}"#);
            Some(Mangled::reply(honest.with_body(body)))
        }),
        ..ATTEMPT
    },
    Fault {
        id: "forward/arrives-at",
        sentence: "the answer to an attempt to forward arrives {ms} ms after it was sent",
        rules: &[
            "forward-transaction/waits-200-ms",
            "forward-transaction/gives-up-at-200-ms",
            "forward-transaction/retries-unless-200",
        ],
        parameters: &[Parameter {
            name: "ms",
            range: 0..=10_000,
            example: 199,
            choices: Choices::Of(&[150, 190, 198, 199, 200, 201, 250, 1000]),
        }],
        how: How::Mangle(|deed, honest| {
            Some(Mangled {
                arrives_at_ms: u64::try_from(deed.get("ms")?).ok(),
                ..Mangled::reply(honest.reply.clone())
            })
        }),
        ..ATTEMPT
    },
    Fault {
        id: "forward/closed-later",
        sentence: "the connection is closed {ms} ms after the answer to an attempt to forward",
        rules: &["forward-transaction/stops-at-200"],
        parameters: &[Parameter {
            name: "ms",
            range: 0..=60_000,
            example: 10,
            choices: Choices::Between(0, 500),
        }],
        how: How::Mangle(closed_later),
        ..ATTEMPT
    },
];

/// What a builder can say of a transaction. The first two are success (DECISION: forward-status).
const RESULTS: &[&str] = &[
    "200",
    "\"200\"",
    "201",
    "202",
    "204",
    "299",
    "500",
    "\"500\"",
    "20",
    "2000",
    "-200",
    "200.0",
    "2e2",
    "\"0xc8\"",
    "\" 200\"",
    "\"200 OK\"",
    "\"+200\"",
    "\"0200\"",
    "\"OK\"",
    "\"\"",
    "null",
    "true",
    "false",
    "[200]",
    "{\"status\":200}",
    "{}",
    "0",
];

fn result(deed: &Deed, honest: &Honest<'_>) -> Option<Mangled> {
    let (id, result) = (honest.id, deed.word("result")?);
    let body = format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#);
    Some(Mangled::reply(honest.with_body(body)))
}

/// The same reply with another status; one that leads elsewhere says where.
fn status(deed: &Deed, honest: &Honest<'_>) -> Option<Mangled> {
    let status = deed.get("status").and_then(|of| u16::try_from(of).ok())?;
    let mut reply = match status {
        300..=399 => honest.with_header("location", "/elsewhere"),
        429 | 503 => honest.with_header("retry-after", "0"),
        _ => honest.reply.clone(),
    };
    reply.status = status;
    if matches!(status, 204 | 205 | 304) {
        reply.body = bytes::Bytes::new();
    }
    Some(Mangled::reply(reply))
}

fn header(deed: &Deed, honest: &Honest<'_>) -> Option<Mangled> {
    let typed = |value: &str| {
        let mut reply: HttpReply = honest.reply.clone();
        reply.headers.retain(|(name, _)| **name != *"content-type");
        reply.headers.push(("content-type".into(), value.into()));
        reply
    };
    Some(Mangled::reply(match deed.word("header")? {
        "no-type" => typed(""),
        "text-type" => typed("text/plain"),
        "html-type" => typed("text/html; charset=utf-8"),
        "latin-1" => typed("application/json; charset=iso-8859-1"),
        "cookie" => honest.with_header("set-cookie", "a=b; HttpOnly"),
        "retry-after" => honest.with_header("retry-after", "0"),
        "keep-alive" => honest.with_header("keep-alive", "timeout=0, max=0"),
        _ => return None,
    }))
}

fn closed_later(deed: &Deed, honest: &Honest<'_>) -> Option<Mangled> {
    let ms = u64::try_from(deed.get("ms")?).ok()?;
    Some(Mangled {
        closes: Closes::After(Duration::from_millis(ms)),
        ..Mangled::reply(honest.reply.clone())
    })
}
