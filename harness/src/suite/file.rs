//! A scenario file, on disk or embedded, and the cases in it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::{BadInput, Case};
use crate::{rules, scenario};

/// The repository's scenarios: the address of each, and its text.
const EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/scenarios.rs"));

/// A scenario file and its address.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) address: String,
    pub(super) text: Text,
}

/// Where the text of a scenario file is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Text {
    /// In a file on disk.
    Disk(PathBuf),
    /// In the library.
    Embedded(&'static str),
}

/// A file, and which of its cases.
pub(super) type Identity = (Text, usize);

impl File {
    /// All that are embedded, in order.
    pub(super) fn embedded() -> impl Iterator<Item = Self> {
        EMBEDDED.iter().map(|(address, text)| Self {
            address: (*address).to_owned(),
            text: Text::Embedded(text),
        })
    }

    /// The cases in it, each with what tells it from all others: the file, and which of its cases it
    /// is. A matrix has several, each under an address of its own.
    pub(super) fn expand(&self) -> Vec<(Identity, Case)> {
        let known = rules::ids();
        let cells = match &self.text {
            Text::Disk(path) => scenario::load_all(path, &known),
            Text::Embedded(text) => {
                let name = format!("scenarios/{}.toml", self.address);
                scenario::parse_all(&name, text, &known)
            }
        };
        let cases = match cells {
            Ok(cells) => Case::of_cells(&self.address, cells),
            Err(error) => vec![Case {
                address: self.address.clone(),
                input: Err(BadInput::from(error)),
            }],
        };
        let cases = cases.into_iter().enumerate();
        cases.map(|(at, case)| (self.identity(at), case)).collect()
    }

    fn identity(&self, case: usize) -> Identity {
        let text = match &self.text {
            Text::Disk(path) => Text::Disk(path.canonicalize().unwrap_or_else(|_| path.clone())),
            Text::Embedded(text) => Text::Embedded(text),
        };
        (text, case)
    }
}

/// The scenario files in a folder and the folders in it, sorted.
pub(super) fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
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
