//! Slots: what the driver did in each.

use alloy_primitives::{Address, B256};
use gauntlet_engine::{Attributes, Payload};
use gauntlet_protocol::constants::GET_PAYLOAD;
use gauntlet_rpc::WireEvent;
use gauntlet_sequencer::{Event, Origin};

use super::wire::Call;
use crate::trace::Judgement;
use crate::trace::{Host, Trace, What};

/// A block that the sequencer published.
#[derive(Clone, Copy, Debug)]
pub struct PublishedBlock<'a> {
    /// When.
    pub at_us: u64,
    /// Whose it is.
    pub origin: Origin,
    /// The block.
    pub payload: &'a Payload,
    /// What the oracle makes of it.
    pub judgement: &'a Judgement,
}

/// A fork choice update with attributes that the driver scheduled.
#[derive(Clone, Copy, Debug)]
pub struct Scheduled<'a> {
    /// When.
    pub at_us: u64,
    /// The index of the entry that says so.
    pub at: usize,
    /// The number of the block to make.
    pub number: u64,
    /// Its parent.
    pub parent: B256,
    /// Its attributes.
    pub attributes: &'a Attributes,
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
    /// The key of the slot's builder, if it has one: the builder that is registered when the slot
    /// begins, and still at the last fork choice update that a request can follow.
    pub registered: Option<Address>,
    /// The blocks published in it: after its first fork choice update and before the next slot's.
    pub published: Vec<PublishedBlock<'a>>,
    /// The sequencer's own events in it.
    pub events: Vec<(u64, &'a Event)>,
}

impl<'a> SlotView<'a> {
    /// The fork choice update that a request of the slot follows.
    #[must_use]
    pub fn scheduled_for(&self, request: &Call<'_>) -> Option<&Scheduled<'a>> {
        // Both can be of the same instant: their order counts.
        self.scheduled.iter().rfind(|of| of.at < request.sent_at)
    }

    /// Whether the builder tuple has changed since the slot began.
    fn has_changed(&self) -> bool {
        self.events
            .iter()
            .skip_while(|(_, event)| !matches!(event, Event::ForkChoiceScheduled { .. }))
            .any(|(_, event)| matches!(event, Event::BuilderChanged { .. }))
    }
}

/// Every slot of a trace's plan, in order.
pub(super) fn slots<'a>(trace: &'a Trace, calls: &[Call<'a>]) -> Vec<SlotView<'a>> {
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
                        (index, entry.at_us),
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
    (at, at_us): (usize, u64),
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
        // DECISION: late-registration. DECISION: request-after-reorg.
        if slot.scheduled.is_empty() {
            slot.registered = registered;
        } else if slot.requests.is_empty() && slot.has_changed() {
            slot.registered = None;
        }
        let (number, parent) = (*number, *parent);
        slot.scheduled.push(Scheduled {
            at_us,
            at,
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
