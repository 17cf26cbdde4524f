//! The seam over the operating system's TCP.

use std::io;
use std::net::SocketAddr;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};

use crate::io::{Accept, Dial, Io, Scheme};
use crate::tls::Trust;

/// Makes a dialer that opens TCP connections of the operating system, and over them TLS to those
/// who are vouched for by a public certification authority, if their URL asks for it.
pub fn tcp_dial() -> Dial {
    tcp_dial_trusting(&Trust::public())
}

/// Makes a dialer that opens TCP connections of the operating system, and over them TLS to those
/// who are to be trusted, if their URL asks for it.
pub fn tcp_dial_trusting(trust: &Trust) -> Dial {
    let trust = trust.clone();
    Dial::new(move |endpoint| {
        let trust = trust.clone();
        async move {
            let stream = TcpStream::connect((endpoint.host.as_str(), endpoint.port)).await?;
            stream.set_nodelay(true)?;
            match endpoint.scheme {
                Scheme::Http => Ok(Box::new(stream) as Box<dyn Io>),
                Scheme::Https => trust.secure(stream, &endpoint.host).await,
            }
        }
        .boxed()
    })
}

/// Accepts TCP connections of the operating system.
#[derive(Debug)]
pub struct TcpAcceptor {
    listener: TcpListener,
}

impl TcpAcceptor {
    /// Binds an address; port 0 takes any free port.
    ///
    /// # Errors
    ///
    /// Whatever kept the address from being bound: in use, not ours, not an address.
    pub async fn bind(address: impl ToSocketAddrs) -> io::Result<Self> {
        Ok(Self {
            listener: TcpListener::bind(address).await?,
        })
    }

    /// Returns the address that is bound.
    ///
    /// # Errors
    ///
    /// Whatever the operating system reports.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Accept for TcpAcceptor {
    fn accept(&mut self) -> BoxFuture<'_, io::Result<Box<dyn Io>>> {
        async move {
            loop {
                let (stream, _peer) = self.listener.accept().await?;
                // A peer that is gone already is no failure of ours.
                if stream.set_nodelay(true).is_ok() {
                    return Ok(Box::new(stream) as Box<dyn Io>);
                }
            }
        }
        .boxed()
    }
}
