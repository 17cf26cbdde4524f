//! A builder with a porter at its door: somebody of its own who alters what it hears, or what it
//! says, in deed. Whoever is outside cannot tell him from the builder.

use std::io;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use gauntlet_rpc::{Accept, Endpoint, Scheme};

use super::proxy::{
    AcceptStamped, Behind, Interfere, Numbers, ProxyConfig, ProxyLimits, Stamped, UnstampedStream,
    WireTap, inner, run_proxy,
};

/// Makes a porter, anew at each start of his builder.
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
    let config = ProxyConfig {
        behind: Behind {
            dial,
            endpoint: Endpoint {
                scheme: Scheme::Http,
                host: "inside".to_owned(),
                port: 1,
                path: "/".to_owned(),
            },
            authority: None,
        },
        interfere: Some(porter()),
        searcher: None,
        prober: None,
        // What crosses is seen outside, where it counts.
        tap: WireTap::new(|_, _| {}, || 0),
        numbers: Numbers::default(),
        limits: ProxyLimits::default(),
    };
    (Box::new(inside), run_proxy(Outer(door), config))
}
