//! What retries are for: each attempt has its time, no transaction is lost, and what is given up is
//! given up on the wire too.

use std::collections::BTreeSet;

use super::forward_transaction::ALL_ATTEMPTS_US;
use super::record::TIMEOUT_US;
use super::tally::at_least;
use super::{Evidence, Level, Record, Rule, Subject, Tally};
use crate::dialect::{Answer, MAX_REPLY_BYTES, Meaning};
use crate::trace::{Failure, time};
use crate::view::{End, Exchange, Tuple};

/// How many calls of a sequencer are open at the same time at the most: far more than its own bounds
/// add up to, and far fewer than are in a run that leaks.
const MAX_OPEN: usize = 128;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "forward-transaction/waits-200-ms",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 120,
        quote: Some("**timeout**: 200ms"),
        source: Some(
            "execution-apis common, timeouts: callers MUST wait the timeout before they abort",
        ),
        evidence: &[Evidence::Wire, Evidence::Stimulus],
        check: waits,
    },
    Rule {
        id: "forward-transaction/none-is-lost",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 122,
        quote: Some(
            "Needed to ensure user transactions do not get \"lost\" in event of a failed post.",
        ),
        source: Some(
            "lines 56 and 122: who forwards users' transactions forwards each that it accepted, \
             however many were forwarded, or failed, before",
        ),
        evidence: &[Evidence::Wire, Evidence::Users, Evidence::Stimulus],
        check: none_is_lost,
    },
    Rule {
        id: "failsafe/no-leak",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 52,
        quote: None,
        source: Some(
            "line 52: liveness persists; a call that is given up holds no connection, and only so \
             many are open at once",
        ),
        evidence: &[Evidence::Wire, Evidence::Stimulus],
        check: no_leak,
    },
];

/// An attempt that is given up for its time had 200 ms, and a good answer that is complete before is
/// the last.
fn waits(record: &Record<'_>, tally: &mut Tally) {
    let guard_us = record.view.trace.clock.guard_us();
    for (exchange, arrived, _) in record.view.forwarded() {
        let begun_us = arrived.begun_us;
        let reply = exchange.reply.as_ref();
        match exchange.end() {
            End::GaveUp { at_us } if !may_end(record, exchange, at_us) => {
                let lasted_us = at_us.saturating_sub(begun_us);
                // It may have begun as much earlier.
                let at_most_us = lasted_us + record.connecting_us();
                if (lasted_us + 1..=at_most_us).contains(&TIMEOUT_US) {
                    continue;
                }
                tally.note_if(at_us, at_least(lasted_us, TIMEOUT_US, guard_us), || {
                    format!("an attempt was given up after {}", time(lasted_us))
                });
            }
            End::Complete { at_us }
                if (TIMEOUT_US * 3 / 4..TIMEOUT_US).contains(&(at_us - begun_us))
                    && reply.is_some_and(|reply| reply.answer.is_stored()) =>
            {
                tally.note(at_us, true, String::new);
            }
            End::GaveUp { .. } | End::Complete { .. } | End::Unknown => {}
        }
    }
}

/// Whether something ended an attempt by a time: a status, a cut, an outage.
fn may_end(record: &Record<'_>, exchange: &Exchange<'_>, by_us: u64) -> bool {
    let begun_us = exchange.arrived.as_ref().map_or(by_us, |it| it.begun_us);
    let reply = exchange.reply.as_ref();
    let is_bad = reply.is_some_and(|it| it.at_us <= by_us && it.reply.status != 200);
    let is_large = reply.is_some_and(|it| it.reply.body.len() > MAX_REPLY_BYTES);
    let is_cut = exchange
        .failed
        .is_some_and(|(_, failure)| failure != Failure::GivenUp);
    is_bad || is_large || is_cut || record.view.stimulus.is_out(begun_us, by_us)
}

/// Who forwards at all forwards what it accepts.
fn none_is_lost(record: &Record<'_>, tally: &mut Tally) {
    let stimulus = &record.view.stimulus;
    let forwarded: BTreeSet<_> = record.view.forwarded().map(|(_, _, it)| it).collect();
    if forwarded.is_empty() {
        return;
    }
    for call in &record.view.users {
        let (Meaning::UserTransaction(transaction), Some((answered_us, Answer::Accepted(_)))) =
            (&call.meaning, &call.answered)
        else {
            continue;
        };
        // Those before it may take as long.
        let until_us = answered_us + 2 * ALL_ATTEMPTS_US;
        let is_set = matches!(stimulus.tuple_at(call.sent_us), Tuple::Set(_))
            && !stimulus.tuple_changes(call.sent_us, *answered_us);
        let shows = until_us <= record.view.trace.ended_us
            && !stimulus.is_out(call.sent_us, until_us)
            && record
                .view
                .unheard_in(call.sent_us, until_us)
                .next()
                .is_none();
        if is_set && shows {
            tally.note(call.sent_us, forwarded.contains(transaction), || {
                "a transaction was accepted and never forwarded".to_owned()
            });
        }
    }
}

/// A payload request, and whatever else was sent to the builder, ends on the wire too.
fn no_leak(record: &Record<'_>, tally: &mut Tally) {
    let trace = record.view.trace;
    let stimulus = &record.view.stimulus;
    // What is told of the head may take a second.
    let patience_us = 1_000_000 + TIMEOUT_US + 4 * trace.clock.guard_us();
    let mut edges: Vec<(u64, bool)> = Vec::new();
    for exchange in &record.view.exchanges {
        let Some(arrived) = &exchange.arrived else {
            continue;
        };
        let begun_us = arrived.begun_us;
        let failed_us = exchange.failed.map(|(at_us, _)| at_us);
        let ended_us = match exchange.end() {
            End::Complete { at_us } | End::GaveUp { at_us } => Some(at_us),
            End::Unknown => failed_us,
        };
        edges.push((begun_us, true));
        edges.extend(ended_us.map(|at_us| (at_us, false)));
        let due_us = begun_us + patience_us;
        match ended_us {
            Some(at_us) => {
                if let End::GaveUp { .. } = exchange.end() {
                    tally.note(at_us, true, String::new);
                }
            }
            None if due_us <= trace.ended_us && !stimulus.is_out(begun_us, trace.ended_us) => {
                tally.note(due_us, false, || {
                    "the connection of a call that was given up stays open".to_owned()
                });
            }
            None => {}
        }
    }
    // Of the same instant, what ends comes first.
    edges.sort_unstable();
    let mut open = 0_usize;
    for (at_us, begins) in edges {
        open = if begins {
            open + 1
        } else {
            open.saturating_sub(1)
        };
        if open > MAX_OPEN {
            tally.note(at_us, false, || format!("{open} calls are open at once"));
            return;
        }
    }
}
