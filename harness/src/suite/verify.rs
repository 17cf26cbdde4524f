//! Transcripts: traces as files, judged from the files alone.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::{Outcome, Profile};
use crate::faults;
use crate::plan::Deed;
use crate::trace::{Ending, ReadError, Trace, What};

/// What the name of a transcript ends in.
pub const TRANSCRIPT_ENDING: &str = ".transcript.jsonl";

/// Why a transcript cannot be verified.
#[derive(Debug, Error)]
pub enum VerifyError {
    /// It, or the folder that it is in, cannot be read.
    #[error("`{}` cannot be read: {source}", .path.display())]
    Io {
        /// The path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is none in the folder.
    #[error("there is no transcript in `{}`: none of its files ends in `{TRANSCRIPT_ENDING}`", .0.display())]
    None(PathBuf),
    /// It tells of a fault that is not in the catalogue.
    #[error("`{}`: {reason}", .path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
        /// Which.
        reason: String,
    },
    /// It is not as it was written.
    #[error("`{}`, {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Where, and what.
        source: ReadError,
    },
}

/// A transcript that is as it was written, and what the rules say of it.
#[derive(Debug)]
pub struct Verified {
    /// The file.
    pub path: PathBuf,
    /// The trace in it.
    pub trace: Trace,
    /// What the rules say, recomputed from it alone.
    pub outcome: Outcome,
}

/// Verifies a transcript, or every one in a folder, in the order of their names; those of runs that
/// were killed too, if such endings are taken.
///
/// # Errors
///
/// There is none at all; what is wrong with each is in the list.
///
/// ```
/// use gauntlet::suite::{RunOptions, Suite, run, verify};
/// use gauntlet::trace::Ending;
///
/// let folder = std::env::temp_dir().join(format!("gauntlet-verify-{}", std::process::id()));
/// let options = RunOptions {
///     transcripts: Some(folder.clone()),
///     ..RunOptions::default()
/// };
/// let cases = Suite::embedded().below("mempool");
/// run(&cases, &options, &mut ());
/// let verified = verify(&folder, Ending::Whole)?;
/// assert_eq!(verified.len(), cases.len());
/// for one in verified {
///     assert!(one?.outcome.failures.is_empty());
/// }
/// # std::fs::remove_dir_all(folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn verify(
    path: &Path,
    ending: Ending,
) -> Result<Vec<Result<Verified, VerifyError>>, VerifyError> {
    let files = if path.is_dir() {
        let mut found = Vec::new();
        transcripts(path, &mut found)?;
        if found.is_empty() {
            return Err(VerifyError::None(path.to_owned()));
        }
        found.sort();
        found
    } else {
        vec![path.to_owned()]
    };
    Ok(files
        .into_iter()
        .map(|file| verify_file(file, ending))
        .collect())
}

fn transcripts(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), VerifyError> {
    let unreadable = |source| VerifyError::Io {
        path: folder.to_owned(),
        source,
    };
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            transcripts(&path, found)?;
        } else if path.to_string_lossy().ends_with(TRANSCRIPT_ENDING) {
            found.push(path);
        }
    }
    Ok(())
}

fn verify_file(path: PathBuf, ending: Ending) -> Result<Verified, VerifyError> {
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(source) => return Err(VerifyError::Io { path, source }),
    };
    let trace = match Trace::read_ending(BufReader::new(file), ending) {
        Ok(trace) => trace,
        Err(source) => return Err(VerifyError::Read { path, source }),
    };
    if let Some(reason) = deeds(&trace).find_map(faults::unknown) {
        return Err(VerifyError::Unknown { path, reason });
    }
    Ok(Verified {
        path,
        outcome: super::check(&trace, Profile::STRICT),
        trace,
    })
}

/// What was to be done, and what was.
fn deeds(trace: &Trace) -> impl Iterator<Item = &Deed> {
    let planned = trace.plan.slots.iter().flat_map(|slot| {
        let deeds = [
            &slot.reply.deed,
            &slot.request,
            &slot.forward.deed,
            &slot.head_update,
        ];
        deeds.into_iter().flatten()
    });
    let done = trace.entries.iter().filter_map(|entry| match &entry.what {
        What::Interfered { deed, .. } => Some(deed),
        What::Crossed { .. }
        | What::Published(_)
        | What::Restored(_)
        | What::Followed(_)
        | What::Did(_)
        | What::Says(_)
        | What::Logs(_)
        | What::Impossible(_)
        | What::Died
        | What::Back
        | What::Panicked(_) => None,
    });
    planned.chain(done)
}

/// Writes the transcript of a case into a folder, below it by the case's address.
///
/// # Errors
///
/// Those of the file system.
pub fn write_transcript(folder: &Path, address: &str, trace: &Trace) -> io::Result<()> {
    let path = folder.join(format!("{address}{TRANSCRIPT_ENDING}"));
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    // Under another name until it is whole, so that no half of a transcript is taken for one.
    let part = folder.join(format!("{address}.part"));
    trace.write(BufWriter::new(File::create(&part)?))?;
    fs::rename(part, path)
}
