//! The chain of a run: its genesis, its keys, its L1, and what users send, at worst too.

mod deposits;
mod first;
mod genesis;
mod keys;
mod l1;
mod mistakes;
mod questions;
mod traffic;
mod users;
mod worst;

use std::sync::Arc;

use alloy_primitives::Bytes;
use gauntlet_engine::{ChainSpec, Fork, GenesisError};

pub use first::Genesis;
pub use genesis::genesis_file;
pub use keys::{Keys, SEQUENCER, USERS, known_key};
pub use l1::PlannedL1;
pub use questions::{Asked, questions};
pub use users::{Submission, searcher_transaction, signed_by, submissions, submissions_of};
pub use worst::Worst;

use crate::plan::Plan;

/// The genesis of every run, in geth's format.
pub const GENESIS: &str = include_str!("genesis.json");

/// The chain of a plan.
///
/// # Errors
///
/// The genesis does not read, or the plan's fork is not after the one before it.
pub fn spec(plan: &Plan) -> Result<Arc<ChainSpec>, GenesisError> {
    spec_of(GENESIS, plan)
}

/// The chain of a plan on another genesis, which is in geth's format.
///
/// # Errors
///
/// As [`spec`].
pub fn spec_of(genesis: &str, plan: &Plan) -> Result<Arc<ChainSpec>, GenesisError> {
    let spec = ChainSpec::from_genesis_json(genesis)?;
    if plan.chain.holocene_at_slot == 0 {
        return Ok(Arc::new(spec));
    }
    let time = timestamp(&spec, plan, plan.chain.holocene_at_slot);
    let spec = spec.with_fork_time(Fork::Holocene, Some(time))?;
    Ok(Arc::new(spec))
}

/// The gas limit of a genesis in geth's format, with which its chain goes on as long as nobody
/// says otherwise.
///
/// # Errors
///
/// The genesis does not read.
pub fn gas_limit_of(genesis: &str) -> Result<u64, GenesisError> {
    let spec = ChainSpec::from_genesis_json(genesis)?;
    Ok(spec.genesis().header().gas_limit)
}

/// Whether a transaction, in its EIP-2718 encoding, is a deposit: of the type 0x7e.
#[must_use]
pub fn is_deposit(transaction: &Bytes) -> bool {
    transaction.first() == Some(&0x7e)
}

/// The timestamp of a block, as the sequencer makes it.
#[must_use]
pub fn timestamp(spec: &ChainSpec, plan: &Plan, number: u64) -> u64 {
    spec.genesis().timestamp() + number * (plan.chain.block_time_ms / 1000).max(1)
}
