//! What crosses the wire, as both ends see it.
//!
//! Events carry neither a time nor a host: whoever receives them knows both.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

/// Receives every [`WireEvent`] of a client or a server, in the order of happening.
#[derive(Clone)]
pub struct Tap(Arc<dyn Fn(WireEvent) + Send + Sync>);

impl Tap {
    /// Makes a tap of a function, which is called in the middle of an exchange and must not wait.
    pub fn new(receive: impl Fn(WireEvent) + Send + Sync + 'static) -> Self {
        Self(Arc::new(receive))
    }

    /// Hands over an event.
    pub(crate) fn emit(&self, event: WireEvent) {
        (self.0)(event);
    }
}

impl fmt::Debug for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tap")
    }
}

/// One thing that happened to a message at one end of the wire.
#[derive(Clone, Debug)]
pub enum WireEvent {
    /// A client starts a call: its deadline runs, and the request leaves as soon as a connection
    /// is open.
    RequestSent {
        /// The call's number at this client, which is also its JSON-RPC id.
        call: u64,
        /// The peer's name.
        to: Arc<str>,
        /// The method.
        method: Arc<str>,
        /// The parameters as JSON.
        params: Arc<str>,
    },
    /// A client's call is over. A call that its caller drops has no end.
    CallEnded {
        /// The call's number at this client.
        call: u64,
        /// The peer's name.
        to: Arc<str>,
        /// The method.
        method: Arc<str>,
        /// The HTTP status, if the reply's head arrived.
        status: Option<u16>,
        /// The result as JSON, or why there is none.
        outcome: Result<Arc<str>, CallFailure>,
    },
    /// A server received a whole request and hands it to its methods.
    RequestReceived {
        /// The id as JSON, `null` for a notification or what is not a call.
        id: Arc<str>,
        /// The method, empty for a batch and for what is not a call.
        method: Arc<str>,
        /// The parameters as JSON, or the whole body of a batch and of what is not a call.
        params: Arc<str>,
    },
    /// A server hands a reply to its connection.
    ReplySent {
        /// The id of the request as JSON.
        id: Arc<str>,
        /// The method of the request.
        method: Arc<str>,
        /// The HTTP status.
        status: u16,
        /// The whole body, even if it leaves slowly or not to its end.
        body: Bytes,
    },
}

/// Why a call has no result: the class and the whole message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallFailure {
    /// The class.
    pub kind: FailureKind,
    /// The message of the error and of its sources.
    pub message: Arc<str>,
}

/// The class of a failed call; the variants are those of [`CallError`](crate::CallError).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailureKind {
    /// No connection could be opened.
    Connect,
    /// The deadline passed.
    TimedOut,
    /// The peer closed the connection before the reply was complete.
    Closed,
    /// The connection failed otherwise.
    Transport,
    /// The HTTP status was not 200.
    Status(u16),
    /// The response body was over the limit.
    BodyTooLarge,
    /// The reply was not a JSON-RPC 2.0 response over HTTP/1.1.
    Malformed,
    /// The response answers another request.
    IdMismatch,
    /// The peer answered with an error object of this code.
    Rpc(i64),
}
