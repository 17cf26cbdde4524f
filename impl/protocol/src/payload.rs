//! What a builder answers.

use alloy_eips::eip4895::Withdrawal;
use alloy_primitives::{Address, B256, Bloom, Bytes, U256};
use serde::{Deserialize, Serialize};

use crate::ParseError;
use crate::encoding::{data, data_list, fixed_data, optional_quantity, quantity};
use crate::error::from_json;

/// A builder's response to the request for a payload (lines 75 to 79).
///
/// It carries no signature: equality of `pub_key` authenticates nothing, and validation is the
/// only defence (DECISION: response-unsigned).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BuilderPayloadV1 {
    /// The block.
    pub execution_payload: ExecutionPayloadV2,
    /// The builder's address.
    #[serde(with = "fixed_data")]
    pub pub_key: Address,
    /// What the builder claims the block to be worth, in wei; never trusted. DECISION: value.
    #[serde(with = "quantity")]
    pub value: U256,
}

/// A block as the Engine API writes it (execution-apis 5849052, `shanghai.md`).
///
/// DECISION: payload-version. The two members of `ExecutionPayloadV3` may be present; absent, they
/// mean 0, and they are not written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are those of the Engine API")]
pub struct ExecutionPayloadV2 {
    #[serde(with = "fixed_data")]
    pub parent_hash: B256,
    #[serde(with = "fixed_data")]
    pub fee_recipient: Address,
    #[serde(with = "fixed_data")]
    pub state_root: B256,
    #[serde(with = "fixed_data")]
    pub receipts_root: B256,
    #[serde(with = "fixed_data")]
    pub logs_bloom: Bloom,
    #[serde(with = "fixed_data")]
    pub prev_randao: B256,
    #[serde(with = "quantity")]
    pub block_number: u64,
    #[serde(with = "quantity")]
    pub gas_limit: u64,
    #[serde(with = "quantity")]
    pub gas_used: u64,
    #[serde(with = "quantity")]
    pub timestamp: u64,
    #[serde(with = "extra_data")]
    pub extra_data: Bytes,
    #[serde(with = "quantity")]
    pub base_fee_per_gas: U256,
    #[serde(with = "fixed_data")]
    pub block_hash: B256,
    #[serde(with = "data_list")]
    pub transactions: Vec<Bytes>,
    pub withdrawals: Option<Vec<Withdrawal>>,
    #[serde(
        with = "optional_quantity",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub blob_gas_used: Option<u64>,
    #[serde(
        with = "optional_quantity",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub excess_blob_gas: Option<u64>,
}

impl BuilderPayloadV1 {
    /// Reads a builder's response.
    ///
    /// # Errors
    ///
    /// Which member is missing or malformed, and how.
    pub fn from_json(json: &str) -> Result<Self, ParseError> {
        from_json(json)
    }
}

impl ExecutionPayloadV2 {
    /// Reads a payload.
    ///
    /// # Errors
    ///
    /// Which member is missing or malformed, and how.
    pub fn from_json(json: &str) -> Result<Self, ParseError> {
        from_json(json)
    }
}

impl ExecutionPayloadV2 {
    /// The first member that the form of version 3 must have and this has not, or has as null: an
    /// Engine API answers it with -32602. Nothing if all are there.
    #[must_use]
    pub const fn missing_of_v3(&self) -> Option<&'static str> {
        match (&self.withdrawals, self.blob_gas_used, self.excess_blob_gas) {
            (None, _, _) => Some("withdrawals"),
            (Some(_), None, _) => Some("blobGasUsed"),
            (Some(_), Some(_), None) => Some("excessBlobGas"),
            (Some(_), Some(_), Some(_)) => None,
        }
    }
}

/// DATA of at most 32 bytes.
mod extra_data {
    use super::{Bytes, data};
    use serde::de::{Deserializer, Error};

    pub(super) use super::data::serialize;

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Bytes, D::Error> {
        let bytes = data::deserialize(deserializer)?;
        match bytes.len() {
            0..=32 => Ok(bytes),
            length => Err(D::Error::custom(format_args!(
                "expected at most 32 bytes, got {length}"
            ))),
        }
    }
}
