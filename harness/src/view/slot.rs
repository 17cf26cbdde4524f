//! Slots: what was asked and published in each.

use super::{Exchange, Published};
use crate::dialect::Meaning;
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

/// Every slot of a trace's plan that is over, in order.
pub(super) fn slots(
    trace: &Trace,
    exchanges: &[Exchange<'_>],
    published: &[Published<'_>],
) -> Vec<Slot> {
    let block_time_us = trace.plan.chain.block_time_ms * 1000;
    let reserved_us = (200 + trace.plan.sequencer.import_budget_ms) * 1000;
    let mut slots: Vec<Slot> = (1..=trace.plan.slots.len() as u64)
        .map(|number| Slot {
            number,
            begins_us: (number - 1) * block_time_us,
            ends_us: number * block_time_us,
            request_due_us: (number * block_time_us).saturating_sub(reserved_us),
            requests: Vec::new(),
            published: Vec::new(),
        })
        .take_while(|slot| slot.ends_us <= trace.ended_us)
        .collect();
    let at = |us: u64| usize::try_from(us / block_time_us).unwrap_or(usize::MAX);
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
        // What is published before a slot's block can be there is the late one of the slot before,
        // if that has none.
        let is_early = slots
            .get(own)
            .is_none_or(|slot| block.at_us < slot.request_due_us || block.at_us == slot.begins_us);
        let before = own.checked_sub(1).and_then(|before| slots.get_mut(before));
        match before.filter(|before| is_early && before.published.is_empty()) {
            Some(before) => before.published.push(index),
            None => {
                if let Some(slot) = slots.get_mut(own) {
                    slot.published.push(index);
                }
            }
        }
    }
    slots
}
