//! Mempool Forwarding (lines 54 to 56).

use std::collections::BTreeMap;

use alloy_primitives::Bytes;

use super::tally::at_least;
use super::{Evidence, Level, Record, Rule, Subject, Tally};
use crate::dialect::Meaning;

pub(super) const RULES: &[Rule] = &[Rule {
    id: "mempool/forwarding-isolated",
    level: Level::Derived,
    subject: Subject::Sequencer,
    line: 56,
    quote: None,
    source: Some(
        "lines 52 and 56: forwarding delays neither block production nor the user's answer",
    ),
    evidence: &[Evidence::Wire, Evidence::Users],
    check: forwarding_isolated,
}];

/// A user whose transaction is forwarded is answered before the builder can have answered.
fn forwarding_isolated(record: &Record<'_>, tally: &mut Tally) {
    let trace = record.view.trace;
    let network = &trace.plan.network;
    let guard_us = trace.clock.guard_us();
    let (round_trip_us, users_us) = match guard_us {
        0 => (
            (network.sequencer_to_builder_ms + network.builder_to_sequencer_ms) * 1000,
            network.users_ms * 1000,
        ),
        // On loopback there is nothing to tell the one from the other but a long wait.
        _ => (0, 0),
    };
    let mut first_attempt: BTreeMap<&Bytes, u64> = BTreeMap::new();
    for (_, arrived, transaction) in record.view.forwarded() {
        let first = first_attempt.entry(transaction).or_insert(arrived.begun_us);
        *first = arrived.begun_us.min(*first);
    }
    for call in &record.view.users {
        let Meaning::UserTransaction(transaction) = &call.meaning else {
            continue;
        };
        let until_us = call.answered.as_ref().map_or(call.sent_us, |(at, _)| *at);
        let is_lost = record.view.stimulus.is_out(call.sent_us, until_us);
        let Some(begun_us) = first_attempt
            .get(transaction)
            .copied()
            // What an outage swallows is forwarded when it is there: at the latest after a
            // connection was opened for it.
            .or_else(|| is_lost.then_some(call.sent_us + 3 * users_us))
        else {
            continue;
        };
        let Some((answered_us, _)) = &call.answered else {
            tally.note(
                call.sent_us,
                call.failed.is_none() && is_open(record, call.sent_us),
                || "the user was never answered".to_owned(),
            );
            continue;
        };
        let left_us = answered_us.saturating_sub(users_us);
        let waited = at_least(left_us, begun_us + round_trip_us, guard_us);
        tally.note_if(call.sent_us, waited.map(|waited| !waited), || {
            format!(
                "the user was answered {} ms after the transaction had been forwarded",
                (left_us - begun_us) / 1000
            )
        });
    }
}

/// Whether a call of this time can still be under way when the run ends.
fn is_open(record: &Record<'_>, sent_us: u64) -> bool {
    /// Nobody waits longer for an answer.
    const PATIENCE_US: u64 = 1_000_000;
    sent_us + PATIENCE_US > record.view.trace.ended_us
}
