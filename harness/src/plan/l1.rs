//! What L1 is like: how often it has a block, what its system configuration changes, and what users
//! deposit.

use serde::{Deserialize, Serialize};

use super::is_default;

/// L1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct L1Plan {
    /// The time between two blocks of L1, in whole seconds, as its timestamps are.
    pub block_time_s: u64,
}

impl Default for L1Plan {
    /// Ethereum's.
    fn default() -> Self {
        Self { block_time_s: 12 }
    }
}

/// What L1 says otherwise from a slot on; what is not named stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct L1Change {
    /// The gas limit of the system configuration.
    #[serde(skip_serializing_if = "is_default")]
    pub gas_limit: Option<u64>,
    /// Its EIP-1559 parameters, which attributes carry from Holocene on.
    #[serde(skip_serializing_if = "is_default")]
    pub eip1559: Option<Eip1559Plan>,
    /// The base fee of L1, in wei.
    #[serde(skip_serializing_if = "is_default")]
    pub base_fee_wei: Option<u64>,
    /// The blob base fee of L1, in wei.
    #[serde(skip_serializing_if = "is_default")]
    pub blob_base_fee_wei: Option<u64>,
    /// By how much the base fee counts, in millionths.
    #[serde(skip_serializing_if = "is_default")]
    pub base_fee_scalar: Option<u32>,
    /// By how much the blob base fee counts, in millionths.
    #[serde(skip_serializing_if = "is_default")]
    pub blob_base_fee_scalar: Option<u32>,
}

/// EIP-1559 parameters as the system configuration has them: two zeros stand for the chain's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Eip1559Plan {
    /// By how much the base fee changes at most: one part in this many.
    pub denominator: u32,
    /// How many times the gas target the gas limit is.
    pub elasticity: u32,
}

/// What a user deposits on L1. Each is named after what comes of it on L2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DepositPlan {
    /// Value that is minted and sent to somebody.
    Plain,
    /// Value that is minted and stays with its sender.
    Mints,
    /// Nothing: no value, and no data.
    Zero,
    /// Value for the one who makes the deposit that spends it.
    Funds,
    /// Value that its sender has only if it was funded before: else it fails.
    Spends,
    /// A call of the counter contract, with data.
    Counts,
    /// A call of the counter contract with too little gas: it fails.
    OutOfGas,
    /// Code that makes a contract.
    Deploys,
    /// Code that makes none and gives its gas back: it fails.
    Reverts,
}

impl DepositPlan {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Plain,
        Self::Mints,
        Self::Zero,
        Self::Funds,
        Self::Spends,
        Self::Counts,
        Self::OutOfGas,
        Self::Deploys,
        Self::Reverts,
    ];
}
