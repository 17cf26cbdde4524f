//! An engine of the harness, apart from all nodes, that executes every block that a follower got and
//! every payload that was offered, and builds the siblings that L1 puts in a head's place.
//!
//! It believes the engine what executing transactions leads to, and nothing else: whether a payload
//! is what comes of that, and its header, it works out for itself.
//!
//! | module | what belongs there |
//! |---|---|
//! | `header` | what a payload says of its header |
//! | `outcome` | what comes of a payload |
//! | `value` | what a block pays for priority |
//! | `rival` | what a local block is worth at the least |
//! | `docket` | every payload of a trace, for a second court |

mod docket;
mod header;
mod outcome;
mod rival;
mod value;

use std::collections::BTreeMap;
use std::sync::Arc;

use alloy_primitives::{B256, U256};
use gauntlet_engine::{Attributes, Block, Engine, Senders};
use gauntlet_protocol::ExecutionPayloadV2;

use crate::chain::PlannedL1;
use crate::dialect::{Answer, Meaning};
use crate::plan::SelectionPlan;
use crate::trace::{Act, Judgement, PublishedBlock, What};
use crate::view::{PayloadRequest, SlotClock, View};

pub use header::{block_hash, extra_data};
pub use outcome::Worth;

pub use docket::{Docket, Item, Place};

/// What the oracle found.
#[derive(Clone, Debug)]
pub struct Findings {
    /// What it makes of each published block, in the order of publishing.
    pub published: Vec<Judgement>,
    /// What it makes of the payload that left for the sequencer, by the number of its exchange.
    pub offered: BTreeMap<u64, Judgement>,
    /// What it makes of each payload that the builder gave, by the number of its exchange.
    pub given: BTreeMap<u64, Given>,
    /// What it makes of each block that the builder was handed, by the number of its exchange.
    pub told: BTreeMap<u64, Judgement>,
    /// What the valid ones among all these are worth, by their hashes.
    pub worth: BTreeMap<B256, Worth>,
    /// What a local block of what users had sent is worth at the least, by the number of the
    /// exchange of the payload that it stands against. Only where that decides.
    pub rivals: BTreeMap<u64, Worth>,
    /// When the head became another, and what it can be from then on: more than one block only
    /// where the order within an instant is not known.
    heads: Vec<(u64, Vec<Head>)>,
    /// What the head could be before each published block, in the order of publishing.
    parents: Vec<Vec<Head>>,
    /// The blocks that L1 put in a head's place, and when.
    siblings: Vec<(u64, PublishedBlock)>,
    /// Every block that is or was a head, by its hash, executed; in runs that are not long.
    pub blocks: BTreeMap<B256, Arc<Block>>,
    /// What L1 says.
    pub l1: PlannedL1,
}

/// A payload that the builder gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// What it is.
    pub judgement: Judgement,
    /// What its transactions pay for priority, if it is valid.
    pub value: Option<U256>,
}

/// A block that is a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its hash.
    pub hash: B256,
    /// Its number.
    pub number: u64,
}

impl Head {
    fn of(block: &Arc<Block>) -> Self {
        Self {
            hash: block.hash(),
            number: block.number(),
        }
    }
}

impl Findings {
    /// Every block that is the head at some moment of an instant.
    pub fn heads_at(&self, at_us: u64) -> impl Iterator<Item = Head> {
        let after = self.heads.partition_point(|(since, _)| *since <= at_us);
        let first = self.heads.partition_point(|(since, _)| *since < at_us);
        self.heads[first.saturating_sub(1)..after]
            .iter()
            .flat_map(|(_, heads)| heads.iter().copied())
    }

    /// Every block that could be the head before a published block, by its place: more than one only
    /// where the head is replaced in the same instant.
    pub fn parents(&self, published: usize) -> impl Iterator<Item = Head> {
        self.parents.get(published).into_iter().flatten().copied()
    }

    /// Every block that took the place of a head because L1 says so, in order.
    pub fn siblings(&self) -> impl Iterator<Item = &PublishedBlock> {
        self.siblings.iter().map(|(_, block)| block)
    }

