//! The ends of a connection, as the nodes hold them.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use gauntlet_rpc::{Accept, Io};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::connection::{ConnectionId, Message};
use super::links::Direction;
use super::{Network, now_ms, try_now_ms};
use crate::world::proxy::{AcceptStamped, Arrives, Opening, Stamped};

/// Hands out the connections that peers open to a port.
#[derive(Debug)]
pub struct LineAcceptor {
    pub(super) network: Network,
    pub(super) host: Arc<str>,
    pub(super) port: u16,
    pub(super) serial: u64,
}

impl LineAcceptor {
    async fn next(&self) -> LineStream {
        let id = poll_fn(|cx| {
            self.network
                .lock()
                .accept(&self.host, self.port, cx.waker())
        })
        .await;
        LineStream::new(self.network.clone(), id, Direction::ToClient)
    }
}

impl Accept for LineAcceptor {
    fn accept(&mut self) -> BoxFuture<'_, io::Result<Box<dyn Io>>> {
        async { Ok(Box::new(self.next().await) as Box<dyn Io>) }.boxed()
    }
}

impl AcceptStamped for LineAcceptor {
    fn accept_stamped(&mut self) -> BoxFuture<'_, io::Result<Box<dyn Stamped>>> {
        async { Ok(Box::new(self.next().await) as Box<dyn Stamped>) }.boxed()
    }
}

impl Drop for LineAcceptor {
    fn drop(&mut self) {
        let mut state = self.network.lock();
        if state.is_bound(&self.host, self.port, self.serial) {
            state.unbind(&self.host, self.port, try_now_ms());
        }
    }
}

/// One end of a connection, named by the direction it sends in.
#[derive(Debug)]
pub(super) struct LineStream {
    network: Network,
    id: ConnectionId,
    direction: Direction,
    /// When the last byte that was written arrives, if it ever does.
    written_arrives_ms: Option<u64>,
}

impl LineStream {
    pub(super) fn new(network: Network, id: ConnectionId, direction: Direction) -> Self {
        Self {
            network,
            id,
            direction,
            written_arrives_ms: None,
        }
    }

    /// Waits for the answer to the connect.
    pub(super) async fn connected(&mut self) -> io::Result<()> {
        let taken = poll_fn(|cx| {
            self.network
                .lock()
                .end(&self.id, self.direction)
                .answer(cx.waker())
        });
        if taken.await {
            Ok(())
        } else {
            Err(io::ErrorKind::ConnectionRefused.into())
        }
    }
}

impl Stamped for LineStream {
    fn opening(&self) -> Opening {
        let (asked_ms, answered_ms) = self.network.lock().opening(&self.id);
        Opening {
            asked_us: asked_ms.map(micros),
            answered_us: answered_ms.map(micros),
        }
    }

    fn read_sent_us(&self) -> Option<u64> {
        let mut state = self.network.lock();
        state.end(&self.id, self.direction).read_sent_ms.map(micros)
    }

    fn written_arrives(&self) -> Arrives {
        let arrives_us = self.written_arrives_ms.map(micros);
        arrives_us.map_or(Arrives::Never, Arrives::At)
    }

    fn ended_us(&self) -> Option<u64> {
        let mut state = self.network.lock();
        state.end(&self.id, self.direction).ended_ms.map(micros)
    }
}

fn micros(ms: u64) -> u64 {
    ms * 1000
}

impl AsyncRead for LineStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut state = self.network.lock();
        let end = state.end(&self.id, self.direction);
        ready!(end.read(into, cx.waker()));
        if let Some(bytes) = end.room() {
            state.send(&self.id, self.direction, Message::Room(bytes), now_ms());
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for LineStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut state = self.network.lock();
        let end = state.end(&self.id, self.direction);
        if end.is_broken() {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        if !bytes.is_empty() {
            ready!(end.take_room(bytes.len(), cx.waker()));
            let message = Message::Bytes(Bytes::copy_from_slice(bytes));
            let arrives_ms = state.send(&self.id, self.direction, message, now_ms());
            drop(state);
            self.written_arrives_ms = arrives_ms;
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.network.lock();
        let end = state.end(&self.id, self.direction);
        if !std::mem::replace(&mut end.is_shut, true) {
            state.send(&self.id, self.direction, Message::End, now_ms());
        }
        Poll::Ready(Ok(()))
    }
}

impl Drop for LineStream {
    fn drop(&mut self) {
        let mut state = self.network.lock();
        if !state.is_left(&self.id, self.direction) {
            state.close(&self.id, self.direction, try_now_ms());
        }
    }
}
