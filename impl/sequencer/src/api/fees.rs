//! What gas costs, has cost and may cost.

use std::sync::Arc;

use alloy_eips::BlockNumberOrTag;
use alloy_primitives::U128;
use alloy_rpc_types_eth::FeeHistory;
use gauntlet_engine::{Block, Engine};
use gauntlet_rpc::ErrorObjectOwned;

use super::error::{failed, invalid};
use super::find::find;
use super::{Registry, json};
use crate::state::State;

/// What is suggested as a tip while blocks have room: 0.001 gwei, in wei.
const LEAST_TIP: u128 = 1_000_000;
/// How full a block is, in percent, that has no room.
const FULL_PERCENT: u64 = 90;
/// How many blocks a history covers at most.
const MAX_BLOCKS: u64 = 1024;
/// How many percentiles a history has at most.
const MAX_PERCENTILES: usize = 100;

/// Adds the methods.
pub(super) fn register(registry: &mut Registry) {
    registry.method("eth_gasPrice", |state, params| {
        params.end()?;
        let head = state.chain.head();
        let price = u128::from(base_fee_after(state, &head)) + suggested_tip(&head);
        Ok(json(U128::from(price)))
    });
    registry.method("eth_maxPriorityFeePerGas", |state, params| {
        params.end()?;
        Ok(json(U128::from(suggested_tip(&state.chain.head()))))
    });
    registry.work("eth_feeHistory", |state, mut params| {
        let count: u64 = params.required("block count")?;
        let newest: BlockNumberOrTag = params.required("newest block")?;
        let percentiles: Option<Vec<f64>> = params.optional("percentiles")?;
        params.end()?;
        check(percentiles.as_deref().unwrap_or_default())?;
        let blocks = last_blocks(&state.chain.engine(), count, newest)?;
        let next = blocks.last().map(|newest| base_fee_after(state, newest));
        Ok(Box::new(move || {
            Ok(json(history(&blocks, next, percentiles.as_deref())))
        }))
    });
}

/// The base fee of the block after one, in wei.
fn base_fee_after(state: &State, block: &Block) -> u64 {
    let timestamp = state.timestamp(block.number() + 1);
    let spec = state.chain.engine().spec().clone();
    spec.next_base_fee(block.header(), timestamp)
}

/// A tip with which a transaction is likely in the next block: the least there is, or where the
/// last block was full a tenth more than half of it paid.
fn suggested_tip(head: &Block) -> u128 {
    let header = head.header();
    let is_full = u128::from(header.gas_used) * 100
        >= u128::from(header.gas_limit) * u128::from(FULL_PERCENT);
    if !is_full {
        return LEAST_TIP;
    }
    let median = tips(head, &[50.0]).first().copied().unwrap_or_default();
    LEAST_TIP.max(median.saturating_add(median / 10))
}

fn check(percentiles: &[f64]) -> Result<(), ErrorObjectOwned> {
    if percentiles.len() > MAX_PERCENTILES {
        return Err(invalid(format_args!(
            "the percentiles: there are more than {MAX_PERCENTILES}"
        )));
    }
    if !percentiles.iter().all(|of| (0.0..=100.0).contains(of)) || !percentiles.is_sorted() {
        return Err(invalid(
            "the percentiles: expected numbers from 0 to 100, in ascending order",
        ));
    }
    Ok(())
}

/// So many blocks up to the newest, as far as they are kept.
fn last_blocks(
    engine: &Engine,
    count: u64,
    newest: BlockNumberOrTag,
) -> Result<Vec<Arc<Block>>, ErrorObjectOwned> {
    let newest = find(engine, newest.into())?;
    let newest = newest.ok_or_else(|| failed("the newest block is beyond the head"))?;
    let oldest = (newest.number() + 1).saturating_sub(count.min(MAX_BLOCKS));
    let kept = (oldest..=newest.number())
        .rev()
        .map_while(|number| engine.canonical(number).cloned());
    let mut blocks: Vec<Arc<Block>> = kept.collect();
    blocks.reverse();
    Ok(blocks)
}

/// The history of these blocks, and the base fee of the block after the last of them.
fn history(blocks: &[Arc<Block>], next: Option<u64>, percentiles: Option<&[f64]>) -> FeeHistory {
    let of_block = |block: &Arc<Block>| block.header().base_fee_per_gas.unwrap_or_default();
    let base_fees = blocks.iter().map(of_block).chain(next);
    FeeHistory {
        base_fee_per_gas: base_fees.map(u128::from).collect(),
        gas_used_ratio: blocks.iter().map(|block| gas_used_ratio(block)).collect(),
        oldest_block: blocks.first().map_or(0, |block| block.number()),
        reward: percentiles.map(|percentiles| {
            let rows = blocks.iter().map(|block| tips(block, percentiles));
            rows.collect()
        }),
        ..FeeHistory::default()
    }
}

fn gas_used_ratio(block: &Block) -> f64 {
    let header = block.header();
    header.gas_used as f64 / header.gas_limit as f64
}

/// The tips at percentiles of the gas that paying transactions used, in wei.
fn tips(block: &Block, percentiles: &[f64]) -> Vec<u128> {
    let mut paid: Vec<(u128, u64)> = (0..block.transactions().len())
        .filter(|index| !block.transactions()[*index].is_deposit())
        .filter_map(|index| block.receipt(index))
        .map(|receipt| (receipt.effective_tip, receipt.gas_used))
        .collect();
    paid.sort_unstable();
    let total: u64 = paid.iter().map(|(_, gas)| gas).sum();
    let at = |percentile: &f64| {
        let threshold = total as f64 * percentile / 100.0;
        let mut sum = 0;
        let reached = paid.iter().find(|(_, gas)| {
            sum += gas;
            sum as f64 >= threshold
        });
        reached.map_or(0, |(tip, _)| *tip)
    };
    percentiles.iter().map(at).collect()
}
