//! `gauntlet verify`: verdicts from transcripts alone.

use std::path::PathBuf;
use std::process::ExitCode;

use super::console::Console;
use crate::report::devnet::verdicts;
use crate::report::style::{BAD, GOOD};
use crate::report::{Output, text};
use crate::suite::{Exit, Verified, VerifyError, verify};
use crate::trace::{Ending, ReadError};

/// Recomputes every verdict from transcripts alone, and finds what was altered in them.
///
/// A transcript proves that the verdicts follow from what it says happened, not where it comes from.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  gauntlet run --transcript out && gauntlet verify out
  gauntlet devnet --slots 20 --transcript out && gauntlet verify out
  gauntlet verify --cut-off out                    where a run was killed

Exit codes, of several the highest:
  0  no rule is violated, and every case is as its file expects
  1  a rule is violated, or a case is not as its file expects
  2  a transcript was altered, is cut off or cannot be read")]
pub struct VerifyArgs {
    /// A transcript, or a folder of them
    #[arg(value_name = "DIR")]
    pub path: PathBuf,
    /// Judge the transcript of a run that was killed up to its last whole line
    #[arg(long)]
    pub cut_off: bool,
}

/// Verifies.
#[must_use]
pub(super) fn run(args: &VerifyArgs) -> ExitCode {
    let mut console = Console::new();
    let ending = match args.cut_off {
        true => Ending::CutOff,
        false => Ending::Whole,
    };
    let all = match verify(&args.path, ending) {
        Ok(all) => all,
        Err(error) => {
            console.error(&text::error(&error, &[]));
            return console.end(Exit::BadInput);
        }
    };
    let mut exit = Exit::Conforms;
    let (mut sound, mut altered, mut failed) = (0_u64, 0_u64, 0_u64);
    let is_alone = all.len() == 1;
    for verified in all {
        match verified {
            Ok(verified) => {
                sound += 1;
                console.out(&told(&verified, is_alone));
                if !verified.outcome.failures.is_empty() {
                    failed += 1;
                    exit = exit.max(Exit::Violation);
                }
            }
            Err(error) => {
                altered += u64::from(matches!(error, VerifyError::Read { .. }));
                console.error(&text::error(&error, &advice(&error)));
                exit = exit.max(Exit::BadInput);
            }
        }
    }
    console.paragraph(&format!(
        "{}: as written, {failed} with violations; {altered} not as written\n",
        text::plural(sound, "transcript")
    ));
    console.end(exit)
}

/// What helps where a transcript cannot be judged.
fn advice(error: &VerifyError) -> Vec<String> {
    match error {
        VerifyError::Read {
            source: ReadError::CutOff { .. },
            ..
        } => vec!["`--cut-off` judges a run that was killed up to its last whole line".to_owned()],
        VerifyError::Read { .. }
        | VerifyError::Io { .. }
        | VerifyError::None(_)
        | VerifyError::Unknown { .. } => Vec::new(),
    }
}

fn told(verified: &Verified, with_rules: bool) -> String {
    let outcome = &verified.outcome;
    let word = match outcome.failures.is_empty() {
        true => format!("{GOOD}ok  {GOOD:#}"),
        false => format!("{BAD}FAIL{BAD:#}"),
    };
    let mut told = format!(
        "{word}  {}  {} events, digest {}\n",
        verified.path.display(),
        verified.trace.entries.len(),
        verified.trace.digest()
    );
    if with_rules {
        told += &verdicts(&outcome.verdicts);
    }
    for failure in &outcome.failures {
        told += &format!("        {failure}\n");
    }
    told
}
