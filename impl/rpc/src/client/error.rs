//! Why a call has no result.

use std::error::Error;
use std::io;

use alloy_json_rpc::ErrorPayload;

use crate::tap::{CallFailure, FailureKind};

/// Why a call has no result.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// No connection could be opened.
    #[error("cannot connect")]
    Connect(#[source] io::Error),
    /// The deadline passed before the reply was complete. DECISION: timeout-scope.
    #[error("timed out")]
    TimedOut,
    /// The peer closed or reset the connection before the reply was complete.
    #[error("the connection closed before the reply was complete")]
    Closed,
    /// The connection failed otherwise.
    #[error("the connection failed")]
    Transport(#[source] Box<dyn Error + Send + Sync>),
    /// The HTTP status was not 200; redirects are not followed.
    #[error("HTTP status {0}")]
    Status(u16),
    /// The response body was over the limit. DECISION: body-limit.
    #[error("the response body is over {limit} bytes")]
    BodyTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The reply was not a JSON-RPC 2.0 response over HTTP/1.1. DECISION: json-strictness.
    #[error("malformed reply: {0}")]
    Malformed(String),
    /// The response answers another request.
    #[error("the response has id {got}, the request had {expected}")]
    IdMismatch {
        /// The request's id.
        expected: u64,
        /// The response's id as JSON.
        got: String,
    },
    /// The peer answered with an error object.
    #[error("error {}: {}", .0.code, .0.message)]
    Rpc(ErrorPayload),
}

impl CallError {
    /// Returns the class of the failure.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Connect(_) => FailureKind::Connect,
            Self::TimedOut => FailureKind::TimedOut,
            Self::Closed => FailureKind::Closed,
            Self::Transport(_) => FailureKind::Transport,
            Self::Status(status) => FailureKind::Status(*status),
            Self::BodyTooLarge { .. } => FailureKind::BodyTooLarge,
            Self::Malformed(_) => FailureKind::Malformed,
            Self::IdMismatch { .. } => FailureKind::IdMismatch,
            Self::Rpc(error) => FailureKind::Rpc(error.code),
        }
    }

    /// Returns the class and the whole message, sources included.
    pub fn to_failure(&self) -> CallFailure {
        let mut message = self.to_string();
        let mut source = self.source();
        while let Some(cause) = source {
            message.push_str(": ");
            message.push_str(&cause.to_string());
            source = cause.source();
        }
        CallFailure {
            kind: self.kind(),
            message: message.into(),
        }
    }
}

impl From<hyper::Error> for CallError {
    fn from(error: hyper::Error) -> Self {
        use io::ErrorKind::{
            BrokenPipe, ConnectionAborted, ConnectionReset, InvalidData, InvalidInput,
            UnexpectedEof,
        };
        let kind = error_kind(&error);
        let is = |kinds: &[io::ErrorKind]| kind.is_some_and(|kind| kinds.contains(&kind));
        if error.is_parse() || is(&[InvalidData, InvalidInput]) {
            Self::Malformed(error.to_string())
        } else if error.is_incomplete_message()
            || error.is_closed()
            || error.is_canceled()
            || is(&[
                BrokenPipe,
                ConnectionAborted,
                ConnectionReset,
                UnexpectedEof,
            ])
        {
            Self::Closed
        } else {
            Self::Transport(error.into())
        }
    }
}

/// The kind of the first `io::Error` among an error's sources.
fn error_kind(error: &hyper::Error) -> Option<io::ErrorKind> {
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(error) = cause.downcast_ref::<io::Error>() {
            return Some(error.kind());
        }
        source = cause.source();
    }
    None
}
