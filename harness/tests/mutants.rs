//! Every rule can be broken: each mutant is killed by its own rule, and the honest nodes survive
//! the same scenarios.

use std::collections::{BTreeMap, BTreeSet};

use gauntlet::mutants::{self, Fate};
use gauntlet::net::sim;
use gauntlet::plan::Plan;
use gauntlet::rules;
use gauntlet::suite::{self, Failure, Halt, Profile, Suite, check};
use gauntlet::trace::time;

/// The plans of these scenarios, by their addresses.
fn plans<'a>(addresses: impl IntoIterator<Item = &'a str>) -> BTreeMap<&'a str, Plan> {
    let suite = Suite::embedded();
    let load = |address| {
        let input = suite.case(address).input;
        input.unwrap_or_else(|error| panic!("\n{error}"))
    };
    addresses
        .into_iter()
        .map(|address| (address, load(address)))
        .collect()
}

fn addresses() -> BTreeSet<&'static str> {
    mutants::all()
        .flat_map(|mutant| mutant.scenarios)
        .copied()
        .collect()
}

#[test]
fn each_mutant_is_killed_by_its_own_rule() {
    let plans = plans(addresses());
    let mutants: Vec<_> = mutants::all().collect();
    let mut outcomes = Vec::new();
    mutants::run_all(
        &mutants,
        &plans,
        suite::cores(),
        &Halt::default(),
        |_, ready| {
            outcomes.extend(ready);
        },
    );
    let mut survivors = Vec::new();
    for outcome in outcomes {
        let mutant = outcome.mutant;
        match &outcome.fate {
            Fate::Killed {
                scenario,
                violation,
            } => println!(
                "{} by {} in {scenario} at {}: {}; besides {:?}",
                mutant.id,
                mutant.killed_by,
                time(violation.at_us),
                violation.what,
                outcome.others
            ),
            Fate::Survived => survivors.push(format!(
                "{} is not killed by {}, but by {:?}",
                mutant.id, mutant.killed_by, outcome.others
            )),
        }
        for (scenario, why) in outcome.failures {
            survivors.push(format!("{} has no trace in {scenario}: {why}", mutant.id));
        }
    }
    assert!(survivors.is_empty(), "{}", survivors.join("\n"));
}

/// The null control.
#[test]
fn the_honest_nodes_survive_the_same_scenarios() {
    for (address, plan) in plans(addresses()) {
        let trace = sim::run(&plan).unwrap_or_else(|error| panic!("{address}: {error}"));
        let failures: Vec<String> = check(&trace, Profile::STRICT)
            .failures
            .iter()
            .map(Failure::to_string)
            .collect();
        assert!(failures.is_empty(), "{address}: {}", failures.join("\n"));
    }
}

#[test]
fn every_rule_has_a_mutant_of_its_subject() {
    for rule in rules::all() {
        let own: Vec<_> = mutants::all()
            .filter(|mutant| mutant.killed_by == rule.id)
            .collect();
        assert!(!own.is_empty(), "no mutant is killed by {}", rule.id);
        for mutant in own {
            assert_eq!(mutant.subject, rule.subject, "{}", mutant.id);
        }
    }
}

#[test]
fn mutants_are_well_formed() {
    let rules: BTreeSet<&str> = rules::ids().into_iter().collect();
    let mut ids = BTreeSet::new();
    for mutant in mutants::all() {
        let id = mutant.id;
        assert!(ids.insert(id), "there are two mutants {id}");
        assert!(rules.contains(mutant.killed_by), "{id}: no such rule");
        assert!(!mutant.scenarios.is_empty(), "{id} has no scenario");
        assert!(mutant.about.ends_with('.'), "{id} is told in a sentence");
    }
}

#[test]
fn the_mutants_that_must_exist_do() {
    for (id, rule) in [
        ("retries-once", "get-payload/no-retry"),
        ("gives-up-at-250-ms", "get-payload/gives-up-at-200-ms"),
        ("skips-the-pubkey-check", "get-payload/pubkey-matches"),
        ("trusts-the-claimed-block-hash", "new-payload/block-hash"),
        (
            "publishes-before-validating",
            "new-payload/invalid-never-surfaced",
        ),
        ("stops-after-4-retries", "forward-transaction/five-retries"),
    ] {
        let mutant = mutants::find(id);
        assert_eq!(mutant.map(|mutant| mutant.killed_by), Some(rule), "{id}");
    }
}
