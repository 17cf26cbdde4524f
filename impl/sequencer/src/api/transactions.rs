//! Transactions: sent, waiting and included.

use alloy_consensus::transaction::{Recovered, TransactionInfo};
use alloy_primitives::B256;
use gauntlet_engine::{Block, Transaction};
use gauntlet_protocol::ForwardTransactionParams;
use op_alloy_consensus::OpReceiptEnvelope;
use op_alloy_consensus::transaction::{OpDepositInfo, OpTransactionInfo};
use op_alloy_rpc_types::Transaction as RpcTransaction;
use serde_json::Value;

use super::blocks::{by_hash, by_number};
use super::error::{failed, invalid};
use super::params::Reader;
use super::{Answer, Registry, json};
use crate::state::State;

/// Adds the methods.
pub(super) fn register(registry: &mut Registry) {
    let send = "eth_sendRawTransaction";
    let registered = registry
        .module
        .register_async_method(send, |params, state, _| async move {
            let params = ForwardTransactionParams::from_json(params.as_str().unwrap_or("[]"));
            sent(&state, params.map_err(invalid)?).await
        });
    let error = registered.err();
    registry.note(error);
    registry.method("eth_getTransactionByHash", |state, mut params| {
        let hash: B256 = params.required("transaction's hash")?;
        params.end()?;
        Ok(known(state, hash))
    });
    registry.method(
        "eth_getTransactionByBlockNumberAndIndex",
        |state, mut params| {
            let block = by_number(state, &mut params)?;
            let index = index(&mut params)?;
            params.end()?;
            let transaction = block.and_then(|block| included(&block, index));
            Ok(json(transaction))
        },
    );
    registry.method(
        "eth_getTransactionByBlockHashAndIndex",
        |state, mut params| {
            let block = by_hash(state, &mut params)?;
            let index = index(&mut params)?;
            params.end()?;
            let transaction = block.and_then(|block| included(&block, index));
            Ok(json(transaction))
        },
    );
}

async fn sent(state: &State, params: ForwardTransactionParams) -> Answer {
    let hash = state.submit(params.transaction).await;
    hash.map(json).map_err(failed)
}

fn index(params: &mut Reader<'_>) -> Result<usize, gauntlet_rpc::ErrorObjectOwned> {
    let index: u64 = params.required("index")?;
    Ok(usize::try_from(index).unwrap_or(usize::MAX))
}

/// A transaction that is included, or waits.
fn known(state: &State, hash: B256) -> Value {
    let engine = state.chain.engine();
    if let Some((block, index)) = engine.place(hash) {
        return json(included(block, index));
    }
    json(engine.waiting(hash).map(|transaction| waiting(transaction)))
}

/// A transaction of a block, as users read it.
pub(super) fn included(block: &Block, index: usize) -> Option<RpcTransaction> {
    let transaction = block.transactions().get(index)?;
    let inner = TransactionInfo {
        hash: Some(transaction.hash()),
        index: Some(index as u64),
        block_hash: Some(block.hash()),
        block_number: Some(block.number()),
        base_fee: block.header().base_fee_per_gas,
        block_timestamp: Some(block.timestamp()),
    };
    let deposit = block
        .receipts()
        .get(index)
        .and_then(OpReceiptEnvelope::as_deposit_receipt);
    let deposit_meta = OpDepositInfo {
        deposit_nonce: deposit.and_then(|receipt| receipt.deposit_nonce),
        deposit_receipt_version: deposit.and_then(|receipt| receipt.deposit_receipt_version),
    };
    Some(rpc_transaction(
        transaction,
        OpTransactionInfo::new(inner, deposit_meta),
    ))
}

/// A transaction that waits, as users read it.
fn waiting(transaction: &Transaction) -> RpcTransaction {
    rpc_transaction(transaction, OpTransactionInfo::default())
}

fn rpc_transaction(transaction: &Transaction, info: OpTransactionInfo) -> RpcTransaction {
    let envelope = transaction.envelope().clone();
    let recovered = Recovered::new_unchecked(envelope, transaction.sender());
    RpcTransaction::from_transaction(recovered, info)
}
