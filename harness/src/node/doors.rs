//! Where a process listens: doors that count who is there.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::FutureExt;
use futures::future::BoxFuture;
use gauntlet_rpc::{
    Accept, Auth, Cors, Io, Methods, Pages, ServerConfig, ServerCounters, TcpAcceptor, serve,
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Mutex;

use super::NodeError;
use super::metrics::Metrics;
use super::notes::Notes;

/// A door, and what is behind it.
#[derive(Debug)]
pub(super) struct Door {
    /// Its name in numbers.
    name: &'static str,
    acceptor: Arc<Mutex<TcpAcceptor>>,
    /// Where it is, such as `127.0.0.1:8545`.
    pub(super) address: String,
}

impl Door {
    /// Opens a door.
    pub(super) async fn open(name: &'static str, address: &str) -> Result<Self, NodeError> {
        let failed = |source| NodeError::Listen {
            address: address.to_owned(),
            source,
        };
        let acceptor = TcpAcceptor::bind(address).await.map_err(failed)?;
        let address = acceptor.local_addr().map_err(failed)?.to_string();
        Ok(Self {
            name,
            acceptor: Arc::new(Mutex::new(acceptor)),
            address,
        })
    }

    /// Serves until accepting fails for good, and returns why. Once it is dropped, something else
    /// can be served at the same door.
    pub(super) fn serve(
        &self,
        methods: impl Into<Methods>,
        behind: Behind,
        notes: &Notes,
    ) -> BoxFuture<'static, io::Error> {
        let methods: Methods = methods.into();
        let (name, metrics) = (self.name, notes.metrics.clone());
        let counters = ServerCounters::default();
        metrics.server(name, counters.clone());
        let config = ServerConfig {
            auth: behind.auth,
            cors: behind.cors,
            pages: behind.pages,
            counters,
            ..ServerConfig::default()
        };
        let acceptor = Counted {
            name,
            acceptor: self.acceptor.clone(),
            metrics,
        };
        serve(acceptor, methods, config).boxed()
    }
}

/// What is behind a door besides methods.
#[derive(Debug, Default)]
pub(super) struct Behind {
    /// Who is let in; without it, everyone.
    pub(super) auth: Option<Auth>,
    /// Whether pages of other origins may call from a browser.
    pub(super) cors: Cors,
    /// What it shows to those who only look.
    pub(super) pages: Pages,
}

/// The pages of a process.
pub(super) fn pages(notes: &Notes) -> Pages {
    let (health, metrics) = (notes.health.clone(), notes.metrics.clone());
    Pages::default()
        .with("/healthz", move || health.page())
        .with("/metrics", move || metrics.page())
}

struct Counted {
    name: &'static str,
    acceptor: Arc<Mutex<TcpAcceptor>>,
    metrics: Metrics,
}

impl Accept for Counted {
    fn accept(&mut self) -> BoxFuture<'_, io::Result<Box<dyn Io>>> {
        async {
            let stream = self.acceptor.lock().await.accept().await?;
            self.metrics.connected(self.name);
            let (name, metrics) = (self.name, self.metrics.clone());
            Ok(Box::new(CountedStream {
                stream,
                name,
                metrics,
            }) as Box<dyn Io>)
        }
        .boxed()
    }
}

struct CountedStream {
    stream: Box<dyn Io>,
    name: &'static str,
    metrics: Metrics,
}

impl Drop for CountedStream {
    fn drop(&mut self) {
        self.metrics.disconnected(self.name);
    }
}

impl AsyncRead for CountedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl AsyncWrite for CountedStream {
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
