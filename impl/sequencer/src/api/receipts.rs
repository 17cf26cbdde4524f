//! What came of transactions.

use alloy_consensus::Transaction as _;
use alloy_eips::BlockId;
use alloy_primitives::{B256, U256};
use alloy_rpc_types_eth::{Log, TransactionReceipt};
use gauntlet_engine::{Block, ChainSpec, L1Fee};
use op_alloy_consensus::OpReceipt;
use op_alloy_rpc_types::{L1BlockInfo, OpTransactionReceipt};

use super::find::find;
use super::{Registry, json};

/// Adds the methods.
pub(super) fn register(registry: &mut Registry) {
    registry.method("eth_getTransactionReceipt", |state, mut params| {
        let hash: B256 = params.required("transaction's hash")?;
        params.end()?;
        let (spec, place) = {
            let engine = state.chain.engine();
            let place = engine
                .place(hash)
                .map(|(block, index)| (block.clone(), index));
            (engine.spec().clone(), place)
        };
        Ok(json(place.and_then(|(block, index)| {
            let before = block.receipts().iter().take(index);
            let before = before.map(|receipt| receipt.logs().len()).sum();
            rpc_receipt(&spec, &block, index, before)
        })))
    });
    registry.method("eth_getBlockReceipts", |state, mut params| {
        let block: BlockId = params.required("block")?;
        params.end()?;
        let (spec, block) = {
            let engine = state.chain.engine();
            (engine.spec().clone(), find(&engine, block)?)
        };
        Ok(json(block.map(|block| receipts(&spec, &block))))
    });
}

/// The receipts of a block, as users read them.
fn receipts(spec: &ChainSpec, block: &Block) -> Vec<OpTransactionReceipt> {
    let mut before = 0;
    let mut receipts = Vec::with_capacity(block.receipts().len());
    for (index, receipt) in block.receipts().iter().enumerate() {
        receipts.extend(rpc_receipt(spec, block, index, before));
        before += receipt.logs().len();
    }
    receipts
}

/// A log of the transaction at an index, as users read it; so many logs came before in the block.
pub(super) fn rpc_log(
    block: &Block,
    index: usize,
    before: usize,
    log: alloy_primitives::Log,
) -> Log {
    Log {
        inner: log,
        block_hash: Some(block.hash()),
        block_number: Some(block.number()),
        block_timestamp: Some(block.timestamp()),
        transaction_hash: block.transactions().get(index).map(|tx| tx.hash()),
        transaction_index: Some(index as u64),
        log_index: Some(before as u64),
        removed: false,
    }
}

/// The receipt of the transaction at an index, before whose logs so many came in the block.
fn rpc_receipt(
    spec: &ChainSpec,
    block: &Block,
    index: usize,
    logs_before: usize,
) -> Option<OpTransactionReceipt> {
    let transaction = block.transactions().get(index)?;
    let executed = block.receipt(index)?;
    let envelope = block.receipts().get(index)?.clone();
    let deposit = envelope.as_deposit_receipt();
    let nonce = deposit.map_or(Some(transaction.nonce()), |receipt| receipt.deposit_nonce);
    let creator = transaction
        .envelope()
        .kind()
        .is_create()
        .then_some(nonce)
        .flatten();
    let base_fee = u128::from(block.header().base_fee_per_gas.unwrap_or_default());
    let effective_gas_price = match transaction.is_deposit() {
        true => 0,
        false => base_fee + executed.effective_tip,
    };
    let mut places = logs_before..;
    let receipt = OpReceipt::from(envelope).map_logs(|log| {
        let place = places.next().unwrap_or_default();
        rpc_log(block, index, place, log)
    });
    Some(OpTransactionReceipt {
        inner: TransactionReceipt {
            inner: alloy_consensus::ReceiptWithBloom {
                receipt,
                logs_bloom: executed.logs_bloom,
            },
            transaction_hash: executed.transaction_hash,
            transaction_index: Some(index as u64),
            block_hash: Some(block.hash()),
            block_number: Some(block.number()),
            gas_used: executed.gas_used,
            effective_gas_price,
            blob_gas_used: None,
            blob_gas_price: None,
            from: executed.from,
            to: transaction.envelope().to(),
            contract_address: creator.map(|nonce| executed.from.create(nonce)),
        },
        l1_block_info: block
            .l1_fee(spec, index)
            .map(l1_block_info)
            .unwrap_or_default(),
        op_gas_refund: None,
    })
}

/// What L1 charged, in the members that the OP Stack adds from Ecotone on.
fn l1_block_info(charged: L1Fee) -> L1BlockInfo {
    let word = |value: U256| Some(value.saturating_to());
    L1BlockInfo {
        l1_gas_price: word(charged.base_fee),
        l1_gas_used: word(charged.gas_used),
        l1_fee: word(charged.fee),
        l1_base_fee_scalar: word(charged.base_fee_scalar),
        l1_blob_base_fee: word(charged.blob_base_fee),
        l1_blob_base_fee_scalar: word(charged.blob_base_fee_scalar),
        ..L1BlockInfo::default()
    }
}
