//! Heads, attributes and blocks, as the Engine API tells of them.

use alloy_primitives::{B256, keccak256};
use serde_json::{Map, Value, json};

use super::entry::{Probe, Shot};
use super::known::{Known, data, number};
use super::requests;
use crate::dialect::{FORK_CHOICE_UPDATED, NEW_PAYLOAD};

pub(super) const PROBES: &[Probe] = &[
    Probe {
        id: "attributes",
        sentence: "an update to the present head, with attributes of which one member is odd",
        rules: &[
            "builder/attributes-are-checked",
            "builder/job-is-the-latest",
            "builder/job-is-not-restarted",
        ],
        members: &[
            "timestamp",
            "prevRandao",
            "suggestedFeeRecipient",
            "withdrawals",
            "parentBeaconBlockRoot",
            "transactions",
            "noTxPool",
            "gasLimit",
            "eip1559Params",
        ],
        written: &[
            "plainly",
            "missing",
            "null",
            "zero",
            "as-the-parents",
            "as-nothing",
            "as-a-number",
            "with-a-transaction-of-no-bytes",
            "with-garbage",
            "with-a-withdrawal",
            "another",
        ],
        is_harmless: false,
        make: attributes,
    },
    Probe {
        id: "update",
        sentence: "an update without attributes",
        rules: &[
            "builder/follows-heads",
            "builder/fork-choice-state-is-checked",
            "get-payload/result",
        ],
        members: &[],
        written: &[
            "to-the-head",
            "to-an-unknown-head",
            "to-the-parent",
            "to-genesis",
            "with-an-unknown-safe-block",
            "with-an-unknown-finalized-block",
            "with-genesis-as-safe",
        ],
        is_harmless: false,
        make: update,
    },
    Probe {
        id: "update-and-request",
        sentence: "an update with attributes, and the request for their block at once",
        rules: &["get-payload/result", "get-payload/answers-within-200-ms"],
        members: &[],
        written: &["of-the-same-attributes", "of-other-attributes"],
        is_harmless: false,
        make: |known, _, written| {
            let written = match written {
                "of-other-attributes" => "another",
                _ => "plainly",
            };
            let mut shots = attributes(known, "prevRandao", written);
            shots.extend(requests::honest(known));
            shots
        },
    },
    Probe {
        id: "block",
        sentence: "a block as the builder was handed it last, or another one",
        rules: &["builder/judges-blocks"],
        members: &[],
        written: &[
            "again",
            "with-another-hash",
            "on-an-unknown-parent",
            "with-another-state-root",
            "with-another-beacon-root",
            "with-more-gas-used",
            "with-a-transaction-less",
            "with-blob-gas",
            "without-withdrawals",
            "with-withdrawals-of-null",
            "without-blob-gas-used",
            "without-excess-blob-gas",
            "without-state-root",
            "with-versioned-hashes",
            "without-beacon-root",
        ],
        is_harmless: false,
        make: block,
    },
];

pub(super) fn call(method: &str, params: &Value) -> Shot {
    Shot::json(body(method, params))
}

fn body(method: &str, params: &Value) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":7,"method":"{method}","params":{params}}}"#)
}

/// An update to the present head, without attributes.
pub(super) fn call_to_the_head(known: &Known) -> String {
    let state = state(known.head, B256::ZERO, B256::ZERO);
    body(FORK_CHOICE_UPDATED, &json!([state, Value::Null]))
}

fn state(head: B256, safe: B256, finalized: B256) -> Value {
    json!({
        "headBlockHash": data(head.as_slice()),
        "safeBlockHash": data(safe.as_slice()),
        "finalizedBlockHash": data(finalized.as_slice()),
    })
}

