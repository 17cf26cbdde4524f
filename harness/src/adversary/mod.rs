//! What stands at the builder's door and interferes as the plan says: it alters, loses or holds
//! back requests and replies. The builder behind it is honest.

mod malice;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use alloy_primitives::{B256, Bytes as Data};
use futures::FutureExt;
use futures::future::BoxFuture;
use gauntlet_builder::Builder;
use gauntlet_protocol::constants::{FORK_CHOICE_UPDATED, FORWARD_TRANSACTION, GET_PAYLOAD, codes};
use gauntlet_protocol::{BuilderPayloadV1, GetPayloadParams, SigningDomain};
use gauntlet_rpc::{Gate, Inbound, Pace, RawReply, ReplyVerdict, RequestVerdict, WireEvent};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::chain::Keys;
use crate::plan::{
    ForwardFailure, ForwardPlan, Malice, Plan, Reply, ReplyPlan, RequestPlan, SlotPlan,
};
use crate::trace::{Host, Recorder, Tampering, What};

/// What the adversary remembers, beyond the builder's death too.
#[derive(Clone, Debug, Default)]
pub struct Memory(Arc<Mutex<Remembered>>);

#[derive(Debug, Default)]
struct Remembered {
    /// The attempts of each forwarded transaction so far, and what becomes of them.
    attempts: BTreeMap<Arc<str>, (u32, ForwardPlan)>,
    /// The builder's payloads, by block number.
    payloads: BTreeMap<u64, BuilderPayloadV1>,
}

/// The adversary of one run, in front of one builder.
#[derive(Debug)]
pub struct Adversary {
    /// What is to happen.
    pub plan: Arc<Plan>,
    /// Who is who.
    pub keys: Keys,
    /// Who is told, and what the time is.
    pub recorder: Recorder,
    /// The builder behind.
    pub builder: Builder,
    /// What it did so far.
    pub memory: Memory,
}

impl Gate for Adversary {
    fn on_request<'a>(&'a self, request: &'a Inbound) -> BoxFuture<'a, RequestVerdict> {
        let verdict = match &*request.method {
            GET_PAYLOAD => self.on_payload_request(request),
            FORWARD_TRANSACTION => self.on_forwarded(request),
            FORK_CHOICE_UPDATED => self.on_fork_choice(request),
            _ => RequestVerdict::Pass,
        };
        async { verdict }.boxed()
    }

    fn on_reply<'a>(
        &'a self,
        request: &'a Inbound,
        reply: &'a RawReply,
    ) -> BoxFuture<'a, ReplyVerdict> {
        match &*request.method {
            GET_PAYLOAD => self.on_payload_reply(request, reply).boxed(),
            FORWARD_TRANSACTION => async { self.on_forward_reply(request) }.boxed(),
            _ => async { ReplyVerdict::Send }.boxed(),
        }
    }
}

impl Adversary {
    fn on_payload_request(&self, request: &Inbound) -> RequestVerdict {
        let planned = self.slot(request).request;
        let how = match planned {
            RequestPlan::Intact => return RequestVerdict::Pass,
            RequestPlan::Lost => "lost",
            RequestPlan::SignatureFlipped => "with a flipped bit in its signature",
            RequestPlan::SignedByAnother => "signed by another key",
            RequestPlan::SignedForAnotherChain => "signed for another chain",
            RequestPlan::UnknownParent => "for an unknown parent",
        };
        self.tampered(request, Tampering::Request(how.to_owned()));
        if planned == RequestPlan::Lost {
            return RequestVerdict::Swallow;
        }
        match GetPayloadParams::from_json(&request.params) {
            Ok(params) => {
                RequestVerdict::Replace(with_params(request, &self.resigned(planned, params)))
            }
            Err(_) => RequestVerdict::Pass,
        }
    }

    fn resigned(&self, planned: RequestPlan, mut params: GetPayloadParams) -> GetPayloadParams {
        let chain_id = self.builder.engine().spec().chain_id();
        let own = SigningDomain::builder(chain_id);
        let (key, domain) = match planned {
            RequestPlan::Intact | RequestPlan::Lost => return params,
            RequestPlan::SignatureFlipped => {
                let mut bytes = params.signature.to_vec();
                if let Some(byte) = bytes.get_mut(31) {
                    *byte ^= 1;
                }
                params.signature = bytes.into();
                return params;
            }
            RequestPlan::SignedByAnother => (&self.keys.stranger, own),
            RequestPlan::SignedForAnotherChain => {
                (&self.keys.sequencer, SigningDomain::builder(chain_id + 1))
            }
            RequestPlan::UnknownParent => {
                params.payload.parent_hash = B256::repeat_byte(0x5a);
                (&self.keys.sequencer, own)
            }
        };
        let signature = key.sign(domain.digest(&params.payload));
        params.signature = Data::copy_from_slice(&signature.to_bytes());
        params
    }

