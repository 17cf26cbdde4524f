//! Runs mutants and tells what became of them.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use super::Mutant;
use crate::rules::Violation;
use crate::suite::{self, BadInput, Case, Failure, Halt, RunOptions, Stop, Suite, in_order};

/// The cases that expose mutants, by the addresses under which mutants name them.
pub type Cases = BTreeMap<&'static str, Vec<Case>>;

/// A rule that noticed a mutant in a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kill {
    /// The rule that was violated.
    pub rule: &'static str,
    /// The address of the case.
    pub case: String,
    /// The first violation there.
    pub violation: Violation,
}

/// What came of running a mutant.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The mutant.
    pub mutant: &'static Mutant,
    /// Every rule that noticed it, in every case.
    pub kills: Vec<Kill>,
    /// The cases without a trace, and why there is none. That kills no mutant.
    pub failures: Vec<(String, String)>,
}

impl Outcome {
    /// Where its own rule noticed it first, if it did: it is killed.
    #[must_use]
    pub fn killed(&self) -> Option<&Kill> {
        let mut kills = self.kills.iter();
        kills.find(|kill| kill.rule == self.mutant.killed_by)
    }

    /// Where rules besides its own noticed it: the first case of each.
    pub fn collateral(&self) -> impl Iterator<Item = &Kill> {
        let mut seen = BTreeSet::from([self.mutant.killed_by]);
        self.kills.iter().filter(move |kill| seen.insert(kill.rule))
    }
}

/// The cases of these mutants.
///
/// # Errors
///
/// What is wrong with the first that cannot be run.
pub fn cases(suite: &Suite, mutants: &[&'static Mutant]) -> Result<Cases, BadInput> {
    let mut cases = Cases::new();
    for address in mutants.iter().flat_map(|mutant| mutant.scenarios) {
        if cases.contains_key(address) {
            continue;
        }
        let mut found = suite.below(address);
        if found.is_empty() {
            // Says what there is instead.
            found.push(suite.case(address));
        }
        if let Some(bad) = found.iter().find_map(|case| case.input.as_ref().err()) {
            return Err(bad.clone());
        }
        cases.insert(address, found);
    }
    Ok(cases)
}

/// Runs mutants, so many at the same time, each in its cases. Hands over what became of them in
/// their order, and how many have finished; once the halt is requested, no further one is begun.
pub fn run_all(
    mutants: &[&'static Mutant],
    cases: &Cases,
    jobs: NonZeroUsize,
    halt: &Halt,
    mut look: impl FnMut(usize, Vec<Outcome>),
) {
    in_order(
        jobs,
        halt.until(mutants.iter().copied()),
        |mutant| run(mutant, cases),
        |finished, ready| {
            look(finished, ready);
            ControlFlow::Continue(())
        },
    );
}

/// Runs a mutant in each of its cases.
#[must_use]
pub fn run(mutant: &'static Mutant, cases: &Cases) -> Outcome {
    let mut outcome = Outcome {
        mutant,
        kills: Vec::new(),
        failures: Vec::new(),
    };
    let options = RunOptions {
        players: mutant.variant.players(),
        ..RunOptions::default()
    };
    for scenario in mutant.scenarios {
        let Some(cases) = cases.get(scenario) else {
            let why = "there is no such scenario".to_owned();
            outcome.failures.push(((*scenario).to_owned(), why));
            continue;
        };
        for Case { address, input } in cases {
            let judged = match input {
                Ok(plan) => suite::judged(plan, &options, |_, outcome| outcome.failures),
                Err(bad) => {
                    outcome.failures.push((address.clone(), bad.to_string()));
                    continue;
                }
            };
            match judged {
                Ok(failures) => outcome.note(address, failures),
                Err(Stop::Found(failure)) => outcome.note(address, [failure]),
                Err(stop) => outcome.failures.push((address.clone(), stop.to_string())),
            }
        }
    }
    outcome
}

impl Outcome {
    fn note(&mut self, case: &str, failures: impl IntoIterator<Item = Failure>) {
        for failure in failures {
            match failure {
                Failure::Violated(rule, violations) => {
                    let kill = |violation| Kill {
                        rule: rule.id,
                        case: case.to_owned(),
                        violation,
                    };
                    self.kills.extend(violations.into_iter().next().map(kill));
                }
                Failure::NotExercised(_)
                | Failure::Unexpected { .. }
                | Failure::Disputed { .. }
                | Failure::NotDeterministic(_) => {}
            }
        }
    }
}
