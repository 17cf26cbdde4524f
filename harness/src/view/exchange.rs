//! Exchanges: a request and all that became of it, from both faces of the proxy.

use std::collections::BTreeMap;

use crate::dialect::{self, Answer, Meaning};
use crate::plan::Deed;
use crate::trace::{Entry, Face, Failure, HttpReply, HttpRequest, Message, What, Wire};

/// A request that crossed a face, and all that became of it.
#[derive(Clone, Debug)]
pub struct Exchange<'a> {
    /// Its number.
    pub number: u64,
    /// How it reached the face that is turned to who sent it; nothing for what the harness handed
    /// to the builder itself.
    pub arrived: Option<Arrived<'a>>,
    /// How it was passed on to the builder, if it was.
    pub passed: Option<Passed<'a>>,
    /// What the builder gave, if it did.
    pub given: Option<Replied<'a>>,
    /// When it was known that the builder gives nothing, or the connection was cut off in place of a
    /// reply, and why.
    pub failed: Option<(u64, Failure)>,
    /// What left for who sent it, if something did.
    pub reply: Option<Replied<'a>>,
    /// When the last byte of that reached who sent it.
    pub arrives_us: Option<u64>,
    /// When who sent it closed the connection while the exchange was open.
    pub closed_us: Option<u64>,
    /// What the harness did to its messages.
    pub deeds: Vec<(Message, &'a Deed)>,
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Arrived<'a> {
    /// When.
    pub at_us: u64,
    /// The index of the entry that says so.
    pub at: usize,
    /// When its sender began the call: when it opened the connection, if that was for this request,
    /// else when it sent it. On a real network, when that was noticed.
    pub begun_us: u64,
    /// The request.
    pub request: &'a HttpRequest,
    /// What it means.
    pub meaning: Meaning,
}

/// A request as the builder got it.
#[derive(Clone, Debug)]
pub struct Passed<'a> {
    /// When.
    pub at_us: u64,
    /// The index of the entry that says so.
    pub at: usize,
    /// The request.
    pub request: &'a HttpRequest,
    /// What it means.
    pub meaning: Meaning,
}

/// A reply.
#[derive(Clone, Debug)]
pub struct Replied<'a> {
    /// When.
    pub at_us: u64,
    /// The index of the entry that says so.
    pub at: usize,
    /// The reply.
    pub reply: &'a HttpReply,
    /// What it says.
    pub answer: Answer,
}

/// How a call ended for who made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The whole reply reached it.
    Complete {
        /// When.
        at_us: u64,
    },
    /// It closed the connection before that.
    GaveUp {
        /// When.
        at_us: u64,
    },
    /// Nothing is known: the connection was cut, or the run ended.
    Unknown,
}

impl Exchange<'_> {
    /// How the call ended for the sequencer. A close in the very instant of the reply's arrival
    /// says nothing: whoever has a whole reply may close.
    #[must_use]
    pub fn end(&self) -> End {
        match (self.arrives_us, self.closed_us) {
            (Some(arrives_us), Some(closed_us)) if closed_us < arrives_us => {
                End::GaveUp { at_us: closed_us }
            }
            (Some(at_us), _) => End::Complete { at_us },
            (None, Some(at_us)) => End::GaveUp { at_us },
            (None, None) => End::Unknown,
        }
    }

    /// What the request means as it was sent.
    #[must_use]
    pub fn meaning(&self) -> Option<&Meaning> {
        self.arrived.as_ref().map(|arrived| &arrived.meaning)
    }

    /// Whether the harness did something to the reply.
    #[must_use]
    pub fn reply_is_altered(&self) -> bool {
        self.deeds
            .iter()
            .any(|(message, _)| *message == Message::Reply)
    }
}

/// A call that its network was too slow to begin: the sequencer closed its connection before it
/// could have sent anything on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unheard {
    /// When it was begun.
    pub begun_us: u64,
    /// When it was given up.
    pub closed_us: u64,
}

/// An exchange of which something was not kept. What the sequencer and the builder said to one another
/// meanwhile may be missing too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Untold {
    /// When its request was begun.
    pub begun_us: u64,
    /// When it was known that it is not kept.
    pub cut_us: u64,
}

