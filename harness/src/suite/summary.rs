//! What many cases come to.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Exit, Report, Status};
use crate::rules::{self, Rule, Verdict};

/// What many cases come to.
#[derive(Clone, Debug)]
pub struct Summary {
    /// How many cases came to each status that any came to.
    pub cases: BTreeMap<Status, usize>,
    /// How many cases were not run, since somebody ended the run early.
    pub not_run: usize,
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
    /// In how many runs it held.
    pub held_in: u64,
    /// In how many runs it was violated, and that is a failure.
    pub violated_in: u64,
    /// In how many runs it was violated, and that is a warning.
    pub warned_in: u64,
    /// In how many runs the evidence for it was missing.
    pub not_observable_in: u64,
    /// In how many runs it came down to the guard band of a real clock.
    pub inconclusive_in: u64,
}

impl Default for Summary {
    fn default() -> Self {
        Self {
            cases: BTreeMap::new(),
            not_run: 0,
            rules: rules::all()
                .map(|rule| (rule, Standing::default()))
                .collect(),
            virtual_ms: 0,
            wall: Duration::ZERO,
        }
    }
}

impl Summary {
    /// Adds a case's report.
    pub fn add(&mut self, report: &Report) {
        *self.cases.entry(report.status()).or_default() += 1;
        let Some(ran) = report.ran() else { return };
        self.virtual_ms += ran.virtual_ms;
        let warned = |rule: &Rule| {
            let mut warnings = ran.outcome.warnings.iter();
            warnings.any(|warning| warning.rule() == Some(rule.id))
        };
        for ((rule, standing), (_, verdict)) in self.rules.iter_mut().zip(&ran.outcome.verdicts) {
            match verdict {
                Verdict::Held(times) => {
                    standing.held += times;
                    standing.held_in += 1;
                }
                Verdict::Violated(_) if warned(rule) => standing.warned_in += 1,
                Verdict::Violated(_) => standing.violated_in += 1,
                Verdict::NotObservable(_) => standing.not_observable_in += 1,
                Verdict::Inconclusive(_) => standing.inconclusive_in += 1,
                Verdict::NotExercised => {}
            }
        }
    }

    /// Whether it is not of all cases, since somebody ended the run early.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.not_run > 0
    }

    /// How many cases were run, or could not be.
    #[must_use]
    pub fn total(&self) -> usize {
        self.cases.values().sum()
    }

    /// How many cases came to a status.
    #[must_use]
    pub fn count(&self, status: Status) -> usize {
        self.cases.get(&status).copied().unwrap_or_default()
    }

    /// What it all comes to.
    #[must_use]
    pub fn exit(&self) -> Exit {
        let of_cases = self.cases.keys().map(|status| status.exit());
        let early = self.is_partial().then_some(Exit::Interrupted);
        of_cases.chain(early).max().unwrap_or_default()
    }

    /// The rules that were put to the test and violated in no run.
    pub fn held(&self) -> impl Iterator<Item = &'static Rule> + Clone {
        self.rules_where(|of| of.held > 0 && of.violated_in == 0 && of.warned_in == 0)
    }

    /// The rules that were violated, and in how many runs.
    pub fn violated(&self) -> impl Iterator<Item = (&'static Rule, u64)> + Clone {
        self.rules
            .iter()
            .filter(|(_, standing)| standing.violated_in > 0)
            .map(|(rule, standing)| (*rule, standing.violated_in))
    }

    /// The rules whose violation is a warning, and in how many runs that was.
    pub fn warned(&self) -> impl Iterator<Item = (&'static Rule, u64)> + Clone {
        self.rules
            .iter()
            .filter(|(_, standing)| standing.warned_in > 0 && standing.violated_in == 0)
            .map(|(rule, standing)| (*rule, standing.warned_in))
    }

    /// The rules that could be judged in no run, because the evidence was missing.
    pub fn not_observable(&self) -> impl Iterator<Item = &'static Rule> + Clone {
        self.rules_where(|of| of.is_open() && of.not_observable_in > 0)
    }

    /// The rules that could be judged in no run, because it came down to the guard band.
    pub fn inconclusive(&self) -> impl Iterator<Item = &'static Rule> + Clone {
        self.rules_where(|of| of.is_open() && of.not_observable_in == 0 && of.inconclusive_in > 0)
    }

    /// The rules that no run put to the test.
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

impl Standing {
    /// Whether no run says that it holds or that it does not.
    fn is_open(&self) -> bool {
        self.held == 0 && self.violated_in == 0 && self.warned_in == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_case_decides() {
        for (statuses, exit) in [
            (&[][..], Exit::Conforms),
            (&[Status::Passed], Exit::Conforms),
            (
                &[Status::Warned, Status::NotApplicable, Status::Inconclusive],
                Exit::Conforms,
            ),
            (&[Status::Passed, Status::Failed], Exit::Violation),
            (&[Status::Bad, Status::Failed], Exit::BadInput),
            (&[Status::Broken, Status::Bad, Status::Failed], Exit::Broken),
        ] {
            let summary = Summary {
                cases: statuses.iter().map(|status| (*status, 1)).collect(),
                ..Summary::default()
            };
            assert_eq!(summary.exit(), exit, "{statuses:?}");
            assert_eq!(summary.total(), statuses.len());
        }
    }

    #[test]
    fn what_was_not_run_to_its_end_never_conforms() {
        let summary = Summary {
            cases: [(Status::Passed, 3)].into(),
            not_run: 1,
            ..Summary::default()
        };
        assert_eq!((summary.exit(), summary.total()), (Exit::Interrupted, 3));
    }

    #[test]
    fn each_rule_is_counted_once() {
        let mut summary = Summary::default();
        let all = summary.rules.len();
        let standings = [
            Standing {
                held: 5,
                violated_in: 1,
                ..Standing::default()
            },
            Standing {
                held: 5,
                not_observable_in: 1,
                ..Standing::default()
            },
            Standing {
                held: 5,
                warned_in: 1,
                ..Standing::default()
            },
            Standing {
                not_observable_in: 1,
                inconclusive_in: 1,
                ..Standing::default()
            },
            Standing {
                inconclusive_in: 1,
                ..Standing::default()
            },
        ];
        for ((_, of), standing) in summary.rules.iter_mut().zip(standings) {
            *of = standing;
        }
        let counts = [
            summary.violated().count(),
            summary.held().count(),
            summary.warned().count(),
            summary.not_observable().count(),
            summary.inconclusive().count(),
            summary.not_exercised().count(),
        ];
        assert_eq!(counts, [1, 1, 1, 1, 1, all - 5]);
    }
}
