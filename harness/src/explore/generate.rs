//! Plans from seeds.
//!
//! Swarm generation: a run first draws which kinds of trouble exist in it at all, so that some runs
//! hold much of one kind and nothing of the others. All of it is keyed by what is decided, hence a
//! plan of a seed changes only where the generator does.

mod faults;
mod l1;
mod slots;

use crate::plan::Keyed;
use crate::plan::{
    BuilderPlan, ChainPlan, NetworkPlan, Plan, SelectionPlan, SequencerPlan, TrafficKind,
    TrafficPlan,
};

/// Generates the plan of a seed. It is one that a scenario file can hold.
#[must_use]
pub fn plan(seed: u64) -> Plan {
    let keyed = Keyed::new(seed);
    let swarm = Swarm::of(&keyed);
    let count = keyed.between("slots", 0, 0, 2..=6);
    let chain = chain(&keyed, &swarm, count);
    let network = network(&keyed, &swarm);
    let sequencer = sequencer(&keyed, &swarm, chain.block_time_ms);
    let builder = builder(&keyed, &swarm, chain.block_time_ms);
    let run = Run {
        keyed: &keyed,
        swarm: &swarm,
        block_time_ms: chain.block_time_ms,
        local_build_ms: sequencer.build_ms,
        earliest_reply_ms: earliest_reply_ms(&chain, &network, &sequencer, &builder),
    };
    let faults = run.faults(count);
    let slots = (1..=count)
        .map(|number| run.slot(number, &faults))
        .collect();
    Plan {
        title: format!("Seed {seed}"),
        exercises: Vec::new(),
        seed,
        traffic: traffic(&keyed, &swarm),
        l1: l1::plan(&keyed, &swarm, &chain),
        chain,
        network,
        sequencer,
        builder,
        faults,
        slots,
    }
}

/// Which kinds of trouble exist in a run.
struct Swarm {
    block_time: bool,
    gas_limit: bool,
    holocene: bool,
    asymmetry: bool,
    jitter: bool,
    slow_engine: bool,
    slow_builder: bool,
    selection: bool,
    unset: bool,
    traffic: bool,
    process: bool,
    link: bool,
    engine: bool,
    timing: bool,
    failures: bool,
    malice: bool,
    request: bool,
    forward: bool,
    fork_choice: bool,
    attributes: bool,
    deposits: bool,
    origins: bool,
    l1_changes: bool,
    head: bool,
    tuple: bool,
    probes: bool,
    engine_jwt: bool,
}

impl Swarm {
    fn of(keyed: &Keyed) -> Self {
        let exists = |kind, percent| keyed.chance(kind, 0, 0, percent);
        Self {
            block_time: exists("swarm/block-time", 30),
            gas_limit: exists("swarm/gas-limit", 10),
            holocene: exists("swarm/holocene", 15),
            asymmetry: exists("swarm/asymmetry", 30),
            jitter: exists("swarm/jitter", 20),
            slow_engine: exists("swarm/slow-engine", 25),
            slow_builder: exists("swarm/slow-builder", 20),
            selection: exists("swarm/selection", 20),
            unset: exists("swarm/unset", 5),
            traffic: exists("swarm/traffic", 25),
            process: exists("swarm/process", 25),
            link: exists("swarm/link", 25),
            engine: exists("swarm/engine", 10),
            timing: exists("swarm/timing", 50),
            failures: exists("swarm/failures", 35),
            malice: exists("swarm/malice", 35),
            request: exists("swarm/request", 25),
            forward: exists("swarm/forward", 30),
            fork_choice: exists("swarm/fork-choice", 20),
            attributes: exists("swarm/attributes", 20),
            deposits: exists("swarm/deposits", 20),
            origins: exists("swarm/origins", 25),
            l1_changes: exists("swarm/l1-changes", 20),
            head: exists("swarm/head", 20),
            tuple: exists("swarm/tuple", 15),
            probes: exists("swarm/probes", 15),
            engine_jwt: exists("swarm/engine-jwt", 10),
        }
    }
}

fn chain(keyed: &Keyed, swarm: &Swarm, slots: u64) -> ChainPlan {
    let mut chain = ChainPlan::default();
    if swarm.block_time {
        chain.block_time_ms = pick(keyed, "block-time", 0, &[1000, 500, 200]);
    }
    if swarm.gas_limit {
        chain.gas_limit = keyed.between("gas-limit", 0, 0, 5..=60) * 1_000_000;
    }
    if swarm.holocene {
        // A fork begins at a timestamp, and timestamps are whole seconds.
        let slots_a_second = 1.max(1000 / chain.block_time_ms);
        let second = keyed.between("holocene", 0, 0, 1..=1 + slots / slots_a_second);
        chain.holocene_at_slot = second * slots_a_second;
    }
    chain
}

fn traffic(keyed: &Keyed, swarm: &Swarm) -> TrafficPlan {
    let mut traffic = TrafficPlan {
        transactions_per_slot: keyed.between("transactions", 0, 0, 0..=8) as u32,
        ..TrafficPlan::default()
    };
    if swarm.traffic {
        let count = keyed.between("traffic/count", 0, 0, 1..=3);
        let drawn = TrafficKind::drawn();
        let kind = |n| pick(keyed, "traffic/kind", n, &drawn);
        traffic.kinds = (0..count).map(kind).collect();
        traffic.questions = keyed.chance("traffic/questions", 0, 0, 30);
        traffic.mistakes = keyed.chance("traffic/mistakes", 0, 0, 10);
    }
    traffic
}

