//! What contracts logged.

use std::collections::BTreeMap;
use std::sync::Arc;

use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::B256;
use alloy_rpc_types_eth::{Filter, Log};
use gauntlet_engine::{Block, Engine};
use gauntlet_rpc::ErrorObjectOwned;
use serde_json::value::RawValue;

use super::error::{invalid, pruned, too_much};
use super::find::{find, need};
use super::receipts::rpc_log;
use super::text::{Param, expected};
use super::{Registry, json};

/// How many blocks are searched at once.
const MAX_BLOCKS: u64 = 1000;
/// How many logs are given at once.
const MAX_LOGS: usize = 10_000;
/// How many addresses, and how many topics in a place, are looked for.
const MAX_ALTERNATIVES: usize = 1000;

/// What is looked for, and where.
struct Search {
    filter: Filter,
    place: Place,
}

/// The blocks that are searched.
enum Place {
    Block(B256),
    Range {
        from: BlockNumberOrTag,
        to: BlockNumberOrTag,
    },
}

/// Adds the methods.
pub(super) fn register(registry: &mut Registry) {
    registry.work("eth_getLogs", |state, mut params| {
        let search: Search = params.required("filter")?;
        params.end()?;
        let blocks = search.place.blocks(&state.chain.engine())?;
        Ok(Box::new(move || found(&search.filter, &blocks).map(json)))
    });
}

impl Param for Search {
    fn read(json: &str) -> Result<Self, String> {
        let members: BTreeMap<String, &RawValue> =
            serde_json::from_str(json).map_err(|_| expected("an object", json))?;
        let known = ["address", "topics", "fromBlock", "toBlock", "blockHash"];
        if let Some(other) = members.keys().find(|name| !known.contains(&&***name)) {
            return Err(format!("a filter has no member {other}"));
        }
        let member = |name: &str| {
            let member: Option<&&RawValue> = members.get(name);
            member.filter(|json| json.get() != "null")
        };
        let block = |name: &str| {
            let block = member(name).map(|json| BlockNumberOrTag::read(json.get()));
            block.transpose().map_err(|why| format!("{name}: {why}"))
        };
        let (from, to) = (block("fromBlock")?, block("toBlock")?);
        let place = match (member("blockHash"), from, to) {
            (None, from, to) => Place::Range {
                from: from.unwrap_or_default(),
                to: to.unwrap_or_default(),
            },
            (Some(hash), None, None) => {
                Place::Block(B256::read(hash.get()).map_err(|why| format!("blockHash: {why}"))?)
            }
            (Some(_), _, _) => {
                return Err("blockHash does not go with fromBlock and toBlock".to_owned());
            }
        };
        let filter: Filter = serde_json::from_str(json).map_err(|error| error.to_string())?;
        let most = filter.topics.iter().map(|topics| topics.len()).max();
        if most.max(Some(filter.address.len())) > Some(MAX_ALTERNATIVES) {
            return Err(format!("more than {MAX_ALTERNATIVES} alternatives"));
        }
        Ok(Self { filter, place })
    }
}

impl Place {
    fn blocks(&self, engine: &Engine) -> Result<Vec<Arc<Block>>, ErrorObjectOwned> {
        let (from, to) = match self {
            Self::Block(hash) => {
                return need(engine, Some(BlockId::hash(*hash))).map(|block| vec![block]);
            }
            Self::Range { from, to } => (number(engine, *from)?, number(engine, *to)?),
        };
        if from > to {
            return Err(invalid(format_args!(
                "the filter: block {from}, where it begins, is after block {to}, where it ends"
            )));
        }
        if to - from >= MAX_BLOCKS {
            return Err(too_much(format_args!(
                "the filter spans more than {MAX_BLOCKS} blocks"
            )));
        }
        // Blocks that are to come have no logs yet.
        (from..=to.min(engine.head().number()))
            .map(|number| {
                engine
                    .canonical(number)
                    .cloned()
                    .ok_or_else(|| pruned(number))
            })
            .collect()
    }
}

fn number(engine: &Engine, block: BlockNumberOrTag) -> Result<u64, ErrorObjectOwned> {
    if let BlockNumberOrTag::Number(number) = block {
        return Ok(number);
    }
    let block = find(engine, block.into())?;
    Ok(block.map_or(0, |block| block.number()))
}

fn found(filter: &Filter, blocks: &[Arc<Block>]) -> Result<Vec<Log>, ErrorObjectOwned> {
    let mut found = Vec::new();
    for block in blocks {
        if !filter.matches_bloom(block.header().logs_bloom) {
            continue;
        }
        let mut before = 0;
        for (index, receipt) in block.receipts().iter().enumerate() {
            for (place, log) in (before..).zip(receipt.logs()) {
                if filter.matches(log) {
                    found.push(rpc_log(block, index, place, log.clone()));
                }
            }
            before += receipt.logs().len();
            if found.len() > MAX_LOGS {
                return Err(too_much(format_args!(
                    "the filter finds more than {MAX_LOGS} logs"
                )));
            }
        }
    }
    Ok(found)
}
