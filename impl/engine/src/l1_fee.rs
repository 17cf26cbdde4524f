//! What L1 charged for a transaction.

use alloy_primitives::U256;
use op_revm::{L1BlockInfo, OpSpecId};
use revm::database_interface::WrapDatabaseRef;

use crate::block::Block;
use crate::spec::ChainSpec;

/// What L1 charged for a transaction, and by what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct L1Fee {
    /// What was charged, in wei.
    pub fee: U256,
    /// How much gas its bytes would have used on L1.
    pub gas_used: U256,
    /// The base fee of the L1 origin in wei.
    pub base_fee: U256,
    /// By how much the base fee counts, in millionths.
    pub base_fee_scalar: U256,
    /// The blob base fee of the L1 origin in wei.
    pub blob_base_fee: U256,
    /// By how much the blob base fee counts, in millionths.
    pub blob_base_fee_scalar: U256,
}

impl Block {
    /// What L1 charged for the transaction at an index; nothing for deposits, which were paid for
    /// there.
    #[must_use]
    pub fn l1_fee(&self, spec: &ChainSpec, index: usize) -> Option<L1Fee> {
        let transaction = self.transactions().get(index)?;
        if transaction.is_deposit() {
            return None;
        }
        let fork: OpSpecId = alloy_op_evm::spec_by_timestamp_after_bedrock(spec, self.timestamp());
        // Only the first deposit of a block changes what L1 charges, so that it is the same after
        // the block.
        let mut state = WrapDatabaseRef(self.state());
        let mut l1 = match L1BlockInfo::try_fetch(&mut state, U256::from(self.number()), fork) {
            Ok(l1) => l1,
            Err(never) => match never {},
        };
        Some(L1Fee {
            fee: l1.calculate_tx_l1_cost(transaction.raw(), fork),
            gas_used: l1.data_gas(transaction.raw(), fork),
            base_fee: l1.l1_base_fee,
            base_fee_scalar: l1.l1_base_fee_scalar,
            blob_base_fee: l1.l1_blob_base_fee.unwrap_or_default(),
            blob_base_fee_scalar: l1.l1_blob_base_fee_scalar.unwrap_or_default(),
        })
    }
}
