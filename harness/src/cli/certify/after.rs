//! What can be done with the folder that a certification left: compared, drawn, signed.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use super::folder::{ATTESTATION, REPORT, files, read_record};
use crate::certify::{Changes, Envelope, badge};
use crate::cli::console::Console;
use crate::cli::process::sentence;
use crate::node::key;
use crate::report::{Output, text};
use crate::suite::Exit;

/// Says what became worse and better between two certifications.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Exit codes:
  0  nothing became worse
  1  something became worse
  2  there is no report in a folder")]
pub(super) struct DiffArgs {
    /// The folder of the older one
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The folder of the newer one
    #[arg(value_name = "NEW")]
    new: PathBuf,
}

/// Prints what a certification came to as a picture (SVG).
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Example:
  gauntlet certify badge report > certified.svg")]
pub(super) struct BadgeArgs {
    /// The folder of the certification
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Signs the digests of a certification's files, as an in-toto statement in a DSSE envelope.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  gauntlet certify attest report --key attester.key
  gauntlet verify report --key 0x…               whether it is that key's, and untouched")]
pub(super) struct AttestArgs {
    /// The folder of the certification
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The key, made if the file is not there
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
}

pub(super) fn diff(args: &DiffArgs) -> ExitCode {
    told(|console| {
        let old = read_record(&args.old.join(REPORT))?;
        let new = read_record(&args.new.join(REPORT))?;
        let changes = Changes::between(&old, &new);
        for line in &changes.worse {
            console.line(&format!("worse  {line}"));
        }
        for line in &changes.other {
            console.line(&format!("other  {line}"));
        }
        if changes == Changes::default() {
            console.line("nothing changed");
        }
        Ok(match changes.worse.is_empty() {
            true => Exit::Conforms,
            false => Exit::Violation,
        })
    })
}

pub(super) fn draw(args: &BadgeArgs) -> ExitCode {
    told(|console| {
        console.out(&badge(&read_record(&args.folder.join(REPORT))?));
        Ok(Exit::Conforms)
    })
}

pub(super) fn attest(args: &AttestArgs) -> ExitCode {
    told(|console| {
        let record = read_record(&args.folder.join(REPORT))?;
        let key = key(&args.key).map_err(|error| sentence(&error))?;
        let read = files(&args.folder)?;
        let files: Vec<_> = read.iter().map(|(name, text)| (&**name, &**text)).collect();
        let envelope = Envelope::sign(&record, &files, &key);
        let json = serde_json::to_string_pretty(&envelope).expect("it holds nothing but texts");
        let path = args.folder.join(ATTESTATION);
        let written = fs::write(&path, json + "\n");
        written.map_err(|error| format!("`{}` cannot be written: {error}", path.display()))?;
        console.line(&format!("signed by {}: {}", key.address(), path.display()));
        Ok(Exit::Conforms)
    })
}

fn told(act: impl FnOnce(&mut Console) -> Result<Exit, String>) -> ExitCode {
    let mut console = Console::new();
    let exit = act(&mut console).unwrap_or_else(|message| {
        console.error(&text::error(&message, &[]));
        Exit::BadInput
    });
    console.end(exit)
}
