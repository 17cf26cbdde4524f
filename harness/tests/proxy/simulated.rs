//! A proxy in front of a builder in the simulated network, exact to the millisecond at every tick.

use std::sync::Arc;
use std::time::UNIX_EPOCH;

use futures::FutureExt;
use futures::future::BoxFuture;
use gauntlet::net::sim::line::{Hop, Links, Network, software};
use gauntlet::trace::HttpReply;
use gauntlet::world::proxy::{
    Arrived, Behind, Interfere, Numbers, Outgoing, Pace, ProxyConfig, ProxyLimits, ReplyFate,
    RequestFate, inner, run_proxy,
};
use gauntlet_rpc::{Client, ClientConfig, ErrorObjectOwned, RpcModule, ServerConfig, serve};
use serde_json::value::to_raw_value;
use tokio::io::AsyncWriteExt;
use tokio::time::sleep;

use crate::setup::{Said, ms};

const ENDS_MS: u64 = 900;

/// 10 ms to the builder and 13 ms back; nothing gets to the builder from 700 to 750 ms.
fn arrival_ms(hop: &Hop<'_>) -> Option<u64> {
    match (hop.to, hop.sent_ms) {
        ("builder", 700..750) => Some(760),
        ("builder", sent_ms) => Some(sent_ms + 10),
        (_, sent_ms) => Some(sent_ms + 13),
    }
}

fn now_us() -> u64 {
    u64::try_from(turmoil::sim_elapsed().unwrap_or_default().as_micros()).unwrap()
}

/// Says when each call began, and lets what is called `drip` drip.
#[derive(Clone)]
struct Watching(Said);

impl std::fmt::Debug for Watching {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Watching")
    }
}

impl Interfere for Watching {
    fn on_request<'a>(&'a self, request: &'a Arrived) -> BoxFuture<'a, RequestFate> {
        let Arrived {
            exchange, begun_us, ..
        } = request;
        let (now_ms, begun_ms) = (now_us() / 1000, begun_us / 1000);
        self.0
            .add(format!("{now_ms} {exchange} began at {begun_ms}"));
        async { RequestFate::Pass }.boxed()
    }

    fn on_reply<'a>(
        &'a self,
        request: &'a Arrived,
        reply: &'a HttpReply,
    ) -> BoxFuture<'a, ReplyFate> {
        async {
            if !String::from_utf8_lossy(&request.request.body).contains("drip") {
                return ReplyFate::Pass;
            }
            ReplyFate::SendAs(Outgoing {
                reply: reply.clone(),
                pace: Pace::Drip {
                    chunk_bytes: reply.body.len().div_ceil(3),
                    first_after: ms(10),
                    every: ms(10),
                },
            })
        }
        .boxed()
    }
}

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// An honest builder and a proxy in front of it, on one host.
async fn builder(network: Network, config: ProxyConfig) -> Result<(), Failed> {
    let door = network.acceptor("builder", 8545)?;
    let (dial, behind) = inner();
    let mut module = RpcModule::new(());
    module
        .register_async_method("pause", |params, _, _| async move {
            let (pause, _name) = params.parse::<(u64, String)>()?;
            sleep(ms(pause)).await;
            Ok::<_, ErrorObjectOwned>(pause)
        })
        .unwrap();
    tokio::spawn(serve(behind, module, ServerConfig::default()));
    let config = ProxyConfig {
        behind: Behind {
            dial,
            ..config.behind
        },
        ..config
    };
    Err(run_proxy(door, config).await.into())
}

async fn until(at_ms: u64) {
    sleep(ms(at_ms.saturating_sub(now_us() / 1000))).await;
}

async fn sequencer(network: Network, said: Said) -> Result<(), Failed> {
    let dial = network.dial("sequencer");
    let endpoint: gauntlet_rpc::Endpoint = "http://builder:8545/".parse().unwrap();
    let client = Client::new(ClientConfig::new("builder", endpoint.clone(), dial.clone()));
    let call = async |at_ms: u64, pause: u64, name: &str| {
        until(at_ms).await;
        let params = to_raw_value(&(pause, name)).unwrap();
        let outcome = client.call("pause", params, ms(60)).await;
        let outcome = outcome.map(|it| it.get().to_owned());
        let outcome = outcome.map_err(|error| error.to_string());
        said.add(format!("{} sequencer {name}: {outcome:?}", now_us() / 1000));
    };
    call(0, 0, "new").await;
    call(100, 5, "kept").await;
    call(150, 0, "drip").await;
    // Given up at 260, which the proxy learns at 270.
    call(200, 90, "slow").await;
    // Opened ahead of time, and closed without a request.
    until(300).await;
    let mut stream = dial.dial(&endpoint).await?;
    until(330).await;
    let request = b"GET /ahead HTTP/1.1\r\nhost: builder\r\n\r\n";
    stream.write_all(request).await?;
    until(375).await;
    drop(stream);
    // The builder dies at 400 and comes back at 500.
    call(380, 50, "dead").await;
    call(600, 0, "back").await;
    // Held up on its way.
    call(700, 0, "late").await;
    call(800, 0, "idle").await;
    std::future::pending().await
}

