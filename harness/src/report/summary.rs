//! What many reports come to.

use std::time::Duration;

use crate::rules::{self, Rule, Verdict};
use crate::suite::{Exit, Report};

/// What many reports come to.
#[derive(Clone, Debug)]
pub struct Summary {
    /// How many scenarios are as they should be.
    pub passed: usize,
    /// How many are not.
    pub failed: usize,
    /// How many could not be run.
    pub bad: usize,
    /// How many broke the harness or were not the same twice.
    pub broken: usize,
    /// What became of each rule.
    pub rules: Vec<(&'static Rule, Standing)>,
    /// How long all runs are, in virtual milliseconds.
    pub virtual_ms: u64,
    /// How long they took whoever waited for them.
    pub wall: Duration,
}

/// What became of a rule in many runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// How often it held, in runs that did not violate it.
    pub held: u64,
    /// In how many runs it was violated.
    pub violated_in: u64,
}

impl Default for Summary {
    fn default() -> Self {
        Self {
            passed: 0,
            failed: 0,
            bad: 0,
            broken: 0,
            rules: rules::all()
                .map(|rule| (rule, Standing::default()))
                .collect(),
            virtual_ms: 0,
            wall: Duration::ZERO,
        }
    }
}

impl Summary {
    /// Adds a scenario's report.
    pub fn add(&mut self, report: &Report) {
        *match report.exit() {
            Exit::Conforms => &mut self.passed,
            Exit::Violation => &mut self.failed,
            Exit::BadInput => &mut self.bad,
            Exit::Broken => &mut self.broken,
        } += 1;
        let Some(ran) = report.ran() else { return };
        self.virtual_ms += ran.virtual_ms;
        for ((_, standing), (_, verdict)) in self.rules.iter_mut().zip(&ran.outcome.verdicts) {
            match verdict {
                Verdict::Held(times) => standing.held += times,
                Verdict::Violated(_) => standing.violated_in += 1,
                Verdict::NotExercised | Verdict::NotObservable(_) | Verdict::Inconclusive(_) => {}
            }
        }
    }

    /// How many scenarios there are.
    #[must_use]
    pub fn scenarios(&self) -> usize {
        self.passed + self.failed + self.bad + self.broken
    }

    /// What it all comes to.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match (self.broken, self.bad, self.failed) {
            (1.., _, _) => Exit::Broken,
            (0, 1.., _) => Exit::BadInput,
            (0, 0, 1..) => Exit::Violation,
            (0, 0, 0) => Exit::Conforms,
        }
    }

    /// The rules that were put to the test and violated in no run.
    pub fn held(&self) -> impl Iterator<Item = &'static Rule> + Clone {
        self.rules_where(|standing| standing.held > 0 && standing.violated_in == 0)
    }

    /// The rules that were violated, and in how many runs.
    pub fn violated(&self) -> impl Iterator<Item = (&'static Rule, u64)> + Clone {
        self.rules
            .iter()
            .filter(|(_, standing)| standing.violated_in > 0)
            .map(|(rule, standing)| (*rule, standing.violated_in))
    }

    /// The rules that nothing put to the test.
    pub fn not_exercised(&self) -> impl Iterator<Item = &'static Rule> + Clone {
        self.rules_where(|standing| *standing == Standing::default())
    }

    fn rules_where(
        &self,
        standing: impl Fn(&Standing) -> bool + Clone,
    ) -> impl Iterator<Item = &'static Rule> + Clone {
        self.rules
            .iter()
            .filter(move |(_, of)| standing(of))
            .map(|(rule, _)| *rule)
    }

    /// How many times faster than real time the runs were.
    #[must_use]
    pub fn speed(&self) -> f64 {
        let wall_s = self.wall.as_secs_f64().max(1e-6);
        Duration::from_millis(self.virtual_ms).as_secs_f64() / wall_s
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(broken: usize, bad: usize, failed: usize) -> Exit {
        let summary = Summary {
            passed: 1,
            failed,
            bad,
            broken,
            ..Summary::default()
        };
        summary.exit()
    }

    #[test]
    fn the_worst_scenario_decides() {
        assert_eq!(with(0, 0, 0), Exit::Conforms);
        assert_eq!(with(0, 0, 2), Exit::Violation);
        assert_eq!(with(0, 1, 2), Exit::BadInput);
        assert_eq!(with(3, 1, 2), Exit::Broken);
    }

    #[test]
    fn a_rule_that_was_violated_once_did_not_hold() {
        let mut summary = Summary::default();
        let all = summary.rules.len();
        summary.rules[0].1 = Standing {
            held: 5,
            violated_in: 1,
        };
        summary.rules[1].1.held = 5;
        assert_eq!(summary.violated().count(), 1);
        assert_eq!(summary.held().count(), 1);
        assert_eq!(summary.not_exercised().count(), all - 2);
    }
}
