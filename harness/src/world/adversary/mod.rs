//! What becomes of the messages that pass the proxy, as the plan says: requests and replies are
//! altered, lost or held back. The builder behind is honest.

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
use serde::Deserialize;
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};

use crate::chain::Keys;
use crate::plan::{ForwardPlan, Plan, SlotPlan};
use crate::trace::{Host, HttpReply, Recorder, Tampering, What};
use crate::world::proxy::{Arrived, Interfere, ReplyFate, RequestFate};

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

/// A call that arrived, read as far as it can be.
#[derive(Debug)]
struct Call {
    /// The id as JSON.
    id: Arc<str>,
    /// The method, empty for what is not a call.
    method: Arc<str>,
    /// The parameters as JSON.
    params: Arc<str>,
    /// When its sender began it.
    begun_us: u64,
}

impl Call {
    fn of(arrived: &Arrived) -> Self {
        #[derive(Deserialize)]
        struct Read<'a> {
            #[serde(borrow, default)]
            id: Option<&'a RawValue>,
            method: String,
            #[serde(borrow, default)]
            params: Option<&'a RawValue>,
        }
        let read = serde_json::from_slice::<Read<'_>>(&arrived.request.body).ok();
        let json = |value: Option<&RawValue>| value.map_or("null", RawValue::get).into();
        Self {
            id: json(read.as_ref().and_then(|read| read.id)),
            params: json(read.as_ref().and_then(|read| read.params)),
            method: read.map_or(String::new(), |read| read.method).into(),
            begun_us: arrived.begun_us,
        }
    }
}

impl Interfere for Adversary {
    fn on_request<'a>(&'a self, request: &'a Arrived) -> BoxFuture<'a, RequestFate> {
        let call = Call::of(request);
        let fate = match &*call.method {
            GET_PAYLOAD => self.on_payload_request(&call),
            FORWARD_TRANSACTION => self.on_forwarded(&call),
            FORK_CHOICE_UPDATED => self.on_fork_choice(&call),
            _ => RequestFate::Pass,
        };
        async { fate }.boxed()
    }

    fn on_reply<'a>(
        &'a self,
        request: &'a Arrived,
        reply: &'a HttpReply,
    ) -> BoxFuture<'a, ReplyFate> {
        async {
            let call = Call::of(request);
            match &*call.method {
                GET_PAYLOAD => self.on_payload_reply(&call, reply).await,
                FORWARD_TRANSACTION => self.on_forward_reply(&call),
                _ => ReplyFate::Pass,
            }
        }
        .boxed()
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

    fn tampered(&self, request: &Call, how: Tampering) {
        let (method, id) = (request.method.clone(), request.id.clone());
        self.recorder
            .record(Host::Builder, What::Tampered { method, id, how });
    }

    fn memory(&self) -> MutexGuard<'_, Remembered> {
        self.memory.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A reply of JSON.
fn json_reply(body: Vec<u8>) -> HttpReply {
    HttpReply {
        status: 200,
        headers: Vec::new(),
        body: body.into(),
    }
}

/// A reply of text that is no JSON.
fn other_reply(status: u16, content_type: &str, body: &'static str) -> HttpReply {
    HttpReply {
        status,
        headers: vec![("content-type".into(), content_type.into())],
        body: body.into(),
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
