//! The blocks of a devnet as they come.

use std::collections::BTreeMap;
use std::time::Duration;

use alloy_primitives::B256;

use crate::plan::Plan;
use crate::report::style::{BAD, QUIET};
use crate::report::text;
use crate::trace::{Entry, Followed, FollowerNews, Testimony, What, Whose};
use crate::view::SlotClock;

/// Tells the blocks of a devnet as they come.
#[derive(Clone, Debug)]
pub struct Ticker {
    clock: SlotClock,
    /// Whose blocks they are, as the sequencer says.
    whose: BTreeMap<B256, Whose>,
    /// The slot of the last block.
    slot: u64,
}

impl Ticker {
    /// A ticker for a plan.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        Self {
            clock: SlotClock::of(plan),
            whose: BTreeMap::new(),
            slot: 0,
        }
    }

    /// The slot of a block that was published at a time.
    fn slot_at(&self, at_us: u64) -> u64 {
        let own = self.clock.slot_at(at_us);
        let before_has_none = self.slot + 1 < own;
        if before_has_none && self.clock.is_early(at_us) {
            own - 1
        } else {
            own
        }
    }

    /// The line of a block, if the event is that it was published, or of a client that does not
    /// follow. How late a block is counts from its
    /// slot on the chain's clock, whatever delayed whom.
    pub fn line(&mut self, entry: &Entry) -> Option<String> {
        let block = match &entry.what {
            What::Published(block) => &block.payload,
            What::Followed(followed) => return lament(followed),
            What::Says(Testimony::Admitted { hash, .. }) => {
                self.whose.insert(*hash, Whose::Builder);
                return None;
            }
            What::Says(Testimony::LocalSealed { hash, .. }) => {
                // The builder's may be the same block, and is used then.
                self.whose.entry(*hash).or_insert(Whose::Local);
                return None;
            }
            What::Crossed { .. }
            | What::Restored(_)
            | What::Did(_)
            | What::Interfered { .. }
            | What::Says(_)
            | What::Logs(_)
            | What::Impossible(_)
            | What::Died
            | What::Back
            | What::Panicked(_)
            | What::Tasks(_) => return None,
        };
        self.slot = self.slot_at(entry.at_us);
        let ends_us = self.clock.ends_us(self.slot);
        let begins_us = self.clock.begins_us(self.slot);
        let when = match entry.at_us.checked_sub(ends_us) {
            Some(late_us @ 1..) => {
                let late = text::span(Duration::from_micros(late_us));
                format!("{BAD}{late} late{BAD:#}")
            }
            Some(0) | None => {
                let into = (entry.at_us.saturating_sub(begins_us)) / 1000;
                format!("{into:>5} ms into the slot")
            }
        };
        let whose = match std::mem::take(&mut self.whose).remove(&block.block_hash) {
            Some(Whose::Builder) => "builder",
            Some(Whose::Local) => "local",
            None => "",
        };
        let hash = block.block_hash.to_string();
        Some(format!(
            "block {:>5}  {whose:<7} {:>5} txs {:>10} gas  {QUIET}{}…{QUIET:#}  {when}",
            block.block_number,
            block.transactions.len(),
            block.gas_used,
            hash.get(..10).unwrap_or(&hash),
        ))
    }
}

/// What is to be told at once of an execution client: that it follows needs no line.
fn lament(followed: &Followed) -> Option<String> {
    let client = &followed.client;
    let what = match &followed.news {
        FollowerNews::Valid { .. } => return None,
        FollowerNews::Invalid { number, reason, .. } => {
            format!("finds block {number} INVALID: {reason}")
        }
        FollowerNews::Away { cause } => format!("is away: {cause}"),
        FollowerNews::Lacks { parent } => format!(
            "lacks block {parent} or one before it, which is not kept; is it at this genesis?"
        ),
    };
    Some(format!("{BAD}{client} {what}{BAD:#}"))
}
