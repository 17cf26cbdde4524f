//! Collects the events of a run.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Entry, Face, Host, What, Wire};

/// Tells the time of a run in microseconds.
type Time = dyn Fn() -> u64 + Send + Sync;

/// Sees each entry as it is recorded.
type Watch = dyn Fn(&Entry) + Send + Sync;

/// Collects the events of a run, cheap to clone.
#[derive(Clone)]
pub struct Recorder {
    time: Arc<Time>,
    entries: Arc<Mutex<Vec<Entry>>>,
    watch: Option<Arc<Watch>>,
}

impl Recorder {
    /// A recorder that stamps with this clock, in microseconds since the run began.
    pub fn new(time: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self {
            time: Arc::new(time),
            entries: Arc::default(),
            watch: None,
        }
    }

    /// The same recorder, with someone who sees each entry as it is recorded, and instead of
    /// keeping it: a run without an end needs no memory without an end.
    #[must_use]
    pub fn told_to(self, watch: impl Fn(&Entry) + Send + Sync + 'static) -> Self {
        Self {
            watch: Some(Arc::new(watch)),
            ..self
        }
    }

    /// The time, in microseconds since the run began.
    #[must_use]
    pub fn now_us(&self) -> u64 {
        (self.time)()
    }

    /// Records what happens now.
    pub fn record(&self, host: Host, what: What) {
        self.record_at(self.now_us(), host, what);
    }

    /// Records what happened at a time.
    pub fn record_at(&self, at_us: u64, host: Host, what: What) {
        let entry = Entry { at_us, host, what };
        match &self.watch {
            Some(watch) => watch(&entry),
            None => self
                .entries
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(entry),
        }
    }

    /// Records what crosses a wire now.
    pub fn crossed(&self, face: Face, wire: Wire) {
        let host = match face {
            Face::Users => Host::Users,
            Face::Sequencer | Face::Builder => Host::Proxy,
        };
        self.record(host, What::Crossed { face, wire });
    }

    /// What is kept so far, as far as it is picked.
    pub fn pick<T>(&self, pick: impl FnMut(&Entry) -> Option<T>) -> Vec<T> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.iter().filter_map(pick).collect()
    }

    /// Hands over everything so far, in the order of time, then of processes, then of happening. The order in
    /// which a simulator runs hosts within a step does not show in it.
    #[must_use]
    pub fn take_entries(&self) -> Vec<Entry> {
        let mut entries =
            std::mem::take(&mut *self.entries.lock().unwrap_or_else(PoisonError::into_inner));
        entries.sort_by_key(Entry::order);
        entries
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recorder")
    }
}
