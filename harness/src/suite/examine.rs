//! A case, run and checked.

use std::num::NonZeroUsize;
use std::panic::{self, AssertUnwindSafe};
use std::thread;

use super::stopwatch::Stopwatch;
use super::{Case, End, Failure, Outcome, Profile, Ran, Report, Stop, check};
use crate::net::sim::{self, RunError};
use crate::plan::Plan;
use crate::trace::{self, Difference, Reading, Trace};
use crate::world::Cast;

/// How to run.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunOptions {
    /// Who is tried.
    pub tried: Tried,
    /// Whether nodes that are not Gauntlet's own are held to every SHOULD.
    pub strictness: Strictness,
    /// Whether the trace is kept, and how.
    pub keep: Keep,
    /// The simulator's step in milliseconds; the largest that is exact, unless given.
    pub tick_ms: Option<u64>,
    /// Whether to run twice and compare. Nodes that are not Gauntlet's own always are.
    pub twice: Twice,
    /// How many cases run at the same time; one a core, unless given.
    pub jobs: Option<NonZeroUsize>,
}

/// Who is tried.
#[derive(Clone, Copy, Debug)]
pub struct Tried {
    /// The nodes.
    pub cast: Cast,
    /// Whose they are.
    pub whose: Whose,
    /// Whether they can do what a plan asks of them, or why not.
    pub honours: fn(&Plan) -> Result<(), String>,
}

impl Default for Tried {
    fn default() -> Self {
        Self {
            cast: Cast::honest(),
            whose: Whose::Ours,
            honours: |_| Ok(()),
        }
    }
}

/// Whose the nodes are that are tried, which decides how they are judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Whose {
    /// Gauntlet's own: they are held to every SHOULD, and if two runs of them differ, Gauntlet is
    /// broken.
    #[default]
    Ours,
    /// Somebody else's: a violated SHOULD is a warning unless it is asked for more, and a
    /// difference between two runs is a finding about them.
    Theirs,
}

/// Whether a violated SHOULD of somebody else's nodes is a failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strictness {
    /// It is a warning.
    #[default]
    Lenient,
    /// It is a failure.
    Strict,
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

impl RunOptions {
    /// How strictly whoever is tried is judged.
    #[must_use]
    pub fn profile(&self) -> Profile {
        match (self.tried.whose, self.strictness) {
            (Whose::Ours, _) | (Whose::Theirs, Strictness::Strict) => Profile::STRICT,
            (Whose::Theirs, Strictness::Lenient) => Profile::LENIENT,
        }
    }

    fn runs_twice(&self) -> bool {
        self.twice == Twice::Yes || self.tried.whose == Whose::Theirs
    }
}

/// Runs and checks a case.
#[must_use]
pub fn examine(case: &Case, options: &RunOptions) -> Report {
    let since = Stopwatch::start();
    let (title, end) = match &case.input {
        Err(bad) => (String::new(), End::Bad(bad.clone())),
        Ok(plan) => (plan.title.clone(), end(plan, options)),
    };
    Report {
        address: case.address.clone(),
        title,
        end,
        wall: since.elapsed(),
    }
}

fn end(plan: &Plan, options: &RunOptions) -> End {
    if let Err(why) = (options.tried.honours)(plan) {
        return End::NotApplicable(why);
    }
    let ran = judged(plan, options, |trace, outcome| Ran {
        digest: trace.digest(),
        outcome,
        exercises: plan.exercises.clone(),
        virtual_ms: plan.duration_ms(),
        trace: match options.keep {
            Keep::Nothing => String::new(),
            Keep::Story => trace::render(trace, Reading::Story),
            Keep::Lines => trace::lines(trace).map(|line| line + "\n").collect(),
        },
    });
    match ran {
        Ok(ran) => End::Ran(Box::new(ran)),
        Err(stop) => End::Stopped(stop),
    }
}

/// Runs a plan, checks the run, and keeps something of it. No panic leaves this function.
///
/// # Errors
///
/// Why there is nothing to judge.
pub(crate) fn judged<T>(
    plan: &Plan,
    options: &RunOptions,
    keep: impl FnOnce(&Trace, Outcome) -> T,
) -> Result<T, Stop> {
    let judged = || {
        let trace = match options.runs_twice() {
            false => once(plan, options),
            true => twice(plan, options),
        }?;
        let outcome = check(&trace, options.profile());
        Ok(keep(&trace, outcome))
    };
    panic::catch_unwind(AssertUnwindSafe(judged)).unwrap_or(Err(Stop::Broke))
}

fn once(plan: &Plan, options: &RunOptions) -> Result<Trace, Stop> {
    let tick_ms = options.tick_ms.unwrap_or_else(|| plan.largest_tick_ms());
    sim::run_with(plan, &options.tried.cast, tick_ms).map_err(|error| match error {
        RunError::Panicked(what) => Stop::Found(Failure::Panicked(what)),
        RunError::Genesis(_)
        | RunError::Config(_)
        | RunError::Impossible(_)
        | RunError::Tick { .. }
        | RunError::Simulator(_) => Stop::Failed(error),
    })
}

fn twice(plan: &Plan, options: &RunOptions) -> Result<Trace, Stop> {
    let (first, second) = thread::scope(|scope| {
        let second = scope.spawn(|| once(plan, options));
        (once(plan, options), second.join())
    });
    let (first, second) = (first?, second.unwrap_or(Err(Stop::Broke))?);
    match (Difference::between(&first, &second), options.tried.whose) {
        (None, _) => Ok(first),
        (Some(difference), Whose::Ours) => Err(Stop::Differs(Box::new(difference))),
        (Some(difference), Whose::Theirs) => {
            Err(Stop::Found(Failure::NotDeterministic(Box::new(difference))))
        }
    }
}
