//! A run in the simulated network: turmoil gives hosts, clocks, crash and restart; the delay line
//! carries what crosses the wire; the nodes are the very same that run on real sockets.
//!
//! Nothing outside this module names turmoil.
//!
//! | module | what belongs there |
//! |---|---|
//! | [`mod@line`] | the delay line: exact milliseconds at coarse ticks |
//! | `links` | what the plan says of the links, as a function of time |
//! | `hosts` | what runs on the hosts |
//! | `supervision` | how many tasks live on a host |
//! | `panics` | a panic in any task of a run makes the run fail |

pub mod line;

mod hosts;
mod links;
mod panics;
mod supervision;

use std::sync::Arc;
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use gauntlet_engine::{ChainSpec, GenesisError};
use thiserror::Error;

use crate::chain;
use crate::plan::Plan;
use crate::trace::{Clock, Entry, Evidence, Host, PublicKeys, Recorder, Trace, What};
use crate::world::{Players, World};

use self::hosts::Hosts;
use self::line::Network;

/// Why there is no trace.
#[derive(Debug, Error)]
pub enum RunError {
    /// The plan's chain cannot be.
    #[error("the chain: {0}")]
    Genesis(#[from] GenesisError),
    /// The plan asks for something that cannot happen.
    #[error("{0}")]
    Impossible(String),
    /// The step is not one at which the run is exact.
    #[error(
        "a tick of {tick_ms} ms is not admissible for this plan, the largest is {largest_ms} ms"
    )]
    Tick {
        /// The tick asked for.
        tick_ms: u64,
        /// The largest admissible one.
        largest_ms: u64,
    },
    /// The simulator failed.
    #[error("the simulation failed: {0}")]
    Simulator(String),
}

/// Runs a plan with honest nodes at its largest tick.
///
/// # Errors
///
/// [`RunError`]; what the nodes do wrong, a panic included, is in the trace and no error.
pub fn run(plan: &Plan) -> Result<Trace, RunError> {
    run_with(plan, &Players::honest(), plan.largest_tick_ms())
}

/// Runs a plan with these players at a tick. A thread of its own keeps whatever a library holds for
/// each thread from one run to the next out of the run.
///
/// # Errors
///
/// [`RunError`].
pub fn run_with(plan: &Plan, players: &Players, tick_ms: u64) -> Result<Trace, RunError> {
    if !plan
        .admissible_ticks_ms()
        .any(|admissible| admissible == tick_ms)
    {
        return Err(RunError::Tick {
            tick_ms,
            largest_ms: plan.largest_tick_ms(),
        });
    }
    let plan = Arc::new(plan.clone());
    let players = players.clone();
    let spec = chain::spec(&plan)?;
    let simulation = thread::Builder::new()
        .name("simulation".to_owned())
        .spawn(move || simulate(&plan, &spec, players, tick_ms));
    let simulation = simulation.map_err(|error| RunError::Simulator(error.to_string()))?;
    match simulation.join() {
        Ok(outcome) => outcome,
        Err(_) => Err(RunError::Simulator("its thread ended early".to_owned())),
    }
}

fn simulate(
    plan: &Arc<Plan>,
    spec: &Arc<ChainSpec>,
    players: Players,
    tick_ms: u64,
) -> Result<Trace, RunError> {
    let recorder = Recorder::new(|| {
        let elapsed = turmoil::sim_elapsed().unwrap_or_default();
        u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX)
    });
    let holds = players.evidence(Evidence::ALL).collect();
    let world = World::simulated(plan.clone(), spec.clone(), players, recorder.clone());
    let keys = PublicKeys::from(&world.terms.keys);
    let senders = world.senders().clone();
    let (stepped, panics) = panics::caught(|| step_to_the_end(world, &recorder, tick_ms));
    let is_broken = !panics.is_empty();
    for panic in panics {
        let Some(host) = panic.host else {
            return Err(RunError::Simulator(panic.message));
        };
        recorder.record_at(panic.at_us, host, What::Panicked(panic.message.into()));
    }
    let ended_us = match stepped {
        Some(Ok(ended_us)) => ended_us,
        Some(Err(error)) if !is_broken => return Err(RunError::Simulator(error)),
        Some(Err(_)) | None => plan.duration_ms() * 1000,
    };
    let entries = recorder.take_entries();
    if let Some(why) = entries.iter().find_map(impossible) {
        return Err(RunError::Impossible(why));
    }
    Ok(Trace {
        plan: plan.clone(),
        keys,
        clock: Clock::Virtual,
        holds,
        genesis: chain::GENESIS.into(),
        spec: spec.clone(),
        senders,
        entries,
        ended_us,
    })
}

/// Runs the simulator and returns when the run ended, in microseconds.
fn step_to_the_end(world: World, recorder: &Recorder, tick_ms: u64) -> Result<u64, String> {
    let plan = world.plan.clone();
    let tick = Duration::from_millis(tick_ms);
    let duration_ms = plan.duration_ms().next_multiple_of(tick_ms);
    let mut sim = turmoil::Builder::new()
        .tick_duration(tick)
        .simulation_duration(Duration::from_millis(duration_ms) + tick)
        .min_message_latency(Duration::ZERO)
        .max_message_latency(Duration::ZERO)
        .rng_seed(0)
        .epoch(UNIX_EPOCH)
        .build();
    let network = Network::new(links::of(&plan), tick_ms);
    let hosts = Hosts {
        world,
        network: network.clone(),
        recorder: recorder.clone(),
    };
    hosts.enter(&mut sim);
    let mut interventions = interventions(&plan);
    for elapsed_ms in (0..duration_ms).step_by(usize::try_from(tick_ms).unwrap_or(1)) {
        while let Some((at_ms, what)) = interventions.pop_if(|(at_ms, _)| *at_ms <= elapsed_ms) {
            match what {
                Intervention::Kill => network.crash(&mut sim, Host::Builder.name()),
                Intervention::Revive => network.bounce(&mut sim, Host::Builder.name()),
            }
            recorder.record_at(at_ms * 1000, Host::Builder, what.recorded());
        }
        sim.step().map_err(|error| error.to_string())?;
    }
    // Taken down here: the streams that are left close where no clock is right.
    drop(sim);
    Ok(plan.duration_ms() * 1000)
}

fn impossible(entry: &Entry) -> Option<String> {
    if let What::Impossible(why) = &entry.what {
        Some(why.to_string())
    } else {
        None
    }
}

/// Something that is done to a host from outside, between two steps.
#[derive(Clone, Copy, Debug)]
enum Intervention {
    Kill,
    Revive,
}

impl Intervention {
    fn recorded(self) -> What {
        match self {
            Self::Kill => What::Died,
            Self::Revive => What::Back,
        }
    }
}

/// The plan's interventions and their times, the last one first.
fn interventions(plan: &Plan) -> Vec<(u64, Intervention)> {
    let of_process = plan.faults.iter().filter(|fault| fault.is_of_process());
    let mut all: Vec<_> = of_process
        .flat_map(|fault| {
            let (at_ms, back_at_ms) = fault.times_ms();
            [
                Some((at_ms, Intervention::Kill)),
                back_at_ms.map(|at_ms| (at_ms, Intervention::Revive)),
            ]
        })
        .flatten()
        .collect();
    all.sort_by_key(|(at_ms, _)| std::cmp::Reverse(*at_ms));
    all
}
