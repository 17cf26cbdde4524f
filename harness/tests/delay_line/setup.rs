//! A simulation that runs at every tick and in every order of its hosts.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use gauntlet::net::sim::line::{self, Hop, Links, Network};
use gauntlet_rpc::{Client, ClientConfig, Io, Tap, WireEvent};
use tokio::time::sleep;

/// Every tick that divides the times of the controls and is not larger than the fastest link.
const TICKS: [u64; 4] = [1, 2, 5, 10];

/// Every order of three hosts.
pub(crate) const ORDERS: [[usize; 3]; 6] = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
];

pub(crate) type Software = Rc<dyn Fn(Node) -> Pin<Box<dyn Future<Output = ()> + Send>>>;

/// What is done from outside, between steps.
#[derive(Clone, Copy)]
pub(crate) enum Control {
    Crash(&'static str),
    Bounce(&'static str),
}

/// A simulation, to be run at any tick and in any order of its hosts.
pub(crate) struct Setup {
    pub(crate) links: Links,
    pub(crate) hosts: [(&'static str, Software); 3],
    pub(crate) controls: Vec<(u64, Control)>,
    pub(crate) ends_ms: u64,
}

/// When, where and what.
type Line = (u64, &'static str, String);

/// What the software of a host gets.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) host: &'static str,
    pub(crate) network: Network,
    log: Arc<Mutex<Vec<Line>>>,
}

impl Node {
    pub(crate) fn log(&self, what: impl Into<String>) {
        self.log
            .lock()
            .unwrap()
            .push((now_ms(), self.host, what.into()));
    }

    pub(crate) fn tap(&self) -> Tap {
        let node = self.clone();
        Tap::new(move |event| node.log(describe(&event)))
    }

    pub(crate) fn client(&self, peer: &str) -> Client {
        let endpoint = format!("http://{peer}:8545/").parse().unwrap();
        Client::new(ClientConfig {
            tap: Some(self.tap()),
            ..ClientConfig::new(peer, endpoint, self.network.dial(self.host))
        })
    }

    pub(crate) async fn connect(&self, peer: &str) -> std::io::Result<Box<dyn Io>> {
        let endpoint = format!("http://{peer}:8545/").parse().unwrap();
        self.network.dial(self.host).dial(&endpoint).await
    }
}

pub(crate) fn now_ms() -> u64 {
    u64::try_from(turmoil::sim_elapsed().unwrap().as_millis()).unwrap()
}

pub(crate) async fn until(at_ms: u64) {
    sleep(ms(at_ms.saturating_sub(now_ms()))).await;
}

pub(crate) fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn describe(event: &WireEvent) -> String {
    match event {
        WireEvent::RequestSent {
            call,
            to,
            method,
            params,
        } => {
            format!("-> {to} #{call} {method}{params}")
        }
        WireEvent::CallEnded {
            call, to, outcome, ..
        } => match outcome {
            Ok(result) => format!("<- {to} #{call} {result}"),
            Err(failure) => format!("<- {to} #{call} {}", failure.message),
        },
        WireEvent::RequestReceived { id, method, params } => format!("gets {id} {method}{params}"),
        WireEvent::ReplySent { id, body, .. } => {
            format!("gives {id} {}", String::from_utf8_lossy(body))
        }
    }
}

/// Runs a simulation and returns its log, one line an event, by time, then by host.
pub(crate) fn run(setup: &Setup, tick_ms: u64, order: [usize; 3]) -> Vec<String> {
    let mut sim = turmoil::Builder::new()
        .tick_duration(ms(tick_ms))
        .min_message_latency(Duration::ZERO)
        .max_message_latency(Duration::ZERO)
        .rng_seed(0)
        .epoch(UNIX_EPOCH)
        .simulation_duration(ms(setup.ends_ms * 2))
        .build();
    let network = Network::new(setup.links.clone(), tick_ms);
    let log = Arc::new(Mutex::new(Vec::new()));
    for index in order {
        let (host, software) = &setup.hosts[index];
        let node = Node {
            host,
            network: network.clone(),
            log: log.clone(),
        };
        sim.host(*host, move || {
            let running = software(node.clone());
            line::software(async move {
                running.await;
                std::future::pending::<Result<(), String>>().await
            })
        });
    }
    for step in 0..setup.ends_ms / tick_ms {
        for (at_ms, control) in &setup.controls {
            match control {
                _ if *at_ms != step * tick_ms => {}
                Control::Crash(host) => network.crash(&mut sim, host),
                Control::Bounce(host) => network.bounce(&mut sim, host),
            }
        }
        sim.step().unwrap();
    }
    drop(sim);
    let mut log = std::mem::take(&mut *log.lock().unwrap());
    log.sort_by_key(|(at_ms, host, _)| (*at_ms, *host));
    log.into_iter()
        .map(|(at_ms, host, what)| format!("{at_ms} {host} {what}"))
        .collect()
}

/// Runs a simulation at every tick and in every order, and returns the one log they all have.
pub(crate) fn run_every_way(setup: &Setup) -> Vec<String> {
    let reference = run(setup, TICKS[0], ORDERS[0]);
    for tick_ms in TICKS {
        for order in ORDERS {
            let log = run(setup, tick_ms, order);
            let differs = reference
                .iter()
                .zip(&log)
                .find(|(expected, seen)| expected != seen);
            assert_eq!(
                differs, None,
                "at a tick of {tick_ms} ms, hosts in order {order:?}"
            );
            assert_eq!(reference.len(), log.len());
        }
    }
    reference
}

pub(crate) fn software<F: Future<Output = ()> + Send + 'static>(
    run: impl Fn(Node) -> F + 'static,
) -> Software {
    Rc::new(move |node| Box::pin(run(node)))
}

/// 10 to 20 ms, different in each direction.
pub(crate) fn latency_ms(hop: &Hop<'_>) -> u64 {
    match (hop.from, hop.to) {
        ("builder", "sequencer") => 13,
        ("user", "sequencer") => 20,
        ("user", "builder") => 12,
        _ => 10,
    }
}
