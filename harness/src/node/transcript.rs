//! What happens, written as it goes: each event is in the file before anything follows from it, so
//! that a process that is killed leaves all that it saw.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::{error, info};

use crate::suite::TRANSCRIPT_ENDING;
use crate::trace::{Entry, Head, Writer};

/// A transcript that is being written, cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Transcript(Arc<Mutex<Page>>);

#[derive(Debug)]
enum Page {
    Going(Writer<File>),
    Failed(io::Error),
    Ended,
}

impl Transcript {
    /// Begins a transcript in a folder, in a file of its own: `sequencer-1`, and so on for a
    /// process that comes back.
    pub(super) fn begin(folder: &Path, head: &Head) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let (path, file) = create(folder)?;
        info!(file = %path.display(), "writes a transcript");
        let writer = Writer::new(file, head)?;
        Ok(Self(Arc::new(Mutex::new(Page::Going(writer)))))
    }

    /// Writes an event.
    pub(super) fn entry(&self, entry: &Entry) {
        let mut page = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Page::Going(writer) = &mut *page
            && let Err(error) = writer.entry(entry)
        {
            error!(%error, "the transcript cannot be written any more");
            *page = Page::Failed(error);
        }
    }

    /// Ends it: the last line says that all is there.
    pub(super) fn end(&self, ended_us: u64) -> io::Result<()> {
        let mut page = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *page, Page::Ended) {
            Page::Going(writer) => writer.end(ended_us).map(drop),
            Page::Failed(error) => Err(error),
            Page::Ended => Ok(()),
        }
    }
}

/// Makes the first file that is not there yet.
fn create(folder: &Path) -> io::Result<(PathBuf, File)> {
    let mut number = 1;
    loop {
        let path = folder.join(format!("sequencer-{number}{TRANSCRIPT_ENDING}"));
        match File::create_new(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
            made => return made.map(|file| (path, file)),
        }
    }
}
