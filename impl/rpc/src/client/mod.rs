//! A client of one peer.
//!
//! No task outlives a call: a connection is driven by the call that uses it and lies still between
//! calls. Dropping a call, or failing it, drops its connection.

mod connection;
mod error;
mod packet;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use serde_json::value::RawValue;
use tokio::time::{Instant, sleep_until};

pub use self::error::CallError;

use self::connection::{Connection, Post};
use crate::io::{Dial, Endpoint};
use crate::jwt::Jwt;
use crate::limits::{MAX_IDLE_CONNECTIONS, MAX_RESPONSE_BYTES};
use crate::tap::{Tap, WireEvent};

/// What a client calls, and how.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// The peer's name in events.
    pub peer: String,
    /// Where the peer listens.
    pub endpoint: Endpoint,
    /// Opens connections.
    pub dial: Dial,
    /// The largest response body in bytes.
    pub max_response_bytes: usize,
    /// How many idle connections are kept for reuse.
    pub max_idle_connections: usize,
    /// Numbers the calls.
    pub numbers: CallNumbers,
    /// Receives the events of every call.
    pub tap: Option<Tap>,
    /// Makes a token for each request, if the peer asks for them.
    pub jwt: Option<Jwt>,
}

impl ClientConfig {
    /// Makes a configuration with the default limits and no tap.
    pub fn new(peer: impl Into<String>, endpoint: Endpoint, dial: Dial) -> Self {
        Self {
            peer: peer.into(),
            endpoint,
            dial,
            max_response_bytes: MAX_RESPONSE_BYTES,
            max_idle_connections: MAX_IDLE_CONNECTIONS,
            numbers: CallNumbers::default(),
            tap: None,
            jwt: None,
        }
    }
}

/// Numbers calls from 1, cheap to clone: clients that share one never give a number twice, so that
/// what is late for one is not taken for another's.
#[derive(Clone, Debug)]
pub struct CallNumbers(Arc<AtomicU64>);

impl CallNumbers {
    fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

impl Default for CallNumbers {
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(1)))
    }
}

/// A client of one peer, cheap to clone; clones share connections and the numbers of calls.
#[derive(Clone, Debug)]
pub struct Client(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    config: ClientConfig,
    peer: Arc<str>,
    /// The connection used last is at the end and is reused first.
    idle: Mutex<Vec<Connection>>,
}

impl Client {
    /// Makes a client; nothing is connected before the first call.
    pub fn new(config: ClientConfig) -> Self {
        let peer = config.peer.as_str().into();
        let idle = Mutex::default();
        Self(Arc::new(Shared { config, peer, idle }))
    }

    /// Calls a method once and returns its result.
    ///
    /// `timeout` covers everything from before connecting to the last body byte. A reply is in time
    /// if and only if it is complete strictly before the timeout. DECISION: timeout-scope,
    /// timeout-tie. There is no retry of any kind: a connection found closed before the request
    /// was handed to it is replaced, but once handed over the request is sent at most once.
    ///
    /// # Errors
    ///
    /// [`CallError`], one variant per cause.
    pub async fn call(
        &self,
        method: &str,
        params: Box<RawValue>,
        timeout: Duration,
    ) -> Result<Box<RawValue>, CallError> {
        let call = self.0.config.numbers.next();
        self.0.emit(|to| WireEvent::RequestSent {
            call,
            to,
            method: method.into(),
            params: params.get().into(),
        });
        let mut status = None;
        let outcome = before(timeout, self.0.exchange(method, call, &params, &mut status)).await;
        self.0.emit(|to| WireEvent::CallEnded {
            call,
            to,
            method: method.into(),
            status,
            outcome: match &outcome {
                Ok(result) => Ok(result.get().into()),
                Err(error) => Err(error.to_failure()),
            },
        });
        outcome
    }
}

impl Shared {
    async fn exchange(
        &self,
        method: &str,
        call: u64,
        params: &RawValue,
        status: &mut Option<u16>,
    ) -> Result<Box<RawValue>, CallError> {
        let body = packet::encode(method, call, params);
        let mut connection = self.connection().await?;
        let post = Post {
            endpoint: &self.config.endpoint,
            authorization: self.config.jwt.as_ref().map(Jwt::bearer),
            body,
        };
        let max_bytes = self.config.max_response_bytes;
        let reply: Bytes = connection.post(post, max_bytes, status).await?;
        let result = packet::decode(&reply, call);
        // Whoever breaks the protocol once is not trusted with a second request on the same
        // connection; an error object breaks nothing.
        if matches!(result, Ok(_) | Err(CallError::Rpc(_))) {
            self.keep(connection);
        }
        result
    }

    /// Takes the idle connection that was used last and is still open, or opens one.
    async fn connection(&self) -> Result<Connection, CallError> {
        loop {
            // A statement of its own, so that the lock is not held across the wait.
            let idle = self
                .idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop();
            match idle {
                Some(mut connection) => {
                    if connection.is_open().await {
                        return Ok(connection);
                    }
                }
                None => {
                    let dialled = self.config.dial.dial(&self.config.endpoint).await;
                    return Connection::open(dialled.map_err(CallError::Connect)?).await;
                }
            }
        }
    }

    fn keep(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if connection.is_reusable() && idle.len() < self.config.max_idle_connections {
            idle.push(connection);
        }
    }

    fn emit(&self, event: impl FnOnce(Arc<str>) -> WireEvent) {
        if let Some(tap) = &self.config.tap {
            tap.emit(event(self.peer.clone()));
        }
    }
}

/// Runs an exchange to its end or to the timeout, whichever is first; a tie is a timeout, even if
/// both are found ready in the same poll.
async fn before<T>(
    timeout: Duration,
    exchange: impl Future<Output = Result<T, CallError>>,
) -> Result<T, CallError> {
    let started = Instant::now();
    let outcome = tokio::select! {
        biased;
        () = sleep_until(started + timeout) => Err(CallError::TimedOut),
        outcome = exchange => outcome,
    };
    if started.elapsed() < timeout {
        outcome
    } else {
        Err(CallError::TimedOut)
    }
}
