//! A server: jsonrpsee's methods behind our own reader and our own HTTP/1.1 connection loop.
//!
//! jsonrpsee's own `serve` neither switches the `date` header off nor takes any byte stream, and
//! its reader is lenient.
//!
//! | module | what it holds |
//! |---|---|
//! | `berths` | the open connections, a bounded number |
//! | `exchange` | one exchange: a request, its reply |
//! | `auth` | who is let in |
//! | `strict` | a body as calls |
//! | `calls` | calls carried out |
//! | `reply` | a reply, and how its body leaves |
//! | `stall` | a stream whose peer must keep reading |
//! | `pages` | what is shown to those who only look |
//! | `counters` | what was refused, and how often |

mod auth;
mod berths;
mod calls;
mod counters;
mod exchange;
mod pages;
mod reply;
mod stall;
mod strict;

use std::io;
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use jsonrpsee::Methods;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::sleep;

pub use self::auth::{Auth, AuthScope};
pub use self::counters::{ServerCounters, ServerCounts};
pub use self::pages::{Cors, Page, Pages};

use self::berths::{Berth, Berths};
use self::exchange::Node;
use self::stall::StallGuard;
use crate::io::{Accept, Io};
use crate::limits::{ACCEPT_PAUSE, MAX_FAILED_ACCEPTS, MAX_HEAD_BYTES, MAX_HEADERS, ServerLimits};
use crate::tap::Tap;

/// How a server serves.
#[derive(Clone, Debug, Default)]
pub struct ServerConfig {
    /// What it refuses and how long it waits.
    pub limits: ServerLimits,
    /// Receives the events of every exchange.
    pub tap: Option<Tap>,
    /// Who is let in; without it, everyone.
    pub auth: Option<Auth>,
    /// Whether pages of other origins may call from a browser.
    pub cors: Cors,
    /// What it shows to those who only look.
    pub pages: Pages,
    /// Counts what it refuses.
    pub counters: ServerCounters,
}

/// Serves methods until the acceptor fails for good, and returns why.
///
/// The operating system never fails for good: whoever is out of file descriptors, say, makes room
/// by closing an idle connection, and accepts more slowly. Dropping the future closes the acceptor
/// and every connection.
pub async fn serve(
    mut acceptor: impl Accept,
    methods: impl Into<Methods>,
    config: ServerConfig,
) -> io::Error {
    let counters = config.counters.clone();
    let berths = Berths::new(config.limits.max_connections, counters.clone());
    let node = Arc::new(Node::new(methods.into(), config));
    let mut connections = JoinSet::new();
    let mut failed = 0;
    loop {
        match acceptor.accept().await {
            Ok(stream) => {
                failed = 0;
                while connections.try_join_next().is_some() {}
                if let Some((berth, left)) = berths.enter() {
                    connections.spawn(connection(stream, node.clone(), berth, left));
                }
            }
            Err(error) => {
                counters.failed_accept();
                if error.raw_os_error().is_none() {
                    failed += 1;
                    if failed == MAX_FAILED_ACCEPTS {
                        return error;
                    }
                } else if error.kind() == io::ErrorKind::ConnectionAborted {
                    // That one's peer is gone; the next one need not wait for it.
                    continue;
                } else {
                    berths.make_room();
                }
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Serves one connection until either end closes it.
async fn connection(
    stream: Box<dyn Io>,
    node: Arc<Node>,
    berth: Berth,
    left: oneshot::Receiver<()>,
) {
    let limits = node.limits();
    let stream = TokioIo::new(StallGuard::new(stream, limits.stall_timeout));
    let (node, berth) = (&node, &berth);
    let answer = service_fn(async |request| {
        let _busy = berth.busy();
        node.answer(request).await
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .auto_date_header(false)
        .header_read_timeout(limits.head_timeout)
        .max_buf_size(MAX_HEAD_BYTES)
        .max_headers(MAX_HEADERS)
        .serve_connection(stream, answer);
    tokio::select! {
        biased;
        // A connection that fails concerns its peer alone, which sees it close.
        _ended = served => {}
        // Another one takes its place.
        _ = left => {}
    }
}