/// What crossed between sequencer and builder.
pub(super) struct Crossings<'a> {
    /// Every exchange, in the order of arrival.
    pub(super) exchanges: Vec<Exchange<'a>>,
    /// Every call that was not heard of, in the order of beginning.
    pub(super) unheard: Vec<Unheard>,
    /// Every exchange that was not kept, in the order of exchanges.
    pub(super) untold: Vec<Untold>,
}

/// Collects the exchanges of a trace.
#[derive(Default)]
struct Collector<'a> {
    exchanges: BTreeMap<u64, Exchange<'a>>,
    /// When each connection that carried nothing yet was opened, and when that was answered.
    opened: BTreeMap<u64, (u64, u64)>,
    unheard: Vec<Unheard>,
    untold: BTreeMap<u64, Untold>,
    /// The exchanges of each connection to the face that is turned to the sequencer.
    connections: BTreeMap<u64, Vec<u64>>,
}

/// What crossed between sequencer and builder in a trace.
pub(super) fn crossings(entries: &[Entry]) -> Crossings<'_> {
    let mut collector = Collector::default();
    for (at, entry) in entries.iter().enumerate() {
        match &entry.what {
            What::Crossed {
                face: Face::Sequencer,
                wire,
            } => collector.outer(at, entry.at_us, wire),
            What::Crossed {
                face: Face::Builder,
                wire,
            } => collector.inner(at, entry.at_us, wire),
            What::Interfered {
                exchange,
                message,
                deed,
            } => collector.exchange(*exchange).deeds.push((*message, deed)),
            What::Crossed {
                face: Face::Users, ..
            }
            | What::Published(_)
            | What::Restored(_)
            | What::Did(_)
            | What::Says(_)
            | What::Logs(_)
            | What::Followed(_)
            | What::Impossible(_)
            | What::Died
            | What::Back
            | What::Panicked(_)
            | What::Tasks(_) => {}
        }
    }
    for number in collector.untold.keys() {
        collector.exchanges.remove(number);
    }
    let mut exchanges: Vec<Exchange<'_>> = collector.exchanges.into_values().collect();
    exchanges.sort_by_key(|exchange| {
        let arrived = exchange.arrived.as_ref().map(|arrived| arrived.at);
        arrived.or(exchange.passed.as_ref().map(|passed| passed.at))
    });
    let mut unheard = collector.unheard;
    unheard.sort_by_key(|call| call.begun_us);
    Crossings {
        exchanges,
        unheard,
        untold: collector.untold.into_values().collect(),
    }
}

