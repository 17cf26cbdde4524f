//! What stands at the builder's door and interferes as the plan says: it alters, loses or holds
//! back requests and replies. The builder behind it is honest.

mod malice;
mod replies;
mod requests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt;
use futures::future::BoxFuture;
use gauntlet_builder::Builder;
use gauntlet_protocol::BuilderPayloadV1;
use gauntlet_protocol::constants::{FORK_CHOICE_UPDATED, FORWARD_TRANSACTION, GET_PAYLOAD};
use gauntlet_rpc::{Gate, Inbound, RawReply, ReplyVerdict, RequestVerdict};
use serde_json::json;
use serde_json::value::to_raw_value;

use crate::chain::Keys;
use crate::plan::{ForwardPlan, Plan, SlotPlan};
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
    /// The plan of the slot in which a message of the sequencer's was sent.
    fn slot(&self) -> SlotPlan {
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

fn result_body(id: &str, result: &impl serde::Serialize) -> Vec<u8> {
    let result = to_raw_value(result).expect("results have string keys and can always be written");
    format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#).into_bytes()
}

fn error_body(id: &str, code: i64, message: &str) -> Vec<u8> {
    let error = json!({ "code": code, "message": message });
    format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{error}}}"#).into_bytes()
}
