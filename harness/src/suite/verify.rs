//! Transcripts: traces as files, judged from the files alone.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use thiserror::Error;
use tokio::runtime::Handle;

use super::check::check_findings;
use super::{Failure, Outcome, Profile, cores, in_order};
use crate::faults;
use crate::oracle::{self, Docket, Findings};
use crate::plan::Deed;
use crate::rules::{Count, Hearing, Verdict, judge_hearing};
use crate::trace::{Ending, ReadError, Trace, What};
use crate::view::View;
use crate::world::{EngineError, SecondOpinion};

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
    /// The execution client that is asked about it does not answer.
    #[error("`{}`: {client} cannot be asked: {source}", .path.display())]
    Engine {
        /// The file.
        path: PathBuf,
        /// The client's URL.
        client: String,
        /// Why not.
        source: EngineError,
    },
}

/// A second court: an execution client.
#[derive(Clone, Copy, Debug)]
pub struct SecondCourt<'a> {
    /// The client.
    pub opinion: &'a SecondOpinion,
    /// Where it is spoken to.
    pub runtime: &'a Handle,
}

/// A transcript that is as it was written, and what the rules say of it.
#[derive(Debug)]
pub struct Verified {
    /// The file.
    pub path: PathBuf,
    /// The trace in it.
    pub trace: Trace,
    /// What the rules say, recomputed from it alone; and, with a second court, from what that says.
    pub outcome: Outcome,
    /// What came of the payloads, if there is a second court.
    pub heard: Option<Count>,
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
    let mut all = Vec::new();
    verify_each(found(path)?, ending, None, |_, verified| {
        all.extend(verified);
        ControlFlow::Continue(())
    });
    Ok(all)
}

/// Verifies transcripts, as many at a time as there are cores, and hands over what becomes of each
/// in their order, with how many are finished, until whoever looks has seen enough. With a second
/// court, its client is asked about every payload; all must be of its chain.
pub fn verify_each(
    files: Vec<PathBuf>,
    ending: Ending,
    court: Option<SecondCourt<'_>>,
    mut look: impl FnMut(usize, Vec<Result<Verified, VerifyError>>) -> ControlFlow<()>,
) {
    let verify = |file| verify_file(file, ending, court);
    in_order(cores(), files, verify, &mut look);
}

/// A transcript, or every one in a folder, in the order of their names.
///
/// # Errors
///
/// There is none at all.
pub fn found(path: &Path) -> Result<Vec<PathBuf>, VerifyError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    transcripts(path, &mut found)?;
    if found.is_empty() {
        return Err(VerifyError::None(path.to_owned()));
    }
    found.sort();
    Ok(found)
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

fn verify_file(
    path: PathBuf,
    ending: Ending,
    court: Option<SecondCourt<'_>>,
) -> Result<Verified, VerifyError> {
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
    let view = View::of(&trace);
    let findings = oracle::judge(&view);
    let mut outcome = check_findings(&view, &findings, Profile::STRICT);
    let heard = court.map(|court| hear(&view, &findings, court, &mut outcome));
    match heard.transpose() {
        Ok(heard) => Ok(Verified {
            path,
            outcome,
            heard,
            trace,
        }),
        Err(source) => Err(VerifyError::Engine {
            path,
            client: court.map_or_else(String::new, |it| it.opinion.client().to_owned()),
            source,
        }),
    }
}

/// Asks a second court, and adds what it comes to.
fn hear(
    view: &View<'_>,
    findings: &Findings,
    court: SecondCourt<'_>,
    outcome: &mut Outcome,
) -> Result<Count, EngineError> {
    let SecondCourt { opinion, runtime } = court;
    let docket = Docket::of(view, findings);
    let opinions = runtime.block_on(opinion.hear(&docket))?;
    let hearing = Hearing {
        client: opinion.client(),
        docket: &docket,
        opinions: &opinions,
    };
    let (rule, verdict) = judge_hearing(view, findings, hearing);
    if let Verdict::Violated(violations) = &verdict {
        let violated = Failure::Violated(rule, violations.clone());
        outcome.failures.push(violated);
    }
    outcome.verdicts.push((rule, verdict));
    Ok(hearing.count())
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
        | What::Panicked(_)
        | What::Tasks(_) => None,
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
