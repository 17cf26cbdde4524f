//! The sequencer's connections to a builder.

use std::sync::Arc;

use gauntlet_protocol::BuilderTuple;
use gauntlet_rpc::{CallNumbers, Client, ClientConfig, Dial, Endpoint, EndpointError, Tap};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

/// How many idle connections are kept for forwarding.
const IDLE_FORWARDING_CONNECTIONS: usize = 32;

/// How many idle connections are kept for the head: a block may be under way when the attributes of
/// the next one are.
const IDLE_ENGINE_CONNECTIONS: usize = 2;

/// A builder and the ways to it: one for payload requests, one for forwarded transactions, one for
/// the head, so that none waits behind another.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) builder: BuilderTuple,
    pub(crate) payloads: Client,
    pub(crate) transactions: Client,
    pub(crate) engine: Client,
}

impl Link {
    /// Makes a link; nothing is connected yet.
    pub(crate) fn new(
        builder: BuilderTuple,
        engine_url: Option<&str>,
        dial: &Dial,
        numbers: &CallNumbers,
        tap: Option<&Tap>,
    ) -> Result<Arc<Self>, EndpointError> {
        let endpoint: Endpoint = builder.url.parse()?;
        let engine_endpoint = match engine_url {
            Some(url) => url.parse()?,
            None => endpoint.clone(),
        };
        let client = |endpoint: &Endpoint, max_idle_connections| {
            Client::new(ClientConfig {
                max_idle_connections,
                numbers: numbers.clone(),
                tap: tap.cloned(),
                ..ClientConfig::new("builder", endpoint.clone(), dial.clone())
            })
        };
        Ok(Arc::new(Self {
            builder,
            payloads: client(&endpoint, 1),
            transactions: client(&endpoint, IDLE_FORWARDING_CONNECTIONS),
            engine: client(&engine_endpoint, IDLE_ENGINE_CONNECTIONS),
        }))
    }
}

/// Writes the parameters of a call.
pub(crate) fn to_params(params: &impl Serialize) -> Box<RawValue> {
    to_raw_value(params).expect("parameters have string keys and can always be written")
}
