//! Which blocks were published, and whether they are as they should be.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use alloy_primitives::B256;
use gauntlet_engine::{ChainSpec, Engine, PayloadVerdict, Senders};
use gauntlet_sequencer::{Event, Origin, Published};

use super::BlockTime;
use crate::trace::{Entry, What};

/// A block that was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its number.
    pub number: u64,
    /// Whose it is.
    pub origin: Origin,
    /// How many transactions it has, deposits included.
    pub transactions: usize,
    /// How much gas it uses.
    pub gas_used: u64,
    /// Its hash.
    pub hash: B256,
    /// When it was published, since its slot began.
    pub after: Duration,
    /// What is wrong with it, if anything is.
    pub flaw: Option<Flaw>,
}

/// What is wrong with a published block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// There was a block of its height before.
    Again,
    /// There was none of the height below.
    Gap,
    /// An engine apart from all nodes does not find it valid, and why.
    Invalid(String),
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Again => f.write_str("there was a block of this height before"),
            Self::Gap => f.write_str("a block below it is missing"),
            Self::Invalid(why) => write!(f, "invalid: {why}"),
        }
    }
}

/// What a devnet came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many slots began.
    pub slots: u64,
    /// How many blocks were published.
    pub blocks: u64,
    /// How many of them are the builder's.
    pub builder_blocks: u64,
    /// How many of them came after the end of their slot.
    pub late: u64,
    /// How many of them are not as they should be.
    pub flawed: u64,
    /// How many slots ended without a block.
    pub missed: u64,
    /// How many transactions of users are in the blocks.
    pub transactions: u64,
    /// How many transactions the builder stored.
    pub forwarded: u64,
    /// How many transactions it did not, in all their attempts.
    pub not_forwarded: u64,
    /// How long it took.
    pub took: Duration,
}

impl Summary {
    /// Whether there is one valid block a height, and none is missing.
    #[must_use]
    pub fn conforms(&self) -> bool {
        self.flawed == 0 && self.missed == 0
    }

    /// The builder's share of the blocks, in percent.
    #[must_use]
    pub fn builder_share(&self) -> f64 {
        self.builder_blocks as f64 * 100.0 / self.blocks.max(1) as f64
    }
}

/// Follows what the sequencer publishes.
#[derive(Debug)]
pub(super) struct Ledger {
    engine: Engine,
    block_time_us: u64,
    /// When the slot began that is under way.
    slot_began_us: u64,
    /// The number of the last block.
    last: u64,
    summary: Summary,
}

impl Ledger {
    pub(super) fn new(spec: Arc<ChainSpec>, block_time: BlockTime) -> Self {
        Self {
            engine: Engine::new(spec, Senders::default()),
            block_time_us: block_time.as_millis() * 1000,
            slot_began_us: 0,
            last: 0,
            summary: Summary::default(),
        }
    }

    /// Notes what happened. Returns the block if one was published.
    pub(super) fn note(&mut self, entry: &Entry) -> Option<Block> {
        let What::Sequencer(event) = &entry.what else {
            return None;
        };
        match event {
            Event::ForkChoiceScheduled { .. } => {
                self.summary.slots += 1;
                // The timer may be late, the slot is not.
                self.slot_began_us = entry.at_us / self.block_time_us * self.block_time_us;
            }
            Event::Missed { .. } => self.summary.missed += 1,
            Event::Forwarded { .. } => self.summary.forwarded += 1,
            Event::ForwardingFailed { .. } => self.summary.not_forwarded += 1,
            Event::Published(published) => return Some(self.published(entry.at_us, published)),
            Event::LocalStarted { .. }
            | Event::LocalSealed { .. }
            | Event::LocalFailed { .. }
            | Event::Admitted { .. }
            | Event::FellBack { .. }
            | Event::Imported { .. }
            | Event::HeadReplaced { .. }
            | Event::BuilderChanged { .. }
            | Event::TransactionAccepted { .. }
            | Event::TransactionRefused { .. }
            | Event::FeedFailed { .. } => {}
        }
        None
    }

    /// Closes the books after so many slots, if that is known.
    pub(super) fn close(mut self, slots: Option<u64>, took: Duration) -> Summary {
        let made = self.summary.blocks + self.summary.missed;
        // What is missing without a word is missing all the same.
        self.summary.missed += slots.unwrap_or(made).saturating_sub(made);
        self.summary.took = took;
        self.summary
    }

    fn published(&mut self, at_us: u64, published: &Published) -> Block {
        let payload = &published.payload;
        let flaw = self.flaw(published);
        let after_us = at_us.saturating_sub(self.slot_began_us);
        let deposits = |raw: &&alloy_primitives::Bytes| raw.first() == Some(&0x7e);
        let deposits = payload.transactions.iter().filter(deposits).count();
        let summary = &mut self.summary;
        summary.blocks += 1;
        summary.builder_blocks += u64::from(published.origin == Origin::Builder);
        summary.late += u64::from(after_us > self.block_time_us);
        summary.flawed += u64::from(flaw.is_some());
        summary.transactions += (payload.transactions.len() - deposits) as u64;
        self.last = self.last.max(payload.block_number);
        Block {
            number: payload.block_number,
            origin: published.origin,
            transactions: payload.transactions.len(),
            gas_used: payload.gas_used,
            hash: payload.block_hash,
            after: Duration::from_micros(after_us),
            flaw,
        }
    }

    fn flaw(&mut self, published: &Published) -> Option<Flaw> {
        let number = published.payload.block_number;
        if number <= self.last {
            return Some(Flaw::Again);
        }
        if number > self.last + 1 {
            return Some(Flaw::Gap);
        }
        match self.engine.new_payload(&published.payload, &[]) {
            PayloadVerdict::Valid(block) => {
                // The head moves along, so that old blocks are forgotten.
                let (head, none) = (block.hash(), B256::ZERO);
                let _moved = self.engine.fork_choice_updated(head, none, none);
                None
            }
            PayloadVerdict::Invalid { reason, .. } => Some(Flaw::Invalid(reason.to_string())),
            PayloadVerdict::Syncing => Some(Flaw::Invalid("its parent is no head".to_owned())),
        }
    }
}
