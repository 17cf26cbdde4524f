//! Each scenario file is a test: it passes, its trace reads as its snapshot, and the digest of its
//! trace is the same in every run and at every admissible tick.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use gauntlet::net::sim;
use gauntlet::plan::Plan;
use gauntlet::rules::{self, Verdict};
use gauntlet::scenario;
use gauntlet::suite::{Failure, Profile, check};
use gauntlet::trace::{Reading, Trace, render};
use gauntlet::world::Cast;
use rstest::rstest;

fn load(path: &Path) -> Plan {
    scenario::load(path, &rules::ids()).unwrap_or_else(|error| panic!("\n{error}"))
}

/// The run as a person reads it, and how often each rule held.
fn read(trace: &Trace) -> String {
    let mut text = render(trace, Reading::Story);
    text.push('\n');
    for (rule, verdict) in rules::judge(trace) {
        if let Verdict::Held(times) = verdict {
            let _infallible = writeln!(text, "held {times:>3} × {}", rule.id);
        }
    }
    text
}

#[rstest]
fn scenario_passes(#[files("../scenarios/**/*.toml")] path: PathBuf) {
    let plan = load(&path);
    let trace = sim::run(&plan).unwrap_or_else(|error| panic!("{error}"));
    let failures: Vec<String> = check(&trace, Profile::STRICT)
        .failures
        .iter()
        .map(Failure::to_string)
        .collect();
    assert!(
        failures.is_empty(),
        "{}\n{}",
        failures.join("\n"),
        render(&trace, Reading::Story)
    );

    let folder = path
        .parent()
        .and_then(Path::file_name)
        .expect("a scenario is in a folder");
    let name = path
        .file_stem()
        .and_then(|name| name.to_str())
        .expect("a scenario has a name");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new("../../snapshots").join(folder));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_description(plan.title);
    settings.bind(|| insta::assert_snapshot!(name, read(&trace)));
}

#[rstest]
fn digest_is_the_same_at_every_tick(#[files("../scenarios/**/*.toml")] path: PathBuf) {
    let plan = load(&path);
    let run = |tick_ms| {
        sim::run_with(&plan, &Cast::honest(), tick_ms).unwrap_or_else(|error| panic!("{error}"))
    };
    let first = run(plan.largest_tick_ms());
    // The largest tick comes once more: two runs in one process.
    for tick_ms in plan.admissible_ticks_ms() {
        let other = run(tick_ms);
        if other.digest() != first.digest() {
            let (mut ours, mut theirs) = (
                gauntlet::trace::lines(&first),
                gauntlet::trace::lines(&other),
            );
            let differing = std::iter::from_fn(|| match (ours.next(), theirs.next()) {
                (None, None) => None,
                pair => Some(pair),
            })
            .find(|(ours, theirs)| ours != theirs);
            panic!("at a tick of {tick_ms} ms the trace is another: {differing:#?}");
        }
    }
}
