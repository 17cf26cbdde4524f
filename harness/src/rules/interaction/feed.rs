//! How the builder is kept on the head: each block, and what a builder that lacks some gets.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::B256;
use gauntlet_protocol::ExecutionPayloadV2;

use super::super::{Evidence, Level, Record, Rule, Subject, Tally};
use crate::dialect::{Answer, Meaning};
use crate::plan::Fault;
use crate::trace::time;
use crate::view::{End, Exchange, Tuple};

const EVIDENCE: &[Evidence] = &[Evidence::Wire, Evidence::Blocks, Evidence::Stimulus];

/// How long the sequencer may take, from what it is told, until it sends what follows from it.
const AT_ONCE_US: u64 = 2000;

/// How many heads in one block time the sequencer need not tell of each: those of slots that it makes
/// up for.
const AT_ONCE: usize = 8;

/// How long a call can be held up after its link is well again: TCP sends again ever more rarely.
const HELD_UP_US: u64 = 4_000_000;

/// Within how many slots a builder that was away is led back.
const CATCHES_UP_SLOTS: u64 = 16;

pub(in crate::rules) const RULES: &[Rule] = &[
    Rule {
        id: "interaction/every-block-is-fed",
        level: Level::Declared,
        subject: Subject::Sequencer,
        line: 43,
        quote: Some("indicating an update to the chain's latest head"),
        source: None,
        evidence: EVIDENCE,
        check: every_block_is_fed,
    },
    Rule {
        id: "interaction/catches-the-builder-up",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 43,
        quote: None,
        source: Some(
            "line 43, and execution-apis paris: who answers SYNCING lacks the parent, and is an \
             update of the head away from it until it is handed over",
        ),
        evidence: EVIDENCE,
        check: catches_the_builder_up,
    },
    Rule {
        id: "interaction/attributes-after-catch-up",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 43,
        quote: None,
        source: Some(
            "line 43: a builder that has caught up is told of the head again, with the attributes \
             of the slot",
        ),
        evidence: EVIDENCE,
        check: attributes_after_catch_up,
    },
];

/// A block as it was handed to the builder.
struct Handed<'a> {
    begun_us: u64,
    /// When the answer reached the sequencer, and what it was.
    answered: Option<(u64, &'a str)>,
    payload: &'a ExecutionPayloadV2,
    root: B256,
}

/// What the builder was handed and told.
struct Feed<'a> {
    /// Each time that a block was handed over, in order.
    blocks: Vec<Handed<'a>>,
    /// The places of each block among those, by its hash.
    by_hash: BTreeMap<B256, Vec<usize>>,
    /// When each head was named in an update.
    updates: BTreeMap<B256, Vec<u64>>,
    /// When messages were sent that brought no answer.
    unanswered: Vec<u64>,
}

impl<'a> Feed<'a> {
    fn of(record: &Record<'a>) -> Self {
        let mut feed = Self {
            blocks: Vec::new(),
            by_hash: BTreeMap::new(),
            updates: BTreeMap::new(),
            unanswered: Vec::new(),
        };
        for exchange in &record.view.exchanges {
            let Some(arrived) = &exchange.arrived else {
                continue;
            };
            let answered = answered(exchange);
            match &arrived.meaning {
                Meaning::HeadUpdate { head, .. } => {
                    feed.updates
                        .entry(*head)
                        .or_default()
                        .push(arrived.begun_us);
                }
                Meaning::NewBlock {
                    payload,
                    parent_beacon_block_root,
                } => {
                    let of_hash = feed.by_hash.entry(payload.block_hash).or_default();
                    of_hash.push(feed.blocks.len());
                    feed.blocks.push(Handed {
                        begun_us: arrived.begun_us,
                        answered,
                        payload,
                        root: *parent_beacon_block_root,
                    });
                }
                Meaning::PayloadRequest(_)
                | Meaning::ForwardedTransaction(_)
                | Meaning::UserTransaction(_)
                | Meaning::Question(_)
                | Meaning::Other(_)
                | Meaning::Unread(_) => continue,
            }
            if answered.is_none() {
                feed.unanswered.push(arrived.begun_us);
            }
        }
        feed
    }

