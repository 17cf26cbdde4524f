//! Liveness Failsafe (lines 51 and 52).

pub(super) mod local_block;

use std::collections::BTreeMap;

use super::record::{Lack, Offer, Use, lack};
use super::tally::at_most;
use super::{Evidence, Level, Record, Rule, Subject, Tally};
use crate::trace::{Host, What, time};
use crate::view::{End, PayloadRequest, Slot, Tuple};

/// The sentence that the whole section hangs on.
const AUXILIARY: &str = "To maintain network liveness while utilizing the Builder API, the \
     Sequencer ***MUST*** operate an auxiliary process when building blocks.";

/// What the failsafe is for.
const PERSISTS: &str = "network liveness persists, even in instances where the builder's block \
     construction process may experience delays or is offline";

const WIRE_AND_BLOCKS: &[Evidence] = &[Evidence::Wire, Evidence::Blocks];
const ALL_AROUND: &[Evidence] = &[Evidence::Wire, Evidence::Blocks, Evidence::Stimulus];

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "failsafe/local-build-always",
        level: Level::Must,
        subject: Subject::Sequencer,
        line: 52,
        quote: Some(AUXILIARY),
        source: None,
        evidence: ALL_AROUND,
        check: local_build_always,
    },
    Rule {
        id: "failsafe/concurrent",
        level: Level::Declared,
        subject: Subject::Sequencer,
        line: 52,
        quote: Some(
            "This process concurrently executes a builder API request to the Buidler alongside a \
             local block production request through its local execution engine.",
        ),
        source: None,
        evidence: ALL_AROUND,
        check: concurrent,
    },
    Rule {
        id: "failsafe/lives-through-delay",
        level: Level::Declared,
        subject: Subject::Sequencer,
        line: 52,
        quote: Some(PERSISTS),
        source: None,
        evidence: ALL_AROUND,
        check: lives_through_delay,
    },
    Rule {
        id: "failsafe/lives-through-outage",
        level: Level::Declared,
        subject: Subject::Sequencer,
        line: 52,
        quote: Some(PERSISTS),
        source: None,
        evidence: ALL_AROUND,
        check: lives_through_outage,
    },
    Rule {
        id: "failsafe/lives-through-invalid-payload",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 52,
        quote: None,
        source: Some(
            "lines 52 and 109: an invalid payload means the local block, in the same slot",
        ),
        evidence: WIRE_AND_BLOCKS,
        check: lives_through_invalid_payload,
    },
    Rule {
        id: "failsafe/one-block-by-the-deadline",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 52,
        quote: None,
        source: Some(
            "line 52: every slot yields exactly one block by its end, whatever the builder does",
        ),
        evidence: &[Evidence::Blocks],
        check: one_block_by_the_deadline,
    },
    Rule {
        id: "failsafe/one-block-per-height",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 52,
        quote: None,
        source: Some(
            "execution-apis paris, payload validation: at most one block a height is published",
        ),
        evidence: &[Evidence::Blocks],
        check: one_block_per_height,
    },
    Rule {
        id: "failsafe/builder-used-again",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 52,
        quote: None,
        source: Some(
            "line 52: the failsafe is a training wheel, so a builder that recovered is used again",
        ),
        evidence: ALL_AROUND,
        check: builder_used_again,
    },
    Rule {
        id: "failsafe/sequencer-never-panics",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 52,
        quote: None,
        source: Some("line 52: a sequencer whose process broke makes no block"),
        evidence: &[Evidence::Panics],
        check: |record, tally| never_panics(record, tally, Host::Sequencer),
    },
    Rule {
        id: "failsafe/builder-never-panics",
        level: Level::Derived,
        subject: Subject::Builder,
        line: 43,
        quote: None,
        source: Some(
            "lines 43 to 45: a builder is told of heads and asked for blocks by another party",
        ),
        evidence: &[Evidence::Panics],
        check: |record, tally| never_panics(record, tally, Host::Builder),
    },
];

/// Nothing that is sent to a node makes it panic. It is put to the test by every message to it.
fn never_panics(record: &Record<'_>, tally: &mut Tally, host: Host) {
    let mut is_broken = false;
    for entry in &record.view.trace.entries {
        if let What::Panicked(why) = &entry.what
            && entry.host == host
        {
            is_broken = true;
            tally.note(entry.at_us, false, || format!("a panic: {why}"));
        }
    }
    if is_broken {
        return;
    }
    for exchange in &record.view.exchanges {
        let got_us = match host {
            Host::Builder => exchange.passed.as_ref().map(|passed| passed.at_us),
            Host::Sequencer => exchange.reply.as_ref().map(|reply| reply.at_us),
            Host::Users | Host::Operator | Host::Follower | Host::Proxy => None,
        };
        if let Some(at_us) = got_us {
            tally.note(at_us, true, String::new);
        }
    }
}

