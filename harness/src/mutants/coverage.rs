//! What the suite holds each rule to: cases that are written for it, in which it holds, and mutants
//! that it kills.

use std::fmt;

use crate::rules::Rule;
use crate::suite::{Case, Standing, Summary};

/// What there is for a rule.
#[derive(Clone, Debug)]
pub struct Coverage {
    /// The rule.
    pub rule: &'static Rule,
    /// The addresses of the cases that are for it.
    pub cases: Vec<String>,
    /// What became of it over all cases.
    pub standing: Standing,
    /// The ids of the mutants that it is to kill.
    pub mutants: Vec<&'static str>,
}

/// What a rule lacks that must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// A case that is written for it.
    Case,
    /// A case in which it held.
    Exercise,
    /// A mutant that it kills.
    Mutant,
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Case => "no case is for it",
            Self::Exercise => "it held in no case",
            Self::Mutant => "it kills no mutant",
        })
    }
}

impl Coverage {
    /// What it lacks; nothing, if it only informs.
    #[must_use]
    pub fn lacks(&self) -> Vec<Lack> {
        let lacks = [
            (Lack::Case, self.cases.is_empty()),
            (Lack::Exercise, self.standing.held_in == 0),
            (Lack::Mutant, self.mutants.is_empty()),
        ];
        let binds = self.rule.level.binds();
        let of_rule = lacks.into_iter().filter(|(_, lacks)| binds && *lacks);
        of_rule.map(|(lack, _)| lack).collect()
    }
}

/// What there is for each rule, in these cases and what became of them.
#[must_use]
pub fn coverage(cases: &[Case], summary: &Summary) -> Vec<Coverage> {
    let of_rule = |(rule, standing): &(&'static Rule, Standing)| {
        let cases = cases.iter().filter(|case| case.is_for(rule.id));
        let mutants = super::all().filter(|mutant| mutant.killed_by == rule.id);
        Coverage {
            rule,
            cases: cases.map(|case| case.address.clone()).collect(),
            standing: *standing,
            mutants: mutants.map(|mutant| mutant.id).collect(),
        }
    };
    summary.rules.iter().map(of_rule).collect()
}
