//! The form of requests and replies: HTTP, JSON and JSON-RPC 2.0, read without the nodes, strictly
//! and for what each of them says of what is wrong. DECISIONS: json-strictness, body-limit.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::trace::{HttpReply, HttpRequest};

/// The largest body of a request.
const LARGEST: u64 = 10 * 1024 * 1024;

/// How many calls one batch may have at least; how many more are taken is a node's own business.
const BATCH: usize = 100;

/// The form of a request.
#[derive(Clone, Debug)]
pub enum Form<'a> {
    /// It is no POST.
    NotPost,
    /// It is not said to be JSON.
    NotJson,
    /// Its body is above the bound.
    TooLarge,
    /// Its body is no JSON in UTF-8.
    Unreadable {
        /// Whether that is for its encoding alone.
        encoding: bool,
    },
    /// One call, or what should be one.
    One(Part<'a>),
    /// A batch with nothing in it.
    EmptyBatch,
    /// A batch.
    Batch(Vec<Part<'a>>),
    /// A batch of more calls than anybody has to take.
    LongBatch,
}

/// A call, or what should be one.
#[derive(Clone, Debug)]
pub struct Part<'a> {
    /// The id as it was written; none if there is none, or none that is one. A number with a
    /// fraction is one to some and none to others.
    pub id: Option<&'a str>,
    /// Whether its sender wants no answer.
    pub is_notification: bool,
    /// What it calls, or the code of what is wrong with it.
    pub call: Result<Called<'a>, i64>,
}

impl Part<'_> {
    /// Whether its id is a number with a fraction: "Numbers SHOULD NOT contain fractional parts"
    /// (JSON-RPC 2.0, section 4), which refuses none.
    #[must_use]
    pub fn has_fraction(&self) -> bool {
        self.id.is_some_and(|id| is_number(id) && !is_id(id))
    }
}

/// What is called.
#[derive(Clone, Debug)]
pub struct Called<'a> {
    /// The method.
    pub method: String,
    /// The parameters as they were written, if there are any.
    pub params: Option<&'a str>,
}

/// JSON-RPC's "Invalid Request".
const INVALID: i64 = -32600;
/// JSON-RPC's "Invalid params".
const PARAMS: i64 = -32602;

impl<'a> Form<'a> {
    /// The form of a request.
    #[must_use]
    pub fn of(request: &'a HttpRequest) -> Self {
        let header = |name: &str| {
            let mut headers = request.headers.iter();
            headers
                .find(|(of, _)| **of == *name)
                .map(|(_, value)| &**value)
        };
        if *request.method != *"POST" {
            return Self::NotPost;
        }
        let announced = header("content-length").and_then(|length| length.parse().ok());
        let length = announced.unwrap_or(request.body.len() as u64);
        if length > LARGEST {
            return Self::TooLarge;
        }
        // What the trace does not tell of is JSON in UTF-8.
        if header("content-type").is_some_and(|value| !is_json(value)) {
            return Self::NotJson;
        }
        let Ok(text) = std::str::from_utf8(&request.body) else {
            return Self::Unreadable { encoding: true };
        };
        let Ok(whole) = serde_json::from_str::<&RawValue>(text) else {
            let encoding = text.starts_with('\u{feff}');
            return Self::Unreadable { encoding };
        };
        if !whole.get().starts_with('[') {
            return Self::One(Part::of(whole.get()));
        }
        match serde_json::from_str::<Vec<&RawValue>>(whole.get()) {
            Err(_) => Self::Unreadable { encoding: false },
            Ok(parts) if parts.is_empty() => Self::EmptyBatch,
            Ok(parts) if parts.len() > BATCH => Self::LongBatch,
            Ok(parts) => Self::Batch(parts.into_iter().map(|it| Part::of(it.get())).collect()),
        }
    }

    /// Every call, or what should be one.
    #[must_use]
    pub fn parts(&self) -> &[Part<'a>] {
        match self {
            Self::One(part) => std::slice::from_ref(part),
            Self::Batch(parts) => parts,
            Self::NotPost
            | Self::NotJson
            | Self::TooLarge
            | Self::Unreadable { .. }
            | Self::EmptyBatch
            | Self::LongBatch => &[],
        }
    }
}

impl<'a> Part<'a> {
    fn of(json: &'a str) -> Self {
        let odd = |id: Option<&'a str>, code| Self {
            id,
            is_notification: false,
            call: Err(code),
        };
        let Some(members) = members(json) else {
            return odd(None, INVALID);
        };
        let get = |name: &str| {
            let mut of = members.iter();
            of.find(|(of, _)| of == name).map(|(_, value)| value.get())
        };
        let id = get("id");
        if id.is_some_and(|id| !is_id(id)) {
            return odd(id.filter(|id| is_number(id)), INVALID);
        }
        let text = |name| get(name).and_then(|json| serde_json::from_str::<String>(json).ok());
        let (Some("2.0"), Some(method)) = (text("jsonrpc").as_deref(), text("method")) else {
            return odd(id, INVALID);
        };
        let params = get("params").filter(|params| *params != "null");
        let call = if params.is_none_or(|params| params.starts_with(['[', '{'])) {
            Ok(Called { method, params })
        } else {
            Err(PARAMS)
        };
        Self {
            id,
            is_notification: id.is_none(),
            call,
        }
    }
}

