//! HTTP between three hosts, one of which crashes and comes back.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::{BoxFuture, join_all};
use gauntlet::net::sim::line::{Direction, Hop, Links};
use gauntlet::trace::HttpReply;
use gauntlet::world::proxy::{
    Arrived, Behind, Interfere, Numbers, Outgoing, Pace, ProxyConfig, ProxyLimits, ReplyFate,
    RequestFate, WireTap, inner, run_proxy,
};
use gauntlet_rpc::{ErrorObjectOwned, RpcModule, ServerConfig, serve};
use serde_json::value::{RawValue, to_raw_value};
use tokio::time::{sleep, sleep_until};

use crate::setup::{Control, Node, Setup, latency_ms, ms, now_ms, run_every_way, software, until};

/// The user's way to the builder swallows everything sent from 900 to 1000 ms, and holds back what
/// is sent from 1100 to 1250 ms until it heals. Some messages have jitter.
fn arrival_ms(hop: &Hop<'_>) -> Option<u64> {
    let on_time = hop.sent_ms + latency_ms(hop);
    let jitter = if hop.direction == Direction::ToServer {
        (hop.connection * 7 + hop.message * 3) % 4 * u64::from(hop.to == "sequencer")
    } else {
        0
    };
    match (hop.from, hop.to, hop.sent_ms) {
        ("user", "builder", 900..1000) => None,
        ("user", "builder", 1100..1250) => Some(1250 + latency_ms(hop)),
        _ => Some(on_time + jitter),
    }
}

/// Replies to `drip` leave in four pieces, 10 ms apart.
#[derive(Debug)]
struct Dripping;

impl Interfere for Dripping {
    fn on_request<'a>(&'a self, _: &'a Arrived) -> BoxFuture<'a, RequestFate> {
        async { RequestFate::Pass }.boxed()
    }

    fn on_reply<'a>(&'a self, to: &'a Arrived, reply: &'a HttpReply) -> BoxFuture<'a, ReplyFate> {
        async {
            if !String::from_utf8_lossy(&to.request.body).contains("drip") {
                return ReplyFate::Pass;
            }
            let chunk_bytes = reply.body.len().div_ceil(4);
            ReplyFate::SendAs(Outgoing {
                reply: reply.clone(),
                pace: Pace::Drip {
                    chunk_bytes,
                    first_after: ms(10),
                    every: ms(10),
                },
            })
        }
        .boxed()
    }
}

fn params(value: u64) -> Box<RawValue> {
    to_raw_value(&[value]).unwrap()
}

/// Echoes at once, after a pause, or slowly; meanwhile its own timer goes off every 10 ms.
async fn builder(node: Node) {
    node.log("starts");
    let mut module = RpcModule::new(());
    for method in ["echo", "drip"] {
        module
            .register_method(method, |params, (), _| params.one::<u64>())
            .unwrap();
    }
    module
        .register_async_method("pause", |params, _, _| async move {
            let pause = params.one::<u64>()?;
            sleep(ms(pause)).await;
            Ok::<_, ErrorObjectOwned>(pause)
        })
        .unwrap();
    let ticking = node.clone();
    tokio::spawn(async move {
        let mut at = tokio::time::Instant::now();
        loop {
            at += ms(10);
            sleep_until(at).await;
            if now_ms().is_multiple_of(100) || now_ms() == 710 {
                // What a timer sets off may take a few tasks to settle.
                for _ in 0..5 {
                    tokio::spawn(async {}).await.unwrap();
                }
                ticking.log("own timer");
            }
        }
    });
    let door = node.network.acceptor(node.host, 8545).unwrap();
    let (dial, behind) = inner();
    let tap = Some(node.tap());
    tokio::spawn(serve(
        behind,
        module,
        ServerConfig {
            tap,
            ..ServerConfig::default()
        },
    ));
    let interfere: Arc<dyn Interfere> = Arc::new(Dripping);
    let config = ProxyConfig {
        behind: Behind {
            dial,
            endpoint: "http://builder:8545/".parse().unwrap(),
            authority: None,
        },
        interfere: Some(interfere),
        searcher: None,
        prober: None,
        engine: None,
        tap: WireTap::new(|_, _| {}, || 1000 * now_ms()),
        numbers: Numbers::default(),
        limits: ProxyLimits::default(),
    };
    run_proxy(door, config).await;
}