fn run(tick_ms: u64, is_builder_first: bool) -> Vec<String> {
    let mut sim = turmoil::Builder::new()
        .tick_duration(ms(tick_ms))
        .min_message_latency(ms(0))
        .max_message_latency(ms(0))
        .rng_seed(0)
        .epoch(UNIX_EPOCH)
        .simulation_duration(ms(2 * ENDS_MS))
        .build();
    let network = Network::new(Links::new(arrival_ms), tick_ms);
    let said = Said::default();
    let interfere: Arc<dyn Interfere> = Arc::new(Watching(said.clone()));
    let config = ProxyConfig {
        behind: Behind {
            dial: inner().0,
            endpoint: "http://builder:8545/".parse().unwrap(),
            authority: None,
        },
        interfere: Some(interfere),
        searcher: None,
        prober: None,
        engine: None,
        tap: said.tap(now_us),
        numbers: Numbers::default(),
        limits: ProxyLimits::default(),
    };
    for is_builder in [is_builder_first, !is_builder_first] {
        let (network, config, said) = (network.clone(), config.clone(), said.clone());
        if is_builder {
            sim.host("builder", move || {
                software(builder(network.clone(), config.clone()))
            });
        } else {
            sim.host("sequencer", move || {
                software(sequencer(network.clone(), said.clone()))
            });
        }
    }
    for now_ms in (0..ENDS_MS).step_by(usize::try_from(tick_ms).unwrap()) {
        match now_ms {
            400 => network.crash(&mut sim, "builder"),
            500 => network.bounce(&mut sim, "builder"),
            _ => {}
        }
        sim.step().unwrap();
    }
    drop(sim);
    let mut lines = said.lines();
    // Hosts run one after another within a tick.
    lines.sort_by_key(|line| {
        let (at_ms, what) = line.split_once(' ').unwrap();
        (at_ms.parse::<u64>().unwrap(), what.starts_with("sequencer"))
    });
    lines
}

#[test]
fn what_a_proxy_says_is_exact_at_every_tick() {
    let reference = run(1, true);
    for tick_ms in [1, 2, 5, 10] {
        for is_builder_first in [true, false] {
            assert_eq!(run(tick_ms, is_builder_first), reference, "{tick_ms}");
        }
    }
    let call = |call: u64, pause: u64, name: &str| {
        format!(
            r#"POST / {{"method":"pause","params":[{pause},"{name}"],"id":{call},"jsonrpc":"2.0"}}"#
        )
    };
    let gave =
        |call: u64, pause: u64| format!(r#"200 {{"jsonrpc":"2.0","id":{call},"result":{pause}}}"#);
    let expected = [
        // A connection opened for the call: 10 + 13 to connect, 10 there, 13 back.
        "10 front opened 1 at 0".to_owned(),
        format!("33 front request 1 on 1 at 0: {}", call(1, 0, "new")),
        "33 1 began at 0".to_owned(),
        "33 back request 1 on 1 at ?: same".to_owned(),
        format!("33 back reply 1: {}", gave(1, 0)),
        "33 front reply 1: same".to_owned(),
        "33 front left 1 for 46".to_owned(),
        "46 sequencer new: Ok(\"0\")".to_owned(),
        // The same connection again.
        format!("110 front request 2 on 1 at 100: {}", call(2, 5, "kept")),
        "110 2 began at 100".to_owned(),
        "110 back request 2 on 1 at ?: same".to_owned(),
        format!("115 back reply 2: {}", gave(2, 5)),
        "115 front reply 2: same".to_owned(),
        "115 front left 2 for 128".to_owned(),
        "128 sequencer kept: Ok(\"5\")".to_owned(),
        // The last of three pieces leaves at 160 + 30.
        format!("160 front request 3 on 1 at 150: {}", call(3, 0, "drip")),
        "160 3 began at 150".to_owned(),
        "160 back request 3 on 1 at ?: same".to_owned(),
        format!("160 back reply 3: {}", gave(3, 0)),
        "160 front reply 3: same".to_owned(),
        "190 front left 3 for 203".to_owned(),
        "203 sequencer drip: Ok(\"0\")".to_owned(),
        // Given up in mid-exchange.
        format!("213 front request 4 on 1 at 203: {}", call(4, 90, "slow")),
        "213 4 began at 203".to_owned(),
        "213 back request 4 on 1 at ?: same".to_owned(),
        "263 sequencer slow: Err(\"timed out\")".to_owned(),
        "273 front closed 1 at 263".to_owned(),
        "273 back failed 4: GivenUp".to_owned(),
        // Opened ahead of time.
        "310 front opened 2 at 300".to_owned(),
        "340 front request 5 on 2 at 330: GET /ahead".to_owned(),
        "340 5 began at 330".to_owned(),
        "340 back request 5 on 2 at ?: same".to_owned(),
        "340 back reply 5: 405 content-type=text/plain; charset=utf-8 allow=POST POST is required"
            .to_owned(),
        "340 front reply 5: same".to_owned(),
        "340 front left 5 for 353".to_owned(),
        "385 front closed 2 at 375".to_owned(),
        // The builder dies before the request arrives, and says nothing more.
        "390 front opened 3 at 380".to_owned(),
        "413 sequencer dead: Err(\"the connection closed before the reply was complete\")"
            .to_owned(),
        // The numbers go on.
        "610 front opened 4 at 600".to_owned(),
        format!("633 front request 6 on 4 at 600: {}", call(6, 0, "back")),
        "633 6 began at 600".to_owned(),
        "633 back request 6 on 4 at ?: same".to_owned(),
        format!("633 back reply 6: {}", gave(6, 0)),
        "633 front reply 6: same".to_owned(),
        "633 front left 6 for 646".to_owned(),
        "646 sequencer back: Ok(\"0\")".to_owned(),
        // What is held up knows when it was sent.
        format!("760 front request 7 on 4 at 700: {}", call(7, 0, "late")),
    ];
    assert_eq!(reference[..expected.len()], expected);
}
