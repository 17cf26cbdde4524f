//! What crosses the faces of the proxy, as calls at the builder: what it gets, and what leaves.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use gauntlet_rpc::WireEvent;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::trace::{Face, Host, HttpReply, Recorder, What, Wire};
use crate::world::proxy::WireTap;

/// A tap that records the requests that the builder gets and the replies that leave.
pub(super) fn calls_at_the_builder(recorder: &Recorder) -> WireTap {
    let exchanges = Mutex::new(BTreeMap::new());
    let (told, clock) = (recorder.clone(), recorder.clone());
    WireTap::new(
        move |face, wire| {
            let mut exchanges = exchanges.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(event) = event(&mut exchanges, face, wire) {
                told.record(Host::Builder, What::Wire(event));
            }
        },
        move || clock.now_us(),
    )
}

/// An exchange that goes on.
#[derive(Debug)]
struct Exchange {
    call: Call,
    /// What the builder replied.
    reply: Option<HttpReply>,
}

fn event(exchanges: &mut BTreeMap<u64, Exchange>, face: Face, wire: Wire) -> Option<WireEvent> {
    match (face, wire) {
        (
            Face::Sequencer,
            Wire::Request {
                exchange,
                request: Some(request),
                ..
            },
        ) => {
            let (call, reply) = (Call::read(&request.body), None);
            exchanges.insert(exchange, Exchange { call, reply });
            None
        }
        (
            Face::Builder,
            Wire::Request {
                exchange, request, ..
            },
        ) => {
            let arrived = exchanges.get(&exchange)?.call.clone();
            let call = request.map_or(arrived, |request| Call::read(&request.body));
            let Call { id, method, params } = call;
            Some(WireEvent::RequestReceived { id, method, params })
        }
        (Face::Builder, Wire::Reply { exchange, reply }) => {
            exchanges.get_mut(&exchange)?.reply = reply;
            None
        }
        (Face::Sequencer, Wire::Reply { exchange, reply }) => {
            let exchange = exchanges.remove(&exchange)?;
            let reply = reply.or(exchange.reply)?;
            Some(WireEvent::ReplySent {
                id: exchange.call.id,
                method: exchange.call.method,
                status: reply.status,
                body: reply.body,
            })
        }
        _ => None,
    }
}

#[derive(Clone, Debug)]
struct Call {
    id: Arc<str>,
    method: Arc<str>,
    params: Arc<str>,
}

impl Call {
    /// Reads a body as far as it can be read.
    fn read(body: &[u8]) -> Self {
        #[derive(Deserialize)]
        struct Read<'a> {
            #[serde(borrow, default)]
            id: Option<&'a RawValue>,
            method: String,
            #[serde(borrow, default)]
            params: Option<&'a RawValue>,
        }
        let json = |value: Option<&RawValue>| value.map_or("null", RawValue::get).into();
        match serde_json::from_slice::<Read<'_>>(body) {
            Ok(call) => Self {
                id: json(call.id),
                method: call.method.into(),
                params: json(call.params),
            },
            Err(_) => Self {
                id: json(None),
                method: "".into(),
                params: String::from_utf8_lossy(body).into(),
            },
        }
    }
}
