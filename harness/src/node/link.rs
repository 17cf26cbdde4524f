//! Streams in memory between the sequencer and the proxy in its process: they know when the
//! sequencer opened them, wrote and closed. What a machine takes to let the proxy notice is not held
//! against anybody.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll};

use futures::FutureExt;
use futures::future::BoxFuture;
use gauntlet_rpc::{Dial, Io};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf, duplex};
use tokio::sync::mpsc;

use crate::trace::Recorder;
use crate::world::proxy::{AcceptStamped, Arrives, Opening, Stamped};

/// How many bytes a stream holds in one direction before its writer waits.
const STREAM_BYTES: usize = 1024 * 1024;

/// How many streams wait to be accepted; further ones are refused.
const MAX_BACKLOG: usize = 1024;

/// The door of a proxy in the sequencer's process.
#[derive(Debug)]
pub(super) struct LinkDoor(mpsc::Receiver<Far>);

/// Makes a dialer of streams in memory, whatever the endpoint, and the door where they come in.
pub(super) fn link(recorder: &Recorder) -> (Dial, LinkDoor) {
    let (opened, accepted) = mpsc::channel(MAX_BACKLOG);
    let recorder = recorder.clone();
    let dial = Dial::new(move |_endpoint| {
        let (near, far) = duplex(STREAM_BYTES);
        let stamps = Arc::new(Stamps {
            asked_us: recorder.now_us(),
            recorder: recorder.clone(),
            ended_us: OnceLock::new(),
            writes: Mutex::default(),
        });
        let taken = opened.try_send(Far {
            stream: far,
            stamps: stamps.clone(),
            read: 0,
            sent_us: None,
        });
        let near = Near {
            stream: near,
            stamps,
        };
        async move {
            taken.map_err(|_refused| io::Error::from(io::ErrorKind::ConnectionRefused))?;
            Ok(Box::new(near) as Box<dyn Io>)
        }
        .boxed()
    });
    (dial, LinkDoor(accepted))
}

impl AcceptStamped for LinkDoor {
    fn accept_stamped(&mut self) -> BoxFuture<'_, io::Result<Box<dyn Stamped>>> {
        async {
            match self.0.recv().await {
                Some(stream) => Ok(Box::new(stream) as Box<dyn Stamped>),
                // Nobody can dial any more.
                None => std::future::pending().await,
            }
        }
        .boxed()
    }
}

/// When things happened at the sequencer's end.
#[derive(Debug)]
struct Stamps {
    recorder: Recorder,
    asked_us: u64,
    ended_us: OnceLock<u64>,
    writes: Mutex<Writes>,
}

/// What was written and is not read yet.
#[derive(Debug, Default)]
struct Writes {
    /// How many bytes were written in all.
    written: u64,
    /// Where each write ends, and when it was made.
    ends: VecDeque<(u64, u64)>,
}

impl Stamps {
    fn writes(&self) -> MutexGuard<'_, Writes> {
        self.writes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The sequencer's end.
struct Near {
    stream: DuplexStream,
    stamps: Arc<Stamps>,
}

impl Drop for Near {
    fn drop(&mut self) {
        let at_us = self.stamps.recorder.now_us();
        self.stamps.ended_us.get_or_init(|| at_us);
    }
}

impl AsyncRead for Near {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl AsyncWrite for Near {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let stamps = self.stamps.clone();
        // Whoever reads the bytes finds their stamp: it waits for this lock.
        let mut writes = stamps.writes();
        let at_us = stamps.recorder.now_us();
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        if let Poll::Ready(Ok(count)) = written {
            writes.written += count as u64;
            let end = writes.written;
            writes.ends.push_back((end, at_us));
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let at_us = self.stamps.recorder.now_us();
        self.stamps.ended_us.get_or_init(|| at_us);
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// The proxy's end.
#[derive(Debug)]
struct Far {
    stream: DuplexStream,
    stamps: Arc<Stamps>,
    /// How many bytes were read in all.
    read: u64,
    /// When the last of them was written.
    sent_us: Option<u64>,
}

impl Stamped for Far {
    fn opening(&self) -> Opening {
        let asked_us = Some(self.stamps.asked_us);
        Opening {
            asked_us,
            answered_us: asked_us,
        }
    }

    fn read_sent_us(&self) -> Option<u64> {
        self.sent_us
    }

    fn written_arrives(&self) -> Arrives {
        // It is there at once, and read when the sequencer comes to it.
        Arrives::Unknown
    }

    fn ended_us(&self) -> Option<u64> {
        self.stamps.ended_us.get().copied()
    }
}

impl AsyncRead for Far {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, into);
        let count = into.filled().len() - before;
        if count > 0 {
            self.read += count as u64;
            let (read, stamps) = (self.read, self.stamps.clone());
            let mut writes = stamps.writes();
            while writes.ends.front().is_some_and(|(end, _)| *end < read) {
                writes.ends.pop_front();
            }
            self.sent_us = writes.ends.front().map(|(_, at_us)| *at_us);
        }
        polled
    }
}

impl AsyncWrite for Far {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn the_proxy_knows_when_the_sequencer_did_what() {
        let clock = Arc::new(AtomicU64::new(5));
        let now = clock.clone();
        let recorder = Recorder::new(move || now.load(Ordering::Relaxed)).told_to(|_| {});
        let (dial, mut door) = link(&recorder);
        let endpoint = "http://127.0.0.1:1".parse().unwrap();
        let mut near = dial.dial(&endpoint).await.unwrap();
        clock.store(7, Ordering::Relaxed);
        near.write_all(b"one").await.unwrap();
        clock.store(8, Ordering::Relaxed);
        near.write_all(b"two").await.unwrap();
        clock.store(90, Ordering::Relaxed);
        let mut far = door.accept_stamped().await.unwrap();
        assert_eq!(far.opening().asked_us, Some(5));
        assert_eq!((far.read_sent_us(), far.ended_us()), (None, None));
        let mut bytes = [0; 3];
        far.read_exact(&mut bytes).await.unwrap();
        assert_eq!((&bytes, far.read_sent_us()), (b"one", Some(7)));
        far.read_exact(&mut bytes).await.unwrap();
        assert_eq!((&bytes, far.read_sent_us()), (b"two", Some(8)));
        drop(near);
        clock.store(99, Ordering::Relaxed);
        assert_eq!(far.read(&mut bytes).await.unwrap(), 0);
        assert_eq!(far.ended_us(), Some(90));
    }
}
