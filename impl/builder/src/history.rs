//! The blocks that a builder has, for a sequencer that comes back without any. DECISION:
//! local-restart.
//!
//! A sequencer that comes back reads headers by `eth_getBlockByNumber` and transactions by
//! `engine_getPayloadBodiesByRangeV1`: two methods that every execution client serves at its engine
//! port, so that a follower can take the builder's place.

use std::sync::Arc;

use alloy_primitives::U64;
use alloy_rpc_types_engine::ExecutionPayloadBodyV1;
use gauntlet_engine::{Block, Engine};
use gauntlet_node::{hashes, shown};
use gauntlet_protocol::constants::codes;
use gauntlet_protocol::constants::{BLOCK_BY_NUMBER, PAYLOAD_BODIES};
use gauntlet_rpc::{ErrorObjectOwned, RegisterMethodError, RpcModule};
use serde_json::Value;

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
    let block = shown::<()>(block, hashes(block));
    serde_json::to_value(block).expect("a block can be written as JSON")
}

fn refused(code: i32, reason: &str) -> ErrorObjectOwned {
    ErrorObjectOwned::owned(code, reason, None::<()>)
}