fn network(keyed: &Keyed, swarm: &Swarm) -> NetworkPlan {
    let latency_ms = |n| keyed.between("latency", 0, n, 1..=40);
    let mut network = NetworkPlan::uniform(latency_ms(0));
    if swarm.asymmetry {
        network.builder_to_sequencer_ms = latency_ms(1);
        network.users_ms = latency_ms(2);
    }
    if swarm.jitter {
        network.jitter_ms = keyed.between("jitter", 0, 0, 1..=60);
    }
    network
}

fn sequencer(keyed: &Keyed, swarm: &Swarm, block_time_ms: u64) -> SequencerPlan {
    let mut sequencer = SequencerPlan::for_block_time(block_time_ms);
    if swarm.slow_engine {
        if keyed.chance("import-budget", 0, 0, 30) {
            let most_ms = (block_time_ms - 200).min(600);
            sequencer.import_budget_ms = keyed.between("import-budget", 0, 1, 0..=most_ms);
        }
        // A local engine that is slower than the time it has fails by itself: half of it, at most.
        let time_ms = sequencer.reserved_ms();
        sequencer.build_ms = keyed.between("local-build", 0, 0, 0..=time_ms / 2);
        sequencer.validate_ms = if keyed.chance("validate", 0, 0, 30) {
            keyed.between("validate", 0, 1, 0..=2 * block_time_ms)
        } else {
            keyed.between("validate", 0, 1, 0..=50)
        };
    }
    if swarm.selection {
        let policies = [SelectionPlan::Value, SelectionPlan::GasUsed];
        sequencer.selection = pick(keyed, "selection", 0, &policies);
    }
    if swarm.unset {
        let unset = keyed.between("unset", 0, 0, 1..=3);
        sequencer.builder_pubkey = unset & 1 == 0;
        sequencer.builder_url = unset & 2 == 0;
    }
    sequencer
}

fn builder(keyed: &Keyed, swarm: &Swarm, block_time_ms: u64) -> BuilderPlan {
    let mut builder = BuilderPlan::default();
    if swarm.slow_builder {
        builder.build_ms = keyed.between("builder-build", 0, 0, 1..=block_time_ms);
    }
    builder.engine_jwt = swarm.engine_jwt;
    builder
}

/// When a payload can arrive at the earliest after its request, if both the request and the update
/// before it take a connection of their own first: once to and fro to connect, what is still to be
/// computed, and both ways.
fn earliest_reply_ms(
    chain: &ChainPlan,
    network: &NetworkPlan,
    sequencer: &SequencerPlan,
    builder: &BuilderPlan,
) -> u64 {
    let request_at_ms = chain.block_time_ms - sequencer.reserved_ms();
    let round_trip_ms = network.sequencer_to_builder_ms + network.builder_to_sequencer_ms;
    2 * round_trip_ms + builder.build_ms.saturating_sub(request_at_ms)
}

/// What the slots and faults of a run are drawn with.
struct Run<'a> {
    keyed: &'a Keyed,
    swarm: &'a Swarm,
    block_time_ms: u64,
    local_build_ms: u64,
    earliest_reply_ms: u64,
}

/// Draws one of these for a site in a slot.
fn pick<T: Copy>(keyed: &Keyed, site: &str, slot: u64, of: &[T]) -> T {
    of[keyed.between(site, slot, 0, 0..=of.len() as u64 - 1) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Expectation, Fault};

    #[test]
    fn a_seed_is_always_the_same_plan() {
        for seed in 0..100 {
            assert_eq!(plan(seed), plan(seed));
            assert_ne!(plan(seed), plan(seed + 1));
        }
    }

    #[test]
    fn nothing_is_expected_but_the_rules() {
        for seed in 0..1000 {
            let plan = plan(seed);
            assert_eq!(plan.title, format!("Seed {seed}"));
            assert_eq!(plan.seed, seed);
            assert!((2..=6).contains(&plan.slots.len()));
            assert!(plan.exercises.is_empty());
            let nothing = Expectation::default();
            assert!(plan.slots.iter().all(|slot| slot.expect == nothing));
        }
    }

    #[test]
    fn the_process_dies_and_comes_back_at_coarse_times() {
        for seed in 0..1000 {
            for fault in plan(seed).faults {
                if let Fault::Dies { at_ms, back_at_ms } = fault {
                    assert!(at_ms.is_multiple_of(100));
                    assert!(back_at_ms.is_none_or(|back_at_ms| back_at_ms.is_multiple_of(100)));
                }
            }
        }
    }

    /// Some runs are without any trouble, and some hold much of it.
    #[test]
    fn runs_differ_in_what_exists_in_them() {
        let troubled_slots = |seed| {
            let slots = plan(seed).slots;
            slots
                .iter()
                .filter(|slot| **slot != Default::default())
                .count()
        };
        let counts: Vec<usize> = (0..500).map(troubled_slots).collect();
        assert!(counts.iter().filter(|count| **count == 0).count() > 10);
        assert!(counts.iter().filter(|count| **count >= 4).count() > 100);
    }
}
