//! Whom a node may tell what it does. No rule but the one about the log needs it.

use crate::trace::{Host, LogLine, Recorder, Testimony, What};

/// Hears what a node says of itself, cheap to clone.
#[derive(Clone, Debug)]
pub struct Witness {
    host: Host,
    recorder: Recorder,
}

impl Witness {
    /// A witness of what happens on a host.
    #[must_use]
    pub fn new(host: Host, recorder: Recorder) -> Self {
        Self { host, recorder }
    }

    /// Hears what a node says it did.
    pub fn hear(&self, testimony: Testimony) {
        self.recorder.record(self.host, What::Says(testimony));
    }

    /// Hears what a node logs.
    pub fn log(&self, line: LogLine) {
        self.recorder.record(self.host, What::Logs(line));
    }
}
