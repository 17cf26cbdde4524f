//! A trace by slots, exchanges and blocks: what the rules look at. What an exchange means is decoded
//! here, once, by its dialect; no method's name is known beyond.
//!
//! | module | what belongs there |
//! |---|---|
//! | `exchange` | a request and all that became of it |
//! | `slot` | slots: what was asked and published in each |
//! | `stimulus` | what the harness did from outside: the builder tuple, the head, outages |
//! | `provenance` | whose block a published block is |
//! | `following` | what execution clients say that follow the chain |

mod exchange;
mod following;
mod provenance;
mod slot;
mod stimulus;

use std::collections::BTreeMap;

use alloy_primitives::Bytes;
use gauntlet_protocol::{BuilderPayloadV1, GetPayloadParams};

use crate::chain::is_deposit;
use crate::dialect::{Answer, Meaning};
use crate::trace::{Act, Entry, LogLine, PublishedBlock, Testimony, Trace, What};

pub use exchange::{Arrived, End, Exchange, Passed, Replied, Unheard, Untold, UserCall};
pub use following::{Dispute, Following, Lack};
pub use slot::{Slot, SlotClock};
pub use stimulus::{Stimulus, Tuple};

use exchange::Crossings;
use provenance::Provenance;

/// For how many slots a message matters: it is of one slot, and the next one builds on it.
const UNTOLD_SLOTS: u64 = 3;

/// A trace by slots, exchanges and blocks.
#[derive(Clone, Debug)]
pub struct View<'a> {
    /// The trace.
    pub trace: &'a Trace,
    /// Every exchange between sequencer and builder, in the order of arrival.
    pub exchanges: Vec<Exchange<'a>>,
    /// Every call of the sequencer's that its network was too slow to begin, in order.
    pub unheard: Vec<Unheard>,
    /// Every exchange between them that was not kept, in the order of exchanges.
    pub untold: Vec<Untold>,
    /// Every call of a user, in the order of sending.
    pub users: Vec<UserCall<'a>>,
    /// Every block that a follower got, in order.
    pub published: Vec<Published<'a>>,
    /// Every slot of the plan that is over, in order.
    pub slots: Vec<Slot>,
    /// What the harness did from outside.
    pub stimulus: Stimulus<'a>,
    provenance: Provenance,
    by_exchange: BTreeMap<u64, usize>,
}

/// A block that a follower got.
#[derive(Clone, Copy, Debug)]
pub struct Published<'a> {
    /// When.
    pub at_us: u64,
    /// The index of the entry that says so.
    pub at: usize,
    /// The block.
    pub block: &'a PublishedBlock,
}

/// A payload request and the exchange that it is of.
#[derive(Clone, Copy, Debug)]
pub struct PayloadRequest<'v> {
    /// The exchange.
    pub exchange: &'v Exchange<'v>,
    /// When the sequencer began the call.
    pub begun_us: u64,
    /// What it asks for.
    pub params: &'v GetPayloadParams,
}

impl<'v> PayloadRequest<'v> {
    /// The payload that left for the sequencer, if one did.
    #[must_use]
    pub fn payload(&self) -> Option<&'v BuilderPayloadV1> {
        let reply = self.exchange.reply.as_ref()?;
        reply.answer.payload().map(|payload| &**payload)
    }

    /// The payload that the builder gave, whatever became of it.
    #[must_use]
    pub fn given(&self) -> Option<&'v BuilderPayloadV1> {
        let given = self.exchange.given.as_ref()?;
        given.answer.payload().map(|payload| &**payload)
    }

    /// What left for the sequencer, if something did.
    #[must_use]
    pub fn answer(&self) -> Option<&'v Answer> {
        self.exchange.reply.as_ref().map(|reply| &reply.answer)
    }

    /// How long the call lasted for the sequencer, if that is known, and how it ended.
    #[must_use]
    pub fn lasted_us(&self) -> Option<(u64, End)> {
        match self.exchange.end() {
            end @ (End::Complete { at_us } | End::GaveUp { at_us }) => {
                Some((at_us.saturating_sub(self.begun_us), end))
            }
            End::Unknown => None,
        }
    }
}

