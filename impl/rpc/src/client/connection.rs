//! One HTTP/1.1 connection to a peer, driven by the call that uses it.

use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;

use bytes::{Bytes, BytesMut};
use futures::future::{Either, select};
use http::{HeaderValue, Request, StatusCode, header};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

use super::error::CallError;
use crate::io::{Endpoint, Io};
use crate::limits::{MAX_HEAD_BYTES, MAX_HEADERS};

/// One HTTP/1.1 connection.
pub(super) struct Connection {
    sender: http1::SendRequest<Full<Bytes>>,
    driver: http1::Connection<TokioIo<Box<dyn Io>>, Full<Bytes>>,
    closed: bool,
}

/// A request to be posted.
pub(super) struct Post<'a> {
    /// Where it goes.
    pub(super) endpoint: &'a Endpoint,
    /// The `authorization` header, if there is one.
    pub(super) authorization: Option<HeaderValue>,
    /// The body.
    pub(super) body: Bytes,
}

impl Connection {
    /// Starts HTTP on a stream.
    pub(super) async fn open(stream: Box<dyn Io>) -> Result<Self, CallError> {
        let (sender, driver) = http1::Builder::new()
            .max_buf_size(MAX_HEAD_BYTES)
            .max_headers(MAX_HEADERS)
            .handshake(TokioIo::new(stream))
            .await?;
        Ok(Self {
            sender,
            driver,
            closed: false,
        })
    }

    /// Looks whether the peer closed the connection while it lay idle.
    pub(super) async fn is_open(&mut self) -> bool {
        poll_fn(|cx| {
            self.closed |= Pin::new(&mut self.driver).poll(cx).is_ready();
            Poll::Ready(())
        })
        .await;
        !self.closed && self.sender.is_ready()
    }

    /// Returns whether both ends agreed to use the connection again.
    pub(super) fn is_reusable(&self) -> bool {
        !self.closed && !self.sender.is_closed()
    }

    /// Posts a body and reads the reply's body, which must have status 200 and fit the limit.
    pub(super) async fn post(
        &mut self,
        post: Post<'_>,
        max_bytes: usize,
        status: &mut Option<u16>,
    ) -> Result<Bytes, CallError> {
        let mut request = Request::post(post.endpoint.path.as_str())
            .header(header::HOST, post.endpoint.authority())
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json");
        if let Some(authorization) = post.authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let request = request
            .body(Full::new(post.body))
            .map_err(|error| CallError::Transport(error.into()))?;
        let sent = self.sender.send_request(request);
        let exchange = pin!(async move {
            let response = sent.await?;
            *status = Some(response.status().as_u16());
            if response.status() != StatusCode::OK {
                return Err(CallError::Status(response.status().as_u16()));
            }
            read(response.into_body(), max_bytes).await
        });
        // `select` is deterministic: it polls the exchange first.
        match select(exchange, &mut self.driver).await {
            Either::Left((reply, _)) => reply,
            Either::Right((_, exchange)) => {
                self.closed = true;
                exchange.await
            }
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("closed", &self.closed)
            .finish_non_exhaustive()
    }
}

/// Reads a body to its end; the limit is checked while reading, not after.
async fn read(mut body: Incoming, limit: usize) -> Result<Bytes, CallError> {
    if body.size_hint().lower() > limit as u64 {
        return Err(CallError::BodyTooLarge { limit });
    }
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        // Trailers are bounded by hyper and carry nothing.
        let Ok(data) = frame?.into_data() else {
            continue;
        };
        if read.len() + data.len() > limit {
            return Err(CallError::BodyTooLarge { limit });
        }
        read.extend_from_slice(&data);
    }
    Ok(read.freeze())
}
