//! What users ask, and when: after each slot what became of what they sent, and in the middle of each
//! what waits.

use std::collections::BTreeSet;

use alloy_consensus::TxEnvelope;
use alloy_consensus::transaction::SignerRecoverable;
use alloy_eips::Decodable2718;
use alloy_primitives::{Address, B256, Bytes, keccak256};
use serde_json::{Value, json};

use super::mistakes::mistakes;
use super::users::{COUNTER, Submission, submissions_of};
use crate::plan::Plan;

/// How long after a slot's end users begin to ask.
const AFTER_MS: u64 = 40;
/// When in a slot they ask what waits, in parts of it.
const MIDDLE: (u64, u64) = (3, 5);
/// How long after one question the next one follows.
const APART_MS: u64 = 1;

/// A question.
#[derive(Clone, Debug)]
pub struct Asked {
    /// When it is asked, in milliseconds since the run began.
    pub at_ms: u64,
    /// The method.
    pub method: &'static str,
    /// Its parameters.
    pub params: Value,
}

/// Everything that so many users ask in a run, in the order of time.
#[must_use]
pub fn questions(plan: &Plan, chain_id: u64, users: u64) -> Vec<Asked> {
    let mut all = Vec::new();
    if plan.traffic.questions {
        all = about_all(plan, chain_id, users);
    }
    if plan.traffic.mistakes {
        let at_ms = plan.chain.block_time_ms + AFTER_MS;
        let mistakes = (at_ms..).step_by(APART_MS as usize).zip(mistakes());
        all.extend(mistakes.map(|(at_ms, (method, params))| Asked {
            at_ms,
            method,
            params,
        }));
    }
    all.sort_by_key(|asked| asked.at_ms);
    all
}

/// What is asked in a run of what its users sent, and of the chain.
fn about_all(plan: &Plan, chain_id: u64, users: u64) -> Vec<Asked> {
    let block_time_ms = plan.chain.block_time_ms;
    let sent: Vec<Submission> = submissions_of(plan, chain_id, users).collect();
    let mut all = Vec::new();
    for slot in 1..=plan.slots.len() as u64 {
        let (begins_ms, ends_ms) = ((slot - 1) * block_time_ms, slot * block_time_ms);
        let since_ms = begins_ms.saturating_sub(2 * block_time_ms);
        let recent: Vec<&Submission> = sent
            .iter()
            .filter(|it| (since_ms..ends_ms).contains(&it.at_ms))
            .collect();
        let middle_ms = begins_ms + block_time_ms * MIDDLE.0 / MIDDLE.1;
        let mut ask = |at_ms: &mut u64, method, params| {
            all.push(Asked {
                at_ms: *at_ms,
                method,
                params,
            });
            *at_ms += APART_MS;
        };
        let mut at_ms = middle_ms;
        for address in senders(&recent) {
            for block in ["latest", "pending"] {
                ask(
                    &mut at_ms,
                    "eth_getTransactionCount",
                    json!([address, block]),
                );
            }
        }
        for hash in hashes(&recent) {
            ask(&mut at_ms, "eth_getTransactionByHash", json!([hash]));
        }
        let mut at_ms = ends_ms + AFTER_MS;
        for (method, params) in about(slot, &recent) {
            ask(&mut at_ms, method, params);
        }
    }
    all
}

/// What is asked after a slot.
fn about(slot: u64, recent: &[&Submission]) -> Vec<(&'static str, Value)> {
    let mut asked = Vec::new();
    let number = format!("{slot:#x}");
    let before = format!("{:#x}", slot - 1);
    for hash in hashes(recent) {
        asked.push(("eth_getTransactionReceipt", json!([hash])));
        asked.push(("eth_getTransactionByHash", json!([hash])));
    }
    for address in senders(recent) {
        for block in ["latest", "pending", &before] {
            asked.push(("eth_getTransactionCount", json!([address, block])));
        }
        for block in ["latest", &before] {
            asked.push(("eth_getBalance", json!([address, block])));
        }
    }
    for block in [
        "latest",
        "pending",
        "safe",
        "finalized",
        "earliest",
        &number,
    ] {
        asked.push(("eth_getBlockByNumber", json!([block, false])));
    }
    asked.push(("eth_getBlockByNumber", json!(["latest", true])));
    asked.push(("eth_getBlockByNumber", json!(["0xfffffff", false])));
    asked.push(("eth_getBlockReceipts", json!(["latest"])));
    asked.push(("eth_getBlockReceipts", json!([number])));
    asked.push(("eth_blockNumber", json!([])));
    asked.push(("eth_chainId", json!([])));
    for block in ["latest", &before] {
        asked.push(("eth_getCode", json!([COUNTER, block])));
        asked.push(("eth_getStorageAt", json!([COUNTER, "0x0", block])));
        asked.push(("eth_call", json!([{ "to": COUNTER }, block])));
    }
    let reverting = json!({ "data": "0x602a60005260206000fd" });
    asked.push(("eth_call", json!([reverting, "latest"])));
    let caller = json!({ "from": super::known_key(1).1, "to": COUNTER });
    asked.push(("eth_estimateGas", json!([caller, "latest"])));
    asked.push(("eth_gasPrice", json!([])));
    asked.push(("eth_maxPriorityFeePerGas", json!([])));
    asked.push(("eth_feeHistory", json!(["0x3", "latest", [50.0]])));
    let range = json!({ "fromBlock": before, "toBlock": "latest" });
    asked.push(("eth_getLogs", json!([range])));
    let of_counter = json!({ "fromBlock": "earliest", "toBlock": number, "address": COUNTER });
    asked.push(("eth_getLogs", json!([of_counter])));
    let of_topic = json!({
        "fromBlock": "earliest",
        "toBlock": "latest",
        "topics": [null, B256::with_last_byte(2)],
    });
    asked.push(("eth_getLogs", json!([of_topic])));
    // What cannot be answered.
    asked.push(("eth_getBalance", json!(["0x12", "latest"])));
    asked.push(("eth_getTransactionReceipt", json!([])));
    asked.push(("eth_getBlockByNumber", json!(["0x01", false])));
    asked.push(("eth_noSuchMethod", json!([])));
    asked
}

fn hashes(of: &[&Submission]) -> BTreeSet<B256> {
    of.iter().map(|it| keccak256(&it.raw)).collect()
}

fn senders(of: &[&Submission]) -> BTreeSet<Address> {
    of.iter().filter_map(|it| sender(&it.raw)).collect()
}

fn sender(raw: &Bytes) -> Option<Address> {
    let transaction = TxEnvelope::decode_2718_exact(raw).ok()?;
    transaction.recover_signer().ok()
}
