//! JSON-RPC 2.0 requests, read strictly. DECISION: json-strictness.
//!
//! jsonrpsee takes a call with an odd id or a duplicate member for a notification, and keeps no id
//! that is negative or above 2^64; so a body is read here, and jsonrpsee's methods are handed the
//! calls one by one.

use std::collections::BTreeSet;
use std::fmt;

use jsonrpsee::types::ErrorObjectOwned;
use jsonrpsee::types::error::{ErrorCode, reject_too_big_batch_request};
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;

use crate::limits::MAX_MEMBERS;

/// What a body holds.
#[derive(Debug)]
pub(super) enum Message<'a> {
    /// One call, or what should be one.
    One(Entry<'a>),
    /// A batch of at least one.
    Batch(Vec<Entry<'a>>),
}

/// A call, or why it is none.
pub(super) type Entry<'a> = Result<Call<'a>, Refusal<'a>>;

/// A call, well formed.
#[derive(Debug)]
pub(super) struct Call<'a> {
    /// The id as it was written; none if this is a notification.
    pub(super) id: Option<&'a str>,
    /// The method.
    pub(super) method: String,
    /// The parameters, an array or an object, if there are any.
    pub(super) params: Option<&'a str>,
}

/// Why an object is no call, and the id to say so under.
#[derive(Debug)]
pub(super) struct Refusal<'a> {
    /// The id as it was written, `null` if it cannot be told; none if nothing is said.
    pub(super) id: Option<&'a str>,
    /// Why.
    pub(super) code: ErrorCode,
}

impl Refusal<'_> {
    const INVALID: Self = Self {
        id: Some("null"),
        code: ErrorCode::InvalidRequest,
    };
}

impl<'a> Message<'a> {
    /// The calls, alone or in a batch.
    pub(super) fn calls(&self) -> impl Iterator<Item = &Call<'a>> {
        let entries = match self {
            Self::One(entry) => std::slice::from_ref(entry),
            Self::Batch(entries) => entries,
        };
        entries.iter().filter_map(|entry| entry.as_ref().ok())
    }
}

/// Reads a body; or why there is nothing in it that could be answered.
pub(super) fn read(body: &[u8], max_calls: u32) -> Result<Message<'_>, ErrorObjectOwned> {
    let parse_error = || ErrorObjectOwned::from(ErrorCode::ParseError);
    let text = std::str::from_utf8(body).map_err(|_| parse_error())?;
    if body.trim_ascii_start().first() != Some(&b'[') {
        let one: &RawValue = serde_json::from_str(text).map_err(|_| parse_error())?;
        return Ok(Message::One(entry(one.get())));
    }
    let max_calls = max_calls as usize;
    let mut reader = serde_json::Deserializer::from_str(text);
    let batch = BatchSeed { max_calls }.deserialize(&mut reader);
    let batch = batch.map_err(|_| parse_error())?;
    reader.end().map_err(|_| parse_error())?;
    match batch {
        None => Err(reject_too_big_batch_request(max_calls)),
        Some(entries) if entries.is_empty() => Err(ErrorCode::InvalidRequest.into()),
        Some(entries) => Ok(Message::Batch(entries)),
    }
}

/// Reads what should be a call, which is one JSON value.
fn entry(json: &str) -> Entry<'_> {
    if !json.starts_with('{') {
        return Err(Refusal::INVALID);
    }
    let members: Members<'_> = serde_json::from_str(json).map_err(|_| Refusal::INVALID)?;
    let id = members.id.map(RawValue::get);
    if !id.is_none_or(is_id) {
        return Err(Refusal::INVALID);
    }
    let refused = |code| Refusal { id, code };
    // Whoever wrote no call at all hears so, even if he wanted no answer.
    let invalid = Refusal {
        id: Some(id.unwrap_or("null")),
        code: ErrorCode::InvalidRequest,
    };
    let string = |member: Option<&RawValue>| -> Option<String> {
        member.and_then(|json| serde_json::from_str(json.get()).ok())
    };
    let (version, method) = (string(members.version), string(members.method));
    let (Some("2.0"), Some(method)) = (version.as_deref(), method) else {
        return Err(invalid);
    };
    let params = match members.params.map(RawValue::get) {
        // As much as none, which some clients write.
        Some("null") | None => None,
        Some(params) if params.starts_with(['[', '{']) => Some(params),
        Some(_) => return Err(refused(ErrorCode::InvalidParams)),
    };
    Ok(Call { id, method, params })
}

