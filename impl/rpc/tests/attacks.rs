//! Peers that mean harm, over the operating system's TCP.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use gauntlet_rpc::{
    Client, ClientConfig, RpcModule, ServerConfig, ServerCounters, ServerLimits, TcpAcceptor,
    serve, tcp_dial,
};
use serde_json::value::RawValue;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(60);

const MIB: usize = 1024 * 1024;

const POST: &str = "POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";

async fn server(limits: ServerLimits) -> (SocketAddr, ServerCounters) {
    let acceptor = TcpAcceptor::bind("127.0.0.1:0").await.unwrap();
    let address = acceptor.local_addr().unwrap();
    let mut module = RpcModule::new(());
    module
        .register_method("echo", |params, (), _| params.parse::<serde_json::Value>())
        .unwrap();
    let config = ServerConfig {
        limits,
        ..ServerConfig::default()
    };
    let counters = config.counters.clone();
    tokio::spawn(serve(acceptor, module, config));
    (address, counters)
}

/// Whether somebody who means well is answered, over a connection of his own.
async fn is_served(address: SocketAddr) -> bool {
    let endpoint = format!("http://{address}/").parse().unwrap();
    let client = Client::new(ClientConfig::new("peer", endpoint, tcp_dial()));
    let params = RawValue::from_string("[7]".to_owned()).unwrap();
    client.call("echo", params, LONG).await.is_ok()
}

/// The most memory that the process ever had, in bytes.
#[cfg(target_os = "linux")]
fn peak_memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"));
    let kib = line.unwrap().trim().strip_suffix(" kB").unwrap();
    kib.parse::<usize>().unwrap() * 1024
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_of_10_mb_from_everybody_at_once_take_no_more_than_the_bound() {
    const PEERS: usize = 40;
    let (address, counters) = server(ServerLimits::default()).await;
    let body = Arc::new(vec![b' '; 10 * MIB]);
    let nearly_sent = Arc::new(Barrier::new(PEERS + 1));
    let end = Arc::new(Barrier::new(PEERS + 1));
    let mut peers = JoinSet::new();
    for _ in 0..PEERS {
        let (body, nearly_sent, end) = (body.clone(), nearly_sent.clone(), end.clone());
        peers.spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let head = format!("{POST}content-length: {}\r\n\r\n", body.len());
            stream.write_all(head.as_bytes()).await.unwrap();
            let (most, last) = body.split_at(body.len() - 1);
            let sent = stream.write_all(most).await;
            nearly_sent.wait().await;
            end.wait().await;
            if sent.is_err() || stream.write_all(last).await.is_err() {
                return false;
            }
            let mut status = [0; 12];
            let read = stream.read_exact(&mut status).await;
            // It is no JSON, and was read to its end.
            read.is_ok() && status == *b"HTTP/1.1 400"
        });
    }
    nearly_sent.wait().await;
    assert!(is_served(address).await, "what is small is let through");
    #[cfg(target_os = "linux")]
    assert!(peak_memory() < 300 * MIB, "{} bytes", peak_memory());
    end.wait().await;
    let read = peers.join_all().await.into_iter().filter(|read| *read);
    let read = read.count() as u64;
    assert!((1..=6).contains(&read), "{read} of 64 MiB");
    assert_eq!(counters.read().refused_bodies, PEERS as u64 - read);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_dribbles_makes_room_for_whoever_speaks() {
    let (address, counters) = server(ServerLimits {
        max_connections: 32,
        ..ServerLimits::default()
    })
    .await;
    let mut peers = JoinSet::new();
    for _ in 0..200 {
        peers.spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            for byte in POST.bytes().cycle() {
                if stream.write_all(&[byte]).await.is_err() {
                    return;
                }
                sleep(Duration::from_millis(20)).await;
            }
        });
    }
    for _ in 0..10 {
        assert!(is_served(address).await);
    }
    let counts = counters.read();
    assert!(counts.evicted_connections > 0, "{counts:?}");
    peers.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chunks_without_an_end_end_with_the_time_for_a_body() {
    let (address, _) = server(ServerLimits {
        body_timeout: Duration::from_millis(500),
        ..ServerLimits::default()
    })
    .await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!("{POST}transfer-encoding: chunked\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let started = Instant::now();
    let endless = async {
        while stream.write_all(b"1\r\n \r\n").await.is_ok() {
            sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(LONG, endless).await.unwrap();
    assert!(started.elapsed() >= Duration::from_millis(500));
    assert!(is_served(address).await);
}
