//! A folder that a certification left: every verdict of its report again, from its transcript.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::process::ExitCode;

use alloy_primitives::Address;

use crate::certify::{Record, told};
use crate::cli::certify::{REPORT, attested, read_record, transcript};
use crate::cli::console::Console;
use crate::report::{Output, text};
use crate::suite::Exit;
use crate::trace::Trace;

/// Whether a certification left this folder.
pub(super) fn is_of_certification(folder: &Path) -> bool {
    folder.join(REPORT).is_file()
}

/// Judges again, and tells what differs.
#[must_use]
pub(super) fn run(folder: &Path, signer: Option<Address>) -> ExitCode {
    let mut console = Console::new();
    let signed = signer.map_or(Ok(()), |signer| attested(folder, signer));
    if let Err(message) = signed {
        console.error(&text::error(&message, &[]));
        return console.end(Exit::BadInput);
    }
    let exit = match again(folder) {
        Ok((record, differences)) if differences.is_empty() => {
            console.out(&told(&record));
            console.line("every verdict follows from the transcript");
            if let Some(signer) = signer {
                console.line(&format!("signed by {signer}"));
            }
            match record.certificate.conforms() {
                true => Exit::Conforms,
                false => Exit::Violation,
            }
        }
        Ok((_, differences)) => {
            let message = format!("`{}` was altered", folder.join(REPORT).display());
            console.error(&text::error(&message, &differences));
            Exit::BadInput
        }
        Err(message) => {
            console.error(&text::error(&message, &[]));
            Exit::BadInput
        }
    };
    console.end(exit)
}

fn again(folder: &Path) -> Result<(Record, Vec<String>), String> {
    let record = read_record(&folder.join(REPORT))?;
    let path = transcript(folder);
    let name = path.display();
    let file = File::open(&path).map_err(|error| format!("`{name}`: {error}"))?;
    let trace = Trace::read(BufReader::new(file)).map_err(|error| format!("`{name}`, {error}"))?;
    let differences = record.differences(&trace);
    Ok((record, differences))
}
