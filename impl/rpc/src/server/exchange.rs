//! One exchange: a request comes in, is dispatched, and its reply leaves.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use jsonrpsee::Methods;
use jsonrpsee::server::{
    BatchRequestConfig, ServerBuilder, ServerHandle, TowerService, stop_channel,
};
use jsonrpsee::types::ErrorObjectOwned;
use jsonrpsee::types::error::reject_too_big_request;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::timeout;
use tower::ServiceExt;
use tower::layer::util::Identity;

use super::auth::{AuthScope, is_engine};
use super::{ServerConfig, strict};
use crate::jwt::TokenError;
use crate::tap::WireEvent;

/// What all connections of a server share.
#[derive(Debug)]
pub(super) struct Node {
    dispatch: TowerService<Identity, Identity>,
    config: ServerConfig,
    /// Dispatch counts as stopped once this is dropped.
    _running: ServerHandle,
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
    #[error("dispatch failed: {0}")]
    Dispatch(String),
}

impl Node {
    pub(super) fn new(methods: Methods, config: ServerConfig) -> Self {
        let limits = &config.limits;
        let dispatch = jsonrpsee::server::ServerConfig::builder()
            .max_request_body_size(limits.max_request_bytes)
            .max_response_body_size(limits.max_response_bytes)
            .max_connections(u32::try_from(limits.max_connections).unwrap_or(u32::MAX))
            .set_batch_request_config(BatchRequestConfig::Limit(limits.max_batch_calls))
            .http_only()
            .build();
        let (stop, running) = stop_channel();
        let dispatch = ServerBuilder::with_config(dispatch)
            .to_service_builder()
            .build(methods, stop);
        Self {
            dispatch,
            config,
            _running: running,
        }
    }

    /// Answers one request.
    pub(super) async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Abort> {
        let (head, body) = request.into_parts();
        if let Err(error) = self.lets_in(&head.headers, None) {
            return Ok(unauthorised(error).into());
        }
        let limits = &self.config.limits;
        let body = if head.method == Method::POST {
            timeout(
                limits.body_timeout,
                read(body, limits.max_request_bytes as usize),
            )
            .await
            .map_err(|_elapsed| Abort::SlowBody)??
        } else {
            // Dispatch refuses the method; the body is of no interest.
            Some(Bytes::new())
        };
        let Some(body) = body else {
            return Ok(too_large(limits.max_request_bytes).into());
        };
        if let Err(error) = self.lets_in(&head.headers, Some(&body)) {
            return Ok(unauthorised(error).into());
        }
        let call = self.received(&body);
        let reply = timeout(limits.answer_timeout, self.dispatch(body, head))
            .await
            .map_err(|_elapsed| Abort::SlowAnswer)??;
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

    /// Judges whether a request may come in, before its body was read and after.
    fn lets_in(&self, headers: &HeaderMap, body: Option<&[u8]>) -> Result<(), TokenError> {
        let Some(auth) = &self.config.auth else {
            return Ok(());
        };
        let is_needed = match (auth.scope, body) {
            (AuthScope::EveryRequest, None) => true,
            (AuthScope::EngineMethods, Some(body)) => {
                strict::methods(body).any(|it| is_engine(&it))
            }
            (AuthScope::EveryRequest, Some(_)) | (AuthScope::EngineMethods, None) => false,
        };
        if is_needed {
            auth.jwt.check(headers)
        } else {
            Ok(())
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

    /// Hands a request to the methods.
    async fn dispatch(&self, body: Bytes, head: http::request::Parts) -> Result<Reply, Abort> {
        if let Err(reply) = strict::check(&body) {
            return Ok(reply);
        }
        let failed = |error: jsonrpsee::core::BoxError| Abort::Dispatch(error.to_string());
        let response = self
            .dispatch
            .clone()
            .oneshot(Request::from_parts(head, Full::new(body)))
            .await
            .map_err(failed)?;
        let (head, body) = response.into_parts();
        let body = body.collect().await.map_err(failed)?.to_bytes();
        let content_type = head.headers.get(header::CONTENT_TYPE);
        Ok(Reply {
            status: head.status,
            content_type: content_type.cloned().unwrap_or(JSON),
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

/// The reply to a request over the limit.
fn too_large(limit: u32) -> Reply {
    Reply {
        status: StatusCode::PAYLOAD_TOO_LARGE,
        ..Reply::error(&reject_too_big_request(limit))
    }
}

/// The reply to a request without a good token.
fn unauthorised(error: TokenError) -> Reply {
    Reply {
        status: StatusCode::UNAUTHORIZED,
        content_type: TEXT,
        body: error.to_string().into(),
    }
}

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A reply.
pub(super) struct Reply {
    status: StatusCode,
    content_type: HeaderValue,
    body: Bytes,
}

impl Reply {
    /// A reply of status 200 with a JSON-RPC error and no id.
    pub(super) fn error(error: &ErrorObjectOwned) -> Self {
        let error = serde_json::json!({ "jsonrpc": "2.0", "id": null, "error": error });
        Self {
            status: StatusCode::OK,
            content_type: JSON,
            body: error.to_string().into(),
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