    /// Each time that a block was handed over, in order.
    fn of_hash(&self, hash: B256) -> impl Iterator<Item = &Handed<'a>> {
        let places = self.by_hash.get(&hash).into_iter().flatten();
        places.filter_map(|place| self.blocks.get(*place))
    }

    /// Whether a block is on its way at a time: the next one waits for it.
    fn is_busy(&self, at_us: u64) -> bool {
        self.blocks.iter().any(|block| {
            let until_us = block.answered.map_or(u64::MAX, |(at_us, _)| at_us);
            block.begun_us < at_us && at_us <= until_us
        })
    }
}

/// The status with which a message of the feed was answered, and when that reached the sequencer.
fn answered<'a>(exchange: &'a Exchange<'_>) -> Option<(u64, &'a str)> {
    let reply = exchange.reply.as_ref()?;
    match (&reply.answer, exchange.end()) {
        (Answer::Judged(status), End::Complete { at_us }) => Some((at_us, status)),
        _ => None,
    }
}

/// Whether a builder is registered from one time until another, nothing is lost on the way to it or
/// back, and it answers.
fn is_quiet(record: &Record<'_>, feed: &Feed<'_>, from_us: u64, until_us: u64) -> bool {
    let stimulus = &record.view.stimulus;
    let is_unanswered = |at_us: &u64| from_us <= *at_us && *at_us <= until_us;
    matches!(stimulus.tuple_at(from_us), Tuple::Set(_))
        && !stimulus.tuple_changes(from_us, until_us)
        && !stimulus.is_out(from_us, until_us)
        && record.view.unheard_in(from_us, until_us).next().is_none()
        && !feed.unanswered.iter().any(is_unanswered)
        && until_us <= record.view.trace.ended_us
}

/// Whether the link was slow or lossy so shortly before that a call may still be held up by it, or a
/// builder that was away is being handed what it lacks.
fn is_recovering(
    record: &Record<'_>,
    feed: &Feed<'_>,
    (made_us, until_us): (u64, u64),
    number: u64,
) -> bool {
    let plan = &record.view.trace.plan;
    let within = |fault: &Fault, before_us: u64| {
        let (from_ms, until_ms) = fault.times_ms();
        from_ms * 1000 <= until_us
            && until_ms.is_none_or(|until_ms| made_us <= until_ms * 1000 + before_us)
    };
    let mut faults = plan.faults.iter();
    if faults.any(|fault| matches!(fault, Fault::Disturbs { .. }) && within(fault, HELD_UP_US)) {
        return true;
    }
    let catch_up_us = CATCHES_UP_SLOTS * plan.chain.block_time_ms * 1000;
    let mut outages = plan.faults.iter();
    let is_led_back = |handed: &Handed<'_>| {
        made_us <= handed.begun_us
            && handed.begun_us <= until_us
            && handed.payload.block_number + 1 < number
    };
    outages.any(|fault| fault.of_engine().is_none() && within(fault, catch_up_us))
        && feed.blocks.iter().any(is_led_back)
}

