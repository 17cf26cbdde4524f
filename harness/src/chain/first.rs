//! What the harness reads of a genesis itself.

use alloy_primitives::{Bytes, U256};
use serde::Deserialize;

/// What a chain's first block says, and by which parameters its base fee changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genesis {
    /// The first block's timestamp.
    pub timestamp: u64,
    /// Its gas limit.
    pub gas_limit: u64,
    /// Its base fee in wei.
    pub base_fee: U256,
    /// Its extra data.
    pub extra_data: Bytes,
    /// By how much the base fee changes at most since Canyon: one part in this many.
    pub denominator: u32,
    /// How many times the gas target the gas limit is.
    pub elasticity: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Json {
    timestamp: U256,
    gas_limit: U256,
    base_fee_per_gas: U256,
    #[serde(default)]
    extra_data: Bytes,
    config: Config,
}

#[derive(Deserialize)]
struct Config {
    optimism: Optimism,
}

#[derive(Deserialize)]
struct Optimism {
    #[serde(rename = "eip1559Elasticity")]
    elasticity: u32,
    #[serde(rename = "eip1559DenominatorCanyon")]
    denominator: u32,
}

impl Genesis {
    /// Reads one in geth's format; nothing if it lacks something of this.
    #[must_use]
    pub fn of(genesis: &str) -> Option<Self> {
        let json: Json = serde_json::from_str(genesis).ok()?;
        Some(Self {
            timestamp: json.timestamp.saturating_to(),
            gas_limit: json.gas_limit.saturating_to(),
            base_fee: json.base_fee_per_gas,
            extra_data: json.extra_data,
            denominator: json.config.optimism.denominator,
            elasticity: json.config.optimism.elasticity,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_genesis_of_the_harness_reads() {
        let genesis = Genesis::of(super::super::GENESIS).unwrap();
        assert_eq!((genesis.denominator, genesis.elasticity), (250, 6));
        assert_eq!(genesis.gas_limit, 30_000_000);
        assert_eq!(genesis.base_fee, U256::from(1_000_000_000u64));
    }
}
