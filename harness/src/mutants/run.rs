//! Runs a mutant and tells what became of it.

use std::collections::{BTreeMap, BTreeSet};

use super::Mutant;
use crate::net::sim;
use crate::plan::Plan;
use crate::rules::{self, Verdict, Violation};

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

/// Runs a mutant in each of its scenarios, whose plans are given by their addresses.
#[must_use]
pub fn run(mutant: &'static Mutant, plans: &BTreeMap<&str, Plan>) -> Outcome {
    let mut outcome = Outcome {
        mutant,
        fate: Fate::Survived,
        others: BTreeSet::new(),
        failures: Vec::new(),
    };
    for scenario in mutant.scenarios {
        match verdicts(mutant, plans.get(scenario)) {
            Ok(verdicts) => outcome.note(scenario, verdicts),
            Err(why) => outcome.failures.push((scenario, why)),
        }
    }
    outcome
}

type Verdicts = Vec<(&'static rules::Rule, Verdict)>;

fn verdicts(mutant: &Mutant, plan: Option<&Plan>) -> Result<Verdicts, String> {
    let plan = plan.ok_or("there is no such scenario")?;
    let trace = sim::run_with(plan, &mutant.cast, plan.largest_tick_ms());
    let trace = trace.map_err(|error| error.to_string())?;
    Ok(rules::judge(&trace))
}

impl Outcome {
    fn note(&mut self, scenario: &'static str, verdicts: Verdicts) {
        for (rule, verdict) in verdicts {
            let Verdict::Violated(violations) = verdict else {
                continue;
            };
            if rule.id != self.mutant.killed_by {
                self.others.insert(rule.id);
            } else if let (Fate::Survived, Some(violation)) =
                (&self.fate, violations.into_iter().next())
            {
                self.fate = Fate::Killed {
                    scenario,
                    violation,
                };
            }
        }
    }
}
