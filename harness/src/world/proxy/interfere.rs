//! What can become of a message at the proxy.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;

use crate::trace::{HttpReply, HttpRequest};

/// Decides what becomes of the messages that reach a proxy. It holds one back by waiting.
pub trait Interfere: fmt::Debug + Send + Sync {
    /// Decides what becomes of a request that has arrived as a whole.
    fn on_request<'a>(&'a self, request: &'a Arrived) -> BoxFuture<'a, RequestFate>;

    /// Decides what becomes of the reply to a request, which is given as it arrived.
    fn on_reply<'a>(
        &'a self,
        request: &'a Arrived,
        reply: &'a HttpReply,
    ) -> BoxFuture<'a, ReplyFate>;
}

/// A request that has arrived as a whole.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// The exchange's number.
    pub exchange: u64,
    /// When its sender began the call, in microseconds since the run began, as far as the network
    /// knows: when it opened the connection, if that was for this request, else when it sent it.
    pub begun_us: u64,
    /// The request.
    pub request: HttpRequest,
}

/// What becomes of a request.
#[derive(Clone, Debug)]
pub enum RequestFate {
    /// It is passed on.
    Pass,
    /// This one is passed on instead.
    PassAs(HttpRequest),
    /// Nothing is passed on, the peer gets this reply.
    Answer(Outgoing),
    /// Nothing is passed on, the peer is never answered and the connection stays open.
    Swallow,
    /// Nothing is passed on, the connection is closed without an answer.
    Reset,
}

/// What becomes of a reply.
#[derive(Clone, Debug)]
pub enum ReplyFate {
    /// It is passed on.
    Pass,
    /// This one leaves instead.
    SendAs(Outgoing),
    /// This is written instead.
    Write(Written),
    /// Nothing leaves and the connection stays open.
    Swallow,
    /// The connection is closed without an answer.
    Reset,
}

/// A reply and how it leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The reply.
    pub reply: HttpReply,
    /// How its body leaves.
    pub pace: Pace,
}

impl Outgoing {
    /// A reply that leaves at once.
    #[must_use]
    pub fn at_once(reply: HttpReply) -> Self {
        Self {
            reply,
            pace: Pace::AtOnce,
        }
    }
}

/// What is written in the place of a reply, down to its bytes.
#[derive(Clone, Debug)]
pub struct Written {
    /// Bytes that leave first, as they are.
    pub lead: Bytes,
    /// What leaves then.
    pub then: Then,
    /// Bytes that leave after it, as they are.
    pub trail: Bytes,
    /// How long after all that the proxy closes its end of the connection, if it does: what the
    /// peer sends then arrives and is not answered.
    pub closes_after: Option<Duration>,
}

/// What leaves after the lead.
#[derive(Clone, Debug)]
pub enum Then {
    /// A reply.
    Reply(Outgoing),
    /// Nothing: the lead was this whole reply. The connection is closed.
    WasReply(HttpReply),
    /// Nothing, and the connection is closed.
    Close,
    /// Nothing, and the connection stays open.
    Hang,
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
