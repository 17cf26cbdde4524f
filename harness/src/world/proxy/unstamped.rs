//! Streams that know nothing of when things crossed them.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use gauntlet_rpc::Io;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{Arrives, Opening, Stamped};

/// A stream of a network that knows no times, such as the operating system's TCP.
pub struct UnstampedStream(pub Box<dyn Io>);

impl fmt::Debug for UnstampedStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UnstampedStream")
    }
}

impl Stamped for UnstampedStream {
    fn opening(&self) -> Opening {
        Opening::default()
    }

    fn read_sent_us(&self) -> Option<u64> {
        None
    }

    fn written_arrives(&self) -> Arrives {
        Arrives::Unknown
    }

    fn ended_us(&self) -> Option<u64> {
        None
    }
}

impl AsyncRead for UnstampedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, into)
    }
}

impl AsyncWrite for UnstampedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
