//! The decisions and the marks in the sources belong together.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::*;

fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // These very files write of the mark itself.
        if path.file_stem().is_some_and(|name| name == "decisions") {
            continue;
        }
        if path.is_dir() {
            files(&path, ending, found);
        } else if path.extension().is_some_and(|of| of == ending) {
            found.push(path);
        }
    }
}

/// The text of all comments, wherever their lines were broken.
fn comments(text: &str) -> String {
    let mut joined = String::new();
    for line in text.lines() {
        let line = line.trim().trim_start_matches(['/', '!', '#']).trim();
        // A hyphen at the end of a line is a part of a name.
        if !joined.ends_with('-') {
            joined.push(' ');
        }
        joined.push_str(line);
    }
    joined
}

/// The ids after each mark: a list, if commas or the next words are ids too.
fn marks(text: &str) -> Vec<String> {
    let text = comments(text);
    let mut ids = Vec::new();
    for mark in ["DECISION: ", "DECISIONS: "] {
        for (at, _) in text.match_indices(mark) {
            let list = &text[at + mark.len()..];
            for (index, item) in list.split(", ").enumerate() {
                let id: String = item
                    .chars()
                    .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
                    .collect();
                if index > 0 && find(&id).is_none() {
                    break;
                }
                let whole = id.len() == item.len();
                ids.push(id);
                if !whole {
                    break;
                }
            }
        }
    }
    ids
}

fn marked(folders: &[&str], ending: &str) -> BTreeMap<String, BTreeSet<PathBuf>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    for folder in folders {
        files(&root.join(folder), ending, &mut found);
    }
    let mut marked = BTreeMap::<String, BTreeSet<PathBuf>>::new();
    for path in found {
        for id in marks(&fs::read_to_string(&path).unwrap()) {
            marked.entry(id).or_default().insert(path.clone());
        }
    }
    marked
}

#[test]
fn every_mark_names_a_decision() {
    let mut marked_ids = marked(&["impl", "harness"], "rs");
    marked_ids.extend(marked(&["scenarios"], "toml"));
    for (id, paths) in marked_ids {
        assert!(find(&id).is_some(), "no decision `{id}`, as in {paths:?}");
    }
}

#[test]
fn every_decision_is_marked_or_says_why_not() {
    let marked = marked(&["impl", "harness"], "rs");
    for decision in all() {
        let id = decision.id;
        match (marked.get(id), decision.unmarked) {
            (Some(_), None) | (None, Some(_)) => {}
            (None, None) => panic!("nothing carries `{id}` out"),
            (Some(paths), Some(_)) => panic!("`{id}` is marked in {paths:?}"),
        }
    }
}

#[test]
fn ids_are_unique_and_every_field_says_something() {
    let ids: BTreeSet<_> = all().map(|decision| decision.id).collect();
    assert_eq!(ids.len(), all().count());
    for decision in all() {
        let Decision {
            id,
            question,
            default,
            why,
            ..
        } = decision;
        assert!(question.ends_with(['?', '.']), "{id}: {question}");
        assert!(default.ends_with('.'), "{id}: {default}");
        assert!(why.ends_with('.'), "{id}: {why}");
    }
}

#[test]
fn marks_are_found_in_lists_and_over_the_end_of_a_line() {
    let source = "//! Says. DECISIONS: head-feed,\n//! params-form. More\n\
                  /// (DECISION: response-\n/// unsigned). DECISION: gas-limit: exact, value";
    assert_eq!(
        marks(source),
        ["response-unsigned", "gas-limit", "head-feed", "params-form"]
    );
}
