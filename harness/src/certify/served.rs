//! A builder that is a service of HTTP: hyper's, tower's, an axum router, jsonrpsee's.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use gauntlet_rpc::Accept;
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::task::JoinSet;
use tower_service::Service;

use crate::plan::Plan;
use crate::world::{Berth, BuilderSetup, Role, Setup, Subject};

/// How many connections are served at the same time; what comes beyond is closed.
const MAX_CONNECTIONS: usize = 256;
/// How long a peer may take to send the head of a request.
const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(30);

type Serve =
    dyn Fn(Box<dyn Accept>, BuilderSetup) -> BoxFuture<'static, io::Result<()>> + Send + Sync;
type Decline = dyn Fn(&Plan) -> Option<String> + Send + Sync;

/// A builder that is a tower service of HTTP, such as an axum `Router` or the `TowerService` of
/// jsonrpsee, served over HTTP/1.1 by hyper.
///
/// It is made anew for each run, of what the run tells builders, and knows its genesis alone then.
/// What hyper bounds is bounded here: connections, and how long the head of a request may take. The
/// bodies that it reads are the service's.
#[derive(Clone)]
pub struct Served {
    serve: Arc<Serve>,
    declines: Arc<Decline>,
}

impl Served {
    /// A builder whose service is made by this.
    #[must_use]
    pub fn new<S, B>(make: impl Fn(BuilderSetup) -> S + Send + Sync + 'static) -> Self
    where
        S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
        S::Future: Send + 'static,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        Self {
            serve: Arc::new(move |door, setup| serve(door, make(setup)).boxed()),
            declines: Arc::new(|_| None),
        }
    }

    /// The same, which declines the cases for which this has a reason; see [`Subject::declines`].
    #[must_use]
    pub fn declining(
        self,
        declines: impl Fn(&Plan) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        let declines = Arc::new(declines);
        Self { declines, ..self }
    }
}

impl fmt::Debug for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Served").finish_non_exhaustive()
    }
}

impl Subject for Served {
    fn role(&self) -> Role {
        Role::Builder
    }

    fn declines(&self, plan: &Plan) -> Option<String> {
        (self.declines)(plan)
    }

    fn start(&self, berth: Berth) -> BoxFuture<'static, io::Result<()>> {
        match berth.setup {
            Setup::Builder(setup) => (self.serve)(berth.door, *setup),
            Setup::Sequencer(_) => {
                let wrong = io::Error::other("a builder is started as a sequencer");
                futures::future::ready(Err(wrong)).boxed()
            }
        }
    }
}

/// Serves until it is dropped, and its connections with it.
async fn serve<S, B>(mut door: Box<dyn Accept>, service: S) -> io::Result<()>
where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    S::Future: Send + 'static,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let mut connections = JoinSet::new();
    loop {
        let stream = TokioIo::new(door.accept().await?);
        while connections.try_join_next().is_some() {}
        if connections.len() < MAX_CONNECTIONS {
            let connection = http1::Builder::new()
                // The system's clock would make each run another one.
                .auto_date_header(false)
                .timer(TokioTimer::new())
                .header_read_timeout(HEADER_READ_TIMEOUT)
                .serve_connection(stream, TowerToHyperService::new(service.clone()));
            connections.spawn(connection.map(drop));
        }
    }
}
