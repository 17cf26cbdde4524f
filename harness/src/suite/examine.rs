//! A case, run and checked.

use std::num::NonZeroUsize;
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::thread;

use super::check::check_view;
use super::stopwatch::Stopwatch;
use super::verify::write_transcript;
use super::{Case, End, Failure, Halt, Outcome, Profile, Ran, Report, Stop};
use crate::net::sim;
use crate::plan::Plan;
use crate::trace::{Difference, Trace};
use crate::view::View;
use crate::world::Players;

/// How to run.
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// Who is tried.
    pub players: Players,
    /// Whether subjects that are not Gauntlet's own are held to every SHOULD.
    pub strictness: Strictness,
    /// Whether reports have the trace.
    pub keep: Keep,
    /// The folder into which transcripts are written, if they are.
    pub transcripts: Option<PathBuf>,
    /// The simulator's step in milliseconds; the largest that is exact, unless given.
    pub tick_ms: Option<u64>,
    /// Whether to run twice and compare. Subjects that are not Gauntlet's own always are.
    pub twice: Twice,
    /// How many cases run at the same time; one a core, unless given.
    pub jobs: Option<NonZeroUsize>,
    /// With what they are ended early: no further case is begun.
    pub halt: Halt,
}

/// Whether a violated SHOULD of somebody else's subject is a failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strictness {
    /// It is a warning.
    #[default]
    Lenient,
    /// It is a failure.
    Strict,
}

/// Whether reports have the trace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// They do not.
    #[default]
    Nothing,
    /// They do.
    Trace,
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
        match (self.players.are_ours(), self.strictness) {
            (true, _) | (false, Strictness::Strict) => Profile::STRICT,
            (false, Strictness::Lenient) => Profile::LENIENT,
        }
    }

    fn runs_twice(&self) -> bool {
        self.twice == Twice::Yes || !self.players.are_ours()
    }
}

/// Runs and checks a case.
#[must_use]
pub fn examine(case: &Case, options: &RunOptions) -> Report {
    let since = Stopwatch::start();
    let (title, end) = match &case.input {
        Err(bad) => (String::new(), End::Bad(bad.clone())),
        Ok(plan) => (plan.title.clone(), end(&case.address, plan, options)),
    };
    Report {
        address: case.address.clone(),
        title,
        end,
        wall: since.elapsed(),
    }
}

fn end(address: &str, plan: &Plan, options: &RunOptions) -> End {
    if let Some(why) = options.players.decline(plan) {
        return End::NotApplicable(why);
    }
    let ran = judged(plan, options, |view, outcome| {
        let trace = view.trace;
        let ran = Ran {
            digest: trace.digest(),
            outcome,
            exercises: plan.exercises.clone(),
            virtual_ms: plan.duration_ms(),
            trace: (options.keep == Keep::Trace).then(|| trace.clone()),
        };
        match &options.transcripts {
            Some(folder) => write_transcript(folder, address, trace).map(|()| ran),
            None => Ok(ran),
        }
    });
    match ran {
        Ok(Ok(ran)) => End::Ran(Box::new(ran)),
        Ok(Err(unwritten)) => End::Stopped(Stop::Unwritten(unwritten)),
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
    keep: impl FnOnce(&View<'_>, Outcome) -> T,
) -> Result<T, Stop> {
    let judged = || {
        let trace = match options.runs_twice() {
            false => once(plan, options),
            true => twice(plan, options),
        }?;
        let view = View::of(&trace);
        let outcome = check_view(&view, options.profile());
        Ok(keep(&view, outcome))
    };
    panic::catch_unwind(AssertUnwindSafe(judged)).unwrap_or(Err(Stop::Broke))
}

fn once(plan: &Plan, options: &RunOptions) -> Result<Trace, Stop> {
    let tick_ms = options.tick_ms.unwrap_or_else(|| plan.largest_tick_ms());
    sim::run_with(plan, &options.players, tick_ms).map_err(Stop::Failed)
}

fn twice(plan: &Plan, options: &RunOptions) -> Result<Trace, Stop> {
    let (first, second) = thread::scope(|scope| {
        let second = scope.spawn(|| once(plan, options));
        (once(plan, options), second.join())
    });
    let (first, second) = (first?, second.unwrap_or(Err(Stop::Broke))?);
    match Difference::between(&first, &second).map(Box::new) {
        None => Ok(first),
        Some(difference) if options.players.are_ours() => Err(Stop::Differs(difference)),
        Some(difference) => Err(Stop::Found(Failure::NotDeterministic(difference))),
    }
}
