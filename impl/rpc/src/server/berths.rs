//! The open connections of a server, of which there is a bounded number: the idlest makes room.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::counters::ServerCounters;

/// The open connections.
#[derive(Debug)]
pub(super) struct Berths {
    max: usize,
    counters: ServerCounters,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    last: u64,
    taken: BTreeMap<u64, Taken>,
}

#[derive(Debug)]
struct Taken {
    idle: Option<Idle>,
    /// Dropped when the connection is to be closed.
    _stay: oneshot::Sender<()>,
}

/// Idle connections in the order in which they make room: those that were never of use go first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Idle {
    was_used: bool,
    since: Instant,
}

impl Berths {
    pub(super) fn new(max: usize, counters: ServerCounters) -> Arc<Self> {
        Arc::new(Self {
            max,
            counters,
            open: Mutex::default(),
        })
    }

    /// Takes a place for a connection, if need be that of the idlest one. There is none if all are
    /// busy. What is returned beside it resolves when the connection is to be closed.
    pub(super) fn enter(self: &Arc<Self>) -> Option<(Berth, oneshot::Receiver<()>)> {
        if self.locked().taken.len() >= self.max && !self.make_room() {
            self.counters.refused_connection();
            return None;
        }
        let (stay, left) = oneshot::channel();
        let idle = Some(Idle {
            was_used: false,
            since: Instant::now(),
        });
        let mut open = self.locked();
        open.last += 1;
        let number = open.last;
        open.taken.insert(number, Taken { idle, _stay: stay });
        let berths = self.clone();
        Some((Berth { berths, number }, left))
    }

    /// Closes the idlest connection, and returns whether there was one.
    pub(super) fn make_room(&self) -> bool {
        let mut open = self.locked();
        let idle = open.taken.iter().filter_map(|(number, taken)| {
            let idle = taken.idle?;
            Some((idle, *number))
        });
        let Some((_, number)) = idle.min() else {
            return false;
        };
        // Dropping the sender tells the connection.
        open.taken.remove(&number);
        self.counters.evicted_connection();
        true
    }

    fn locked(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of a connection, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Berth {
    berths: Arc<Berths>,
    number: u64,
}

impl Berth {
    /// The connection has a request, until what is returned is dropped.
    pub(super) fn busy(&self) -> Busy<'_> {
        self.set(None);
        Busy(self)
    }

    fn set(&self, idle: Option<Idle>) {
        if let Some(taken) = self.berths.locked().taken.get_mut(&self.number) {
            taken.idle = idle;
        }
    }
}

impl Drop for Berth {
    fn drop(&mut self) {
        self.berths.locked().taken.remove(&self.number);
    }
}

/// A connection that has a request.
#[derive(Debug)]
pub(super) struct Busy<'a>(&'a Berth);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.set(Some(Idle {
            was_used: true,
            since: Instant::now(),
        }));
    }
}
