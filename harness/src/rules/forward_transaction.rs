//! `builder_forwardTransactionV1` (lines 111 to 133).

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{B256, Bytes, keccak256};

use super::forwarded::sender_of;
use super::record::TIMEOUT_US;
use super::tally::at_most;
use super::{Evidence, Level, Record, Rule, Subject, Tally};
use crate::dialect::{Answer, Meaning};
use crate::trace::{LogLevel, time};
use crate::view::{Arrived, End, Exchange, Tuple};

/// One attempt and five retries (line 122). DECISION: retries-5.
pub(super) const ATTEMPTS: usize = 6;

/// How long all attempts can take, in microseconds. DECISION: retry-pause.
pub(super) const ALL_ATTEMPTS_US: u64 = ATTEMPTS as u64 * TIMEOUT_US;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "forward-transaction/encoding",
        level: Level::Declared,
        subject: Subject::Sequencer,
        line: 119,
        quote: Some("Hex Encoded RLP string of the transaction"),
        source: None,
        evidence: &[Evidence::Wire],
        check: encoding,
    },
    Rule {
        id: "forward-transaction/gives-up-at-200-ms",
        level: Level::Declared,
        subject: Subject::Sequencer,
        line: 120,
        quote: Some("**timeout**: 200ms"),
        source: None,
        evidence: &[Evidence::Wire],
        check: gives_up,
    },
    Rule {
        id: "forward-transaction/retries-unless-200",
        level: Level::Must,
        subject: Subject::Sequencer,
        line: 133,
        quote: Some("Client software ***MUST*** retry if status is not `200`."),
        source: None,
        evidence: &[Evidence::Wire],
        check: retries_unless_200,
    },
    Rule {
        id: "forward-transaction/five-retries",
        level: Level::Declared,
        subject: Subject::Sequencer,
        line: 122,
        quote: Some("**retries**: 5"),
        source: None,
        evidence: &[Evidence::Wire],
        check: five_retries,
    },
    Rule {
        id: "forward-transaction/stops-at-200",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 133,
        quote: None,
        source: Some("line 133: a transaction whose status is 200 is not sent again"),
        evidence: &[Evidence::Wire],
        check: stops_at_200,
    },
    Rule {
        id: "forward-transaction/same-bytes",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 133,
        quote: None,
        source: Some("line 133: what is tried again is the same transaction"),
        evidence: &[Evidence::Wire, Evidence::Users],
        check: same_bytes,
    },
    Rule {
        id: "forward-transaction/loud-log",
        level: Level::Should,
        subject: Subject::Sequencer,
        line: 123,
        quote: Some("Client ***SHOULD*** log loudly in event all 5 retries fail."),
        source: None,
        evidence: &[Evidence::Wire, Evidence::Users, Evidence::Log],
        check: loud_log,
    },
    Rule {
        id: "forward-transaction/duplicates-harmless",
        level: Level::Derived,
        subject: Subject::Builder,
        line: 122,
        quote: None,
        source: Some(
            "lines 122 and 133: retries make duplicates certain, so that they must do no harm",
        ),
        evidence: &[Evidence::Wire],
        check: duplicates_harmless,
    },
];

/// An attempt to hand a transaction on.
#[derive(Clone, Copy, Debug)]
struct Attempt<'a> {
    exchange: &'a Exchange<'a>,
    arrived: &'a Arrived<'a>,
}

impl Attempt<'_> {
    /// When it ended for the sequencer, and whether the transaction was stored then; nothing if it
    /// is not known how it ended. DECISION: forward-status.
    fn outcome(&self) -> Option<(u64, bool)> {
        let begun_us = self.arrived.begun_us;
        match self.exchange.end() {
            End::Complete { at_us } => {
                let is_stored = self
                    .exchange
                    .reply
                    .as_ref()
                    .is_some_and(|reply| reply.answer.is_stored());
                Some((at_us, is_stored && at_us - begun_us < TIMEOUT_US))
            }
            End::GaveUp { at_us } => Some((at_us, false)),
            End::Unknown => None,
        }
    }
}

/// The attempts that read, by the transaction in them, in order.
fn attempts<'a>(record: &Record<'a>) -> BTreeMap<&'a Bytes, Vec<Attempt<'a>>> {
    let mut attempts = BTreeMap::<&Bytes, Vec<Attempt<'_>>>::new();
    for (exchange, arrived, transaction) in record.view.forwarded() {
        let of = attempts.entry(transaction).or_default();
        of.push(Attempt { exchange, arrived });
    }
    for of in attempts.values_mut() {
        of.sort_by_key(|attempt| attempt.arrived.begun_us);
    }
    attempts
}

