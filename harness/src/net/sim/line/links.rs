//! When a message arrives.

use std::fmt;
use std::sync::Arc;

/// Says when a message arrives, if ever: latency, jitter, black holes and partitions that heal, as
/// a pure function of the message.
#[derive(Clone)]
pub struct Links(Arc<LinkFn>);

type LinkFn = dyn Fn(&Hop<'_>) -> Option<u64> + Send + Sync;

impl Links {
    /// Makes links of a function from a message to the millisecond of its arrival, or to none if it
    /// never arrives.
    ///
    /// A message never overtakes another one of its connection and direction: it is held back, or
    /// lost together with the one before it.
    pub fn new(arrival_ms: impl Fn(&Hop<'_>) -> Option<u64> + Send + Sync + 'static) -> Self {
        Self(Arc::new(arrival_ms))
    }

    /// Makes links of one latency.
    pub fn constant(latency_ms: u64) -> Self {
        Self::new(move |hop| Some(hop.sent_ms + latency_ms))
    }

    pub(super) fn arrival_ms(&self, hop: &Hop<'_>) -> Option<u64> {
        (self.0)(hop)
    }
}

impl fmt::Debug for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Links")
    }
}

/// A message on its way from one host to another.
#[derive(Clone, Debug)]
pub struct Hop<'a> {
    /// The host that sends.
    pub from: &'a str,
    /// The host that receives.
    pub to: &'a str,
    /// The number of the connection among those that its client's host opened, from 0.
    pub connection: u64,
    /// Which way the message goes on its connection.
    pub direction: Direction,
    /// The number of the message on its connection and direction, from 0.
    pub message: u64,
    /// What it carries.
    pub cargo: Cargo,
    /// The millisecond it is sent.
    pub sent_ms: u64,
    /// The millisecond the message before it on its connection and direction arrives.
    pub previous_arrival_ms: Option<u64>,
}

/// A direction of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// From the host that opened the connection.
    ToServer,
    /// To the host that opened the connection.
    ToClient,
}

impl Direction {
    pub(super) fn reverse(self) -> Self {
        match self {
            Self::ToServer => Self::ToClient,
            Self::ToClient => Self::ToServer,
        }
    }
}

/// What a message carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cargo {
    /// The question whether a port listens.
    Connect,
    /// The answer to it, yes or no.
    Answer,
    /// So many bytes of the stream.
    Bytes(usize),
    /// The end of the stream.
    End,
    /// The loss of the peer, whose process closed the connection or died.
    Loss,
    /// Room for more bytes. Only long streams need it; it may overtake and be overtaken.
    Room,
}
