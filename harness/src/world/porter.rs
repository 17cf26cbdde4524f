//! A node with a porter: somebody of its own who alters what it hears, or what it says, in deed. A
//! builder's stands at its door, a sequencer's carries what it sends. Whoever is outside cannot tell
//! him from the node.

use std::io;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use gauntlet_rpc::{Accept, Dial, Endpoint, Scheme};

use super::proxy::{
    AcceptStamped, Behind, Interfere, Numbers, ProxyConfig, ProxyLimits, Stamped, UnstampedStream,
    WireTap, inner, run_proxy,
};

/// Makes a porter, anew at each start of his node.
pub type Porter = fn() -> Arc<dyn Interfere>;

/// The door to which a builder has a porter, from outside.
struct Outer(Box<dyn Accept>);

impl AcceptStamped for Outer {
    fn accept_stamped(&mut self) -> BoxFuture<'_, io::Result<Box<dyn Stamped>>> {
        async {
            let stream = UnstampedStream(self.0.accept().await?);
            Ok(Box::new(stream) as Box<dyn Stamped>)
        }
        .boxed()
    }
}

/// Puts a porter at a door: the builder gets the door that is returned, and nobody comes in as long
/// as the future is not polled, which ends when the outer door fails for good.
pub(super) fn put(
    door: Box<dyn Accept>,
    porter: Porter,
) -> (Box<dyn Accept>, impl Future<Output = io::Error>) {
    let (dial, inside) = inner();
    let endpoint = Endpoint {
        scheme: Scheme::Http,
        host: "inside".to_owned(),
        port: 1,
        path: "/".to_owned(),
    };
    let config = passing(dial, endpoint, porter);
    (Box::new(inside), run_proxy(Outer(door), config))
}

/// Lets a porter carry everything to the one endpoint: the sequencer gets the dialer that is
/// returned, and nothing is carried as long as the future is not polled.
pub(super) fn send(
    dial: Dial,
    endpoint: Endpoint,
    porter: Porter,
) -> (Dial, impl Future<Output = io::Error>) {
    let (near, inside) = inner();
    let config = passing(dial, endpoint, porter);
    (near, run_proxy(Outer(Box::new(inside)), config))
}

fn passing(dial: Dial, endpoint: Endpoint, porter: Porter) -> ProxyConfig {
    ProxyConfig {
        behind: Behind {
            dial,
            endpoint,
            authority: None,
        },
        interfere: Some(porter()),
        searcher: None,
        prober: None,
        engine: None,
        // What crosses is seen outside, where it counts.
        tap: WireTap::new(|_, _| {}, || 0),
        numbers: Numbers::default(),
        limits: ProxyLimits::default(),
    }
}
