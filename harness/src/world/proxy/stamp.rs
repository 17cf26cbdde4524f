//! What a network may know of its streams, so that a proxy can say when things happened elsewhere.

use std::io;

use futures::future::BoxFuture;
use gauntlet_rpc::Io;

use super::Keeps;

/// A stream of a network that may know when things crossed it. Times are in microseconds since the
/// run began.
pub trait Stamped: Io {
    /// When the stream was opened.
    fn opening(&self) -> Opening;

    /// When the last byte that was read was sent. All bytes of one read were sent at once.
    fn read_sent_us(&self) -> Option<u64>;

    /// When the last byte that was written arrives.
    fn written_arrives(&self) -> Arrives;

    /// When the peer closed the stream or was lost, once that is noticed.
    fn ended_us(&self) -> Option<u64>;
}

/// When something that was written arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrives {
    /// At this time.
    At(u64),
    /// Never: the network loses it.
    Never,
    /// The network does not know.
    Unknown,
}

/// When a stream was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// When the peer asked for it.
    pub asked_us: Option<u64>,
    /// When the peer has the answer.
    pub answered_us: Option<u64>,
}

/// Hands out the streams that peers open, with what the network knows of them.
pub trait AcceptStamped: Send {
    /// Waits for the next stream.
    fn accept_stamped(&mut self) -> BoxFuture<'_, io::Result<Box<dyn Stamped>>>;

    /// How much is kept of what crosses the streams; nothing if all is, where nobody else can send.
    fn keeps(&self) -> Option<Keeps> {
        None
    }
}
