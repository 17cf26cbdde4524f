//! What somebody else sends to the builder, as the plan says, on connections of its own.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gauntlet_rpc::Jwt;
use http::{Method, Request, header};
use http_body_util::Full;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::back::Back;
use super::stream::RawConnection;
use super::{Behind, ProxyConfig, heads};
use crate::dialect::Form;
use crate::plan::{Plan, ProbePlan};
use crate::probes::{self, Known, Shot};
use crate::trace::{Act, Face, Failure, Host, HttpReply, HttpRequest, Recorder, What, Wire};

/// How long a builder is waited for, longer than any answer may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// Sends what a plan says to the builder.
///
/// What it knows comes from the messages that pass its proxy. Clones share it, and it lasts beyond
/// the death of the proxy and the builder; what was due meanwhile is not sent.
#[derive(Clone)]
pub struct Prober {
    due: Arc<[(u64, ProbePlan)]>,
    next: Arc<AtomicUsize>,
    known: Arc<Mutex<Known>>,
    genesis_secs: u64,
    recorder: Recorder,
}

/// A probe of a plan, as the trace tells of it, and how often it is sent.
struct Planned {
    number: u32,
    what: Arc<str>,
    times: u32,
}

impl Prober {
    /// Who sends what a plan says; nobody if it says nothing.
    #[must_use]
    pub fn of(plan: &Plan, known: Known, recorder: Recorder) -> Option<Self> {
        let block_time_ms = plan.chain.block_time_ms;
        let mut due: Vec<(u64, ProbePlan)> = (0..)
            .zip(&plan.slots)
            .flat_map(|(slot, planned)| planned.probes.iter().map(move |probe| (slot, probe)))
            .map(|(slot, probe)| ((slot * block_time_ms + probe.at_ms) * 1000, probe.clone()))
            .collect();
        due.sort_by_key(|(at_us, _)| *at_us);
        (!due.is_empty()).then(|| Self {
            due: due.into(),
            next: Arc::default(),
            genesis_secs: known.now_secs,
            known: Arc::new(Mutex::new(known)),
            recorder,
        })
    }

    /// Takes note of a request that the builder has answered.
    pub(super) fn passed(&self, body: &[u8]) {
        self.known().note(body);
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends what is due, each at its time.
    pub(super) async fn run(self, config: Arc<ProxyConfig>) {
        let mut sent = JoinSet::new();
        let mut is_late = true;
        loop {
            let next = self.next.fetch_add(1, Ordering::Relaxed);
            let Some((at_us, probe)) = self.due.get(next) else {
                break;
            };
            match at_us.checked_sub(config.tap.now_us()) {
                Some(wait_us) => sleep(Duration::from_micros(wait_us)).await,
                // It was due before this began.
                None if is_late => continue,
                None => {}
            }
            is_late = false;
            let shots = self.shots(probe);
            let (prober, config) = (self.clone(), config.clone());
            let planned = Planned {
                number: u32::try_from(next).unwrap_or(u32::MAX),
                what: probe.to_string().into(),
                times: probe.times,
            };
            sent.spawn(async move { prober.send(&config, &shots, &planned).await });
            while sent.try_join_next().is_some() {}
        }
        while sent.join_next().await.is_some() {}
    }

    fn shots(&self, probe: &ProbePlan) -> Vec<Shot> {
        let mut known = self.known();
        known.now_secs = self.genesis_secs + self.recorder.now_us() / 1_000_000;
        probes::shots(probe, &mut known)
    }

    /// Sends shots so often, one after another: requests on one connection, bytes on their own.
    async fn send(&self, config: &ProxyConfig, shots: &[Shot], planned: &Planned) {
        let mut kept = [None, None];
        for shot in (0..planned.times).flat_map(|_| shots) {
            match shot {
                Shot::Request(request) => {
                    let engine = config.engine.as_ref().filter(|_| is_of_engine(request));
                    let behind = engine.map_or(&config.behind, |engine| &engine.behind);
                    let token = engine.and_then(|engine| engine.jwt.as_ref());
                    let kept = &mut kept[usize::from(engine.is_some())];
                    let (connection, back) = kept.get_or_insert_with(|| {
                        let back = Back::new(behind.clone(), config.limits.max_body_bytes);
                        (config.numbers.connection(), back)
                    });
                    let exchange = self.begin(config, planned);
                    let asked = async {
                        back.open().await?;
                        told(config, *connection, exchange, request);
                        ask(behind, token, back, request).await
                    };
                    let answer = timeout(PATIENCE, back.driven(asked)).await;
                    if !tell(config, exchange, answer.unwrap_or(Err(Failure::GivenUp))) {
                        *kept = None;
                    }
                }
                Shot::Bytes { bytes, requests } => {
                    let connection = config.numbers.connection();
                    let exchanges: Vec<u64> = requests
                        .iter()
                        .map(|request| {
                            let exchange = self.begin(config, planned);
                            told(config, connection, exchange, request);
                            exchange
                        })
                        .collect();
                    let dialled = config.behind.dial.dial(&config.behind.endpoint).await;
                    let mut stream = dialled.ok().map(|it| RawConnection::new(it, bytes.clone()));
                    for exchange in exchanges {
                        let answer = match &mut stream {
                            Some(stream) => timeout(PATIENCE, stream.reply()).await,
                            None => Ok(Err(Failure::Refused)),
                        };
                        tell(config, exchange, answer.unwrap_or(Err(Failure::GivenUp)));
                    }
                }
            }
        }
    }

    /// Says that a probe is sent, in an exchange that is returned.
    fn begin(&self, config: &ProxyConfig, planned: &Planned) -> u64 {
        let exchange = config.numbers.exchange();
        let act = Act::Probe {
            exchange,
            number: planned.number,
            what: planned.what.clone(),
        };
        self.recorder.record(Host::Proxy, What::Did(act));
        exchange
    }
}

impl fmt::Debug for Prober {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prober")
    }
}

