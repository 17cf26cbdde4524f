//! Plans from seeds: what they are as files, and what becomes of them.

use std::ops::ControlFlow;

use gauntlet::explore::{self, Examined, Facts, Finding, Settings};
use gauntlet::net::sim;
use gauntlet::suite::{self, Halt};
use gauntlet::trace::Ending;
use gauntlet::world::Players;
use gauntlet::{mutants, rules, scenario};

fn settings(seeds: &str) -> Settings {
    Settings {
        seeds: seeds.parse().expect("a range of seeds"),
        jobs: 2,
        recheck: 0,
        players: Players::honest(),
        transcripts: None,
        halt: Halt::default(),
    }
}

/// Explores all seeds.
fn all(settings: &Settings) -> Vec<Examined> {
    let mut all = Vec::new();
    explore::explore(settings, |examined| {
        all.push(examined);
        ControlFlow::Continue(())
    });
    all
}

/// The plan of a seed runs the same from its scenario file, which is how a failure is kept.
#[test]
fn a_printed_plan_is_the_same_run() {
    for seed in 0..50 {
        let plan = explore::plan(seed);
        let text = scenario::print(&plan);
        let parsed = scenario::parse("printed.toml", &text, &rules::ids())
            .unwrap_or_else(|error| panic!("{error}\n\n{text}"));
        let digest = |plan| sim::run(plan).map(|trace| trace.digest());
        assert_eq!(
            digest(&plan).unwrap_or_else(|error| panic!("seed {seed}: {error}")),
            digest(&parsed).unwrap_or_else(|error| panic!("seed {seed}: {error}")),
            "seed {seed}"
        );
    }
}

#[test]
fn the_trace_is_the_same_at_the_smallest_step() {
    for seed in 0..30 {
        let plan = explore::plan(seed);
        let digest = |tick_ms| {
            sim::run_with(&plan, &Players::honest(), tick_ms)
                .unwrap_or_else(|error| panic!("seed {seed}: {error}"))
                .digest()
        };
        assert_eq!(digest(1), digest(plan.largest_tick_ms()), "seed {seed}");
    }
}

#[test]
fn honest_nodes_violate_nothing() {
    let settings = Settings {
        recheck: 5,
        ..settings("0..100")
    };
    let mut facts = Facts::default();
    for Examined { seed, finding } in all(&settings) {
        let Finding::Held(of) = finding else {
            panic!("seed {seed}: {finding:?}")
        };
        // Without a local engine there are slots of which nobody has a block that can be the head.
        let mut troubles = explore::plan(seed).faults.into_iter();
        let blocks = of.builder_blocks + of.local_blocks;
        if troubles.any(|fault| fault.of_engine().is_some()) {
            assert!(blocks <= of.slots, "seed {seed}");
        } else {
            assert_eq!(blocks, of.slots, "seed {seed}");
        }
        facts.add(&of);
    }
    assert_eq!((facts.runs, facts.rechecked), (100, 20));
    assert!(
        facts.builder_blocks > 0 && facts.local_blocks > 0,
        "{facts:?}"
    );
}

/// A seed is kept as a scenario is.
#[test]
fn seeds_have_transcripts() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = Settings {
        transcripts: Some(folder.path().to_owned()),
        ..settings("3..5")
    };
    assert_eq!(all(&settings).len(), 2);
    for seed in [3, 4] {
        let path = folder.path().join(format!("seed-{seed}.transcript.jsonl"));
        let verified = suite::verify(&path, Ending::Whole).expect("a transcript");
        let [Ok(verified)] = &*verified else {
            panic!("{verified:?}")
        };
        assert_eq!(*verified.trace.plan, explore::plan(seed));
        assert!(verified.outcome.failures.is_empty());
    }
}

/// What is found does not depend on how many look for it.
#[test]
fn seeds_come_in_their_order() {
    let seeds = |jobs| -> Vec<u64> {
        let settings = Settings {
            jobs,
            ..settings("10..=30")
        };
        all(&settings).iter().map(|of| of.seed).collect()
    };
    assert_eq!(seeds(1), (10..=30).collect::<Vec<u64>>());
    assert_eq!(seeds(4), seeds(1));
}

#[test]
fn whoever_has_seen_enough_sees_no_more() {
    let mut seen = Vec::new();
    explore::explore(&settings("0..1000000"), |examined| {
        seen.push(examined.seed);
        if seen.len() == 3 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    assert_eq!(seen, [0, 1, 2]);
}

/// Exploration finds a node that breaks a rule, without a scenario for it.
#[test]
fn a_mutant_is_found() {
    let mutant = mutants::find("gives-up-at-250-ms").expect("a mutant of the list");
    let settings = Settings {
        players: mutant.variant.players(),
        ..settings("0..40")
    };
    let mut violated = Vec::new();
    for Examined { finding, .. } in all(&settings) {
        if let Finding::Failed(_, failures) = finding {
            violated.extend(failures.iter().map(ToString::to_string));
        }
    }
    let rule = format!("violated {} at ", mutant.killed_by);
    assert!(
        violated.iter().any(|of| of.starts_with(&rule)),
        "{violated:#?}"
    );
}
