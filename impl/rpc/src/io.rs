//! The seam: any byte stream, opened by any dialer, taken from any acceptor.

use std::fmt;
use std::io;
use std::sync::Arc;

use futures::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite};

/// A byte stream between two nodes: TCP of the operating system, or of a simulated network.
pub trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// How a peer is spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scheme {
    /// In the clear.
    #[default]
    Http,
    /// Over TLS, on real sockets.
    Https,
}

/// Where a peer listens: a host name or address, a port and the path that requests are posted to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint {
    /// How it is spoken to.
    pub scheme: Scheme,
    /// The host name, an IPv4 address or an IPv6 address without brackets.
    pub host: String,
    /// The TCP port.
    pub port: u16,
    /// The absolute path, `/` if the URL names none.
    pub path: String,
}

/// Opens a stream to an endpoint. The caller bounds the wait.
#[derive(Clone)]
pub struct Dial(Arc<DialFn>);

type DialFn = dyn Fn(Endpoint) -> BoxFuture<'static, io::Result<Box<dyn Io>>> + Send + Sync;

impl Dial {
    /// Makes a dialer of a function.
    pub fn new<F>(dial: F) -> Self
    where
        F: Fn(Endpoint) -> BoxFuture<'static, io::Result<Box<dyn Io>>> + Send + Sync + 'static,
    {
        Self(Arc::new(dial))
    }

    /// Opens a stream.
    ///
    /// # Errors
    ///
    /// Whatever kept the stream from opening: refused, unreachable, no such host.
    pub async fn dial(&self, endpoint: &Endpoint) -> io::Result<Box<dyn Io>> {
        (self.0)(endpoint.clone()).await
    }
}

impl fmt::Debug for Dial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dial")
    }
}

/// Hands out the streams that peers open, the accepting counterpart of [`Dial`].
pub trait Accept: Send {
    /// Waits for the next stream.
    fn accept(&mut self) -> BoxFuture<'_, io::Result<Box<dyn Io>>>;
}

impl Accept for Box<dyn Accept> {
    fn accept(&mut self) -> BoxFuture<'_, io::Result<Box<dyn Io>>> {
        (**self).accept()
    }
}
