//! Blocks, with their transactions or the hashes of these.

use std::sync::Arc;

use alloy_eips::BlockNumberOrTag;
use alloy_primitives::{B256, U64};
use alloy_rpc_types_eth::{Block as RpcBlock, BlockTransactions};
use gauntlet_engine::Block;
use gauntlet_node::{hashes, shown};
use gauntlet_rpc::ErrorObjectOwned;
use op_alloy_rpc_types::Transaction as RpcTransaction;
use serde_json::Value;

use super::find::find;
use super::params::Reader;
use super::transactions::included;
use super::{Registry, json};
use crate::state::State;

/// Adds the methods.
pub(super) fn register(registry: &mut Registry) {
    registry.method("eth_getBlockByNumber", |state, mut params| {
        let block = by_number(state, &mut params)?;
        let full = params.required("choice of full transactions")?;
        params.end()?;
        Ok(block.map_or(Value::Null, |block| json(rpc_block(&block, full))))
    });
    registry.method("eth_getBlockByHash", |state, mut params| {
        let block = by_hash(state, &mut params)?;
        let full = params.required("choice of full transactions")?;
        params.end()?;
        Ok(block.map_or(Value::Null, |block| json(rpc_block(&block, full))))
    });
    registry.method(
        "eth_getBlockTransactionCountByNumber",
        |state, mut params| {
            let block = by_number(state, &mut params)?;
            params.end()?;
            Ok(block.map_or(Value::Null, |block| count(&block)))
        },
    );
    registry.method("eth_getBlockTransactionCountByHash", |state, mut params| {
        let block = by_hash(state, &mut params)?;
        params.end()?;
        Ok(block.map_or(Value::Null, |block| count(&block)))
    });
}

/// Reads a block's number or tag, and finds the block.
pub(super) fn by_number(
    state: &State,
    params: &mut Reader<'_>,
) -> Result<Option<Arc<Block>>, ErrorObjectOwned> {
    let number: BlockNumberOrTag = params.required("block")?;
    find(&state.chain.engine(), number.into())
}

/// Reads a block's hash, and finds the block.
pub(super) fn by_hash(
    state: &State,
    params: &mut Reader<'_>,
) -> Result<Option<Arc<Block>>, ErrorObjectOwned> {
    let hash: B256 = params.required("block's hash")?;
    find(&state.chain.engine(), hash.into())
}

fn count(block: &Block) -> Value {
    json(U64::from(block.transactions().len()))
}

/// The block as users read it.
fn rpc_block(block: &Block, full: bool) -> RpcBlock<RpcTransaction> {
    let transactions = if full {
        let all = 0..block.transactions().len();
        BlockTransactions::Full(all.filter_map(|index| included(block, index)).collect())
    } else {
        hashes(block)
    };
    shown(block, transactions)
}
