//! How a builder is set up.

use std::time::Duration;

use alloy_primitives::Address;
use gauntlet_node::Compute;

/// The settings of a builder.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address that stands in its responses.
    pub pubkey: Address,
    /// The sequencer whose requests it answers. DECISION: request-pubkey.
    pub sequencer: Address,
    /// How long it computes, from the attributes until it has a payload, in a simulation.
    pub build: Duration,
    /// How it computes.
    pub compute: Compute,
}
