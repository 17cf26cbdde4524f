//! Invariants of absence: what must not be where, and what must not be at all.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use gauntlet::rules::{self, Evidence, Subject};
use gauntlet::scenario;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files below a folder with this ending, as paths from the workspace's root.
fn files(folder: &str, ending: &str) -> Vec<String> {
    fn walk(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
        for entry in entries {
            let path = entry.expect("a folder that can be listed").path();
            if path.is_dir() {
                walk(&path, ending, found);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(folder), ending, &mut found);
    let relative = |path: &PathBuf| {
        let path = path.strip_prefix(root()).expect("below the root");
        path.to_string_lossy().replace('\\', "/")
    };
    let mut found: Vec<String> = found.iter().map(relative).collect();
    found.sort();
    found
}

fn sources() -> Vec<String> {
    ["impl", "harness/src"]
        .iter()
        .flat_map(|folder| files(folder, ".rs"))
        .collect()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The lines of code that hold a text, comments left out.
fn mentions<'a>(source: &'a str, text: &str) -> Vec<&'a str> {
    source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//") && line.contains(text))
        .collect()
}

/// Nothing outside these places names this in code.
#[track_caller]
fn only_in(text: &str, places: &[&str]) {
    let elsewhere: Vec<String> = sources()
        .into_iter()
        .filter(|path| !places.iter().any(|place| path.starts_with(place)))
        .filter(|path| !mentions(&read(path), text).is_empty())
        .collect();
    assert!(
        elsewhere.is_empty(),
        "`{text}` outside {places:?}: {elsewhere:#?}"
    );
    let there = sources().iter().any(|path| {
        places.iter().any(|place| path.starts_with(place)) && read(path).contains(text)
    });
    assert!(
        places.is_empty() || there,
        "`{text}` is nowhere: this check checks nothing"
    );
}

#[test]
fn each_library_has_its_place() {
    only_in("turmoil::", &["harness/src/net/sim/"]);
    only_in("revm::", &["impl/engine/"]);
    only_in(
        "hyper::",
        &[
            "impl/rpc/",
            "harness/src/world/proxy/",
            "harness/src/mutants/controls/serve.rs",
            "harness/src/certify/served.rs",
        ],
    );
    only_in("tokio::net", &["impl/rpc/"]);
    only_in("tokio_rustls::", &["impl/rpc/"]);
    only_in(
        "toml::",
        &["harness/src/scenario/", "harness/src/certify/target.rs"],
    );
    only_in("clap::", &["harness/src/cli/"]);
    only_in("indicatif::", &["harness/src/cli/"]);
    only_in("prometheus_client::", &["harness/src/node/metrics.rs"]);
    only_in("tracing_subscriber::", &["harness/src/cli/process.rs"]);
    // A test strips colours.
    only_in(
        "anstream::",
        &["harness/src/cli/", "harness/src/report/text/mod.rs"],
    );
    only_in("quick_junit::", &["harness/src/report/junit.rs"]);
}

/// No wall clock, no randomness of the system and no thread anywhere that a simulated node reaches.
#[test]
fn simulated_nodes_depend_on_nothing_outside() {
    let shell = ["harness/src/cli/", "harness/src/devnet/"];
    let with = |more: &[&'static str]| [&shell[..], more].concat();
    only_in(
        "SystemTime",
        &["impl/rpc/src/jwt/system.rs", "harness/src/node/wall.rs"],
    );
    only_in("OsRng", &[]);
    only_in("thread_rng", &[]);
    only_in(
        "getrandom",
        &["impl/rpc/src/jwt/system.rs", "harness/src/node/files.rs"],
    );
    only_in("thread::sleep", &[]);
    only_in(
        "std::time::Instant",
        &with(&["impl/engine/benches/", "harness/src/suite/stopwatch.rs"]),
    );
    only_in(
        "thread::",
        &with(&[
            "harness/src/net/sim/mod.rs",
            "harness/src/suite/",
            "impl/engine/tests/",
            "impl/node/src/workers.rs",
        ]),
    );
    only_in("spawn_blocking", &["impl/node/src/workers.rs"]);
    only_in("thread_local!", &["harness/src/net/sim/panics.rs"]);
    only_in("HashMap", &[]);
    only_in("HashSet", &[]);
}

#[test]
fn nothing_is_unsafe_allowed_or_left_for_later() {
    for text in [
        "unsafe ",
        "#[allow(",
        "#![allow(",
        "todo!(",
        "unimplemented!(",
        "#[ignore",
    ] {
        only_in(text, &[]);
    }
}

/// Which package may depend on which: engine -> protocol; node -> engine; sequencer, builder ->
/// protocol, engine, node, rpc; harness -> all.
#[test]
fn packages_depend_in_one_direction() {
    let ours = |manifest: &str| -> BTreeSet<String> {
        let manifest = read(manifest);
        let (_, dependencies) = manifest.split_once("[dependencies]").expect("a section");
        let dependencies = dependencies.split("\n[").next().expect("a first part");
        let names = dependencies
            .lines()
            .filter_map(|line| line.split(['.', ' ']).next());
        names
            .filter_map(|name| name.strip_prefix("gauntlet-"))
            .map(str::to_owned)
            .collect()
    };
    let set = |names: &[&str]| {
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(ours("impl/protocol/Cargo.toml"), set(&[]));
    assert_eq!(ours("impl/rpc/Cargo.toml"), set(&[]));
    assert_eq!(ours("impl/engine/Cargo.toml"), set(&["protocol"]));
    assert_eq!(ours("impl/node/Cargo.toml"), set(&["engine"]));
    for node in ["sequencer", "builder"] {
        assert_eq!(
            ours(&format!("impl/{node}/Cargo.toml")),
            set(&["engine", "node", "protocol", "rpc"])
        );
    }
    let all = set(&["builder", "engine", "node", "protocol", "rpc", "sequencer"]);
    assert_eq!(ours("harness/Cargo.toml"), all);
}

#[test]
fn the_root_shows_the_architecture() {
    let allowed = [
        "Cargo.toml",
        "Cargo.lock",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "harness",
        "impl",
        "scenarios",
        "snapshots",
        "target",
    ];
    for entry in fs::read_dir(root()).expect("the root") {
        let name = entry
            .expect("an entry")
            .file_name()
            .to_string_lossy()
            .into_owned();
        assert!(
            name.starts_with('.') || allowed.contains(&name.as_str()),
            "{name} at the root"
        );
    }
}

/// Every scenario is for some rule, every rule has a scenario, and both have the same sections.
#[test]
fn scenarios_and_rules_belong_together() {
    let ids = rules::ids();
    assert_eq!(
        ids.iter().collect::<BTreeSet<_>>().len(),
        ids.len(),
        "an id stands twice"
    );
    let mut covered = BTreeSet::new();
    for path in files("scenarios", ".toml") {
        let cells = scenario::parse_all(&path, &read(&path), &ids);
        let cells = cells.unwrap_or_else(|error| panic!("\n{error}"));
        let section = path.split('/').nth(1).expect("a scenario is in a folder");
        let is_section = ids.iter().any(|id| id.split('/').next() == Some(section));
        assert!(
            is_section || ["history", "soak"].contains(&section),
            "{section} is no section of the specification"
        );
        for cell in cells {
            let (address, exercises) = (cell.address, cell.plan.exercises);
            assert!(!exercises.is_empty(), "{path}{address} is for nothing");
            covered.extend(exercises);
        }
    }
    let uncovered: Vec<_> = ids.iter().filter(|id| !covered.contains(**id)).collect();
    assert!(uncovered.is_empty(), "no scenario is for {uncovered:?}");
}

#[test]
fn every_snapshot_has_a_scenario_and_every_scenario_a_snapshot() {
    let of = |folder: &str, ending: &str| -> BTreeSet<String> {
        let prefix = format!("{folder}/");
        files(folder, ending)
            .iter()
            .filter_map(|path| {
                path.strip_prefix(&prefix)?
                    .strip_suffix(ending)
                    .map(str::to_owned)
            })
            .collect()
    };
    let mut expected = of("scenarios", ".toml");
    // What the rules come to over all of them stands in one file.
    expected.insert("coverage".to_owned());
    assert_eq!(of("snapshots", ".snap"), expected);
}

/// How many rules each kind of evidence decides: the table in the README.
#[test]
fn the_readme_counts_the_rules_by_evidence() {
    let mut counts: BTreeMap<Vec<Evidence>, [usize; 2]> = BTreeMap::new();
    for rule in rules::all() {
        let mut evidence = rule.evidence.to_vec();
        evidence.sort();
        let [sequencer, builder] = counts.entry(evidence).or_default();
        match rule.subject {
            Subject::Sequencer => *sequencer += 1,
            Subject::Builder => *builder += 1,
            Subject::Engine => panic!("{} is of no trace", rule.id),
        }
    }
    let name = |evidence: &[Evidence]| {
        let kinds: Vec<_> = evidence.iter().map(ToString::to_string).collect();
        kinds.join(", ")
    };
    let mut rows: Vec<_> = counts.iter().collect();
    rows.sort_by_key(|(evidence, _)| (evidence.len(), *evidence));
    let mut table = "| judged by | rules for the sequencer | for the builder | all |\n".to_owned();
    table += "|---|---|---|---|\n";
    for (evidence, [sequencer, builder]) in rows {
        let all = sequencer + builder;
        table += &format!("| {} | {sequencer} | {builder} | {all} |\n", name(evidence));
    }
    let all = |subject| rules::all().filter(|rule| rule.subject == subject).count();
    let (sequencer, builder) = (all(Subject::Sequencer), all(Subject::Builder));
    let total = sequencer + builder;
    table += &format!("| all | {sequencer} | {builder} | {total} |\n");
    assert!(
        read("README.md").contains(&table),
        "the README's table is not, or no longer, this:\n\n{table}"
    );
}
