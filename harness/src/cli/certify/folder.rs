//! The files that a certification leaves.

use std::fs;
use std::path::{Path, PathBuf};

use alloy_primitives::Address;

use crate::certify::{Envelope, RECORD_VERSION, Record, junit, page};
use crate::report::html;
use crate::suite::{TRANSCRIPT_ENDING, write_transcript};
use crate::trace::Trace;
use crate::view::View;

/// All that a certification says.
pub(in crate::cli) const REPORT: &str = "report.json";

/// Who says so, if somebody has signed it.
pub(super) const ATTESTATION: &str = "attestation.json";

/// The name of its transcript, without the ending that all have.
const SESSION: &str = "session";

/// Writes all of them.
///
/// # Errors
///
/// A message: which cannot be written.
pub(super) fn write(folder: &Path, record: &Record, trace: &Trace) -> Result<(), String> {
    let failed = |what: &str, error: &dyn std::fmt::Display| {
        let path = folder.join(what);
        format!("`{}` cannot be written: {error}", path.display())
    };
    fs::create_dir_all(folder).map_err(|error| failed("", &error))?;
    write_transcript(folder, SESSION, trace).map_err(|error| failed(SESSION, &error))?;
    let json =
        serde_json::to_string_pretty(record).expect("it holds nothing but texts and numbers");
    fs::write(folder.join(REPORT), json + "\n").map_err(|error| failed(REPORT, &error))?;
    let html_file = "report.html";
    let written = fs::write(folder.join(html_file), page(record, trace));
    written.map_err(|error| failed(html_file, &error))?;
    let script = "repro.sh";
    let written = fs::write(folder.join(script), repro(record, trace));
    written.map_err(|error| failed(script, &error))?;
    let xml = "junit.xml";
    let written = junit(record).write(&folder.join(xml));
    written.map_err(|error| failed(xml, &error))
}

/// What was sent where the builder failed.
fn repro(record: &Record, trace: &Trace) -> String {
    let view = View::of(trace);
    let failed = record
        .certificate
        .cases
        .iter()
        .filter(|case| case.verdict.fails());
    let exchanges: Vec<_> = failed
        .flat_map(|case| {
            case.exchanges
                .iter()
                .map(move |number| (&*case.case, *number))
        })
        .filter_map(|(case, number)| Some((case, view.exchange(number)?)))
        .collect();
    html::repro(&exchanges, &record.url)
}

/// Its transcript.
pub(in crate::cli) fn transcript(folder: &Path) -> PathBuf {
    folder.join(format!("{SESSION}{TRANSCRIPT_ENDING}"))
}

/// Reads what a certification said.
///
/// # Errors
///
/// A message: it cannot be read, or is of another version.
pub(in crate::cli) fn read_record(path: &Path) -> Result<Record, String> {
    let name = path.display();
    let text = fs::read_to_string(path).map_err(|error| format!("`{name}`: {error}"))?;
    let record: Record =
        serde_json::from_str(&text).map_err(|error| format!("`{name}`: {error}"))?;
    match record.gauntlet_certificate {
        RECORD_VERSION => Ok(record),
        other => Err(format!(
            "`{name}` is of version {other}, this reads version {RECORD_VERSION}"
        )),
    }
}

/// The files that all else follows from, by their names.
///
/// # Errors
///
/// A message: which cannot be read.
pub(super) fn files(folder: &Path) -> Result<Vec<(String, Vec<u8>)>, String> {
    let transcript = format!("{SESSION}{TRANSCRIPT_ENDING}");
    let read = |name: String| {
        let path = folder.join(&name);
        let text = fs::read(&path).map_err(|error| format!("`{}`: {error}", path.display()))?;
        Ok((name, text))
    };
    [REPORT.to_owned(), transcript]
        .into_iter()
        .map(read)
        .collect()
}

/// Checks that somebody has signed a certification as it is.
///
/// # Errors
///
/// A message: there is no attestation, or it is not of that key or of these files.
pub(in crate::cli) fn attested(folder: &Path, signer: Address) -> Result<(), String> {
    let path = folder.join(ATTESTATION);
    let name = path.display();
    let text = fs::read_to_string(&path).map_err(|error| format!("`{name}`: {error}"))?;
    let envelope: Envelope =
        serde_json::from_str(&text).map_err(|error| format!("`{name}`: {error}"))?;
    let read = files(folder)?;
    let files: Vec<_> = read.iter().map(|(name, text)| (&**name, &**text)).collect();
    let verified = envelope.verify(&files, signer);
    verified.map_err(|error| format!("`{name}`: {error}"))
}
