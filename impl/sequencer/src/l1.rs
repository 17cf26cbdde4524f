//! Payload attributes, derived from L1.

use std::fmt::Debug;

use alloy_primitives::{Address, B64, B256, Bytes, address};
use gauntlet_engine::{Attributes, L1Attributes};

/// The fee vault of the sequencer, a predeploy of the OP Stack.
const SEQUENCER_FEE_VAULT: Address = address!("0x4200000000000000000000000000000000000011");

/// What L1 says about one L2 block.
#[derive(Clone, Debug)]
pub struct Derivation {
    /// The block's L1 origin.
    pub origin: L1Attributes,
    /// The origin's `prevRandao`.
    pub prev_randao: B256,
    /// The origin's parent beacon block root.
    pub parent_beacon_block_root: B256,
    /// The deposits of users, in order, in their EIP-2718 encoding.
    pub user_deposits: Vec<Bytes>,
    /// Whether the block is fixed by L1.
    pub no_tx_pool: bool,
    /// The gas limit of the system configuration.
    pub gas_limit: u64,
    /// The EIP-1559 parameters of the system configuration from Holocene on: the denominator and
    /// the elasticity, four bytes each.
    pub eip1559_params: Option<B64>,
}

/// Up to which numbers the blocks of L2 are on L1, and final there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Confirmed {
    /// The last block that is derived from what is on L1.
    pub safe: u64,
    /// The last block that is derived from what is final on L1.
    pub finalized: u64,
}

/// A view of L1.
pub trait L1: Debug + Send + Sync {
    /// What L1 says about the block that follows `parent_number` in a slot, numbered from 1.
    fn derive(&self, slot: u64, timestamp: u64) -> Derivation;

    /// What L1 says about the block that replaces the head in a slot, if one does.
    fn replacement(&self, slot: u64, timestamp: u64) -> Derivation;

    /// What of the chain is on L1 when it has a head of this number: nothing after genesis, unless
    /// it is told.
    fn confirmed(&self, head: u64) -> Confirmed {
        let _ = head;
        Confirmed::default()
    }
}

/// Makes payload attributes of what L1 says: deposits first, the L1 attributes before all.
#[must_use]
pub fn derive(derivation: &Derivation, timestamp: u64) -> Attributes {
    let mut transactions = vec![derivation.origin.deposit()];
    transactions.extend(derivation.user_deposits.iter().cloned());
    Attributes {
        timestamp,
        prev_randao: derivation.prev_randao,
        fee_recipient: SEQUENCER_FEE_VAULT,
        parent_beacon_block_root: derivation.parent_beacon_block_root,
        transactions,
        no_tx_pool: derivation.no_tx_pool,
        gas_limit: derivation.gas_limit,
        eip1559_params: derivation.eip1559_params,
    }
}
