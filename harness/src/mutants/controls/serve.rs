//! A builder that answers as a function says, whatever it is sent.

use std::convert::Infallible;
use std::fmt;
use std::future::pending;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt};
use gauntlet_rpc::Accept;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::task::JoinSet;

use crate::world::{Berth, BuilderSetup, Role, Setup, Subject};

/// What is sent back.
pub(super) enum Answer {
    /// A body of this type, with HTTP status 200.
    Body(&'static str, Vec<u8>),
    /// Nothing, ever.
    Never,
}

impl Answer {
    pub(super) fn json(body: impl AsRef<[u8]>) -> Self {
        Self::Body("application/json", body.as_ref().to_vec())
    }

    pub(super) fn html(body: &str) -> Self {
        Self::Body("text/html", body.as_bytes().to_vec())
    }
}

/// Whoever thinks of answers, from its start on.
pub(super) trait Answers: Send {
    /// The answer to a body.
    fn answer(&mut self, body: &[u8]) -> Answer;
}

impl Answers for fn(&[u8]) -> Answer {
    fn answer(&mut self, body: &[u8]) -> Answer {
        self(body)
    }
}

/// How a builder begins.
type Start = Box<dyn Fn(&BuilderSetup) -> Box<dyn Answers> + Send + Sync>;

/// A builder that is nothing but its answers.
pub(super) struct Builder {
    start: Start,
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").finish_non_exhaustive()
    }
}

impl Builder {
    /// One that knows nothing of what it was sent before.
    pub(super) fn answering(answer: fn(&[u8]) -> Answer) -> Arc<dyn Subject> {
        Self::started_with(move |_| Box::new(answer))
    }

    /// One that is told of the run.
    pub(super) fn started_with(
        start: impl Fn(&BuilderSetup) -> Box<dyn Answers> + Send + Sync + 'static,
    ) -> Arc<dyn Subject> {
        Arc::new(Self {
            start: Box::new(start),
        })
    }
}

impl Subject for Builder {
    fn role(&self) -> Role {
        Role::Builder
    }

    // It is run once: what it does is a function of what it is sent.
    fn is_ours(&self) -> bool {
        true
    }

    fn start(&self, berth: Berth) -> BoxFuture<'static, io::Result<()>> {
        let Setup::Builder(setup) = &berth.setup else {
            return async { Err(io::Error::other("this is a builder")) }.boxed();
        };
        let answers = Arc::new(Mutex::new((self.start)(setup)));
        serve(berth.door, answers).boxed()
    }
}

type Shared = Arc<Mutex<Box<dyn Answers>>>;

/// Serves until it is dropped, and its connections with it.
async fn serve(mut door: Box<dyn Accept>, answers: Shared) -> io::Result<()> {
    let mut connections = JoinSet::new();
    loop {
        let stream = TokioIo::new(door.accept().await?);
        while connections.try_join_next().is_some() {}
        let answers = answers.clone();
        let served = http1::Builder::new()
            // The system's clock would make each run another one.
            .auto_date_header(false)
            .serve_connection(stream, service_fn(move |it| exchange(answers.clone(), it)));
        connections.spawn(served.map(drop));
    }
}

async fn exchange(
    answers: Shared,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    // What did not come as a whole is answered as if it were empty.
    let body = request.into_body().collect().await;
    let body = body.map(|body| body.to_bytes()).unwrap_or_default();
    let answer = {
        let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.answer(&body)
    };
    let Answer::Body(kind, body) = answer else {
        return pending().await;
    };
    let mut response = Response::new(Full::from(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    Ok(response)
}
