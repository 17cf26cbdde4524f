//! Collects the events of a run.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use gauntlet_rpc::Tap;

use super::{Entry, Host, What};

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

    /// The same recorder, with someone who sees each entry as it is recorded.
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
        if let Some(watch) = &self.watch {
            watch(&entry);
        }
        self.entries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(entry);
    }

    /// A tap on a host's wires.
    #[must_use]
    pub fn tap(&self, host: Host) -> Tap {
        let recorder = self.clone();
        Tap::new(move |event| recorder.record(host, What::Wire(event)))
    }

    /// Who a sequencer tells.
    #[must_use]
    pub fn sequencer(&self) -> gauntlet_sequencer::Observer {
        let recorder = self.clone();
        gauntlet_sequencer::Observer::new(move |event| {
            recorder.record(Host::Sequencer, What::Sequencer(event));
        })
    }

    /// Who a builder tells.
    #[must_use]
    pub fn builder(&self) -> gauntlet_builder::Observer {
        let recorder = self.clone();
        gauntlet_builder::Observer::new(move |event| {
            recorder.record(Host::Builder, What::Builder(event));
        })
    }

    /// Looks at the latest entry for which a function has an answer.
    pub fn latest<T>(&self, find: impl FnMut(&Entry) -> Option<T>) -> Option<T> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.iter().rev().find_map(find)
    }

    /// Forgets everything so far, so that a run without an end needs no memory without an end.
    pub fn forget(&self) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.clear();
    }

    /// Everything so far, in the order of time, then of hosts, then of happening. The order in
    /// which a simulator runs hosts within a step does not show in it.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        let mut entries = self
            .entries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        entries.sort_by_key(|entry| (entry.at_us, entry.host));
        entries
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recorder")
    }
}
