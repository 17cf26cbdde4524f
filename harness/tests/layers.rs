//! The rooms of the harness stand in an order, and each names only those before it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms in their order.
const ROOMS: [&str; 20] = [
    "plan",
    "chain",
    "trace",
    "dialect",
    "view",
    "oracle",
    "rules",
    "decisions",
    "faults",
    "probes",
    "world",
    "net",
    "scenario",
    "suite",
    "node",
    "mutants",
    "explore",
    "report",
    "certify",
    "cli",
];

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && !path.ends_with("tests") {
            files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The files of a room, each with its code, comments left out.
fn room(name: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let folder = sources().join(name);
    if folder.is_dir() {
        files(&folder, &mut found);
    }
    let file = sources().join(format!("{name}.rs"));
    if file.exists() {
        found.push(file);
    }
    assert!(!found.is_empty(), "there is no room `{name}`");
    found
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a source");
            let is_code = |line: &&str| !line.trim_start().starts_with("//");
            // A unit test may look around.
            let code: Vec<&str> = text
                .lines()
                .filter(is_code)
                .take_while(|line| *line != "mod tests {")
                .collect();
            (path, code.join("\n"))
        })
        .collect()
}

/// The rooms that code names: what follows `crate::`, in lists of imports too.
fn named(code: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let list = match rest.strip_prefix('{') {
            // `crate::{one, two::three}`: what stands at the top of the list.
            Some(inner) => top_of_list(inner),
            None => vec![rest],
        };
        for item in list {
            let name: String = item
                .trim_start()
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect();
            names.insert(name);
        }
    }
    names
}

fn top_of_list(inner: &str) -> Vec<&str> {
    let (mut depth, mut start, mut items) = (0, 0, Vec::new());
    for (at, c) in inner.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                items.push(&inner[start..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                items.push(&inner[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    items
}

#[test]
fn a_room_names_only_those_before_it() {
    let mut wrong = Vec::new();
    let mut arrows = 0;
    for (place, name) in ROOMS.iter().enumerate() {
        for (path, code) in room(name) {
            for other in named(&code) {
                let Some(of) = ROOMS.iter().position(|room| *room == other) else {
                    continue;
                };
                arrows += usize::from(of != place);
                if of > place {
                    wrong.push(format!("{} names {other}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(arrows > 50, "only {arrows} imports were read");
}

/// Imports from the top of a room by `super::` would name a sibling unseen.
#[test]
fn no_room_reaches_its_siblings_by_super() {
    for name in ROOMS {
        let top = [format!("{name}.rs"), format!("{name}/mod.rs")];
        for (path, code) in room(name) {
            if top.iter().any(|top| path == sources().join(top)) {
                assert!(
                    !code.contains("use super::"),
                    "{} imports by super",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn every_room_has_its_place_and_its_invariant() {
    let lib = fs::read_to_string(sources().join("lib.rs")).expect("lib.rs");
    let rooms: BTreeSet<&str> = lib
        .lines()
        .filter_map(|line| line.trim_end_matches(';').strip_prefix("pub mod "))
        .collect();
    assert_eq!(rooms, ROOMS.into_iter().collect::<BTreeSet<_>>());
    let told: Vec<&str> = lib
        .lines()
        .filter_map(|line| line.strip_prefix("//! | "))
        .map(|row| row.trim_start_matches('['))
        .filter_map(|row| row.strip_prefix('`'))
        .collect();
    let names: Vec<&str> = told
        .iter()
        .filter_map(|row| row.split('`').next())
        .collect();
    assert_eq!(names, ROOMS, "the table of lib.rs tells the order");
    for row in told {
        let columns = row.split(" | ").count();
        assert_eq!(
            columns, 3,
            "a room, what belongs there, its invariant: {row}"
        );
    }
}

#[test]
fn lists_of_imports_are_read() {
    let code = "use crate::{rules, trace::{self, Trace}};\nlet x = crate::plan::Plan::default();";
    let names: Vec<String> = named(code).into_iter().collect();
    assert_eq!(names, ["plan", "rules", "trace"]);
}
