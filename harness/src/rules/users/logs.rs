//! Logs that users search.

use alloy_eips::BlockNumberOrTag;
use alloy_rpc_types_eth::{Filter, FilterBlockOption};
use serde_json::Value;

use super::receipts::log;
use super::told::{Chain, has, judge, result};
use crate::dialect::Question;
use crate::rules::record::Record;
use crate::rules::tally::Tally;

/// All logs that pass the filter, in their order, and no other.
pub(super) fn are_true(record: &Record<'_>, tally: &mut Tally) {
    let is_of = |of: &Question| matches!(of, Question::Logs(_));
    judge(record, tally, is_of, |chain, question, told| {
        let Question::Logs(filter) = question else {
            return None;
        };
        let expected = found(chain, filter)?;
        Some(result(told, |value| {
            let got = value.as_array().ok_or("the answer is no list")?;
            if got.len() != expected.len() {
                let (got, expected) = (got.len(), expected.len());
                return Err(format!("{got} logs were found, and there are {expected}"));
            }
            let mut both = got.iter().zip(&expected);
            both.try_for_each(|(got, expected)| has(got, expected))
        }))
    });
}

/// The logs of the blocks of a range; nothing if that is none.
fn found(chain: &Chain<'_>, filter: &Filter) -> Option<Vec<Value>> {
    let number = |of: Option<BlockNumberOrTag>| {
        let of = of.unwrap_or_default();
        of.as_number()
            .or_else(|| Some(chain.block(of.into())?.number()))
    };
    let FilterBlockOption::Range {
        from_block,
        to_block,
    } = filter.block_option
    else {
        return None;
    };
    let (from, to) = (number(from_block)?, number(to_block)?);
    if from > to {
        return None;
    }
    let mut blocks: Vec<_> = chain
        .blocks()
        .filter(|block| (from..=to).contains(&block.number()))
        .collect();
    blocks.reverse();
    let mut found = Vec::new();
    for block in blocks {
        for (index, receipt) in block.receipts().iter().enumerate() {
            let logs = alloy_consensus::TxReceipt::logs(receipt);
            let matching = (0..).zip(logs).filter(|(_, log)| passes(filter, log));
            found.extend(matching.map(|(place, _)| log(block, index, place)));
        }
    }
    Some(found)
}

/// Whether the address is one of those, and each topic one of those at its place.
fn passes(filter: &Filter, log: &alloy_primitives::Log) -> bool {
    let is_address = filter.address.is_empty() || filter.address.matches(&log.address);
    let mut topics = filter.topics.iter().enumerate();
    let are_topics = topics.all(|(place, wanted)| {
        wanted.is_empty()
            || log
                .topics()
                .get(place)
                .is_some_and(|topic| wanted.contains(topic))
    });
    is_address && are_topics
}
