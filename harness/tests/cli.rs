//! The built binary, as a user runs it.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use gauntlet::{decisions, rules};
use serde_json::Value;

/// A scenario that conforms, about which anything else can be said.
const LATE: &str = r#"
title = "The builder answers one millisecond after the timeout"
for   = ["get-payload/gives-up-at-200-ms", "get-payload/no-retry"]

[[slot]]
builder = { reply = "honest", arrives_at_ms = 201 }
expect  = { block = "local", requests = 1 }
"#;

/// What a command left behind.
struct Ended {
    code: i32,
    out: String,
    err: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().expect("an exit code"),
            out: String::from_utf8(output.stdout).expect("text"),
            err: String::from_utf8(output.stderr).expect("text"),
        }
    }
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gauntlet"));
    command.args(arguments).current_dir(folder);
    command
}

/// Runs it where the repository's scenarios are.
fn gauntlet(arguments: &[&str]) -> Ended {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    gauntlet_in(&root, arguments)
}

fn gauntlet_in(folder: &Path, arguments: &[&str]) -> Ended {
    let output = command(folder, arguments).output();
    output.expect("the binary runs").into()
}

/// A folder of a test's own, with these scenario files in `scenarios/late`.
fn folder(test: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("an old folder goes");
    }
    let scenarios = folder.join("scenarios/late");
    fs::create_dir_all(&scenarios).expect("a new folder");
    for (name, text) in files {
        fs::write(scenarios.join(name), text).expect("a new file");
    }
    folder
}

fn json(lines: &str) -> Vec<Value> {
    let line = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    lines.lines().map(line).collect()
}

/// Each of the parts is in the text, in this order.
#[track_caller]
fn assert_tells(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let at = rest.find(part);
        let at = at.unwrap_or_else(|| panic!("no {part:?} (or not in order) in\n{text}"));
        rest = &rest[at + part.len()..];
    }
}

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
fn the_whole_folder_conforms_and_is_listed_in_order() {
    let ended = gauntlet(&[]);
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
    assert!(folders.is_sorted() && folders.len() > 5, "{folders:?}");
    let count = format!("{0} scenarios: {0} passed\n", scenarios.len());
    assert_tells(&ended.out, &["get-payload/\n", "reply-at-201-ms ", &count]);
    assert_tells(&ended.out, &[" rules: ", " held\n"]);
}

#[test]
fn two_processes_make_the_same_traces() {
    let first = gauntlet(&["run", "--digest"]);
    let second = gauntlet(&["run", "--digest", "--jobs", "1"]);
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
    assert!(addresses.contains("get-payload/reply-at-201-ms"));
}

#[test]
fn twice_in_two_threads_is_the_same() {
    let ended = gauntlet(&["run", "--twice", "get-payload/reply-at-201-ms"]);
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
}