/// Each head is handed to the builder as it is, in order, and named in an update, before which it was
/// handed over. Whether that arrives is the network's matter.
fn every_block_is_fed(record: &Record<'_>, tally: &mut Tally) {
    let feed = Feed::of(record);
    let plan = &record.view.trace.plan;
    let guard_us = record.view.trace.clock.guard_us();
    let block_time_us = plan.chain.block_time_ms * 1000;
    if 4 * round_trip_us(record) > block_time_us {
        // What is under way cannot be told from what was never sent.
        return;
    }
    let heads: Vec<(u64, B256, u64)> = record.findings.sure_heads().collect();
    let restored = record.view.trace.restored();
    let restored: BTreeSet<B256> = restored.map(|block| block.payload.block_hash).collect();
    let mut last_us = 0;
    for (place, (made_us, hash, number)) in heads.iter().copied().enumerate() {
        // What was published before was handed over before.
        if number == 0 || restored.contains(&hash) {
            continue;
        }
        let until_us = made_us + block_time_us;
        let until = heads.partition_point(|(at_us, ..)| *at_us <= until_us);
        // What was sent before may keep it waiting.
        let from_us = made_us.saturating_sub(2 * block_time_us);
        if !is_quiet(record, &feed, from_us, until_us)
            || until - place > AT_ONCE
            || is_recovering(record, &feed, (made_us, until_us), number)
        {
            continue;
        }
        let is_due = |at_us: u64| made_us <= at_us + guard_us && at_us <= until_us + guard_us;
        let Some(handed) = feed.of_hash(hash).find(|it| is_due(it.begun_us)) else {
            tally.note(made_us, false, || {
                format!("the builder was not handed block {number}, the head")
            });
            continue;
        };
        tally.result(handed.begun_us, as_it_is(record, handed));
        let first_us = feed.of_hash(hash).next().map_or(made_us, |it| it.begun_us);
        // Of heads that follow on one another at once the last may be handed over first, and those
        // before it when the builder turns out to lack them.
        let before_us = place.checked_sub(1).map_or(0, |before| heads[before].0);
        if made_us > before_us + round_trip_us(record) + AT_ONCE_US {
            tally.note(first_us, last_us <= first_us + guard_us, || {
                format!("the builder was handed block {number} before an earlier head")
            });
        }
        last_us = last_us.max(first_us);
        // It is not led back to a head that gave way in the meantime.
        let next_us = heads.get(place + 1).map_or(u64::MAX, |(at_us, ..)| *at_us);
        let soon_us = made_us + 4 * (round_trip_us(record) + AT_ONCE_US);
        let gives_way = record.view.stimulus.head_is_replaced(made_us + 1, soon_us);
        if next_us < soon_us || gives_way {
            continue;
        }
        let updates = feed.updates.get(&hash);
        let update = updates.and_then(|all| all.iter().copied().find(|at_us| is_due(*at_us)));
        let is_in_order = update
            .is_some_and(|at_us| handed.begun_us <= at_us + guard_us || feed.is_busy(made_us));
        tally.note(update.unwrap_or(made_us), is_in_order, || match update {
            Some(at_us) => format!(
                "the builder was told of head {number} at {}, and handed it at {}",
                time(at_us),
                time(handed.begun_us)
            ),
            None => format!("the builder was not told that block {number} is the head"),
        });
    }
}

/// What is handed over is what followers got, or what L1 put in its place.
fn as_it_is(record: &Record<'_>, handed: &Handed<'_>) -> Result<(), String> {
    let hash = handed.payload.block_hash;
    let published = record.view.published.iter().map(|block| block.block);
    let mut known = published.chain(record.findings.siblings());
    let Some(known) = known.find(|block| block.payload.block_hash == hash) else {
        return Ok(());
    };
    // One version of the payload writes no blob gas, the other one 0.
    let plain = |payload: &ExecutionPayloadV2| ExecutionPayloadV2 {
        blob_gas_used: payload.blob_gas_used.filter(|gas| *gas > 0),
        excess_blob_gas: payload.excess_blob_gas.filter(|gas| *gas > 0),
        ..payload.clone()
    };
    let number = known.payload.block_number;
    if plain(handed.payload) != plain(&known.payload) {
        return Err(format!("block {number} was handed over with other members"));
    }
    if handed.root != known.parent_beacon_block_root {
        return Err(format!(
            "block {number} was handed over with another beacon root"
        ));
    }
    Ok(())
}

