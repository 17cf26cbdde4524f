//! The stream to the peer in front of a proxy, watched: what is read and written, when it was sent
//! and when it arrives, when a reply has left, and when the peer closes.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use super::{Arrives, Stamped, WireTap};
use crate::trace::{Face, Wire};

/// How much is read ahead, so that the end of the stream is noticed behind pipelined requests.
const MAX_AHEAD_BYTES: usize = 64 * 1024;

/// How much is read ahead at once.
const READ_BYTES: usize = 8 * 1024;

/// The stream to the peer in front of a proxy; clones share it.
#[derive(Clone)]
pub(super) struct Door(Arc<Mutex<Watched>>);

struct Watched {
    stream: Box<dyn Stamped>,
    connection: u64,
    tap: WireTap,
    /// What was read ahead, and when it was sent.
    ahead: VecDeque<(Bytes, Option<u64>)>,
    ahead_bytes: usize,
    /// When the first byte of the request that arrives was sent, if the network knows.
    first_us: Option<u64>,
    /// The peer closed the stream or was lost.
    is_ended: bool,
    /// An exchange is going on.
    is_busy: bool,
    /// The exchange whose reply is wholly in HTTP's hands, and leaves with the next flush.
    leaving: Option<u64>,
    /// What is written after the reply that leaves.
    trail: Bytes,
    /// How long after the reply that leaves this end is closed.
    closes_after: Option<Duration>,
    /// Runs until this end is closed.
    hangs_up: Option<Pin<Box<Sleep>>>,
    /// This end is closed.
    is_hung_up: bool,
    /// How often everything that was written was flushed.
    flushes: u64,
    flushed: Option<Waker>,
    stall_timeout: Duration,
    /// Runs while a write waits for the peer.
    stalled: Option<Pin<Box<Sleep>>>,
}

/// What reading ahead brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ahead {
    Bytes,
    End,
}

impl Door {
    pub(super) fn new(
        stream: Box<dyn Stamped>,
        connection: u64,
        tap: WireTap,
        stall_timeout: Duration,
    ) -> Self {
        Self(Arc::new(Mutex::new(Watched {
            stream,
            connection,
            tap,
            ahead: VecDeque::new(),
            ahead_bytes: 0,
            first_us: None,
            is_ended: false,
            is_busy: false,
            leaving: None,
            trail: Bytes::new(),
            closes_after: None,
            hangs_up: None,
            is_hung_up: false,
            flushes: 0,
            flushed: None,
            stall_timeout,
            stalled: None,
        })))
    }

    /// A request begins to arrive: an exchange is going on until its reply has left.
    pub(super) fn begins(&self) {
        self.watched().is_busy = true;
    }

    /// A request has arrived as a whole: returns when its first byte was sent, if the network
    /// knows.
    pub(super) fn arrived(&self) -> Option<u64> {
        self.watched().first_us.take()
    }

    /// The last byte of a reply is in HTTP's hands.
    pub(super) fn leaves(&self, exchange: u64) {
        self.watched().leaving = Some(exchange);
    }

    /// What is written after the reply that leaves next, and how long after that this end is closed.
    pub(super) fn follows(&self, trail: Bytes, closes_after: Option<Duration>) {
        let mut watched = self.watched();
        watched.trail = trail;
        watched.closes_after = closes_after;
    }

    /// Whether this end is closed, so that nothing can be written any more.
    pub(super) fn is_hung_up(&self) -> bool {
        self.watched().is_hung_up
    }

    /// Closes this end when it is time; never ready if it never is.
    pub(super) async fn hangs_up(&self) {
        poll_fn(|cx| self.watched().poll_hang_up(cx)).await;
    }

    pub(super) fn is_busy(&self) -> bool {
        self.watched().is_busy
    }

    /// How often everything that was written was flushed.
    pub(super) fn flushes(&self) -> u64 {
        self.watched().flushes
    }