    /// Every block that became the head, where there is no doubt: when, its hash and number.
    pub fn sure_heads(&self) -> impl Iterator<Item = (u64, B256, u64)> {
        let is_doubtful = |at: u64| {
            let first = self.heads.partition_point(|(since, _)| *since < at);
            self.heads[first..]
                .iter()
                .take_while(|(since, _)| *since == at)
                .any(|(_, heads)| heads.len() > 1)
        };
        let all = self.heads.iter();
        let sure = all.filter(move |(at_us, _)| !is_doubtful(*at_us));
        sure.filter_map(|(at_us, heads)| {
            let head = heads.first()?;
            Some((*at_us, head.hash, head.number))
        })
    }

    /// Every block that ever was a head, or could be one, with its number.
    pub fn heads(&self) -> impl Iterator<Item = (B256, u64)> {
        let all = self.heads.iter().flat_map(|(_, heads)| heads);
        all.map(|head| (head.hash, head.number))
    }
}

/// The blocks of a run of more slots are not kept.
const MAX_KEPT_SLOTS: usize = 128;

impl Findings {
    /// Every block that is the head at some moment from one time on until another, both included.
    pub fn heads_between(&self, from_us: u64, until_us: u64) -> impl Iterator<Item = Head> {
        let after = self.heads.partition_point(|(since, _)| *since <= until_us);
        let first = self.heads.partition_point(|(since, _)| *since < from_us);
        let first = first.saturating_sub(1).min(after);
        self.heads[first..after]
            .iter()
            .flat_map(|(_, heads)| heads.iter().copied())
    }
}

/// Judges every block in a trace.
#[must_use]
pub fn judge(view: &View<'_>) -> Findings {
    let trace = view.trace;
    let spec = &trace.spec;
    let genesis = spec.genesis().clone();
    let head = Head {
        hash: genesis.hash(),
        number: genesis.number(),
    };
    let (genesis_hash, first) = (genesis.hash(), genesis.clone());
    let mut oracle = Oracle {
        keeps: trace.plan.slots.len() <= MAX_KEPT_SLOTS,
        engine: Engine::new(spec.clone(), trace.senders.clone()),
        senders: trace.senders.clone(),
        candidates: vec![genesis],
        gave_way: Vec::new(),
        clock: SlotClock::of(&trace.plan),
        replaced_us: None,
        owed_until_us: 0,
        made_in: 0,
        findings: Findings {
            published: Vec::new(),
            offered: BTreeMap::new(),
            given: BTreeMap::new(),
            told: BTreeMap::new(),
            worth: BTreeMap::new(),
            rivals: BTreeMap::new(),
            heads: vec![(0, vec![head])],
            parents: Vec::new(),
            siblings: Vec::new(),
            blocks: BTreeMap::from([(genesis_hash, first)]),
            l1: PlannedL1::new(trace.plan.clone(), spec.clone()),
        },
    };
    // What is offered is judged when it leaves: what it builds on is known by then.
    let mut offered: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    let mut handed: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (index, exchange) in view.exchanges.iter().enumerate() {
        if let Some(reply) = exchange
            .reply
            .as_ref()
            .filter(|it| it.answer.payload().is_some())
        {
            offered.entry(reply.at_us).or_default().push(index);
        }
        let given = exchange.given.as_ref();
        if let Some(given) = given.filter(|it| it.answer.payload().is_some()) {
            handed.entry(given.at_us).or_default().push(index);
        }
        if let Some(passed) = &exchange.passed
            && let Meaning::NewBlock { .. } = passed.meaning
        {
            handed.entry(passed.at_us).or_default().push(index);
        }
    }
    let mut made_in = vec![0; view.published.len()];
    for slot in &view.slots {
        for index in &slot.published {
            made_in[*index] = slot.number;
        }
    }
    let mut published = view.published.iter().zip(made_in);
    for entry in &trace.entries {
        while let Some(due) = offered.first_entry()
            && *due.key() < entry.at_us
        {
            oracle.offer(view, &due.remove());
        }
        while let Some(due) = handed.first_entry()
            && *due.key() < entry.at_us
        {
            oracle.hand(view, &due.remove());
        }
        match &entry.what {
            What::Published(_) => {
                if let Some((published, made_in)) = published.next() {
                    let block = published.block;
                    oracle.made_in = oracle.made_in.max(made_in);
                    oracle.publish(entry.at_us, &block.payload, block.parent_beacon_block_root);
                }
            }
            What::Restored(block) => {
                oracle.restore(entry.at_us, &block.payload, block.parent_beacon_block_root);
            }
            What::Did(Act::ReplaceHead) => {
                let at_us = entry.at_us;
                let until_us = view.stimulus.engine_is_back_us(at_us);
                let block_time_us = trace.plan.chain.block_time_ms * 1000;
                oracle.replace_head(at_us, until_us.map(|us| us.saturating_add(block_time_us)));
            }
            What::Did(Act::SetBuilder(_) | Act::Probe { .. })
            | What::Crossed { .. }
            | What::Interfered { .. }
            | What::Says(_)
            | What::Logs(_)
            | What::Followed(_)
            | What::Impossible(_)
            | What::Died
            | What::Back
            | What::Panicked(_)
            | What::Tasks(_) => {}
        }
    }
    for due in offered.into_values() {
        oracle.offer(view, &due);
    }
    for due in handed.into_values() {
        oracle.hand(view, &due);
    }
    oracle.findings
}

