//! JSON-RPC 2.0, read strictly: what a careful reader of the wire makes of it.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::meaning::Error;
use crate::trace::HttpRequest;

/// A call.
#[derive(Debug)]
pub(super) struct Call<'a> {
    /// The id as JSON.
    pub(super) id: Cow<'a, str>,
    /// The method.
    pub(super) method: Cow<'a, str>,
    /// The parameters as JSON.
    pub(super) params: &'a str,
}

/// Reads a call; duplicate members and trailing data make it none.
pub(super) fn call(request: &HttpRequest) -> Result<Call<'_>, String> {
    #[derive(Deserialize)]
    struct Members<'a> {
        #[serde(borrow)]
        id: Option<&'a RawValue>,
        #[serde(borrow)]
        method: Cow<'a, str>,
        #[serde(borrow)]
        params: Option<&'a RawValue>,
    }
    let members: Members<'_> =
        serde_json::from_slice(&request.body).map_err(|error| error.to_string())?;
    Ok(Call {
        id: members.id.map_or("null", RawValue::get).into(),
        method: members.method,
        params: members.params.map_or("[]", RawValue::get),
    })
}

/// Reads a response to the call of this id, if the call had one that reads: its result or its
/// error. DECISION: json-strictness.
pub(super) fn response(
    body: &[u8],
    id: Option<&str>,
) -> Result<Result<Arc<RawValue>, Error>, String> {
    #[derive(Deserialize)]
    struct Members<'a> {
        #[serde(borrow)]
        jsonrpc: Option<Cow<'a, str>>,
        #[serde(borrow)]
        id: Option<&'a RawValue>,
        #[serde(default, deserialize_with = "present")]
        result: Option<Box<RawValue>>,
        #[serde(default, deserialize_with = "present")]
        error: Option<Box<RawValue>>,
    }
    // JSON is UTF-8 in all its parts, and no member stands twice, whatever its name is.
    let text = std::str::from_utf8(body).map_err(|error| error.to_string())?;
    let all = super::all_members(text)?;
    let names: BTreeSet<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
    if names.len() < all.len() {
        return Err("a member stands twice".to_owned());
    }
    let members: Members<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if members.jsonrpc.as_deref() != Some("2.0") {
        return Err("`jsonrpc` is not \"2.0\"".to_owned());
    }
    let got = members.id.map_or("null", RawValue::get);
    let is_unread = members.error.is_some() && got == "null";
    if let Some(id) = id.filter(|id| *id != got && !is_unread) {
        return Err(format!("the response has id {got}, the request had {id}"));
    }
    match (members.result, members.error) {
        (Some(result), None) => Ok(Ok(result.into())),
        (None, Some(error)) => Ok(Err(read_error(&error)?)),
        (Some(_), Some(_)) => Err("both `result` and `error`".to_owned()),
        (None, None) => Err("neither `result` nor `error`".to_owned()),
    }
}

/// A member that is there, even if it is null.
fn present<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::<RawValue>::deserialize(deserializer).map(Some)
}

fn read_error(error: &RawValue) -> Result<Error, String> {
    #[derive(Deserialize)]
    struct Members {
        code: Option<serde_json::Value>,
        message: Option<serde_json::Value>,
    }
    let members: Members = serde_json::from_str(error.get())
        .map_err(|_| "`error` is no object of `code` and `message`".to_owned())?;
    Ok(Error {
        code: members.code.and_then(|code| code.as_i64()),
        message: members
            .message
            .and_then(|message| message.as_str().map(Arc::from)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> String {
        match response(body.as_bytes(), Some("7")) {
            Ok(Ok(result)) => result.get().to_owned(),
            Ok(Err(error)) => format!("{:?} {:?}", error.code, error.message),
            Err(why) => why,
        }
    }

    #[test]
    fn responses_are_read_strictly() {
        for (body, told) in [
            (r#"{"jsonrpc":"2.0","id":7,"result":null}"#, "null"),
            (
                r#"{"jsonrpc":"2.0","id":7,"error":{"code":-1,"message":"no"}}"#,
                "Some(-1) Some(\"no\")",
            ),
            (
                r#"{"jsonrpc":"2.0","id":null,"error":{"code":"x"}}"#,
                "None None",
            ),
            (
                r#"{"jsonrpc":"2.0","id":8,"result":1}"#,
                "the response has id 8, the request had 7",
            ),
            (
                r#"{"jsonrpc":"2.0","id":7,"result":1,"error":null}"#,
                "both `result` and `error`",
            ),
            (
                r#"{"jsonrpc":"2.0","id":7}"#,
                "neither `result` nor `error`",
            ),
            (r#"{"id":7,"result":1}"#, "`jsonrpc` is not \"2.0\""),
        ] {
            assert_eq!(read(body), told, "{body}");
        }
        for body in [
            "",
            "<html>",
            "[]",
            r#"{"jsonrpc":"2.0","id":7,"result":1} x"#,
            r#"{"jsonrpc":"2.0","id":7,"result":1,"result":1}"#,
            r#"{"jsonrpc":"2.0","id":7,"error":3}"#,
        ] {
            assert!(response(body.as_bytes(), Some("7")).is_err(), "{body}");
        }
    }
}