/// Each attempt carries `0x` and two digits for each byte of an EIP-2718 transaction. DECISION:
/// forward-types.
fn encoding(record: &Record<'_>, tally: &mut Tally) {
    for exchange in &record.view.exchanges {
        let Some(arrived) = &exchange.arrived else {
            continue;
        };
        match &arrived.meaning {
            Meaning::ForwardedTransaction(transaction) => {
                let is_transaction = matches!(transaction.first(), Some(1 | 2 | 0xc0..));
                tally.note(arrived.at_us, is_transaction, || {
                    "the parameter is no transaction that users send".to_owned()
                });
            }
            Meaning::Unread(why) => tally.note(arrived.at_us, false, || {
                format!("a request does not read: {why}")
            }),
            Meaning::HeadUpdate { .. }
            | Meaning::NewBlock { .. }
            | Meaning::PayloadRequest(_)
            | Meaning::UserTransaction(_)
            | Meaning::Question(_)
            | Meaning::Other(_) => {}
        }
    }
}

fn gives_up(record: &Record<'_>, tally: &mut Tally) {
    let guard_us = record.view.trace.clock.guard_us();
    for (exchange, arrived, _) in record.view.forwarded() {
        let due_us = arrived.begun_us + TIMEOUT_US;
        match exchange.end() {
            End::GaveUp { at_us } => {
                let lasted_us = at_us.saturating_sub(arrived.begun_us);
                if lasted_us >= TIMEOUT_US {
                    tally.note_if(at_us, at_most(lasted_us, TIMEOUT_US, guard_us), || {
                        format!("an attempt lasted {}", time(lasted_us))
                    });
                }
            }
            // That it was given up may not have got through.
            End::Complete { at_us }
                if at_us > due_us
                    && !record
                        .view
                        .stimulus
                        .is_out(arrived.begun_us, at_us + TIMEOUT_US) =>
            {
                let in_time = at_most(at_us, due_us, guard_us);
                tally.note_if(at_us, in_time, || {
                    format!("an attempt lasted {}", time(at_us - arrived.begun_us))
                });
            }
            End::Complete { .. } => {}
            End::Unknown => {
                let until_us = record.view.trace.ended_us;
                let is_over = exchange.reply.is_some()
                    || exchange.failed.is_some()
                    || record.view.stimulus.is_out(arrived.begun_us, until_us);
                if due_us + guard_us < until_us && !is_over {
                    tally.note(due_us, false, || "an attempt goes on".to_owned());
                }
            }
        }
    }
}

/// When the connection was cut off in place of a reply, if it was.
fn cut_us(exchange: &Exchange<'_>) -> Option<u64> {
    let is_open = exchange.reply.is_none() && exchange.closed_us.is_none();
    exchange.failed.filter(|_| is_open).map(|(at_us, _)| at_us)
}

/// An attempt that did not end with status 200 is followed by another one, up to the sixth.
fn retries_unless_200(record: &Record<'_>, tally: &mut Tally) {
    for attempts in attempts(record).values() {
        for (index, attempt) in attempts.iter().enumerate().take(ATTEMPTS - 1) {
            let ended = attempt.outcome().or_else(|| cut(attempt));
            let Some((ended_us, false)) = ended else {
                continue;
            };
            if shows_to_the_end(record, ended_us) {
                tally.note(ended_us, attempts.len() > index + 1, || {
                    format!("attempt {} failed and was the last", index + 1)
                });
            }
        }
    }
}

/// When an attempt was cut off, if it was.
fn cut(attempt: &Attempt<'_>) -> Option<(u64, bool)> {
    cut_us(attempt.exchange).map(|at_us| (at_us, false))
}

/// Whether everything that follows an attempt that ended then shows on the wire, and whatever may
/// have come before it.
fn shows_to_the_end(record: &Record<'_>, ended_us: u64) -> bool {
    let from_us = ended_us.saturating_sub(ALL_ATTEMPTS_US);
    // The last of them may be on its way for as long as it is waited for.
    let until_us = ended_us + ALL_ATTEMPTS_US + TIMEOUT_US;
    until_us <= record.view.trace.ended_us
        && !record.view.stimulus.is_out(from_us, until_us)
        && record.view.unheard_in(from_us, until_us).next().is_none()
}

/// A transaction that is never stored is sent six times, and no transaction is sent more often.
fn five_retries(record: &Record<'_>, tally: &mut Tally) {
    for attempts in attempts(record).values() {
        let (Some(first), Some(last)) = (attempts.first(), attempts.last()) else {
            continue;
        };
        let count = attempts.len();
        let has_failed = |attempt: &Attempt<'_>| {
            matches!(attempt.outcome().or_else(|| cut(attempt)), Some((_, false)))
        };
        let all_failed =
            attempts.iter().all(has_failed) && shows_to_the_end(record, first.arrived.begun_us);
        if all_failed || count >= ATTEMPTS {
            tally.note(last.arrived.begun_us, count == ATTEMPTS, || {
                format!("a transaction was sent {count} times, not {ATTEMPTS} times")
            });
        }
    }
}