struct Oracle {
    engine: Engine,
    senders: Senders,
    /// What the head can be.
    candidates: Vec<Arc<Block>>,
    clock: SlotClock,
    /// What the head could be before it last gave way.
    gave_way: Vec<Head>,
    /// When the head was last told to give way.
    replaced_us: Option<u64>,
    /// Until when a head may still have to give way that was told so while the engine was not as it
    /// should be.
    owed_until_us: u64,
    /// Whether the blocks are kept.
    keeps: bool,
    /// The slot of the last block that was published.
    made_in: u64,
    findings: Findings,
}

impl Oracle {
    fn offer(&mut self, view: &View<'_>, exchanges: &[usize]) {
        for exchange in exchanges
            .iter()
            .filter_map(|index| view.exchanges.get(*index))
        {
            let payload = exchange.reply.as_ref().and_then(|it| it.answer.payload());
            let request = view.request_of(exchange);
            if let (Some(payload), Some(request)) = (payload, request) {
                let root = request.params.payload.parent_beacon_block_root;
                let (judgement, _) = self.judge(&payload.execution_payload, root);
                self.findings.offered.insert(exchange.number, judgement);
                if view.trace.plan.sequencer.selection != SelectionPlan::Builder
                    && let Some(rival) = self.rival(view, request)
                {
                    self.findings.rivals.insert(exchange.number, rival);
                }
            }
        }
    }

    /// What the builder was handed, and what it gave.
    fn hand(&mut self, view: &View<'_>, exchanges: &[usize]) {
        for exchange in exchanges
            .iter()
            .filter_map(|index| view.exchanges.get(*index))
        {
            let meaning = exchange.passed.as_ref().map(|passed| &passed.meaning);
            let given = exchange.given.as_ref().and_then(|it| it.answer.payload());
            match (meaning, given) {
                (Some(Meaning::PayloadRequest(params)), Some(payload)) => {
                    let root = params.payload.parent_beacon_block_root;
                    let (judgement, block) = self.judge(&payload.execution_payload, root);
                    let value = block.as_deref().map(value::of);
                    let given = Given { judgement, value };
                    self.findings.given.insert(exchange.number, given);
                }
                (
                    Some(Meaning::NewBlock {
                        payload,
                        parent_beacon_block_root,
                    }),
                    _,
                ) => {
                    let (judgement, _) = self.judge(payload, *parent_beacon_block_root);
                    self.findings.told.insert(exchange.number, judgement);
                }
                _ => {}
            }
        }
    }

    /// What a block is worth of the attributes of a request's slot and of what users had sent when
    /// it was due, and had been told so.
    fn rival(&self, view: &View<'_>, request: PayloadRequest<'_>) -> Option<Worth> {
        let slot = self.clock.slot_at(request.begun_us);
        let due_us = self.clock.request_due_us(slot);
        let parent = self.engine.block(request.params.payload.parent_hash)?;
        let attributes = self.findings.l1.attributes(slot, parent.number() + 1);
        let sent = view.users.iter().filter_map(|call| {
            let Meaning::UserTransaction(raw) = &call.meaning else {
                return None;
            };
            let (at_us, answer) = call.answered.as_ref()?;
            let is_in_time = *at_us < due_us && matches!(answer, Answer::Accepted(_));
            is_in_time.then_some(raw)
        });
        rival::worth(&self.engine, &self.senders, parent, &attributes, sent)
    }

