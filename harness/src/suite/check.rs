//! Whether a run did what its plan says: every rule, and what the plan expects besides.

use std::collections::BTreeMap;
use std::fmt;

use alloy_primitives::Bytes;

use super::Failure;
use crate::dialect::Meaning;
use crate::oracle::{self, Findings};
use crate::plan::{Origin, SlotPlan};
use crate::rules::{self, Evidence, Level, Rule, Verdict};
use crate::trace::Trace;
use crate::view::{Following, Slot, View};

/// How strictly nodes are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Whether a violated SHOULD is a failure; a warning otherwise. All other levels fail always:
    /// what the specification declares, and what derives from it, is as binding as its MUST.
    pub strict: bool,
}

impl Profile {
    /// Every level fails, to which Gauntlet's own nodes are always held.
    pub const STRICT: Self = Self { strict: true };
    /// A violated SHOULD is a warning.
    pub const LENIENT: Self = Self { strict: false };

    fn warns(self, level: Level) -> bool {
        match level {
            Level::Should => !self.strict,
            Level::Must | Level::Declared | Level::Derived => false,
        }
    }
}

/// What a run showed.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What became of each rule.
    pub verdicts: Vec<(&'static Rule, Verdict)>,
    /// What is wrong, if anything is.
    pub failures: Vec<Failure>,
    /// What is advised against and was done; no reason to fail.
    pub warnings: Vec<Failure>,
    /// What the plan is for and cannot be told from this run.
    pub undecided: Vec<Undecided>,
}

/// A rule that a plan is for and on which the run says nothing, though it put it to the test.
#[derive(Clone, Copy, Debug)]
pub enum Undecided {
    /// The trace lacks the evidence.
    NotObservable(&'static Rule, Evidence),
    /// So many times it came down to the guard band of a real clock.
    Inconclusive(&'static Rule, u64),
}

impl fmt::Display for Undecided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotObservable(rule, evidence) => {
                write!(f, "{} is not observable without {evidence}", rule.id)
            }
            Self::Inconclusive(rule, times) => write!(
                f,
                "{} is inconclusive: {times} × within the guard band of the clock",
                rule.id
            ),
        }
    }
}

/// Checks a run.
#[must_use]
pub fn check(trace: &Trace, profile: Profile) -> Outcome {
    check_view(&View::of(trace), profile)
}

/// Checks the view of a run.
pub fn check_view(view: &View<'_>, profile: Profile) -> Outcome {
    check_findings(view, &oracle::judge(view), profile)
}

/// Checks the view of a run, with what the oracle found in it.
pub(super) fn check_findings(view: &View<'_>, findings: &Findings, profile: Profile) -> Outcome {
    let verdicts = rules::judge_findings(view, findings);
    let plan = &view.trace.plan;
    let mut outcome = weighed(verdicts, &plan.exercises, profile);
    outcome.failures.extend(disputes(view));
    let attempts = attempts(view);
    for (slot, planned) in view.slots.iter().zip(&plan.slots) {
        let unexpected = [
            block(view, slot, planned),
            requests(slot, planned),
            forward_attempts(view, &attempts, slot, planned),
        ];
        let number = slot.number;
        outcome.failures.extend(
            unexpected
                .into_iter()
                .flatten()
                .map(|what| Failure::Unexpected { slot: number, what }),
        );
    }
    outcome
}

/// The blocks that execution clients find invalid, one failure a client.
fn disputes(view: &View<'_>) -> Vec<Failure> {
    let of_client = |following: Following<'_>| {
        let first = following.disputes.first()?;
        Some(Failure::Disputed {
            client: following.client.to_owned(),
            at_us: first.at_us,
            number: first.number,
            reason: first.reason.to_owned(),
            more: following.disputes.len() - 1,
        })
    };
    view.following().into_iter().filter_map(of_client).collect()
}

