//! The way to the builder, with a tap where what happens is written: the same proxy as everywhere,
//! on a port of this process, so that what crosses the link is seen on both faces.

use std::io;

use futures::FutureExt;
use futures::future::BoxFuture;
use gauntlet_rpc::{Dial, Endpoint, TcpAcceptor};

use super::NodeError;
use crate::net::tcp::Unstamped;
use crate::trace::Recorder;
use crate::world::proxy::{Behind, Numbers, ProxyConfig, ProxyLimits, WireTap, run_proxy};

/// Where a proxy listens: on any free port of the loopback address.
const LOOPBACK: &str = "127.0.0.1:0";

/// The taps of a run, and the numbers that they share.
#[derive(Debug)]
pub(super) struct Taps {
    pub(super) recorder: Recorder,
    pub(super) dial: Dial,
    pub(super) numbers: Numbers,
}

/// A tapped way.
pub(super) struct Tapped {
    /// The URL to use instead.
    pub(super) url: String,
    /// The proxy there, which ends when it can accept no more.
    pub(super) proxy: BoxFuture<'static, io::Error>,
}

impl Taps {
    /// Puts a tap before a URL.
    pub(super) async fn before(&self, url: &str) -> Result<Tapped, NodeError> {
        let endpoint = endpoint(url)?;
        let door = TcpAcceptor::bind(LOOPBACK).await?;
        let address = door.local_addr()?;
        let (tell, now) = (self.recorder.clone(), self.recorder.clone());
        let path = endpoint.path.clone();
        let config = ProxyConfig {
            behind: Behind {
                dial: self.dial.clone(),
                authority: Some(endpoint.authority().into()),
                endpoint,
            },
            interfere: None,
            searcher: None,
            tap: WireTap::new(
                move |face, wire| tell.crossed(face, wire),
                move || now.now_us(),
            ),
            numbers: self.numbers.clone(),
            limits: ProxyLimits::default(),
        };
        Ok(Tapped {
            url: format!("http://{address}{path}"),
            proxy: run_proxy(Unstamped(door), config).boxed(),
        })
    }
}

/// Reads a URL.
pub(super) fn endpoint(url: &str) -> Result<Endpoint, NodeError> {
    url.parse().map_err(|source| NodeError::Url {
        url: url.to_owned(),
        source,
    })
}
