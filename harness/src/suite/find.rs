//! The suite: which scenarios there are, and under which addresses.

use std::collections::BTreeSet;
use std::env;
use std::io;
use std::path::{Path, PathBuf};

use super::Case;
use super::file::{File, Identity, Text, files};
use super::select::below;
use super::suggest::did_you_mean;

/// The folder of scenarios.
pub(super) const SCENARIOS: &str = "scenarios";

/// Scenarios, each under its address.
///
/// ```
/// use gauntlet::suite::{self, Exit, RunOptions, Suite};
///
/// let cases = Suite::embedded().below("get-payload/reply-at-201-ms");
/// let summary = suite::run(&cases, &RunOptions::default(), &mut ());
/// assert_eq!(summary.exit(), Exit::Conforms);
/// ```
#[derive(Clone, Debug)]
pub struct Suite {
    place: Place,
}

/// Where the scenarios are.
#[derive(Clone, Debug)]
enum Place {
    Embedded,
    Folder(PathBuf),
}

impl Suite {
    /// The repository's scenarios, which the library carries.
    #[must_use]
    pub fn embedded() -> Self {
        Self {
            place: Place::Embedded,
        }
    }

    /// The scenarios in a folder.
    #[must_use]
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self {
            place: Place::Folder(folder.into()),
        }
    }

    /// The folder `scenarios` here or in the nearest folder above; if there is none, what the
    /// library carries.
    #[must_use]
    pub fn find() -> Self {
        let here = env::current_dir().unwrap_or_default();
        let mut candidate = PathBuf::from(SCENARIOS);
        for _ in here.ancestors() {
            if candidate.is_dir() {
                return Self::at(candidate);
            }
            candidate = Path::new("..").join(candidate);
        }
        Self::embedded()
    }

    /// Everything, in the order of the files.
    #[must_use]
    pub fn cases(&self) -> Vec<Case> {
        match self.files() {
            Ok(files) if files.is_empty() => vec![self.empty()],
            Ok(files) => {
                let expanded = files.iter().flat_map(File::expand);
                expanded.map(|(_, case)| case).collect()
            }
            Err(error) => vec![self.unlisted(&error)],
        }
    }

    /// The case of an address, or those of a folder of addresses or of a matrix: `get-payload/no-retry`,
    /// `get-payload`, `get-payload/reply[arrives_at_ms=199]`; nothing if there is none.
    #[must_use]
    pub fn below(&self, address: &str) -> Vec<Case> {
        let found = self.found_below(address).into_iter();
        found.map(|(_, case)| case).collect()
    }

    /// The case of an address; one without a plan, which says so, if there is none.
    #[must_use]
    pub fn case(&self, address: &str) -> Case {
        let mut cases = self.below(address).into_iter();
        let case = cases.find(|case| case.address == address);
        case.unwrap_or_else(|| {
            let addresses = self.candidates(address);
            let meant = did_you_mean(address, addresses.iter().map(String::as_str));
            let message = format!("there is no scenario `{address}`");
            Case::unknown(address, message, meant.into_iter().collect())
        })
    }

    /// The addresses of all scenarios, and of all folders that they are in.
    #[must_use]
    pub fn addresses(&self) -> BTreeSet<String> {
        let with_folders = |address: &str| {
            let ends = address.match_indices('/').map(|(at, _)| at);
            let prefixes = ends.filter_map(|end| address.get(..end).map(str::to_owned));
            prefixes.chain([address.to_owned()]).collect::<Vec<_>>()
        };
        let files = self.files().unwrap_or_default();
        let addresses = files.iter().map(|file| &*file.address);
        addresses.flat_map(with_folders).collect()
    }

    /// What may have been meant by an address that is none: the cells of matrices too if it names one.
    pub(super) fn candidates(&self, address: &str) -> BTreeSet<String> {
        match address.contains('[') {
            false => self.addresses(),
            true => self.cases().into_iter().map(|case| case.address).collect(),
        }
    }

    pub(super) fn found_below(&self, address: &str) -> Vec<(Identity, Case)> {
        let address = address.trim_end_matches('/');
        let address = address.strip_suffix(".toml").unwrap_or(address);
        // The address of a case may be below that of its file.
        let may_hold = |file: &&File| {
            is_at_or_below(&file.address, address) || is_at_or_below(address, &file.address)
        };
        let files = self.files().unwrap_or_default();
        let cases = files.iter().filter(may_hold).flat_map(File::expand);
        cases
            .filter(|(_, case)| is_at_or_below(&case.address, address))
            .collect()
    }

    /// All files, in order.
    ///
    /// # Errors
    ///
    /// Why the folder cannot be listed.
    pub(super) fn files(&self) -> io::Result<Vec<File>> {
        let folder = match &self.place {
            Place::Embedded => return Ok(File::embedded().collect()),
            Place::Folder(folder) => folder,
        };
        let of = |path: PathBuf| {
            Some(File {
                address: below(&path, folder)?,
                text: Text::Disk(path),
            })
        };
        Ok(files(folder)?.into_iter().filter_map(of).collect())
    }

    fn empty(&self) -> Case {
        let name = self.name();
        let message = format!("there is no scenario file in `{name}`");
        let help = vec!["scenario files end in `.toml`".to_owned()];
        Case::unknown(&name, message, help)
    }

    fn unlisted(&self, error: &io::Error) -> Case {
        let name = self.name();
        let message = format!("`{name}` cannot be listed: {error}");
        Case::unknown(&name, message, Vec::new())
    }

    fn name(&self) -> String {
        match &self.place {
            Place::Embedded => SCENARIOS.to_owned(),
            Place::Folder(folder) => folder.display().to_string(),
        }
    }
}

