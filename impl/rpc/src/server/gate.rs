//! What can happen to a message on its way into and out of a node.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use jsonrpsee::types::ErrorObjectOwned;

/// Shapes what reaches a node and what leaves it. A gate holds a message back by waiting.
///
/// The server answers straight through without one.
pub trait Gate: fmt::Debug + Send + Sync {
    /// Decides what becomes of a request that has arrived as a whole.
    fn on_request<'a>(&'a self, request: &'a Inbound) -> BoxFuture<'a, RequestVerdict> {
        let _ = request;
        async { RequestVerdict::Pass }.boxed()
    }

    /// Decides what becomes of the node's reply to a request, which is given as it arrived.
    fn on_reply<'a>(
        &'a self,
        request: &'a Inbound,
        reply: &'a RawReply,
    ) -> BoxFuture<'a, ReplyVerdict> {
        let _ = (request, reply);
        async { ReplyVerdict::Send }.boxed()
    }
}

/// A request as it arrived, read as far as it can be.
#[derive(Clone, Debug)]
pub struct Inbound {
    /// The id as JSON, `null` for a notification or what is not a call.
    pub id: Arc<str>,
    /// The method, empty for a batch and for what is not a call.
    pub method: Arc<str>,
    /// The parameters as JSON, or the whole body of a batch and of what is not a call.
    pub params: Arc<str>,
    /// The body.
    pub body: Bytes,
}

/// What becomes of a request.
#[derive(Clone, Debug)]
pub enum RequestVerdict {
    /// The node gets it.
    Pass,
    /// The node gets this body instead.
    Replace(Bytes),
    /// The node gets nothing, the peer gets this reply.
    Answer(RawReply),
    /// The node gets nothing, the peer is never answered and the connection stays open.
    Swallow,
    /// The node gets nothing, the connection is closed without an answer.
    Reset,
}

/// What becomes of a node's reply.
#[derive(Clone, Debug)]
pub enum ReplyVerdict {
    /// It leaves as it is.
    Send,
    /// This reply leaves instead.
    SendAs(RawReply),
    /// Nothing leaves and the connection stays open.
    Swallow,
    /// The connection is closed without an answer.
    Reset,
}

/// An HTTP reply, which need not be a JSON-RPC response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawReply {
    /// The HTTP status; what is no status is sent as 500.
    pub status: u16,
    /// The headers besides `content-length` and `transfer-encoding`; an invalid one is not sent.
    pub headers: Vec<(Cow<'static, str>, Cow<'static, str>)>,
    /// The body.
    pub body: Bytes,
    /// How the body leaves.
    pub pace: Pace,
}

impl RawReply {
    /// Makes a reply of status 200 with a JSON body that leaves at once.
    pub fn json(body: impl Into<Bytes>) -> Self {
        Self::new(200, "application/json", body)
    }

    /// Makes a reply of status 200 with a JSON-RPC error and no id.
    pub fn error(error: &ErrorObjectOwned) -> Self {
        let error = serde_json::json!({ "jsonrpc": "2.0", "id": null, "error": error });
        Self::json(error.to_string())
    }

    /// Makes a reply whose body leaves at once.
    pub fn new(
        status: u16,
        content_type: impl Into<Cow<'static, str>>,
        body: impl Into<Bytes>,
    ) -> Self {
        let headers = vec![(Cow::Borrowed("content-type"), content_type.into())];
        Self {
            status,
            headers,
            body: body.into(),
            pace: Pace::AtOnce,
        }
    }
}

/// How a body leaves. The head always leaves at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// The whole body leaves with the head.
    #[default]
    AtOnce,
    /// The body leaves in pieces.
    Drip {
        /// The size of a piece; 0 counts as 1.
        chunk_bytes: usize,
        /// The pause between the head and the first piece.
        first_after: Duration,
        /// The pause between one piece and the next.
        every: Duration,
    },
    /// The body is sent over and over, chunked, with a pause before each; it never ends.
    Endless {
        /// The pause.
        every: Duration,
    },
    /// The head announces the whole body, the connection is closed after so many bytes of it.
    CutOff {
        /// How many bytes leave.
        after_bytes: usize,
    },
}