#[test]
fn sections_rules_and_the_standard_input_select_scenarios() {
    let section = gauntlet(&["run", "--digest", "get-payload"]);
    assert!(section.out.lines().count() > 3);
    assert!(
        section
            .out
            .lines()
            .all(|line| line.contains("  get-payload/"))
    );
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

#[test]
fn a_transcript_is_verified_and_a_changed_byte_is_found() {
    let folder = folder("transcript", &[("late.toml", LATE)]);
    let ran = gauntlet_in(&folder, &["run", "--transcript", "kept"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    let verified = gauntlet_in(&folder, &["verify", "kept"]);
    assert_tells(
        &verified.out,
        &[
            "ok    kept/late/late.transcript.jsonl",
            "get-payload/gives-up-at-200-ms",
            "held 1 time",
            "1 transcript: as written, 0 with violations; 0 not as written\n",
        ],
    );
    assert_eq!((verified.code, &*verified.err), (0, ""));

    let path = folder.join("kept/late/late.transcript.jsonl");
    let text = fs::read_to_string(&path).expect("a transcript");
    let line = text.lines().position(|line| line.contains("\"published\""));
    let line = line.expect("a block") + 1;
    let changed = text.replacen("\"published\"", "\"publishes\"", 1);
    fs::write(&path, changed).expect("a changed transcript");
    let altered = gauntlet_in(&folder, &["verify", "kept"]);
    assert_tells(
        &altered.err,
        &["kept/late/late.transcript.jsonl", &format!("line {line}")],
    );
    assert_eq!(altered.code, 2);

    let none = gauntlet_in(&folder, &["verify", "scenarios"]);
    assert_tells(&none.err, &["there is no transcript in `scenarios`"]);
    assert_eq!(none.code, 2);
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
    let digests = ["run", "--digest", "get-payload"];
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
fn results_are_written_as_junit() {
    let wrong = LATE.replace("\"local\"", "\"builder\"");
    let typo = LATE.replace("arrives_at_ms", "arives_at_ms");
    let folder = folder(
        "junit",
        &[("a.toml", LATE), ("b.toml", &wrong), ("c.toml", &typo)],
    );
    // The folder of the file need not be there.
    let arguments = ["run", "--junit", "results/scenarios.xml"];
    let ended = gauntlet_in(&folder, &arguments);
    assert_eq!(ended.code, 2);
    assert_tells(&ended.out, &["1 passed, 1 failed, 1 could not be run\n"]);
    let read = |name: &str| fs::read_to_string(folder.join("results").join(name)).expect("a file");
    assert_tells(
        &read("scenarios.xml"),
        &[
            r#"<testsuite name="scenarios" tests="3" disabled="0" errors="1" failures="1""#,
            r#"<testcase name="a" classname="late""#,
            r#"<testcase name="b" classname="late""#,
            r#"<failure message="unexpected in slot 1: expected the builder&apos;s block, got "#,
            r#"<testcase name="c" classname="late""#,
            r#"<error message="error: unknown key `arives_at_ms` in "#,
            r#"type="bad input">"#,
            "scenarios/late/c.toml:6:31",
        ],
    );
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let scenarios = root.join("scenarios");
    let scenarios = scenarios.to_str().expect("a path of text");
    let arguments = ["--scenarios", scenarios, "--junit", "results/mutants.xml"];
    let mutant = gauntlet_in(
        &folder,
        &[&["mutants", "retries-once"], &arguments[..]].concat(),
    );
    assert_eq!(mutant.code, 0, "{}", mutant.err);
    assert_tells(
        &read("mutants.xml"),
        &[
            r#"<testcase name="retries-once" classname="get-payload">"#,
            "killed by get-payload/no-retry in ",
        ],
    );
    let arguments = ["explore", "--seeds", "0..3", "--junit", "results/seeds.xml"];
    assert_eq!(gauntlet_in(&folder, &arguments).code, 0);
    assert_tells(
        &read("seeds.xml"),
        &[r#"<testcase name="3 of 0..3" classname="seeds">"#],
    );
    let left = fs::read_dir(folder.join("results")).expect("a folder");
    assert_eq!(left.count(), 3, "nothing else is left behind");

    let ended = gauntlet_in(&folder, &["run", "late/a", "--junit", "scenarios"]);
    assert_eq!(ended.code, 2);
    assert_tells(&ended.err, &["error: `scenarios` cannot be written: "]);
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
fn an_option_that_cannot_be_is_bad_input() {
    for arguments in [
        &["run", "--tick", "11", "get-payload/reply-at-201-ms"][..],
        &["run", "--tick", "0"],
        &["run", "--jobs", "0"],
        &["run", "--seed", "many"],
        &["run", "--digest", "--json"],
        &["walk"],
    ] {
        assert_eq!(gauntlet(arguments).code, 2, "{arguments:?}");
    }
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
    let ended = gauntlet(&["run", "--json", "get-payload"]);
    assert_eq!((ended.code, &*ended.err), (0, ""));
    let lines = json(&ended.out);
    let Some((summary, reports)) = lines.split_last() else {
        panic!("nothing")
    };
    for report in reports {
        let address = report["scenario"].as_str().unwrap();
        assert!(address.starts_with("get-payload/"));
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

#[test]
fn help_says_what_the_exit_codes_mean() {
    for arguments in [
        &["--help"][..],
        &["run", "--help"],
        &["explore", "--help"],
        &["mutants", "--help"],
        &["rules", "--help"],
        &["decisions", "--help"],
    ] {
        let ended = gauntlet(arguments);
        assert_eq!((ended.code, &*ended.err), (0, ""));
        assert_tells(&ended.out, &["Usage: ", "Examples:\n", "Exit codes"]);
        let widest = ended.out.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(120), "{widest:?} in\n{}", ended.out);
    }
    let version = gauntlet(&["--version"]);
    assert_eq!(version.code, 0);
    assert_tells(&version.out, &["gauntlet ", env!("CARGO_PKG_VERSION")]);
}

#[test]
fn whoever_stops_to_read_does_no_harm() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for arguments in [
        &["run", "get-payload"][..],
        &["rules"],
        &["decisions"],
        &["--help"],
    ] {
        let mut child = command(&root, arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut err = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut err)
            .unwrap();
        assert_eq!(err, "", "{arguments:?}");
        assert_eq!(child.wait().unwrap().code(), Some(0), "{arguments:?}");
    }
}
