//! A server: jsonrpsee's methods behind our own reader and our own HTTP/1.1 connection loop.
//!
//! jsonrpsee's own `serve` neither switches the `date` header off nor takes any byte stream, and
//! its reader is lenient.

mod auth;
mod calls;
mod exchange;
mod stall;
mod strict;

use std::io;
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use jsonrpsee::Methods;
use tokio::task::JoinSet;
use tokio::time::sleep;

pub use self::auth::{Auth, AuthScope};

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
}

/// Serves methods until accepting fails for good, and returns why.
///
/// Dropping the future closes the acceptor and every connection.
pub async fn serve(
    mut acceptor: impl Accept,
    methods: impl Into<Methods>,
    config: ServerConfig,
) -> io::Error {
    let limits = config.limits.clone();
    let node = Arc::new(Node::new(methods.into(), config));
    let mut connections = JoinSet::new();
    let mut failed = 0;
    loop {
        match acceptor.accept().await {
            Ok(stream) => {
                failed = 0;
                while connections.try_join_next().is_some() {}
                if connections.len() < limits.max_connections {
                    connections.spawn(connection(stream, node.clone(), limits.clone()));
                }
            }
            Err(error) => {
                failed += 1;
                if failed == MAX_FAILED_ACCEPTS {
                    return error;
                }
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Serves one connection until either end closes it.
async fn connection(stream: Box<dyn Io>, node: Arc<Node>, limits: ServerLimits) {
    let stream = TokioIo::new(StallGuard::new(stream, limits.stall_timeout));
    let answer = service_fn(move |request| node.clone().answer(request));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .auto_date_header(false)
        .header_read_timeout(limits.head_timeout)
        .max_buf_size(MAX_HEAD_BYTES)
        .max_headers(MAX_HEADERS)
        .serve_connection(stream, answer)
        .await;
    // A connection that fails concerns its peer alone, which sees it close.
    drop(served);
}
