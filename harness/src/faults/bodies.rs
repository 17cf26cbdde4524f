//! JSON-RPC responses that no builder gave.

use serde::Serialize;
use serde_json::json;
use serde_json::value::to_raw_value;

use crate::trace::HttpReply;

/// A reply with this result to the request of this id, which is JSON.
#[must_use]
pub fn result(id: &str, result: &impl Serialize) -> HttpReply {
    let result = to_raw_value(result).expect("results have string keys and can always be written");
    json_body(format!(
        r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#
    ))
}

/// A reply with this error to the request of this id, which is JSON.
pub(super) fn error(id: &str, code: i64, message: &str) -> HttpReply {
    let error = json!({ "code": code, "message": message });
    json_body(format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{error}}}"#))
}

/// A reply that is no JSON.
pub(super) fn text(status: u16, content_type: &str, body: &'static str) -> HttpReply {
    HttpReply {
        status,
        headers: vec![("content-type".into(), content_type.into())],
        body: body.into(),
    }
}

fn json_body(body: String) -> HttpReply {
    HttpReply {
        status: 200,
        headers: Vec::new(),
        body: body.into(),
    }
}