/// An id is a string, a whole number of any size, or null.
fn is_id(json: &str) -> bool {
    let digits = json.strip_prefix('-').unwrap_or(json);
    json == "null"
        || json.starts_with('"')
        || (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_number(json: &str) -> bool {
    json.starts_with(|first: char| first == '-' || first.is_ascii_digit())
}

/// Whether a content type is one of those that JSON-RPC goes by, with its only encoding or none.
fn is_json(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    let mut parts = value.split(';').map(str::trim);
    matches!(
        parts.next(),
        Some("application/json" | "application/json-rpc")
    ) && parts.all(|part| part == "charset=utf-8")
}

/// The members of an object in their order; nothing if it is none, or if one stands twice.
#[must_use]
pub fn members(json: &str) -> Option<Vec<(String, &RawValue)>> {
    struct Members<'a>(Vec<(String, &'a RawValue)>);
    impl<'de> Deserialize<'de> for Members<'de> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Reader;
            impl<'de> Visitor<'de> for Reader {
                type Value = Members<'de>;

                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("an object")
                }

                fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                    let mut members = Vec::new();
                    while let Some(member) = map.next_entry()? {
                        members.push(member);
                    }
                    Ok(Members(members))
                }
            }
            deserializer.deserialize_map(Reader)
        }
    }
    if !json.starts_with('{') {
        return None;
    }
    let Members(members) = serde_json::from_str(json).ok()?;
    let mut names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    let twice = names.windows(2).any(|two| two[0] == two[1]);
    (!twice).then_some(members)
}

/// Whether a text is a list; how long.
#[must_use]
pub fn length(json: &str) -> Option<usize> {
    struct Length(usize);
    impl<'de> Deserialize<'de> for Length {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Reader;
            impl<'de> Visitor<'de> for Reader {
                type Value = Length;

                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("a list")
                }

                fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Length, A::Error> {
                    let mut length = 0;
                    while seq.next_element::<IgnoredAny>()?.is_some() {
                        length += 1;
                    }
                    Ok(Length(length))
                }
            }
            deserializer.deserialize_seq(Reader)
        }
    }
    serde_json::from_str(json).ok().map(|Length(length)| length)
}

/// The form of a reply.
#[derive(Clone, Debug)]
pub enum Said<'a> {
    /// Nothing.
    Nothing,
    /// No JSON.
    Other,
    /// One response, or why what should be one is none.
    One(Result<Response<'a>, String>),
    /// A batch of them.
    Batch(Vec<Result<Response<'a>, String>>),
}

/// A response.
#[derive(Clone, Debug)]
pub struct Response<'a> {
    /// The id as it was written.
    pub id: &'a str,
    /// The result as it was written, or the error.
    pub outcome: Result<&'a str, Refused>,
}

/// An error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The code.
    pub code: i64,
    /// The message.
    pub message: String,
}

impl<'a> Said<'a> {
    /// The form of a reply.
    #[must_use]
    pub fn of(reply: &'a HttpReply) -> Self {
        if reply.body.is_empty() {
            return Self::Nothing;
        }
        let Ok(whole) = serde_json::from_slice::<&RawValue>(&reply.body) else {
            return Self::Other;
        };
        match serde_json::from_str::<Vec<&RawValue>>(whole.get()) {
            Ok(parts) => Self::Batch(parts.iter().map(|it| Response::of(it.get())).collect()),
            Err(_) => Self::One(Response::of(whole.get())),
        }
    }

    /// The only response, if there is one that reads.
    #[must_use]
    pub fn one(&self) -> Option<&Response<'a>> {
        match self {
            Self::One(Ok(response)) => Some(response),
            Self::Nothing | Self::Other | Self::One(Err(_)) | Self::Batch(_) => None,
        }
    }

    /// The code of the only response, if it is an error.
    #[must_use]
    pub fn code(&self) -> Option<i64> {
        let error = self.one()?.outcome.as_ref().err()?;
        Some(error.code)
    }
}

impl<'a> Response<'a> {
    /// Reads a response: exactly the members that JSON-RPC 2.0 gives it, each of its type.
    fn of(json: &'a str) -> Result<Self, String> {
        let members = members(json).ok_or("it is no object, or has a member twice")?;
        let (mut version, mut id, mut result, mut error) = (None, None, None, None);
        for (name, value) in &members {
            let value = value.get();
            match name.as_str() {
                "jsonrpc" => version = Some(value),
                "id" => id = Some(value),
                "result" => result = Some(value),
                "error" => error = Some(value),
                other => return Err(format!("a response has no member `{other}`")),
            }
        }
        if version != Some("\"2.0\"") {
            return Err("its `jsonrpc` is not \"2.0\"".to_owned());
        }
        let id = id.ok_or("it has no id")?;
        let outcome = match (result, error) {
            (Some(result), None) => Ok(result),
            (None, Some(error)) => Err(refused(error)?),
            (Some(_), Some(_)) => return Err("it has a result and an error".to_owned()),
            (None, None) => return Err("it has neither a result nor an error".to_owned()),
        };
        Ok(Self { id, outcome })
    }
}

fn refused(json: &str) -> Result<Refused, String> {
    let members = members(json).ok_or("its error is no object")?;
    let (mut code, mut message) = (None, None);
    for (name, value) in &members {
        match name.as_str() {
            "code" => code = serde_json::from_str(value.get()).ok(),
            "message" => message = serde_json::from_str(value.get()).ok(),
            "data" => {}
            other => return Err(format!("an error has no member `{other}`")),
        }
    }
    Ok(Refused {
        code: code.ok_or("the code of its error is no whole number")?,
        message: message.ok_or("the message of its error is no text")?,
    })
}