/// An id is a string, a whole number of any size, or null.
fn is_id(json: &str) -> bool {
    let digits = json.strip_prefix('-').unwrap_or(json);
    let is_whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_whole || json == "null" || json.starts_with('"')
}

/// The members of an object that tell something, of which each stands once.
#[derive(Default)]
struct Members<'a> {
    version: Option<&'a RawValue>,
    id: Option<&'a RawValue>,
    method: Option<&'a RawValue>,
    params: Option<&'a RawValue>,
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members = Members::default();
        let mut seen = BTreeSet::new();
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "jsonrpc" => members.version = Some(map.next_value()?),
                "id" => members.id = Some(map.next_value()?),
                "method" => members.method = Some(map.next_value()?),
                "params" => members.params = Some(map.next_value()?),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
            if let Some(name) = seen.replace(name) {
                return Err(A::Error::custom(format_args!("duplicate member `{name}`")));
            }
            if seen.len() > MAX_MEMBERS {
                return Err(A::Error::custom("too many members"));
            }
        }
        Ok(members)
    }
}

/// Reads a batch, or none if it has too many entries; of those none is kept.
struct BatchSeed {
    max_calls: usize,
}

impl<'de> DeserializeSeed<'de> for BatchSeed {
    type Value = Option<Vec<Entry<'de>>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for BatchSeed {
    type Value = Option<Vec<Entry<'de>>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut batch: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while entries.len() < self.max_calls {
            match batch.next_element::<&RawValue>()? {
                Some(json) => entries.push(entry(json.get())),
                None => return Ok(Some(entries)),
            }
        }
        let mut is_too_long = false;
        while batch.next_element::<IgnoredAny>()?.is_some() {
            is_too_long = true;
        }
        Ok((!is_too_long).then_some(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is made of a body, in few words.
    fn outcome(body: &str) -> String {
        let one = |entry: &Entry<'_>| match entry {
            Ok(Call { id, method, params }) => {
                format!("{} {method} {}", id.unwrap_or("-"), params.unwrap_or("-"))
            }
            Err(Refusal { id, code }) => format!("{} {}", id.unwrap_or("-"), code.code()),
        };
        match read(body.as_bytes(), 3) {
            Ok(Message::One(entry)) => one(&entry),
            Ok(Message::Batch(entries)) => {
                let entries: Vec<_> = entries.iter().map(one).collect();
                format!("[{}]", entries.join(", "))
            }
            Err(error) => error.code().to_string(),
        }
    }

    fn with_id(id: &str) -> String {
        outcome(&format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"m"}}"#))
    }

    #[test]
    fn an_id_is_kept_as_it_was_written() {
        for id in [
            "0",
            "-1",
            "18446744073709551616",
            "340282366920938463463374607431768211456",
            r#""""#,
            r#""a\u0062\n""#,
            "null",
        ] {
            assert_eq!(with_id(id), format!("{id} m -"));
        }
        for id in ["1.5", "1.0", "1e3", "{}", "[1]", "true", "false", "-1.0"] {
            assert_eq!(with_id(id), "null -32600", "{id}");
        }
        for id in ["", "01", "+1", "-", "nul", "'a'", "NaN"] {
            assert_eq!(with_id(id), "-32700", "{id}");
        }
    }

    #[test]
    fn what_is_no_call_is_an_invalid_request() {
        for body in ["null", "1", r#""x""#, "true", "{}", r#"{"id":1.5}"#] {
            assert_eq!(outcome(body), "null -32600", "{body}");
        }
        for (body, expected) in [
            (r#"{"jsonrpc":"2.0","id":7}"#, "7 -32600"),
            (r#"{"jsonrpc":"2.0","id":7,"method":1}"#, "7 -32600"),
            (r#"{"jsonrpc":"2.0","id":7,"method":"\ud800"}"#, "7 -32600"),
            (r#"{"jsonrpc":"1.0","id":7,"method":"m"}"#, "7 -32600"),
            (r#"{"jsonrpc":2.0,"id":7,"method":"m"}"#, "7 -32600"),
            (r#"{"id":7,"method":"m"}"#, "7 -32600"),
            (r#"{"method":"m"}"#, "null -32600"),
            (r#"{"jsonrpc":"2.0","method":null}"#, "null -32600"),
            (
                r#"{"jsonrpc":"2.0","id":7,"id":7,"method":"m"}"#,
                "null -32600",
            ),
            (
                r#"{"jsonrpc":"2.0","id":7,"method":"m","x":1,"\u0078":1}"#,
                "null -32600",
            ),
        ] {
            assert_eq!(outcome(body), expected, "{body}");
        }
        let many: String = (0..100).map(|n| format!(r#","{n}":1"#)).collect();
        let body = format!(r#"{{"jsonrpc":"2.0","id":7,"method":"m"{many}}}"#);
        assert_eq!(outcome(&body), "null -32600");
    }

    #[test]
    fn parameters_are_an_array_or_an_object_or_none() {
        let with = |params: &str, id: &str| {
            outcome(&format!(
                r#"{{"jsonrpc":"2.0",{id}"method":"m","params":{params}}}"#
            ))
        };
        for params in ["[]", "[1,{\"a\":2}]", "{}", "{\"a\":[]}"] {
            assert_eq!(with(params, "\"id\":7,"), format!("7 m {params}"));
        }
        assert_eq!(with("null", "\"id\":7,"), "7 m -");
        for params in ["1", "\"x\"", "true"] {
            assert_eq!(with(params, "\"id\":7,"), "7 -32602", "{params}");
            assert_eq!(with(params, ""), "- -32602", "a notification has no answer");
        }
    }

    #[test]
    fn a_call_without_an_id_is_a_notification() {
        assert_eq!(outcome(r#"{"jsonrpc":"2.0","method":"m"}"#), "- m -");
        assert_eq!(
            outcome(r#" {"extra":{},"method":"m","params":[1],"jsonrpc":"2.0"} "#),
            "- m [1]"
        );
    }

    #[test]
    fn a_batch_has_from_one_call_to_the_limit() {
        let call = r#"{"jsonrpc":"2.0","id":7,"method":"m"}"#;
        assert_eq!(outcome("[]"), "-32600");
        assert_eq!(outcome(" \n[ ]"), "-32600");
        assert_eq!(outcome(&format!("[{call}]")), "[7 m -]");
        assert_eq!(
            outcome(&format!("\t[{call},1,[{call}]]")),
            "[7 m -, null -32600, null -32600]"
        );
        assert_eq!(outcome("[1,1,1,1]"), "-32010");
        for body in ["[1,1,1,1", "[1,]", "[1] 1", "[1,1,1,1] 1", "[", "[1,1,1,x]"] {
            assert_eq!(outcome(body), "-32700", "{body}");
        }
    }

    #[test]
    fn what_is_no_json_is_a_parse_error() {
        for body in [
            "",
            " ",
            "hello",
            "{",
            r#"{"jsonrpc":"2.0"} x"#,
            "\u{feff}{}",
            "\u{a0}[]",
        ] {
            assert_eq!(outcome(body), "-32700", "{body}");
        }
        let invalid = [
            b"{\"jsonrpc\":\"2.0\",\"id\":\"",
            &[0xff][..],
            b"\",\"method\":\"m\"}",
        ];
        let error = read(&invalid.concat(), 3).unwrap_err();
        assert_eq!(error.code(), -32700);
    }

    /// No stack is used up.
    #[test]
    fn depth_is_of_no_account_to_the_reader() {
        let deep = "[".repeat(1_000_000) + &"]".repeat(1_000_000);
        assert_eq!(outcome(&deep), "[null -32600]");
        let params = format!(r#"{{"jsonrpc":"2.0","id":7,"method":"m","params":{deep}}}"#);
        assert_eq!(outcome(&params), format!("7 m {deep}"));
        let open = "[".repeat(1_000_000);
        assert_eq!(outcome(&open), "-32700");
    }
}
