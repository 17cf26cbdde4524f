//! A scenario, run and checked.

use std::panic::{self, AssertUnwindSafe};
use std::thread;
use std::time::Duration;

use thiserror::Error;

use super::{Exit, Outcome, check};
use crate::net::sim::{self, RunError};
use crate::plan::Plan;
use crate::scenario::ScenarioError;
use crate::trace::Difference;
use crate::trace::{self, Digest, Reading, Trace};
use crate::world::Cast;

/// What there is to run under an address.
#[derive(Clone, Debug)]
pub struct Case {
    /// The address: the path below the folder of scenarios, without the ending.
    pub address: String,
    /// The plan, or why there is none.
    pub input: Input,
}

/// A plan, or why there is none.
pub type Input = Result<Plan, BadInput>;

/// Why there is nothing to run.
#[derive(Clone, Debug, Error)]
pub enum BadInput {
    /// The scenario file cannot be read, or is no scenario.
    #[error(transparent)]
    File(#[from] ScenarioError),
    /// There is no such scenario.
    #[error(transparent)]
    Unknown(#[from] UnknownScenario),
}

/// There is nothing of this name.
#[derive(Clone, Debug, Error)]
#[error("{message}")]
pub struct UnknownScenario {
    /// What there is not.
    pub message: String,
    /// What may have been meant.
    pub help: Vec<String>,
}

/// How to run.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunOptions {
    /// Whether the trace is kept, and how.
    pub keep: Keep,
    /// The simulator's step in milliseconds; the largest that is exact, unless given.
    pub tick_ms: Option<u64>,
    /// Whether to run twice and compare.
    pub twice: Twice,
}

/// Whether a trace is kept, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// It is not.
    #[default]
    Nothing,
    /// As a person reads it.
    Story,
    /// As lines of JSON.
    Lines,
}

/// Whether a scenario is run twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Twice {
    /// Once.
    #[default]
    No,
    /// Twice, at the same time, in two threads.
    Yes,
}

/// What became of a scenario.
#[derive(Debug)]
pub struct Report {
    /// The scenario's address.
    pub address: String,
    /// The scenario's title; nothing if it could not be read.
    pub title: String,
    /// How it ended.
    pub end: End,
    /// How long it took whoever waits for it.
    pub wall: Duration,
}

/// How a scenario ended.
#[derive(Debug)]
pub enum End {
    /// It was run to its end and checked.
    Ran(Box<Ran>),
    /// There was nothing to run.
    Bad(BadInput),
    /// It could not be run, or not to its end.
    Failed(RunError),
    /// It was run twice and was not the same.
    Differs(Box<Difference>),
    /// The harness panicked while it judged the run.
    Panicked,
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
    /// The trace as it was to be kept, a line an event.
    pub trace: String,
}

impl Report {
    /// What the scenario comes to.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match &self.end {
            End::Ran(ran) if ran.outcome.failures.is_empty() => Exit::Conforms,
            End::Ran(_) => Exit::Violation,
            End::Bad(_) => Exit::BadInput,
            End::Failed(error) => match error {
                RunError::Genesis(_)
                | RunError::Config(_)
                | RunError::Impossible(_)
                | RunError::Tick { .. } => Exit::BadInput,
                RunError::Panicked(_) | RunError::Simulator(_) => Exit::Broken,
            },
            End::Differs(_) | End::Panicked => Exit::Broken,
        }
    }

    /// The run, if there was one to its end.
    #[must_use]
    pub fn ran(&self) -> Option<&Ran> {
        match &self.end {
            End::Ran(ran) => Some(ran),
            End::Bad(_) | End::Failed(_) | End::Differs(_) | End::Panicked => None,
        }
    }
}

/// Runs and checks what is under an address; the wall time is for the caller to fill in.
#[must_use]
pub fn examine(case: &Case, options: RunOptions) -> Report {
    let (title, end) = match &case.input {
        Err(bad) => (String::new(), End::Bad(bad.clone())),
        Ok(plan) => {
            let end = panic::catch_unwind(AssertUnwindSafe(|| run(plan, options)));
            (plan.title.clone(), end.unwrap_or(End::Panicked))
        }
    };
    Report {
        address: case.address.clone(),
        title,
        end,
        wall: Duration::ZERO,
    }
}

fn run(plan: &Plan, options: RunOptions) -> End {
    let traced = match options.twice {
        Twice::No => once(plan, options),
        Twice::Yes => twice(plan, options),
    };
    let trace = match traced {
        Ok(trace) => trace,
        Err(end) => return end,
    };
    End::Ran(Box::new(Ran {
        digest: trace.digest(),
        outcome: check(&trace),
        exercises: plan.exercises.clone(),
        virtual_ms: plan.duration_ms(),
        trace: match options.keep {
            Keep::Nothing => String::new(),
            Keep::Story => trace::render(&trace, Reading::Story),
            Keep::Lines => trace::lines(&trace).map(|line| line + "\n").collect(),
        },
    }))
}

fn once(plan: &Plan, options: RunOptions) -> Result<Trace, End> {
    let tick_ms = options.tick_ms.unwrap_or_else(|| plan.largest_tick_ms());
    sim::run_with(plan, &Cast::honest(), tick_ms).map_err(End::Failed)
}

fn twice(plan: &Plan, options: RunOptions) -> Result<Trace, End> {
    let (first, second) = thread::scope(|scope| {
        let second = scope.spawn(|| once(plan, options));
        (once(plan, options), second.join())
    });
    let (first, second) = (first?, second.unwrap_or(Err(End::Panicked))?);
    match Difference::between(&first, &second) {
        Some(difference) => Err(End::Differs(Box::new(difference))),
        None => Ok(first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(error: RunError) -> Exit {
        let report = Report {
            address: String::new(),
            title: String::new(),
            end: End::Failed(error),
            wall: Duration::ZERO,
        };
        report.exit()
    }

    #[test]
    fn a_plan_that_cannot_be_is_bad_input_and_a_panic_is_not() {
        let tick = RunError::Tick {
            tick_ms: 7,
            largest_ms: 5,
        };
        assert_eq!(ended(tick), Exit::BadInput);
        assert_eq!(ended(RunError::Impossible("it".to_owned())), Exit::BadInput);
        assert_eq!(ended(RunError::Panicked("it".to_owned())), Exit::Broken);
        assert_eq!(ended(RunError::Simulator("it".to_owned())), Exit::Broken);
    }
}