    fn publish(&mut self, at_us: u64, payload: &ExecutionPayloadV2, root: B256) {
        let mut parents: Vec<Head> = self.candidates.iter().map(Head::of).collect();
        if self.replaced_us == Some(at_us) {
            parents.extend(&self.gave_way);
        }
        self.findings.parents.push(parents);
        let (judgement, block) = self.judge(payload, root);
        self.findings.published.push(judgement);
        let Some(block) = block else { return };
        let mut candidates = vec![block];
        // What builds on the sibling came after the head gave way.
        let is_after = |head: &Arc<Block>| head.hash() == payload.parent_hash;
        let is_open = self.replaced_us == Some(at_us) && !self.candidates.iter().any(is_after);
        if is_open || at_us <= self.owed_until_us {
            // Whether the head gave way before this block or after it is not known.
            candidates.extend(self.siblings(at_us, &candidates));
        }
        self.set_head(at_us, candidates);
    }

    /// The sequencer came back with a block. It is executed like every other: what a sequencer is
    /// said to have built on is not believed either.
    fn restore(&mut self, at_us: u64, payload: &ExecutionPayloadV2, root: B256) {
        if let (_, Some(block)) = self.judge(payload, root) {
            self.set_head(at_us, vec![block]);
        }
    }

    /// The head gives way to the sibling that L1 says.
    fn replace_head(&mut self, at_us: u64, owed_until_us: Option<u64>) {
        self.replaced_us = Some(at_us);
        let mut heads = self.siblings(at_us, &self.candidates.clone());
        if heads.is_empty() {
            return;
        }
        self.gave_way = self.candidates.iter().map(Head::of).collect();
        // A sequencer whose engine is not as it should be may be left with the one that it has.
        if let Some(until_us) = owed_until_us {
            self.owed_until_us = until_us;
            heads.extend(self.candidates.iter().cloned());
        }
        self.set_head(at_us, heads);
    }

    /// The siblings of heads; genesis has none.
    fn siblings(&mut self, at_us: u64, heads: &[Arc<Block>]) -> Vec<Arc<Block>> {
        // L1 replaces it in the slot whose block is the next.
        let slot = self.clock.slot_at(at_us).max(self.made_in + 1);
        let mut siblings = Vec::new();
        for head in heads {
            let attributes = self.findings.l1.sibling(slot, head.timestamp());
            let Ok(attributes) = Attributes::from_wire(&attributes) else {
                continue;
            };
            if let Ok(sibling) = self.engine.build(head.parent_hash(), &attributes) {
                let sibling = self.engine.insert(sibling);
                let published = PublishedBlock {
                    payload: Arc::new(sibling.payload().to_v2()),
                    parent_beacon_block_root: sibling.parent_beacon_block_root(),
                };
                self.findings.siblings.push((at_us, published));
                siblings.push(sibling);
            }
        }
        siblings
    }

    fn set_head(&mut self, at_us: u64, candidates: Vec<Arc<Block>>) {
        if let [head] = &*candidates {
            // The head moves along, so that old blocks are forgotten.
            let _moved = self
                .engine
                .fork_choice_updated(head.hash(), B256::ZERO, B256::ZERO);
        }
        if self.keeps {
            let kept = candidates.iter().map(|block| (block.hash(), block.clone()));
            self.findings.blocks.extend(kept);
        }
        let heads = candidates.iter().map(Head::of);
        self.findings.heads.push((at_us, heads.collect()));
        self.candidates = candidates;
    }

    fn judge(
        &mut self,
        payload: &ExecutionPayloadV2,
        root: B256,
    ) -> (Judgement, Option<Arc<Block>>) {
        if let Some(known) = self.engine.block(payload.block_hash)
            && block_hash(payload, root) == Some(known.hash())
        {
            return (Judgement::Valid, Some(Arc::clone(known)));
        }
        let Some(parent) = self.engine.block(payload.parent_hash).cloned() else {
            return (Judgement::UnknownParent, None);
        };
        match outcome::execute(&self.engine, &self.senders, &parent, payload, root) {
            Ok(block) => {
                let worth = outcome::worth(&block);
                self.findings.worth.insert(block.hash(), worth);
                (Judgement::Valid, Some(self.engine.insert(block)))
            }
            Err(why) => (Judgement::Invalid(why), None),
        }
    }
}
