//! `gauntlet rules` and `gauntlet decisions`.

use gauntlet::{decisions, rules};

use crate::common::{assert_tells, gauntlet, json};

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