    /// Waits until everything was flushed more often than this.
    pub(super) fn poll_flushed(&self, flushes: u64, cx: &Context<'_>) -> Poll<()> {
        let mut watched = self.watched();
        if watched.flushes > flushes {
            return Poll::Ready(());
        }
        watched.flushed = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Reads ahead, so that the end of the stream is noticed in the midst of an exchange too.
    pub(super) async fn ahead(&self) -> Ahead {
        poll_fn(|cx| self.watched().poll_ahead(cx)).await
    }

    fn watched(&self) -> MutexGuard<'_, Watched> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watched {
    fn poll_ahead(&mut self, cx: &mut Context<'_>) -> Poll<Ahead> {
        let mut has_read = false;
        while !self.is_ended && self.ahead_bytes < MAX_AHEAD_BYTES {
            let mut bytes = [MaybeUninit::uninit(); READ_BYTES];
            let mut into = ReadBuf::uninit(&mut bytes);
            let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(cx, &mut into) else {
                break;
            };
            if read.is_err() || into.filled().is_empty() {
                self.ended();
                break;
            }
            has_read = true;
            self.ahead_bytes += into.filled().len();
            let bytes = Bytes::copy_from_slice(into.filled());
            self.ahead.push_back((bytes, self.stream.read_sent_us()));
        }
        match (self.is_ended, has_read) {
            (true, _) => Poll::Ready(Ahead::End),
            (false, true) => Poll::Ready(Ahead::Bytes),
            (false, false) => Poll::Pending,
        }
    }

    fn poll_read(&mut self, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if let Some((bytes, sent_us)) = self.ahead.front_mut() {
            let (size, sent_us) = (bytes.len().min(into.remaining()), *sent_us);
            into.put_slice(&bytes[..size]);
            bytes.advance(size);
            if bytes.is_empty() {
                self.ahead.pop_front();
            }
            self.ahead_bytes -= size;
            self.first_us = self.first_us.or(sent_us);
            return Poll::Ready(Ok(()));
        }
        if self.is_ended {
            return Poll::Ready(Ok(()));
        }
        let before = into.filled().len();
        let read = ready!(Pin::new(&mut self.stream).poll_read(cx, into));
        if read.is_err() || into.filled().len() == before {
            self.ended();
        } else {
            self.first_us = self.first_us.or(self.stream.read_sent_us());
        }
        Poll::Ready(read)
    }

    /// The peer closed the stream or was lost.
    fn ended(&mut self) {
        if !std::mem::replace(&mut self.is_ended, true) {
            let closed = Wire::Closed {
                connection: self.connection,
                sent_us: self.stream.ended_us(),
            };
            self.tap.tell(Face::Sequencer, closed);
        }
    }

    fn poll_hang_up(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(hangs_up) = &mut self.hangs_up else {
            return Poll::Pending;
        };
        ready!(hangs_up.as_mut().poll(cx));
        // That the peer is gone already is noticed elsewhere.
        let _closed = ready!(Pin::new(&mut self.stream).poll_shutdown(cx));
        self.hangs_up = None;
        self.is_hung_up = true;
        Poll::Ready(())
    }

    /// Writes what follows the reply that has left.
    fn poll_trail(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.trail.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.trail))?;
            self.trail.advance(written);
        }
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn was_flushed(&mut self) {
        self.flushes += 1;
        if let Some(waker) = self.flushed.take() {
            waker.wake();
        }
        if let Some(exchange) = self.leaving.take() {
            self.is_busy = false;
            let closes_after = self.closes_after.take();
            self.hangs_up = closes_after.map(|after| Box::pin(sleep(after)));
            let arrives_us = match self.stream.written_arrives() {
                Arrives::At(us) => Some(us),
                Arrives::Unknown => None,
                Arrives::Never => return,
            };
            let left = Wire::Left {
                exchange,
                arrives_us,
            };
            self.tap.tell(Face::Sequencer, left);
        }
    }

    /// Bounds how long the peer may take nothing.
    fn bounded<T>(
        &mut self,
        cx: &mut Context<'_>,
        progress: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if progress.is_pending() {
            let timeout = self.stall_timeout;
            let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(timeout)));
            ready!(stalled.as_mut().poll(cx));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        self.stalled = None;
        if let Poll::Ready(Err(_)) = progress {
            self.ended();
        }
        progress
    }
}

impl AsyncRead for Door {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.watched().poll_read(cx, into)
    }
}

impl AsyncWrite for Door {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut watched = self.watched();
        let progress = Pin::new(&mut watched.stream).poll_write(cx, bytes);
        watched.bounded(cx, progress)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut watched = self.watched();
        let progress = Pin::new(&mut watched.stream).poll_flush(cx);
        let progress = ready!(watched.bounded(cx, progress));
        if progress.is_ok() {
            let has_left = watched.leaving.is_some();
            watched.was_flushed();
            if has_left {
                return watched.poll_trail(cx);
            }
        }
        Poll::Ready(progress)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut watched = self.watched();
        let progress = Pin::new(&mut watched.stream).poll_shutdown(cx);
        watched.bounded(cx, progress)
    }
}
