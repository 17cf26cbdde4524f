//! What all connections of a server may take together, and what becomes of one that takes more.

use std::io;

use futures::FutureExt;
use futures::future::BoxFuture;

use crate::server::{endpoint, post, raw};
use crate::support::{Pipes, elapsed_ms, methods, ms, pipes, read_request};
use gauntlet_rpc::{Accept, Dial, Io, ServerConfig, ServerCounters, ServerLimits, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

const HANG: &str = r#"{"jsonrpc":"2.0","id":1,"method":"hang"}"#;

const ECHO: &str = r#"{"jsonrpc":"2.0","id":1,"method":"echo","params":[7]}"#;

fn bounded(limits: ServerLimits) -> (Dial, ServerCounters, JoinHandle<io::Error>) {
    let (dial, pipes) = pipes();
    let config = ServerConfig {
        limits,
        ..ServerConfig::default()
    };
    let counters = config.counters.clone();
    let server = tokio::spawn(serve(pipes, methods(), config));
    (dial, counters, server)
}

async fn open(dial: &Dial, sent: &str) -> Box<dyn Io> {
    let mut stream = dial.dial(&endpoint()).await.unwrap();
    stream.write_all(sent.as_bytes()).await.unwrap();
    sleep(ms(1)).await;
    stream
}

async fn is_open(stream: &mut Box<dyn Io>) -> bool {
    timeout(ms(0), read_request(stream)).await.is_err()
}

#[tokio::test(start_paused = true)]
async fn the_idlest_connection_makes_room_for_another() {
    let (dial, counters, server) = bounded(ServerLimits {
        max_connections: 3,
        ..ServerLimits::default()
    });
    let mut used = open(&dial, &post(ECHO)).await;
    let mut reply = [0; 1000];
    assert!(used.read(&mut reply).await.unwrap() > 0);
    let mut busy = open(&dial, &post(HANG)).await;
    let mut idle = open(&dial, "").await;
    assert!(is_open(&mut used).await && is_open(&mut busy).await && is_open(&mut idle).await);
    // One that was never of use goes before one that lies still for longer.
    let mut later = open(&dial, "POST / HT").await;
    assert!(is_open(&mut used).await && is_open(&mut busy).await);
    assert!(!is_open(&mut idle).await && is_open(&mut later).await);
    let mut another_busy = open(&dial, &post(HANG)).await;
    assert!(is_open(&mut used).await && !is_open(&mut later).await);
    let mut third_busy = open(&dial, &post(HANG)).await;
    assert!(!is_open(&mut used).await);
    // All are busy.
    let mut refused = open(&dial, "").await;
    assert!(!is_open(&mut refused).await);
    for stream in [&mut busy, &mut another_busy, &mut third_busy] {
        assert!(is_open(stream).await);
    }
    let counts = counters.read();
    assert_eq!(
        (counts.evicted_connections, counts.refused_connections),
        (3, 1)
    );
    server.abort();
    for mut stream in [busy, another_busy, third_busy] {
        let mut rest = Vec::new();
        assert_eq!(stream.read_to_end(&mut rest).await.unwrap(), 0);
    }
}

/// Hands out some streams, then so many errors, then streams again.
struct Failing {
    pipes: Pipes,
    make: fn() -> io::Error,
    first: u32,
    errors: u32,
}

impl Accept for Failing {
    fn accept(&mut self) -> BoxFuture<'_, io::Result<Box<dyn Io>>> {
        async {
            match (self.first, self.errors) {
                (0, 0) => {}
                (0, _) => {
                    self.errors -= 1;
                    return Err((self.make)());
                }
                (_, _) => self.first -= 1,
            }
            Ok(Box::new(self.pipes.next().await) as Box<dyn Io>)
        }
        .boxed()
    }
}

