//! The base fee, and the parameters by which a block's extra data rules the next block's.

use alloy_primitives::{B64, Bytes};
use thiserror::Error;

/// The parameters of EIP-1559, which a chain fixes and, from Holocene on, each block carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Eip1559Params {
    /// By how much the base fee changes at most: one part in this many.
    pub denominator: u32,
    /// How many times the gas target the gas limit is.
    pub elasticity: u32,
}

impl Eip1559Params {
    /// How many bytes the extra data of a Holocene block has: a version, and two words of 32 bits.
    pub const EXTRA_DATA_LENGTH: usize = 9;
    const VERSION: u8 = 0;

    /// Reads the extra data of a block from Holocene on.
    ///
    /// # Errors
    ///
    /// The length is not 9, the version is not 0, or one of the parameters is 0.
    pub fn from_extra_data(extra_data: &[u8]) -> Result<Self, ExtraDataError> {
        let length = extra_data.len();
        let bytes: &[u8; Self::EXTRA_DATA_LENGTH] = extra_data
            .try_into()
            .map_err(|_| ExtraDataError::Length(length))?;
        if bytes[0] != Self::VERSION {
            return Err(ExtraDataError::Version(bytes[0]));
        }
        let [_, d0, d1, d2, d3, e0, e1, e2, e3] = *bytes;
        Self {
            denominator: u32::from_be_bytes([d0, d1, d2, d3]),
            elasticity: u32::from_be_bytes([e0, e1, e2, e3]),
        }
        .checked()
    }

    /// Writes the extra data of a block from Holocene on.
    #[must_use]
    pub fn extra_data(self) -> Bytes {
        let mut bytes = [Self::VERSION; Self::EXTRA_DATA_LENGTH];
        bytes[1..5].copy_from_slice(&self.denominator.to_be_bytes());
        bytes[5..9].copy_from_slice(&self.elasticity.to_be_bytes());
        Bytes::copy_from_slice(&bytes)
    }

    /// Reads `eip1559Params` of payload attributes: eight zero bytes stand for the chain's own.
    ///
    /// # Errors
    ///
    /// One of the parameters is 0 and the other is not.
    pub fn from_attributes(params: B64, of_chain: Self) -> Result<Self, ExtraDataError> {
        if params.is_zero() {
            return Ok(of_chain);
        }
        let [d0, d1, d2, d3, e0, e1, e2, e3] = params.0;
        Self {
            denominator: u32::from_be_bytes([d0, d1, d2, d3]),
            elasticity: u32::from_be_bytes([e0, e1, e2, e3]),
        }
        .checked()
    }

    /// Writes `eip1559Params` of payload attributes.
    #[must_use]
    pub fn to_attributes(self) -> B64 {
        let mut bytes = [0; 8];
        bytes[..4].copy_from_slice(&self.denominator.to_be_bytes());
        bytes[4..].copy_from_slice(&self.elasticity.to_be_bytes());
        B64::new(bytes)
    }

    fn checked(self) -> Result<Self, ExtraDataError> {
        if self.denominator == 0 {
            return Err(ExtraDataError::ZeroDenominator);
        }
        if self.elasticity == 0 {
            return Err(ExtraDataError::ZeroElasticity);
        }
        Ok(self)
    }

    /// Refuses parameters under which a block of this gas limit would have a gas target of 0, by
    /// which the next base fee would have to be divided.
    pub(crate) fn for_gas_limit(self, gas_limit: u64) -> Result<Self, ExtraDataError> {
        if gas_limit < u64::from(self.elasticity) {
            return Err(ExtraDataError::Elasticity {
                elasticity: self.elasticity,
                gas_limit,
            });
        }
        Ok(self)
    }

    /// The base fee of the block after one with these properties (EIP-1559). It saturates where the
    /// specification's unbounded integers would leave 64 bits.
    #[must_use]
    pub(crate) fn next_base_fee(self, gas_limit: u64, gas_used: u64, base_fee: u64) -> u64 {
        let target = gas_limit / u64::from(self.elasticity);
        if target == 0 || gas_used == target {
            return base_fee;
        }
        let change = |delta: u64| {
            let per_target = u128::from(base_fee) * u128::from(delta) / u128::from(target);
            let change = per_target / u128::from(self.denominator);
            u64::try_from(change).unwrap_or(u64::MAX)
        };
        if gas_used > target {
            base_fee.saturating_add(change(gas_used - target).max(1))
        } else {
            base_fee.saturating_sub(change(target - gas_used))
        }
    }
}

