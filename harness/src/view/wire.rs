//! Calls and exchanges: what went over the wire, as a client and as a server saw it.

use std::collections::BTreeMap;

use gauntlet_rpc::{CallFailure, WireEvent};

use crate::trace::Judgement;
use crate::trace::{Entry, Host, Tampering, Trace, What};

/// A call as its client saw it.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// Who called.
    pub from: Host,
    /// When the call began.
    pub sent_us: u64,
    /// The index of the entry that says so.
    pub sent_at: usize,
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

/// Every call of a trace, in the order of sending.
pub(super) fn calls(trace: &Trace) -> Vec<Call<'_>> {
    let mut calls: Vec<Call<'_>> = Vec::new();
    // The calls that have not ended, by caller, method and id.
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
                    sent_at: index,
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

/// Every exchange of a trace, in the order of arrival.
pub(super) fn exchanges(entries: &[Entry]) -> Vec<Exchange<'_>> {
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
