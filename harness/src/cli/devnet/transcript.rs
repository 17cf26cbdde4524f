//! A transcript of a devnet, written as it goes.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::Path;

use crate::suite::TRANSCRIPT_ENDING;
use crate::trace::{Entry, Trace, Writer};

/// A transcript that is written as it goes.
pub(super) enum Transcript {
    /// It has not begun, if there is one at all.
    Waiting(Option<BufWriter<File>>),
    Going(Writer<BufWriter<File>>),
    Failed(io::Error),
}

impl Transcript {
    /// A transcript in a folder, which is made if it is not there; none without a folder.
    pub(super) fn create(folder: Option<&Path>) -> io::Result<Self> {
        let Some(folder) = folder else {
            return Ok(Self::Waiting(None));
        };
        fs::create_dir_all(folder)?;
        let file = folder.join(format!("devnet{TRANSCRIPT_ENDING}"));
        let out = BufWriter::new(File::create(file)?);
        Ok(Self::Waiting(Some(out)))
    }

    pub(super) fn begin(&mut self, trace: &Trace) {
        if let Self::Waiting(out) = self
            && let Some(out) = out.take()
        {
            *self = match Writer::new(out, &trace.head()) {
                Ok(writer) => Self::Going(writer),
                Err(error) => Self::Failed(error),
            };
        }
    }

    pub(super) fn entry(&mut self, entry: &Entry) {
        if let Self::Going(writer) = self
            && let Err(error) = writer.entry(entry)
        {
            *self = Self::Failed(error);
        }
    }

    pub(super) fn end(self, ended_us: u64) -> io::Result<()> {
        match self {
            Self::Waiting(_) => Ok(()),
            Self::Going(writer) => writer.end(ended_us).map(drop),
            Self::Failed(error) => Err(error),
        }
    }
}
