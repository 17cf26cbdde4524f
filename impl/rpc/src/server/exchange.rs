//! One exchange: a request comes in, passes the gate, is dispatched, and its reply leaves.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use jsonrpsee::Methods;
use jsonrpsee::server::{
    BatchRequestConfig, ServerBuilder, ServerHandle, TowerService, stop_channel,
};
use jsonrpsee::types::error::reject_too_big_request;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::timeout;
use tower::ServiceExt;
use tower::layer::util::Identity;

use super::ServerConfig;
use super::body::PacedBody;
use super::gate::{Inbound, RawReply, ReplyVerdict, RequestVerdict};
use super::strict;
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
    #[error("the gate closed the connection")]
    Reset,
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
    ) -> Result<Response<PacedBody>, Abort> {
        let (head, body) = request.into_parts();
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
            return Ok(encode(too_large(limits.max_request_bytes)));
        };
        let request = inbound(body);
        let reply = timeout(limits.answer_timeout, self.reply(&request, head))
            .await
            .map_err(|_elapsed| Abort::SlowAnswer)??;
        if let Some(tap) = &self.config.tap {
            tap.emit(WireEvent::ReplySent {
                id: request.id,
                method: request.method,
                status: reply.status,
                body: reply.body.clone(),
            });
        }
        Ok(encode(reply))
    }

    /// Takes a request through the gate, the methods, and the gate again.
    async fn reply(
        &self,
        request: &Inbound,
        head: http::request::Parts,
    ) -> Result<RawReply, Abort> {
        let Some(gate) = &self.config.gate else {
            return self.dispatch(request, head).await;
        };
        let reply = match gate.on_request(request).await {
            RequestVerdict::Pass => self.dispatch(request, head).await?,
            RequestVerdict::Replace(body) => self.dispatch(&inbound(body), head).await?,
            RequestVerdict::Answer(reply) => return Ok(reply),
            RequestVerdict::Swallow => return std::future::pending().await,
            RequestVerdict::Reset => return Err(Abort::Reset),
        };
        match gate.on_reply(request, &reply).await {
            ReplyVerdict::Send => Ok(reply),
            ReplyVerdict::SendAs(other) => Ok(other),
            ReplyVerdict::Swallow => std::future::pending().await,
            ReplyVerdict::Reset => Err(Abort::Reset),
        }
    }

    /// Hands a request to the methods.
    async fn dispatch(
        &self,
        request: &Inbound,
        mut head: http::request::Parts,
    ) -> Result<RawReply, Abort> {
        if let Some(tap) = &self.config.tap {
            tap.emit(WireEvent::RequestReceived {
                id: request.id.clone(),
                method: request.method.clone(),
                params: request.params.clone(),
            });
        }
        if let Err(reply) = strict::check(&request.body) {
            return Ok(reply);
        }
        // The body may have been replaced by one of another length.
        head.headers.remove(header::CONTENT_LENGTH);
        let body = Full::new(request.body.clone());
        let failed = |error: jsonrpsee::core::BoxError| Abort::Dispatch(error.to_string());
        let response = self
            .dispatch
            .clone()
            .oneshot(Request::from_parts(head, body))
            .await
            .map_err(failed)?;
        let (head, body) = response.into_parts();
        let body = body.collect().await.map_err(failed)?.to_bytes();
        let content_type = head
            .headers
            .get(header::CONTENT_TYPE)
            .and_then(|it| it.to_str().ok());
        let content_type = content_type.unwrap_or("application/json").to_owned();
        Ok(RawReply::new(head.status.as_u16(), content_type, body))
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

/// Reads a body as far as it can be read; whether it is well formed is for dispatch to say.
fn inbound(body: Bytes) -> Inbound {
    #[derive(Deserialize)]
    struct Call<'a> {
        #[serde(borrow, default)]
        id: Option<&'a RawValue>,
        method: String,
        #[serde(borrow, default)]
        params: Option<&'a RawValue>,
    }
    let json = |value: Option<&RawValue>| value.map_or("null", RawValue::get).into();
    match serde_json::from_slice::<Call<'_>>(&body) {
        Ok(call) => Inbound {
            id: json(call.id),
            method: call.method.into(),
            params: json(call.params),
            body,
        },
        Err(_) => Inbound {
            id: json(None),
            method: "".into(),
            params: String::from_utf8_lossy(&body).into(),
            body,
        },
    }
}

/// The reply to a request over the limit.
fn too_large(limit: u32) -> RawReply {
    let error = reject_too_big_request(limit);
    let status = StatusCode::PAYLOAD_TOO_LARGE.as_u16();
    RawReply {
        status,
        ..RawReply::error(&error)
    }
}

fn encode(reply: RawReply) -> Response<PacedBody> {
    let mut response = Response::new(PacedBody::new(reply.body, reply.pace));
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in reply.headers {
        if let (Ok(name), Ok(value)) = (
            HeaderName::try_from(name.as_ref()),
            HeaderValue::try_from(value.as_ref()),
        ) {
            response.headers_mut().append(name, value);
        }
    }
    response
}
