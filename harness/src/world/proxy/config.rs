//! How a proxy relays: what it is told, whom it tells, and its bounds.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use gauntlet_rpc::{Dial, Endpoint, Jwt};

use super::{Interfere, Prober, Searcher};
use crate::trace::{Face, Recorder, Wire};

/// How a proxy relays.
#[derive(Clone, Debug)]
pub struct ProxyConfig {
    /// Who is behind it.
    pub behind: Behind,
    /// Who decides what becomes of messages; all pass without.
    pub interfere: Option<Arc<dyn Interfere>>,
    /// Who gives the builder transactions of its own, if anybody.
    pub searcher: Option<Supply>,
    /// Who sends the builder what the plan says that somebody else does, if anybody.
    pub prober: Option<Prober>,
    /// Where that sends messages of the Engine API, if not where it sends the others.
    pub engine: Option<EngineDoor>,
    /// Who is told what crosses the two faces, and what the time is.
    pub tap: WireTap,
    /// Numbers exchanges and connections.
    pub numbers: Numbers,
    /// What it refuses and how long it waits.
    pub limits: ProxyLimits,
}

/// Who is behind a proxy, and how to get there.
#[derive(Clone, Debug)]
pub struct Behind {
    /// Opens streams.
    pub dial: Dial,
    /// Where. A request keeps the path that it came with.
    pub endpoint: Endpoint,
    /// What the `host` header says behind the proxy; what it said in front of it if none.
    pub authority: Option<Arc<str>>,
}

/// Where a builder takes messages of the Engine API.
#[derive(Clone, Debug)]
pub struct EngineDoor {
    /// Who is there.
    pub behind: Behind,
    /// Makes the tokens that it asks for, if it does.
    pub jwt: Option<Jwt>,
}

/// Who gives the builder transactions of its own, and how they get there.
#[derive(Clone, Debug)]
pub struct Supply {
    /// Who.
    pub searcher: Searcher,
    /// Where the builder takes transactions.
    pub to: Behind,
}

/// Who is told what crosses the faces of a proxy, and what the time is.
#[derive(Clone)]
pub struct WireTap {
    tell: Arc<dyn Fn(Face, Wire) + Send + Sync>,
    now_us: Arc<dyn Fn() -> u64 + Send + Sync>,
}

impl WireTap {
    /// Makes a tap of a function that is told, which must not wait, and one that tells the time in
    /// microseconds since the run began.
    pub fn new(
        tell: impl Fn(Face, Wire) + Send + Sync + 'static,
        now_us: impl Fn() -> u64 + Send + Sync + 'static,
    ) -> Self {
        Self {
            tell: Arc::new(tell),
            now_us: Arc::new(now_us),
        }
    }

    /// Makes a tap of a recorder.
    pub fn of(recorder: &Recorder) -> Self {
        let (tell, now) = (recorder.clone(), recorder.clone());
        Self::new(
            move |face, wire| tell.crossed(face, wire),
            move || now.now_us(),
        )
    }

    pub(super) fn tell(&self, face: Face, wire: Wire) {
        (self.tell)(face, wire);
    }

    pub(super) fn now_us(&self) -> u64 {
        (self.now_us)()
    }
}

impl fmt::Debug for WireTap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WireTap")
    }
}

/// Numbers the exchanges and the connections of a run from 1. Clones share the numbers, so that
/// they go on when a proxy dies and comes back.
#[derive(Clone, Debug, Default)]
pub struct Numbers(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    exchanges: AtomicU64,
    connections: AtomicU64,
}

impl Numbers {
    pub(super) fn exchange(&self) -> u64 {
        1 + self.0.exchanges.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn connection(&self) -> u64 {
        1 + self.0.connections.fetch_add(1, Ordering::Relaxed)
    }
}

/// What a proxy refuses and how long it waits. Each is more than a node's own bound, so that it is
/// the node's that its peer sees.
#[derive(Clone, Debug)]
pub struct ProxyLimits {
    /// The largest body in either direction; the connection of a larger one is closed.
    pub max_body_bytes: usize,
    /// The most bytes of requests that are held at once, of all connections together; the connection
    /// of one that is over it is closed.
    pub max_held_bytes: usize,
    /// The most open connections; further ones are closed at once.
    pub max_connections: usize,
    /// How long a whole head may take, idle time between requests included.
    pub head_timeout: Duration,
    /// How long a request's body may take.
    pub body_timeout: Duration,
    /// How long the builder may take to reply, from the whole request to the whole reply.
    pub reply_timeout: Duration,
    /// How long a peer may accept no byte of a reply.
    pub stall_timeout: Duration,
}

impl Default for ProxyLimits {
    fn default() -> Self {
        Self {
            max_body_bytes: 32 * 1024 * 1024,
            max_held_bytes: 128 * 1024 * 1024,
            max_connections: 128,
            head_timeout: Duration::from_secs(120),
            body_timeout: Duration::from_secs(60),
            reply_timeout: Duration::from_secs(120),
            stall_timeout: Duration::from_secs(60),
        }
    }
}
