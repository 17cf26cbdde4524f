//! The chain of a sequencer that comes back. DECISION: local-restart.
//!
//! Whoever has it is asked: its builder, and those that follow it. Two methods that every execution
//! client has at its engine port tell all: headers by `eth_getBlockByNumber`, transactions by
//! `engine_getPayloadBodiesByRangeV1`. Every block is executed, from the first one on, so that
//! nothing is believed; whoever does not have the first one any more cannot help.

use std::time::Duration;

use alloy_primitives::{Address, B256, Bloom, Bytes, U64, U256};
use alloy_rpc_types_engine::ExecutionPayloadBodyV1;
use gauntlet_engine::{Engine, ForkChoice, Payload, PayloadVerdict};
use gauntlet_protocol::constants::{BLOCK_BY_NUMBER, PAYLOAD_BODIES};
use gauntlet_rpc::Client;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::to_raw_value;
use thiserror::Error;
use tokio::time::{Instant, sleep, timeout_at};
use tracing::{info, warn};

/// How long one call may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);

/// How long everybody is left in peace when nobody had the chain.
const PAUSE: Duration = Duration::from_millis(500);

/// How many bodies are asked for at once: as many as every client serves (execution-apis,
/// shanghai).
const BODIES: u64 = 32;

/// Why a sequencer that came back has no chain.
#[derive(Debug, Error)]
pub enum RestoreError {
    /// Nobody can be asked.
    #[error("there is neither a builder nor a follower to get the chain from")]
    NobodyToAsk,
    /// Nobody had it in time.
    #[error("nobody had the chain within {within:?}: {}", .causes.join("; "))]
    Nobody {
        /// How long they were asked.
        within: Duration,
        /// What each one said last.
        causes: Vec<String>,
    },
}

/// Somebody who may have the chain.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// Who it is, such as `the builder`.
    pub(super) name: String,
    /// Its engine port.
    pub(super) client: Client,
}

/// A chain that was got back: an engine that has executed it, and its blocks from the first one on.
#[derive(Debug)]
pub(super) struct Restored {
    pub(super) engine: Engine,
    pub(super) blocks: Vec<Payload>,
}

/// Gets the chain of whoever has the most of it, and executes it on an engine at genesis.
///
/// # Errors
///
/// Nobody had it in time.
pub(super) async fn restore(
    genesis: &Engine,
    sources: &[Source],
    within: Duration,
) -> Result<Restored, RestoreError> {
    if sources.is_empty() {
        return Err(RestoreError::NobodyToAsk);
    }
    let until = Instant::now() + within;
    let mut causes = vec!["not asked".to_owned(); sources.len()];
    loop {
        let tried = timeout_at(until, try_all(genesis, sources, &mut causes)).await;
        match tried {
            Ok(Some(restored)) => return Ok(restored),
            Ok(None) if Instant::now() + PAUSE < until => sleep(PAUSE).await,
            Ok(None) | Err(_) => {
                let told = sources.iter().zip(causes);
                return Err(RestoreError::Nobody {
                    within,
                    causes: told
                        .map(|(source, cause)| format!("{}: {cause}", source.name))
                        .collect(),
                });
            }
        }
    }
}

/// Asks all who has the most, and gets it there; or, if that fails, of the next one.
async fn try_all(genesis: &Engine, sources: &[Source], causes: &mut [String]) -> Option<Restored> {
    let mut heads = Vec::new();
    for (source, cause) in sources.iter().zip(&mut *causes) {
        match source.header("latest").await {
            Ok(Some(head)) if head.number > U64::ZERO => heads.push((head.number, source)),
            Ok(_) => "it has no block after genesis itself".clone_into(cause),
            Err(error) => *cause = error,
        }
    }
    heads.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
    for (head, source) in heads {
        let place = sources.iter().position(|it| it.name == source.name);
        match chain_of(genesis, source, head.to()).await {
            Ok(restored) => {
                let blocks = restored.blocks.len();
                info!(of = source.name, blocks, "the chain is restored");
                return Some(restored);
            }
            Err(error) => {
                warn!(of = source.name, error, "the chain cannot be restored");
                if let Some(cause) = place.and_then(|place| causes.get_mut(place)) {
                    *cause = error;
                }
            }
        }
    }
    None
}

