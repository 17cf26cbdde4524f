//! What a devnet came to, and its blocks as they come.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use alloy_primitives::B256;

use super::style::{BAD, GOOD, QUIET};
use super::text;
use crate::plan::Plan;
use crate::rules::{Rule, Verdict};
use crate::trace::{Entry, Testimony, What, Whose};
use crate::view::{SlotClock, View};

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

    /// The line of a block, if the event is that it was published. How late it is counts from its
    /// slot on the chain's clock, whatever delayed whom.
    pub fn line(&mut self, entry: &Entry) -> Option<String> {
        let block = match &entry.what {
            What::Published(block) => &block.payload,
            What::Says(Testimony::Published { hash, whose, .. }) => {
                self.whose.insert(*hash, *whose);
                return None;
            }
            What::Crossed { .. }
            | What::Restored(_)
            | What::Did(_)
            | What::Interfered { .. }
            | What::Says(_)
            | What::Logs(_)
            | What::Followed(_)
            | What::Impossible(_)
            | What::Died
            | What::Back
            | What::Panicked(_) => return None,
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
        let whose = match self.whose.remove(&block.block_hash) {
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

/// What a devnet came to, as its follower and the wire show it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many slots are over.
    pub slots: u64,
    /// How many blocks were published.
    pub blocks: u64,
    /// How many of them are the builder's.
    pub builder_blocks: u64,
    /// How many slots had their block only after their end.
    pub late: u64,
    /// How many slots had none.
    pub missed: u64,
    /// How many transactions of users are in the blocks.
    pub transactions: u64,
    /// How many transactions reached the builder.
    pub forwarded: u64,
    /// How many exchanges were not kept.
    pub untold: u64,
}

impl Summary {
    /// The summary of the view of a trace.
    #[must_use]
    pub fn of(view: &View<'_>) -> Self {
        let mut summary = Self {
            slots: view.slots.len() as u64,
            blocks: view.published.len() as u64,
            builder_blocks: view.builder_blocks(),
            transactions: view.transactions_without_deposits(),
            untold: view.untold.len() as u64,
            ..Self::default()
        };
        for slot in &view.slots {
            let blocks: Vec<_> = view.published_in(slot).collect();
            let in_time = blocks.iter().any(|block| block.at_us <= slot.ends_us);
            match (blocks.is_empty(), in_time) {
                (true, _) => summary.missed += 1,
                (false, false) => summary.late += 1,
                (false, true) => {}
            }
        }
        let forwarded = view.forwarded().map(|(_, _, transaction)| transaction);
        let forwarded: std::collections::BTreeSet<_> = forwarded.collect();
        summary.forwarded = forwarded.len() as u64;
        summary
    }

    /// The builder's share of the blocks, in percent.
    #[must_use]
    pub fn builder_share(&self) -> f64 {
        self.builder_blocks as f64 * 100.0 / self.blocks.max(1) as f64
    }

    /// The summary for a person.
    #[must_use]
    pub fn told(&self) -> String {
        let mut text = format!(
            "{} slots, {} blocks, {:.1} % of the builder; {} transactions in them, {} forwarded",
            self.slots,
            self.blocks,
            self.builder_share(),
            self.transactions,
            self.forwarded,
        );
        for (count, what) in [
            (self.late, "slots with a late block"),
            (self.missed, "slots without one"),
            (self.untold, "exchanges too many or too large to be kept"),
        ] {
            if count > 0 {
                let _infallible = write!(text, ", {BAD}{count} {what}{BAD:#}");
            }
        }
        text + "\n"
    }
}

/// The verdicts of every rule, a line each, and how many there are of each kind.
#[must_use]
pub fn verdicts(verdicts: &[(&'static Rule, Verdict)]) -> String {
    let mut text = String::new();
    let width = verdicts.iter().map(|(rule, _)| rule.id.len()).max();
    let width = width.unwrap_or_default();
    let (mut held, mut violated, mut others) = (0, 0, 0);
    for (rule, verdict) in verdicts {
        let (style, word) = match verdict {
            Verdict::Held(times) => {
                held += 1;
                (GOOD, format!("held {}", text::plural(*times, "time")))
            }
            Verdict::Violated(violations) => {
                violated += 1;
                (
                    BAD,
                    format!("violated {}", text::plural(violations.len() as u64, "time")),
                )
            }
            Verdict::NotExercised => {
                others += 1;
                (QUIET, "not exercised".to_owned())
            }
            Verdict::NotObservable(evidence) => {
                others += 1;
                (QUIET, format!("not observable without {evidence}"))
            }
            Verdict::Inconclusive(times) => {
                others += 1;
                (
                    QUIET,
                    format!("inconclusive {}", text::plural(*times, "time")),
                )
            }
        };
        let _infallible = writeln!(text, "  {:<width$}  {style}{word}{style:#}", rule.id);
        if let Verdict::Violated(violations) = verdict {
            for violation in violations.iter().take(text::MAX_VIOLATIONS) {
                let at = crate::trace::time(violation.at_us);
                let _infallible = writeln!(text, "      at {at}: {}", violation.what);
            }
        }
    }
    let _infallible = writeln!(
        text,
        "{}: {GOOD}{held} held{GOOD:#}, {violated} violated, {others} not put to a conclusive test",
        text::plural(verdicts.len() as u64, "rule")
    );
    text
}
