//! The delay line: the network between simulated hosts, exact to the millisecond at any tick.
//!
//! turmoil gives hosts, their clocks, crash and bounce; everything that crosses the wire goes
//! through here: connects and their refusal, bytes, the end of a stream, the loss of a peer. Each
//! of them is a message that is stamped with its arrival when it is sent and put into the queue of
//! the host that receives it. On that host one task, the pump, sleeps on the host's own clock until
//! the first stamp and delivers.
//!
//! Hosts run one after another, each for a whole tick, so a message must never arrive within the
//! tick it is sent in: no link may be shorter than a tick, which is asserted. Then nothing a host
//! sees depends on the tick or on the order in which hosts run:
//!
//! - every queue holds all messages of an instant before its host reaches that instant;
//! - timers come first: the pump lets everything settle that the host's own timers set off;
//! - then messages come one by one, in an order made of names and counters, never of scheduling.
//!
//! turmoil's own TCP is not used: its handshake, refusals and resets show at the grain of a tick.
//!
//! | module | what it holds |
//! |---|---|
//! | `links` | when a message arrives, a pure function of the message |
//! | `connection` | two ends, and what has reached each of them |
//! | `state` | hosts with their queues and listeners, and all connections |
//! | `pump` | the task that delivers on a host |
//! | `rest` | when nothing on a host can run any more |
//! | `stream` | the ends of a connection |

mod connection;
mod links;
mod pump;
mod rest;
mod state;
mod stream;

use std::error::Error;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt;
use gauntlet_rpc::{Dial, Endpoint, Io, Scheme};
use tokio::runtime::Handle;

pub use self::links::{Cargo, Direction, Hop, Links};
pub use self::stream::LineAcceptor;

use self::state::State;
use self::stream::LineStream;

/// The network of one simulation, cheap to clone.
#[derive(Clone, Debug)]
pub struct Network(Arc<Mutex<State>>);

impl Network {
    /// Makes a network without connections. `tick_ms` is the simulation's tick.
    pub fn new(links: Links, tick_ms: u64) -> Self {
        Self(Arc::new(Mutex::new(State::new(links, tick_ms))))
    }

    /// Returns the dialer of a host, to be used on that host.
    pub fn dial(&self, host: impl Into<Arc<str>>) -> Dial {
        let (network, host) = (self.clone(), host.into());
        Dial::new(move |endpoint| {
            let (network, host) = (network.clone(), host.clone());
            async move { network.connect(&host, &endpoint).await }.boxed()
        })
    }

    /// Binds a port on a host. Must be called on that host, which listens from this instant until
    /// the acceptor is dropped.
    ///
    /// # Errors
    ///
    /// The port is bound already.
    pub fn acceptor(&self, host: impl Into<Arc<str>>, port: u16) -> io::Result<LineAcceptor> {
        let host = host.into();
        self.start_pump(&host);
        let serial = self.lock().bind(&host, port)?;
        Ok(LineAcceptor {
            network: self.clone(),
            host,
            port,
            serial,
        })
    }

    /// Crashes a host: its process ends at this step's beginning and its peers see their
    /// connections close, one latency later.
    ///
    /// Never [`turmoil::Sim::crash`] alone: it drops the host's streams where no clock is right.
    pub fn crash(&self, sim: &mut turmoil::Sim<'_>, host: &str) {
        self.lock().down(host, whole_ms(sim.elapsed()));
        sim.crash(host);
    }

    /// Starts a crashed host again, or crashes and starts a running one.
    pub fn bounce(&self, sim: &mut turmoil::Sim<'_>, host: &str) {
        self.lock().down(host, whole_ms(sim.elapsed()));
        sim.bounce(host);
    }

    async fn connect(&self, host: &Arc<str>, endpoint: &Endpoint) -> io::Result<Box<dyn Io>> {
        if endpoint.scheme == Scheme::Https {
            let text = "there is no TLS in a simulation: use http";
            return Err(io::Error::new(io::ErrorKind::Unsupported, text));
        }
        self.start_pump(host);
        let id = self
            .lock()
            .open(host, &endpoint.host, endpoint.port, now_ms());
        // Dropping the stream, connected or not, closes this end.
        let mut stream = LineStream::new(self.clone(), id, Direction::ToServer);
        stream.connected().await?;
        Ok(Box::new(stream))
    }

    fn start_pump(&self, host: &Arc<str>) {
        // A statement of its own, so that the lock is not held while the pump is spawned.
        let wake = self.lock().needs_pump(host, now_ms());
        if let Some(wake) = wake {
            let pump = tokio::spawn(pump::run(self.clone(), host.clone(), wake));
            self.lock().pumped_by(host, pump.abort_handle());
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs a host's software as a task of its runtime, in the one queue in which the pump goes last,
/// and not beside it as simulators do.
///
/// # Errors
///
/// What the software fails with, or that it panicked.
pub async fn software<E>(
    software: impl Future<Output = Result<(), E>> + Send + 'static,
) -> Result<(), Box<dyn Error>>
where
    E: Into<Box<dyn Error + Send + Sync>> + Send + 'static,
{
    match tokio::spawn(software).await {
        Ok(ended) => ended.map_err(|error| -> Box<dyn Error> { error.into() }),
        Err(broke) => Err(broke.into()),
    }
}

/// The time on the clock of the host that runs.
fn now_ms() -> u64 {
    try_now_ms().expect("the delay line is used on a host of a simulation")
}

/// The time on the clock of the host that runs; none while a simulation is taken down.
fn try_now_ms() -> Option<u64> {
    let elapsed = turmoil::sim_elapsed()?;
    assert!(
        Handle::try_current().is_ok(),
        "hosts are crashed by `Network::crash`"
    );
    Some(whole_ms(elapsed))
}

fn whole_ms(elapsed: std::time::Duration) -> u64 {
    assert_eq!(
        elapsed.subsec_nanos() % 1_000_000,
        0,
        "clocks show whole milliseconds"
    );
    elapsed.as_secs() * 1000 + u64::from(elapsed.subsec_millis())
}
