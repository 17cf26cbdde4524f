//! Real sockets, which know nothing of when things crossed them.

use std::io;

use futures::FutureExt;
use futures::future::BoxFuture;
use gauntlet_rpc::Accept;

use crate::world::proxy::{AcceptStamped, Keeps, Stamped, UnstampedStream};

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
