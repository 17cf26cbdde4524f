//! Porters: what a builder hears, or says, is altered at its door.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use alloy_consensus::TxEnvelope;
use alloy_consensus::transaction::SignerRecoverable;
use alloy_eips::Decodable2718;
use alloy_primitives::{Address, Bytes};
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::{Value, json};

use crate::dialect::{
    ENGINE_SECRET, FORK_CHOICE_UPDATED, FORWARD_TRANSACTION, GET_PAYLOAD, signed,
};
use crate::trace::{HttpReply, HttpRequest};
use crate::world::proxy::{Arrived, Interfere, Outgoing, ReplyFate, RequestFate};

/// What becomes of a request.
type Hears = Box<dyn Fn(&HttpRequest) -> RequestFate + Send + Sync>;

/// What becomes of a reply to a request.
type Says = Box<dyn Fn(&HttpRequest, &HttpReply) -> ReplyFate + Send + Sync>;

/// A porter.
struct Doing {
    hears: Hears,
    says: Says,
}

impl fmt::Debug for Doing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Doing")
    }
}

impl Interfere for Doing {
    fn on_request<'a>(&'a self, request: &'a Arrived) -> BoxFuture<'a, RequestFate> {
        let fate = (self.hears)(&request.request);
        async { fate }.boxed()
    }

    fn on_reply<'a>(
        &'a self,
        request: &'a Arrived,
        reply: &'a HttpReply,
    ) -> BoxFuture<'a, ReplyFate> {
        let fate = (self.says)(&request.request, reply);
        async { fate }.boxed()
    }
}

/// A porter who decides what becomes of requests.
pub(in crate::mutants) fn of_requests(
    hears: impl Fn(&HttpRequest) -> RequestFate + Send + Sync + 'static,
) -> Arc<dyn Interfere> {
    Arc::new(Doing {
        hears: Box::new(hears),
        says: Box::new(|_, _| ReplyFate::Pass),
    })
}

/// A porter who lets through another request in the place of one that he alters.
pub(in crate::mutants) fn hears(
    alter: impl Fn(&mut HttpRequest) + Send + Sync + 'static,
) -> Arc<dyn Interfere> {
    of_requests(move |request| {
        let mut other = request.clone();
        alter(&mut other);
        RequestFate::PassAs(other)
    })
}

/// A porter who alters the JSON of requests that call a method; of all if it is empty.
pub(in crate::mutants) fn hears_call(
    method: &'static str,
    alter: impl Fn(&mut Value) + Send + Sync + 'static,
) -> Arc<dyn Interfere> {
    hears(move |request| {
        if let Some(mut call) = call_of(request, method) {
            alter(&mut call);
            request.body = call.to_string().into();
        }
    })
}

/// A porter who alters replies.
pub(in crate::mutants) fn says(
    alter: impl Fn(&HttpRequest, &mut HttpReply) + Send + Sync + 'static,
) -> Arc<dyn Interfere> {
    Arc::new(Doing {
        hears: Box::new(|_| RequestFate::Pass),
        says: Box::new(move |request, reply| {
            let mut other = reply.clone();
            alter(request, &mut other);
            ReplyFate::SendAs(Outgoing::at_once(other))
        }),
    })
}

/// A porter who alters the JSON of replies to the calls of a method; of all if it is empty.
pub(in crate::mutants) fn says_to_call(
    method: &'static str,
    alter: impl Fn(&Value, &mut Value) + Send + Sync + 'static,
) -> Arc<dyn Interfere> {
    says(move |request, reply| {
        let call = call_of(request, method);
        let response: Option<Value> = serde_json::from_slice(&reply.body).ok();
        if let (Some(call), Some(mut response)) = (call, response) {
            alter(&call, &mut response);
            reply.body = response.to_string().into();
        }
    })
}

/// A porter who alters the result of calls of a method.
pub(in crate::mutants) fn says_result(
    method: &'static str,
    alter: impl Fn(&mut Value) + Send + Sync + 'static,
) -> Arc<dyn Interfere> {
    says_to_call(method, move |_, response| {
        if let Some(result) = response.get_mut("result") {
            alter(result);
        }
    })
}

/// The call in a request, if it is one of a method.
fn call_of(request: &HttpRequest, method: &str) -> Option<Value> {
    let call: Value = serde_json::from_slice(&request.body).ok()?;
    (method.is_empty() || call["method"] == method).then_some(call)
}

/// A porter who has another code in the place of one.
pub(in crate::mutants) fn says_code(code: i64, other: i64) -> Arc<dyn Interfere> {
    says(move |_, reply| {
        let response = serde_json::from_slice::<Value>(&reply.body);
        if let Ok(mut response) = response
            && response["error"]["code"] == code
        {
            response["error"]["code"] = other.into();
            reply.body = response.to_string().into();
        }
    })
}

