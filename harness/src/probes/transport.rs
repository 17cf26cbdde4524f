//! Requests that are odd as HTTP or as JSON-RPC.

use super::entry::{Probe, Shot, with_header};
use crate::dialect::GET_PAYLOAD;
use crate::trace::HttpRequest;

pub(super) const PROBES: &[Probe] = &[
    Probe {
        id: "call",
        sentence: "a body that is a call, no call, or no JSON",
        rules: &[
            "transport/jsonrpc",
            "transport/parse",
            "transport/invalid",
            "transport/params",
            "transport/notification",
            "transport/utf8",
        ],
        members: &[],
        written: BODIES,
        is_harmless: true,
        make: |_, _, written| {
            let request = HttpRequest::json(body(written));
            vec![Shot::Request(match written {
                "empty" => with_header(request, "content-type", "application/json"),
                _ => request,
            })]
        },
    },
    Probe {
        id: "batch",
        sentence: "a batch of calls",
        rules: &["transport/batch"],
        members: &[],
        written: BATCHES,
        is_harmless: true,
        make: |_, _, written| vec![Shot::json(batch(written))],
    },
    Probe {
        id: "id",
        sentence: "a call with an id of every kind",
        rules: &["transport/id"],
        members: &[],
        written: IDS,
        is_harmless: true,
        make: |_, _, written| {
            let id = id(written);
            vec![Shot::json(format!(
                r#"{{"jsonrpc":"2.0","id":{id},"method":"{GET_PAYLOAD}","params":[]}}"#
            ))]
        },
    },
    Probe {
        id: "method",
        sentence: "a call of a method that nobody has",
        rules: &[
            "transport/method-not-found",
            "get-payload/method",
            "forward-transaction/method",
        ],
        members: &[],
        written: METHODS,
        is_harmless: true,
        make: |_, _, written| {
            let method = method(written);
            vec![Shot::json(format!(
                r#"{{"jsonrpc":"2.0","id":7,"method":"{method}","params":[]}}"#
            ))]
        },
    },
    Probe {
        id: "http",
        sentence: "a call in an HTTP request of every kind",
        rules: &["transport/method", "transport/content-type"],
        members: &[],
        written: REQUESTS,
        is_harmless: true,
        make: |_, _, written| vec![Shot::Request(request(written))],
    },
];

