//! What a person may ask for: files, folders, addresses, rules, and the standard input.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io;
use std::path::{self, Component, Path, PathBuf};

use super::file::{File, Identity, Text, files};
use super::find::SCENARIOS;
use super::suggest::did_you_mean;
use super::{BadInput, Case, Suite};
use crate::{rules, scenario};

impl Suite {
    /// What these words ask for, in order, and nothing twice: each is a scenario file, a folder of
    /// them, an address or a folder of addresses, a rule, which stands for the scenarios that are
    /// for it, or `-`, the standard input. No words ask for everything.
    ///
    /// What is asked for and is not there is a case without a plan, which says so.
    #[must_use]
    pub fn select(&self, words: &[PathBuf]) -> Vec<Case> {
        if words.is_empty() {
            return self.cases();
        }
        let mut selected = Selected::default();
        for word in words {
            selected.word(word, self);
        }
        selected.cases
    }
}

#[derive(Debug, Default)]
struct Selected {
    cases: Vec<Case>,
    seen: BTreeSet<Identity>,
    has_read: bool,
}

impl Selected {
    fn word(&mut self, path: &Path, suite: &Suite) {
        if path == Path::new("-") {
            return self.standard_input();
        }
        if path.is_dir() {
            return self.folder(path);
        }
        if path.exists() {
            return self.file(path, None);
        }
        let word = path.to_string_lossy();
        let in_suite = suite.found_below(&word);
        if !in_suite.is_empty() {
            self.push(in_suite);
        } else if looks_like_a_path(path) {
            // Says what there is instead.
            self.file(path, None);
        } else if rules::all().any(|rule| rule.id == word) {
            self.rule(&word, suite);
        } else {
            let addresses = suite.candidates(&word);
            let candidates = addresses.iter().map(String::as_str).chain(rules::ids());
            self.cases.push(Case::unknown(
                &word,
                format!("there is no file, folder, scenario or rule `{word}`"),
                did_you_mean(&word, candidates).into_iter().collect(),
            ));
        }
    }

    /// A rule stands for the scenarios that are for it.
    fn rule(&mut self, rule: &str, suite: &Suite) {
        for file in suite.files().unwrap_or_default() {
            let expanded = file.expand().into_iter();
            self.push(expanded.filter(|(_, case)| case.is_for(rule)));
        }
    }

    fn folder(&mut self, folder: &Path) {
        let unknown = |message, help| Case::unknown(&folder.to_string_lossy(), message, help);
        match files(folder) {
            Ok(files) if files.is_empty() => self.cases.push(unknown(
                format!("there is no scenario file in `{}`", folder.display()),
                vec!["scenario files end in `.toml`".to_owned()],
            )),
            Ok(files) => {
                for file in files {
                    self.file(&file, Some(folder));
                }
            }
            Err(error) => self.cases.push(unknown(
                format!("`{}` cannot be listed: {error}", folder.display()),
                Vec::new(),
            )),
        }
    }

    fn file(&mut self, path: &Path, below: Option<&Path>) {
        let absolute = path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let file = File {
            address: address(&absolute, path, below),
            text: Text::Disk(path.to_owned()),
        };
        self.push(file.expand());
    }

    fn push(&mut self, found: impl IntoIterator<Item = (Identity, Case)>) {
        for (identity, case) in found {
            if self.seen.insert(identity) {
                self.cases.push(case);
            }
        }
    }

    fn standard_input(&mut self) {
        const NAME: &str = "standard-input";
        if std::mem::replace(&mut self.has_read, true) {
            return;
        }
        match scenario::read_all(NAME, io::stdin(), &rules::ids()) {
            Ok(Ok(cells)) => self.cases.extend(Case::of_cells(NAME, cells)),
            Ok(Err(error)) => self.cases.push(Case {
                address: NAME.to_owned(),
                input: Err(BadInput::from(error)),
            }),
            Err(error) => self.cases.push(Case::unknown(
                NAME,
                format!("the standard input cannot be read: {error}"),
                Vec::new(),
            )),
        }
    }
}

/// The address of a file: what follows the folder of scenarios, wherever that is; otherwise what
/// follows the folder that was named, or the file's name.
fn address(absolute: &Path, file: &Path, folder: Option<&Path>) -> String {
    let names: Vec<_> = absolute.components().collect();
    let in_scenarios = names
        .iter()
        .rposition(|name| *name == Component::Normal(OsStr::new(SCENARIOS)))
        .and_then(|at| joined(names.get(at + 1..)?.iter().collect()));
    in_scenarios
        .or_else(|| below(file, folder?))
        .or_else(|| joined(Path::new(file.file_name()?).iter().collect()))
        .unwrap_or_else(|| file.to_string_lossy().into_owned())
}

/// The address of a file in a folder.
pub(super) fn below(file: &Path, folder: &Path) -> Option<String> {
    joined(file.strip_prefix(folder).ok()?.iter().collect())
}

/// A path as an address: slashes on every system, and no ending; none if it is empty.
fn joined(path: PathBuf) -> Option<String> {
    let path = match path.extension() {
        Some(ending) if ending == "toml" => path.with_extension(""),
        Some(_) | None => path,
    };
    let names: Vec<_> = path.iter().map(OsStr::to_string_lossy).collect();
    (!names.is_empty()).then(|| names.join("/"))
}

fn looks_like_a_path(path: &Path) -> bool {
    let first = path.components().next();
    path.extension() == Some(OsStr::new("toml"))
        || !matches!(first, Some(Component::Normal(_)))
        || path.starts_with(SCENARIOS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_what_follows_the_folder_of_scenarios() {
        let of = |absolute: &str, file: &str, folder: Option<&str>| {
            address(Path::new(absolute), Path::new(file), folder.map(Path::new))
        };
        let absolute = "/a/scenarios/get-payload/reply-at-201-ms.toml";
        for (file, folder) in [
            ("scenarios/get-payload/reply-at-201-ms.toml", None),
            ("get-payload/reply-at-201-ms.toml", Some("get-payload")),
            ("reply-at-201-ms.toml", None),
        ] {
            let address = of(absolute, file, folder);
            assert_eq!(address, "get-payload/reply-at-201-ms", "{file}");
        }
        let elsewhere = "/a/mine/deep/never.toml";
        assert_eq!(of(elsewhere, "mine/deep/never.toml", None), "never");
        assert_eq!(
            of(elsewhere, "mine/deep/never.toml", Some("mine")),
            "deep/never"
        );
        assert_eq!(of("/a/scenarios/v1.2", "v1.2", None), "v1.2");
    }

    #[test]
    fn words_are_told_from_paths() {
        for path in ["./a", "../a", "/a", "a.toml", "get/a.toml", "scenarios/a"] {
            assert!(looks_like_a_path(Path::new(path)), "{path}");
        }
        for word in ["get-payload/no-retry", "failsafe", "no-retry"] {
            assert!(!looks_like_a_path(Path::new(word)), "{word}");
        }
    }
}
