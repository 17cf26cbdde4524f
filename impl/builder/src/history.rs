//! The blocks that a builder has, for a sequencer that comes back without any. DECISION:
//! local-restart.
//!
//! A sequencer that comes back reads headers by `eth_getBlockByNumber` and transactions by
//! `engine_getPayloadBodiesByRangeV1`: two methods that every execution client serves at its engine
//! port, so that a follower can take the builder's place.

use std::sync::Arc;

use alloy_primitives::{B256, U64};
use alloy_rpc_types_engine::ExecutionPayloadBodyV1;
use gauntlet_engine::{Block, Engine};
use gauntlet_protocol::constants::codes;
use gauntlet_protocol::constants::{BLOCK_BY_NUMBER, PAYLOAD_BODIES};
use gauntlet_rpc::{ErrorObjectOwned, RegisterMethodError, RpcModule};
use serde_json::{Value, json};

use crate::node::Builder;

/// How many bodies are served at once: no fewer than 32 (execution-apis, shanghai).
const MAX_BODIES: u64 = 128;

/// "`-38004: Too large request`" (execution-apis, common).
const TOO_LARGE_REQUEST: i32 = -38004;

/// Adds the methods.
pub(crate) fn register(module: &mut RpcModule<Builder>) -> Result<(), RegisterMethodError> {
    module.register_method(PAYLOAD_BODIES, |params, builder, _| {
        let (start, count): (U64, U64) = params.parse()?;
        bodies(&builder.engine(), start.to(), count.to())
    })?;
    module.register_method(BLOCK_BY_NUMBER, |params, builder, _| {
        let (block, full): (Value, bool) = params.parse()?;
        if full {
            let reason = "blocks are served with the hashes of their transactions only";
            return Err(refused(codes::INVALID_PARAMS, reason));
        }
        Ok(find(&builder.engine(), block)?.map_or(Value::Null, |block| header(&block)))
    })?;
    Ok(())
}

/// The bodies of canonical blocks, with nothing in the place of one that is not kept; none after
/// the head: "client software MUST NOT return trailing null values if the request extends past the
/// current latest known block" (execution-apis, shanghai).
fn bodies(
    engine: &Engine,
    start: u64,
    count: u64,
) -> Result<Vec<Option<ExecutionPayloadBodyV1>>, ErrorObjectOwned> {
    if start == 0 || count == 0 {
        return Err(refused(
            codes::INVALID_PARAMS,
            "start and count are 1 at least",
        ));
    }
    if count > MAX_BODIES {
        let reason = format!("no more than {MAX_BODIES} bodies at once");
        return Err(refused(TOO_LARGE_REQUEST, &reason));
    }
    let last = start.saturating_add(count - 1).min(engine.head().number());
    let body = |number| {
        let payload = engine.canonical(number)?.payload();
        Some(ExecutionPayloadBodyV1 {
            transactions: payload.transactions,
            withdrawals: payload.withdrawals,
        })
    };
    Ok((start..=last).map(body).collect())
}

fn find(engine: &Engine, block: Value) -> Result<Option<Arc<Block>>, ErrorObjectOwned> {
    if block == "latest" {
        return Ok(Some(engine.head().clone()));
    }
    let number: U64 = serde_json::from_value(block).map_err(|_| {
        let reason = "a block is `latest` or a number as a hexadecimal quantity";
        refused(codes::INVALID_PARAMS, reason)
    })?;
    Ok(engine.canonical(number.to()).cloned())
}

fn header(block: &Block) -> Value {
    let header = block.header();
    let transactions = block.transactions().iter();
    let hashes: Vec<B256> = transactions.map(|transaction| transaction.hash()).collect();
    json!({
        "hash": block.hash(),
        "number": U64::from(header.number),
        "parentHash": header.parent_hash,
        "sha3Uncles": header.ommers_hash,
        "miner": header.beneficiary,
        "stateRoot": header.state_root,
        "transactionsRoot": header.transactions_root,
        "receiptsRoot": header.receipts_root,
        "withdrawalsRoot": header.withdrawals_root,
        "logsBloom": header.logs_bloom,
        "difficulty": header.difficulty,
        "gasLimit": U64::from(header.gas_limit),
        "gasUsed": U64::from(header.gas_used),
        "timestamp": U64::from(header.timestamp),
        "extraData": header.extra_data,
        "mixHash": header.mix_hash,
        "nonce": header.nonce,
        "baseFeePerGas": header.base_fee_per_gas.map(U64::from),
        "blobGasUsed": header.blob_gas_used.map(U64::from),
        "excessBlobGas": header.excess_blob_gas.map(U64::from),
        "parentBeaconBlockRoot": header.parent_beacon_block_root,
        "uncles": [],
        "withdrawals": [],
        "transactions": hashes,
    })
}

fn refused(code: i32, reason: &str) -> ErrorObjectOwned {
    ErrorObjectOwned::owned(code, reason, None::<()>)
}
