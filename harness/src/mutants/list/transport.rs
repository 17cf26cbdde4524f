//! Mutants of HTTP and JSON-RPC at the builder's door.

use serde_json::{Value, json};

use super::{Mutant, at_the_door};
use crate::mutants::parts::porter as parts;
use crate::world::proxy::RequestFate;

pub(super) const MUTANTS: &[Mutant] = &[
    at_the_door(
        "answers-with-201",
        "Calls are answered with HTTP status 201.",
        "transport/jsonrpc",
        || {
            parts::says(|_, reply| {
                if reply.status == 200 {
                    reply.status = 201;
                }
            })
        },
        &["transport/calls[how=plainly]"],
    ),
    at_the_door(
        "speaks-json-rpc-1.0",
        "Responses say neither their version nor that there is no error.",
        "transport/jsonrpc",
        || {
            parts::says_to_call("", |_, response| {
                if let Some(members) = response.as_object_mut() {
                    members.remove("jsonrpc");
                }
            })
        },
        &["transport/calls[how=plainly]"],
    ),
    at_the_door(
        "says-error-null-beside-a-result",
        "Responses have a result and an error that is null.",
        "transport/jsonrpc",
        || {
            parts::says_to_call("", |_, response| {
                if response.get("result").is_some() {
                    response["error"] = Value::Null;
                }
            })
        },
        &["transport/calls[how=plainly]"],
    ),
    at_the_door(
        "writes-codes-as-text",
        "The code of an error is a text.",
        "transport/jsonrpc",
        || {
            parts::says_to_call("", |_, response| {
                if let Some(code) = response.pointer_mut("/error/code") {
                    *code = json!(code.to_string());
                }
            })
        },
        &["transport/calls[how=plainly]"],
    ),
    at_the_door(
        "answers-under-its-own-id",
        "Responses are numbered by the builder.",
        "transport/id",
        || parts::says_to_call("", |_, response| response["id"] = json!(1)),
        &["transport/ids[how=a-number]"],
    ),
    at_the_door(
        "answers-under-the-id-as-text",
        "Ids that are numbers come back as texts.",
        "transport/id",
        || {
            parts::says_to_call("", |_, response| {
                if response["id"].is_number() {
                    response["id"] = json!(response["id"].to_string());
                }
            })
        },
        &["transport/ids[how=a-number]"],
    ),
    at_the_door(
        "takes-names-in-any-case",
        "The names of methods are compared without regard to case.",
        "transport/method-not-found",
        || {
            parts::hears_call("", |call| {
                let known = ["builder_getPayloadV1", "builder_forwardTransactionV1"];
                let name = call["method"].as_str().unwrap_or_default().to_owned();
                let meant = known.iter().find(|it| it.eq_ignore_ascii_case(&name));
                if let Some(meant) = meant {
                    call["method"] = json!(meant);
                }
            })
        },
        &["transport/methods[how=in-lower-case]"],
    ),
    at_the_door(
        "calls-what-does-not-parse-invalid",
        "What is no JSON is answered with -32600.",
        "transport/parse",
        || parts::says_code(-32700, -32600),
        &["transport/calls[how=as-html]"],
    ),
    at_the_door(
        "skips-a-byte-order-mark",
        "A byte order mark before the JSON is skipped.",
        "transport/utf8",
        || {
            parts::hears(|request| {
                if request.body.starts_with(b"\xef\xbb\xbf") {
                    request.body = request.body.slice(3..);
                }
            })
        },
        &["transport/calls[how=with-a-byte-order-mark]"],
    ),
    at_the_door(
        "takes-calls-without-version",
        "A call need not say jsonrpc.",
        "transport/invalid",
        || parts::hears_call("", |call| call["jsonrpc"] = json!("2.0")),
        &["transport/calls[how=without-version]"],
    ),
    at_the_door(
        "takes-the-last-of-two-members",
        "Of two members of a name the last one counts.",
        "transport/invalid",
        || parts::hears_call("", |_| ()),
        &["transport/calls[how=with-two-ids]"],
    ),
    at_the_door(
        "calls-odd-parameters-invalid",
        "Parameters that are no list and no object are answered with -32600.",
        "transport/params",
        || parts::says_code(-32602, -32600),
        &["transport/calls[how=with-params-that-are-a-number]"],
    ),
    at_the_door(
        "answers-the-first-of-a-batch",
        "Of a batch only the first call is answered.",
        "transport/batch",
        || {
            parts::says(|_, reply| {
                if let Ok(Value::Array(mut all)) = serde_json::from_slice(&reply.body) {
                    all.truncate(1);
                    reply.body = Value::Array(all).to_string().into();
                }
            })
        },
        &["transport/batches[how=of-three]"],
    ),
    at_the_door(
        "answers-an-empty-batch-with-one",
        "An empty batch is answered with an empty batch.",
        "transport/batch",
        || {
            parts::says(|request, reply| {
                if &request.body[..] == b"[]" {
                    reply.body = "[]".into();
                }
            })
        },
        &["transport/batches[how=empty]"],
    ),
    at_the_door(
        "answers-notifications",
        "Whoever wants no answer gets one.",
        "transport/notification",
        || {
            parts::hears_call("", |call| {
                if let Some(members) = call.as_object_mut() {
                    members.entry("id").or_insert(Value::Null);
                }
            })
        },
        &["transport/calls[how=without-id]"],
    ),
    at_the_door(
        "takes-any-content-type",
        "A body may be said to be anything.",
        "transport/content-type",
        || parts::hears(|request| request.headers.clear()),
        &["transport/requests[how=as-text]"],
    ),
    at_the_door(
        "does-not-say-that-it-says-json",
        "Replies have no content type.",
        "transport/content-type",
        || parts::says(|_, reply| reply.headers.push(("content-type".into(), "".into()))),
        &["transport/requests[how=plainly]"],
    ),
    at_the_door(
        "takes-any-http-method",
        "A request may be a PUT, or anything.",
        "transport/method",
        || parts::hears(|request| request.method = "POST".into()),
        &["transport/requests[how=put]"],
    ),
    at_the_door(
        "does-not-say-what-is-allowed",
        "A 405 does not say that POST is allowed.",
        "transport/method",
        || parts::says(|_, reply| reply.headers.retain(|(name, _)| **name != *"allow")),
        &["transport/requests[how=get]"],
    ),
    at_the_door(
        "leaves-who-expects-to-be-told-to-go-on",
        "A connection is closed on a request with an expectation.",
        "transport/http11",
        || {
            parts::of_requests(|request| {
                let mut headers = request.headers.iter();
                match headers.any(|(name, _)| **name == *"expect") {
                    true => RequestFate::Reset,
                    false => RequestFate::Pass,
                }
            })
        },
        &["transport/streams"],
    ),
    at_the_door(
        "reads-all-before-it-refuses",
        "A body that is too large is refused once all of it is there.",
        "transport/size",
        || parts::hears(|_| ()),
        &["transport/sizes"],
    ),
    at_the_door(
        "takes-tokens-of-any-scheme",
        "What stands before the token is not looked at.",
        "transport/engine-authentication",
        || {
            parts::hears(|request| {
                for (name, value) in &mut request.headers {
                    if **name == *"authorization" {
                        *value = value.replace("Basic", "Bearer").into();
                    }
                }
            })
        },
        &["transport/tokens"],
    ),
    at_the_door(
        "reads-tokens-with-padding",
        "Base64 with padding, or of the standard alphabet, is read too.",
        "transport/engine-authentication",
        parts::mends_tokens,
        &["transport/parts-of-tokens"],
    ),
    at_the_door(
        "lets-a-batch-in",
        "A batch needs no token if its first call needs none.",
        "transport/engine-authentication",
        || {
            parts::says(|request, reply| {
                if request.body.starts_with(b"[") && reply.status == 401 {
                    reply.status = 200;
                }
            })
        },
        &["transport/tokens"],
    ),
];
