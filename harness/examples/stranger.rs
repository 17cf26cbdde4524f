//! A builder of somebody else's, tried in both worlds: in the simulation, where every scenario
//! befalls it, and on real sockets, where nothing does.
//!
//! It is made of none of this project's nodes: hyper serves it, the words are those of
//! `gauntlet-protocol`, and any engine would do. `impl Subject` is all that Gauntlet asks of it;
//! `trial` tries it, and would try any other.

#[path = "stranger/history.rs"]
mod history;
#[path = "stranger/trial.rs"]
mod trial;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use alloy_primitives::{B256, U256, keccak256};
use alloy_rpc_types_engine::{ForkchoiceState, PayloadId};
use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt};
use gauntlet::plan::Plan;
use gauntlet::world::{Berth, BuilderSetup, Role, Setup, Subject};
use gauntlet_engine::{Attributes, Engine, ForkChoice, Payload, PayloadVerdict};
use gauntlet_protocol::constants as words;
use gauntlet_protocol::constants::codes::{self, INVALID_PARAMS, SERVER_ERROR};
use gauntlet_protocol::{BuilderPayloadV1, ExecutionPayloadV2, ForwardTransactionParams};
use gauntlet_protocol::{GetPayloadParams, RpcError, SigningDomain, Status};
use gauntlet_rpc::Accept;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Body;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, body::Incoming};
use hyper_util::rt::{TokioIo, TokioTimer};
use op_alloy_rpc_types_engine::OpPayloadAttributes;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json, value::RawValue};
use tokio::task::JoinSet;

/// What it can do wrong on purpose.
const FAULTS: [(&str, &str); 3] = [
    ("any-signature", "it answers a request whoever signed it"),
    ("refuses-duplicates", "it refuses what it has already"),
    ("wrong-shape", "its responses have a member too many"),
];

const MAX_BODY: usize = 10 << 20;
const MAX_CONNECTIONS: usize = 256;
const MAX_JOBS: usize = 16;
const PATIENCE: Duration = Duration::from_secs(30);
const PARSE_ERROR: i32 = -32700;
const INVALID_REQUEST: i32 = -32600;
const METHOD_NOT_FOUND: i32 = -32601;

#[derive(Debug)]
struct Stranger {
    fault: String,
}

impl Subject for Stranger {
    fn role(&self) -> Role {
        Role::Builder
    }

    fn declines(&self, plan: &Plan) -> Option<String> {
        let ms = plan.builder.build_ms;
        if plan.builder.engine_jwt {
            return Some("it asks nobody for a token".to_owned());
        }
        (ms > 0).then(|| format!("it builds when it is asked, and cannot be told to take {ms} ms"))
    }

    fn start(&self, berth: Berth) -> BoxFuture<'static, io::Result<()>> {
        let fault = self.fault.clone();
        async move {
            let Setup::Builder(setup) = berth.setup else {
                return Err(io::Error::other("this is a builder"));
            };
            let engine = Engine::new(setup.spec.clone(), setup.senders.clone());
            let jobs = BTreeMap::new();
            let node = Node {
                setup: *setup,
                fault,
                engine,
                jobs,
            };
            serve(berth.door, Arc::new(Mutex::new(node))).await
        }
        .boxed()
    }
}

/// Serves until it is dropped, and its connections with it.
async fn serve(mut door: Box<dyn Accept>, node: Arc<Mutex<Node>>) -> io::Result<()> {
    let mut connections = JoinSet::new();
    loop {
        let stream = TokioIo::new(door.accept().await?);
        while connections.try_join_next().is_some() {}
        if connections.len() < MAX_CONNECTIONS {
            let node = node.clone();
            let served = http1::Builder::new()
                .auto_date_header(false) // The system's clock would make each run another one.
                .timer(TokioTimer::new())
                .header_read_timeout(PATIENCE)
                .serve_connection(stream, service_fn(move |it| exchange(node.clone(), it)));
            connections.spawn(served.map(drop));
        }
    }
}

type Reply = Result<Response<Full<Bytes>>, Infallible>;

async fn exchange(node: Arc<Mutex<Node>>, request: Request<Incoming>) -> Reply {
    let refused = |status| {
        let mut reply = Response::default();
        *reply.status_mut() = status;
        reply
    };
    if request.method() != Method::POST {
        let mut reply = refused(StatusCode::METHOD_NOT_ALLOWED);
        let allowed = HeaderValue::from_static("POST");
        reply.headers_mut().insert(ALLOW, allowed);
        return Ok(reply);
    }
    if !is_json(&request) {
        return Ok(refused(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    if request.body().size_hint().lower() > MAX_BODY as u64 {
        return Ok(refused(StatusCode::PAYLOAD_TOO_LARGE));
    }
    let body = Limited::new(request.into_body(), MAX_BODY).collect();
    let answer = match tokio::time::timeout(PATIENCE, body).await {
        Ok(Ok(body)) => {
            let mut node = node.lock().unwrap_or_else(PoisonError::into_inner);
            node.answer(&body.to_bytes())
        }
        Ok(Err(_)) => return Ok(refused(StatusCode::PAYLOAD_TOO_LARGE)),
        Err(_) => return Ok(refused(StatusCode::REQUEST_TIMEOUT)),
    };
    let mut reply = Response::new(Full::from(answer));
    let json = HeaderValue::from_static("application/json");
    reply.headers_mut().insert(CONTENT_TYPE, json);
    Ok(reply)
}

fn is_json<B>(request: &Request<B>) -> bool {
    let said = request.headers().get(CONTENT_TYPE);
    let said = said.and_then(|it| it.to_str().ok()).unwrap_or_default();
    let mut parts = said.split(';').map(|it| it.trim().to_ascii_lowercase());
    let kinds = ["application/json", "application/json-rpc"];
    parts.next().is_some_and(|kind| kinds.contains(&&*kind))
        && parts.all(|it| it == "charset=utf-8")
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

/// The builder.
struct Node {
    setup: BuilderSetup,
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
        let params = call.params.map_or("[]", RawValue::get);
        let result = match call.method.as_str() {
            words::GET_PAYLOAD => self.get_payload(params),
            words::FORWARD_TRANSACTION => self.forward_transaction(params),
            words::FORK_CHOICE_UPDATED => self.fork_choice_updated(params),
            words::NEW_PAYLOAD => self.new_payload(params),
            words::BLOCK_BY_NUMBER => history::block_by_number(&self.engine, params),
            words::PAYLOAD_BODIES => history::bodies_by_range(&self.engine, params),
            _ => refuse(METHOD_NOT_FOUND, "there is no such method"),
        };
        call.id
            .map_or(String::new(), |id| written(id.get(), result))
    }

    fn get_payload(&mut self, params: &str) -> Result<Value, RpcError> {
        let params = GetPayloadParams::from_json(params).map_err(error(INVALID_PARAMS))?;
        let asked = &params.payload;
        let digest = SigningDomain::builder(self.setup.spec.chain_id()).digest(asked);
        let signer = params.signature().and_then(|it| it.signer(digest));
        let is_good = signer == Ok(self.setup.sequencer) && signer == Ok(asked.pub_key);
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
            pub_key: self.setup.pubkey,
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

fn main() -> ExitCode {
    trial::run(&FAULTS, |fault| Arc::new(Stranger { fault }))
}