/// When the sequencer knows that the builder brings nothing that can be used, if that shows.
fn given_up_us(record: &Record<'_>, slot: &Slot, request: &PayloadRequest<'_>) -> Option<u64> {
    if let Some((at_us, _)) = lack(request) {
        return Some(at_us);
    }
    let validate_us = record.view.trace.plan.sequencer.validate_ms * 1000;
    let offer = record
        .offers_of(slot)
        .find(|offer| offer.request.exchange.number == request.exchange.number)?;
    let validated_us = (offer.at_us + validate_us).min(slot.ends_us);
    (offer.fate() == Use::MustNot || validated_us == slot.ends_us).then_some(validated_us)
}

/// Where the builder brings nothing, the local block is there, and as early as one is that was
/// built alongside: its build did not wait for the builder to fail.
fn local_build_always(record: &Record<'_>, tally: &mut Tally) {
    let plan = &record.view.trace.plan.sequencer;
    for slot in &record.view.slots {
        let is_replaced = record
            .view
            .stimulus
            .head_is_replaced(slot.begins_us, slot.ends_us);
        if is_replaced || record.is_hindered(slot) {
            continue;
        }
        if is_unasked(record, slot) {
            // What its network loses shows nothing of when the sequencer gives up.
            let due_us = match record.may_be_lost(slot) {
                true => slot.ends_us,
                false => slot.request_due_us + plan.build_ms * 1000,
            };
            alongside(record, slot, due_us, tally);
            continue;
        }
        let mut requests = record.view.requests_of(slot);
        let Some(given_up_us) = requests.find_map(|it| given_up_us(record, slot, &it)) else {
            continue;
        };
        let due_us = given_up_us.max(slot.request_due_us + plan.build_ms * 1000);
        alongside(record, slot, due_us, tally);
    }
}

/// Whether no block was requested in a slot and none had to be, or the request was not heard of.
fn is_unasked(record: &Record<'_>, slot: &Slot) -> bool {
    let is_set = matches!(record.registered(slot), Some(Tuple::Set(_)));
    slot.request_count() == 0 && (!is_set || record.is_fixed(slot) || record.may_be_lost(slot))
}

/// The block of a slot is there when it was due.
fn alongside(record: &Record<'_>, slot: &Slot, due_us: u64, tally: &mut Tally) {
    let Some(block) = record.published_in_time(slot) else {
        tally.note(due_us, false, || {
            format!("there is no local block in slot {}", slot.number)
        });
        return;
    };
    // A block that is already late by the clock is another rule's matter.
    let guard_us = record.view.trace.clock.guard_us();
    tally.note_if(block.at_us, at_most(block.at_us, due_us, guard_us), || {
        format!(
            "the local block of slot {} was not built alongside: it came at {} and was due at {}",
            slot.number,
            time(block.at_us),
            time(due_us)
        )
    });
}

/// Neither of the two waits for the other: the request leaves when it is due, however slow the
/// local engine is, and the builder's block is not held back by it.
fn concurrent(record: &Record<'_>, tally: &mut Tally) {
    let plan = &record.view.trace.plan.sequencer;
    let guard_us = record.view.trace.clock.guard_us();
    if plan.build_ms == 0 {
        return;
    }
    for slot in &record.view.slots {
        let is_replaced = record
            .view
            .stimulus
            .head_is_replaced(slot.begins_us, slot.ends_us);
        if is_replaced || record.is_hindered(slot) {
            continue;
        }
        for request in record.view.requests_of(slot) {
            let on_time = at_most(request.begun_us, slot.request_due_us, guard_us);
            tally.note_if(request.begun_us, on_time, || {
                format!(
                    "the request was sent at {} and was due at {}",
                    time(request.begun_us),
                    time(slot.request_due_us)
                )
            });
        }
        for offer in record.offers_of(slot) {
            let ready_us = offer.at_us + plan.validate_ms * 1000;
            let published = record.published_in_time(slot);
            if let (Use::Must, Some(block)) = (offer.fate(), published) {
                let at_once = at_most(block.at_us, ready_us, guard_us);
                tally.note_if(block.at_us, at_once, || {
                    format!(
                        "the builder's block was there at {} and was published at {}",
                        time(ready_us),
                        time(block.at_us)
                    )
                });
            }
        }
    }
}

/// The builder, or what it takes to judge its payload, takes too long.
fn lives_through_delay(record: &Record<'_>, tally: &mut Tally) {
    for slot in &record.view.slots {
        if let Some(unheard) = record.unheard(slot) {
            in_time(record, slot, unheard.closed_us, tally);
        }
    }
    let validate_us = record.view.trace.plan.sequencer.validate_ms * 1000;
    for (slot, request) in record.requests() {
        let is_out = record.view.stimulus.is_cut(request.begun_us, slot.ends_us);
        match lack(&request) {
            Some((at_us, Lack::Late)) if !is_out => in_time(record, slot, at_us, tally),
            Some(_) => {}
            None => {
                let is_slow = |offer: &Offer<'_>| offer.at_us + validate_us >= slot.ends_us;
                if let Some(offer) = record.offers_of(slot).find(is_slow) {
                    in_time(record, slot, offer.at_us, tally);
                }
            }
        }
    }
}

