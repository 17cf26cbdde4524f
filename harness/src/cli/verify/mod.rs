//! `gauntlet verify`: verdicts from transcripts alone, and those of an execution client.
//!
//! | module | what belongs there |
//! |---|---|
//! | `certified` | a folder that a certification left |
//! | `court` | the execution client that is asked for a second opinion |
//! | `told` | what is told of each transcript, and of all |

mod certified;
mod court;
mod told;

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

use gauntlet_rpc::Endpoint;

use alloy_primitives::Address;

use self::court::Court;
use self::told::Told;
use super::console::Console;
use super::process::address;
use super::progress::Progress;
use crate::report::{Output, text};
use crate::suite::{Exit, Verified, VerifyError, found, verify_each};
use crate::trace::{Ending, ReadError};

/// Recomputes every verdict from transcripts alone, and finds what was altered in them.
///
/// A transcript proves that the verdicts follow from what it says happened, not where it comes from.
/// With an execution client, each payload in them is judged by that too: what was published, offered
/// or fed, honest or forged. The rule is `chain/second-opinion`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  gauntlet run --transcript out && gauntlet verify out
  gauntlet devnet --slots 20 --transcript out && gauntlet verify out
  gauntlet certify builder --out report && gauntlet verify report
  gauntlet verify --cut-off out                    where a run was killed
  gauntlet verify out --engine http://127.0.0.1:8551 --jwt jwt.hex
                                                   a second opinion, of an execution client that
                                                   begins with the genesis of the transcripts
  gauntlet genesis --of out --into geneses         the genesis files: a client has one of them
  gauntlet verify out --engine URL --jwt FILE --genesis geneses/genesis-….json

Exit codes, of several the highest:
  0  no rule is violated, and every case is as its file expects
  1  a rule is violated, or a case is not as its file expects
  2  a transcript was altered, is cut off or cannot be read; or the execution client is not there,
     does not take the secret, is of no transcript's chain, or stops answering
130  ended early, since nobody reads on")]
pub struct VerifyArgs {
    /// A transcript, or a folder of them
    #[arg(value_name = "DIR")]
    pub path: PathBuf,
    /// Judge the transcript of a run that was killed up to its last whole line
    #[arg(long)]
    pub cut_off: bool,
    /// Ask the execution client whose Engine API is at this URL too
    #[arg(long, value_name = "URL", requires = "jwt")]
    pub engine: Option<Endpoint>,
    /// The JWT secret of that execution client
    #[arg(long, value_name = "FILE", requires = "engine")]
    pub jwt: Option<PathBuf>,
    /// The genesis file that it began with, where transcripts are of several chains
    #[arg(long, value_name = "FILE", requires = "engine")]
    pub genesis: Option<PathBuf>,
    /// For a folder that `certify` left: whether the key of this address has signed it
    #[arg(long, value_name = "ADDRESS", value_parser = address, conflicts_with = "engine")]
    pub key: Option<Address>,
    /// A line of JSON for each transcript, and one for the summary
    #[arg(long)]
    pub json: bool,
}

/// Verifies.
#[must_use]
pub(super) fn run(args: &VerifyArgs) -> ExitCode {
    if certified::is_of_certification(&args.path) && args.engine.is_none() {
        return certified::run(&args.path, args.key);
    }
    let mut console = Console::new();
    let ending = match args.cut_off {
        true => Ending::CutOff,
        false => Ending::Whole,
    };
    let files = match found(&args.path) {
        Ok(files) => files,
        Err(error) => {
            console.error(&text::error(&error, &[]));
            return console.end(Exit::BadInput);
        }
    };
    let court = match Court::of(args) {
        Ok(court) => court,
        Err(message) => {
            console.error(&message);
            return console.end(Exit::BadInput);
        }
    };
    let files = court.as_ref().map_or(files, Court::transcripts);
    let mut progress = Progress::new(files.len() as u64, "transcripts");
    let mut told = Told::new(args.json, files.len() == 1);
    let halt = console.halt();
    let second = court.as_ref().map(Court::second);
    verify_each(files, ending, second, |finished, ready| {
        progress.advance(finished as u64, String::new());
        let mut flow = ControlFlow::Continue(());
        progress.suspend(|| {
            for verified in ready {
                if tell(verified, &mut told, &mut console).is_break() {
                    flow = ControlFlow::Break(());
                    break;
                }
            }
        });
        if halt.is_requested() {
            flow = ControlFlow::Break(());
        }
        flow
    });
    progress.clear();
    let exit = told.end(court.as_ref(), &mut console);
    let exit = match halt.is_requested() {
        true => exit.max(Exit::Interrupted),
        false => exit,
    };
    console.end(exit)
}

/// Tells what became of a transcript. A client that does not answer any more ends it.
fn tell(
    verified: Result<Verified, VerifyError>,
    told: &mut Told,
    console: &mut Console,
) -> ControlFlow<()> {
    match verified {
        Ok(verified) => console.out(&told.verified(&verified)),
        Err(error) => {
            told.error(&error);
            console.error(&text::error(&error, &advice(&error)));
            if matches!(error, VerifyError::Engine { .. }) {
                return ControlFlow::Break(());
            }
        }
    }
    ControlFlow::Continue(())
}

/// What helps where a transcript cannot be judged.
fn advice(error: &VerifyError) -> Vec<String> {
    match error {
        VerifyError::Read {
            source: ReadError::CutOff { .. },
            ..
        } => vec!["`--cut-off` judges a run that was killed up to its last whole line".to_owned()],
        VerifyError::Engine { source, .. } => court::advice(source),
        VerifyError::Read { .. }
        | VerifyError::Io { .. }
        | VerifyError::None(_)
        | VerifyError::Unknown { .. } => Vec::new(),
    }
}
