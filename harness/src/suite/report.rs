//! What became of a case.

use std::fmt;
use std::io;
use std::slice;
use std::time::Duration;

use super::{BadInput, Exit, Failure, Outcome, Undecided};
use crate::net::sim::RunError;
use crate::trace::{Difference, Digest, Trace};

/// What became of a case.
#[derive(Debug)]
pub struct Report {
    /// The case's address.
    pub address: String,
    /// The scenario's title; nothing if it could not be read.
    pub title: String,
    /// How it ended.
    pub end: End,
    /// How long it took whoever waited for it.
    pub wall: Duration,
}

/// How a case ended.
#[derive(Debug)]
pub enum End {
    /// It was run to its end and checked.
    Ran(Box<Ran>),
    /// Whoever is tried cannot do what it asks, and why.
    NotApplicable(String),
    /// There was nothing to run.
    Bad(BadInput),
    /// There is nothing to judge.
    Stopped(Stop),
}

/// Why there is nothing to judge.
#[derive(Debug)]
pub enum Stop {
    /// That is a finding about the nodes.
    Found(Failure),
    /// Gauntlet's own nodes were run twice, and were not the same.
    Differs(Box<Difference>),
    /// It could not be run, or not to its end.
    Failed(RunError),
    /// The transcript cannot be written.
    Unwritten(io::Error),
    /// The harness panicked.
    Broke,
}

/// A run, without its trace.
#[derive(Debug)]
pub struct Ran {
    /// The digest of the trace.
    pub digest: Digest,
    /// What the rules say.
    pub outcome: Outcome,
    /// The rules that the scenario is for.
    pub exercises: Vec<String>,
    /// How long the run is, in virtual milliseconds.
    pub virtual_ms: u64,
    /// The trace, if it is kept.
    pub trace: Option<Trace>,
}

/// What a case comes to, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// It is as it should be.
    Passed,
    /// It is as it must be, and not as it should be.
    Warned,
    /// It says nothing of whoever is tried: they cannot do what it asks, or what it is for cannot
    /// be observed of them.
    NotApplicable,
    /// What it is for came down to the guard band of a real clock.
    Inconclusive,
    /// It is not as it should be.
    Failed,
    /// It could not be run.
    Bad,
    /// The harness broke, or its own nodes were not the same twice.
    Broken,
}

impl Status {
    /// What it contributes to the exit code.
    #[must_use]
    pub fn exit(self) -> Exit {
        match self {
            Self::Passed | Self::Warned | Self::NotApplicable | Self::Inconclusive => {
                Exit::Conforms
            }
            Self::Failed => Exit::Violation,
            Self::Bad => Exit::BadInput,
            Self::Broken => Exit::Broken,
        }
    }
}

impl Report {
    /// What the case comes to, in a word.
    #[must_use]
    pub fn status(&self) -> Status {
        match &self.end {
            End::Ran(ran) => ran.outcome.status(),
            End::NotApplicable(_) => Status::NotApplicable,
            End::Bad(_) => Status::Bad,
            End::Stopped(stop) => stop.status(),
        }
    }

    /// What the case comes to.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.status().exit()
    }

    /// The run, if there was one to its end.
    #[must_use]
    pub fn ran(&self) -> Option<&Ran> {
        match &self.end {
            End::Ran(ran) => Some(ran),
            End::NotApplicable(_) | End::Bad(_) | End::Stopped(_) => None,
        }
    }

    /// What is wrong with the nodes, if anything is.
    #[must_use]
    pub fn failures(&self) -> &[Failure] {
        match &self.end {
            End::Ran(ran) => &ran.outcome.failures,
            End::Stopped(Stop::Found(failure)) => slice::from_ref(failure),
            End::NotApplicable(_)
            | End::Bad(_)
            | End::Stopped(Stop::Differs(_) | Stop::Failed(_) | Stop::Unwritten(_) | Stop::Broke) => {
                &[]
            }
        }
    }

    /// What the nodes were advised against and did.
    #[must_use]
    pub fn warnings(&self) -> &[Failure] {
        self.ran().map_or(&[], |ran| &ran.outcome.warnings)
    }

    /// Why the case says nothing, or not enough, of whoever is tried: a line each.
    #[must_use]
    pub fn reservations(&self) -> Vec<String> {
        match &self.end {
            End::Ran(ran) => {
                let undecided = ran.outcome.undecided.iter();
                undecided.map(ToString::to_string).collect()
            }
            End::NotApplicable(why) => vec![why.clone()],
            End::Bad(_) | End::Stopped(_) => Vec::new(),
        }
    }
}

