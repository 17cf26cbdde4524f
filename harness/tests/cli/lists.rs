//! `gauntlet rules` and `gauntlet decisions`.

use gauntlet::{decisions, rules};

use crate::common::{LATE, assert_tells, folder, gauntlet, gauntlet_in, json};

#[test]
fn rules_are_listed_with_their_scenarios() {
    let ended = gauntlet(&["rules"]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    for rule in rules::all() {
        let (section, name) = rule.id.split_once('/').unwrap();
        assert_tells(
            &ended.out,
            &[&format!("{section}/\n"), &format!("  {name} ")],
        );
    }
    let one = gauntlet(&["rules", "get-payload/no-retry"]);
    assert_tells(
        &one.out,
        &[
            "declared, line 96",
            "“**retries**: 0”\n",
            "judged by  wire",
            "get-payload/reply-at-201-ms",
        ],
    );
    let lines = json(&gauntlet(&["rules", "--json", "get-payload/"]).out);
    assert!(lines.iter().all(|line| line["line"].is_u64()));
    for line in &lines {
        assert_eq!(line["evidence"][0], "wire", "{line}");
        assert!(line["quote"].is_string() || line["source"].is_string());
    }
    let derived = gauntlet(&["rules", "mempool/forwarding-isolated"]);
    assert_tells(
        &derived.out,
        &["derived, line 56", "derives from\n    lines 52 and 56"],
    );
    assert!(!derived.out.contains('“'), "{}", derived.out);
    let unknown = gauntlet(&["rules", "get-payload/no-retries"]);
    assert_eq!(unknown.code, 2);
    assert_tells(&unknown.err, &["did you mean `get-payload/no-retry`?"]);
}

#[test]
fn the_rule_of_a_second_court_is_listed_with_its_known_differences() {
    let ended = gauntlet(&["rules"]);
    assert_tells(
        &ended.out,
        &["chain/\n", "second-opinion", "`gauntlet verify --engine`"],
    );
    let one = gauntlet(&["rules", "chain/second-opinion"]);
    assert_eq!((one.code, &*one.err), (0, ""));
    assert_tells(&one.out, &["it judges the engine", "known differences\n"]);
    for difference in rules::differences() {
        assert_tells(&one.out, &[&format!("    {}\n", difference.id)]);
    }
}

#[test]
fn rules_can_be_run() {
    let ended = gauntlet(&["rules", "get-payload/no-retry", "--run"]);
    assert_eq!((ended.code, &*ended.err), (0, ""));
    assert_tells(&ended.out, &[" scenarios, held ", " times\n"]);
}

#[test]
fn decisions_are_listed() {
    let ended = gauntlet(&["decisions"]);
    assert_eq!((ended.code, &*ended.err), (0, ""));
    for decision in decisions::all() {
        assert_tells(&ended.out, &[&format!("\n  {}\n", decision.id)]);
    }
    let one = gauntlet(&["decisions", "timeout-tie"]);
    assert_tells(
        &one.out,
        &["question", "answer", "strictly before 200 ms", "why"],
    );
    let lines = json(&gauntlet(&["decisions", "--json"]).out);
    assert_eq!(lines.len(), decisions::all().count());
    let unknown = gauntlet(&["decisions", "timeout-tied"]);
    assert_eq!(unknown.code, 2);
    assert_tells(&unknown.err, &["did you mean `timeout-tie`?"]);
}

/// One scenario is for two rules and leaves most others without a case.
#[test]
fn coverage_names_what_a_rule_lacks() {
    let folder = folder("coverage", &[("a.toml", LATE)]);
    let ended = gauntlet_in(&folder, &["rules", "--coverage"]);
    assert_eq!(ended.code, 1, "{}", ended.err);
    assert_tells(
        &ended.out,
        &["structures/request-shape", "no case is for it\n"],
    );
    assert_tells(
        &ended.out,
        &["get-payload/pubkey-matches", "it held in no case\n"],
    );
    let one = gauntlet_in(
        &folder,
        &["rules", "--coverage", "--json", "get-payload/no-retry"],
    );
    assert_eq!(one.code, 0, "{}", one.err);
    let [line] = &json(&one.out)[..] else {
        panic!("{}", one.out)
    };
    assert_eq!(line["scenarios"][0], "late/a");
    assert_eq!((&line["held_in"], &line["held"]), (&1.into(), &1.into()));
    assert!(
        line["mutants"]
            .as_array()
            .unwrap()
            .iter()
            .any(|id| id == "retries-once")
    );
    assert_eq!(line["lacks"].as_array().map(Vec::len), Some(0));
}

/// What kills a mutant is told by rule and case, and what a control passes, which is nothing.
#[test]
fn the_kill_matrix_is_told() {
    let ended = gauntlet(&["mutants", "--json", "requests-the-head-before", "silent"]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    let lines = json(&ended.out);
    let (mutant, control) = (&lines[0], &lines[1]);
    assert_eq!(mutant["mutant"], "requests-the-head-before");
    assert_eq!(mutant["killed"], true);
    let kills = mutant["kills"].as_array().unwrap();
    let by = |rule: &str| kills.iter().filter(|kill| kill["rule"] == rule).count();
    assert_eq!(by("interaction/request-names-head"), 1);
    assert!(
        kills
            .iter()
            .all(|kill| kill["scenario"] == "interaction/healthy-slots")
    );
    assert!(kills.len() > 1, "nothing besides its own rule noticed it");
    assert_eq!(control["control"], "silent");
    assert!(control["scenarios"].as_u64() > Some(10));
    assert_eq!(control["passed"].as_array().map(Vec::len), Some(0));
    assert_eq!(lines.len(), 2 + rules::all().count());
    let of_rule = |id: &str| lines.iter().find(|line| line["rule"] == id).unwrap();
    let own = of_rule("interaction/request-names-head");
    assert_eq!(own["kills"][0], "requests-the-head-before");
}
