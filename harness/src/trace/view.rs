//! A trace by slots, calls and exchanges: what the rules look at.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256};
use gauntlet_builder::Event as BuilderEvent;
use gauntlet_protocol::ExecutionPayloadV2;
use gauntlet_protocol::constants::GET_PAYLOAD;
use gauntlet_rpc::{CallFailure, WireEvent};
use gauntlet_sequencer::{Event, Origin};
use op_alloy_rpc_types_engine::OpPayloadAttributes;

use super::{Entry, Host, Tampering, Trace, What};
use crate::oracle::Judgement;

/// A call as its client saw it.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// Who called.
    pub from: Host,
    /// When the call began.
    pub sent_us: u64,
    /// The method.
    pub method: &'a str,
    /// Its JSON-RPC id.
    pub id: u64,
    /// The parameters as JSON.
    pub params: &'a str,
    /// When it ended, and how: the HTTP status, the result as JSON or why there is none.
    pub ended: Option<Ended<'a>>,
    /// What the oracle makes of the payload that the result brings, if it brings one.
    pub judgement: Option<&'a Judgement>,
}

/// How a call ended.
#[derive(Clone, Copy, Debug)]
pub struct Ended<'a> {
    /// When.
    pub at_us: u64,
    /// The HTTP status, if the reply's head arrived.
    pub status: Option<u16>,
    /// The result as JSON, or why there is none.
    pub outcome: Result<&'a str, &'a CallFailure>,
}

/// An exchange as its server saw it.
#[derive(Clone, Copy, Debug)]
pub struct Exchange<'a> {
    /// Who served.
    pub at: Host,
    /// When the request had arrived.
    pub received_us: u64,
    /// The index of the entry that says so.
    pub received_at: usize,
    /// The method.
    pub method: &'a str,
    /// The request's id as JSON.
    pub id: &'a str,
    /// The parameters as JSON, as the node got them.
    pub params: &'a str,
    /// What the harness did to the request.
    pub tampered_request: Option<&'a str>,
    /// What the harness did to the reply.
    pub tampered_reply: Option<&'a str>,
    /// Whether the harness held the reply back.
    pub held_back: bool,
    /// The reply as it left, if one did.
    pub reply: Option<Reply<'a>>,
}

impl Exchange<'_> {
    /// Whether the reply says what the node said.
    #[must_use]
    pub fn reply_is_the_nodes(&self) -> bool {
        self.tampered_reply.is_none()
    }
}

/// A reply as it left its server.
#[derive(Clone, Copy, Debug)]
pub struct Reply<'a> {
    /// When it was handed to the connection.
    pub at_us: u64,
    /// Its HTTP status.
    pub status: u16,
    /// Its body.
    pub body: &'a [u8],
}

/// A block that the sequencer published.
#[derive(Clone, Copy, Debug)]
pub struct PublishedBlock<'a> {
    /// When.
    pub at_us: u64,
    /// Whose it is.
    pub origin: Origin,
    /// The block.
    pub payload: &'a ExecutionPayloadV2,
    /// What the oracle makes of it.
    pub judgement: &'a Judgement,
}

/// A fork choice update with attributes that the driver scheduled.
#[derive(Clone, Copy, Debug)]
pub struct Scheduled<'a> {
    /// When.
    pub at_us: u64,
    /// The number of the block to make.
    pub number: u64,
    /// Its parent.
    pub parent: B256,
    /// Its attributes.
    pub attributes: &'a OpPayloadAttributes,
}

/// A slot and everything of interest in it.
#[derive(Clone, Debug)]
pub struct SlotView<'a> {
    /// The slot's number, from 1.
    pub number: u64,
    /// When it begins.
    pub begins_us: u64,
    /// When it ends.
    pub ends_us: u64,
    /// The fork choice updates with attributes; the last one tells the block's parent.
    pub scheduled: Vec<Scheduled<'a>>,
    /// The payload requests sent in it.
    pub requests: Vec<Call<'a>>,
    /// The key of the builder that is registered when it begins, if one is.
    pub registered: Option<Address>,
    /// The blocks published in it: after its first fork choice update and before the next slot's.
    pub published: Vec<PublishedBlock<'a>>,
    /// The sequencer's own events in it.
    pub events: Vec<(u64, &'a Event)>,
}

/// A trace by slots, calls and exchanges.
#[derive(Clone, Debug)]
pub struct View<'a> {
    /// The trace.
    pub trace: &'a Trace,
    /// Every call, in the order of sending.
    pub calls: Vec<Call<'a>>,
    /// Every exchange, in the order of arrival.
    pub exchanges: Vec<Exchange<'a>>,
    /// Every slot of the plan, in order.
    pub slots: Vec<SlotView<'a>>,
}