/// Whether an address is this one or below it: in the folder, of the matrix, or a cell of it that has
/// these values among others.
fn is_at_or_below(address: &str, of: &str) -> bool {
    if let Some(rest) = address.strip_prefix(of)
        && (rest.is_empty() || rest.starts_with(['/', '[']))
    {
        return true;
    }
    let (Some((file, values)), Some((of_file, wanted))) = (in_brackets(address), in_brackets(of))
    else {
        return false;
    };
    file == of_file
        && wanted
            .split(',')
            .all(|it| values.split(',').any(|of| of == it))
}

/// The address of the file of a cell, and the values of the cell.
fn in_brackets(address: &str) -> Option<(&str, &str)> {
    address.strip_suffix(']')?.split_once('[')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::BadInput;

    #[test]
    fn the_library_carries_the_scenarios_of_the_repository() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
        let (embedded, there) = (Suite::embedded().cases(), Suite::at(folder).cases());
        let address = |case: &Case| case.address.clone();
        let addresses: Vec<_> = there.iter().map(address).collect();
        assert!(addresses.len() > 100);
        assert_eq!(embedded.iter().map(address).collect::<Vec<_>>(), addresses);
        for (embedded, there) in embedded.iter().zip(&there) {
            let (Ok(embedded), Ok(there)) = (&embedded.input, &there.input) else {
                panic!("{} is no scenario", there.address)
            };
            assert_eq!(embedded, there);
        }
    }

    #[test]
    fn an_address_stands_for_what_is_at_it_and_below() {
        let suite = Suite::embedded();
        let count = |address| suite.below(address).len();
        assert_eq!(count("get-payload/reply-at-201-ms"), 1);
        assert_eq!(count("get-payload/reply-at-201-ms.toml"), 1);
        assert!(count("get-payload") > 10);
        assert_eq!(count("get-payload/"), count("get-payload"));
        assert_eq!(count("get-pay"), 0);
        assert_eq!(count("get-payload/reply-at-201"), 0);
        assert!(suite.addresses().contains("get-payload"));
        let BadInput::Unknown(unknown) = suite.case("reply-at-201").input.unwrap_err() else {
            panic!("a file")
        };
        assert_eq!(
            unknown.help,
            ["did you mean `get-payload/reply-at-201-ms`?"]
        );
    }

    #[test]
    fn a_cell_has_an_address_below_that_of_its_file() {
        let suite = Suite::embedded();
        let count = |address| suite.below(address).len();
        let cell = "get-payload/arrival[reply=honest,when=199]";
        assert_eq!(count("get-payload/arrival"), 6);
        assert_eq!(count(cell), 1);
        assert_eq!(suite.case(cell).address, cell);
        assert_eq!(count("get-payload/arrival[when=199]"), 2);
        assert_eq!(count("get-payload/arrival[when=19]"), 0);
        assert_eq!(count("get-payload/arrival[reply=honest,when=199"), 0);
        let mistyped = "get-payload/arrival[reply=honest,when=198]";
        let BadInput::Unknown(unknown) = suite.case(mistyped).input.unwrap_err() else {
            panic!("a file")
        };
        assert_eq!(unknown.help, [format!("did you mean `{cell}`?")]);
    }
}