/// A porter who gives the payload that he saw last in the place of an error of a payload request, if
/// it is one.
pub(in crate::mutants) fn repeats(
    is_one: impl Fn(&Value) -> bool + Send + Sync + 'static,
) -> Arc<dyn Interfere> {
    let last = Mutex::new(None);
    says_to_call(GET_PAYLOAD, move |_, response| {
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(result) = response.get("result") {
            *last = Some(result.clone());
        } else if let Some(result) = last.clone().filter(|_| is_one(&response["error"])) {
            *response = json!({ "jsonrpc": "2.0", "id": response["id"], "result": result });
        }
    })
}

/// A porter who alters a member of the payload that is given.
pub(in crate::mutants) fn says_member(
    name: &'static str,
    alter: impl Fn(&str) -> Value + Send + Sync + 'static,
) -> Arc<dyn Interfere> {
    says_result(GET_PAYLOAD, move |result| {
        let member = &mut result["executionPayload"][name];
        *member = alter(member.as_str().unwrap_or_default());
    })
}

/// A porter who alters a member of the payload that is requested, if it is a text.
pub(in crate::mutants) fn hears_member(
    name: &'static str,
    alter: impl Fn(&str) -> String + Send + Sync + 'static,
) -> Arc<dyn Interfere> {
    hears_call(GET_PAYLOAD, move |call| {
        if let Some(Value::String(text)) = call.pointer_mut(&format!("/params/0/{name}")) {
            *text = alter(text);
        }
    })
}

/// A porter after whom a builder has no job from an update without attributes until one with some.
pub(in crate::mutants) fn forgets_at_a_bare_update() -> Arc<dyn Interfere> {
    let is_bare = AtomicBool::new(false);
    says_to_call("", move |call, response| {
        if call["method"] == FORK_CHOICE_UPDATED {
            is_bare.store(call["params"][1].is_null(), Ordering::Relaxed);
        } else if call["method"] == GET_PAYLOAD && is_bare.load(Ordering::Relaxed) {
            let error = json!({ "code": -32001, "message": "no job" });
            *response = json!({ "jsonrpc": "2.0", "id": call["id"], "error": error });
        }
    })
}

/// A porter after whom nothing of a sender is stored any more once 64 transactions of it are.
pub(in crate::mutants) fn replaces_none_of_many() -> Arc<dyn Interfere> {
    let stored: Mutex<BTreeMap<Address, BTreeSet<Bytes>>> = Mutex::default();
    says_to_call(FORWARD_TRANSACTION, move |call, response| {
        let raw: Option<Bytes> = serde_json::from_value(call["params"][0].clone()).ok();
        let read = raw.and_then(|raw| {
            let transaction = TxEnvelope::decode_2718_exact(&raw).ok()?;
            Some((transaction.recover_signer().ok()?, raw))
        });
        let Some((sender, raw)) = read.filter(|_| response.get("result").is_some()) else {
            return;
        };
        let mut stored = stored.lock().unwrap_or_else(PoisonError::into_inner);
        let of_sender = stored.entry(sender).or_default();
        if of_sender.len() < 64 || of_sender.contains(&raw) {
            of_sender.insert(raw);
        } else {
            let error = json!({ "code": -32000, "message": "too many of this sender" });
            *response = json!({ "jsonrpc": "2.0", "id": call["id"], "error": error });
        }
    })
}

/// A porter after whom the padding of a token is no fault, and neither is the standard alphabet.
pub(in crate::mutants) fn mends_tokens() -> Arc<dyn Interfere> {
    hears(|request| {
        for (name, value) in &mut request.headers {
            let mended = value.strip_prefix("Bearer ").and_then(mended);
            if let Some(mended) = mended.filter(|_| **name == *"authorization") {
                *value = format!("Bearer {mended}").into();
            }
        }
    })
}

/// A token as it was meant, with the signature of that.
fn mended(token: &str) -> Option<String> {
    let meant = token.replace('=', "").replace('+', "-").replace('/', "_");
    let parts: Vec<&str> = meant.split('.').collect();
    let &[header, claims, signature] = &parts[..] else {
        return None;
    };
    let as_sent: Vec<&str> = token.split('.').collect();
    let was_signed = signed(&ENGINE_SECRET, as_sent.first()?, as_sent.get(1)?);
    let is_good = was_signed.ends_with(&format!(".{signature}"));
    is_good.then(|| signed(&ENGINE_SECRET, header, claims))
}
