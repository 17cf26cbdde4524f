//! The way to the builder, with a tap where what happens is written: the same proxy as everywhere,
//! in the sequencer's process, so that what crosses the link is seen on both faces.

use std::collections::BTreeMap;
use std::io;

use futures::FutureExt;
use futures::future::BoxFuture;
use gauntlet_rpc::{Dial, Endpoint};

use super::NodeError;
use super::link::link;
use crate::trace::Recorder;
use crate::world::proxy::{Behind, Numbers, ProxyConfig, ProxyLimits, WireTap, run_proxy};

/// Tapped ways to endpoints.
pub(super) struct Tapped {
    /// Dials them.
    pub(super) dial: Dial,
    /// The proxies, each of which ends when it can accept no more.
    pub(super) proxies: Vec<BoxFuture<'static, io::Error>>,
}

/// Puts a tap before each of these endpoints, which are dialled so behind it.
pub(super) fn tapped(
    recorder: &Recorder,
    dial: &Dial,
    endpoints: impl IntoIterator<Item = Endpoint>,
) -> Tapped {
    let numbers = Numbers::default();
    let (mut ways, mut proxies) = (BTreeMap::new(), Vec::new());
    for endpoint in endpoints {
        let authority = endpoint.authority();
        if ways.contains_key(&authority) {
            continue;
        }
        let (near, door) = link(recorder);
        ways.insert(authority, near);
        let config = ProxyConfig {
            behind: Behind {
                dial: dial.clone(),
                endpoint,
                authority: None,
            },
            interfere: None,
            searcher: None,
            prober: None,
            engine: None,
            tap: WireTap::of(recorder),
            numbers: numbers.clone(),
            limits: ProxyLimits::default(),
        };
        proxies.push(run_proxy(door, config).boxed());
    }
    let otherwise = dial.clone();
    let dial = Dial::new(move |endpoint| {
        let way = ways.get(&endpoint.authority()).unwrap_or(&otherwise);
        let way = way.clone();
        async move { way.dial(&endpoint).await }.boxed()
    });
    Tapped { dial, proxies }
}

/// Reads a URL.
pub(super) fn endpoint(url: &str) -> Result<Endpoint, NodeError> {
    url.parse().map_err(|source| NodeError::Url {
        url: url.to_owned(),
        source,
    })
}
