//! Commands that are ended early: by Ctrl-C, or since nobody reads on.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::common::{Ended, assert_tells, command, folder, json};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn spawn(folder: &Path, arguments: &[&str]) -> Child {
    command(folder, arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs")
}

/// Presses Ctrl-C once the command listens for it: that is before it begins with its work.
fn interrupt(child: &Child) {
    const SIGINT: u64 = 1 << (2 - 1);
    let status = format!("/proc/{}/status", child.id());
    let listens = || {
        let status = fs::read_to_string(&status).expect("a process has a status");
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        let caught = caught.expect("it has signals").trim();
        u64::from_str_radix(caught, 16).expect("hexadecimal") & SIGINT != 0
    };
    while !listens() {
        std::thread::yield_now();
    }
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(killed.expect("there is a kill").success());
}

fn interrupted(folder: &Path, arguments: &[&str]) -> Ended {
    let child = spawn(folder, arguments);
    interrupt(&child);
    child.wait_with_output().expect("it ends").into()
}

/// Results in a file, which is whole and says that it is not of all.
fn junit(path: &Path) -> String {
    let xml = fs::read_to_string(path).expect("results are written");
    fs::remove_file(path).expect("the file goes");
    assert_tells(&xml, &["<error message=\"ended early: ", "</testsuites>"]);
    xml
}

#[test]
fn scenarios_that_are_interrupted_are_told_as_far_as_they_were_run() {
    let results = folder("interrupted-run", &[]).join("results.xml");
    let file = results.to_str().expect("a path of text");
    let ended = interrupted(&root(), &["run", "--jobs", "1", "--junit", file]);
    assert_eq!(ended.code, 130, "{}{}", ended.out, ended.err);
    assert_tells(&ended.err, &["ending: what has begun is finished"]);
    assert_tells(&ended.out, &["ended early: ", " scenarios were not run\n"]);
    junit(&results);

    let ended = interrupted(&root(), &["run", "--jobs", "1", "--json"]);
    let lines = json(&ended.out);
    let summary = &lines.last().expect("a summary")["summary"];
    assert_eq!((ended.code, &summary["exit_code"]), (130, &130.into()));
    let counts = summary["scenarios"].as_object().expect("counts");
    let ran: u64 = counts.values().filter_map(Value::as_u64).sum();
    assert_eq!(ran, lines.len() as u64 - 1, "{summary}");
    assert!(summary["not_run"].as_u64() > Some(0), "{summary}");

    let ended = interrupted(&root(), &["run", "--jobs", "1", "--digest"]);
    assert_eq!(ended.code, 130);
    assert_tells(&ended.err, &["ended early: ", " were not run"]);
}

#[test]
fn seeds_that_are_interrupted_are_told_as_far_as_they_were_run() {
    let results = folder("interrupted-explore", &[]).join("results.xml");
    let file = results.to_str().expect("a path of text");
    let seeds = ["explore", "--seeds", "0..1000000", "--junit", file];
    let ended = interrupted(&root(), &seeds);
    assert_eq!(ended.code, 130, "{}{}", ended.out, ended.err);
    assert_tells(
        &ended.out,
        &["ended early: ", " of 1000000 seeds were not run\n"],
    );
    assert_tells(&junit(&results), &[" of 1000000 not run"]);

    let ended = interrupted(&root(), &["explore", "--seeds", "0..1000000", "--json"]);
    let lines = json(&ended.out);
    let summary = lines.last().expect("a summary");
    let of = |member: &str| summary[member].as_u64().expect("a number");
    assert_eq!(of("seeds") + of("not_run"), 1_000_000, "{summary}");
}

#[test]
fn mutants_that_are_interrupted_are_told_as_far_as_they_were_run() {
    let results = folder("interrupted-mutants", &[]).join("results.xml");
    let file = results.to_str().expect("a path of text");
    let ended = interrupted(&root(), &["mutants", "--jobs", "1", "--junit", file]);
    assert_eq!(ended.code, 130, "{}{}", ended.out, ended.err);
    assert_tells(
        &ended.out,
        &[
            "ended early: ",
            " mutants were not run\n",
            " mutants killed",
        ],
    );
    junit(&results);
}

/// What has begun may take long.
#[test]
fn a_second_time_ends_it_at_once() {
    let endless = "title = \"x\"\nslots = 100000\n[traffic]\ntransactions_per_slot = 1000\n";
    let folder = folder("interrupted-twice", &[("endless.toml", endless)]);
    let mut child = spawn(&folder, &["run"]);
    interrupt(&child);
    let mut err = BufReader::new(child.stderr.take().expect("it is piped"));
    let mut line = String::new();
    while !line.starts_with("ending: ") {
        line.clear();
        assert_ne!(
            err.read_line(&mut line).expect("text"),
            0,
            "nothing is said"
        );
    }
    interrupt(&child);
    let ended = Ended::from(child.wait_with_output().expect("it ends"));
    assert_eq!((ended.code, &*ended.out), (130, ""));
}

/// What was asked for and was not done is not said to conform.
#[test]
fn whoever_stops_to_read_does_no_harm() {
    for (arguments, code) in [
        (&["run", "--jobs", "1"][..], 130),
        (&["run", "--jobs", "1", "--json"], 130),
        (&["mutants", "--jobs", "1"], 130),
        (&["rules"], 0),
        (&["decisions"], 0),
        (&["--help"], 0),
    ] {
        let mut child = spawn(&root(), arguments);
        drop(child.stdout.take());
        let mut err = String::new();
        let mut stderr = child.stderr.take().expect("it is piped");
        stderr.read_to_string(&mut err).expect("text");
        assert_eq!(err, "", "{arguments:?}");
        let ended = child.wait().expect("it ends").code();
        assert_eq!(ended, Some(code), "{arguments:?}");
    }
}
