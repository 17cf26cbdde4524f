//! Runs of many seeds: each is generated, run, and checked by every rule, and some are run again.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::PathBuf;

use super::{Facts, Seeds, plan};
use crate::net::sim::RunError;
use crate::suite::{self, Failure, Halt, RunOptions, Stop, Twice, in_order, write_transcript};
use crate::trace::Difference;
use crate::world::Players;

/// What to explore, and how.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The seeds.
    pub seeds: Seeds,
    /// How many simulations run at the same time; 0 counts as 1.
    pub jobs: usize,
    /// One seed in so many is run twice, in two threads, and the digests are compared; 0 means
    /// none is.
    pub recheck: u64,
    /// Who plays.
    pub players: Players,
    /// The folder into which the transcript of each seed is written, if they are.
    pub transcripts: Option<PathBuf>,
    /// With what it is ended early: no further seed is begun.
    pub halt: Halt,
}

/// What became of a seed.
#[derive(Debug)]
pub struct Examined {
    /// The seed.
    pub seed: u64,
    /// What became of it.
    pub finding: Finding,
}

/// What became of a run.
#[derive(Debug)]
pub enum Finding {
    /// Every rule held or was not put to the test.
    Held(Box<Facts>),
    /// Something is wrong with the run.
    Failed(Box<Facts>, Vec<Failure>),
    /// Two runs of the same plan are not the same.
    NotDeterministic(Box<Difference>),
    /// The plan asks for something that cannot happen, which says nothing of the nodes.
    Discarded(String),
    /// There is no trace, and that is a finding about the nodes.
    Stopped(Failure),
    /// There is nothing to judge: the harness broke.
    Broken(String),
}

/// Explores seeds and hands over what became of each, in the order of the seeds, until there are no
/// more, whoever looks has seen enough, or the settings' halt is requested.
pub fn explore(settings: &Settings, mut look: impl FnMut(Examined) -> ControlFlow<()>) {
    let jobs = NonZeroUsize::new(settings.jobs).unwrap_or(NonZeroUsize::MIN);
    let examine = |seed| examine(seed, settings);
    let seeds = settings.halt.until(settings.seeds.range());
    in_order(jobs, seeds, examine, |_, ready| {
        ready.into_iter().try_for_each(&mut look)
    });
}

fn examine(seed: u64, settings: &Settings) -> Examined {
    let plan = plan(seed);
    let twice = settings.recheck > 0 && seed.is_multiple_of(settings.recheck);
    let options = RunOptions {
        players: settings.players.clone(),
        twice: if twice { Twice::Yes } else { Twice::No },
        ..RunOptions::default()
    };
    let judged = suite::judged(&plan, &options, |view, outcome| {
        let facts = Facts::of(view, &outcome.verdicts, twice);
        let written = match &settings.transcripts {
            Some(folder) => write_transcript(folder, &format!("seed-{seed}"), view.trace),
            None => Ok(()),
        };
        written
            .map(|()| (Box::new(facts), outcome.failures))
            .map_err(Stop::Unwritten)
    });
    let finding = match judged.flatten() {
        Ok((facts, failures)) if failures.is_empty() => Finding::Held(facts),
        Ok((facts, failures)) => Finding::Failed(facts, failures),
        Err(Stop::Found(failure)) => Finding::Stopped(failure),
        Err(Stop::Differs(difference)) => Finding::NotDeterministic(difference),
        Err(Stop::Failed(RunError::Impossible(why))) => Finding::Discarded(why),
        Err(stop @ (Stop::Failed(_) | Stop::Unwritten(_) | Stop::Broke)) => {
            Finding::Broken(stop.to_string())
        }
    };
    Examined { seed, finding }
}
