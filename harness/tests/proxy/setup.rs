//! A proxy in memory and in virtual time, between a plain stream in front and what a test puts
//! behind; and what it says, a line an event.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use gauntlet::net::tcp::Unstamped;
use gauntlet::trace::{Face, HttpReply, HttpRequest, Wire};
use gauntlet::world::proxy::{
    Behind, InnerAcceptor, Interfere, Numbers, ProxyConfig, ProxyLimits, Supply, WireTap, inner,
    run_proxy,
};
use gauntlet_rpc::{Accept, Dial, Io};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;

/// What a proxy said, stamped with the milliseconds since the run began.
#[derive(Clone, Default)]
pub(crate) struct Said(Arc<Mutex<Vec<String>>>);

impl Said {
    /// A tap into these lines.
    pub(crate) fn tap(&self, now_us: impl Fn() -> u64 + Clone + Send + Sync + 'static) -> WireTap {
        let (said, now) = (self.clone(), now_us.clone());
        WireTap::new(
            move |face, wire| {
                let line = format!("{} {}", millis(now()), describe(face, &wire));
                said.0.lock().unwrap().push(line);
            },
            now_us,
        )
    }

    /// Everything so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    /// Adds a line of the test's own.
    pub(crate) fn add(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }
}

fn millis(us: u64) -> String {
    assert_eq!(us % 1000, 0, "{us} us");
    (us / 1000).to_string()
}

fn describe(face: Face, wire: &Wire) -> String {
    let face = match face {
        Face::Users => "users",
        Face::Sequencer => "front",
        Face::Builder => "back",
    };
    let at = |us: &Option<u64>| us.map_or("?".to_owned(), millis);
    let what = match wire {
        Wire::Opened {
            connection,
            sent_us,
            ..
        } => format!("opened {connection} at {}", at(sent_us)),
        Wire::Request {
            exchange,
            connection,
            begun_us,
            request,
        } => {
            let (at, request) = (at(begun_us), request.as_ref().map_or("same".into(), asked));
            format!("request {exchange} on {connection} at {at}: {request}")
        }
        Wire::Reply { exchange, reply } => {
            let reply = reply.as_ref().map_or("same".into(), replied);
            format!("reply {exchange}: {reply}")
        }
        Wire::Left {
            exchange,
            arrives_us,
        } => format!("left {exchange} for {}", at(arrives_us)),
        Wire::Cut {
            exchange,
            message,
            bytes,
            ..
        } => format!("cut {exchange}: {bytes} bytes of the {message:?}"),
        Wire::Failed { exchange, failure } => format!("failed {exchange}: {failure:?}"),
        Wire::Closed {
            connection,
            sent_us,
        } => format!("closed {connection} at {}", at(sent_us)),
    };
    format!("{face} {what}")
}

fn asked(request: &HttpRequest) -> String {
    let head = format!("{} {}", request.method, request.path);
    format!("{head}{}", rest(&request.headers, &request.body))
}

fn replied(reply: &HttpReply) -> String {
    format!("{}{}", reply.status, rest(&reply.headers, &reply.body))
}

fn rest(headers: &[(Arc<str>, Arc<str>)], body: &[u8]) -> String {
    let mut rest = String::new();
    for (name, value) in headers {
        rest += &format!(" {name}={value}");
    }
    if body.len() > 100 {
        return format!("{rest} [{} bytes]", body.len());
    }
    format!("{rest} {}", String::from_utf8_lossy(body))
        .trim_end()
        .to_owned()
}

/// A proxy in memory.
pub(crate) struct Proxied {
    /// The way to its front.
    pub(crate) front: Dial,
    pub(crate) said: Said,
    /// When it was started.
    pub(crate) started: Instant,
}

/// What a test may choose of a proxy.
#[derive(Default)]
pub(crate) struct Choice {
    pub(crate) interfere: Option<Arc<dyn Interfere>>,
    pub(crate) limits: ProxyLimits,
    pub(crate) searcher: Option<gauntlet::world::proxy::Searcher>,
}

/// Starts a proxy; returns its front, and where it comes out.
pub(crate) fn proxied(choice: Choice) -> (Proxied, InnerAcceptor) {
    let (front, door) = inner();
    let (dial, taken) = inner();
    let (said, started) = (Said::default(), Instant::now());
    let behind = Behind {
        dial,
        endpoint: "http://builder:8545/".parse().unwrap(),
        authority: None,
    };
    let to = behind.clone();
    let config = ProxyConfig {
        behind,
        interfere: choice.interfere,
        searcher: choice.searcher.map(|searcher| Supply { searcher, to }),
        prober: None,
        engine: None,
        tap: said.tap(move || u64::try_from(started.elapsed().as_micros()).unwrap()),
        numbers: Numbers::default(),
        limits: choice.limits,
    };
    tokio::spawn(run_proxy(Unstamped(door), config));
    let proxied = Proxied {
        front,
        said,
        started,
    };
    (proxied, taken)
}

impl Proxied {
    /// Opens a connection to the front.
    pub(crate) async fn connect(&self) -> Box<dyn Io> {
        let endpoint = "http://proxy:8545/".parse().unwrap();
        self.front.dial(&endpoint).await.unwrap()
    }

    /// The virtual milliseconds since the start.
    pub(crate) fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap()
    }
}

/// Takes the next connection that comes out of a proxy.
pub(crate) async fn next(behind: &mut InnerAcceptor) -> Box<dyn Io> {
    behind.accept().await.unwrap()
}

/// Reads exactly this text.
#[track_caller]
pub(crate) fn reads<'a>(
    stream: &'a mut Box<dyn Io>,
    text: &'a str,
) -> impl Future<Output = ()> + 'a {
    let at = std::panic::Location::caller();
    async move {
        let mut read = vec![0; text.len()];
        let taken = tokio::time::timeout(ms(1000), stream.read_exact(&mut read)).await;
        assert!(taken.is_ok(), "{at}: {}", String::from_utf8_lossy(&read));
        taken.unwrap().unwrap();
        assert_eq!(String::from_utf8_lossy(&read), text, "{at}");
    }
}

/// Reads to the end, which must come.
pub(crate) async fn reads_to_end(stream: &mut Box<dyn Io>) -> String {
    let mut read = Vec::new();
    stream.read_to_end(&mut read).await.unwrap();
    String::from_utf8(read).unwrap()
}

/// Writes a text.
pub(crate) async fn writes(stream: &mut Box<dyn Io>, text: &str) {
    stream.write_all(text.as_bytes()).await.unwrap();
}

/// A POST of a body.
pub(crate) fn post(body: &str) -> String {
    let length = body.len();
    format!("POST / HTTP/1.1\r\nhost: builder\r\ncontent-length: {length}\r\n\r\n{body}")
}

/// A reply of status 200.
pub(crate) fn ok(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

pub(crate) fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Lets everything run that can: virtual time goes on only when nothing else does.
pub(crate) async fn settled() {
    tokio::time::sleep(ms(1)).await;
}