    fn on_fork_choice(&self, request: &Inbound) -> RequestVerdict {
        let params: Value = serde_json::from_str(&request.params).unwrap_or_default();
        let has_attributes = params
            .get(1)
            .is_some_and(|attributes| !attributes.is_null());
        if has_attributes && self.slot(request).fork_choice_lost {
            self.tampered(request, Tampering::Request("lost".to_owned()));
            return RequestVerdict::Swallow;
        }
        RequestVerdict::Pass
    }

    fn on_forwarded(&self, request: &Inbound) -> RequestVerdict {
        let planned = self.slot(request).forward;
        let (attempt, planned) = {
            let mut memory = self.memory();
            let (attempts, planned) = memory
                .attempts
                .entry(request.params.clone())
                .or_insert((0, planned));
            *attempts += 1;
            (*attempts, *planned)
        };
        if attempt > planned.fails {
            return RequestVerdict::Pass;
        }
        let (how, verdict) = match planned.how {
            ForwardFailure::Http503 => {
                let reply = RawReply::new(503, "text/plain", "");
                (
                    "answered with HTTP status 503",
                    RequestVerdict::Answer(reply),
                )
            }
            ForwardFailure::Error => {
                let error = error_body(&request.id, codes::SERVER_ERROR.into(), "pool is full");
                (
                    "answered with an error",
                    RequestVerdict::Answer(RawReply::json(error)),
                )
            }
            ForwardFailure::Status500 => {
                let body = result_body(&request.id, &json!(500));
                (
                    "answered with status 500",
                    RequestVerdict::Answer(RawReply::json(body)),
                )
            }
            ForwardFailure::Reset => ("reset", RequestVerdict::Reset),
            // The builder gets it; its answer is lost.
            ForwardFailure::Never => return RequestVerdict::Pass,
        };
        self.tampered(request, Tampering::Request(how.to_owned()));
        verdict
    }

    fn on_forward_reply(&self, request: &Inbound) -> ReplyVerdict {
        let attempts = self.memory().attempts.get(&request.params).copied();
        match attempts {
            Some((attempt, planned))
                if planned.how == ForwardFailure::Never && attempt <= planned.fails =>
            {
                self.tampered(request, Tampering::Reply("lost".to_owned()));
                ReplyVerdict::Swallow
            }
            Some(_) | None => ReplyVerdict::Send,
        }
    }

    async fn on_payload_reply(&self, request: &Inbound, reply: &RawReply) -> ReplyVerdict {
        let ReplyPlan {
            kind,
            arrives_at_ms,
        } = self.slot(request).reply;
        let (how, verdict) = self.corrupted(request, reply, &kind);
        if let Some(how) = how {
            self.tampered(request, Tampering::Reply(how));
        }
        if let Some(arrives_at_ms) = arrives_at_ms {
            self.hold_back(request, arrives_at_ms).await;
        }
        verdict
    }

    /// Waits until what is sent arrives so long after the request was sent.
    async fn hold_back(&self, request: &Inbound, arrives_at_ms: u64) {
        let sent_us = self.recorder.latest(|entry| match &entry.what {
            What::Wire(WireEvent::RequestSent { call, method, .. })
                if entry.host == Host::Sequencer
                    && *method == request.method
                    && *request.id == *call.to_string() =>
            {
                Some(entry.at_us)
            }
            What::Wire(_)
            | What::Sequencer(_)
            | What::Builder(_)
            | What::Tampered { .. }
            | What::Impossible(_)
            | What::Died
            | What::Back => None,
        });
        let Some(sent_us) = sent_us else { return };
        let arrives_us = sent_us + arrives_at_ms * 1000;
        let leaves_us = arrives_us.saturating_sub(self.plan.network.builder_to_sequencer_ms * 1000);
        match leaves_us.checked_sub(self.recorder.now_us()) {
            Some(0) => {}
            Some(wait_us) => {
                let how = format!("held back, to arrive after {arrives_at_ms} ms");
                self.tampered(request, Tampering::Delay(how));
                sleep(Duration::from_micros(wait_us)).await;
            }
            None => {
                let why = format!(
                    "the reply cannot arrive {arrives_at_ms} ms after its request was sent: the \
                     builder had none in time"
                );
                self.recorder.record(Host::Builder, What::Impossible(why));
            }
        }
    }

