//! `builder_forwardTransactionV1` (lines 111 to 133).

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{B256, Bytes, keccak256};
use gauntlet_protocol::constants::FORWARD_TRANSACTION;
use gauntlet_protocol::{ForwardTransactionParams, Status};
use gauntlet_rpc::FailureKind;
use gauntlet_sequencer::Event;
use serde_json::Value;

use super::{Evidence, Level, Rule, Subject, Tally, ends_us};
use crate::trace::{Host, time};
use crate::view::{Call, View};

/// One attempt and five retries (line 122). DECISION: retries-5.
const ATTEMPTS: usize = 6;

/// The timeout of line 120, in microseconds.
const TIMEOUT_US: u64 = 200_000;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "forward-transaction/encoding",
        level: Level::Declared,
        subject: Subject::Sequencer,
        line: 119,
        quote: Some("Hex Encoded RLP string of the transaction"),
        source: None,
        evidence: &[Evidence::Wire, Evidence::Blocks],
        check: encoding,
    },
    Rule {
        id: "forward-transaction/gives-up-at-200-ms",
        level: Level::Declared,
        subject: Subject::Sequencer,
        line: 120,
        quote: Some("timeout: 200ms"),
        source: None,
        evidence: &[Evidence::Wire, Evidence::Blocks],
        check: gives_up,
    },
    Rule {
        id: "forward-transaction/retries-unless-200",
        level: Level::Must,
        subject: Subject::Sequencer,
        line: 133,
        quote: Some("Client software MUST retry if status is not `200`."),
        source: None,
        evidence: &[Evidence::Wire, Evidence::Blocks],
        check: retries_unless_200,
    },
    Rule {
        id: "forward-transaction/five-retries",
        level: Level::Declared,
        subject: Subject::Sequencer,
        line: 122,
        quote: Some("retries: 5"),
        source: None,
        evidence: &[Evidence::Wire, Evidence::Blocks],
        check: five_retries,
    },
    Rule {
        id: "forward-transaction/stops-at-200",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 133,
        quote: None,
        source: Some("line 133: a transaction whose status is 200 is not sent again"),
        evidence: &[Evidence::Wire, Evidence::Blocks],
        check: stops_at_200,
    },
    Rule {
        id: "forward-transaction/same-bytes",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 133,
        quote: None,
        source: Some("line 133: what is tried again is the same transaction"),
        evidence: &[Evidence::Wire, Evidence::Blocks],
        check: same_bytes,
    },
    Rule {
        id: "forward-transaction/loud-log",
        level: Level::Should,
        subject: Subject::Sequencer,
        line: 123,
        quote: Some("Client SHOULD log loudly in event all 5 retries fail."),
        source: None,
        evidence: &[Evidence::Wire, Evidence::Blocks],
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

/// All attempts of a transaction, in order.
type Attempts<'v> = BTreeMap<B256, Vec<&'v Call<'v>>>;

/// The attempts that read, by the hash of the transaction in them.
fn attempts<'v>(view: &'v View<'v>) -> Attempts<'v> {
    let mut attempts = Attempts::new();
    for call in view.calls_of(Host::Sequencer, FORWARD_TRANSACTION) {
        if let Ok(params) = ForwardTransactionParams::from_json(call.params) {
            attempts
                .entry(keccak256(&params.transaction))
                .or_default()
                .push(call);
        }
    }
    attempts
}

/// Each attempt carries `0x` and two digits for each byte of an EIP-2718 transaction. DECISION:
/// forward-types.
fn encoding(view: &View<'_>, tally: &mut Tally) {
    for call in view.calls_of(Host::Sequencer, FORWARD_TRANSACTION) {
        let params = ForwardTransactionParams::from_json(call.params);
        let kind = params
            .as_ref()
            .ok()
            .and_then(|params| params.transaction.first().copied());
        let is_transaction = matches!(kind, Some(1 | 2 | 0xc0..));
        tally.note(call.sent_us, is_transaction, || match params {
            Err(error) => format!("the parameter does not read: {error}"),
            Ok(_) => "the parameter is no transaction that users send".to_owned(),
        });
    }
}

fn gives_up(view: &View<'_>, tally: &mut Tally) {
    for call in view.calls_of(Host::Sequencer, FORWARD_TRANSACTION) {
        let Some(ended) = call.ended else {
            let due_us = call.sent_us + TIMEOUT_US;
            if ends_us(view) > due_us {
                tally.note(due_us, false, || "an attempt goes on".to_owned());
            }
            continue;
        };
        let lasted_us = ended.at_us - call.sent_us;
        let timed_out = matches!(ended.outcome, Err(it) if it.kind == FailureKind::TimedOut);
        if timed_out || lasted_us >= TIMEOUT_US {
            tally.note(ended.at_us, timed_out && lasted_us == TIMEOUT_US, || {
                format!("an attempt lasted {}", time(lasted_us))
            });
        }
    }
}

/// An attempt that did not end with status 200 is followed by another one, up to the sixth.
/// DECISION: forward-status.
fn retries_unless_200(view: &View<'_>, tally: &mut Tally) {
    for calls in attempts(view).values() {
        for (index, call) in calls.iter().enumerate().take(ATTEMPTS - 1) {
            let Some(ended) = call.ended.filter(|_| !is_stored(call)) else {
                continue;
            };
            tally.note(ended.at_us, calls.len() > index + 1, || {
                format!("attempt {} failed and was the last", index + 1)
            });
        }
    }
}

/// A transaction that is never stored is sent six times, and no transaction is sent more often.
fn five_retries(view: &View<'_>, tally: &mut Tally) {
    for calls in attempts(view).values() {
        let Some(last) = calls.last() else { continue };
        let all_failed = calls
            .iter()
            .all(|call| call.ended.is_some() && !is_stored(call));
        let count = calls.len();
        if all_failed || count >= ATTEMPTS {
            tally.note(last.sent_us, count == ATTEMPTS, || {
                format!("a transaction was sent {count} times, not {ATTEMPTS} times")
            });
        }
    }
}

fn stops_at_200(view: &View<'_>, tally: &mut Tally) {
    for calls in attempts(view).values() {
        if let Some(index) = calls.iter().position(|call| is_stored(call)) {
            let more = calls.len() - index - 1;
            tally.note(calls[index].sent_us, more == 0, || {
                format!("a transaction was stored, and sent {more} times more")
            });
        }
    }
}

/// What is sent, however often, is what a user submitted.
fn same_bytes(view: &View<'_>, tally: &mut Tally) {
    let submitted: BTreeSet<Bytes> = view
        .exchanges_of(Host::Sequencer, "eth_sendRawTransaction")
        .filter_map(|exchange| ForwardTransactionParams::from_json(exchange.params).ok())
        .map(|params| params.transaction)
        .collect();
    for call in view.calls_of(Host::Sequencer, FORWARD_TRANSACTION) {
        let Ok(params) = ForwardTransactionParams::from_json(call.params) else {
            continue;
        };
        tally.note(
            call.sent_us,
            submitted.contains(&params.transaction),
            || "a transaction was forwarded that no user submitted".to_owned(),
        );
    }
}

/// DECISION: log-loudly: one ERROR for each transaction that all attempts failed for, and none for
/// others.
fn loud_log(view: &View<'_>, tally: &mut Tally) {
    let mut loud: BTreeMap<B256, u32> = BTreeMap::new();
    for (_, event) in view.sequencer() {
        if let Event::ForwardingFailed { hash, .. } = event {
            *loud.entry(*hash).or_default() += 1;
        }
    }
    for (hash, calls) in attempts(view) {
        let Some(last) = calls.last() else { continue };
        let errors = loud.get(&hash).copied().unwrap_or_default();
        let stored = calls.iter().any(|call| is_stored(call));
        if calls.len() >= ATTEMPTS && !stored && last.ended.is_some() {
            tally.note(last.sent_us, errors == 1, || {
                format!("all attempts failed, and {errors} errors were logged")
            });
        } else if stored && errors > 0 {
            tally.note(last.sent_us, false, || {
                "a stored transaction was logged as lost".to_owned()
            });
        }
    }
}

/// DECISION: duplicate-forward: a transaction that the builder has is answered with 200 again, and
/// is included once.
fn duplicates_harmless(view: &View<'_>, tally: &mut Tally) {
    let mut seen: BTreeMap<&str, bool> = BTreeMap::new();
    for exchange in view.exchanges_of(Host::Builder, FORWARD_TRANSACTION) {
        let stored = exchange.reply.is_some_and(|reply| {
            let body: Value = serde_json::from_slice(reply.body).unwrap_or_default();
            body.get("result")
                .cloned()
                .and_then(|it| serde_json::from_value(it).ok())
                == Some(Status::OK)
        });
        // A reply that was lost on its way was given all the same, and is not seen here.
        let gave = stored || exchange.tampered_reply.is_some();
        if seen.get(exchange.params) == Some(&true)
            && let Some(reply) = exchange.reply
        {
            tally.note(reply.at_us, stored, || {
                "a transaction that was stored before was refused".to_owned()
            });
        }
        let before = seen.entry(exchange.params).or_default();
        *before |= gave;
    }
}

/// DECISION: forward-status.
fn is_stored(call: &Call<'_>) -> bool {
    let result = call.ended.and_then(|ended| ended.outcome.ok());
    result
        .and_then(|json| serde_json::from_str::<Status>(json).ok())
        .is_some_and(Status::is_ok)
}
