//! The engine's own words for a block that was made, and for one that is to be made.

use alloy_eips::eip4895::Withdrawal;
use alloy_primitives::{Address, B64, B256, Bloom, Bytes, U256};

/// A block as somebody claims it to be: every field of its header, and its transactions.
///
/// Nothing of it is believed before [`Engine::validate`](crate::Engine::validate). It has all that
/// defines the block, unlike the forms in which the Engine API and the Builder API send it, from
/// which the parent beacon block root is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// The hash of the block that it extends.
    pub parent_hash: B256,
    /// Who gets its fees.
    pub fee_recipient: Address,
    /// The Merkle root of the state after it.
    pub state_root: B256,
    /// The Merkle root of its receipts.
    pub receipts_root: B256,
    /// The bloom filter of its logs.
    pub logs_bloom: Bloom,
    /// The randomness of its L1 origin.
    pub prev_randao: B256,
    /// How many blocks came before it.
    pub block_number: u64,
    /// The most gas that it may use.
    pub gas_limit: u64,
    /// The gas that it uses.
    pub gas_used: u64,
    /// When it was made, in seconds.
    pub timestamp: u64,
    /// From Holocene on the EIP-1559 parameters of the next block; before it nothing.
    pub extra_data: Bytes,
    /// Its base fee, in wei a unit of gas. A header has 64 bits for it; a claim can have more.
    pub base_fee_per_gas: U256,
    /// Its hash.
    pub block_hash: B256,
    /// Its transactions, in their EIP-2718 encoding.
    pub transactions: Vec<Bytes>,
    /// Its withdrawals. L2 has none, and the list must be there all the same.
    pub withdrawals: Option<Vec<Withdrawal>>,
    /// The gas that its blobs use: 0 on L2.
    pub blob_gas_used: u64,
    /// What is counted of earlier blobs: 0 on L2.
    pub excess_blob_gas: u64,
    /// The beacon block root of its L1 origin.
    pub parent_beacon_block_root: B256,
}

/// What a block is built from, besides its parent and the transactions that wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attributes {
    /// When the block is made, in seconds.
    pub timestamp: u64,
    /// The randomness of its L1 origin.
    pub prev_randao: B256,
    /// Who gets its fees.
    pub fee_recipient: Address,
    /// The beacon block root of its L1 origin.
    pub parent_beacon_block_root: B256,
    /// The transactions with which it begins, in their EIP-2718 encoding.
    pub transactions: Vec<Bytes>,
    /// Whether it has no transactions besides those.
    pub no_tx_pool: bool,
    /// The most gas that it may use.
    pub gas_limit: u64,
    /// From Holocene on the EIP-1559 parameters of the next block, the denominator and the
    /// elasticity, four bytes each; eight zero bytes stand for the chain's own.
    pub eip1559_params: Option<B64>,
}