/// Gets and executes every block up to a head.
async fn chain_of(genesis: &Engine, source: &Source, head: u64) -> Result<Restored, String> {
    let (mut engine, mut blocks) = (genesis.clone(), Vec::new());
    while blocks.len() as u64 != head {
        let start = blocks.len() as u64 + 1;
        let count = BODIES.min(head + 1 - start);
        let range = (U64::from(start), U64::from(count));
        let bodies: Vec<Option<ExecutionPayloadBodyV1>> =
            source.call(PAYLOAD_BODIES, &range).await?;
        for (number, body) in (start..).zip(bodies) {
            let lacks = || format!("it does not have block {number} any more");
            let body = body.ok_or_else(lacks)?;
            let header = source.header(&format!("{number:#x}")).await?;
            let payload = header.ok_or_else(lacks)?.with(body);
            execute(&mut engine, &payload).map_err(|why| format!("its block {number} {why}"))?;
            blocks.push(payload);
        }
        if (blocks.len() as u64) < start {
            return Err(format!("it tells nothing of block {start}"));
        }
    }
    Ok(Restored { engine, blocks })
}

fn execute(engine: &mut Engine, payload: &Payload) -> Result<(), String> {
    let hash = match engine.new_payload(payload, &[]) {
        PayloadVerdict::Valid(block) => block.hash(),
        PayloadVerdict::Invalid { reason, .. } => return Err(format!("is invalid: {reason}")),
        PayloadVerdict::Syncing => return Err("is of another chain".to_owned()),
    };
    match engine.fork_choice_updated(hash, B256::ZERO, B256::ZERO) {
        Ok(ForkChoice::Valid { .. }) => Ok(()),
        Ok(ForkChoice::Invalid { .. } | ForkChoice::Syncing) | Err(_) => {
            Err("cannot be the head".to_owned())
        }
    }
}

impl Source {
    async fn header(&self, block: &str) -> Result<Option<Header>, String> {
        self.call(BLOCK_BY_NUMBER, &(block, false)).await
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: &impl Serialize,
    ) -> Result<T, String> {
        let params = to_raw_value(params).expect("numbers and texts can always be written");
        let reply = self.client.call(method, params, CALL_TIMEOUT).await;
        let result = reply.map_err(|error| error.to_failure().message.to_string())?;
        serde_json::from_str(result.get()).map_err(|error| format!("{method}: {error}"))
    }
}

/// The members of a header that make a payload.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Header {
    hash: B256,
    number: U64,
    parent_hash: B256,
    miner: Address,
    state_root: B256,
    receipts_root: B256,
    logs_bloom: Bloom,
    mix_hash: B256,
    gas_limit: U64,
    gas_used: U64,
    timestamp: U64,
    extra_data: Bytes,
    base_fee_per_gas: U256,
    #[serde(default)]
    blob_gas_used: U64,
    #[serde(default)]
    excess_blob_gas: U64,
    parent_beacon_block_root: B256,
}

impl Header {
    fn with(self, body: ExecutionPayloadBodyV1) -> Payload {
        Payload {
            parent_hash: self.parent_hash,
            fee_recipient: self.miner,
            state_root: self.state_root,
            receipts_root: self.receipts_root,
            logs_bloom: self.logs_bloom,
            prev_randao: self.mix_hash,
            block_number: self.number.to(),
            gas_limit: self.gas_limit.to(),
            gas_used: self.gas_used.to(),
            timestamp: self.timestamp.to(),
            extra_data: self.extra_data,
            base_fee_per_gas: self.base_fee_per_gas,
            block_hash: self.hash,
            transactions: body.transactions,
            withdrawals: body.withdrawals,
            blob_gas_used: self.blob_gas_used.to(),
            excess_blob_gas: self.excess_blob_gas.to(),
            parent_beacon_block_root: self.parent_beacon_block_root,
        }
    }
}
