//! A connection to the builder behind a proxy.

use std::error::Error;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use gauntlet_rpc::Io;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

use super::Behind;
use super::connection::{MAX_HEAD_BYTES, MAX_HEADERS};
use crate::trace::Failure;

/// A connection to the builder, opened at its first use. Someone must drive it.
pub(super) struct Back {
    behind: Behind,
    max_body_bytes: usize,
    open: Mutex<Option<Open>>,
}

type Driver = http1::Connection<TokioIo<Box<dyn Io>>, Full<Bytes>>;

struct Open {
    sender: http1::SendRequest<Full<Bytes>>,
    /// None once the connection is over.
    driver: Option<Driver>,
}

impl Back {
    pub(super) fn new(behind: Behind, max_body_bytes: usize) -> Self {
        Self {
            behind,
            max_body_bytes,
            open: Mutex::default(),
        }
    }

    /// Opens the connection if it was never open.
    pub(super) async fn open(&self) -> Result<(), Failure> {
        if self.locked().is_some() {
            return Ok(());
        }
        let dialled = self.behind.dial.dial(&self.behind.endpoint).await;
        let stream = dialled.map_err(|_| Failure::Refused)?;
        let started = http1::Builder::new()
            .max_buf_size(MAX_HEAD_BYTES)
            .max_headers(MAX_HEADERS)
            .handshake(TokioIo::new(stream))
            .await;
        let (sender, driver) = started.map_err(|error| failure(&error))?;
        *self.locked() = Some(Open {
            sender,
            driver: Some(driver),
        });
        Ok(())
    }

    /// Sends a request over the open connection and waits for the whole reply.
    pub(super) async fn exchange(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Bytes>, Failure> {
        poll_fn(|cx| match &mut *self.locked() {
            Some(open) => open.sender.poll_ready(cx).map_err(|error| failure(&error)),
            None => Poll::Ready(Err(Failure::Closed)),
        })
        .await?;
        // A statement of its own, so that the lock is not held across the wait.
        let sent = self
            .locked()
            .as_mut()
            .map(|open| open.sender.send_request(request));
        let response = sent.ok_or(Failure::Closed)?.await;
        let (head, body) = response.map_err(|error| failure(&error))?.into_parts();
        let body = Limited::new(body, self.max_body_bytes).collect().await;
        let body = body.map_err(|error| {
            if error.is::<LengthLimitError>() {
                return Failure::Malformed;
            }
            let error = error.downcast_ref::<hyper::Error>();
            error.map_or(Failure::Closed, failure)
        })?;
        Ok(Response::from_parts(head, body.to_bytes()))
    }

    /// Drives the connection; ready once it was open and is over.
    pub(super) fn poll_over(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut open = self.locked();
        let Some(open) = &mut *open else {
            return Poll::Pending;
        };
        if let Some(driver) = &mut open.driver {
            // How it ended is for whoever waits for a reply to say.
            ready!(Pin::new(driver).poll(cx)).unwrap_or_default();
            open.driver = None;
        }
        Poll::Ready(())
    }

    /// Drives the connection while something is done on it.
    pub(super) async fn driven<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        poll_fn(|cx| {
            let done = work.as_mut().poll(cx);
            if done.is_pending() {
                // If it is over, whoever waits for a reply is told.
                let _over = self.poll_over(cx);
            }
            done
        })
        .await
    }

    fn locked(&self) -> MutexGuard<'_, Option<Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether what came was no HTTP, or nothing came.
fn failure(error: &hyper::Error) -> Failure {
    let mut source = error.source();
    let mut is_garbage = error.is_parse();
    while let Some(cause) = source {
        let cause_kind = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        is_garbage |= matches!(
            cause_kind,
            Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput)
        );
        source = cause.source();
    }
    if is_garbage {
        Failure::Malformed
    } else {
        Failure::Closed
    }
}
