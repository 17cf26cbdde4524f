//! A builder that is nothing of this project's: an engine, what it answers, and over HTTP.
//!
//! It stands as the source of a crate would, and knows nothing of Gauntlet's harness.

mod history;
mod http;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_rpc_types_engine::{ForkchoiceState, PayloadId};
use gauntlet_engine::{
    Attributes, ChainSpec, Engine, ForkChoice, Payload, PayloadVerdict, Senders,
};
use gauntlet_protocol::constants as words;
use gauntlet_protocol::constants::codes::{self, INVALID_PARAMS, SERVER_ERROR};
use gauntlet_protocol::{BuilderPayloadV1, ExecutionPayloadV2, ForwardTransactionParams};
use gauntlet_protocol::{GetPayloadParams, RpcError, SigningDomain, Status};
use op_alloy_rpc_types_engine::OpPayloadAttributes;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json, value::RawValue};

const MAX_JOBS: usize = 16;
const PARSE_ERROR: i32 = -32700;
const INVALID_REQUEST: i32 = -32600;
const METHOD_NOT_FOUND: i32 = -32601;

/// What a builder is told.
#[derive(Debug)]
pub struct Config {
    /// The chain.
    pub spec: Arc<ChainSpec>,
    /// The address that stands in its responses.
    pub pubkey: Address,
    /// The sequencer whose requests it answers.
    pub sequencer: Address,
    /// A memo of the senders of transactions.
    pub senders: Senders,
}

/// A builder, cheap to clone.
#[derive(Clone, Debug)]
pub struct Builder {
    node: Arc<Mutex<Node>>,
}

impl Builder {
    /// One at its genesis.
    pub fn new(config: Config) -> Self {
        Self::faulty("", config)
    }

    /// One that does something wrong on purpose; nothing if it is empty.
    pub fn faulty(fault: &str, config: Config) -> Self {
        let engine = Engine::new(config.spec.clone(), config.senders.clone());
        let node = Node {
            config,
            fault: fault.to_owned(),
            engine,
            jobs: BTreeMap::new(),
        };
        Self {
            node: Arc::new(Mutex::new(node)),
        }
    }

    /// Answers a call.
    ///
    /// # Errors
    ///
    /// What it refuses, and why.
    pub fn call(&self, method: &str, params: &str) -> Result<Value, RpcError> {
        self.node().call(method, params)
    }

    fn node(&self) -> MutexGuard<'_, Node> {
        self.node.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
struct Node {
    config: Config,
    fault: String,
    engine: Engine,
    /// What is to be built, by its number and its parent: of several, the last counts that agree
    /// with the request.
    jobs: BTreeMap<(u64, B256), Vec<Attributes>>,
}

impl Node {
    /// The answer to a call or to a batch of calls; nothing to notifications alone.
    fn answer(&mut self, body: &[u8]) -> String {
        match serde_json::from_slice::<Vec<&RawValue>>(body) {
            Ok(calls) if !calls.is_empty() => {
                let answers = calls.iter().map(|it| self.answer_one(it.get().as_bytes()));
                let answers: Vec<_> = answers.filter(|it| !it.is_empty()).collect();
                match &answers[..] {
                    [] => String::new(),
                    answers => format!("[{}]", answers.join(",")),
                }
            }
            _ => self.answer_one(body),
        }
    }

    fn answer_one(&mut self, body: &[u8]) -> String {
        let call = match read(body) {
            Ok(call) => call,
            Err(error) => return written("null", Err(error)),
        };
        let result = self.call(&call.method, call.params.map_or("[]", RawValue::get));
        call.id
            .map_or(String::new(), |id| written(id.get(), result))
    }

    fn call(&mut self, method: &str, params: &str) -> Result<Value, RpcError> {
        match method {
            words::GET_PAYLOAD => self.get_payload(params),
            words::FORWARD_TRANSACTION => self.forward_transaction(params),
            words::FORK_CHOICE_UPDATED => self.fork_choice_updated(params),
            words::NEW_PAYLOAD => self.new_payload(params),
            words::BLOCK_BY_NUMBER => history::block_by_number(&self.engine, params),
            words::PAYLOAD_BODIES => history::bodies_by_range(&self.engine, params),
            _ => refuse(METHOD_NOT_FOUND, "there is no such method"),
        }
    }

    fn get_payload(&mut self, params: &str) -> Result<Value, RpcError> {
        let params = GetPayloadParams::from_json(params).map_err(error(INVALID_PARAMS))?;
        let asked = &params.payload;
        let digest = SigningDomain::builder(self.config.spec.chain_id()).digest(asked);
        let signer = params.signature().and_then(|it| it.signer(digest));
        let is_good = signer == Ok(self.config.sequencer) && signer == Ok(asked.pub_key);
        if !is_good && self.fault != "any-signature" {
            return refuse(codes::INVALID_SIGNATURE, "the sequencer has not signed it");
        }
        let number = u64::try_from(asked.block_number).unwrap_or(u64::MAX);
        let jobs = self.jobs.get(&(number, asked.parent_hash));
        let Some(jobs) = jobs.filter(|_| number > self.engine.head().number()) else {
            return refuse(codes::UNKNOWN_PARENT, "there is nothing to build on it");
        };
        let agrees = |job: &&Attributes| {
            U256::from(job.gas_limit) == asked.gas_limit
                && job.parent_beacon_block_root == asked.parent_beacon_block_root
        };
        let Some(job) = jobs.iter().rfind(agrees) else {
            return refuse(INVALID_PARAMS, "the attributes say otherwise");
        };
        let block = self.engine.build(asked.parent_hash, job);
        let block = self.engine.insert(block.map_err(error(SERVER_ERROR))?);
        let mut response = json!(BuilderPayloadV1 {
            execution_payload: block.payload().to_v2(),
            pub_key: self.config.pubkey,
            value: block.value(),
        });
        if self.fault == "wrong-shape" {
            response["builtBy"] = json!("a stranger");
        }
        Ok(response)
    }