#[tokio::test(start_paused = true)]
async fn an_operating_system_that_fails_slows_accepting_and_ends_nothing() {
    // EMFILE, ENFILE, ENOBUFS and ECONNABORTED of Linux.
    let failing: [(fn() -> io::Error, u64); 4] = [
        (|| io::Error::from_raw_os_error(24), 10_000),
        (|| io::Error::from_raw_os_error(23), 10_000),
        (|| io::Error::from_raw_os_error(105), 10_000),
        (|| io::Error::from_raw_os_error(103), 0),
    ];
    for (make, expected_ms) in failing {
        let (dial, pipes) = pipes();
        let acceptor = Failing {
            pipes,
            make,
            first: 0,
            errors: 200,
        };
        let config = ServerConfig::default();
        let counters = config.counters.clone();
        tokio::spawn(serve(acceptor, methods(), config));
        let started = Instant::now();
        let mut stream = dial.dial(&endpoint()).await.unwrap();
        stream.write_all(post(ECHO).as_bytes()).await.unwrap();
        let mut reply = [0; 8];
        stream.read_exact(&mut reply).await.unwrap();
        assert_eq!(elapsed_ms(started), expected_ms);
        assert_eq!(counters.read().failed_accepts, 200);
    }
}

#[tokio::test(start_paused = true)]
async fn without_descriptors_an_idle_connection_makes_room() {
    let (dial, pipes) = pipes();
    let acceptor = Failing {
        pipes,
        make: || io::Error::from_raw_os_error(24),
        first: 2,
        errors: 1,
    };
    tokio::spawn(serve(acceptor, methods(), ServerConfig::default()));
    let mut busy = open(&dial, &post(HANG)).await;
    let mut idle = open(&dial, "").await;
    assert!(is_open(&mut busy).await && !is_open(&mut idle).await);
}

#[tokio::test(start_paused = true)]
async fn an_acceptor_that_has_no_more_ends_the_server() {
    let (_dial, pipes) = pipes();
    let acceptor = Failing {
        pipes,
        make: || io::ErrorKind::NotConnected.into(),
        first: 0,
        errors: 100,
    };
    let error = serve(acceptor, methods(), ServerConfig::default()).await;
    assert_eq!(error.kind(), io::ErrorKind::NotConnected);
}

#[tokio::test(start_paused = true)]
async fn bodies_of_all_connections_are_bounded_together() {
    let (dial, counters, _server) = bounded(ServerLimits {
        max_held_bytes: 1_000_000,
        ..ServerLimits::default()
    });
    let unfinished = |bytes: usize| {
        let body = " ".repeat(bytes);
        let head = post("").replace("content-length: 0", "content-length: 9000000");
        format!("{head}{body}")
    };
    let mut one = open(&dial, &unfinished(700_000)).await;
    let mut another = open(&dial, &unfinished(300_000)).await;
    assert!(is_open(&mut one).await && is_open(&mut another).await);
    // A third one is refused as soon as it is too much, and a small one is answered.
    let (reply, closed) = raw(&dial, &unfinished(300_000)).await;
    assert!(reply.starts_with("HTTP/1.1 503 ") && closed, "{reply}");
    assert_eq!(counters.read().refused_bodies, 1);
    let (reply, _) = raw(&dial, &post(ECHO)).await;
    assert!(reply.starts_with("HTTP/1.1 200 "), "{reply}");
    // What was held is given back.
    drop(one);
    sleep(ms(1)).await;
    let mut third = open(&dial, &unfinished(300_000)).await;
    assert!(is_open(&mut third).await);
}

/// What a peer does not read is held.
#[tokio::test(start_paused = true)]
async fn replies_that_nobody_reads_are_bounded_together() {
    let (dial, counters, _server) = bounded(ServerLimits {
        max_held_bytes: 5_000_000,
        ..ServerLimits::default()
    });
    let large = "7".repeat(3_000_000);
    let call = post(&format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"echo","params":["{large}"]}}"#
    ));
    // The pipe takes a megabyte of the first reply.
    let mut unread = open(&dial, &call).await;
    let (reply, closed) = raw(&dial, &call).await;
    assert!(
        reply.starts_with("HTTP/1.1 200 ") && !closed,
        "{}",
        reply.len()
    );
    let _more = open(&dial, &call).await;
    let (reply, _) = raw(&dial, &call).await;
    assert!(reply.starts_with("HTTP/1.1 503 "), "{}", reply.len());
    assert_eq!(counters.read().refused_bodies, 1);
    // Reading it to its end gives it back.
    let mut read = vec![0; 3_000_000];
    unread.read_exact(&mut read).await.unwrap();
    sleep(ms(1)).await;
    let (reply, _) = raw(&dial, &call).await;
    assert!(reply.starts_with("HTTP/1.1 200 "), "{}", reply.len());
}
