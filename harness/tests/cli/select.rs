//! What `gauntlet run` is asked to run, and what is not there.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;

use crate::common::{Ended, LATE, assert_tells, command, folder, gauntlet, gauntlet_in, json};

#[test]
fn sections_rules_and_the_standard_input_select_scenarios() {
    let section = gauntlet(&["run", "--digest", "request"]);
    assert!(section.out.lines().count() > 3);
    assert!(section.out.lines().all(|line| line.contains("  request/")));
    // A rule, and one of its scenarios once more.
    let words = ["get-payload/no-retry", "get-payload/reply-at-201-ms"];
    let rule = gauntlet(&[&["run", "--digest"], &words[..]].concat());
    let (address, count) = ("  get-payload/reply-at-201-ms\n", rule.out.lines().count());
    assert_eq!(rule.out.matches(address).count(), 1, "{}", rule.out);
    assert!(count > 1 && rule.code == 0);

    let mut child = command(Path::new("."), &["run", "--digest", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(LATE.as_bytes())
        .unwrap();
    let ended = Ended::from(child.wait_with_output().unwrap());
    assert_tells(&ended.out, &["  standard-input\n"]);
    assert_eq!(ended.code, 0, "{}", ended.err);
}

/// A folder of a test's own where there is no folder of scenarios, here or above.
fn outside(test: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("gauntlet-{test}-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a new folder");
    folder
}

#[test]
fn outside_the_repository_there_are_the_same_scenarios() {
    let folder = outside("embedded");
    let digests = ["run", "--digest", "configuration"];
    let there = gauntlet_in(&folder, &digests);
    assert_eq!((there.code, &*there.err), (0, ""));
    assert_eq!(there.out, gauntlet(&digests).out);

    let rules = gauntlet_in(&folder, &["rules"]);
    assert_eq!((rules.code, rules.out), (0, gauntlet(&["rules"]).out));

    let mutant = gauntlet_in(&folder, &["mutants", "retries-once"]);
    assert_tells(&mutant.out, &["killed    retries-once", "1 of 1 mutants"]);
    assert_eq!((mutant.code, &*mutant.err), (0, ""));

    let unknown = gauntlet_in(&folder, &["run", "get-payload/wrong-stateroot"]);
    assert_eq!(unknown.code, 2);
    assert_tells(
        &unknown.err,
        &["did you mean `get-payload/wrong-state-root`?"],
    );
    fs::remove_dir(&folder).expect("nothing is left behind");
}

#[test]
fn a_folder_of_scenarios_stands_for_those_that_are_carried() {
    let folder = folder("own", &[("a.toml", LATE)]);
    let deep = folder.join("scenarios/late/deep/deeper");
    fs::create_dir_all(&deep).expect("a new folder");
    fs::write(deep.join("b.toml"), LATE).expect("a new file");
    let addresses = |words: &[&str]| -> Vec<String> {
        let ended = gauntlet_in(&deep, &[&["run", "--digest"], words].concat());
        let lines = ended.out.lines().filter_map(|line| line.split_once("  "));
        lines.map(|(_, address)| address.to_owned()).collect()
    };
    let all = ["late/a", "late/deep/deeper/b"];
    assert_eq!(addresses(&[]), all);
    assert_eq!(addresses(&["late"]), all);
    assert_eq!(addresses(&["get-payload/no-retry"]), all);
    assert_eq!(addresses(&["late/deep"]), all[1..]);
    // What is here goes before what has the address.
    assert_eq!(addresses(&["late/deep/deeper/b", "b.toml", "."]), all[1..]);
    let listed = gauntlet_in(&folder, &[]);
    assert_tells(&listed.out, &["late/\n", "a ", "late/deep/deeper/\n", "b "]);
    let unknown = gauntlet_in(&folder, &["run", "late/deap"]);
    assert_tells(&unknown.err, &["did you mean `late/deep`?"]);
}

#[test]
fn what_is_not_there_is_bad_input() {
    for (word, told) in [
        (
            "scenarios/get-payload/reply-at-211-ms.toml",
            "there is no such scenario file",
        ),
        (
            "get-payload/wrong-stateroot",
            "did you mean `get-payload/wrong-state-root`?",
        ),
        ("no-retry", "did you mean `get-payload/no-retry`?"),
        (
            "zzzzzz",
            "there is no file, folder, scenario or rule `zzzzzz`",
        ),
        (
            "impl/rpc/src",
            "there is no scenario file in `impl/rpc/src`",
        ),
    ] {
        let ended = gauntlet(&["run", word]);
        assert_eq!(ended.code, 2, "{word}");
        assert_tells(&ended.err, &[told]);
    }
    let ended = gauntlet(&["run", "zzzzzz", "get-payload/reply-at-201-ms", "--digest"]);
    assert_eq!((ended.code, ended.out.lines().count()), (2, 1));
}

#[test]
fn a_typo_is_shown_with_its_place_and_the_others_still_run() {
    let typo = LATE.replace("arrives_at_ms", "arives_at_ms");
    let folder = folder(
        "typo",
        &[("a.toml", LATE), ("b.toml", &typo), ("c.toml", LATE)],
    );
    let ended = gauntlet_in(&folder, &[]);
    assert_eq!(ended.code, 2, "{}", ended.out);
    assert_tells(
        &ended.out,
        &[
            "late/\n",
            "  ok    a  ",
            "  BAD   b\n",
            "  ok    c  ",
            "3 scenarios: 2 passed, 1 could not be run\n",
        ],
    );
    assert_tells(
        &ended.err,
        &[
            "error: unknown key `arives_at_ms`",
            "scenarios/late/b.toml:6:31\n",
            "builder = { reply = \"honest\", arives_at_ms = 201 }\n",
            "^^^^^^^^^^^^ unknown key\n",
            "did you mean `arrives_at_ms`?",
        ],
    );
    let ended = gauntlet_in(&folder, &["run", "--json"]);
    let [_, bad, _, summary] = &*json(&ended.out) else {
        panic!("four lines: {}", ended.out)
    };
    assert_eq!(
        (&bad["passed"], &bad["digest"]),
        (&false.into(), &Value::Null)
    );
    assert_eq!(bad["error"]["problems"][0]["line"], 6);
    assert_eq!(bad["error"]["problems"][0]["column"], 31);
    assert_eq!(summary["summary"]["exit_code"], 2);
    assert_eq!(ended.code, 2);
}

const MATRIX: &str = r#"
title = "{reply} after {at_ms} ms"
for   = ["get-payload/no-retry"]
[matrix]
reply = ["honest", "wrong-gas-used"]
at_ms = [199, 201]
[[slot]]
builder = { reply = "$reply", arrives_at_ms = "$at_ms" }
"#;

/// A cell has an address wherever one is taken, and a transcript of its own; its plan is a file.
#[test]
fn the_cells_of_a_matrix_are_scenarios() {
    let folder = folder("matrix", &[("reply.toml", MATRIX)]);
    let digests = |word: &str| {
        let ended = gauntlet_in(&folder, &["run", "--digest", word]);
        assert_eq!(ended.code, 0, "{}", ended.err);
        ended.out
    };
    let all = [
        "late/reply[reply=honest,at_ms=199]",
        "late/reply[reply=honest,at_ms=201]",
        "late/reply[reply=wrong-gas-used,at_ms=199]",
        "late/reply[reply=wrong-gas-used,at_ms=201]",
    ];
    for (word, cells) in [
        ("late", &all[..]),
        ("late/reply", &all),
        ("scenarios/late/reply.toml", &all),
        ("late/reply[reply=honest]", &all[..2]),
        ("late/reply[at_ms=201,reply=honest]", &all[1..2]),
        (all[3], &all[3..]),
    ] {
        let out = digests(word);
        let addresses: Vec<_> = out
            .lines()
            .filter_map(|line| line.split("  ").nth(1))
            .collect();
        assert_eq!(addresses, cells, "{word}");
    }

    let plan = gauntlet_in(&folder, &["plan", all[2]]);
    assert_tells(
        &plan.out,
        &[
            "title = \"wrong-gas-used after 199 ms\"",
            "arrives_at_ms = 199",
        ],
    );
    fs::write(folder.join("cell.toml"), &plan.out).expect("a new file");
    let alone = digests("cell.toml");
    assert_eq!(alone.split("  ").next(), digests(all[2]).split("  ").next());
    let many = gauntlet_in(&folder, &["plan", "late/reply"]);
    assert_eq!(many.code, 2);
    assert_tells(&many.err, &["stands for 4 scenarios"]);

    let ended = gauntlet_in(&folder, &["run", "--transcript", "out", "late/reply"]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    for cell in all {
        assert!(
            folder.join(format!("out/{cell}.transcript.jsonl")).exists(),
            "{cell}"
        );
    }
    let verified = gauntlet_in(&folder, &["verify", "out"]);
    assert_eq!(verified.code, 0, "{}", verified.err);

    let unknown = gauntlet_in(&folder, &["run", "late/reply[reply=honest,at_ms=198]"]);
    assert_eq!(unknown.code, 2);
    assert_tells(
        &unknown.err,
        &["did you mean `late/reply[reply=honest,at_ms=199]`?"],
    );
}
