//! A connection: two ends, and what has reached each of them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Poll, Waker};

use bytes::{Buf, Bytes};
use tokio::io::ReadBuf;

use super::links::{Cargo, Direction};

/// How many bytes one direction of a connection holds before its writer waits. Larger than any
/// message that is in order, so that only floods ever wait.
pub(super) const WINDOW_BYTES: usize = 32 * 1024 * 1024;

/// What a message costs of the window beside its bytes, so that small ones are bounded too.
const MESSAGE_COST_BYTES: usize = 64;

/// A connection's name: the host that opened it and its number there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ConnectionId {
    pub(super) client: Arc<str>,
    pub(super) number: u64,
}

/// A message between the two ends.
#[derive(Debug)]
pub(super) enum Message {
    Connect { port: u16 },
    Answer,
    Bytes(Bytes),
    End,
    Loss,
    Room(usize),
}

impl Message {
    pub(super) fn cargo(&self) -> Cargo {
        match self {
            Self::Connect { .. } => Cargo::Connect,
            Self::Answer => Cargo::Answer,
            Self::Bytes(bytes) => Cargo::Bytes(bytes.len()),
            Self::End => Cargo::End,
            Self::Loss => Cargo::Loss,
            Self::Room(_) => Cargo::Room,
        }
    }
}

/// A message and when it was sent.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) message: Message,
    pub(super) sent_ms: u64,
}

#[derive(Debug)]
pub(super) struct Connection {
    client: End,
    server: End,
    /// A listener took it.
    pub(super) is_accepted: bool,
    /// When the client asked for it.
    pub(super) opened_ms: u64,
    /// When the answer arrives, if it ever does.
    pub(super) answered_ms: Option<u64>,
}

impl Connection {
    pub(super) fn new(client: Arc<str>, server: Arc<str>, opened_ms: u64) -> Self {
        Self {
            client: End::new(client),
            server: End::new(server),
            is_accepted: false,
            opened_ms,
            answered_ms: None,
        }
    }

    /// The end that sends in a direction.
    pub(super) fn sender(&mut self, direction: Direction) -> &mut End {
        match direction {
            Direction::ToServer => &mut self.client,
            Direction::ToClient => &mut self.server,
        }
    }

    /// Whether somebody may still ask for it.
    pub(super) fn is_over(&self) -> bool {
        self.client.is_gone && self.server.is_gone
    }

    /// Takes in a message that has arrived, other than `Connect`; returns whom it wakes.
    pub(super) fn deliver(&mut self, direction: Direction, sent: Sent) -> [Option<Waker>; 2] {
        let Sent { message, sent_ms } = sent;
        let is_accepted = self.is_accepted;
        // An unanswered port has nobody at the other end.
        self.server.is_gone |= matches!(message, Message::Answer) && !is_accepted;
        let end = self.sender(direction.reverse());
        if end.is_gone {
            return [None, None];
        }
        match message {
            Message::Connect { .. } => {}
            Message::Answer => end.answer = Some(is_accepted),
            Message::Bytes(bytes) => end.received.push_back((bytes, sent_ms)),
            Message::End => end.ended(sent_ms),
            Message::Loss => {
                end.ended(sent_ms);
                end.has_lost_peer = true;
            }
            Message::Room(bytes) => end.taken_bytes -= bytes,
        }
        [end.reader.take(), end.writer.take()]
    }
}

/// One end of a connection: what it has sent and what has reached it.
#[derive(Debug)]
pub(super) struct End {
    pub(super) host: Arc<str>,
    /// How many messages were sent from here, those that give room apart.
    pub(super) sent: u64,
    pub(super) rooms_sent: u64,
    /// When the last of them arrives.
    pub(super) last_arrival_ms: Option<u64>,
    /// One was lost, and so is everything after it.
    pub(super) is_cut: bool,
    /// The stream from here has ended.
    pub(super) is_shut: bool,
    /// Nobody is at this end any more.
    pub(super) is_gone: bool,
    /// How much of the window is taken by what was sent from here.
    taken_bytes: usize,
    /// Whether the connect was taken, once the answer is here.
    answer: Option<bool>,
    /// What has arrived and when it was sent.
    received: VecDeque<(Bytes, u64)>,
    /// When the last byte that was read was sent.
    pub(super) read_sent_ms: Option<u64>,
    /// When the peer ended its stream, or was lost.
    pub(super) ended_ms: Option<u64>,
    /// How much was read since room was last given.
    read_bytes: usize,
    has_lost_peer: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl End {
    fn new(host: Arc<str>) -> Self {
        Self {
            host,
            sent: 0,
            rooms_sent: 0,
            last_arrival_ms: None,
            is_cut: false,
            is_shut: false,
            is_gone: false,
            taken_bytes: 0,
            answer: None,
            received: VecDeque::new(),
            read_sent_ms: None,
            ended_ms: None,
            read_bytes: 0,
            has_lost_peer: false,
            reader: None,
            writer: None,
        }
    }

    /// Waits for the answer to the connect: whether it was taken.
    pub(super) fn answer(&mut self, waker: &Waker) -> Poll<bool> {
        if self.answer.is_none() {
            self.reader = Some(waker.clone());
        }
        self.answer.map_or(Poll::Pending, Poll::Ready)
    }

    /// Reads what has arrived, nothing at the end of the stream. A read ends where a message does,
    /// so that the time at which it was sent is that of all its bytes.
    pub(super) fn read(&mut self, into: &mut ReadBuf<'_>, waker: &Waker) -> Poll<()> {
        let Some((bytes, sent_ms)) = self.received.front_mut() else {
            if self.ended_ms.is_some() {
                return Poll::Ready(());
            }
            self.reader = Some(waker.clone());
            return Poll::Pending;
        };
        let size = bytes.len().min(into.remaining());
        into.put_slice(&bytes[..size]);
        bytes.advance(size);
        self.read_sent_ms = Some(*sent_ms);
        self.read_bytes += size;
        if bytes.is_empty() {
            self.received.pop_front();
            self.read_bytes += MESSAGE_COST_BYTES;
        }
        Poll::Ready(())
    }

    fn ended(&mut self, sent_ms: u64) {
        self.ended_ms.get_or_insert(sent_ms);
    }

    /// Returns the room to give to the peer, once it is worth a message.
    pub(super) fn room(&mut self) -> Option<usize> {
        (self.read_bytes >= WINDOW_BYTES / 4).then(|| std::mem::take(&mut self.read_bytes))
    }

    /// Waits for the window to have room, and takes it.
    pub(super) fn take_room(&mut self, bytes: usize, waker: &Waker) -> Poll<()> {
        if self.taken_bytes >= WINDOW_BYTES && !self.is_broken() {
            self.writer = Some(waker.clone());
            return Poll::Pending;
        }
        self.taken_bytes += bytes + MESSAGE_COST_BYTES;
        Poll::Ready(())
    }

    /// Whether nothing can be written any more.
    pub(super) fn is_broken(&self) -> bool {
        self.is_shut || self.has_lost_peer
    }

    /// Leaves the end for good.
    pub(super) fn leave(&mut self) {
        self.is_gone = true;
        self.received.clear();
    }
}
