//! What is measured of a builder in a session.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::session::PLAIN;
use crate::dialect::Meaning;
use crate::view::{Exchange, Slot, View};

/// What is measured of a builder in a session.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measures {
    /// How many slots are over.
    pub slots: u64,
    /// How many blocks were published.
    pub blocks: u64,
    /// How many of them are the builder's.
    pub builder_blocks: u64,
    /// How many of the first slots, in which nothing happens, have its block.
    pub first_blocks: u64,
    /// How many of the last ones have.
    pub last_blocks: u64,
    /// How many transactions were forwarded to it.
    pub forwarded: u64,
    /// How many of them are in its blocks.
    pub included: u64,
    /// How long it took to answer the sequencer's payload requests, in microseconds: half of them no
    /// longer than this.
    pub payload_p50_us: u64,
    /// 99 of 100 of them no longer than this.
    pub payload_p99_us: u64,
    /// The longest.
    pub payload_max_us: u64,
}

/// Of a hundred blocks so many are the builder's at least, or it is not certified.
const LEAST_SHARE: u64 = 50;

impl Measures {
    /// Measures.
    #[must_use]
    pub fn of(view: &View<'_>) -> Self {
        let mut took: Vec<u64> = view.exchanges.iter().filter_map(took).collect();
        took.sort_unstable();
        let at = |percent: usize| {
            let last = took.len().saturating_sub(1);
            took.get(last * percent / 100).copied().unwrap_or_default()
        };
        let forwarded: BTreeSet<_> = view.forwarded().map(|(_, _, raw)| raw).collect();
        let included = view.slots.iter().flat_map(|slot| {
            let of_builder = slot.published.iter().copied();
            let of_builder = of_builder.filter(|index| view.is_builders(slot, *index));
            of_builder.flat_map(|index| &view.published[index].block.payload.transactions)
        });
        let has_its_block = |slot: &&Slot| {
            let mut published = slot.published.iter();
            published.any(|index| view.is_builders(slot, *index))
        };
        let slots = view.slots.iter();
        let first = slots.clone().take(PLAIN).filter(has_its_block);
        let last = slots.rev().take(PLAIN).filter(has_its_block);
        let included: BTreeSet<_> = included.filter(|raw| forwarded.contains(raw)).collect();
        Self {
            slots: view.slots.len() as u64,
            blocks: view.published.len() as u64,
            builder_blocks: view.builder_blocks(),
            first_blocks: first.count() as u64,
            last_blocks: last.count() as u64,
            forwarded: forwarded.len() as u64,
            included: included.len() as u64,
            payload_p50_us: at(50),
            payload_p99_us: at(99),
            payload_max_us: at(100),
        }
    }

    /// The builder's share of the blocks, in percent.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.builder_blocks as f64 * 100.0 / self.blocks.max(1) as f64
    }

    /// Why a builder with these measures is not certified in a session of so many slots.
    pub(super) fn shortcomings(&self, slots: usize) -> Vec<String> {
        let mut reasons = Vec::new();
        for (blocks, when) in [(self.first_blocks, "before"), (self.last_blocks, "after")] {
            if blocks == 0 {
                let why = format!("no block of the builder's {when} anything was tried");
                reasons.push(why);
            }
        }
        if self.builder_blocks * 100 < LEAST_SHARE * slots as u64 {
            reasons.push(format!(
                "{} of {slots} blocks are the builder's: {LEAST_SHARE} of a hundred are wanted",
                self.builder_blocks,
            ));
        }
        if self.forwarded > 0 && self.included == 0 {
            reasons.push(format!(
                "none of {} forwarded transactions is in a block of the builder's",
                self.forwarded
            ));
        }
        reasons
    }
}

/// How long the builder took to give the sequencer a payload.
fn took(exchange: &Exchange<'_>) -> Option<u64> {
    exchange.arrived.as_ref()?;
    let (passed, given) = (exchange.passed.as_ref()?, exchange.given.as_ref()?);
    let is_request = matches!(passed.meaning, Meaning::PayloadRequest(_));
    is_request.then(|| given.at_us.saturating_sub(passed.at_us))
}