impl Outcome {
    fn status(&self) -> Status {
        let lacks_evidence = |of: &Undecided| matches!(of, Undecided::NotObservable(..));
        if !self.failures.is_empty() {
            Status::Failed
        } else if self.undecided.iter().any(lacks_evidence) {
            Status::NotApplicable
        } else if !self.undecided.is_empty() {
            Status::Inconclusive
        } else if !self.warnings.is_empty() {
            Status::Warned
        } else {
            Status::Passed
        }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Found(failure) => failure.fmt(f),
            Self::Differs(difference) => difference.fmt(f),
            Self::Failed(error) => error.fmt(f),
            Self::Unwritten(error) => write!(f, "the transcript cannot be written: {error}"),
            Self::Broke => f.write_str("the harness panicked while it judged the run"),
        }
    }
}

impl Stop {
    fn status(&self) -> Status {
        match self {
            Self::Found(_) => Status::Failed,
            Self::Unwritten(_) => Status::Bad,
            Self::Failed(
                RunError::Genesis(_) | RunError::Impossible(_) | RunError::Tick { .. },
            ) => Status::Bad,
            Self::Failed(RunError::Simulator(_)) | Self::Differs(_) | Self::Broke => Status::Broken,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{self, Evidence};

    fn exit(end: End) -> Exit {
        let report = Report {
            address: String::new(),
            title: String::new(),
            end,
            wall: Duration::ZERO,
        };
        report.exit()
    }

    fn difference() -> Box<Difference> {
        Box::new(Difference {
            index: 0,
            first: None,
            second: None,
        })
    }

    #[test]
    fn a_plan_that_cannot_be_is_bad_input() {
        let tick = RunError::Tick {
            tick_ms: 7,
            largest_ms: 5,
        };
        let stopped = |error| exit(End::Stopped(Stop::Failed(error)));
        assert_eq!(stopped(tick), Exit::BadInput);
        let impossible = RunError::Impossible("it".to_owned());
        assert_eq!(stopped(impossible), Exit::BadInput);
        let simulator = RunError::Simulator("it".to_owned());
        assert_eq!(stopped(simulator), Exit::Broken);
    }

    #[test]
    fn what_is_found_of_nodes_is_a_violation_and_what_breaks_the_harness_is_not() {
        for (stop, expected) in [
            (
                Stop::Found(Failure::NotDeterministic(difference())),
                Exit::Violation,
            ),
            (Stop::Differs(difference()), Exit::Broken),
            (Stop::Broke, Exit::Broken),
        ] {
            assert_eq!(exit(End::Stopped(stop)), expected);
        }
        assert_eq!(exit(End::NotApplicable("it".to_owned())), Exit::Conforms);
    }

    #[test]
    fn what_is_wrong_weighs_more_than_what_is_open() {
        let rule = rules::all().next().unwrap();
        let failure = || Failure::NotExercised(rule.id.to_owned());
        let missing = Undecided::NotObservable(rule, Evidence::Log);
        let close = Undecided::Inconclusive(rule, 1);
        let of = |failures, warnings, undecided: &[Undecided]| {
            let outcome = Outcome {
                verdicts: Vec::new(),
                failures,
                warnings,
                undecided: undecided.to_vec(),
            };
            outcome.status()
        };
        let none = Vec::new;
        assert_eq!(of(none(), none(), &[]), Status::Passed);
        assert_eq!(of(none(), vec![failure()], &[]), Status::Warned);
        assert_eq!(of(none(), vec![failure()], &[close]), Status::Inconclusive);
        assert_eq!(of(none(), none(), &[close, missing]), Status::NotApplicable);
        assert_eq!(of(vec![failure()], none(), &[missing]), Status::Failed);
        assert_eq!(
            missing.to_string(),
            format!("{} is not observable without log", rule.id)
        );
    }
}