    fn forward_transaction(&mut self, params: &str) -> Result<Value, RpcError> {
        let params = ForwardTransactionParams::from_json(params).map_err(error(INVALID_PARAMS))?;
        let hash = keccak256(&params.transaction);
        let is_known = self.engine.pool_contains(hash) || self.engine.receipt(hash).is_some();
        if is_known && self.fault == "refuses-duplicates" {
            return refuse(SERVER_ERROR, "already known");
        }
        let added = self.engine.add_transaction(&params.transaction);
        added.map_err(error(SERVER_ERROR))?;
        Ok(json!(Status::OK))
    }

    fn fork_choice_updated(&mut self, params: &str) -> Result<Value, RpcError> {
        let (state, attributes): (ForkchoiceState, Option<&RawValue>) =
            serde_json::from_str(params).map_err(error(INVALID_PARAMS))?;
        let (head, safe) = (state.head_block_hash, state.safe_block_hash);
        let finalized = state.finalized_block_hash;
        let chosen = self.engine.fork_choice_updated(head, safe, finalized);
        let status = match chosen.map_err(error(codes::INVALID_FORK_CHOICE_STATE))? {
            ForkChoice::Valid { .. } => status("VALID", Some(head)),
            ForkChoice::Syncing => status("SYNCING", None),
            ForkChoice::Invalid { latest_valid_hash } => status("INVALID", latest_valid_hash),
        };
        // The head stays where it is now, even if these are the attributes of no block.
        let id = match attributes.filter(|_| status["status"] == "VALID") {
            Some(attributes) => Some(self.begin(head, attributes.get())?),
            None => None,
        };
        Ok(json!({ "payloadStatus": status, "payloadId": id }))
    }

    fn begin(&mut self, head: B256, attributes: &str) -> Result<PayloadId, RpcError> {
        let invalid = codes::INVALID_PAYLOAD_ATTRIBUTES;
        let wire: OpPayloadAttributes = serde_json::from_str(attributes).map_err(error(invalid))?;
        let attributes = Attributes::from_wire(&wire).map_err(error(invalid))?;
        let checked = self.engine.check_attributes(head, &attributes);
        checked.map_err(|why| error(why.error_code())(why))?;
        let number = self.engine.block(head).map_or(0, |block| block.number()) + 1;
        let jobs = self.jobs.entry((number, head)).or_default();
        jobs.retain(|job| *job != attributes);
        if jobs.len() == MAX_JOBS {
            jobs.remove(0);
        }
        jobs.push(attributes);
        if self.jobs.len() > MAX_JOBS {
            self.jobs.pop_first();
        }
        Ok(wire.payload_id(&head, 3))
    }

    fn new_payload(&mut self, params: &str) -> Result<Value, RpcError> {
        let (payload, hashes, root): (ExecutionPayloadV2, Vec<B256>, B256) =
            serde_json::from_str(params).map_err(error(INVALID_PARAMS))?;
        let gas = payload.blob_gas_used.and(payload.excess_blob_gas);
        if gas.is_none() || payload.withdrawals.is_none() {
            return refuse(INVALID_PARAMS, "this is no payload of Cancun");
        }
        let payload = Payload::from_wire(&payload, root);
        Ok(match self.engine.new_payload(&payload, &hashes) {
            PayloadVerdict::Valid(block) => status("VALID", Some(block.hash())),
            PayloadVerdict::Syncing => status("SYNCING", None),
            PayloadVerdict::Invalid {
                latest_valid_hash, ..
            } => status("INVALID", latest_valid_hash),
        })
    }
}

fn status(status: &str, latest_valid_hash: Option<B256>) -> Value {
    json!({ "status": status, "latestValidHash": latest_valid_hash, "validationError": null })
}

#[derive(Deserialize)]
struct Call<'a> {
    jsonrpc: String,
    #[serde(borrow, default, deserialize_with = "present")]
    id: Option<&'a RawValue>,
    method: String,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
}

/// An id that is there, even if it is null.
fn present<'de, D: Deserializer<'de>>(id: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(id).map(Some)
}

fn read(body: &[u8]) -> Result<Call<'_>, RpcError> {
    let json: &RawValue = serde_json::from_slice(body).map_err(error(PARSE_ERROR))?;
    let call: Call<'_> = serde_json::from_str(json.get()).map_err(error(INVALID_REQUEST))?;
    let is_id = |id: &RawValue| !id.get().starts_with(['{', '[', 't', 'f']);
    if !json.get().starts_with('{') || call.jsonrpc != "2.0" || !call.id.is_none_or(is_id) {
        return refuse(INVALID_REQUEST, "this is no call of JSON-RPC 2.0");
    }
    Ok(call)
}

fn written(id: &str, result: Result<Value, RpcError>) -> String {
    let (name, value) = match result {
        Ok(result) => ("result", result),
        Err(error) => ("error", json!(error)),
    };
    format!(r#"{{"jsonrpc":"2.0","id":{id},"{name}":{value}}}"#)
}

fn refuse<T>(code: i32, why: &str) -> Result<T, RpcError> {
    Err(RpcError::new(code, why))
}

fn error<E: ToString>(code: i32) -> impl Fn(E) -> RpcError {
    move |why| RpcError::new(code, why.to_string())
}
