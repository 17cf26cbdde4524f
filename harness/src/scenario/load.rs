//! Scenario files on disk.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use super::file::{Cell, parse, parse_all, too_large};
use super::limits::FILE_BYTES;
use super::nearest::{listed, nearest};
use super::problem::{Problem, ScenarioError};
use crate::plan::Plan;

/// Reads a scenario file from disk that stands for one scenario. The rules are those that `for` may
/// name.
///
/// # Errors
///
/// Returns why the file cannot be read, or everything that is wrong with it.
pub fn load(path: &Path, known_rules: &[&str]) -> Result<Plan, ScenarioError> {
    loaded(path, |name, text| parse(name, text, known_rules))
}

/// Reads a scenario file from disk: its one scenario, or those of its matrix.
///
/// # Errors
///
/// As [`load`].
pub fn load_all(path: &Path, known_rules: &[&str]) -> Result<Vec<Cell>, ScenarioError> {
    loaded(path, |name, text| parse_all(name, text, known_rules))
}

fn loaded<T>(
    path: &Path,
    parse: impl FnOnce(&str, &str) -> Result<T, ScenarioError>,
) -> Result<T, ScenarioError> {
    let name = path.display().to_string();
    match File::open(path).and_then(|file| read(&name, file)) {
        Ok(text) => parse(&name, &text?),
        Err(error) => Err(ScenarioError::of_file(&name, unreadable(path, &error))),
    }
}

/// Reads a scenario file to its end, and no more of it than is too much: its one scenario, or those
/// of its matrix. The name is what messages call it.
///
/// # Errors
///
/// Those of the input. What is wrong with what was read is in the result.
pub fn read_all(
    name: &str,
    input: impl Read,
    known_rules: &[&str],
) -> io::Result<Result<Vec<Cell>, ScenarioError>> {
    let text = read(name, input)?;
    Ok(text.and_then(|text| parse_all(name, &text, known_rules)))
}

fn read(name: &str, input: impl Read) -> io::Result<Result<String, ScenarioError>> {
    let mut bytes = Vec::new();
    input.take(FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if let Some(problem) = too_large(bytes.len()) {
        return Ok(Err(ScenarioError::of_file(name, problem)));
    }
    Ok(String::from_utf8(bytes).map_err(|_| {
        ScenarioError::of_file(
            name,
            Problem::of_file("the scenario file is no text")
                .advise("a scenario is a TOML file in UTF-8"),
        )
    }))
}

/// How many names a message lists.
const LISTED: usize = 12;

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    if path.is_dir() {
        return list(Problem::of_file("a folder is no scenario file"), path);
    }
    if error.kind() != ErrorKind::NotFound {
        return Problem::of_file(format!("the scenario file cannot be read: {error}"));
    }
    let problem = Problem::of_file("there is no such scenario file");
    // The innermost folder that exists, and what was looked for in it.
    let mut missing = path;
    while let Some(folder) = missing.parent() {
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        if folder.is_dir() {
            let sought = missing.file_name().unwrap_or_default().to_string_lossy();
            let names = names_in(folder);
            let problem = match nearest(&sought, names.iter().map(String::as_str)) {
                Some(meant) => {
                    problem.advise(format!("did you mean `{}`?", folder.join(meant).display()))
                }
                None => problem,
            };
            return list(problem, folder);
        }
        missing = folder;
    }
    problem
}

fn list(problem: Problem, folder: &Path) -> Problem {
    let names = names_in(folder);
    if names.is_empty() {
        return problem;
    }
    let more = match names.len().saturating_sub(LISTED) {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    let names = listed(
        &format!("`{}` holds", folder.display()),
        names.iter().take(LISTED).map(String::as_str),
    );
    problem.advise(names + &more)
}

/// The scenario files and the folders in a folder that are not hidden, by name.
fn names_in(folder: &Path) -> BTreeSet<String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return BTreeSet::new();
    };
    entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.is_dir() || path.extension().is_some_and(|kind| kind == "toml"))
        .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .filter(|name| !name.starts_with('.'))
        .collect()
}
