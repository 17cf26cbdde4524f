//! What a command line means: files, folders, addresses, rules, and the standard input.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::Read;
use std::path::{self, Component, Path, PathBuf};
use std::{env, fs, io};

use super::suggest::did_you_mean;
use crate::suite::{BadInput, Case, Input, UnknownScenario};
use crate::{rules, scenario};

/// The folder of scenarios.
const SCENARIOS: &str = "scenarios";

/// What runs, in order, and nothing twice.
pub(super) fn select(paths: &[PathBuf]) -> Vec<Case> {
    let suite = Suite::find();
    let mut selected = Selected::default();
    if paths.is_empty() {
        selected.suite(&suite);
    }
    for path in paths {
        selected.path(path, &suite);
    }
    selected.cases.into_iter().map(|(_, case)| case).collect()
}

/// Everything in the folder of scenarios.
pub(super) fn select_suite() -> Vec<Case> {
    select(&[])
}

#[derive(Debug, Default)]
struct Selected {
    /// What was selected, each with what tells it from the others: its absolute path.
    cases: Vec<(PathBuf, Case)>,
    seen: BTreeSet<PathBuf>,
}

impl Selected {
    fn suite(&mut self, suite: &Suite) {
        match &suite.folder {
            Some(folder) => self.folder(folder),
            None => self.unknown(
                SCENARIOS,
                format!("there is no folder `{SCENARIOS}` here or above"),
                vec!["name scenario files or folders of them".to_owned()],
            ),
        }
    }

    fn path(&mut self, path: &Path, suite: &Suite) {
        let in_suite = suite.path(path);
        if path == Path::new("-") {
            self.standard_input();
        } else if path.is_dir() {
            self.folder(path);
        } else if path.exists() {
            self.file(path, None);
        } else if let Some(found) = in_suite {
            match found.is_dir() {
                true => self.folder(&found),
                false => self.file(&found, suite.folder.as_deref()),
            }
        } else if looks_like_a_path(path) {
            // Says what there is instead.
            self.file(path, None);
        } else {
            self.word(&path.to_string_lossy(), suite);
        }
    }

    /// A rule stands for the scenarios that are for it.
    fn word(&mut self, word: &str, suite: &Suite) {
        if rules::all().any(|rule| rule.id == word) {
            let mut all = Self::default();
            all.suite(suite);
            let is_for_it = |case: &Case| {
                let plan = case.input.as_ref();
                plan.is_ok_and(|plan| plan.exercises.iter().any(|rule| rule == word))
            };
            for (path, case) in all.cases {
                if is_for_it(&case) {
                    self.push(path, case);
                }
            }
            return;
        }
        let addresses = suite.addresses();
        let candidates = addresses.iter().map(String::as_str).chain(rules::ids());
        self.unknown(
            word,
            format!("there is no file, folder, scenario or rule `{word}`"),
            did_you_mean(word, candidates).into_iter().collect(),
        );
    }

    fn folder(&mut self, folder: &Path) {
        match files(folder) {
            Ok(files) if files.is_empty() => self.unknown(
                &folder.to_string_lossy(),
                format!("there is no scenario file in `{}`", folder.display()),
                vec!["scenario files end in `.toml`".to_owned()],
            ),
            Ok(files) => {
                for file in files {
                    self.file(&file, Some(folder));
                }
            }
            Err(error) => self.unknown(
                &folder.to_string_lossy(),
                format!("`{}` cannot be listed: {error}", folder.display()),
                Vec::new(),
            ),
        }
    }

    fn file(&mut self, file: &Path, below: Option<&Path>) {
        let absolute = path::absolute(file).unwrap_or_else(|_| file.to_owned());
        let address = address(&absolute, file, below);
        let input = scenario::load(file, &rules::ids()).map_err(BadInput::from);
        self.push(absolute, Case { address, input });
    }

    fn push(&mut self, path: PathBuf, case: Case) {
        if self.seen.insert(path.clone()) {
            self.cases.push((path, case));
        }
    }

    fn standard_input(&mut self) {
        const NAME: &str = "standard-input";
        let mut text = String::new();
        match io::stdin().read_to_string(&mut text) {
            Ok(_) => {
                let input: Input =
                    scenario::parse(NAME, &text, &rules::ids()).map_err(BadInput::from);
                let address = NAME.to_owned();
                self.push(NAME.into(), Case { address, input });
            }
            Err(error) => self.unknown(
                NAME,
                format!("the standard input cannot be read: {error}"),
                Vec::new(),
            ),
        }
    }

    fn unknown(&mut self, word: &str, message: String, help: Vec<String>) {
        let address = word.to_owned();
        let input = Err(UnknownScenario { message, help }.into());
        self.push(word.into(), Case { address, input });
    }
}

/// The folder of scenarios, here or in the nearest folder above.
#[derive(Debug)]
struct Suite {
    folder: Option<PathBuf>,
}

impl Suite {
    fn find() -> Self {
        let here = env::current_dir().unwrap_or_default();
        let mut candidate = PathBuf::from(SCENARIOS);
        for _ in here.ancestors() {
            if candidate.is_dir() {
                return Self {
                    folder: Some(candidate),
                };
            }
            candidate = Path::new("..").join(candidate);
        }
        Self { folder: None }
    }

    /// The file or folder of an address.
    fn path(&self, address: &Path) -> Option<PathBuf> {
        let path = self.folder.as_ref()?.join(address);
        let mut with_ending = path.clone().into_os_string();
        with_ending.push(".toml");
        [PathBuf::from(with_ending), path]
            .into_iter()
            .find(|path| path.exists())
    }

    /// The addresses of all scenarios, and of the folders that they are in.
    fn addresses(&self) -> BTreeSet<String> {
        let Some(folder) = &self.folder else {
            return BTreeSet::new();
        };
        let files = files(folder).unwrap_or_default();
        let addresses = files.iter().filter_map(|file| below(file, folder));
        addresses
            .flat_map(|address| {
                let folder = address
                    .rsplit_once('/')
                    .map(|(folder, _)| folder.to_owned());
                [Some(address), folder].into_iter().flatten()
            })
            .collect()
    }
}

/// The scenario files in a folder and the folders in it, sorted.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if hidden {
            continue;
        }
        if path.is_dir() {
            found.extend(files(&path)?);
        } else if path.extension() == Some(OsStr::new("toml")) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
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

fn below(file: &Path, folder: &Path) -> Option<String> {
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