    /// What leaves instead of the builder's reply, and what to call it.
    fn corrupted(
        &self,
        request: &Inbound,
        reply: &RawReply,
        kind: &Reply,
    ) -> (Option<String>, ReplyVerdict) {
        let tampered = |how: &str, verdict| (Some(how.to_owned()), verdict);
        let send = |reply| ReplyVerdict::SendAs(reply);
        match kind {
            Reply::Honest => {
                self.remember(reply);
                (None, ReplyVerdict::Send)
            }
            Reply::Never => tampered("lost", ReplyVerdict::Swallow),
            Reply::Reset => tampered("cut off by a reset", ReplyVerdict::Reset),
            Reply::HttpStatus(status) => (
                Some(format!("replaced by HTTP status {status}")),
                send(RawReply::new(*status, "text/plain", "")),
            ),
            Reply::Error(code) => {
                let body = error_body(&request.id, (*code).into(), "no block for you");
                (
                    Some(format!("replaced by error {code}")),
                    send(RawReply::json(body)),
                )
            }
            Reply::Garbage => {
                let garbage = RawReply::new(200, "text/html", "<html>It works!</html>");
                tampered("replaced by a page of HTML", send(garbage))
            }
            Reply::Drip { bytes, every_ms } => {
                let pause = Duration::from_millis(*every_ms);
                let chunk_bytes = usize::try_from(*bytes).unwrap_or(usize::MAX);
                let pace = Pace::Drip {
                    chunk_bytes,
                    first_after: pause,
                    every: pause,
                };
                (
                    Some(format!("dripping, {bytes} bytes every {every_ms} ms")),
                    send(RawReply {
                        pace,
                        ..reply.clone()
                    }),
                )
            }
            Reply::Malicious(malice) => match self.malicious(*malice, request, reply) {
                Some(body) => {
                    let how = format!("with {}", malice.name());
                    (Some(how), send(RawReply::json(body)))
                }
                // There was no payload to corrupt.
                None => (None, ReplyVerdict::Send),
            },
        }
    }

    fn malicious(&self, malice: Malice, request: &Inbound, reply: &RawReply) -> Option<Vec<u8>> {
        let honest = payload_of(reply)?;
        let params = GetPayloadParams::from_json(&request.params).ok()?;
        let number = honest.execution_payload.block_number;
        let job = self
            .builder
            .job(honest.execution_payload.parent_hash, number)?;
        let previous = self.memory().payloads.get(&(number - 1)).cloned();
        self.memory().payloads.insert(number, honest.clone());
        let scene = malice::Scene {
            engine: &self.builder.engine(),
            attributes: &job.attributes,
            parent_beacon_block_root: params.payload.parent_beacon_block_root,
            keys: &self.keys,
            previous: previous.as_ref(),
        };
        let result = malice::corrupt(malice, honest, &scene)?;
        Some(result_body(&request.id, &result))
    }

    fn remember(&self, reply: &RawReply) {
        if let Some(payload) = payload_of(reply) {
            self.memory()
                .payloads
                .insert(payload.execution_payload.block_number, payload);
        }
    }

    /// The plan of the slot in which a message of the sequencer's was sent.
    fn slot(&self, _request: &Inbound) -> SlotPlan {
        let latency_us = self.plan.network.sequencer_to_builder_ms * 1000;
        let sent_us = self.recorder.now_us().saturating_sub(latency_us);
        let index = sent_us / (self.plan.chain.block_time_ms * 1000);
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        self.plan.slots.get(index).cloned().unwrap_or_default()
    }

    fn tampered(&self, request: &Inbound, how: Tampering) {
        let (method, id) = (request.method.clone(), request.id.clone());
        self.recorder
            .record(Host::Builder, What::Tampered { method, id, how });
    }

    fn memory(&self) -> MutexGuard<'_, Remembered> {
        self.memory.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn payload_of(reply: &RawReply) -> Option<BuilderPayloadV1> {
    #[derive(serde::Deserialize)]
    struct Response {
        result: Box<RawValue>,
    }
    let response: Response = serde_json::from_slice(&reply.body).ok()?;
    BuilderPayloadV1::from_json(response.result.get()).ok()
}

fn with_params(request: &Inbound, params: &GetPayloadParams) -> bytes::Bytes {
    let id: Value = serde_json::from_str(&request.id).unwrap_or_default();
    let body = json!({ "jsonrpc": "2.0", "id": id, "method": *request.method, "params": params });
    body.to_string().into()
}

fn result_body(id: &str, result: &impl serde::Serialize) -> Vec<u8> {
    let result = to_raw_value(result).expect("results have string keys and can always be written");
    format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#).into_bytes()
}

fn error_body(id: &str, code: i64, message: &str) -> Vec<u8> {
    let error = json!({ "code": code, "message": message });
    format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{error}}}"#).into_bytes()
}