/// The builder, or the way to it or back, is not there, or what comes is no reply.
fn lives_through_outage(record: &Record<'_>, tally: &mut Tally) {
    let stimulus = &record.view.stimulus;
    for slot in &record.view.slots {
        let Some(Tuple::Set(_)) = record.registered(slot) else {
            continue;
        };
        let mut requests = record.view.requests_of(slot);
        let is_cut = requests.any(|request| {
            let is_late = matches!(lack(&request), Some((_, Lack::Late)));
            // In a slot that is over, a call without an end was cut off.
            matches!(lack(&request), Some((_, Lack::Outage)))
                || request.exchange.end() == End::Unknown
                || (is_late && stimulus.is_cut(request.begun_us, slot.ends_us))
        });
        let is_unasked = slot.request_count() == 0 && !record.is_fixed(slot);
        let is_out = is_unasked && stimulus.is_cut(slot.request_due_us, slot.ends_us);
        if is_cut || is_out {
            in_time(record, slot, slot.ends_us, tally);
        }
    }
}

fn lives_through_invalid_payload(record: &Record<'_>, tally: &mut Tally) {
    for (slot, request) in record.requests() {
        if let Some((at_us, Lack::Misfit)) = lack(&request) {
            in_time(record, slot, at_us, tally);
        }
    }
    for offer in record.offers() {
        if offer.differs().is_some() || offer.has_registered_key() == Some(false) {
            in_time(record, offer.slot, offer.at_us, tally);
        }
    }
}

fn in_time(record: &Record<'_>, slot: &Slot, at_us: u64, tally: &mut Tally) {
    if record.is_hindered(slot) {
        return;
    }
    let in_time = record.published_in_time(slot).is_some();
    tally.note(at_us, in_time, || {
        format!("no block was published by the end of slot {}", slot.number)
    });
}

fn one_block_by_the_deadline(record: &Record<'_>, tally: &mut Tally) {
    for slot in &record.view.slots {
        if record.is_hindered(slot) {
            continue;
        }
        let blocks: Vec<_> = record.view.published_in(slot).collect();
        let in_time = blocks
            .iter()
            .filter(|block| block.at_us <= slot.ends_us)
            .count();
        tally.note(slot.ends_us, in_time == 1, || match blocks.first() {
            _ if in_time > 1 => format!("slot {} has {in_time} blocks", slot.number),
            Some(block) => format!(
                "slot {} has its block only at {}, {} after its end",
                slot.number,
                time(block.at_us),
                time(block.at_us.saturating_sub(slot.ends_us))
            ),
            None => format!("slot {} has no block", slot.number),
        });
    }
}

fn one_block_per_height(record: &Record<'_>, tally: &mut Tally) {
    let mut published: BTreeMap<u64, u32> = BTreeMap::new();
    // What a sequencer came back with was published before.
    for block in record.view.trace.restored() {
        published.insert(block.payload.block_number, 1);
    }
    for block in &record.view.published {
        let number = block.block.payload.block_number;
        let count = published.entry(number).or_default();
        *count += 1;
        tally.note(block.at_us, *count == 1, || {
            format!("a second block of height {number} was published")
        });
    }
}

/// After a slot that fell back the builder is asked again, and a payload that is as it should be is
/// taken.
fn builder_used_again(record: &Record<'_>, tally: &mut Tally) {
    let mut had_fallen_back = false;
    for slot in &record.view.slots {
        let offer = record
            .offers_of(slot)
            .find(|offer| offer.fate() == Use::Must);
        let is_set = matches!(record.registered(slot), Some(Tuple::Set(_)));
        let is_asked_for = is_set && !record.is_fixed(slot);
        let is_unasked = slot.request_count() == 0
            && !record.may_be_lost(slot)
            && !record.is_replaced_at_request(slot)
            && !record.is_hindered(slot);
        if had_fallen_back && is_asked_for && is_unasked {
            tally.note(slot.request_due_us, false, || {
                format!("the builder is not asked any more in slot {}", slot.number)
            });
        }
        if let Some(offer) = offer.filter(|_| had_fallen_back) {
            tally.note(offer.at_us, offer.is_used(), || {
                format!(
                    "the builder had recovered and was not used in slot {}",
                    slot.number
                )
            });
        }
        let is_builders = slot
            .published
            .iter()
            .any(|index| record.view.is_builders(slot, *index));
        had_fallen_back |= is_asked_for && !is_builders;
    }
}
