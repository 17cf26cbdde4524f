//! Whether a run did what its plan says: every rule, and what the plan expects besides.

use std::fmt;

use gauntlet_protocol::ForwardTransactionParams;
use gauntlet_protocol::constants::FORWARD_TRANSACTION;
use gauntlet_sequencer as sequencer;

use crate::plan::{Origin, SlotPlan};
use crate::rules::{self, Rule, Verdict, Violation};
use crate::trace::{Host, Trace, time};
use crate::view::{SlotView, View};

/// What a run showed.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What became of each rule.
    pub verdicts: Vec<(&'static Rule, Verdict)>,
    /// What is wrong, if anything is.
    pub failures: Vec<Failure>,
}

/// Something that is wrong with a run.
#[derive(Clone, Debug)]
pub enum Failure {
    /// A rule was violated.
    Violated(&'static Rule, Vec<Violation>),
    /// The plan is for a rule, and nothing in the run put it to the test.
    NotExercised(String),
    /// A slot is not as the plan expects it.
    Unexpected {
        /// The slot's number, from 1.
        slot: u64,
        /// What was expected, and what was seen.
        what: String,
    },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Violated(rule, violations) => {
                let Some(first) = violations.first() else {
                    return f.write_str(rule.id);
                };
                write!(
                    f,
                    "violated {} at {}: {}",
                    rule.id,
                    time(first.at_us),
                    first.what
                )?;
                match violations.len() - 1 {
                    0 => Ok(()),
                    more => write!(f, " (and {more} more)"),
                }
            }
            Self::NotExercised(rule) => {
                write!(f, "not exercised {rule}, which the scenario is for")
            }
            Self::Unexpected { slot, what } => write!(f, "unexpected in slot {slot}: {what}"),
        }
    }
}

/// Checks a run.
#[must_use]
pub fn check(trace: &Trace) -> Outcome {
    let verdicts = rules::judge(trace);
    let mut failures = Vec::new();
    for (rule, verdict) in &verdicts {
        match verdict {
            Verdict::Violated(violations) => {
                failures.push(Failure::Violated(rule, violations.clone()));
            }
            Verdict::NotExercised | Verdict::NotObservable(_) | Verdict::Inconclusive(_)
                if trace.plan.exercises.iter().any(|id| id == rule.id) =>
            {
                failures.push(Failure::NotExercised(rule.id.to_owned()));
            }
            Verdict::Held(_)
            | Verdict::NotExercised
            | Verdict::NotObservable(_)
            | Verdict::Inconclusive(_) => {}
        }
    }
    let view = View::of(trace);
    for (slot, planned) in view.slots.iter().zip(&trace.plan.slots) {
        let unexpected = [
            block(slot, planned),
            requests(slot, planned),
            forward_attempts(&view, slot, planned),
        ];
        let number = slot.number;
        failures.extend(
            unexpected
                .into_iter()
                .flatten()
                .map(|what| Failure::Unexpected { slot: number, what }),
        );
    }
    Outcome { verdicts, failures }
}

fn block(slot: &SlotView<'_>, planned: &SlotPlan) -> Option<String> {
    let expected = planned.expect.block?;
    let published = slot.published.first().map(|block| match block.origin {
        sequencer::Origin::Builder => Origin::Builder,
        sequencer::Origin::Local => Origin::Local,
    });
    if published == Some(expected) {
        return None;
    }
    let name = |origin| match origin {
        Some(Origin::Builder) => "the builder's block",
        Some(Origin::Local) => "the local block",
        None => "no block",
    };
    Some(format!(
        "expected {}, got {}",
        name(Some(expected)),
        name(published)
    ))
}

fn requests(slot: &SlotView<'_>, planned: &SlotPlan) -> Option<String> {
    let expected = planned.expect.requests?;
    let sent = slot.requests.len();
    (sent != usize::try_from(expected).unwrap_or(usize::MAX))
        .then(|| format!("expected {expected} payload requests, got {sent}"))
}

/// Each transaction that users submit in the slot is forwarded with so many attempts.
fn forward_attempts(view: &View<'_>, slot: &SlotView<'_>, planned: &SlotPlan) -> Option<String> {
    let expected = usize::try_from(planned.expect.forward_attempts?).unwrap_or(usize::MAX);
    let submitted = view
        .exchanges_of(Host::Sequencer, "eth_sendRawTransaction")
        .filter(|exchange| (slot.begins_us..slot.ends_us).contains(&exchange.received_us))
        .filter_map(|exchange| ForwardTransactionParams::from_json(exchange.params).ok());
    for params in submitted {
        let attempts = view
            .calls_of(Host::Sequencer, FORWARD_TRANSACTION)
            .filter(|call| ForwardTransactionParams::from_json(call.params).as_ref() == Ok(&params))
            .count();
        if attempts != expected {
            return Some(format!(
                "expected {expected} attempts to forward, got {attempts}"
            ));
        }
    }
    None
}
