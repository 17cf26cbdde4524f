//! What the sequencer and the builder have in common: an engine that tasks share, workers that
//! execute for it, and blocks that grow until they are due.
//!
//! | module | what belongs there |
//! |---|---|
//! | `workers` | where a node executes: in place, or on threads of its own |
//! | `stop` | asking what executes to end |
//! | `compute` | how a node computes: the workers, and how much time they get |
//! | `chain` | the engine, whose lock is held for a moment only |
//! | `draft` | a block that grows until it is due |
//! | `shown` | a block as `eth_getBlockBy…` shows it |
//!
//! In a simulation a node executes in place, and computing takes no time. On real clocks it executes
//! on threads of its own, a few for each purpose: whatever a peer makes one of them execute, no
//! slot waits for it.

mod chain;
mod compute;
mod draft;
mod shown;
mod stop;
mod workers;

pub use chain::Chain;
pub use compute::{Compute, Pace};
pub use draft::Draft;
pub use shown::{hashes, shown};
pub use stop::{Stop, StopOnDrop};
pub use workers::{Lane, Workers};
