//! Each scenario file is a test: it passes, its trace reads as its snapshot, and the digest of its
//! trace is the same in every run and at every admissible tick.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use gauntlet::net::sim;
use gauntlet::plan::Plan;
use gauntlet::report::story::{Reading, render};
use gauntlet::rules;
use gauntlet::scenario;
use gauntlet::suite::{self, Exit, Failure, Profile, RunOptions, Standing, Suite, check};
use gauntlet::trace::Difference;
use gauntlet::world::Players;
use insta::Settings;
use rstest::rstest;

fn load(path: &Path) -> Plan {
    scenario::load(path, &rules::ids()).unwrap_or_else(|error| panic!("\n{error}"))
}

fn scenarios() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios")
}

/// Snapshots of this folder below that of all.
fn snapshots(folder: &Path, title: &str) -> Settings {
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path(Path::new("../../snapshots").join(folder));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_description(title);
    settings
}

/// The snapshot has the address of the scenario.
#[rstest]
fn scenario_passes(#[files("../scenarios/**/*.toml")] path: PathBuf) {
    let plan = load(&path);
    let trace = sim::run(&plan).unwrap_or_else(|error| panic!("{error}"));
    let outcome = check(&trace, Profile::STRICT);
    let failures: Vec<String> = outcome.failures.iter().map(Failure::to_string).collect();
    assert!(
        failures.is_empty(),
        "{}\n{}",
        failures.join("\n"),
        render(&trace, Reading::Story)
    );
    assert!(outcome.undecided.is_empty(), "{:?}", outcome.undecided);

    let root = scenarios().canonicalize().expect("a folder of scenarios");
    let path = path.canonicalize().expect("a scenario file");
    let address = path.strip_prefix(root).expect("a scenario of the folder");
    let folder = address.parent().expect("a scenario is in a folder");
    let name = address
        .file_stem()
        .and_then(|name| name.to_str())
        .expect("a scenario has a name");
    snapshots(folder, &plan.title)
        .bind(|| insta::assert_snapshot!(name, render(&trace, Reading::Story)));
}

/// How often each rule held over all scenarios, and in how many. A rule that is new changes one
/// line here, and no story.
#[test]
fn coverage() {
    let cases = Suite::at(scenarios()).cases();
    let summary = suite::run(&cases, &RunOptions::default(), &mut ());
    assert_eq!(summary.exit(), Exit::Conforms);
    let mut text = String::new();
    for (rule, standing) in &summary.rules {
        let Standing { held, held_in, .. } = standing;
        let _infallible = writeln!(text, "held {held:>4} × in {held_in:>3}  {}", rule.id);
    }
    snapshots(
        Path::new(""),
        "How often each rule held, and in how many scenarios",
    )
    .bind(|| insta::assert_snapshot!("coverage", text));
}

#[rstest]
fn digest_is_the_same_at_every_tick(#[files("../scenarios/**/*.toml")] path: PathBuf) {
    let plan = load(&path);
    let run = |tick_ms| {
        sim::run_with(&plan, &Players::honest(), tick_ms).unwrap_or_else(|error| panic!("{error}"))
    };
    let first = run(plan.largest_tick_ms());
    // The largest tick comes once more: two runs in one process.
    for tick_ms in plan.admissible_ticks_ms() {
        let other = run(tick_ms);
        if other.digest() != first.digest() {
            let difference = Difference::between(&first, &other).expect("a difference");
            panic!("at a tick of {tick_ms} ms the trace is another: {difference}");
        }
    }
}
