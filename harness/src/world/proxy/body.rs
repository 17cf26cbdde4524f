//! A reply's body on its way to the peer in front of a proxy.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use super::Pace;
use super::door::Door;

/// A body that leaves at a pace.
pub(super) struct PacedBody {
    body: Bytes,
    sent: usize,
    pace: Pace,
    /// The pause before the next piece; none if it may leave now.
    pause: Option<Pin<Box<Sleep>>>,
    exchange: u64,
    door: Door,
    /// The door was told that all of it leaves, or it never will.
    is_told: bool,
    /// How often the door was flushed when the last byte before a cut was given to it.
    cut_after_flushes: Option<u64>,
}

impl PacedBody {
    pub(super) fn new(body: Bytes, pace: Pace, exchange: u64, door: Door) -> Self {
        let pace = match pace {
            // Whoever cuts nothing off sends all.
            Pace::CutOff { after_bytes } if after_bytes >= body.len() => Pace::AtOnce,
            Pace::AtOnce | Pace::Drip { .. } | Pace::Endless { .. } | Pace::CutOff { .. } => pace,
        };
        let first_after = match pace {
            Pace::AtOnce | Pace::CutOff { .. } => None,
            Pace::Drip { first_after, .. } => Some(first_after),
            Pace::Endless { every } => Some(every),
        };
        let pause = first_after.map(|after| Box::pin(sleep_until(Instant::now() + after)));
        let is_told = matches!(pace, Pace::Endless { .. } | Pace::CutOff { .. });
        let mut paced = Self {
            body,
            sent: 0,
            pace,
            pause,
            exchange,
            door,
            is_told,
            cut_after_flushes: None,
        };
        if paced.is_end_stream() {
            paced.tell();
        }
        paced
    }

    /// The whole body is in HTTP's hands.
    fn tell(&mut self) {
        if !std::mem::replace(&mut self.is_told, true) {
            self.door.leaves(self.exchange);
        }
    }

    fn next_piece(&mut self) -> Bytes {
        let rest = self.body.len() - self.sent;
        let size = match self.pace {
            Pace::AtOnce => rest,
            Pace::Drip {
                chunk_bytes, every, ..
            } => {
                self.rest(every);
                chunk_bytes.clamp(1, rest.max(1)).min(rest)
            }
            Pace::Endless { every } => {
                self.rest(every);
                return self.body.clone();
            }
            Pace::CutOff { after_bytes } => after_bytes,
        };
        let piece = self.body.slice(self.sent..self.sent + size);
        self.sent += size;
        piece
    }

    fn rest(&mut self, every: Duration) {
        if let Some(pause) = &mut self.pause {
            pause.as_mut().reset(Instant::now() + every);
        }
    }

    /// Waits until what comes before a cut has left, and cuts.
    fn poll_cut(&mut self, cx: &Context<'_>) -> Poll<io::Error> {
        let door = &self.door;
        let flushes = *self.cut_after_flushes.get_or_insert_with(|| door.flushes());
        ready!(door.poll_flushed(flushes, cx));
        Poll::Ready(io::Error::new(
            io::ErrorKind::ConnectionAborted,
            "reply cut off",
        ))
    }
}

impl Body for PacedBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.is_end_stream() {
            return Poll::Ready(None);
        }
        match self.pace {
            Pace::CutOff { after_bytes } if self.sent == after_bytes => {
                return Poll::Ready(Some(Err(ready!(self.poll_cut(cx)))));
            }
            // There is nothing to send over and over.
            Pace::Endless { .. } if self.body.is_empty() => return Poll::Pending,
            Pace::AtOnce | Pace::Drip { .. } | Pace::Endless { .. } | Pace::CutOff { .. } => {}
        }
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(cx));
        }
        let piece = self.next_piece();
        if self.is_end_stream() {
            self.tell();
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        match self.pace {
            Pace::AtOnce | Pace::Drip { .. } => self.sent == self.body.len(),
            Pace::Endless { .. } | Pace::CutOff { .. } => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self.pace {
            Pace::AtOnce | Pace::Drip { .. } | Pace::CutOff { .. } => {
                SizeHint::with_exact((self.body.len() - self.sent) as u64)
            }
            Pace::Endless { .. } => SizeHint::new(),
        }
    }
}

impl Drop for PacedBody {
    fn drop(&mut self) {
        // A reply whose status or whose request forbids a body leaves without it.
        self.tell();
    }
}