fn stops_at_200(record: &Record<'_>, tally: &mut Tally) {
    for attempts in attempts(record).values() {
        let is_stored = |attempt: &Attempt<'_>| matches!(attempt.outcome(), Some((_, true)));
        if let Some(index) = attempts.iter().position(is_stored) {
            let more = attempts.len() - index - 1;
            tally.note(attempts[index].arrived.begun_us, more == 0, || {
                format!("a transaction was stored, and sent {more} times more")
            });
        }
    }
}

/// What is sent, however often, is what a user submitted.
fn same_bytes(record: &Record<'_>, tally: &mut Tally) {
    let submitted: BTreeSet<&Bytes> = record
        .view
        .users
        .iter()
        .filter_map(|call| {
            if let Meaning::UserTransaction(transaction) = &call.meaning {
                Some(transaction)
            } else {
                None
            }
        })
        .collect();
    for (_, arrived, transaction) in record.view.forwarded() {
        tally.note(arrived.begun_us, submitted.contains(transaction), || {
            "a transaction was forwarded that no user submitted".to_owned()
        });
    }
}

/// DECISION: log-loudly: one ERROR for each transaction that all attempts failed for, and none for
/// others.
fn loud_log(record: &Record<'_>, tally: &mut Tally) {
    let mut loud: BTreeMap<B256, u32> = BTreeMap::new();
    for (_, line) in record.view.logged() {
        if let (LogLevel::Error, Some(hash)) = (line.level, line.transaction) {
            *loud.entry(hash).or_default() += 1;
        }
    }
    let attempts = attempts(record);
    for (transaction, attempts) in &attempts {
        let Some(last) = attempts.last() else {
            continue;
        };
        let hash = keccak256(transaction);
        let errors = loud.get(&hash).copied().unwrap_or_default();
        let outcomes: Vec<_> = attempts
            .iter()
            .map(|attempt| attempt.outcome().or_else(|| cut(attempt)))
            .collect();
        let is_stored = outcomes.iter().any(|it| matches!(it, Some((_, true))));
        let all_failed = outcomes.iter().all(|it| matches!(it, Some((_, false))));
        if attempts.len() >= ATTEMPTS && all_failed {
            tally.note(last.arrived.begun_us, errors == 1, || {
                format!("all attempts failed, and {errors} errors were logged")
            });
        } else if is_stored && errors > 0 {
            tally.note(last.arrived.begun_us, false, || {
                "a stored transaction was logged as lost".to_owned()
            });
        }
    }
    // Where the builder is out for as long as all attempts can take, none of them shows.
    for call in &record.view.users {
        let (Meaning::UserTransaction(transaction), Some((answered_us, Answer::Accepted(_)))) =
            (&call.meaning, &call.answered)
        else {
            continue;
        };
        let stimulus = &record.view.stimulus;
        let until_us = answered_us + ALL_ATTEMPTS_US;
        let is_set = matches!(stimulus.tuple_at(call.sent_us), Tuple::Set(_))
            && !stimulus.tuple_changes(call.sent_us, *answered_us);
        if attempts.contains_key(transaction)
            || !is_set
            || until_us > record.view.trace.ended_us
            || !stimulus.is_away_throughout(call.sent_us, until_us)
        {
            continue;
        }
        let errors = loud
            .get(&keccak256(transaction))
            .copied()
            .unwrap_or_default();
        tally.note(until_us, errors == 1, || {
            format!("no attempt can have arrived, and {errors} errors were logged")
        });
    }
}

/// DECISION: duplicate-forward: a transaction that the builder has is answered with 200 again. One
/// whose place another one has taken since then it has no more.
fn duplicates_harmless(record: &Record<'_>, tally: &mut Tally) {
    let mut stored: BTreeMap<&Bytes, u64> = BTreeMap::new();
    for exchange in &record.view.exchanges {
        let (Some(passed), Some(given)) = (&exchange.passed, &exchange.given) else {
            continue;
        };
        let Meaning::ForwardedTransaction(transaction) = &passed.meaning else {
            continue;
        };
        let is_stored = given.answer.is_stored();
        if stored
            .get(transaction)
            .is_some_and(|stored_us| *stored_us <= passed.at_us)
        {
            if !is_stored && is_replaced(record, transaction) {
                continue;
            }
            tally.note(given.at_us, is_stored, || {
                "a transaction that was stored before was refused".to_owned()
            });
        }
        if is_stored {
            let first = stored.entry(transaction).or_insert(given.at_us);
            *first = given.at_us.min(*first);
        }
    }
}

/// Whether another transaction of the same sender and nonce was stored too, so that this one may have
/// given way.
fn is_replaced(record: &Record<'_>, transaction: &Bytes) -> bool {
    let place = sender_of(transaction);
    let mut exchanges = record.view.exchanges.iter();
    place.is_some()
        && exchanges.any(|exchange| {
            let passed = exchange.passed.as_ref().map(|passed| &passed.meaning);
            let Some(Meaning::ForwardedTransaction(other)) = passed else {
                return false;
            };
            let given = exchange.given.as_ref();
            let is_stored = given.is_some_and(|given| given.answer.is_stored());
            is_stored && other != transaction && sender_of(other) == place
        })
}
