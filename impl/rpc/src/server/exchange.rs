//! One exchange: a request comes in, is carried out, and its reply leaves.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::request::Parts;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body::Body;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use jsonrpsee::Methods;
use jsonrpsee::types::ErrorObjectOwned;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::auth::{AuthScope, is_engine};
use super::pages::Cors;
use super::reply::{Reply, ReplyBody};
use super::strict::Message;
use super::{ServerConfig, calls, strict};
use crate::budget::{ByteBudget, HeldBytes};
use crate::jwt::TokenError;
use crate::limits::{LARGE_BYTES, ServerLimits};
use crate::tap::WireEvent;

/// What all connections of a server share.
#[derive(Debug)]
pub(super) struct Node {
    methods: Methods,
    config: ServerConfig,
    budget: Arc<ByteBudget>,
    /// Whose turn it is to read a large body.
    large: Semaphore,
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

/// What became of a body that was read.
enum Read {
    Whole(Bytes),
    /// It is over the limit of one body.
    TooLarge,
    /// It is over what is left of the limit of all.
    TooMuch,
}

impl Node {
    pub(super) fn new(methods: Methods, config: ServerConfig) -> Self {
        let budget = Arc::new(ByteBudget::new(config.limits.max_held_bytes));
        Self {
            methods,
            config,
            budget,
            large: Semaphore::new(1),
        }
    }

    pub(super) const fn limits(&self) -> &ServerLimits {
        &self.config.limits
    }

    /// Answers one request.
    pub(super) async fn answer(
        &self,
        request: Request<Incoming>,
    ) -> Result<Response<ReplyBody>, Abort> {
        let (head, body) = request.into_parts();
        let mut response = if head.method == Method::POST {
            let mut held = HeldBytes::nothing(self.budget.clone());
            let mut reply = self.reply(&head, body, &mut held).await?;
            // The request is gone, its reply takes its place.
            if !held.hold(reply.body.len()) {
                self.config.counters.refused_body();
                reply = Reply::too_much();
            }
            reply.into_response(Some(held))
        } else {
            self.shown(&head)
        };
        self.config.cors.tell(response.headers_mut());
        Ok(response)
    }

    /// Replies to a request that brings nothing.
    fn shown(&self, head: &Parts) -> Response<ReplyBody> {
        if head.method == Method::OPTIONS && self.config.cors == Cors::AnyOrigin {
            let mut response = Reply::text(StatusCode::NO_CONTENT, "").into_response(None);
            Cors::tell_before(response.headers_mut());
            return response;
        }
        let page = if head.method == Method::GET || head.method == Method::HEAD {
            self.config.pages.make(head.uri.path())
        } else {
            None
        };
        let refused = || Reply::text(StatusCode::METHOD_NOT_ALLOWED, "POST is required");
        page.map_or_else(refused, Reply::page).into_response(None)
    }

    /// Replies to a request that brings calls.
    async fn reply(
        &self,
        head: &Parts,
        body: Incoming,
        held: &mut HeldBytes,
    ) -> Result<Reply, Abort> {
        if let Err(error) = self.lets_in(&head.headers, |scope| scope == AuthScope::EveryRequest) {
            return Ok(Reply::unauthorised(error));
        }
        let limits = &self.config.limits;
        let body = timeout(limits.body_timeout, read(body, limits, held))
            .await
            .map_err(|_elapsed| Abort::SlowBody)??;
        let body = match body {
            Read::Whole(body) => body,
            Read::TooLarge => {
                self.config.counters.refused_body();
                return Ok(Reply::too_large(limits.max_request_bytes));
            }
            Read::TooMuch => {
                self.config.counters.refused_body();
                return Ok(Reply::too_much());
            }
        };
        let message = self.message(&body).await;
        let calls_engine =
            |message: &Message<'_>| message.calls().any(|call| is_engine(&call.method));
        let is_needed =
            |scope| scope == AuthScope::EngineMethods && message.as_ref().is_ok_and(calls_engine);
        if let Err(error) = self.lets_in(&head.headers, is_needed) {
            return Ok(Reply::unauthorised(error));
        }
        let call = self.received(&body);
        let reply = if is_json(&head.headers) {
            self.carry_out(message).await?
        } else {
            let text = "application/json is required";
            Reply::text(StatusCode::UNSUPPORTED_MEDIA_TYPE, text)
        };
        if let (Some(tap), Some((id, method))) = (&self.config.tap, call) {
            tap.emit(WireEvent::ReplySent {
                id,
                method,
                status: reply.status.as_u16(),
                body: reply.body.clone(),
            });
        }
        Ok(reply)
    }

    /// Reads a body as calls. That takes a while for a large one, which is not to keep all threads
    /// of a runtime busy.
    async fn message<'a>(&self, body: &'a [u8]) -> Result<Message<'a>, ErrorObjectOwned> {
        let _turn = if body.len() > LARGE_BYTES {
            self.large.acquire().await.ok()
        } else {
            None
        };
        strict::read(body, self.config.limits.max_batch_calls)
    }

    /// Judges the token of a request, if it needs one.
    fn lets_in(
        &self,
        headers: &HeaderMap,
        is_needed: impl FnOnce(AuthScope) -> bool,
    ) -> Result<(), TokenError> {
        match &self.config.auth {
            Some(auth) if is_needed(auth.scope) => auth
                .jwt
                .check(headers)
                .inspect_err(|_| self.config.counters.refused_token()),
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
        Ok(Reply::answer(body))
    }
}

/// Reads a body to its end, or to a limit.
async fn read(
    mut body: Incoming,
    limits: &ServerLimits,
    held: &mut HeldBytes,
) -> Result<Read, Abort> {
    let limit = limits.max_request_bytes as usize;
    if body.size_hint().lower() > limit as u64 {
        return Ok(Read::TooLarge);
    }
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(Abort::BrokenBody)?.into_data() else {
            continue;
        };
        if read.len() + data.len() > limit {
            return Ok(Read::TooLarge);
        }
        if !held.hold(read.len() + data.len()) {
            return Ok(Read::TooMuch);
        }
        read.extend_from_slice(&data);
    }
    Ok(Read::Whole(read.freeze()))
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
