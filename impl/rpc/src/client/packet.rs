//! JSON-RPC 2.0 packets: requests as alloy writes them, responses read strictly.
//!
//! DECISION: json-strictness. Unknown members are ignored. Duplicate members, trailing data, a
//! wrong id, both or neither of `result` and `error` are refused, which alloy's own response type
//! does only in part.

use std::collections::BTreeSet;
use std::fmt;

use alloy_json_rpc::{ErrorPayload, Id, Request};
use bytes::Bytes;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::error::CallError;

/// Writes a request.
pub(super) fn encode(method: &str, call: u64, params: &RawValue) -> Bytes {
    let request = Request::new(method.to_owned(), Id::Number(call), params);
    serde_json::to_vec(&request)
        .expect("a request with raw parameters always serialises")
        .into()
}

/// Reads the response to the request of number `call`.
pub(super) fn decode(body: &[u8], call: u64) -> Result<Box<RawValue>, CallError> {
    let malformed = |error: &dyn fmt::Display| CallError::Malformed(error.to_string());
    // JSON is UTF-8 throughout, in what is ignored too.
    let text = std::str::from_utf8(body).map_err(|error| malformed(&error))?;
    let response: Response = serde_json::from_str(text).map_err(|error| malformed(&error))?;
    if response.version.as_deref() != Some("2.0") {
        return Err(CallError::Malformed("`jsonrpc` is not \"2.0\"".to_owned()));
    }
    let Some(id) = response.id else {
        return Err(CallError::Malformed("missing `id`".to_owned()));
    };
    // A peer that could not read the request cannot know its id.
    let unread = response.error.is_some() && id.get() == "null";
    if id.get() != call.to_string() && !unread {
        return Err(CallError::IdMismatch {
            expected: call,
            got: id.get().to_owned(),
        });
    }
    match (response.result, response.error) {
        (Some(result), None) => Ok(result),
        (None, Some(error)) => Err(CallError::Rpc(error)),
        (Some(_), Some(_)) => Err(CallError::Malformed("both `result` and `error`".to_owned())),
        (None, None) => Err(CallError::Malformed(
            "neither `result` nor `error`".to_owned(),
        )),
    }
}

/// A response object, its members as they came.
#[derive(Default)]
struct Response {
    version: Option<String>,
    id: Option<Box<RawValue>>,
    result: Option<Box<RawValue>>,
    error: Option<ErrorPayload>,
}

impl<'de> Deserialize<'de> for Response {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ResponseVisitor)
    }
}

struct ResponseVisitor;

impl<'de> Visitor<'de> for ResponseVisitor {
    type Value = Response;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON-RPC 2.0 response object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Response, A::Error> {
        let mut response = Response::default();
        let mut seen = BTreeSet::new();
        while let Some(name) = members.next_key::<String>()? {
            match name.as_str() {
                "jsonrpc" => response.version = Some(members.next_value()?),
                "id" => response.id = Some(members.next_value()?),
                "result" => response.result = Some(members.next_value()?),
                "error" => response.error = Some(members.next_value()?),
                _ => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
            if let Some(name) = seen.replace(name) {
                return Err(A::Error::custom(format_args!("duplicate member `{name}`")));
            }
        }
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(body: &str) -> String {
        match decode(body.as_bytes(), 7) {
            Ok(result) => result.get().to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn writes_a_request() {
        let params = RawValue::from_string("[1,{\"a\":2}]".to_owned()).unwrap();
        assert_eq!(
            encode("builder_getPayloadV1", 7, &params),
            r#"{"method":"builder_getPayloadV1","params":[1,{"a":2}],"id":7,"jsonrpc":"2.0"}"#
        );
    }

    #[test]
    fn reads_what_the_specification_allows() {
        for (body, expected) in [
            (
                r#"{"jsonrpc":"2.0","id":7,"result":{"a":[1]}}"#,
                r#"{"a":[1]}"#,
            ),
            (
                r#" {"result":null,"id":7,"extra":{"id":8},"jsonrpc":"2.0"} "#,
                "null",
            ),
            (
                r#"{"jsonrpc":"2.0","id":7,"error":{"code":-32001,"message":"no"}}"#,
                "error -32001: no",
            ),
            (
                r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"?"}}"#,
                "error -32700: ?",
            ),
        ] {
            assert_eq!(outcome(body), expected, "{body}");
        }
    }

    #[test]
    fn refuses_everything_else() {
        for (body, expected) in [
            (
                r#"{"jsonrpc":"2.0","id":8,"result":1}"#,
                "the response has id 8, the request had 7",
            ),
            (
                r#"{"jsonrpc":"2.0","id":"7","result":1}"#,
                "the response has id \"7\", the request had 7",
            ),
            (
                r#"{"jsonrpc":"2.0","id":7.0,"result":1}"#,
                "the response has id 7.0, the request had 7",
            ),
            (
                r#"{"jsonrpc":"2.0","id":null,"result":1}"#,
                "the response has id null, the request had 7",
            ),
            (
                r#"{"jsonrpc":"2.0","id":8,"error":{"code":1,"message":"no"}}"#,
                "the response has id 8, the request had 7",
            ),
            (
                r#"{"jsonrpc":"2.0","result":1}"#,
                "malformed reply: missing `id`",
            ),
            (
                r#"{"jsonrpc":"1.0","id":7,"result":1}"#,
                "malformed reply: `jsonrpc` is not \"2.0\"",
            ),
            (
                r#"{"id":7,"result":1}"#,
                "malformed reply: `jsonrpc` is not \"2.0\"",
            ),
            (
                r#"{"jsonrpc":"2.0","id":7}"#,
                "malformed reply: neither `result` nor `error`",
            ),
            (
                r#"{"jsonrpc":"2.0","id":7,"result":1,"error":{"code":1,"message":"no"}}"#,
                "malformed reply: both `result` and `error`",
            ),
        ] {
            assert_eq!(outcome(body), expected, "{body}");
        }
        for body in [
            r#"{"jsonrpc":"2.0","id":7,"result":1} x"#,
            r#"{"jsonrpc":"2.0","id":7,"result":1,"result":1}"#,
            r#"{"jsonrpc":"2.0","id":7,"id":7,"result":1}"#,
            r#"{"jsonrpc":"2.0","id":7,"result":1,"x":1,"x":2}"#,
            r#"{"jsonrpc":"2.0","id":7,"result":1,"error":null}"#,
            r#"{"jsonrpc":"2.0","id":7,"error":{"code":1,"code":1,"message":"no"}}"#,
            r#"{"jsonrpc":"2.0","id":7,"error":{"message":"no"}}"#,
            r#"[{"jsonrpc":"2.0","id":7,"result":1}]"#,
            r#"{"jsonrpc":"2.0","id":7,"result":1"#,
            "",
            "null",
            "<html>",
        ] {
            assert!(
                matches!(decode(body.as_bytes(), 7), Err(CallError::Malformed(_))),
                "{body}"
            );
        }
        let not_utf8 = b"{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":1,\"x\":\"\xff\"}";
        assert!(matches!(decode(not_utf8, 7), Err(CallError::Malformed(_))));
    }
}