/// A call that a builder refuses for its parameters.
pub(super) fn plain() -> String {
    format!(r#"{{"jsonrpc":"2.0","id":7,"method":"{GET_PAYLOAD}","params":[]}}"#)
}

const BODIES: &[&str] = &[
    "plainly",
    "with-space-around",
    "with-an-unknown-member",
    "with-escaped-names",
    "with-params-of-null",
    "without-params",
    "empty",
    "as-html",
    "cut-off",
    "with-a-trailing-comma",
    "with-trailing-data",
    "with-a-comment",
    "with-single-quotes",
    "with-a-byte-order-mark",
    "as-utf-16",
    "with-invalid-utf-8",
    "with-a-lone-surrogate",
    "with-a-zero-byte",
    "nested-deeply",
    "nested-deeply-and-open",
    "as-a-number",
    "as-a-string",
    "as-null",
    "as-an-empty-object",
    "without-version",
    "of-version-1.0",
    "of-version-2-as-a-number",
    "of-version-null",
    "without-method",
    "with-a-method-of-null",
    "with-a-method-that-is-a-number",
    "with-a-method-that-is-a-list",
    "with-two-ids",
    "with-two-methods",
    "with-two-versions",
    "with-two-params",
    "with-params-that-are-a-number",
    "with-params-that-are-a-string",
    "with-params-that-are-true",
    "without-id",
    "without-id-and-with-an-unknown-method",
    "without-id-and-version",
];

fn body(written: &str) -> Vec<u8> {
    let plain = plain();
    let with = |members: &str| format!("{{{members}}}").into_bytes();
    let version = r#""jsonrpc":"2.0""#;
    let method = format!(r#""method":"{GET_PAYLOAD}""#);
    match written {
        "with-space-around" => format!(" \r\n\t{plain}\n\n").into_bytes(),
        "with-an-unknown-member" => with(&format!(
            r#"{version},"id":7,"trace":{{"a":[1]}},{method},"params":[]"#
        )),
        "with-escaped-names" => with(
            r#""\u006asonrpc":"2\u002e0","i\u0064":7,"m\u0065thod":"builder\u005fgetPayloadV1","params":[]"#,
        ),
        "with-params-of-null" => with(&format!(r#"{version},"id":7,{method},"params":null"#)),
        "without-params" => with(&format!(r#"{version},"id":7,{method}"#)),
        "empty" => Vec::new(),
        "as-html" => b"<html><body>502 Bad Gateway</body></html>".to_vec(),
        "cut-off" => plain.as_bytes()[..plain.len() - 5].to_vec(),
        "with-a-trailing-comma" => with(&format!(r#"{version},"id":7,{method},"params":[],"#)),
        "with-trailing-data" => format!("{plain} x").into_bytes(),
        "with-a-comment" => format!("/* ask */ {plain}").into_bytes(),
        "with-single-quotes" => plain.replace('"', "'").into_bytes(),
        "with-a-byte-order-mark" => [b"\xef\xbb\xbf", plain.as_bytes()].concat(),
        "as-utf-16" => plain.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "with-invalid-utf-8" => [
            &b"{\"jsonrpc\":\"2.0\",\"id\":\"\xff\xfe\","[..],
            method.as_bytes(),
            b",\"params\":[]}",
        ]
        .concat(),
        "with-a-lone-surrogate" => with(&format!(
            r#"{version},"id":7,"method":"\ud800","params":[]"#
        )),
        "with-a-zero-byte" => format!("{plain}\0").into_bytes(),
        "nested-deeply" => with(&format!(
            r#"{version},"id":7,{method},"params":{}{}"#,
            "[".repeat(10_000),
            "]".repeat(10_000)
        )),
        "nested-deeply-and-open" => "[".repeat(10_000).into_bytes(),
        "as-a-number" => b"7".to_vec(),
        "as-a-string" => b"\"jsonrpc\"".to_vec(),
        "as-null" => b"null".to_vec(),
        "as-an-empty-object" => b"{}".to_vec(),
        "without-version" => with(&format!(r#""id":7,{method},"params":[]"#)),
        "of-version-1.0" => with(&format!(r#""jsonrpc":"1.0","id":7,{method},"params":[]"#)),
        "of-version-2-as-a-number" => {
            with(&format!(r#""jsonrpc":2.0,"id":7,{method},"params":[]"#))
        }
        "of-version-null" => with(&format!(r#""jsonrpc":null,"id":7,{method},"params":[]"#)),
        "without-method" => with(&format!(r#"{version},"id":7,"params":[]"#)),
        "with-a-method-of-null" => with(&format!(r#"{version},"id":7,"method":null,"params":[]"#)),
        "with-a-method-that-is-a-number" => {
            with(&format!(r#"{version},"id":7,"method":1,"params":[]"#))
        }
        "with-a-method-that-is-a-list" => with(&format!(
            r#"{version},"id":7,"method":["{GET_PAYLOAD}"],"params":[]"#
        )),
        "with-two-ids" => with(&format!(r#"{version},"id":7,"id":8,{method},"params":[]"#)),
        "with-two-methods" => with(&format!(
            r#"{version},"id":7,"method":"m",{method},"params":[]"#
        )),
        "with-two-versions" => with(&format!(
            r#"{version},{version},"id":7,{method},"params":[]"#
        )),
        "with-two-params" => with(&format!(
            r#"{version},"id":7,{method},"params":[],"params":[]"#
        )),
        "with-params-that-are-a-number" => {
            with(&format!(r#"{version},"id":7,{method},"params":1"#))
        }
        "with-params-that-are-a-string" => {
            with(&format!(r#"{version},"id":7,{method},"params":"[]""#))
        }
        "with-params-that-are-true" => with(&format!(r#"{version},"id":7,{method},"params":true"#)),
        "without-id" => with(&format!(r#"{version},{method},"params":[]"#)),
        "without-id-and-with-an-unknown-method" => with(&format!(
            r#"{version},"method":"gauntlet_nothing","params":[]"#
        )),
        "without-id-and-version" => with(&format!(r#"{method},"params":[]"#)),
        _ => plain.into_bytes(),
    }
}

const BATCHES: &[&str] = &[
    "of-one",
    "of-three",
    "empty",
    "of-a-number",
    "of-three-numbers",
    "of-empty-objects",
    "mixed",
    "of-notifications",
    "with-one-id-twice",
    "nested",
    "of-101",
    "of-1000",
    "cut-off",
];

fn batch(written: &str) -> String {
    let call = |id: usize| plain().replace("\"id\":7", &format!("\"id\":{id}"));
    let of = |count: usize| {
        let calls: Vec<String> = (1..=count).map(call).collect();
        format!("[{}]", calls.join(","))
    };
    let notification = format!(r#"{{"jsonrpc":"2.0","method":"{GET_PAYLOAD}","params":[]}}"#);
    match written {
        "of-three" => of(3),
        "empty" => "[]".to_owned(),
        "of-a-number" => "[1]".to_owned(),
        "of-three-numbers" => "[1,2,3]".to_owned(),
        "of-empty-objects" => "[{},{}]".to_owned(),
        "mixed" => format!(
            r#"[{},1,{notification},{{"jsonrpc":"2.0","id":"x","method":"gauntlet_nothing"}},{{"id":9}},{}]"#,
            call(1),
            call(2)
        ),
        "of-notifications" => format!("[{notification},{notification}]"),
        "with-one-id-twice" => format!("[{},{}]", call(5), call(5)),
        "nested" => format!("[[{}]]", call(1)),
        "of-101" => of(101),
        "of-1000" => of(1000),
        "cut-off" => {
            let whole = of(3);
            whole[..whole.len() - 1].to_owned()
        }
        _ => of(1),
    }
}

const IDS: &[&str] = &[
    "a-number",
    "zero",
    "negative",
    "a-string",
    "an-empty-string",
    "an-escaped-string",
    "a-string-of-a-number",
    "a-long-string",
    "2-to-the-53-and-1",
    "2-to-the-64",
    "a-number-of-80-digits",
    "null",
    "1.5",
    "1.0",
    "1e3",
    "true",
    "a-list",
    "an-object",
];

fn id(written: &str) -> String {
    match written {
        "zero" => "0".to_owned(),
        "negative" => "-12".to_owned(),
        "a-string" => r#""request-1""#.to_owned(),
        "an-empty-string" => r#""""#.to_owned(),
        "an-escaped-string" => r#""a\u0062\n\"ü""#.to_owned(),
        "a-string-of-a-number" => r#""7""#.to_owned(),
        "a-long-string" => format!("\"{}\"", "x".repeat(1000)),
        "2-to-the-53-and-1" => "9007199254740993".to_owned(),
        "2-to-the-64" => "18446744073709551616".to_owned(),
        "a-number-of-80-digits" => "7".repeat(80),
        "null" | "1.5" | "1.0" | "1e3" | "true" => written.to_owned(),
        "a-list" => "[1]".to_owned(),
        "an-object" => r#"{"a":1}"#.to_owned(),
        _ => "7".to_owned(),
    }
}

const METHODS: &[&str] = &[
    "unknown",
    "empty",
    "in-lower-case",
    "in-upper-case",
    "with-an-underscore-before-the-version",
    "of-version-2",
    "without-version",
    "without-namespace",
    "of-the-engine",
    "with-a-dot",
    "with-a-space-after-it",
    "forward-in-lower-case",
    "forward-of-version-2",
    "forward-without-version",
    "forward-of-the-engine",
];

fn method(written: &str) -> &'static str {
    match written {
        "empty" => "",
        "in-lower-case" => "builder_getpayloadv1",
        "in-upper-case" => "BUILDER_GETPAYLOADV1",
        "with-an-underscore-before-the-version" => "builder_getPayload_V1",
        "of-version-2" => "builder_getPayloadV2",
        "without-version" => "builder_getPayload",
        "without-namespace" => "getPayloadV1",
        "of-the-engine" => "engine_builder_getPayloadV1",
        "with-a-dot" => "builder.getPayloadV1",
        "with-a-space-after-it" => "builder_getPayloadV1 ",
        "forward-in-lower-case" => "builder_forwardtransactionv1",
        "forward-of-version-2" => "builder_forwardTransactionV2",
        "forward-without-version" => "builder_forwardTransaction",
        "forward-of-the-engine" => "engine_forwardTransactionV1",
        _ => "gauntlet_nothing",
    }
}

const REQUESTS: &[&str] = &[
    "plainly",
    "with-utf-8-named",
    "in-upper-case",
    "as-json-rpc",
    "without-content-type",
    "as-text",
    "as-a-form",
    "as-javascript",
    "as-json-of-another-kind",
    "in-latin-1",
    "as-an-octet-stream",
    "get",
    "get-with-a-body",
    "head",
    "put",
    "delete",
    "patch",
    "options",
    "of-a-method-of-its-own",
    "at-another-path",
];

fn request(written: &str) -> HttpRequest {
    let plain = || HttpRequest::json(plain());
    let typed = |value: &str| with_header(plain(), "content-type", value);
    let method = |name: &str| HttpRequest {
        method: name.into(),
        ..plain()
    };
    let bare = |name: &str| HttpRequest {
        method: name.into(),
        ..HttpRequest::json("")
    };
    match written {
        "with-utf-8-named" => typed("application/json; charset=utf-8"),
        "in-upper-case" => typed("Application/JSON"),
        "as-json-rpc" => typed("application/json-rpc"),
        "without-content-type" => typed(""),
        "as-text" => typed("text/plain"),
        "as-a-form" => typed("application/x-www-form-urlencoded"),
        "as-javascript" => typed("text/javascript"),
        "as-json-of-another-kind" => typed("application/jsonp"),
        "in-latin-1" => typed("application/json; charset=iso-8859-1"),
        "as-an-octet-stream" => typed("application/octet-stream"),
        "get" => bare("GET"),
        "get-with-a-body" => method("GET"),
        "head" => bare("HEAD"),
        "put" => method("PUT"),
        "delete" => method("DELETE"),
        "patch" => method("PATCH"),
        "options" => bare("OPTIONS"),
        "of-a-method-of-its-own" => method("BUILD"),
        "at-another-path" => HttpRequest {
            path: "/builder?x=1".into(),
            ..plain()
        },
        _ => plain(),
    }
}