fn attributes(known: &mut Known, member: &str, written: &str) -> Vec<Shot> {
    let Some((head, honest)) = known.jobs.back() else {
        return Vec::new();
    };
    let mut odd: Map<String, Value> = honest.clone();
    let right = honest.get(member).cloned().unwrap_or_default();
    let parents = |name: &str| {
        let mut blocks = known.blocks.iter().rev();
        let of = blocks.find(|of| super::known::hash(&of[0]["blockHash"]) == Some(*head));
        of.map_or_else(|| json!("0x0"), |of| of[0][name].clone())
    };
    let value = match written {
        "missing" => None,
        "null" => Some(Value::Null),
        "zero" => Some(json!("0x0")),
        "as-the-parents" => Some(parents(member)),
        "as-nothing" => Some(json!("")),
        "as-a-number" => Some(json!(7)),
        "with-a-transaction-of-no-bytes" => with(&right, json!("0x")),
        "with-garbage" => with(&right, json!("0x05deadbeef")),
        "with-a-withdrawal" => with(
            &right,
            json!({
                "index": "0x0",
                "validatorIndex": "0x0",
                "address": "0x0000000000000000000000000000000000000001",
                "amount": "0x1",
            }),
        ),
        "another" => Some(another(&right)),
        _ => Some(right),
    };
    match value {
        None => odd.remove(member),
        Some(value) if member.is_empty() => Some(value),
        Some(value) => odd.insert(member.to_owned(), value),
    };
    let state = state(*head, B256::ZERO, B256::ZERO);
    vec![call(FORK_CHOICE_UPDATED, &json!([state, odd]))]
}

/// The list with one more item.
fn with(list: &Value, item: Value) -> Option<Value> {
    let mut list = list.as_array().cloned().unwrap_or_default();
    list.push(item);
    Some(Value::Array(list))
}

/// Another value of the same form: a number one higher, bytes of which the last is another, a list
/// without its last item.
fn another(value: &Value) -> Value {
    match value {
        Value::String(text) if text.len() > 18 => {
            let (rest, last) = text.split_at(text.len() - 1);
            json!(format!("{rest}{}", if last == "7" { '8' } else { '7' }))
        }
        Value::String(_) => json!(format!("{:#x}", number(value).unwrap_or_default() + 1)),
        Value::Array(list) => json!(list[..list.len().saturating_sub(1)]),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => json!(true),
    }
}

fn update(known: &mut Known, _: &str, written: &str) -> Vec<Shot> {
    let (head, zero) = (known.head, B256::ZERO);
    let unknown = keccak256(head);
    let state = match written {
        "to-an-unknown-head" => state(unknown, zero, zero),
        "to-the-parent" => state(known.below_head(1), zero, zero),
        "to-genesis" => state(known.genesis, zero, zero),
        "with-an-unknown-safe-block" => state(head, unknown, zero),
        "with-an-unknown-finalized-block" => state(head, zero, unknown),
        "with-genesis-as-safe" => state(head, known.genesis, known.genesis),
        _ => state(head, zero, zero),
    };
    vec![call(FORK_CHOICE_UPDATED, &json!([state, Value::Null]))]
}

fn block(known: &mut Known, _: &str, written: &str) -> Vec<Shot> {
    let Some(last) = known.blocks.back() else {
        return Vec::new();
    };
    let mut params = last.clone();
    let unknown = data(keccak256(b"unknown").as_slice());
    match written {
        "with-another-hash" => params[0]["blockHash"] = unknown,
        "on-an-unknown-parent" => params[0]["parentHash"] = unknown,
        "with-another-state-root" => params[0]["stateRoot"] = unknown,
        "with-another-beacon-root" => params[2] = unknown,
        "with-more-gas-used" => {
            let used = number(&params[0]["gasUsed"]).unwrap_or_default();
            params[0]["gasUsed"] = json!(format!("{:#x}", used + 1));
        }
        "with-a-transaction-less" => {
            if let Some(list) = params[0]["transactions"].as_array_mut() {
                list.pop();
            }
        }
        "with-blob-gas" => params[0]["blobGasUsed"] = json!("0x20000"),
        "without-withdrawals" => leave_out(&mut params[0], "withdrawals"),
        "with-withdrawals-of-null" => params[0]["withdrawals"] = Value::Null,
        "without-blob-gas-used" => leave_out(&mut params[0], "blobGasUsed"),
        "without-excess-blob-gas" => leave_out(&mut params[0], "excessBlobGas"),
        "without-state-root" => leave_out(&mut params[0], "stateRoot"),
        "with-versioned-hashes" => params[1] = json!([unknown]),
        "without-beacon-root" => params.truncate(2),
        _ => {}
    }
    vec![call(NEW_PAYLOAD, &Value::Array(params))]
}

fn leave_out(object: &mut Value, member: &str) {
    if let Some(members) = object.as_object_mut() {
        members.remove(member);
    }
}
