//! What a devnet came to, as its followers and the wire show it.

use std::fmt::Write as _;
use std::time::Duration;

use crate::report::style::BAD;
use crate::report::text::{plural, span};
use crate::view::{Following, Lack, View};

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
    /// By how much the latest of them was late, in microseconds.
    pub latest_us: u64,
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
                (false, false) => {
                    let late_us = blocks.iter().map(|block| block.at_us - slot.ends_us);
                    summary.late += 1;
                    summary.latest_us = summary.latest_us.max(late_us.min().unwrap_or_default());
                }
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
        if self.late > 0 {
            let latest = span(Duration::from_micros(self.latest_us));
            let late = plural(self.late, "slot");
            let _infallible = write!(
                text,
                ", {BAD}{late} with a late block, by up to {latest}{BAD:#}"
            );
        }
        if self.missed > 0 {
            let missed = plural(self.missed, "slot");
            let _infallible = write!(text, ", {BAD}{missed} without a block{BAD:#}");
        }
        if self.untold > 0 {
            let untold = plural(self.untold, "exchange");
            let _infallible = write!(
                text,
                ", {BAD}{untold} too many or too large to be kept{BAD:#}"
            );
        }
        text + "\n"
    }
}

/// What the execution clients came to that follow, a line each.
#[must_use]
pub fn followers(view: &View<'_>) -> String {
    view.following().iter().map(follower).collect()
}

fn follower(following: &Following<'_>) -> String {
    let valid = plural(following.valid, "block");
    let mut text = format!("{}: {valid} valid", following.client);
    if let Some(first) = following.disputes.first() {
        let _infallible = write!(
            text,
            ", {BAD}{} INVALID, first block {}: {}{BAD:#}",
            following.disputes.len(),
            first.number,
            first.reason
        );
    }
    if following.unjudged > 0 {
        let _infallible = write!(text, ", {BAD}{} never judged{BAD:#}", following.unjudged);
        match following.lack {
            Some(Lack::Answer(cause)) => text += &format!(": {cause}"),
            Some(Lack::Blocks) => text += ": it lacks blocks that are not kept",
            None => {}
        }
    }
    text + "\n"
}
