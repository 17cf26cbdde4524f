//! A reply's body on its way out.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use super::gate::Pace;

/// A body that leaves at the pace its reply asks for.
#[derive(Debug)]
pub(super) struct PacedBody {
    body: Bytes,
    sent: usize,
    pace: Pace,
    /// The pause before the next piece; none if it may leave now.
    pause: Option<Pin<Box<Sleep>>>,
}

impl PacedBody {
    pub(super) fn new(body: Bytes, pace: Pace) -> Self {
        let first_after = match pace {
            Pace::AtOnce | Pace::CutOff { .. } => None,
            Pace::Drip { first_after, .. } => Some(first_after),
            Pace::Endless { every } => Some(every),
        };
        let pause = first_after.map(|after| Box::pin(sleep_until(Instant::now() + after)));
        Self {
            body,
            sent: 0,
            pace,
            pause,
        }
    }

    fn next_piece(&mut self) -> io::Result<Bytes> {
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
                return Ok(self.body.clone());
            }
            Pace::CutOff { after_bytes } if self.sent >= after_bytes => {
                return Err(io::Error::new(
                    io::ErrorKind::ConnectionAborted,
                    "reply cut off",
                ));
            }
            Pace::CutOff { after_bytes } => rest.min(after_bytes),
        };
        let piece = self.body.slice(self.sent..self.sent + size);
        self.sent += size;
        Ok(piece)
    }

    fn rest(&mut self, every: Duration) {
        if let Some(pause) = &mut self.pause {
            pause.as_mut().reset(Instant::now() + every);
        }
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
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(cx));
        }
        Poll::Ready(Some(self.next_piece().map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        match self.pace {
            Pace::AtOnce | Pace::Drip { .. } => self.sent == self.body.len(),
            Pace::Endless { .. } => false,
            Pace::CutOff { .. } => self.body.is_empty(),
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
