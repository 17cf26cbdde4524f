//! The forms in which the Engine API and the Builder API send payloads and attributes, and their
//! conversion from and to the engine's own.

use alloy_primitives::B256;
use alloy_rpc_types_engine::PayloadAttributes;
use gauntlet_protocol::ExecutionPayloadV2;
use gauntlet_protocol::constants::codes;
use op_alloy_rpc_types_engine::OpPayloadAttributes;
use thiserror::Error;

use crate::payload::{Attributes, Payload};

impl Payload {
    /// Reads the form of version 2 or 3, to which the parent beacon block root belongs.
    ///
    /// DECISION: payload-version. Absent, the two members of version 3 mean 0.
    #[must_use]
    pub fn from_wire(wire: &ExecutionPayloadV2, parent_beacon_block_root: B256) -> Self {
        Self {
            parent_hash: wire.parent_hash,
            fee_recipient: wire.fee_recipient,
            state_root: wire.state_root,
            receipts_root: wire.receipts_root,
            logs_bloom: wire.logs_bloom,
            prev_randao: wire.prev_randao,
            block_number: wire.block_number,
            gas_limit: wire.gas_limit,
            gas_used: wire.gas_used,
            timestamp: wire.timestamp,
            extra_data: wire.extra_data.clone(),
            base_fee_per_gas: wire.base_fee_per_gas,
            block_hash: wire.block_hash,
            transactions: wire.transactions.clone(),
            withdrawals: wire.withdrawals.clone(),
            blob_gas_used: wire.blob_gas_used.unwrap_or_default(),
            excess_blob_gas: wire.excess_blob_gas.unwrap_or_default(),
            parent_beacon_block_root,
        }
    }

    /// Writes the form of version 2: without the parent beacon block root, and without the two
    /// members of version 3 where they are 0, as they must be. DECISION: payload-version.
    #[must_use]
    pub fn to_v2(&self) -> ExecutionPayloadV2 {
        let unless_zero = |gas| Some(gas).filter(|gas| *gas != 0);
        ExecutionPayloadV2 {
            blob_gas_used: unless_zero(self.blob_gas_used),
            excess_blob_gas: unless_zero(self.excess_blob_gas),
            ..self.to_v3()
        }
    }

    /// Writes the form of version 3, as `engine_newPayloadV3` has it: without the parent beacon
    /// block root, which is another parameter there.
    #[must_use]
    pub fn to_v3(&self) -> ExecutionPayloadV2 {
        ExecutionPayloadV2 {
            parent_hash: self.parent_hash,
            fee_recipient: self.fee_recipient,
            state_root: self.state_root,
            receipts_root: self.receipts_root,
            logs_bloom: self.logs_bloom,
            prev_randao: self.prev_randao,
            block_number: self.block_number,
            gas_limit: self.gas_limit,
            gas_used: self.gas_used,
            timestamp: self.timestamp,
            extra_data: self.extra_data.clone(),
            base_fee_per_gas: self.base_fee_per_gas,
            block_hash: self.block_hash,
            transactions: self.transactions.clone(),
            withdrawals: self.withdrawals.clone(),
            blob_gas_used: Some(self.blob_gas_used),
            excess_blob_gas: Some(self.excess_blob_gas),
        }
    }
}

/// Why payload attributes, as they were sent, are those of no block from Ecotone to Holocene.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AttributesError {
    /// There is no list of withdrawals, not even an empty one.
    #[error("withdrawals is missing, and must be the empty list")]
    WithdrawalsMissing,
    /// There are withdrawals, and L2 has none.
    #[error("there are {0} withdrawals, and there must be none on L2")]
    Withdrawals(usize),
    /// There is no parent beacon block root, which there must be from Ecotone on.
    #[error("parentBeaconBlockRoot is missing")]
    ParentBeaconBlockRootMissing,
    /// There is no gas limit, which a rollup's attributes must have.
    #[error("gasLimit is missing")]
    GasLimitMissing,
    /// There is a minimum base fee, and must not be before Jovian.
    #[error("minBaseFee is there, and must not be before Jovian")]
    UnexpectedMinBaseFee,
}

impl AttributesError {
    /// The error code of `engine_forkchoiceUpdatedV3` where attributes are refused for this
    /// (execution-apis, cancun).
    #[must_use]
    pub const fn error_code(&self) -> i32 {
        codes::INVALID_PAYLOAD_ATTRIBUTES
    }
}

impl Attributes {
    /// Reads the form of the Engine API with the additions of the OP Stack.
    ///
    /// # Errors
    ///
    /// Which member is missing, or there and must not be.
    pub fn from_wire(wire: &OpPayloadAttributes) -> Result<Self, AttributesError> {
        let common = &wire.payload_attributes;
        match common.withdrawals.as_deref() {
            Some([]) => {}
            Some(withdrawals) => return Err(AttributesError::Withdrawals(withdrawals.len())),
            None => return Err(AttributesError::WithdrawalsMissing),
        }
        if wire.min_base_fee.is_some() {
            return Err(AttributesError::UnexpectedMinBaseFee);
        }
        let root = common.parent_beacon_block_root;
        Ok(Self {
            timestamp: common.timestamp,
            prev_randao: common.prev_randao,
            fee_recipient: common.suggested_fee_recipient,
            parent_beacon_block_root: root.ok_or(AttributesError::ParentBeaconBlockRootMissing)?,
            transactions: wire.transactions.clone().unwrap_or_default(),
            no_tx_pool: wire.no_tx_pool.unwrap_or_default(),
            gas_limit: wire.gas_limit.ok_or(AttributesError::GasLimitMissing)?,
            eip1559_params: wire.eip_1559_params,
        })
    }