/// Tells the tap of a request.
fn told(config: &ProxyConfig, connection: u64, exchange: u64, request: &HttpRequest) {
    let wire = Wire::Request {
        exchange,
        connection,
        begun_us: None,
        request: Some(request.clone()),
    };
    config.tap.tell(Face::Builder, wire);
}

/// Tells the tap what came of an exchange; whether a reply did.
fn tell(config: &ProxyConfig, exchange: u64, answer: Result<HttpReply, Failure>) -> bool {
    let is_reply = answer.is_ok();
    let wire = match answer {
        Ok(reply) => Wire::Reply {
            exchange,
            reply: Some(reply),
        },
        Err(failure) => Wire::Failed { exchange, failure },
    };
    config.tap.tell(Face::Builder, wire);
    is_reply
}

/// Whether a request calls a method of the Engine API, in a batch too.
fn is_of_engine(request: &HttpRequest) -> bool {
    let form = Form::of(request);
    let mut calls = form.parts().iter().filter_map(|it| it.call.as_ref().ok());
    calls.any(|call| call.method.starts_with("engine_"))
}

async fn ask(
    behind: &Behind,
    token: Option<&Jwt>,
    back: &Back,
    said: &HttpRequest,
) -> Result<HttpReply, Failure> {
    let authority = behind.endpoint.authority();
    let method = Method::from_bytes(said.method.as_bytes()).map_err(|_| Failure::Malformed)?;
    let mut request = Request::new(Full::new(said.body.clone()));
    *request.method_mut() = method;
    let path = match &*said.path {
        "/" => &behind.endpoint.path,
        path => path,
    };
    *request.uri_mut() = path.parse().map_err(|_| Failure::Malformed)?;
    let authority = behind.authority.as_deref().unwrap_or(&authority);
    let host = authority.try_into().map_err(|_| Failure::Malformed)?;
    request.headers_mut().insert(header::HOST, host);
    if let Some(token) = token {
        let headers = request.headers_mut();
        headers.insert(header::AUTHORIZATION, token.bearer());
    }
    heads::tell(request.headers_mut(), &said.headers, &said.body);
    let (head, body) = back.exchange(request).await?.into_parts();
    Ok(heads::reply(&head, body))
}