/// Forwards what it gets to the builder, and calls it at set times.
async fn sequencer(node: Node) {
    let client = node.client("builder");
    let mut module = RpcModule::new(client.clone());
    module
        .register_async_method("forward", |params, client, _| async move {
            let value = params.one::<u64>()?;
            let forwarded = client.call("echo", self::params(value), ms(200)).await;
            Ok::<_, ErrorObjectOwned>(forwarded.is_ok())
        })
        .unwrap();
    let acceptor = node.network.acceptor(node.host, 8545).unwrap();
    tokio::spawn(serve(
        acceptor,
        module,
        ServerConfig {
            tap: Some(node.tap()),
            ..ServerConfig::default()
        },
    ));
    for (at_ms, method, value) in [
        (0, "echo", 1),
        (100, "echo", 2),
        (150, "drip", 3),
        (385, "pause", 50),
        (450, "echo", 5),
        (590, "echo", 6),
        (700, "echo", 7),
    ] {
        until(at_ms).await;
        let _ = client.call(method, params(value), ms(200)).await;
    }
}

async fn user(node: Node) {
    let (builder, sequencer) = (node.client("builder"), node.client("sequencer"));
    until(30).await;
    let _ = builder.call("echo", params(20), ms(200)).await;
    until(250).await;
    join_all((0..40).map(|n| sequencer.call("forward", params(n), ms(500)))).await;
    until(600).await;
    let _ = builder.call("echo", params(22), ms(200)).await;
    until(698).await;
    let _ = builder.call("echo", params(23), ms(200)).await;
    // The way is gone, then back; then it is held up and heals.
    until(900).await;
    let _ = builder.call("echo", params(24), ms(200)).await;
    let _ = builder.call("echo", params(25), ms(100)).await;
    let _ = builder.call("echo", params(26), ms(200)).await;
}

#[test]
fn a_trace_depends_neither_on_the_tick_nor_on_the_order_of_the_hosts() {
    let log = run_every_way(&Setup {
        links: Links::new(arrival_ms),
        hosts: [
            ("sequencer", software(sequencer)),
            ("builder", software(builder)),
            ("user", software(user)),
        ],
        controls: vec![
            (400, Control::Crash("builder")),
            (600, Control::Bounce("builder")),
        ],
        ends_ms: 1600,
    });
    let expected = [
        // A new connection: 10 + 13 to connect, 10 there, 13 back.
        "0 sequencer -> builder #1 echo[1]",
        "33 builder gets 1 echo[1]",
        "46 sequencer <- builder #1 1",
        // The same connection again.
        "100 sequencer -> builder #2 echo[2]",
        "110 builder gets 2 echo[2]",
        "123 sequencer <- builder #2 2",
        // The last of four pieces leaves at 160 + 40.
        "150 sequencer -> builder #3 drip[3]",
        "213 sequencer <- builder #3 3",
        // The builder dies at 400, which the sequencer learns at 413.
        "395 builder gets 44 pause[50]",
        "413 sequencer <- builder #44 the connection closed before the reply was complete",
        // Refused: there and back.
        "450 sequencer -> builder #45 echo[5]",
        "473 sequencer <- builder #45 cannot connect: connection refused",
        // Asked at 590, which arrives at 600, when the builder is back.
        "590 sequencer -> builder #46 echo[6]",
        "600 builder starts",
        "600 user -> builder #2 echo[22]",
        "623 builder gets 46 echo[6]",
        "634 builder gets 2 echo[22]",
        "636 sequencer <- builder #46 6",
        // Both arrive at once, after the builder's own timer.
        "698 user -> builder #3 echo[23]",
        "700 sequencer -> builder #47 echo[7]",
        "710 builder own timer",
        "710 builder gets 47 echo[7]",
        "710 builder gets 3 echo[23]",
        "720 user <- builder #3 23",
        "723 sequencer <- builder #47 7",
        // Lost on the way, then held back, then held back less long than the timeout: the question
        // of 1200 arrives at 1262 and is answered at 1272, the request arrives at 1284.
        "900 user -> builder #4 echo[24]",
        "1100 user <- builder #4 timed out",
        "1200 user <- builder #5 timed out",
        "1284 builder gets 6 echo[26]",
        "1294 user <- builder #6 26",
    ];
    let mut rest = log.iter();
    for line in expected {
        assert!(
            rest.any(|seen| seen == line),
            "{line}, in this order, in:\n{}",
            log.join("\n")
        );
    }
    let forwarded = log
        .iter()
        .filter(|line| line.contains("user <- sequencer"))
        .count();
    assert_eq!(forwarded, 40);
}
