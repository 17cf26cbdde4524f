//! What crosses a wire, as the harness sees it: on the two faces of the proxy between sequencer and
//! builder, and at the users. No node has a word in it.

use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{Message, body};

/// Where something crossed a wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Face {
    /// At the users, between them and the sequencer.
    Users,
    /// On the face of the proxy that is turned to the sequencer.
    Sequencer,
    /// On the face of the proxy that is turned to the builder.
    Builder,
}

/// Something that crossed a face. Times beside the entry's own are the network's, in microseconds
/// since the run began; a network that does not know them, such as real sockets, says none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Wire {
    /// The peer opened a connection.
    Opened {
        /// The connection's number on this face.
        connection: u64,
        /// When the peer began to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sent_us: Option<u64>,
        /// When the peer has the answer, and can send.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answered_us: Option<u64>,
    },
    /// A whole request crossed the face. On the builder's face it has the number of the exchange
    /// on the sequencer's that it belongs to, if it belongs to one.
    Request {
        /// The exchange's number, of all of a proxy's faces.
        exchange: u64,
        /// The connection.
        connection: u64,
        /// When its sender began the call: when it opened the connection, if that was for this
        /// request, else when it sent it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        begun_us: Option<u64>,
        /// The request; none if it is byte for byte the one that arrived on the other face.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request: Option<HttpRequest>,
    },
    /// A whole reply: handed to the sequencer's connection, or got from the builder.
    Reply {
        /// The exchange's number.
        exchange: u64,
        /// The reply; none if it is byte for byte the one that came on the other face.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply: Option<HttpReply>,
    },
    /// The last byte of a reply left, and when it arrives. A reply that is cut off, that its peer
    /// did not wait for, or that the network loses has no such event.
    Left {
        /// The exchange's number.
        exchange: u64,
        /// When it reaches the peer, if the network knows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        arrives_us: Option<u64>,
    },
    /// There is no reply to a request that was sent from the builder's face; on the sequencer's, the
    /// proxy cut the connection off in place of one.
    Failed {
        /// The exchange's number.
        exchange: u64,
        /// Why.
        failure: Failure,
    },
    /// A message in place of which its sender's face has only this, because more crossed than is
    /// kept: nothing else is told of its exchange from here on. Only where anybody can send.
    Cut {
        /// The exchange's number.
        exchange: u64,
        /// Which of its messages.
        message: Message,
        /// The length of its body.
        bytes: u64,
        /// How the body begins.
        #[serde(with = "body")]
        begins: Bytes,
    },
    /// The peer closed a connection, or lost it.
    Closed {
        /// The connection.
        connection: u64,
        /// When the peer did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sent_us: Option<u64>,
    },
}

impl Wire {
    /// The number of the exchange that it is of, if it is of one.
    #[must_use]
    pub const fn exchange(&self) -> Option<u64> {
        match self {
            Self::Request { exchange, .. }
            | Self::Reply { exchange, .. }
            | Self::Left { exchange, .. }
            | Self::Failed { exchange, .. }
            | Self::Cut { exchange, .. } => Some(*exchange),
            Self::Opened { .. } | Self::Closed { .. } => None,
        }
    }

    /// The times of the network in it, in microseconds since the run began.
    pub(super) fn times_us(&self) -> impl Iterator<Item = u64> {
        let times = match self {
            Self::Opened {
                sent_us,
                answered_us,
                ..
            } => [*sent_us, *answered_us],
            Self::Request { begun_us, .. } => [*begun_us, None],
            Self::Left { arrives_us, .. } => [*arrives_us, None],
            Self::Closed { sent_us, .. } => [*sent_us, None],
            Self::Reply { .. } | Self::Failed { .. } | Self::Cut { .. } => [None, None],
        };
        times.into_iter().flatten()
    }
}

/// An HTTP request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpRequest {
    /// The method.
    #[serde(
        default = "HttpRequest::post",
        skip_serializing_if = "HttpRequest::is_post"
    )]
    pub method: Arc<str>,
    /// The path.
    #[serde(
        default = "HttpRequest::root",
        skip_serializing_if = "HttpRequest::is_root"
    )]
    pub path: Arc<str>,
    /// The headers that tell something: all but `host`, `accept`, those of the body's length, and a
    /// content type of `application/json`, in UTF-8 if that is said. A body that came without a
    /// content type has an empty one here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(Arc<str>, Arc<str>)>,
    /// The body.
    #[serde(with = "body")]
    pub body: Bytes,
}

impl HttpRequest {
    fn post() -> Arc<str> {
        "POST".into()
    }

    fn is_post(method: &Arc<str>) -> bool {
        **method == *"POST"
    }

    fn root() -> Arc<str> {
        "/".into()
    }

    fn is_root(path: &Arc<str>) -> bool {
        **path == *"/"
    }

    /// A POST of JSON to the root.
    #[must_use]
    pub fn json(body: impl Into<Bytes>) -> Self {
        Self {
            method: Self::post(),
            path: Self::root(),
            headers: Vec::new(),
            body: body.into(),
        }
    }
}

/// An HTTP reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpReply {
    /// The status.
    pub status: u16,
    /// The headers that tell something, as in [`HttpRequest`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(Arc<str>, Arc<str>)>,
    /// The body.
    #[serde(with = "body")]
    pub body: Bytes,
}

/// Why there is no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    /// No connection could be opened.
    Refused,
    /// The connection ended before the reply was whole.
    Closed,
    /// What came was no HTTP reply.
    Malformed,
    /// Whoever waited for it gave up.
    GivenUp,
}
