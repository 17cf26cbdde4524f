//! What a builder has of the chain, for whoever comes back without it. DECISION: local-restart.

use std::collections::BTreeMap;

use alloy_primitives::{B256, keccak256};
use serde_json::{Value, json};

use super::updates::calls;
use super::{RULE, Record, Rule, Tally};
use crate::dialect::{BLOCK_BY_NUMBER, NEW_PAYLOAD, PAYLOAD_BODIES, data, fixed, quantity};
use crate::rules::asked::Asked;

pub(super) const SERVES_ITS_CHAIN: Rule = Rule {
    id: "builder/serves-its-chain",
    line: 52,
    source: Some(
        "execution-apis, shanghai: \"in order, with no trailing null values\"; DECISION local-restart",
    ),
    check: serves_its_chain,
    ..RULE
};

/// How many bodies anybody serves at once at least (execution-apis, shanghai).
const BODIES: u64 = 32;

/// The members of a payload, and what a block calls them.
const MEMBERS: [(&str, &str); 13] = [
    ("blockHash", "hash"),
    ("parentHash", "parentHash"),
    ("feeRecipient", "miner"),
    ("stateRoot", "stateRoot"),
    ("receiptsRoot", "receiptsRoot"),
    ("logsBloom", "logsBloom"),
    ("prevRandao", "mixHash"),
    ("blockNumber", "number"),
    ("gasLimit", "gasLimit"),
    ("gasUsed", "gasUsed"),
    ("timestamp", "timestamp"),
    ("extraData", "extraData"),
    ("baseFeePerGas", "baseFeePerGas"),
];

/// Every block that the builder was handed and called valid, by its hash.
fn blocks(record: &Record<'_>) -> BTreeMap<B256, Value> {
    let of = |(asked, mut params): (&Asked<'_>, Value)| {
        let hash = fixed::<32>(&params[0]["blockHash"].to_string()).ok()?;
        let is_valid = record.works.numbers.contains_key(&B256::from(hash));
        (is_valid && asked.said.code().is_none()).then(|| (hash.into(), params[0].take()))
    };
    calls(record, NEW_PAYLOAD).filter_map(of).collect()
}

/// The canonical blocks when something was asked, by their numbers; nothing if the head is not clear
/// then, or if the builder was not handed all of them.
fn canonical<'b>(
    record: &Record<'_>,
    blocks: &'b BTreeMap<B256, Value>,
    asked: &Asked<'_>,
) -> Option<BTreeMap<u64, &'b Value>> {
    let died_us = record.view.stimulus.died_before(asked.passed.at_us);
    let before = record.works.updates.iter().filter(|update| {
        update.passed.1 < asked.passed.at
            && died_us.is_none_or(|died_us| update.passed.0 >= died_us)
    });
    let (mut head, genesis) = (None, record.view.trace.spec.genesis().hash());
    for update in before {
        update.given.filter(|(_, at)| *at < asked.passed.at)?;
        if update.is_followed || update.code.is_some() {
            head = Some(update.head);
        }
    }
    let mut chain = BTreeMap::new();
    let mut at = head.unwrap_or(genesis);
    while at != genesis {
        let block = blocks.get(&at)?;
        chain.insert(
            quantity(&block["blockNumber"].to_string(), 64).ok()?.to(),
            block,
        );
        at = fixed::<32>(&block["parentHash"].to_string()).ok()?.into();
    }
    Some(chain)
}

/// Blocks and their bodies are those of the chain that the builder follows.
fn serves_its_chain(record: &Record<'_>, tally: &mut Tally) {
    let blocks = blocks(record);
    let mut note = |asked: &Asked<'_>, expected: Result<Value, i64>| {
        let outcome = asked.said.one().map(|it| &it.outcome);
        let right = match (outcome, &expected) {
            (Some(Ok(result)), Ok(expected)) => {
                let result: Value = serde_json::from_str(result).unwrap_or_default();
                is_part(expected, &result)
            }
            (Some(Err(error)), Err(code)) => error.code == *code,
            _ => false,
        };
        tally.note(asked.at_us, right, || {
            format!("another chain than the one it follows: {}", asked.told())
        });
    };
    for (asked, params) in calls(record, PAYLOAD_BODIES) {
        let number = |at: usize| quantity(&params[at].to_string(), 63).ok().map(|it| it.to());
        let (Some(start), Some(count)) = (number(0), number(1)) else {
            continue;
        };
        let (start, count): (u64, u64) = (start, count);
        if start == 0 || count == 0 {
            note(asked, Err(-32602));
            continue;
        }
        let chain = canonical(record, &blocks, asked).filter(|_| count <= BODIES);
        if let Some(chain) = chain {
            let bodies = chain.range(start..start + count).map(|(_, block)| {
                json!({
                    "transactions": block["transactions"],
                    "withdrawals": block["withdrawals"],
                })
            });
            note(asked, Ok(bodies.collect()));
        }
    }
    for (asked, params) in calls(record, BLOCK_BY_NUMBER) {
        let Some(chain) = canonical(record, &blocks, asked).filter(|_| params[1] == false) else {
            continue;
        };
        let block = if params[0] == "latest" {
            chain.last_key_value().map(|(_, block)| *block)
        } else {
            match quantity(&params[0].to_string(), 63) {
                Ok(number) if !number.is_zero() => chain.get(&number.to::<u64>()).copied(),
                _ => continue,
            }
        };
        // What genesis is, nobody handed to the builder.
        if block.is_none() && params[0] == "latest" {
            continue;
        }
        note(asked, Ok(block.map_or(Value::Null, shown)));
    }
}

/// What a block shows of a payload.
fn shown(payload: &Value) -> Value {
    let mut block: Value = MEMBERS
        .iter()
        .map(|(of, name)| ((*name).to_owned(), payload[*of].clone()))
        .collect();
    let hash = |raw: &Value| keccak256(data(&raw.to_string()).unwrap_or_default()).to_string();
    let transactions = payload["transactions"].as_array();
    block["transactions"] = transactions.into_iter().flatten().map(hash).collect();
    block
}

/// Whether what is expected is there, beside whatever else; digits may be of either case.
fn is_part(expected: &Value, there: &Value) -> bool {
    match (expected, there) {
        (Value::Object(expected), Value::Object(there)) => expected
            .iter()
            .all(|(name, value)| there.get(name).is_some_and(|there| is_part(value, there))),
        (Value::Array(expected), Value::Array(there)) => {
            expected.len() == there.len()
                && expected
                    .iter()
                    .zip(there)
                    .all(|(one, other)| is_part(one, other))
        }
        (Value::String(expected), Value::String(there)) => expected.eq_ignore_ascii_case(there),
        _ => expected == there,
    }
}