/// Why extra data is not that of a block, or `eip1559Params` not those of attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ExtraDataError {
    /// From Holocene on extra data has 9 bytes.
    #[error("the extra data has {0} bytes, and must have 9 from Holocene on")]
    Length(usize),
    /// From Holocene on extra data begins with version 0.
    #[error("the extra data has version {0}, and must have version 0")]
    Version(u8),
    /// The denominator is 0.
    #[error("the EIP-1559 denominator is 0")]
    ZeroDenominator,
    /// The elasticity is 0.
    #[error("the EIP-1559 elasticity is 0")]
    ZeroElasticity,
    /// The gas target, gas limit divided by elasticity, would be 0.
    #[error("the EIP-1559 elasticity {elasticity} exceeds the gas limit {gas_limit}")]
    Elasticity {
        /// The block's elasticity.
        elasticity: u32,
        /// The block's gas limit.
        gas_limit: u64,
    },
    /// Before Holocene there is no extra data.
    #[error("the extra data has {0} bytes, and must be empty before Holocene")]
    NotEmpty(usize),
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_eips::eip1559::{BaseFeeParams, calc_next_block_base_fee};

    const PARAMS: Eip1559Params = Eip1559Params {
        denominator: 250,
        elasticity: 6,
    };

    #[test]
    fn extra_data_round_trips() {
        let extra_data = PARAMS.extra_data();
        assert_eq!(extra_data[..], [0, 0, 0, 0, 250, 0, 0, 0, 6]);
        assert_eq!(Eip1559Params::from_extra_data(&extra_data), Ok(PARAMS));
        assert_eq!(
            Eip1559Params::from_attributes(PARAMS.to_attributes(), PARAMS),
            Ok(PARAMS)
        );
        assert_eq!(
            Eip1559Params::from_attributes(B64::ZERO, PARAMS),
            Ok(PARAMS)
        );
    }

    #[test]
    fn extra_data_is_strict() {
        let cases: [(&[u8], ExtraDataError); 6] = [
            (&[], ExtraDataError::Length(0)),
            (&[0; 8], ExtraDataError::Length(8)),
            (&[0; 10], ExtraDataError::Length(10)),
            (&[1, 0, 0, 0, 1, 0, 0, 0, 1], ExtraDataError::Version(1)),
            (
                &[0, 0, 0, 0, 0, 0, 0, 0, 1],
                ExtraDataError::ZeroDenominator,
            ),
            (&[0, 0, 0, 0, 1, 0, 0, 0, 0], ExtraDataError::ZeroElasticity),
        ];
        for (bytes, error) in cases {
            assert_eq!(Eip1559Params::from_extra_data(bytes), Err(error));
        }
    }

    #[test]
    fn base_fee_agrees_with_alloy() {
        let params = BaseFeeParams::new(250, 6);
        for gas_limit in [30_000_000, 60_000_000, 7] {
            for used in [0, 1, gas_limit / 6, gas_limit / 2, gas_limit] {
                for base_fee in [0, 1, 7, 250, 1_000_000_000, 1 << 40] {
                    assert_eq!(
                        PARAMS.next_base_fee(gas_limit, used, base_fee),
                        calc_next_block_base_fee(used, gas_limit, base_fee, params),
                    );
                }
            }
        }
    }

    #[test]
    fn base_fee_never_panics() {
        let params = Eip1559Params {
            denominator: 1,
            elasticity: u32::MAX,
        };
        assert_eq!(params.next_base_fee(30_000_000, 30_000_000, 7), 7);
        assert_eq!(
            params.next_base_fee(u64::from(u32::MAX), u64::from(u32::MAX), u64::MAX),
            u64::MAX
        );
        assert!(params.for_gas_limit(30_000_000).is_err());
    }
}