impl<'a> View<'a> {
    /// The view of a trace.
    #[must_use]
    pub fn of(trace: &'a Trace) -> Self {
        let Crossings {
            exchanges,
            unheard,
            untold,
        } = exchange::crossings(&trace.entries);
        let users = exchange::user_calls(&trace.entries);
        let published = published(&trace.entries);
        let slots = slot::slots(trace, &exchanges, &published);
        let stimulus = Stimulus::of(trace);
        let provenance = Provenance::of(&exchanges, &published);
        let numbers = exchanges.iter().map(|exchange| exchange.number);
        let by_exchange = numbers.zip(0..).collect();
        Self {
            trace,
            exchanges,
            unheard,
            untold,
            users,
            published,
            slots,
            stimulus,
            provenance,
            by_exchange,
        }
    }

    /// Whether a trace may lack something that matters at a time, because it was not kept.
    #[must_use]
    pub fn is_untold(&self, at_us: u64) -> bool {
        let after_us = UNTOLD_SLOTS * 1000 * self.trace.plan.chain.block_time_ms;
        let is_of_it = |it: &Untold| it.begun_us <= at_us && at_us <= it.cut_us + after_us;
        self.untold.iter().any(is_of_it)
    }

    /// The exchange of a number.
    #[must_use]
    pub fn exchange(&self, number: u64) -> Option<&Exchange<'a>> {
        self.exchanges.get(*self.by_exchange.get(&number)?)
    }

    /// What is sent in the exchanges that the plan says somebody else begins, in few words, by their
    /// numbers.
    #[must_use]
    pub fn probes(&self) -> BTreeMap<u64, &'a str> {
        let probe = |entry: &'a Entry| match &entry.what {
            What::Did(Act::Probe { exchange, what, .. }) => Some((*exchange, &**what)),
            What::Crossed { .. }
            | What::Published(_)
            | What::Restored(_)
            | What::Followed(_)
            | What::Did(Act::SetBuilder(_) | Act::ReplaceHead)
            | What::Interfered { .. }
            | What::Says(_)
            | What::Logs(_)
            | What::Impossible(_)
            | What::Died
            | What::Back
            | What::Panicked(_)
            | What::Tasks(_) => None,
        };
        self.trace.entries.iter().filter_map(probe).collect()
    }

    /// What an exchange is called: what somebody else sends in it, of these probes, or what it means.
    #[must_use]
    pub fn name(probes: &BTreeMap<u64, &str>, exchange: u64, meaning: Option<&Meaning>) -> String {
        match probes.get(&exchange) {
            Some(what) => format!("probe: {what}"),
            None => meaning.map_or("request", Meaning::name).to_owned(),
        }
    }

    /// Every payload request that reached the proxy, in order.
    pub fn payload_requests(&self) -> impl Iterator<Item = PayloadRequest<'_>> {
        self.exchanges.iter().filter_map(payload_request)
    }

    /// The payload request that an exchange is, if it is one.
    #[must_use]
    pub fn request_of<'v>(&'v self, exchange: &'v Exchange<'a>) -> Option<PayloadRequest<'v>> {
        payload_request(exchange)
    }

    /// The payload requests of a slot.
    pub fn requests_of(&self, slot: &Slot) -> impl Iterator<Item = PayloadRequest<'_>> {
        slot.requests
            .iter()
            .filter_map(|index| payload_request(self.exchanges.get(*index)?))
    }

    /// The blocks published in a slot.
    pub fn published_in(&self, slot: &Slot) -> impl Iterator<Item = &Published<'a>> {
        slot.published
            .iter()
            .filter_map(|index| self.published.get(*index))
    }

    /// The transactions that were handed to the builder, with their exchanges.
    pub fn forwarded(&self) -> impl Iterator<Item = (&Exchange<'a>, &Arrived<'a>, &Bytes)> {
        self.exchanges.iter().filter_map(|exchange| {
            let arrived = exchange.arrived.as_ref()?;
            match &arrived.meaning {
                Meaning::ForwardedTransaction(transaction) => {
                    Some((exchange, arrived, transaction))
                }
                Meaning::HeadUpdate { .. }
                | Meaning::NewBlock { .. }
                | Meaning::PayloadRequest(_)
                | Meaning::UserTransaction(_)
                | Meaning::Question(_)
                | Meaning::Other(_)
                | Meaning::Unread(_) => None,
            }
        })
    }

    /// What nodes say of themselves, in order.
    pub fn testimony(&self) -> impl Iterator<Item = (u64, &'a Testimony)> + use<'a> {
        self.trace.entries.iter().filter_map(|entry| {
            if let What::Says(testimony) = &entry.what {
                Some((entry.at_us, testimony))
            } else {
                None
            }
        })
    }

    /// What nodes log, in order.
    pub fn logged(&self) -> impl Iterator<Item = (u64, &'a LogLine)> + use<'a> {
        self.trace.entries.iter().filter_map(|entry| {
            if let What::Logs(line) = &entry.what {
                Some((entry.at_us, line))
            } else {
                None
            }
        })
    }

    /// Whether a published block is made of this payload: it is that very block, or it holds the
    /// same transactions and among them one that only the builder had.
    #[must_use]
    pub fn is_made_of(&self, published: usize, payload: &BuilderPayloadV1) -> bool {
        let Some(block) = self.published.get(published) else {
            return false;
        };
        let (ours, theirs) = (&block.block.payload, &payload.execution_payload);
        ours.transactions == theirs.transactions
            && (ours.block_hash == theirs.block_hash || self.provenance.has_own(published))
    }

    /// Whether a published block holds a transaction that only the builder had.
    #[must_use]
    pub fn has_own(&self, published: usize) -> bool {
        self.provenance.has_own(published)
    }

    /// The calls begun at some time from one on until another, both included, that were not heard of.
    pub fn unheard_in(&self, from_us: u64, until_us: u64) -> impl Iterator<Item = Unheard> {
        let first = self.unheard.partition_point(|call| call.begun_us < from_us);
        let calls = self.unheard.get(first..).unwrap_or_default().iter();
        calls
            .take_while(move |call| call.begun_us <= until_us)
            .copied()
    }

    /// The block that was published of a payload that reached the sequencer at this time or later.
    #[must_use]
    pub fn used(&self, payload: &BuilderPayloadV1, from_us: u64) -> Option<&Published<'a>> {
        let number = payload.execution_payload.block_number;
        self.provenance
            .of_number(number)
            .filter(|index| self.is_made_of(*index, payload))
            .filter_map(|index| self.published.get(index))
            .find(|block| block.at_us >= from_us)
    }

    /// Whether a block was published at this time or later that is made of a payload beyond doubt:
    /// with a transaction that only the builder had.
    #[must_use]
    pub fn used_own(&self, payload: &BuilderPayloadV1, from_us: u64) -> bool {
        let number = payload.execution_payload.block_number;
        self.provenance.of_number(number).any(|index| {
            self.provenance.has_own(index)
                && self.is_made_of(index, payload)
                && self
                    .published
                    .get(index)
                    .is_some_and(|block| block.at_us >= from_us)
        })
    }

    /// How many blocks that were published in a slot are the builder's.
    #[must_use]
    pub fn builder_blocks(&self) -> u64 {
        let of_slot = |slot: &Slot| {
            let published = slot.published.iter();
            published
                .filter(|index| self.is_builders(slot, **index))
                .count() as u64
        };
        self.slots.iter().map(of_slot).sum()
    }

    /// How many transactions that are no deposits the published blocks have.
    #[must_use]
    pub fn transactions_without_deposits(&self) -> u64 {
        let transactions = self
            .published
            .iter()
            .flat_map(|published| &published.block.payload.transactions);
        transactions.filter(|raw| !is_deposit(raw)).count() as u64
    }

    /// Whether a published block is the builder's: made of a payload that reached the sequencer in
    /// the block's slot, or before the block and with a transaction that only the builder had.
    #[must_use]
    pub fn is_builders(&self, slot: &Slot, published: usize) -> bool {
        self.requests_of(slot).any(|request| {
            let made_of = |payload| self.is_made_of(published, payload);
            request.payload().is_some_and(made_of)
                || (request.given().is_some_and(made_of) && self.provenance.has_own(published))
        })
    }
}

fn payload_request<'v>(exchange: &'v Exchange<'v>) -> Option<PayloadRequest<'v>> {
    let arrived = exchange.arrived.as_ref()?;
    if let Meaning::PayloadRequest(params) = &arrived.meaning {
        return Some(PayloadRequest {
            exchange,
            begun_us: arrived.begun_us,
            params,
        });
    }
    None
}

fn published(entries: &[Entry]) -> Vec<Published<'_>> {
    entries
        .iter()
        .enumerate()
        .filter_map(|(at, entry)| {
            if let What::Published(block) = &entry.what {
                let at_us = entry.at_us;
                Some(Published { at_us, at, block })
            } else {
                None
            }
        })
        .collect()
}
