//! A trace by slots, calls and exchanges: what the rules look at.

mod slots;
mod wire;

use gauntlet_builder::Event as BuilderEvent;
use gauntlet_sequencer::Event;

use crate::trace::{Host, Trace, What};

pub use slots::{PublishedBlock, Scheduled, SlotView};
pub use wire::{Call, Ended, Exchange, Reply};

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
    /// The view of a trace.
    #[must_use]
    pub fn of(trace: &'a Trace) -> Self {
        let calls = wire::calls(trace);
        let exchanges = wire::exchanges(&trace.entries);
        let slots = slots::slots(trace, &calls);
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
