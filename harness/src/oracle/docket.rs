//! Every payload of a trace, in order of descent, and what the oracle makes of each: what a second
//! court is asked about.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use alloy_primitives::B256;
use gauntlet_engine::{Engine, Payload, PayloadVerdict};
use gauntlet_protocol::ExecutionPayloadV2;

use super::Findings;
use crate::dialect::{Answer, Meaning};
use crate::trace::{Judgement, PayloadId, PublishedBlock, What};
use crate::view::{Exchange, View};

/// Every payload of a trace, parents first.
#[derive(Clone, Debug)]
pub struct Docket {
    /// The payloads, each once.
    pub items: Vec<Item>,
}

/// A payload of a trace.
#[derive(Clone, Debug)]
pub struct Item {
    /// What tells it from all others.
    pub id: PayloadId,
    /// The payload, in the form of version 3, and the beacon block root that belongs to it.
    pub block: PublishedBlock,
    /// What the oracle makes of it.
    pub ours: Judgement,
    /// When it was seen first, in microseconds since the run began.
    pub at_us: u64,
    /// Where it was seen.
    pub places: BTreeSet<Place>,
}

/// Where a payload was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A follower got it.
    Published,
    /// The sequencer came back with it.
    Restored,
    /// L1 put it in a head's place.
    Replacing,
    /// It left for the sequencer in a reply to a payload request.
    Offered,
    /// The builder gave it in such a reply, whatever became of that.
    Given,
    /// The builder was told of it as a block of the chain.
    Fed,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Published => "published",
            Self::Restored => "restored",
            Self::Replacing => "put in the head's place",
            Self::Offered => "offered",
            Self::Given => "given by the builder",
            Self::Fed => "fed to the builder",
        })
    }
}

impl Docket {
    /// The payloads of a trace, judged by an engine that has seen nothing else.
    #[must_use]
    pub fn of(view: &View<'_>, findings: &Findings) -> Self {
        let mut found = Found::default();
        for entry in &view.trace.entries {
            match &entry.what {
                What::Published(block) => found.block(entry.at_us, Place::Published, block),
                What::Restored(block) => found.block(entry.at_us, Place::Restored, block),
                What::Crossed { .. }
                | What::Followed(_)
                | What::Did(_)
                | What::Interfered { .. }
                | What::Says(_)
                | What::Logs(_)
                | What::Impossible(_)
                | What::Died
                | What::Back
                | What::Panicked(_)
                | What::Tasks(_) => {}
            }
        }
        for (at_us, block) in &findings.siblings {
            found.block(*at_us, Place::Replacing, block);
        }
        for exchange in &view.exchanges {
            found.exchange(exchange);
        }
        let mut items: Vec<Item> = found.items.into_values().collect();
        items.sort_by_key(|item| (item.block.payload.block_number, item.at_us, item.id));
        judge(view, &mut items);
        Self { items }
    }
}

/// The payloads that were found so far.
#[derive(Default)]
struct Found {
    items: BTreeMap<PayloadId, Item>,
}

impl Found {
    fn exchange(&mut self, exchange: &Exchange<'_>) {
        let arrived = exchange.arrived.as_ref();
        let passed = exchange.passed.as_ref();
        let arrived = arrived.map(|it| (it.at_us, &it.meaning));
        let passed = passed.map(|it| (it.at_us, &it.meaning));
        for (at_us, meaning) in [arrived, passed].into_iter().flatten() {
            if let Some((payload, root)) = fed(meaning) {
                self.add(at_us, Place::Fed, payload.clone(), root);
            }
        }
        // A builder builds on the beacon block root that it was asked with, and the sequencer judges
        // by the one that it asked with.
        let roots = [passed.or(arrived), arrived];
        let given = exchange.given.as_ref();
        let reply = exchange.reply.as_ref();
        for ((place, said), asked) in [(Place::Given, given), (Place::Offered, reply)]
            .into_iter()
            .zip(roots)
        {
            let root = asked.and_then(|(_, meaning)| root_of(meaning));
            let payload = said.map(|it| &it.answer).and_then(Answer::payload);
            if let (Some(said), Some(payload), Some(root)) = (said, payload, root) {
                let payload = payload.execution_payload.clone();
                self.add(said.at_us, place, payload, root);
            }
        }
    }