impl<'a> View<'a> {
    pub(super) fn of(trace: &'a Trace) -> Self {
        let calls = calls(trace);
        let exchanges = exchanges(&trace.entries);
        let slots = slots(trace, &calls);
        Self {
            trace,
            calls,
            exchanges,
            slots,
        }
    }

    /// The calls of a method by a host.
    pub fn calls_of(&self, from: Host, method: &str) -> impl Iterator<Item = &Call<'a>> {
        self.calls
            .iter()
            .filter(move |call| call.from == from && call.method == method)
    }

    /// The exchanges of a method at a host.
    pub fn exchanges_of(&self, at: Host, method: &str) -> impl Iterator<Item = &Exchange<'a>> {
        self.exchanges
            .iter()
            .filter(move |exchange| exchange.at == at && exchange.method == method)
    }

    /// The sequencer's events, in order.
    pub fn sequencer(&self) -> impl Iterator<Item = (u64, &'a Event)> + use<'a> {
        self.trace
            .entries
            .iter()
            .filter_map(|entry| match &entry.what {
                What::Sequencer(event) => Some((entry.at_us, event)),
                What::Wire(_)
                | What::Builder(_)
                | What::Tampered { .. }
                | What::Impossible(_)
                | What::Died
                | What::Back => None,
            })
    }

    /// The builder's events, in order.
    pub fn builder(&self) -> impl Iterator<Item = (u64, &'a BuilderEvent)> + use<'a> {
        self.trace
            .entries
            .iter()
            .filter_map(|entry| match &entry.what {
                What::Builder(event) => Some((entry.at_us, event)),
                What::Wire(_)
                | What::Sequencer(_)
                | What::Tampered { .. }
                | What::Impossible(_)
                | What::Died
                | What::Back => None,
            })
    }

    /// The exchange at the builder that a call of the sequencer's led to, if it arrived.
    #[must_use]
    pub fn exchange_of(&self, call: &Call<'a>) -> Option<&Exchange<'a>> {
        let id = call.id.to_string();
        let ended = call.ended.map_or(u64::MAX, |ended| ended.at_us);
        self.exchanges.iter().find(|exchange| {
            exchange.method == call.method
                && exchange.id == id
                && (call.sent_us..=ended.saturating_add(1_000_000)).contains(&exchange.received_us)
        })
    }
}

fn calls(trace: &Trace) -> Vec<Call<'_>> {
    let mut calls: Vec<Call<'_>> = Vec::new();
    // The calls that have not ended, by caller, method and id. A client made anew counts its ids
    // from 1 again, so that the latest call of an id is the one that ends.
    let mut open: BTreeMap<(Host, &str, u64), usize> = BTreeMap::new();
    for (index, entry) in trace.entries.iter().enumerate() {
        let What::Wire(event) = &entry.what else {
            continue;
        };
        match event {
            WireEvent::RequestSent {
                call,
                method,
                params,
                ..
            } => {
                open.insert((entry.host, method, *call), calls.len());
                calls.push(Call {
                    from: entry.host,
                    sent_us: entry.at_us,
                    method,
                    id: *call,
                    params,
                    ended: None,
                    judgement: None,
                });
            }
            WireEvent::CallEnded {
                call,
                method,
                status,
                outcome,
                ..
            } => {
                if let Some(opened) = open.remove(&(entry.host, &**method, *call)) {
                    let (at_us, outcome) = (entry.at_us, outcome.as_deref());
                    calls[opened].ended = Some(Ended {
                        at_us,
                        status: *status,
                        outcome,
                    });
                    calls[opened].judgement = trace.judgements.get(&index);
                }
            }
            WireEvent::RequestReceived { .. } | WireEvent::ReplySent { .. } => {}
        }
    }
    calls
}

fn exchanges(entries: &[Entry]) -> Vec<Exchange<'_>> {
    let mut exchanges: Vec<Exchange<'_>> = Vec::new();
    let mut open: BTreeMap<(Host, &str, &str), usize> = BTreeMap::new();
    let mut tampered: BTreeMap<(Host, &str, &str), &str> = BTreeMap::new();
    for (received_at, entry) in entries.iter().enumerate() {
        match &entry.what {
            What::Tampered { method, id, how } => {
                let key = (entry.host, &**method, &**id);
                match how {
                    Tampering::Request(how) => {
                        tampered.insert(key, how);
                    }
                    Tampering::Reply(how) => {
                        if let Some(index) = open.get(&key) {
                            exchanges[*index].tampered_reply = Some(how);
                        }
                    }
                    Tampering::Delay(_) => {
                        if let Some(index) = open.get(&key) {
                            exchanges[*index].held_back = true;
                        }
                    }
                }
            }
            What::Wire(WireEvent::RequestReceived { id, method, params }) => {
                let key = (entry.host, &**method, &**id);
                open.insert(key, exchanges.len());
                exchanges.push(Exchange {
                    at: entry.host,
                    received_us: entry.at_us,
                    received_at,
                    method,
                    id,
                    params,
                    tampered_request: tampered.remove(&key),
                    tampered_reply: None,
                    held_back: false,
                    reply: None,
                });
            }
            What::Wire(WireEvent::ReplySent {
                id,
                method,
                status,
                body,
            }) => {
                if let Some(index) = open.remove(&(entry.host, &**method, &**id)) {
                    exchanges[index].reply = Some(Reply {
                        at_us: entry.at_us,
                        status: *status,
                        body,
                    });
                }
            }
            What::Wire(WireEvent::RequestSent { .. } | WireEvent::CallEnded { .. })
            | What::Sequencer(_)
            | What::Builder(_)
            | What::Impossible(_)
            | What::Died
            | What::Back => {}
        }
    }
    exchanges
}

