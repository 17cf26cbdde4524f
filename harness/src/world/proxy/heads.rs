//! HTTP heads as the trace has them, and back.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, request, response};

use crate::trace::{HttpReply, HttpRequest};

/// The content type that tells nothing.
const JSON: &str = "application/json";

/// The headers that tell of the body's length and of nothing else.
const FRAMING: [HeaderName; 2] = [CONTENT_LENGTH, TRANSFER_ENCODING];

/// A request as the trace has it.
pub(super) fn request(head: &request::Parts, body: Bytes) -> HttpRequest {
    HttpRequest {
        method: head.method.as_str().into(),
        path: target(&head.uri),
        headers: telling(&head.headers, &body),
        body,
    }
}

/// A reply as the trace has it.
pub(super) fn reply(head: &response::Parts, body: Bytes) -> HttpReply {
    HttpReply {
        status: head.status.as_u16(),
        headers: telling(&head.headers, &body),
        body,
    }
}

/// Puts another request in the place of one that arrived: what its headers do not tell stays. What
/// HTTP cannot write stays too.
pub(super) fn replace(head: &mut request::Parts, other: &HttpRequest) {
    if let Ok(method) = Method::from_bytes(other.method.as_bytes()) {
        head.method = method;
    }
    if let Ok(uri) = other.path.parse() {
        head.uri = uri;
    }
    let silent = [HOST, ACCEPT].map(|name| head.headers.remove(&name).map(|value| (name, value)));
    head.headers = silent.into_iter().flatten().collect();
    tell(&mut head.headers, &other.headers, &other.body);
}

/// The head of a reply of ours. A status that is none is sent as 500.
pub(super) fn head(reply: &HttpReply) -> response::Parts {
    let (mut head, ()) = http::Response::new(()).into_parts();
    head.status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    tell(&mut head.headers, &reply.headers, &reply.body);
    head
}

fn target(uri: &Uri) -> Arc<str> {
    match (uri.authority(), uri.path_and_query()) {
        (None, Some(path)) => path.as_str().into(),
        (Some(_), _) | (None, None) => uri.to_string().into(),
    }
}

/// The headers that tell something. A body without a content type tells that by an empty one.
fn telling(headers: &HeaderMap, body: &Bytes) -> Vec<(Arc<str>, Arc<str>)> {
    let mut telling: Vec<(Arc<str>, Arc<str>)> = headers
        .iter()
        .filter(|(name, value)| match **name {
            HOST | ACCEPT | CONTENT_LENGTH | TRANSFER_ENCODING => false,
            CONTENT_TYPE => !is_json(value),
            _ => true,
        })
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.as_str().into(), (*value).into())
        })
        .collect();
    if !body.is_empty() && !headers.contains_key(CONTENT_TYPE) {
        telling.push((CONTENT_TYPE.as_str().into(), "".into()));
    }
    telling
}

/// Adds the headers that the trace tells of. What HTTP cannot write is left out.
pub(super) fn tell(headers: &mut HeaderMap, telling: &[(Arc<str>, Arc<str>)], body: &Bytes) {
    let mut has_type = body.is_empty();
    for (name, value) in telling {
        let Ok(name) = HeaderName::try_from(&**name) else {
            continue;
        };
        has_type |= name == CONTENT_TYPE;
        if FRAMING.contains(&name) || (name == CONTENT_TYPE && value.is_empty()) {
            continue;
        }
        if let Ok(value) = HeaderValue::try_from(&**value) {
            headers.append(name, value);
        }
    }
    if !has_type {
        headers.append(CONTENT_TYPE, HeaderValue::from_static(JSON));
    }
}

/// Whether a content type is that of JSON, with its only encoding or none named.
fn is_json(value: &HeaderValue) -> bool {
    let value = value.as_bytes().to_ascii_lowercase();
    let mut parts = value.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    parts.next() == Some(JSON.as_bytes()) && parts.all(|part| part == b"charset=utf-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrived(headers: &[(&'static str, &'static str)]) -> request::Parts {
        let mut builder = http::Request::post("/rpc?key=1");
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        builder.body(()).unwrap().into_parts().0
    }

    #[test]
    fn what_tells_nothing_is_left_out() {
        for silent in ["application/json", "Application/JSON; charset=UTF-8"] {
            let head = arrived(&[
                ("host", "builder:1"),
                ("accept", "*/*"),
                ("content-length", "2"),
                ("content-type", silent),
                ("authorization", "Bearer x"),
                ("x-twice", "1"),
                ("x-twice", "2"),
            ]);
            let told = request(&head, "{}".into());
            assert_eq!(
                (&*told.method, &*told.path, &*told.body),
                ("POST", "/rpc?key=1", &b"{}"[..])
            );
            let headers: Vec<_> = told.headers.iter().map(|(n, v)| (&**n, &**v)).collect();
            assert_eq!(
                headers,
                [
                    ("authorization", "Bearer x"),
                    ("x-twice", "1"),
                    ("x-twice", "2")
                ]
            );
        }
    }

    #[test]
    fn another_content_type_and_none_tell_something() {
        for (headers, body, expected) in [
            (vec![], "{}", Some("")),
            (vec![], "", None),
            (
                vec![("content-type", "text/plain")],
                "x",
                Some("text/plain"),
            ),
            (
                vec![("content-type", "application/json; charset=latin1")],
                "x",
                Some("application/json; charset=latin1"),
            ),
        ] {
            let told = request(&arrived(&headers), body.into());
            let types: Vec<_> = told.headers.iter().map(|(_, value)| &**value).collect();
            assert_eq!(types, Vec::from_iter(expected));
        }
    }

    #[test]
    fn a_request_put_in_the_place_of_another_says_what_the_trace_has() {
        for content_type in [None, Some(""), Some("text/plain")] {
            let mut head = arrived(&[
                ("host", "builder:1"),
                ("content-length", "2"),
                ("content-type", "text/html"),
                ("authorization", "Bearer x"),
            ]);
            let mut other = HttpRequest::json("123");
            other.headers = content_type
                .map(|value| (CONTENT_TYPE.as_str().into(), value.into()))
                .into_iter()
                .collect();
            replace(&mut head, &other);
            assert_eq!(request(&head, "123".into()), other);
            assert_eq!(head.headers[HOST], "builder:1");
            assert!(!head.headers.contains_key(CONTENT_LENGTH));
        }
    }

    #[test]
    fn what_http_cannot_write_is_left_out() {
        let head = head(&HttpReply {
            status: 7,
            headers: vec![
                ("a b".into(), "1".into()),
                ("x".into(), "\n".into()),
                ("content-length".into(), "9".into()),
                ("y".into(), "2".into()),
            ],
            body: Bytes::new(),
        });
        assert_eq!(head.status, 500);
        assert_eq!(head.headers.len(), 1);
        assert_eq!(head.headers["y"], "2");
    }
}
