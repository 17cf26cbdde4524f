//! Mempool Forwarding (lines 54 to 56).

use std::collections::BTreeMap;

use alloy_primitives::Bytes;

use super::{Evidence, Level, Record, Rule, Subject, Tally};
use crate::dialect::Meaning;
use crate::view::End;

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
    let round_trip_us = (network.sequencer_to_builder_ms + network.builder_to_sequencer_ms) * 1000;
    let users_us = match guard_us {
        0 => network.users_ms * 1000,
        _ => 0,
    };
    let mut first_attempt: BTreeMap<&Bytes, Attempt> = BTreeMap::new();
    for (exchange, arrived, transaction) in record.view.forwarded() {
        let begun_us = arrived.begun_us;
        let attempt = Attempt {
            begun_us,
            ended_us: match exchange.end() {
                End::Complete { at_us } | End::GaveUp { at_us } => Some(at_us),
                End::Unknown => None,
            },
        };
        let first = first_attempt.entry(transaction).or_insert(attempt);
        if begun_us < first.begun_us {
            *first = attempt;
        }
    }
    for call in &record.view.users {
        let Meaning::UserTransaction(transaction) = &call.meaning else {
            continue;
        };
        let until_us = call.answered.as_ref().map_or(call.sent_us, |(at, _)| *at);
        let is_lost = record.view.stimulus.is_out(call.sent_us, until_us);
        let Some(attempt) = first_attempt
            .get(transaction)
            .copied()
            // What an outage swallows is forwarded when it is there: at the latest after a
            // connection was opened for it.
            .or_else(|| {
                is_lost.then_some(Attempt {
                    begun_us: call.sent_us + 3 * users_us,
                    ended_us: None,
                })
            })
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
        // One that is sent again was forwarded for the first time that it came.
        if attempt.begun_us < call.sent_us + users_us {
            continue;
        }
        let left_us = answered_us.saturating_sub(users_us);
        let waited = match guard_us {
            0 => Some(left_us >= attempt.begun_us + round_trip_us),
            _ => attempt.was_awaited(left_us, guard_us),
        };
        tally.note_if(call.sent_us, waited.map(|waited| !waited), || {
            format!(
                "the user was answered {} ms after the transaction had been forwarded",
                (left_us - attempt.begun_us) / 1000
            )
        });
    }
}

/// An attempt to forward a transaction.
#[derive(Clone, Copy)]
struct Attempt {
    begun_us: u64,
    /// When the sequencer had its answer or gave it up, if it did.
    ended_us: Option<u64>,
}

impl Attempt {
    /// Whether a user who was answered at this time was so only when the attempt was over, if a clock
    /// with this guard band can tell: of a short attempt it cannot, since an answer may be late for
    /// any other reason.
    fn was_awaited(self, answered_us: u64, guard_us: u64) -> Option<bool> {
        let Some(ended_us) = self.ended_us else {
            return Some(false);
        };
        if answered_us + guard_us <= ended_us {
            return Some(false);
        }
        let is_long = ended_us - self.begun_us >= 4 * guard_us;
        is_long.then_some(true)
    }
}

/// Whether a call of this time can still be under way when the run ends.
fn is_open(record: &Record<'_>, sent_us: u64) -> bool {
    /// Nobody waits longer for an answer.
    const PATIENCE_US: u64 = 1_000_000;
    sent_us + PATIENCE_US > record.view.trace.ended_us
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_a_real_clock_only_a_long_attempt_can_be_seen_to_be_awaited() {
        let awaited = |ended_us: Option<u64>, answered_us| {
            let begun_us = 1_000_000;
            Attempt { begun_us, ended_us }.was_awaited(answered_us, 25_000)
        };
        // A builder that takes 200 ms.
        let slow = Some(1_200_000);
        assert_eq!(awaited(slow, 1_175_000), Some(false));
        assert_eq!(awaited(slow, 1_175_001), Some(true));
        assert_eq!(awaited(slow, 1_900_000), Some(true));
        // One that takes 99 ms, and a machine that is busy.
        let quick = Some(1_099_999);
        assert_eq!(awaited(quick, 1_074_999), Some(false));
        assert_eq!(awaited(quick, 1_900_000), None);
        assert_eq!(awaited(None, 1_900_000), Some(false));
    }
}
