//! An in-memory network for the tests: duplex pipes between a dialer and an acceptor.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use gauntlet_rpc::{
    Accept, CallError, Client, ClientConfig, Dial, ErrorObjectOwned, Io, RpcModule, ServerConfig,
    Tap, WireEvent, serve,
};
use serde_json::value::RawValue;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

/// The accepting end of the in-memory network.
pub(crate) struct Pipes {
    streams: mpsc::UnboundedReceiver<DuplexStream>,
    dialled: Arc<AtomicUsize>,
}

impl Pipes {
    /// Waits for the next connection, as a plain stream.
    pub(crate) async fn next(&mut self) -> DuplexStream {
        self.streams.recv().await.expect("the dialer is alive")
    }

    /// Returns a counter of connections.
    pub(crate) fn dialled(&self) -> Arc<AtomicUsize> {
        self.dialled.clone()
    }
}

impl Accept for Pipes {
    fn accept(&mut self) -> BoxFuture<'_, io::Result<Box<dyn Io>>> {
        async { Ok(Box::new(self.next().await) as Box<dyn Io>) }.boxed()
    }
}

/// Makes an in-memory network of one listener.
pub(crate) fn pipes() -> (Dial, Pipes) {
    let (sender, streams) = mpsc::unbounded_channel();
    let dialled = Arc::new(AtomicUsize::new(0));
    let counter = dialled.clone();
    let dial = Dial::new(move |_endpoint| {
        let (sender, counter) = (sender.clone(), counter.clone());
        async move {
            let (near, far) = duplex(1 << 20);
            counter.fetch_add(1, Ordering::Relaxed);
            sender
                .send(far)
                .map_err(|_| io::Error::from(io::ErrorKind::ConnectionRefused))?;
            Ok(Box::new(near) as Box<dyn Io>)
        }
        .boxed()
    });
    (dial, Pipes { streams, dialled })
}

/// Makes a client over a dialer.
pub(crate) fn client(dial: Dial) -> Client {
    Client::new(config(dial))
}

/// Makes a client's configuration over a dialer.
pub(crate) fn config(dial: Dial) -> ClientConfig {
    ClientConfig::new("peer", "http://peer:8545/".parse().unwrap(), dial)
}

/// Parameters of no interest.
pub(crate) fn params() -> Box<RawValue> {
    RawValue::from_string("[1]".to_owned()).unwrap()
}

/// Calls a peer with a timeout of 200 ms; the outcome and the milliseconds it took.
pub(crate) async fn ask(client: &Client) -> (Result<String, CallError>, u64) {
    let started = Instant::now();
    let outcome = client.call("builder_getPayloadV1", params(), ms(200)).await;
    (
        outcome.map(|result| result.get().to_owned()),
        elapsed_ms(started),
    )
}

/// A duration in milliseconds.
pub(crate) fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// The virtual milliseconds since an instant, which must be a whole number.
pub(crate) fn elapsed_ms(since: Instant) -> u64 {
    let elapsed = since.elapsed();
    assert_eq!(elapsed.subsec_nanos() % 1_000_000, 0, "{elapsed:?}");
    u64::try_from(elapsed.as_millis()).unwrap()
}

/// Reads one request with a `content-length` and returns its head and body.
pub(crate) async fn read_request(
    stream: &mut (impl AsyncReadExt + Unpin),
) -> Option<(String, String)> {
    let mut read = Vec::new();
    loop {
        let mut byte = [0];
        if stream.read(&mut byte).await.unwrap() == 0 {
            return None;
        }
        read.push(byte[0]);
        if read.ends_with(b"\r\n\r\n") {
            break;
        }
    }
    let head = String::from_utf8(read).unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    Some((head, String::from_utf8(body).unwrap()))
}

/// An HTTP reply of status 200 with this body.
pub(crate) fn ok(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A JSON-RPC response with a result.
pub(crate) fn result(id: u64, result: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#)
}

/// Serves one connection: reads one request, then writes each text after its pause.
pub(crate) async fn answer(pipes: &mut Pipes, texts: &[(u64, &str)]) -> DuplexStream {
    let mut stream = pipes.next().await;
    read_request(&mut stream).await.unwrap();
    for (pause, text) in texts {
        sleep(ms(*pause)).await;
        // The client may be gone already.
        let _ = stream.write_all(text.as_bytes()).await;
    }
    stream
}

/// A tap into a list of lines, stamped with the milliseconds since its making.
pub(crate) fn log() -> (Tap, Arc<Mutex<Vec<String>>>) {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let (started, into) = (Instant::now(), lines.clone());
    let tap = Tap::new(move |event| {
        let line = format!("{} {}", elapsed_ms(started), describe(&event));
        into.lock().unwrap().push(line);
    });
    (tap, lines)
}

fn describe(event: &WireEvent) -> String {
    match event {
        WireEvent::RequestSent {
            call,
            to,
            method,
            params,
        } => {
            format!("call {call} to {to}: {method} {params}")
        }
        WireEvent::CallEnded {
            call,
            status,
            outcome,
            ..
        } => match outcome {
            Ok(result) => format!("call {call} ends: {status:?} {result}"),
            Err(failure) => {
                format!(
                    "call {call} ends: {status:?} {:?}: {}",
                    failure.kind, failure.message
                )
            }
        },
        WireEvent::RequestReceived { id, method, params } => {
            format!("received {id}: {method} {params}")
        }
        WireEvent::ReplySent {
            id,
            method,
            status,
            body,
        } => {
            format!(
                "replied {id}: {method} {status} {}",
                String::from_utf8_lossy(body)
            )
        }
    }
}

/// Three methods: `sum` answers after 5 ms, `echo` at once, `hang` never.
pub(crate) fn methods() -> RpcModule<()> {
    let mut module = RpcModule::new(());
    module
        .register_async_method("sum", |params, _, _| async move {
            let (a, b) = params.parse::<(u64, u64)>()?;
            sleep(ms(5)).await;
            Ok::<_, ErrorObjectOwned>(a + b)
        })
        .unwrap();
    module
        .register_method("echo", |params, (), _| params.parse::<serde_json::Value>())
        .unwrap();
    module
        .register_async_method("hang", |_, _, _| std::future::pending::<()>())
        .unwrap();
    module
}

/// Starts a server and returns the way to it.
pub(crate) fn start(config: ServerConfig) -> Dial {
    let (dial, pipes) = pipes();
    tokio::spawn(serve(pipes, methods(), config));
    dial
}