/// To and fro, at the longest.
fn round_trip_us(record: &Record<'_>) -> u64 {
    let network = &record.view.trace.plan.network;
    let one_way = network.sequencer_to_builder_ms + network.builder_to_sequencer_ms;
    1000 * (one_way + 2 * network.jitter_ms)
}

/// Who lacks the parent of a block gets that at once, and once it has it, the block again.
fn catches_the_builder_up(record: &Record<'_>, tally: &mut Tally) {
    let feed = Feed::of(record);
    let guard_us = record.view.trace.clock.guard_us();
    // To a connection that was closed another one is opened, and one update may come between.
    let slack_us = 2 * round_trip_us(record) + AT_ONCE_US + guard_us;
    for (place, block) in feed.blocks.iter().enumerate() {
        let Some((at_us, status)) = block.answered else {
            continue;
        };
        let until_us = at_us + slack_us;
        if !is_quiet(record, &feed, at_us, until_us) {
            continue;
        }
        let follows = |hash: B256| {
            let mut of_hash = feed.of_hash(hash);
            of_hash.any(|next| at_us <= next.begun_us + guard_us && next.begun_us <= until_us)
        };
        let number = block.payload.block_number;
        match status {
            "SYNCING" if number > 1 => {
                tally.note(at_us, follows(block.payload.parent_hash), || {
                    format!("the builder lacks the parent of block {number}, and does not get it")
                });
            }
            "VALID" => {
                // The block that was handed over before its parent was.
                let before = feed.blocks[..place].iter().rev();
                let lacked = before
                    .take(AT_ONCE * 1024)
                    .find(|child| child.payload.parent_hash == block.payload.block_hash);
                let child = lacked.filter(|child| matches!(child.answered, Some((_, "SYNCING"))));
                if let Some(child) = child {
                    let number = child.payload.block_number;
                    tally.note(at_us, follows(child.payload.block_hash), || {
                        format!("the builder has the parent of block {number}, and does not get it")
                    });
                }
            }
            _ => {}
        }
    }
}

/// Who could not follow an update with attributes gets it again with the same attributes, once it
/// has the block that it names and that is the head still.
fn attributes_after_catch_up(record: &Record<'_>, tally: &mut Tally) {
    let feed = Feed::of(record);
    let guard_us = record.view.trace.clock.guard_us();
    let slack_us = 2 * round_trip_us(record) + AT_ONCE_US + guard_us;
    for exchange in &record.view.exchanges {
        let Some((behind_us, "SYNCING")) = answered(exchange) else {
            continue;
        };
        let Some(Meaning::HeadUpdate {
            head,
            attributes: Some(attributes),
            ..
        }) = exchange.meaning()
        else {
            continue;
        };
        // More than one piece of news can lead to handing it over; each waits for the one before.
        let handed = feed.of_hash(*head).filter(|it| it.begun_us >= behind_us);
        let caught_up_us = handed.filter_map(|handed| match handed.answered {
            Some((at_us, "VALID")) => Some(at_us),
            Some(_) => None,
            None => Some(u64::MAX),
        });
        let Some(caught_up_us) = caught_up_us.max() else {
            continue;
        };
        let until_us = caught_up_us.saturating_add(slack_us);
        let mut heads = record.findings.heads_at(caught_up_us);
        let is_head = heads.all(|of| of.hash == *head);
        if !is_head || !is_quiet(record, &feed, behind_us, until_us) {
            continue;
        }
        let again = record.view.exchanges.iter().any(|again| {
            let is_same = matches!(
                again.meaning(),
                Some(Meaning::HeadUpdate { head: of, attributes: Some(same), .. })
                    if of == head && same == attributes
            );
            let begun_us = again.arrived.as_ref().map(|arrived| arrived.begun_us);
            is_same && begun_us.is_some_and(|at_us| behind_us <= at_us && at_us <= until_us)
        });
        tally.note(caught_up_us, again, || {
            "the builder has caught up, and does not get the slot's attributes again".to_owned()
        });
    }
}
