//! How a sequencer is set up.

use std::time::Duration;

use gauntlet_node::Compute;
use gauntlet_protocol::{BuilderTuple, SecretKey};
use gauntlet_rpc::{EndpointError, Jwt};
use thiserror::Error;

use crate::choice::Selection;

/// The settings of a sequencer.
#[derive(Clone, Debug)]
pub struct Config {
    /// The time between two blocks.
    pub block_time: Duration,
    /// What remains of a slot after the payload request's timeout, to validate, import and publish.
    pub import_budget: Duration,
    /// How many slots to drive; without a number, all.
    pub slots: Option<u64>,
    /// The key that signs payload requests.
    pub key: SecretKey,
    /// The builder, if there is one.
    pub builder: Option<BuilderTuple>,
    /// Where the builder serves `engine_*`, if not at its URL. DECISION: head-feed.
    pub builder_engine_url: Option<String>,
    /// Makes the tokens that the builder asks for there, if it does. DECISION:
    /// engine-authentication.
    pub builder_engine_jwt: Option<Jwt>,
    /// Which block is taken when both are valid.
    pub selection: Selection,
    /// How long the local engine computes, in a simulation.
    pub work: Work,
    /// How the local engine computes.
    pub compute: Compute,
}

/// How long the local engine computes, beyond what it really does: a parameter of simulations,
/// where computing takes no time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Work {
    /// To build a block.
    pub build: Duration,
    /// To validate the builder's block.
    pub validate: Duration,
}

/// Why a sequencer cannot be set up so.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The builder's URL cannot be used.
    #[error("builderUrl `{url}`")]
    BuilderUrl {
        /// The URL.
        url: String,
        /// What is wrong with it.
        source: EndpointError,
    },
    /// The import budget and the request's timeout do not fit into a slot.
    #[error(
        "an import budget of {import_budget:?} and a timeout of {timeout:?} do not fit into a \
         block time of {block_time:?}"
    )]
    BlockTime {
        /// The block time.
        block_time: Duration,
        /// The import budget.
        import_budget: Duration,
        /// The payload request's timeout.
        timeout: Duration,
    },
}