fn slots<'a>(trace: &'a Trace, calls: &[Call<'a>]) -> Vec<SlotView<'a>> {
    let block_time_us = trace.plan.chain.block_time_ms * 1000;
    let mut slots: Vec<SlotView<'a>> = (1..=trace.plan.slots.len() as u64)
        .map(|number| SlotView {
            number,
            begins_us: (number - 1) * block_time_us,
            ends_us: number * block_time_us,
            registered: None,
            scheduled: Vec::new(),
            requests: Vec::new(),
            published: Vec::new(),
            events: Vec::new(),
        })
        .collect();
    // An event at the very end of a slot may be that slot's last or the next one's first: the
    // driver's order tells, since each slot begins with a fork choice update.
    let mut current = 0;
    let mut registered = None;
    let both_are_set = trace.plan.sequencer.builder_pubkey && trace.plan.sequencer.builder_url;
    let mut changes = 0;
    let mut requests = calls
        .iter()
        .filter(|call| call.from == Host::Sequencer && call.method == GET_PAYLOAD);
    for (index, entry) in trace.entries.iter().enumerate() {
        match &entry.what {
            What::Sequencer(event) => {
                if let Event::BuilderChanged { pubkey } = event {
                    // The first one is the configuration's, which the plan knows better.
                    registered = pubkey.filter(|_| changes > 0 || both_are_set);
                    changes += 1;
                }
                if let Event::ForkChoiceScheduled { .. } = event {
                    let at = usize::try_from(entry.at_us / block_time_us).unwrap_or(usize::MAX);
                    current = at.clamp(current, slots.len().saturating_sub(1));
                }
                if let Some(slot) = slots.get_mut(current) {
                    note(
                        slot,
                        entry.at_us,
                        event,
                        registered,
                        trace.judgements.get(&index),
                    );
                }
            }
            What::Wire(WireEvent::RequestSent { method, .. })
                if entry.host == Host::Sequencer && &**method == GET_PAYLOAD =>
            {
                if let (Some(slot), Some(call)) = (slots.get_mut(current), requests.next()) {
                    slot.requests.push(*call);
                }
            }
            What::Wire(_)
            | What::Builder(_)
            | What::Tampered { .. }
            | What::Impossible(_)
            | What::Died
            | What::Back => {}
        }
    }
    slots
}

fn note<'a>(
    slot: &mut SlotView<'a>,
    at_us: u64,
    event: &'a Event,
    registered: Option<Address>,
    judgement: Option<&'a Judgement>,
) {
    slot.events.push((at_us, event));
    if let Event::ForkChoiceScheduled {
        number,
        parent,
        attributes,
    } = event
    {
        if slot.scheduled.is_empty() {
            slot.registered = registered;
        }
        let (number, parent) = (*number, *parent);
        slot.scheduled.push(Scheduled {
            at_us,
            number,
            parent,
            attributes,
        });
    }
    if let (Event::Published(published), Some(judgement)) = (event, judgement) {
        let (origin, payload) = (published.origin, &*published.payload);
        slot.published.push(PublishedBlock {
            at_us,
            origin,
            payload,
            judgement,
        });
    }
}
