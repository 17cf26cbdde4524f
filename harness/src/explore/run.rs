//! Runs of many seeds: each is generated, run, and checked by every rule, and some are run again.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;

use super::{Facts, Seeds, plan};
use crate::net::sim::{self, RunError};
use crate::plan::Plan;
use crate::suite::{Failure, Outcome, check};
use crate::trace::Difference;
use crate::world::Cast;

/// What to explore, and how.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The seeds.
    pub seeds: Seeds,
    /// How many simulations run at the same time; 0 counts as 1.
    pub jobs: usize,
    /// One seed in so many is run again, in another thread, and the digests are compared; 0 means
    /// none is.
    pub recheck: u64,
    /// Who plays.
    pub cast: Cast,
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
    /// There is no trace: the harness or a node broke.
    Broken(RunError),
}

/// Explores seeds and hands over what became of each, in the order of the seeds, until there are no
/// more or whoever looks has seen enough.
pub fn explore(settings: &Settings, mut look: impl FnMut(Examined) -> ControlFlow<()>) {
    let seeds = settings.seeds.range();
    let next = AtomicU64::new(seeds.start);
    let enough = AtomicBool::new(false);
    let (found, examined) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..settings.jobs.max(1) {
            let (found, next, enough) = (found.clone(), &next, &enough);
            scope.spawn(move || {
                while !enough.load(Ordering::Relaxed) {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    // Nobody listens any more once enough was seen.
                    if seed >= settings.seeds.range().end
                        || found.send(examine(seed, settings)).is_err()
                    {
                        break;
                    }
                }
            });
        }
        drop(found);
        let mut early = BTreeMap::new();
        let mut turn = seeds.start;
        for examined in examined {
            early.insert(examined.seed, examined);
            while let Some(examined) = early.remove(&turn) {
                turn += 1;
                if look(examined).is_break() {
                    enough.store(true, Ordering::Relaxed);
                    return;
                }
            }
        }
    });
}

fn examine(seed: u64, settings: &Settings) -> Examined {
    let plan = plan(seed);
    let twice = settings.recheck > 0 && seed.is_multiple_of(settings.recheck);
    let finding = match finding(&plan, &settings.cast, twice) {
        Ok(finding) => finding,
        Err(RunError::Impossible(why)) => Finding::Discarded(why),
        Err(error) => Finding::Broken(error),
    };
    Examined { seed, finding }
}

fn finding(plan: &Plan, cast: &Cast, twice: bool) -> Result<Finding, RunError> {
    let run = || sim::run_with(plan, cast, plan.largest_tick_ms());
    let trace = run()?;
    if twice && let Some(difference) = Difference::between(&trace, &run()?) {
        return Ok(Finding::NotDeterministic(Box::new(difference)));
    }
    let Outcome { verdicts, failures } = check(&trace);
    let facts = Box::new(Facts::of(&trace, &verdicts, twice));
    Ok(if failures.is_empty() {
        Finding::Held(facts)
    } else {
        Finding::Failed(facts, failures)
    })
}