impl<'a> Collector<'a> {
    fn exchange(&mut self, number: u64) -> &mut Exchange<'a> {
        self.exchanges.entry(number).or_insert_with(|| Exchange {
            number,
            arrived: None,
            passed: None,
            given: None,
            failed: None,
            reply: None,
            arrives_us: None,
            closed_us: None,
            deeds: Vec::new(),
        })
    }

    fn untold(&mut self, number: u64, cut_us: u64) {
        let arrived = self.exchange(number).arrived.as_ref();
        let begun_us = arrived.map_or(cut_us, |arrived| arrived.begun_us);
        self.untold.insert(number, Untold { begun_us, cut_us });
    }

    fn outer(&mut self, at: usize, at_us: u64, wire: &'a Wire) {
        match wire {
            Wire::Request {
                exchange,
                connection,
                begun_us,
                request: Some(request),
            } => {
                self.opened.remove(connection);
                let begun_us = begun_us.unwrap_or(at_us);
                let meaning = dialect::meaning(Face::Sequencer, request);
                let on_it = self.connections.entry(*connection).or_default();
                on_it.push(*exchange);
                self.exchange(*exchange).arrived = Some(Arrived {
                    at_us,
                    at,
                    begun_us,
                    request,
                    meaning,
                });
            }
            Wire::Reply { exchange, reply } => {
                let exchange = self.exchange(*exchange);
                let replied = match reply {
                    None => exchange
                        .given
                        .clone()
                        .map(|given| Replied { at_us, at, ..given }),
                    Some(reply) => exchange.arrived.as_ref().map(|arrived| Replied {
                        at_us,
                        at,
                        reply,
                        answer: dialect::answer(arrived.request, &arrived.meaning, reply),
                    }),
                };
                exchange.reply = replied;
            }
            Wire::Left {
                exchange,
                arrives_us,
            } => self.exchange(*exchange).arrives_us = Some(arrives_us.unwrap_or(at_us)),
            Wire::Closed {
                connection,
                sent_us,
            } => {
                let closed_us = sent_us.unwrap_or(at_us);
                if let Some((begun_us, answered_us)) = self.opened.remove(connection)
                    && closed_us <= answered_us
                {
                    self.unheard.push(Unheard {
                        begun_us,
                        closed_us,
                    });
                }
                for number in self.connections.remove(connection).unwrap_or_default() {
                    self.exchange(number).closed_us = Some(closed_us);
                }
            }
            Wire::Opened {
                connection,
                sent_us: Some(sent_us),
                answered_us: Some(answered_us),
            } => {
                self.opened.insert(*connection, (*sent_us, *answered_us));
            }
            Wire::Failed { exchange, failure } => {
                self.exchange(*exchange).failed = Some((at_us, *failure));
            }
            Wire::Cut { exchange, .. } => self.untold(*exchange, at_us),
            Wire::Opened { .. } | Wire::Request { request: None, .. } => {}
        }
    }

    fn inner(&mut self, at: usize, at_us: u64, wire: &'a Wire) {
        match wire {
            Wire::Request {
                exchange, request, ..
            } => {
                let exchange = self.exchange(*exchange);
                let (request, meaning) = match (request, &exchange.arrived) {
                    (Some(request), _) => (request, dialect::meaning(Face::Builder, request)),
                    (None, Some(arrived)) => (arrived.request, arrived.meaning.clone()),
                    (None, None) => return,
                };
                exchange.passed = Some(Passed {
                    at_us,
                    at,
                    request,
                    meaning,
                });
            }
            Wire::Reply {
                exchange,
                reply: Some(reply),
            } => {
                let exchange = self.exchange(*exchange);
                exchange.given = exchange.passed.as_ref().map(|passed| Replied {
                    at_us,
                    at,
                    reply,
                    answer: dialect::answer(passed.request, &passed.meaning, reply),
                });
            }
            Wire::Failed { exchange, failure } => {
                self.exchange(*exchange).failed = Some((at_us, *failure));
            }
            Wire::Cut { exchange, .. } => self.untold(*exchange, at_us),
            Wire::Opened { .. }
            | Wire::Reply { reply: None, .. }
            | Wire::Left { .. }
            | Wire::Closed { .. } => {}
        }
    }
}

/// What a user sent, and what became of it.
#[derive(Clone, Debug)]
pub struct UserCall<'a> {
    /// When it was sent.
    pub sent_us: u64,
    /// What it means.
    pub meaning: Meaning,
    /// The request.
    pub request: &'a HttpRequest,
    /// When it was answered, and with what.
    pub answered: Option<(u64, Answer)>,
    /// When it was known that there is no answer, and why.
    pub failed: Option<(u64, Failure)>,
}

/// Every call of a user, in the order of sending.
pub(super) fn user_calls(entries: &[Entry]) -> Vec<UserCall<'_>> {
    let mut calls: Vec<UserCall<'_>> = Vec::new();
    let mut open: BTreeMap<u64, usize> = BTreeMap::new();
    for entry in entries {
        let What::Crossed {
            face: Face::Users,
            wire,
        } = &entry.what
        else {
            continue;
        };
        match wire {
            Wire::Request {
                exchange,
                request: Some(request),
                ..
            } => {
                open.insert(*exchange, calls.len());
                calls.push(UserCall {
                    sent_us: entry.at_us,
                    meaning: dialect::meaning(Face::Users, request),
                    request,
                    answered: None,
                    failed: None,
                });
            }
            Wire::Reply {
                exchange,
                reply: Some(reply),
            } => {
                if let Some(call) = open.remove(exchange).and_then(|at| calls.get_mut(at)) {
                    let answer = dialect::answer(call.request, &call.meaning, reply);
                    call.answered = Some((entry.at_us, answer));
                }
            }
            Wire::Failed { exchange, failure } => {
                if let Some(call) = open.remove(exchange).and_then(|at| calls.get_mut(at)) {
                    call.failed = Some((entry.at_us, *failure));
                }
            }
            Wire::Opened { .. }
            | Wire::Request { request: None, .. }
            | Wire::Cut { .. }
            | Wire::Reply { reply: None, .. }
            | Wire::Left { .. }
            | Wire::Closed { .. } => {}
        }
    }
    calls
}
