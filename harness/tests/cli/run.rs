//! `gauntlet run`: what is told of one scenario and of many, and how they are run.

use std::collections::BTreeSet;

use gauntlet::rules;

use crate::common::{LATE, assert_tells, folder, gauntlet, gauntlet_in, json};

#[test]
fn one_scenario_tells_its_story_and_conforms() {
    let ended = gauntlet(&["run", "scenarios/get-payload/reply-at-201-ms.toml"]);
    assert_tells(
        &ended.out,
        &[
            "get-payload/reply-at-201-ms\n",
            "The builder answers one millisecond after the timeout\n",
            "1500 ms  sequencer -> builder  payload request  block 1\n",
            "1700 ms  sequencer             publishes block 1 (local)\n",
            "get-payload/no-retry",
            "declared, line 96",
            "held 1 time\n",
            "  ok    ",
            "1 scenario: 1 passed\n",
            "3.5 s simulated in ",
            "× real time\n",
        ],
    );
    assert_eq!((ended.code, &*ended.err), (0, ""));
    assert!(!ended.out.contains('\x1b'), "colours in a pipe");
}

#[test]
fn folders_conform_and_are_listed_in_the_order_asked_for() {
    let ended = gauntlet(&[
        "run",
        "configuration",
        "get-payload/reply-at-201-ms",
        "history",
    ]);
    assert_eq!((ended.code, &*ended.err), (0, ""), "{}", ended.out);
    let scenarios: Vec<_> = ended
        .out
        .lines()
        .filter(|line| line.starts_with("  "))
        .collect();
    assert!(scenarios.iter().all(|line| line.starts_with("  ok    ")));
    let folders: Vec<_> = ended
        .out
        .lines()
        .filter(|line| line.ends_with('/'))
        .collect();
    assert_eq!(folders, ["configuration/", "get-payload/", "history/"]);
    let count = format!("{0} scenarios: {0} passed\n", scenarios.len());
    assert_tells(&ended.out, &["get-payload/\n", "reply-at-201-ms ", &count]);
    assert_tells(&ended.out, &[" rules: ", " held, ", " not exercised\n"]);
}

#[test]
fn two_processes_make_the_same_traces() {
    let first = gauntlet(&["run", "--digest", "configuration", "history"]);
    let second = gauntlet(&["run", "--digest", "--jobs", "1", "configuration", "history"]);
    assert_eq!((first.code, second.code), (0, 0));
    assert_eq!(first.out, second.out);
    let addresses: BTreeSet<_> = first
        .out
        .lines()
        .map(|line| line.split_once("  ").expect("a digest and an address"))
        .inspect(|(digest, _)| assert_eq!(digest.len(), 64, "{digest}"))
        .map(|(_, address)| address)
        .collect();
    assert_eq!(addresses.len(), first.out.lines().count());
    assert!(addresses.iter().any(|of| of.starts_with("history/")));
}

#[test]
fn twice_in_two_threads_is_the_same() {
    let ended = gauntlet(&["run", "--twice", "get-payload/reply-at-201-ms"]);
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
}

/// The nodes are Gauntlet's own, so that there is nothing to be lenient with.
#[test]
fn own_nodes_are_held_to_every_should() {
    let digests = |arguments: &[&str]| {
        let run = ["run", "--digest", "get-payload/reply-at-201-ms"];
        gauntlet(&[&run[..], arguments].concat())
    };
    let (strict, plain) = (digests(&["--strict"]), digests(&[]));
    assert_eq!((strict.code, strict.out), (plain.code, plain.out));
}

#[test]
fn a_seed_and_a_tick_can_be_given() {
    let digest = |arguments: &[&str]| {
        let run = ["run", "--digest", "failsafe/jitter"];
        let ended = gauntlet(&[&run[..], arguments].concat());
        ended.out.split(' ').next().unwrap().to_owned()
    };
    assert_ne!(digest(&["--seed", "7"]), digest(&["--seed", "8"]));
    assert_eq!(digest(&["--tick", "1"]), digest(&[]));
}

/// What is repeated is judged by the rules alone; what cannot be is told with its address.
#[test]
fn a_scenario_is_repeated_for_as_many_slots_as_are_asked_for() {
    let ended = gauntlet(&["run", "--soak", "60", "get-payload/reply-at-201-ms"]);
    assert_tells(
        &ended.out,
        &["1 scenario: 1 passed\n", "2 min 1 s simulated in "],
    );
    assert_eq!((ended.code, &*ended.err), (0, ""), "{}", ended.out);

    let endless = gauntlet(&["run", "--soak", "60", "failsafe/refused-from-the-start"]);
    let told = "error: `failsafe/refused-from-the-start` cannot be repeated: the fault from ";
    assert_tells(&endless.err, &[told, " ms on has no end"]);
    assert_eq!(endless.code, 2);
    assert_eq!(gauntlet(&["run", "--soak", "0"]).code, 2);
}

#[test]
fn a_scenario_that_is_not_as_it_expects_to_be_is_a_violation() {
    let wrong = LATE.replace("\"local\"", "\"builder\"");
    let wrong = wrong.replace("requests = 1", "requests = 2");
    let idle = LATE.replace("get-payload/no-retry", "forward-transaction/loud-log");
    let folder = folder("violation", &[("idle.toml", &idle), ("wrong.toml", &wrong)]);
    let ended = gauntlet_in(&folder, &["run"]);
    assert_tells(
        &ended.out,
        &[
            "  FAIL  idle   ",
            "not exercised forward-transaction/loud-log, which the scenario is for\n",
            "  FAIL  wrong  ",
            "unexpected in slot 1: expected the builder's block, got the local block\n",
            "unexpected in slot 1: expected 2 payload requests, got 1\n",
            "2 scenarios: 0 passed, 2 failed\n",
        ],
    );
    assert_eq!((ended.code, &*ended.err), (1, ""));
    // The digests are the same, whatever is expected, and say nothing of it.
    let ended = gauntlet_in(&folder, &["run", "--digest"]);
    assert_eq!((ended.code, ended.out.lines().count()), (1, 2));
    assert_tells(&ended.err, &["FAIL  late/idle\n", "FAIL  late/wrong\n"]);
}

#[test]
fn json_is_an_object_a_line_and_nothing_else() {
    let ended = gauntlet(&["run", "--json", "request"]);
    assert_eq!((ended.code, &*ended.err), (0, ""));
    let lines = json(&ended.out);
    let Some((summary, reports)) = lines.split_last() else {
        panic!("nothing")
    };
    for report in reports {
        let address = report["scenario"].as_str().unwrap();
        assert!(address.starts_with("request/"));
        assert_eq!(report["passed"], true, "{address}");
        assert_eq!(report["digest"].as_str().map(str::len), Some(64));
        assert_eq!(
            report["rules"].as_array().map(Vec::len),
            Some(rules::ids().len())
        );
        assert_eq!(report["failures"].as_array().map(Vec::len), Some(0));
        assert!(!report["title"].as_str().unwrap().is_empty());
    }
    let summary = &summary["summary"];
    assert_eq!(summary["scenarios"]["passed"], reports.len());
    assert_eq!(summary["exit_code"], 0);

    let traced = gauntlet(&["run", "--json", "--trace", "get-payload/reply-at-201-ms"]);
    let lines = json(&traced.out);
    assert!(lines.len() > 20);
    assert!(
        lines[..lines.len() - 2]
            .iter()
            .all(|line| line["at_us"].is_u64())
    );
}