    /// Writes the form of the Engine API with the additions of the OP Stack.
    #[must_use]
    pub fn to_wire(&self) -> OpPayloadAttributes {
        OpPayloadAttributes {
            payload_attributes: PayloadAttributes {
                timestamp: self.timestamp,
                prev_randao: self.prev_randao,
                suggested_fee_recipient: self.fee_recipient,
                withdrawals: Some(Vec::new()),
                parent_beacon_block_root: Some(self.parent_beacon_block_root),
                ..PayloadAttributes::default()
            },
            transactions: Some(self.transactions.clone()),
            no_tx_pool: self.no_tx_pool.then_some(true),
            gas_limit: Some(self.gas_limit),
            eip_1559_params: self.eip1559_params,
            min_base_fee: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use alloy_eips::eip4895::Withdrawal;
    use alloy_primitives::{Address, B64, Bloom, Bytes, U256};

    use super::*;

    fn payload() -> Payload {
        Payload {
            parent_hash: B256::repeat_byte(1),
            fee_recipient: Address::repeat_byte(2),
            state_root: B256::repeat_byte(3),
            receipts_root: B256::repeat_byte(4),
            logs_bloom: Bloom::repeat_byte(5),
            prev_randao: B256::repeat_byte(6),
            block_number: 7,
            gas_limit: 8,
            gas_used: 9,
            timestamp: 10,
            extra_data: Bytes::from_static(&[11]),
            base_fee_per_gas: U256::from(12),
            block_hash: B256::repeat_byte(13),
            transactions: vec![Bytes::from_static(&[14])],
            withdrawals: Some(Vec::new()),
            blob_gas_used: 0,
            excess_blob_gas: 0,
            parent_beacon_block_root: B256::repeat_byte(15),
        }
    }

    fn attributes() -> Attributes {
        Attributes {
            timestamp: 1,
            prev_randao: B256::repeat_byte(2),
            fee_recipient: Address::repeat_byte(3),
            parent_beacon_block_root: B256::repeat_byte(4),
            transactions: vec![Bytes::from_static(&[5])],
            no_tx_pool: true,
            gas_limit: 6,
            eip1559_params: Some(B64::repeat_byte(7)),
        }
    }

    #[test]
    fn a_payload_comes_back_from_either_form() {
        let root = B256::repeat_byte(15);
        for blob_gas_used in [0, 16] {
            let payload = Payload {
                blob_gas_used,
                ..payload()
            };
            assert_eq!(Payload::from_wire(&payload.to_v2(), root), payload);
            assert_eq!(Payload::from_wire(&payload.to_v3(), root), payload);
        }
        let without_withdrawals = Payload {
            withdrawals: None,
            ..payload()
        };
        let read = Payload::from_wire(&without_withdrawals.to_v2(), root);
        assert_eq!(read, without_withdrawals);
    }

    #[test]
    fn only_version_3_writes_blob_gas_of_0() {
        let (v2, v3) = (payload().to_v2(), payload().to_v3());
        assert_eq!((v2.blob_gas_used, v2.excess_blob_gas), (None, None));
        assert_eq!((v3.blob_gas_used, v3.excess_blob_gas), (Some(0), Some(0)));
    }

    #[test]
    fn attributes_come_back() {
        assert_eq!(
            Attributes::from_wire(&attributes().to_wire()),
            Ok(attributes())
        );
    }

    #[test]
    fn what_may_be_absent_has_its_default() {
        let wire = OpPayloadAttributes {
            transactions: None,
            no_tx_pool: None,
            eip_1559_params: None,
            ..attributes().to_wire()
        };
        let read = Attributes {
            transactions: Vec::new(),
            no_tx_pool: false,
            eip1559_params: None,
            ..attributes()
        };
        assert_eq!(Attributes::from_wire(&wire), Ok(read));
    }

    #[test]
    fn each_member_that_is_missing_is_named() {
        type Change = fn(&mut OpPayloadAttributes);
        let withdrawal = Withdrawal {
            index: 0,
            validator_index: 0,
            address: Address::ZERO,
            amount: 1,
        };
        let cases: [(Change, AttributesError, &str); 4] = [
            (
                |wire| wire.payload_attributes.withdrawals = None,
                AttributesError::WithdrawalsMissing,
                "withdrawals is missing",
            ),
            (
                |wire| wire.payload_attributes.parent_beacon_block_root = None,
                AttributesError::ParentBeaconBlockRootMissing,
                "parentBeaconBlockRoot is missing",
            ),
            (
                |wire| wire.gas_limit = None,
                AttributesError::GasLimitMissing,
                "gasLimit is missing",
            ),
            (
                |wire| wire.min_base_fee = Some(0),
                AttributesError::UnexpectedMinBaseFee,
                "minBaseFee is there",
            ),
        ];
        for (change, error, message) in cases {
            let mut wire = attributes().to_wire();
            change(&mut wire);
            assert_eq!(Attributes::from_wire(&wire), Err(error));
            assert!(error.to_string().starts_with(message), "{error}");
            assert_eq!(error.error_code(), -38003);
        }
        let mut wire = attributes().to_wire();
        wire.payload_attributes.withdrawals = Some(vec![withdrawal]);
        let error = AttributesError::Withdrawals(1);
        assert_eq!(Attributes::from_wire(&wire), Err(error));
    }
}
