//! Runs mutants and tells what became of them.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use super::Mutant;
use crate::plan::Plan;
use crate::rules::Violation;
use crate::suite::{self, Failure, Halt, RunOptions, Stop, in_order};

/// What became of a mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The rule that it breaks was violated.
    Killed {
        /// The first of its scenarios that showed it.
        scenario: &'static str,
        /// The first violation there.
        violation: Violation,
    },
    /// That rule was not violated in any of its scenarios.
    Survived,
}

/// What came of running a mutant.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The mutant.
    pub mutant: &'static Mutant,
    /// What became of it.
    pub fate: Fate,
    /// The rules that were violated besides its own, in any of its scenarios.
    pub others: BTreeSet<&'static str>,
    /// The scenarios without a trace, and why there is none. That kills no mutant.
    pub failures: Vec<(&'static str, String)>,
}

impl Outcome {
    /// Whether the mutant was killed by its own rule.
    #[must_use]
    pub const fn is_killed(&self) -> bool {
        matches!(self.fate, Fate::Killed { .. })
    }
}

/// Runs mutants, so many at the same time, each in its scenarios, whose plans are given by their
/// addresses. Hands over what became of them in their order, and how many have finished; once the
/// halt is requested, no further one is begun.
pub fn run_all(
    mutants: &[&'static Mutant],
    plans: &BTreeMap<&str, Plan>,
    jobs: NonZeroUsize,
    halt: &Halt,
    mut look: impl FnMut(usize, Vec<Outcome>),
) {
    in_order(
        jobs,
        halt.until(mutants.iter().copied()),
        |mutant| run(mutant, plans),
        |finished, ready| {
            look(finished, ready);
            ControlFlow::Continue(())
        },
    );
}

/// Runs a mutant in each of its scenarios, whose plans are given by their addresses.
#[must_use]
pub fn run(mutant: &'static Mutant, plans: &BTreeMap<&str, Plan>) -> Outcome {
    let mut outcome = Outcome {
        mutant,
        fate: Fate::Survived,
        others: BTreeSet::new(),
        failures: Vec::new(),
    };
    let options = RunOptions {
        players: mutant.variant.players(),
        ..RunOptions::default()
    };
    for scenario in mutant.scenarios {
        let Some(plan) = plans.get(scenario) else {
            let why = "there is no such scenario".to_owned();
            outcome.failures.push((scenario, why));
            continue;
        };
        match suite::judged(plan, &options, |_, outcome| outcome.failures) {
            Ok(failures) => outcome.note(scenario, failures),
            Err(Stop::Found(failure)) => outcome.note(scenario, [failure]),
            Err(stop) => outcome.failures.push((scenario, stop.to_string())),
        }
    }
    outcome
}

impl Outcome {
    fn note(&mut self, scenario: &'static str, failures: impl IntoIterator<Item = Failure>) {
        for failure in failures {
            match failure {
                Failure::Violated(rule, violations) => {
                    self.violated(scenario, rule.id, violations.into_iter().next());
                }
                Failure::NotExercised(_)
                | Failure::Unexpected { .. }
                | Failure::Disputed { .. }
                | Failure::NotDeterministic(_) => {}
            }
        }
    }

    fn violated(
        &mut self,
        scenario: &'static str,
        rule: &'static str,
        violation: Option<Violation>,
    ) {
        if rule != self.mutant.killed_by {
            self.others.insert(rule);
        } else if let (Fate::Survived, Some(violation)) = (&self.fate, violation) {
            self.fate = Fate::Killed {
                scenario,
                violation,
            };
        }
    }
}
