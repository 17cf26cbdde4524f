//! `--junit`, which `run`, `mutants` and `explore` have.

use std::fs;
use std::path::Path;

use crate::common::{LATE, assert_tells, folder, gauntlet_in};

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
