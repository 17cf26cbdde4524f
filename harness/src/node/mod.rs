//! Sequencer and builder as processes of their own, on real sockets, in real time.
//!
//! Their state is in memory. A builder that comes back is fed by the sequencer; a sequencer that
//! comes back gets its chain from its builder or a follower, or begins none.
//!
//! | module | what belongs there |
//! |---|---|
//! | `wall` | the clock on the wall, and the grid that slots stand on |
//! | `files` | keys in files |
//! | `transcript` | what happens, written as it goes |
//! | `metrics` | numbers in Prometheus' text |
//! | `health` | whether a process does what it is for |
//! | `notes` | what nodes report, in the log and in numbers |
//! | `doors` | where a process listens |
//! | `link` | streams in memory that know when things crossed them |
//! | `wire` | the way to the builder, with a tap where what happens is written |
//! | `restore` | the chain of a sequencer that comes back |
//! | `sequencer` | the sequencer's process |
//! | `builder` | the builder's process |

mod builder;
mod doors;
mod files;
mod health;
mod link;
mod metrics;
mod notes;
mod restore;
mod sequencer;
mod transcript;
mod wall;
mod wire;

use std::io;

use gauntlet_engine::GenesisError;
use gauntlet_rpc::EndpointError;
use gauntlet_sequencer::ConfigError;
use thiserror::Error;
use tokio::task::JoinError;

pub use builder::{BuilderNode, run_builder};
pub use files::{KeyError, drawn, key, secret};
pub use restore::RestoreError;
pub use sequencer::{BuilderPlace, FollowerPlace, SequencerNode, Start, run_sequencer};

/// Why a process does not run, or not to its end.
#[derive(Debug, Error)]
pub enum NodeError {
    /// Its chain cannot be.
    #[error("the chain")]
    Genesis(#[from] GenesisError),
    /// An address cannot be listened on.
    #[error("cannot listen on `{address}`")]
    Listen {
        /// The address.
        address: String,
        /// Why not.
        source: io::Error,
    },
    /// It cannot listen any more.
    #[error("the network")]
    Network(#[from] io::Error),
    /// A URL cannot be used.
    #[error("the URL `{url}`")]
    Url {
        /// The URL.
        url: String,
        /// What is wrong with it.
        source: EndpointError,
    },
    /// The settings cannot be used.
    #[error("the settings")]
    Config(#[from] ConfigError),
    /// The transcript cannot be written.
    #[error("the transcript cannot be written")]
    Transcript(#[source] io::Error),
    /// It came back and found no chain.
    #[error(transparent)]
    Restore(#[from] RestoreError),
    /// A part of it panicked.
    #[error("the node broke")]
    Broke(#[from] JoinError),
}
