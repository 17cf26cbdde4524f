//! Every rule can be broken: each mutant is killed by its own rule, and the honest nodes survive
//! the same scenarios.

use std::collections::BTreeSet;

use gauntlet::mutants::{self, Kill, controls};
use gauntlet::report::text;
use gauntlet::rules;
use gauntlet::suite::{self, Case, Halt, RunOptions, Status, Suite, examine};
use gauntlet::trace::time;

/// The cases of all mutants.
fn cases() -> mutants::Cases {
    let mutants: Vec<_> = mutants::all().collect();
    mutants::cases(&Suite::embedded(), &mutants).unwrap_or_else(|error| panic!("\n{error}"))
}

#[test]
fn each_mutant_is_killed_by_its_own_rule() {
    let cases = cases();
    let mutants: Vec<_> = mutants::all().collect();
    let mut outcomes = Vec::new();
    mutants::run_all(
        &mutants,
        &cases,
        suite::cores(),
        &Halt::default(),
        |_, ready| {
            outcomes.extend(ready);
        },
    );
    let mut survivors = Vec::new();
    for outcome in outcomes {
        let mutant = outcome.mutant;
        let besides: Vec<_> = outcome.collateral().map(|kill| kill.rule).collect();
        match outcome.killed() {
            Some(Kill {
                case, violation, ..
            }) => println!(
                "{} by {} in {case} at {}: {}; besides {besides:?}",
                mutant.id,
                mutant.killed_by,
                time(violation.at_us),
                violation.what,
            ),
            None => survivors.push(format!(
                "{} is not killed by {}, but by {besides:?}",
                mutant.id, mutant.killed_by
            )),
        }
        // What happened elsewhere is noticed where it is done again, not only somewhere else.
        let history = mutant
            .scenarios
            .iter()
            .filter(|of| of.starts_with("history/"));
        for scenario in history {
            let mut kills = outcome.kills.iter();
            if !kills.any(|kill| kill.rule == mutant.killed_by && kill.case.starts_with(scenario)) {
                survivors.push(format!("{} is not killed in {scenario}", mutant.id));
            }
        }
        for (case, why) in outcome.failures {
            survivors.push(format!("{} has no trace in {case}: {why}", mutant.id));
        }
    }
    assert!(survivors.is_empty(), "{}", survivors.join("\n"));
}

/// The first null control.
#[test]
fn the_honest_nodes_survive_the_same_scenarios() {
    for case in cases().values().flatten() {
        let report = examine(case, &RunOptions::default());
        assert_eq!(
            report.status(),
            Status::Passed,
            "{}",
            text::verdict(&report)
        );
    }
}

/// The others: builders that do nothing that one must. A case that one of them passes says nothing.
#[test]
fn null_controls_pass_no_case_for_builders() {
    let (cases, halt) = (Suite::embedded().cases(), Halt::default());
    let positive = controls::positive(&cases, suite::cores(), &halt);
    assert!(!positive.is_empty());
    let controls: Vec<_> = controls::all().collect();
    let mut tried = Vec::new();
    controls::run_all(&controls, &positive, suite::cores(), &halt, |_, ready| {
        tried.extend(ready);
    });
    assert_eq!(tried.len(), controls.len());
    for passes in tried {
        let id = passes.control.id;
        assert_eq!(passes.cases, positive.len(), "{id}");
        assert!(passes.passed.is_empty(), "{id} passes {:?}", passes.passed);
    }
}

/// Where there is nothing to pass, a control is failed by the rules, and not since it stops.
#[test]
fn null_controls_run_to_the_end() {
    let case: Case = Suite::embedded().case("interaction/healthy-slots");
    for control in controls::all() {
        let options = RunOptions {
            players: gauntlet::world::Players::with(control.builder()),
            ..RunOptions::default()
        };
        let report = examine(&case, &options);
        assert_eq!(report.status(), Status::Failed, "{}", control.id);
        let violated = report
            .failures()
            .iter()
            .filter_map(|failure| failure.rule());
        assert!(violated.count() > 0, "{}: {:?}", control.id, report.end);
    }
}

#[test]
fn every_rule_has_a_mutant_of_its_subject() {
    for rule in rules::all().filter(|rule| rule.level.binds()) {
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
