//! Real sockets, which know nothing of when things crossed them.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::FutureExt;
use futures::future::BoxFuture;
use gauntlet_rpc::{Accept, Io};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::world::proxy::{AcceptStamped, Arrives, Keeps, Opening, Stamped};

/// The door of a proxy on a network that knows no times, such as the operating system's TCP.
#[derive(Debug)]
pub struct Unstamped<A>(pub A);

impl<A: Accept> AcceptStamped for Unstamped<A> {
    fn accept_stamped(&mut self) -> BoxFuture<'_, io::Result<Box<dyn Stamped>>> {
        async {
            let stream = UnstampedStream(self.0.accept().await?);
            Ok(Box::new(stream) as Box<dyn Stamped>)
        }
        .boxed()
    }

    fn keeps(&self) -> Option<Keeps> {
        Some(Keeps::OF_REAL_SOCKETS)
    }
}

struct UnstampedStream(Box<dyn Io>);

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
