//! What leaves in the place of an honest reply: other bytes, or the same in another way.

use std::time::Duration;

use bytes::Bytes;

use crate::trace::HttpReply;

/// What a reply is mangled from.
#[derive(Clone, Copy, Debug)]
pub struct Honest<'a> {
    /// The reply as it came.
    pub reply: &'a HttpReply,
    /// The id of its request as JSON.
    pub id: &'a str,
}

/// What leaves instead.
#[derive(Clone, Debug)]
pub struct Mangled {
    /// Bytes that leave before it, as they are.
    pub lead: Bytes,
    /// What leaves then.
    pub sent: Sent,
    /// Bytes that follow at once, as they are.
    pub trail: Bytes,
    /// Whether the connection is closed then.
    pub closes: Closes,
    /// How long after its request was sent it arrives, if not as soon as it can.
    pub arrives_at_ms: Option<u64>,
}

/// What leaves after the lead.
#[derive(Clone, Debug)]
pub enum Sent {
    /// A reply.
    Reply(HttpReply),
    /// A reply whose body leaves in pieces of so many bytes, with a pause before each.
    Pieces(HttpReply, usize, Duration),
    /// A reply whose body is sent over and over, with a pause before each.
    Endless(HttpReply, Duration),
    /// Nothing: the lead was this reply, written in another way.
    Lead(HttpReply),
    /// Nothing: the lead was no whole reply.
    Nothing,
}

/// Whether and when a connection is closed after what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closes {
    /// It stays open.
    Never,
    /// At once.
    AtOnce,
    /// After so long: what is sent on it then is lost.
    After(Duration),
}

impl Mangled {
    /// A reply, sent in the usual way.
    pub(super) fn reply(reply: HttpReply) -> Self {
        Self::sent(Sent::Reply(reply))
    }

    /// Something that is sent, and nothing around it.
    pub(super) fn sent(sent: Sent) -> Self {
        Self {
            lead: Bytes::new(),
            sent,
            trail: Bytes::new(),
            closes: Closes::Never,
            arrives_at_ms: None,
        }
    }

    /// Bytes that are no whole reply.
    pub(super) fn bytes(bytes: impl Into<Bytes>, closes: Closes) -> Self {
        Self {
            lead: bytes.into(),
            closes,
            ..Self::sent(Sent::Nothing)
        }
    }

    /// Bytes that are a whole reply, after which the connection is closed.
    pub(super) fn written(bytes: impl Into<Bytes>, reply: HttpReply) -> Self {
        Self {
            lead: bytes.into(),
            closes: Closes::AtOnce,
            ..Self::sent(Sent::Lead(reply))
        }
    }
}

impl Honest<'_> {
    /// The same with another body.
    pub(super) fn with_body(&self, body: impl Into<Bytes>) -> HttpReply {
        HttpReply {
            body: body.into(),
            ..self.reply.clone()
        }
    }

    /// The same with a header more.
    pub(super) fn with_header(&self, name: &str, value: &str) -> HttpReply {
        let mut reply = self.reply.clone();
        reply.headers.push((name.into(), value.into()));
        reply
    }

    /// The body as text.
    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.reply.body).unwrap_or_default()
    }
}