    fn block(&mut self, at_us: u64, place: Place, block: &PublishedBlock) {
        let payload = ExecutionPayloadV2::clone(&block.payload);
        self.add(at_us, place, payload, block.parent_beacon_block_root);
    }

    fn add(&mut self, at_us: u64, place: Place, mut payload: ExecutionPayloadV2, root: B256) {
        // DECISION: payload-version. Absent, they mean 0, and `engine_newPayloadV3` wants them.
        payload.blob_gas_used.get_or_insert_default();
        payload.excess_blob_gas.get_or_insert_default();
        let block = PublishedBlock {
            payload: Arc::new(payload),
            parent_beacon_block_root: root,
        };
        let id = PayloadId::of(&block);
        let item = self.items.entry(id).or_insert_with(|| Item {
            id,
            block,
            ours: Judgement::UnknownParent,
            at_us,
            places: BTreeSet::new(),
        });
        item.at_us = item.at_us.min(at_us);
        item.places.insert(place);
    }
}

/// The block that a builder is told of.
fn fed(meaning: &Meaning) -> Option<(&ExecutionPayloadV2, B256)> {
    match meaning {
        Meaning::NewBlock {
            payload,
            parent_beacon_block_root,
        } => Some((payload, *parent_beacon_block_root)),
        Meaning::HeadUpdate { .. }
        | Meaning::PayloadRequest(_)
        | Meaning::ForwardedTransaction(_)
        | Meaning::UserTransaction(_)
        | Meaning::Question(_)
        | Meaning::Other(_)
        | Meaning::Unread(_) => None,
    }
}

/// The beacon block root with which a block is requested.
fn root_of(meaning: &Meaning) -> Option<B256> {
    match meaning {
        Meaning::PayloadRequest(params) => Some(params.payload.parent_beacon_block_root),
        Meaning::HeadUpdate { .. }
        | Meaning::NewBlock { .. }
        | Meaning::ForwardedTransaction(_)
        | Meaning::UserTransaction(_)
        | Meaning::Question(_)
        | Meaning::Other(_)
        | Meaning::Unread(_) => None,
    }
}

/// Judges payloads that stand parents first.
fn judge(view: &View<'_>, items: &mut [Item]) {
    let trace = view.trace;
    let mut engine = Engine::new(trace.spec.clone(), trace.senders.clone());
    let parents: BTreeSet<B256> = items
        .iter()
        .map(|item| item.block.payload.parent_hash)
        .collect();
    let same_number = |one: &Item, other: &Item| {
        one.block.payload.block_number == other.block.payload.block_number
    };
    for siblings in items.chunk_by_mut(same_number) {
        let mut head = None;
        for item in siblings {
            let root = item.block.parent_beacon_block_root;
            let payload = Payload::from_wire(&item.block.payload, root);
            item.ours = match engine.new_payload(&payload, &[]) {
                PayloadVerdict::Valid(block) => {
                    let is_better = item.places.contains(&Place::Published) || head.is_none();
                    if parents.contains(&block.hash()) && is_better {
                        head = Some(block.hash());
                    }
                    Judgement::Valid
                }
                PayloadVerdict::Invalid { reason, .. } => Judgement::Invalid(reason.to_string()),
                PayloadVerdict::Syncing => Judgement::UnknownParent,
            };
        }
        if let Some(head) = head {
            // The head moves along, so that old blocks are forgotten.
            let _moved = engine.fork_choice_updated(head, B256::ZERO, B256::ZERO);
        }
    }
}