/// What the verdicts come to for a plan that is for these rules.
fn weighed(
    verdicts: Vec<(&'static Rule, Verdict)>,
    exercises: &[String],
    profile: Profile,
) -> Outcome {
    let (mut failures, mut warnings, mut undecided) = (Vec::new(), Vec::new(), Vec::new());
    for (rule, verdict) in &verdicts {
        let is_for = exercises.iter().any(|id| id == rule.id);
        match verdict {
            Verdict::Violated(violations) => {
                let violated = Failure::Violated(rule, violations.clone());
                if profile.warns(rule.level) {
                    warnings.push(violated);
                } else {
                    failures.push(violated);
                }
            }
            Verdict::NotExercised if is_for => {
                failures.push(Failure::NotExercised(rule.id.to_owned()));
            }
            Verdict::NotObservable(evidence) if is_for => {
                undecided.push(Undecided::NotObservable(rule, *evidence));
            }
            Verdict::Inconclusive(times) if is_for => {
                undecided.push(Undecided::Inconclusive(rule, *times));
            }
            Verdict::Held(_)
            | Verdict::NotExercised
            | Verdict::NotObservable(_)
            | Verdict::Inconclusive(_) => {}
        }
    }
    Outcome {
        verdicts,
        failures,
        warnings,
        undecided,
    }
}

fn block(view: &View<'_>, slot: &Slot, planned: &SlotPlan) -> Option<String> {
    let expected = planned.expect.block?;
    let published = slot.published.first().map(|index| {
        if view.is_builders(slot, *index) {
            Origin::Builder
        } else {
            Origin::Local
        }
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

fn requests(slot: &Slot, planned: &SlotPlan) -> Option<String> {
    let expected = planned.expect.requests?;
    let sent = slot.request_count();
    (sent != usize::try_from(expected).unwrap_or(usize::MAX))
        .then(|| format!("expected {expected} payload requests, got {sent}"))
}

/// Each transaction that users submit in the slot is forwarded with so many attempts.
fn forward_attempts(
    view: &View<'_>,
    attempts: &BTreeMap<&Bytes, u32>,
    slot: &Slot,
    planned: &SlotPlan,
) -> Option<String> {
    let expected = planned.expect.forward_attempts?;
    let submitted = view
        .users
        .iter()
        .filter(|call| (slot.begins_us..slot.ends_us).contains(&call.sent_us))
        .filter_map(|call| match &call.meaning {
            Meaning::UserTransaction(transaction) => Some(transaction),
            Meaning::HeadUpdate { .. }
            | Meaning::NewBlock { .. }
            | Meaning::PayloadRequest(_)
            | Meaning::ForwardedTransaction(_)
            | Meaning::Question(_)
            | Meaning::Other(_)
            | Meaning::Unread(_) => None,
        });
    for transaction in submitted {
        let attempts = attempts.get(transaction).copied().unwrap_or_default();
        if attempts != expected {
            return Some(format!(
                "expected {expected} attempts to forward, got {attempts}"
            ));
        }
    }
    None
}

/// How often each transaction was forwarded.
fn attempts<'v>(view: &'v View<'_>) -> BTreeMap<&'v Bytes, u32> {
    let mut attempts = BTreeMap::new();
    for (_, _, transaction) in view.forwarded() {
        *attempts.entry(transaction).or_default() += 1;
    }
    attempts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Violation;

    /// A rule of this level.
    fn rule(level: Level) -> &'static Rule {
        rules::all().find(|rule| rule.level == level).unwrap()
    }

    fn violated() -> Verdict {
        Verdict::Violated(vec![Violation {
            at_us: 1,
            what: "it".to_owned(),
        }])
    }

    #[test]
    fn only_a_violated_should_is_a_warning_and_only_to_the_lenient() {
        for (level, profile, failures, warnings) in [
            (Level::Must, Profile::LENIENT, 1, 0),
            (Level::Should, Profile::LENIENT, 0, 1),
            (Level::Declared, Profile::LENIENT, 1, 0),
            (Level::Derived, Profile::LENIENT, 1, 0),
            (Level::Should, Profile::STRICT, 1, 0),
        ] {
            let outcome = weighed(vec![(rule(level), violated())], &[], profile);
            let counts = (outcome.failures.len(), outcome.warnings.len());
            assert_eq!(counts, (failures, warnings), "{level} {profile:?}");
        }
    }

    #[test]
    fn what_a_plan_is_for_is_exercised_or_told() {
        let rule = rule(Level::Must);
        for (verdict, failures, undecided) in [
            (Verdict::Held(1), 0, 0),
            (Verdict::NotExercised, 1, 0),
            (Verdict::NotObservable(Evidence::Log), 0, 1),
            (Verdict::Inconclusive(3), 0, 1),
        ] {
            let counts = |exercises: &[String]| {
                let verdicts = vec![(rule, verdict.clone())];
                let outcome = weighed(verdicts, exercises, Profile::STRICT);
                (outcome.failures.len(), outcome.undecided.len())
            };
            assert_eq!(counts(&[rule.id.to_owned()]), (failures, undecided));
            assert_eq!(counts(&[]), (0, 0), "of what it is not for: {verdict:?}");
        }
    }
}
