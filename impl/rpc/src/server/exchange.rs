//! One exchange: a request comes in, is dispatched, and its reply leaves.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use jsonrpsee::Methods;
use jsonrpsee::types::ErrorObjectOwned;
use jsonrpsee::types::error::{ErrorCode, reject_too_big_request};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::timeout;

use super::auth::{AuthScope, is_engine};
use super::strict::Message;
use super::{ServerConfig, calls, strict};
use crate::jwt::TokenError;
use crate::tap::WireEvent;

/// What all connections of a server share.
#[derive(Debug)]
pub(super) struct Node {
    methods: Methods,
    config: ServerConfig,
}

/// Why an exchange ends without a reply; the connection is closed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Abort {
    #[error("the request body did not arrive in time")]
    SlowBody,
    #[error("the request body did not arrive")]
    BrokenBody(#[source] hyper::Error),
    #[error("no reply was ready in time")]
    SlowAnswer,
}

impl Node {
    pub(super) const fn new(methods: Methods, config: ServerConfig) -> Self {
        Self { methods, config }
    }

    /// Answers one request.
    pub(super) async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Abort> {
        let (head, body) = request.into_parts();
        if let Err(error) = self.lets_in(&head.headers, |scope| scope == AuthScope::EveryRequest) {
            return Ok(unauthorised(error).into());
        }
        let limits = &self.config.limits;
        if head.method != Method::POST {
            return Ok(Reply::text(StatusCode::METHOD_NOT_ALLOWED, "POST is required").into());
        }
        let max_bytes = limits.max_request_bytes as usize;
        let body = timeout(limits.body_timeout, read(body, max_bytes))
            .await
            .map_err(|_elapsed| Abort::SlowBody)??;
        let Some(body) = body else {
            return Ok(too_large(limits.max_request_bytes).into());
        };
        let message = strict::read(&body, limits.max_batch_calls);
        let calls_engine =
            |message: &Message<'_>| message.calls().any(|call| is_engine(&call.method));
        let is_needed =
            |scope| scope == AuthScope::EngineMethods && message.as_ref().is_ok_and(calls_engine);
        if let Err(error) = self.lets_in(&head.headers, is_needed) {
            return Ok(unauthorised(error).into());
        }
        let call = self.received(&body);
        let reply = if is_json(&head.headers) {
            self.carry_out(message).await?
        } else {
            Reply::text(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "application/json is required",
            )
        };
        if let (Some(tap), Some((id, method))) = (&self.config.tap, call) {
            tap.emit(WireEvent::ReplySent {
                id,
                method,
                status: reply.status.as_u16(),
                body: reply.body.clone(),
            });
        }
        Ok(reply.into())
    }

    /// Judges the token of a request, if it needs one.
    fn lets_in(
        &self,
        headers: &HeaderMap,
        is_needed: impl FnOnce(AuthScope) -> bool,
    ) -> Result<(), TokenError> {
        match &self.config.auth {
            Some(auth) if is_needed(auth.scope) => auth.jwt.check(headers),
            Some(_) | None => Ok(()),
        }
    }

    /// Tells the tap, if there is one, of a request; returns its id and its method.
    fn received(&self, body: &[u8]) -> Option<(Arc<str>, Arc<str>)> {
        let tap = self.config.tap.as_ref()?;
        let (id, method, params) = read_call(body);
        let call = Some((id.clone(), method.clone()));
        tap.emit(WireEvent::RequestReceived { id, method, params });
        call
    }

    /// Hands the calls of a body to the methods.
    async fn carry_out(
        &self,
        message: Result<Message<'_>, ErrorObjectOwned>,
    ) -> Result<Reply, Abort> {
        let limits = &self.config.limits;
        let message = match message {
            Ok(message) => message,
            Err(error) => return Ok(Reply::unread(&error)),
        };
        let max_bytes = limits.max_response_bytes as usize;
        let answer = calls::answer(&self.methods, message, max_bytes);
        let body = timeout(limits.answer_timeout, answer)
            .await
            .map_err(|_elapsed| Abort::SlowAnswer)?;
        Ok(Reply {
            status: StatusCode::OK,
            content_type: JSON,
            body,
        })
    }
}

/// Reads a body to its end, or to the limit: then there is none.
async fn read(mut body: Incoming, limit: usize) -> Result<Option<Bytes>, Abort> {
    if body.size_hint().lower() > limit as u64 {
        return Ok(None);
    }
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(Abort::BrokenBody)?.into_data() else {
            continue;
        };
        if read.len() + data.len() > limit {
            return Ok(None);
        }
        read.extend_from_slice(&data);
    }
    Ok(Some(read.freeze()))
}

/// Reads a body as far as it can be read, as the id, the method and the parameters of a call;
/// whether it is well formed is for dispatch to say.
fn read_call(body: &[u8]) -> (Arc<str>, Arc<str>, Arc<str>) {
    #[derive(Deserialize)]
    struct Call<'a> {
        #[serde(borrow, default)]
        id: Option<&'a RawValue>,
        method: String,
        #[serde(borrow, default)]
        params: Option<&'a RawValue>,
    }
    let json = |value: Option<&RawValue>| value.map_or("null", RawValue::get).into();
    match serde_json::from_slice::<Call<'_>>(body) {
        Ok(call) => (json(call.id), call.method.into(), json(call.params)),
        Err(_) => (json(None), "".into(), String::from_utf8_lossy(body).into()),
    }
}

/// Whether a body is said to be JSON, with its only encoding or none named. What a page of another
/// origin may send without asking is not.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return false;
    };
    let value = value.as_bytes().to_ascii_lowercase();
    let mut parts = value.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    let media_type = parts.next();
    [&b"application/json"[..], b"application/json-rpc"]
        .map(Some)
        .contains(&media_type)
        && parts.all(|part| part == b"charset=utf-8")
}

/// The reply to a request over the limit.
fn too_large(limit: u32) -> Reply {
    Reply {
        status: StatusCode::PAYLOAD_TOO_LARGE,
        ..Reply::unread(&reject_too_big_request(limit))
    }
}

/// The reply to a request without a good token.
fn unauthorised(error: TokenError) -> Reply {
    Reply::text(StatusCode::UNAUTHORIZED, error.to_string())
}

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// A reply.
pub(super) struct Reply {
    status: StatusCode,
    content_type: HeaderValue,
    body: Bytes,
}

impl Reply {
    /// The reply to a body in which there is nothing that could be answered.
    fn unread(error: &ErrorObjectOwned) -> Self {
        let is_json = error.code() != ErrorCode::ParseError.code();
        Self {
            status: if is_json {
                StatusCode::OK
            } else {
                StatusCode::BAD_REQUEST
            },
            content_type: JSON,
            body: calls::error("null", error).into(),
        }
    }

    /// A reply of one line of text, which says why there is no other.
    fn text(status: StatusCode, text: impl Into<Bytes>) -> Self {
        Self {
            status,
            content_type: TEXT,
            body: text.into(),
        }
    }
}

impl From<Reply> for Response<Full<Bytes>> {
    fn from(reply: Reply) -> Self {
        let mut response = Self::new(Full::new(reply.body));
        *response.status_mut() = reply.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, reply.content_type);
        response
    }
}
