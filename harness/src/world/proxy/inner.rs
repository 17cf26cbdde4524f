//! Streams in memory, for a builder that runs in the same process as the proxy in front of it.

use std::io;

use futures::FutureExt;
use futures::future::BoxFuture;
use gauntlet_rpc::{Accept, Dial, Io};
use tokio::io::{DuplexStream, duplex};
use tokio::sync::mpsc;

/// How many bytes a stream holds in one direction before its writer waits.
const STREAM_BYTES: usize = 1024 * 1024;

/// How many streams wait to be accepted; further ones are refused.
const MAX_BACKLOG: usize = 1024;

/// The accepting end of streams in memory.
#[derive(Debug)]
pub struct InnerAcceptor(mpsc::Receiver<DuplexStream>);

/// Makes a dialer of streams in memory, whatever the endpoint, and the acceptor of them. Dials are
/// refused once the acceptor is dropped.
#[must_use]
pub fn inner() -> (Dial, InnerAcceptor) {
    let (opened, accepted) = mpsc::channel(MAX_BACKLOG);
    let dial = Dial::new(move |_endpoint| {
        let (near, far) = duplex(STREAM_BYTES);
        let taken = opened.try_send(far);
        async move {
            taken.map_err(|_refused| io::Error::from(io::ErrorKind::ConnectionRefused))?;
            Ok(Box::new(near) as Box<dyn Io>)
        }
        .boxed()
    });
    (dial, InnerAcceptor(accepted))
}

impl Accept for InnerAcceptor {
    fn accept(&mut self) -> BoxFuture<'_, io::Result<Box<dyn Io>>> {
        async {
            match self.0.recv().await {
                Some(stream) => Ok(Box::new(stream) as Box<dyn Io>),
                // Nobody can dial any more.
                None => std::future::pending().await,
            }
        }
        .boxed()
    }
}
