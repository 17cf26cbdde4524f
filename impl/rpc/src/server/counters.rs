//! What a server refused, and how often.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts what a server refuses; clones share the counts.
#[derive(Clone, Debug, Default)]
pub struct ServerCounters(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    failed_accepts: AtomicU64,
    refused_connections: AtomicU64,
    evicted_connections: AtomicU64,
    refused_bodies: AtomicU64,
    refused_tokens: AtomicU64,
}

/// What a server has refused since it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerCounts {
    /// Accepts that failed, such as for want of file descriptors.
    pub failed_accepts: u64,
    /// Connections that were closed at once, because all others were busy.
    pub refused_connections: u64,
    /// Idle connections that were closed to make room.
    pub evicted_connections: u64,
    /// Requests and replies that were too large, or too large beside the others.
    pub refused_bodies: u64,
    /// Requests without a good token.
    pub refused_tokens: u64,
}

impl ServerCounters {
    /// Reads the counts.
    pub fn read(&self) -> ServerCounts {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        ServerCounts {
            failed_accepts: read(&self.0.failed_accepts),
            refused_connections: read(&self.0.refused_connections),
            evicted_connections: read(&self.0.evicted_connections),
            refused_bodies: read(&self.0.refused_bodies),
            refused_tokens: read(&self.0.refused_tokens),
        }
    }

    pub(super) fn failed_accept(&self) {
        self.0.failed_accepts.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn refused_connection(&self) {
        self.0.refused_connections.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn evicted_connection(&self) {
        self.0.evicted_connections.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn refused_body(&self) {
        self.0.refused_bodies.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn refused_token(&self) {
        self.0.refused_tokens.fetch_add(1, Ordering::Relaxed);
    }
}
