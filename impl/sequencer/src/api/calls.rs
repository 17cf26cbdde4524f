//! What would come of a call, and how much gas it needs.

use std::collections::BTreeMap;
use std::sync::Arc;

use alloy_eips::BlockId;
use alloy_primitives::{TxKind, U64};
use alloy_rpc_types_eth::TransactionRequest;
use gauntlet_engine::{Block, Call, Called, ChainSpec, EstimateError};
use gauntlet_rpc::ErrorObjectOwned;
use serde_json::value::RawValue;

use super::error::{failed, invalid, reverted};
use super::find::need;
use super::params::Reader;
use super::text::{Param, expected};
use super::{Answer, Registry, json};
use crate::state::State;

/// The most gas that a call may use: that of a block, so that a call is no worse than one.
const MAX_GAS: u64 = 30_000_000;
/// The types that a call may be of: legacy, and those of EIP-2930 and EIP-1559.
const TYPES: [u8; 3] = [0, 1, 2];

/// Adds the methods.
pub(super) fn register(registry: &mut Registry) {
    registry.work("eth_call", |state, params| {
        let (call, spec, block) = prepared(state, params)?;
        Ok(Box::new(move || called(&call, &spec, &block)))
    });
    registry.work("eth_estimateGas", |state, params| {
        let (call, spec, block) = prepared(state, params)?;
        Ok(Box::new(move || estimated(&call, &spec, &block)))
    });
}

/// A call, and the block on which it is executed, which nobody changes any more.
fn prepared(
    state: &State,
    mut params: Reader<'_>,
) -> Result<(Call, Arc<ChainSpec>, Arc<Block>), ErrorObjectOwned> {
    let request: TransactionRequest = params.required("call")?;
    let block: Option<BlockId> = params.optional("block")?;
    params.end()?;
    let (spec, block) = {
        let engine = state.chain.engine();
        (engine.spec().clone(), need(&engine, block)?)
    };
    let call = call(request, &block, spec.chain_id())?;
    Ok((call, spec, block))
}

fn called(call: &Call, spec: &ChainSpec, block: &Block) -> Answer {
    match call.execute(spec, block).map_err(failed)? {
        Called::Returned { output, .. } => Ok(json(output)),
        Called::Reverted { output } => Err(reverted(&output)),
        Called::Halted { reason, .. } => Err(failed(reason)),
    }
}

fn estimated(call: &Call, spec: &ChainSpec, block: &Block) -> Answer {
    match call.estimate_gas(spec, block) {
        Ok(gas) => Ok(json(U64::from(gas))),
        Err(EstimateError::Reverted { output }) => Err(reverted(&output)),
        Err(error) => Err(failed(error)),
    }
}

impl Param for TransactionRequest {
    fn read(json: &str) -> Result<Self, String> {
        let members: BTreeMap<String, &RawValue> =
            serde_json::from_str(json).map_err(|_| expected("an object", json))?;
        // The type reads quantities in other forms too.
        let words = ["gas", "nonce", "chainId", "type"].map(|name| (name, u64_word as Check));
        let long_words = ["gasPrice", "maxFeePerGas", "maxPriorityFeePerGas", "value"]
            .map(|name| (name, long_word as Check));
        for (name, check) in words.into_iter().chain(long_words) {
            let member = members.get(name).filter(|json| json.get() != "null");
            let read = member.map_or(Ok(()), |json| check(json.get()));
            read.map_err(|why| format!("{name}: {why}"))?;
        }
        serde_json::from_str(json).map_err(|error| error.to_string())
    }
}

type Check = fn(&str) -> Result<(), String>;

fn u64_word(json: &str) -> Result<(), String> {
    u64::read(json).map(|_| ())
}

fn long_word(json: &str) -> Result<(), String> {
    alloy_primitives::U256::read(json).map(|_| ())
}

/// The call that a request means.
fn call(
    request: TransactionRequest,
    block: &Block,
    chain_id: u64,
) -> Result<Call, ErrorObjectOwned> {
    if request
        .transaction_type
        .is_some_and(|kind| !TYPES.contains(&kind))
        || request.blob_versioned_hashes.is_some()
        || request.authorization_list.is_some()
    {
        return Err(invalid(
            "the call: transactions of its type are not on this chain",
        ));
    }
    if request.chain_id.is_some_and(|named| named != chain_id) {
        return Err(invalid("the call: it is for another chain"));
    }
    let base_fee = u128::from(block.header().base_fee_per_gas.unwrap_or_default());
    let tip = request.max_priority_fee_per_gas;
    let (fee_cap, tip) = match (request.gas_price, request.max_fee_per_gas, tip) {
        (Some(price), None, None) => (price, None),
        (Some(_), _, _) => {
            return Err(invalid(
                "the call: gasPrice does not go with maxFeePerGas and maxPriorityFeePerGas",
            ));
        }
        (None, None, None) => (0, None),
        (None, Some(cap), tip) => (cap, Some(tip.unwrap_or_default())),
        (None, None, Some(tip)) => (base_fee.saturating_add(tip), Some(tip)),
    };
    let input = request.input.try_into_unique_input();
    let input = input.map_err(|_| invalid("the call: input and data differ"))?;
    Ok(Call {
        from: request.from.unwrap_or_default(),
        to: request.to.unwrap_or(TxKind::Create),
        gas_limit: request.gas.unwrap_or(MAX_GAS).min(MAX_GAS),
        fee_cap,
        tip,
        value: request.value.unwrap_or_default(),
        input: input.unwrap_or_default(),
        access_list: request.access_list.unwrap_or_default(),
    })
}
