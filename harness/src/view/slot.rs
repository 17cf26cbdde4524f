//! Slots: what was asked and published in each.

use super::{Exchange, Published};
use crate::dialect::Meaning;
use crate::plan::Plan;
use crate::trace::Trace;

/// A slot and what was asked and published in it.
#[derive(Clone, Debug)]
pub struct Slot {
    /// The slot's number, from 1.
    pub number: u64,
    /// When it begins.
    pub begins_us: u64,
    /// When it ends.
    pub ends_us: u64,
    /// When the payload request is due, by the setup that the sequencer was given.
    pub request_due_us: u64,
    /// The payload requests that the sequencer began in it, by their places in
    /// [`View::exchanges`](super::View::exchanges).
    pub(super) requests: Vec<usize>,
    /// The blocks published in it, by their places in [`View::published`](super::View::published).
    pub published: Vec<usize>,
}

impl Slot {
    /// How many payload requests were begun in it.
    #[must_use]
    pub fn request_count(&self) -> usize {
        self.requests.len()
    }
}

/// When the slots of a plan are.
#[derive(Clone, Copy, Debug)]
pub struct SlotClock {
    block_time_us: u64,
    reserved_us: u64,
}

impl SlotClock {
    /// The clock of a plan.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        Self {
            block_time_us: (plan.chain.block_time_ms * 1000).max(1),
            reserved_us: plan.sequencer.reserved_ms() * 1000,
        }
    }

    /// The number, from 1, of the slot that a time is in. A slot's end is in the next one.
    #[must_use]
    pub fn slot_at(&self, at_us: u64) -> u64 {
        at_us / self.block_time_us + 1
    }

    /// When a slot begins.
    #[must_use]
    pub fn begins_us(&self, slot: u64) -> u64 {
        slot.saturating_sub(1) * self.block_time_us
    }

    /// When a slot ends.
    #[must_use]
    pub fn ends_us(&self, slot: u64) -> u64 {
        slot * self.block_time_us
    }

    /// When the payload request of a slot is due.
    #[must_use]
    pub fn request_due_us(&self, slot: u64) -> u64 {
        self.ends_us(slot).saturating_sub(self.reserved_us)
    }

    /// Whether a block that is published at a time cannot be that of the slot then, whose request is
    /// not due yet: it is the late one of the slot before, if that has none.
    #[must_use]
    pub fn is_early(&self, at_us: u64) -> bool {
        let slot = self.slot_at(at_us);
        at_us < self.request_due_us(slot) || at_us == self.begins_us(slot)
    }
}

/// Every slot of a trace's plan that is over, in order.
pub(super) fn slots(
    trace: &Trace,
    exchanges: &[Exchange<'_>],
    published: &[Published<'_>],
) -> Vec<Slot> {
    let clock = SlotClock::of(&trace.plan);
    let mut slots: Vec<Slot> = (1..=trace.plan.slots.len() as u64)
        .map(|number| Slot {
            number,
            begins_us: clock.begins_us(number),
            ends_us: clock.ends_us(number),
            request_due_us: clock.request_due_us(number),
            requests: Vec::new(),
            published: Vec::new(),
        })
        .take_while(|slot| slot.ends_us <= trace.ended_us)
        .collect();
    let at = |us: u64| usize::try_from(clock.slot_at(us) - 1).unwrap_or(usize::MAX);
    for (index, exchange) in exchanges.iter().enumerate() {
        let Some(arrived) = &exchange.arrived else {
            continue;
        };
        if let Meaning::PayloadRequest(_) = arrived.meaning
            && let Some(slot) = slots.get_mut(at(arrived.begun_us))
        {
            slot.requests.push(index);
        }
    }
    for (index, block) in published.iter().enumerate() {
        let own = at(block.at_us);
        // After the last slot there is none to be early in.
        let is_early = own >= slots.len() || clock.is_early(block.at_us);
        match is_early.then(|| late_in(&slots, own, block)).flatten() {
            Some(before) => slots[before].published.push(index),
            None => {
                if let Some(slot) = slots.get_mut(own) {
                    slot.published.push(index);
                }
            }
        }
    }
    slots
}

/// The slot, by its place, whose late block it can be: the slot before, or the one that a block of
/// this number makes up for. It has none yet, but for a block that made up for an earlier one.
fn late_in(slots: &[Slot], own: usize, block: &Published<'_>) -> Option<usize> {
    let made_up = usize::try_from(block.block.payload.block_number).ok()?;
    let places = [made_up.checked_sub(1), own.checked_sub(1)];
    let is_open = |place: &usize| {
        let slot = slots.get(*place);
        *place < own && slot.is_some_and(|slot| slot.published.is_empty())
    };
    let of_number = places[0].filter(|place| *place < own);
    places.into_iter().flatten().find(is_open).or(of_number)
}
