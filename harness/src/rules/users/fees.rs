//! What gas costs.

use alloy_consensus::Transaction as _;
use alloy_primitives::{U64, U128};
use gauntlet_engine::Block;
use serde_json::{Value, json};

use super::told::{Chain, has, judge, result};
use crate::dialect::Question;
use crate::rules::record::Record;
use crate::rules::tally::Tally;

/// No node suggests more than this where nobody pays more, in wei.
const MODEST_TIP: u128 = 1_000_000_000;

/// What is named is enough for the next block, and what is told of blocks is theirs.
pub(super) fn are_true(record: &Record<'_>, tally: &mut Tally) {
    let is_of =
        |of: &Question| matches!(of, Question::GasPrice | Question::Tip | Question::Fees(..));
    judge(
        record,
        tally,
        is_of,
        |chain, question, told| match question {
            Question::GasPrice => {
                let least = u128::from(next_base_fee(chain, chain.head));
                let most = least + most_tip(chain.head);
                Some(result(told, |value| between(value, least, most)))
            }
            Question::Tip => Some(result(told, |value| {
                between(value, 0, most_tip(chain.head))
            })),
            Question::Fees(count, newest, percentiles) => {
                let newest = chain.block((*newest).into())?;
                let expected = history(chain, *count, newest, percentiles);
                Some(result(told, |value| {
                    has(value, &expected)?;
                    ratios(chain, *count, newest, value)
                }))
            }
            Question::Receipt(_)
            | Question::Receipts(_)
            | Question::Transaction(_)
            | Question::Nonce(..)
            | Question::Balance(..)
            | Question::Code(..)
            | Question::Storage(..)
            | Question::Block(..)
            | Question::Head
            | Question::Chain
            | Question::Call(..)
            | Question::Estimate(..)
            | Question::Logs(_) => None,
        },
    );
}

fn next_base_fee(chain: &Chain<'_>, block: &Block) -> u64 {
    let trace = chain.record.view.trace;
    let timestamp = crate::chain::timestamp(&trace.spec, &trace.plan, block.number() + 1);
    trace.spec.next_base_fee(block.header(), timestamp)
}

/// The most that a tip can be said to have to be: that of the head that paid most, and a tenth more.
fn most_tip(head: &Block) -> u128 {
    let paid = tips(head).last().map_or(0, |(tip, _)| *tip);
    MODEST_TIP.max(paid + paid / 10)
}

fn between(value: &Value, least: u128, most: u128) -> Result<(), String> {
    let price: Option<U128> = serde_json::from_value(value.clone()).ok();
    match price.map(|price| price.to::<u128>()) {
        Some(price) if (least..=most).contains(&price) => Ok(()),
        _ => Err(format!("{value} is not between {least} and {most}")),
    }
}

/// So many blocks up to the newest, the oldest first.
fn blocks<'a>(chain: &Chain<'a>, count: u64, newest: &Block) -> Vec<&'a std::sync::Arc<Block>> {
    let older = chain
        .blocks()
        .filter(|block| block.number() <= newest.number());
    let mut blocks: Vec<_> = older
        .take(usize::try_from(count).unwrap_or(usize::MAX))
        .collect();
    blocks.reverse();
    blocks
}

fn history(chain: &Chain<'_>, count: u64, newest: &Block, percentiles: &[f64]) -> Value {
    let blocks = blocks(chain, count, newest);
    let mut base_fees: Vec<U64> = blocks
        .iter()
        .map(|it| U64::from(Chain::base_fee(it)))
        .collect();
    base_fees.push(U64::from(next_base_fee(chain, newest)));
    let rewards: Vec<Vec<U128>> = blocks
        .iter()
        .map(|block| {
            percentiles
                .iter()
                .map(|at| U128::from(paid_at(block, *at)))
                .collect()
        })
        .collect();
    json!({
        "oldestBlock": U64::from(blocks.first().map_or(0, |block| block.number())),
        "baseFeePerGas": base_fees,
        "reward": rewards,
    })
}

/// Fractions are written in more than one way.
fn ratios(chain: &Chain<'_>, count: u64, newest: &Block, value: &Value) -> Result<(), String> {
    let told = value.get("gasUsedRatio").and_then(Value::as_array);
    let told = told.ok_or("`gasUsedRatio` is no list")?;
    let blocks = blocks(chain, count, newest);
    let is_close = |(told, block): (&Value, &&std::sync::Arc<Block>)| {
        let header = block.header();
        let ratio = header.gas_used as f64 / header.gas_limit as f64;
        told.as_f64()
            .is_some_and(|told| (told - ratio).abs() < 1e-9)
    };
    match told.len() == blocks.len() && told.iter().zip(&blocks).all(is_close) {
        true => Ok(()),
        false => Err(format!("`gasUsedRatio` is {told:?}")),
    }
}

/// What users' transactions paid to the fee recipient, in wei a unit of gas, and for how much gas;
/// the least first.
fn tips(block: &Block) -> Vec<(u128, u64)> {
    let mut before = 0;
    let mut tips = Vec::new();
    for (transaction, receipt) in block.transactions().iter().zip(block.receipts()) {
        let gas = receipt.cumulative_gas_used() - before;
        before = receipt.cumulative_gas_used();
        if !transaction.is_deposit() {
            let base_fee = Chain::base_fee(block);
            let price = transaction.envelope().effective_gas_price(Some(base_fee));
            tips.push((price.saturating_sub(u128::from(base_fee)), gas));
        }
    }
    tips.sort_unstable();
    tips
}

/// The tip below which so many percent of the gas were used.
fn paid_at(block: &Block, percentile: f64) -> u128 {
    let tips = tips(block);
    let all: u64 = tips.iter().map(|(_, gas)| gas).sum();
    let threshold = all as f64 * percentile / 100.0;
    let mut used = 0;
    let reached = tips.iter().find(|(_, gas)| {
        used += gas;
        used as f64 >= threshold
    });
    reached.map_or(0, |(tip, _)| *tip)
}
