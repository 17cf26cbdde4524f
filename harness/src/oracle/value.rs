//! What a block is worth to who builds it, reckoned without the nodes.

use alloy_consensus::{Transaction, TxEnvelope};
use alloy_eips::Decodable2718;
use alloy_primitives::U256;
use gauntlet_engine::Block;

use crate::chain::is_deposit;

/// What the transactions of a block pay for priority: for each what it used of gas, times what it
/// pays for that beyond the base fee (line 79). DECISION: value.
pub(super) fn of(block: &Block) -> U256 {
    let payload = block.payload();
    let base_fee = payload.base_fee_per_gas.saturating_to();
    let mut before = 0;
    let mut sum = U256::ZERO;
    for (raw, receipt) in payload.transactions.iter().zip(block.receipts()) {
        let used = receipt.cumulative_gas_used().saturating_sub(before);
        before = receipt.cumulative_gas_used();
        if is_deposit(raw) {
            continue;
        }
        let transaction = TxEnvelope::decode_2718_exact(raw).ok();
        let tip = transaction.and_then(|it| it.effective_tip_per_gas(base_fee));
        sum += U256::from(tip.unwrap_or_default()) * U256::from(used);
    }
    sum
}
