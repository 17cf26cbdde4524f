//! One connection of the peer in front of a proxy, and the one behind that belongs to it.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, ready};

use gauntlet_rpc::HeldBytes;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};

use super::back::Back;
use super::door::{Ahead, Door};
use super::searcher::Port;
use super::{Kept, Opening, ProxyConfig, Stamped, WireTap};
use crate::trace::{Face, Failure, Wire};

/// The largest head either side reads, more than a node's own bound.
pub(super) const MAX_HEAD_BYTES: usize = 256 * 1024;

/// The most header lines either side reads, more than a node's own bound.
pub(super) const MAX_HEADERS: usize = 256;

/// How soon a first request must come for its connection to have been opened for it, where the
/// network does not know.
const RIGHT_AWAY_US: u64 = 5_000;

/// One connection of the peer in front.
pub(super) struct Connection {
    pub(super) config: Arc<ProxyConfig>,
    pub(super) number: u64,
    pub(super) door: Door,
    pub(super) back: Back,
    /// Who hands the builder transactions of its own.
    pub(super) searcher: Option<Port>,
    /// Who is told what crosses, but for what is not kept.
    pub(super) tap: WireTap,
    pub(super) kept: Kept,
    /// What the request that is under way holds.
    held: Mutex<HeldBytes>,
    opening: Opening,
    accepted_us: u64,
    requests: AtomicU64,
    /// The exchange whose reply the builder owes.
    owed: Mutex<Option<u64>>,
}

/// What a connection may take.
pub(super) struct Bounds {
    /// Of what is kept.
    pub(super) kept: Kept,
    /// Of what is held at once.
    pub(super) held: HeldBytes,
}

/// Relays one connection until either side closes it.
pub(super) async fn relay(
    stream: Box<dyn Stamped>,
    config: Arc<ProxyConfig>,
    searcher: Option<Port>,
    bounds: Bounds,
) {
    let Bounds { kept, held } = bounds;
    let number = config.numbers.connection();
    let tap = kept.tap(&config.tap);
    let opening = stream.opening();
    let opened = Wire::Opened {
        connection: number,
        sent_us: opening.asked_us,
        answered_us: opening.answered_us,
    };
    tap.tell(Face::Sequencer, opened);
    let limits = config.limits.clone();
    let connection = Arc::new(Connection {
        number,
        door: Door::new(stream, number, tap.clone(), limits.stall_timeout),
        back: Back::new(config.behind.clone(), limits.max_body_bytes),
        searcher,
        opening,
        accepted_us: tap.now_us(),
        tap,
        kept,
        held: Mutex::new(held),
        requests: AtomicU64::new(0),
        owed: Mutex::default(),
        config,
    });
    let exchange = service_fn(|request| {
        connection.door.begins();
        let connection = connection.clone();
        async move {
            let response = connection.clone().exchange(request).await;
            // The next request begins with nothing; there is always room for that.
            connection.holds(0);
            response
        }
    });
    let mut served = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .auto_date_header(false)
            .header_read_timeout(limits.head_timeout)
            .max_buf_size(MAX_HEAD_BYTES)
            .max_headers(MAX_HEADERS)
            .serve_connection(TokioIo::new(connection.door.clone()), exchange)
    );
    loop {
        tokio::select! {
            biased;
            // A connection that fails concerns its peer alone, which sees it close.
            _ended = &mut served => break,
            ahead = connection.door.ahead() => match ahead {
                Ahead::Bytes => {}
                Ahead::End => break,
            },
            () = connection.door.hangs_up() => {}
            () = connection.is_left_behind() => break,
        }
    }
    if let Some(exchange) = connection.settled() {
        connection.tell_failed(exchange, Failure::GivenUp);
    }
}

impl Connection {
    /// Drives the connection behind; over once the builder has closed it and its last reply, if it
    /// gave one, has left.
    async fn is_left_behind(&self) {
        poll_fn(|cx| {
            ready!(self.back.poll_over(cx));
            if self.door.is_busy() {
                // What is still done for the last exchange wakes this task.
                return Poll::Pending;
            }
            Poll::Ready(())
        })
        .await;
    }

    /// When the sender of the request that has just arrived began the call.
    pub(super) fn began_us(&self, first_us: Option<u64>) -> u64 {
        let now_us = self.tap.now_us();
        let is_first = self.requests.fetch_add(1, Ordering::Relaxed) == 0;
        let Some(sent_us) = first_us else {
            let is_for_it = is_first && now_us.saturating_sub(self.accepted_us) <= RIGHT_AWAY_US;
            return if is_for_it { self.accepted_us } else { now_us };
        };
        match (self.opening.asked_us, self.opening.answered_us) {
            (Some(asked_us), Some(answered_us)) if is_first && sent_us <= answered_us => asked_us,
            (Some(_) | None, Some(_) | None) => sent_us,
        }
    }

    /// Holds so many bytes of a request, if there is so much; returns whether there is.
    pub(super) fn holds(&self, bytes: usize) -> bool {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.hold(bytes)
    }

    /// The builder owes the reply to an exchange.
    pub(super) fn owes(&self, exchange: u64) {
        *self.owed.lock().unwrap_or_else(PoisonError::into_inner) = Some(exchange);
    }

    /// The builder owes nothing any more: returns what it did.
    pub(super) fn settled(&self) -> Option<u64> {
        self.owed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    pub(super) fn tell_failed(&self, exchange: u64, failure: Failure) {
        let failed = Wire::Failed { exchange, failure };
        self.tap.tell(Face::Builder, failed);
    }
}
