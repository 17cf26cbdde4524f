//! How fast the simulation is: slots of 2 s with 20 transactions each at 10 ms latency, beside the
//! floor, which is the same hosts with the same RPC exchanges at the same times and no execution.
//!
//! Both are measured in turn, round by round, so that the ratio means something on a machine that
//! is busy with other things too. So are parts of the run, and what comes after it.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use gauntlet::net::sim;
use gauntlet::net::sim::line::{Links, Network};
use gauntlet::plan::{Plan, SlotPlan, TrafficPlan};
use gauntlet::trace::{Host, HttpReply, HttpRequest, Trace};
use gauntlet::view::View;
use gauntlet::world::proxy::{
    Behind, Numbers, ProxyConfig, ProxyLimits, WireTap, inner, run_proxy,
};
use gauntlet::{chain, oracle, rules};
use gauntlet_protocol::constants::{
    FORK_CHOICE_UPDATED, FORWARD_TRANSACTION, GET_PAYLOAD, NEW_PAYLOAD,
};
use gauntlet_rpc::{
    Client, ClientConfig, Endpoint, RegisterMethodError, RpcModule, Scheme, ServerConfig, serve,
};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::time::sleep;

const SLOTS: usize = 100;
const TRANSACTIONS: u32 = 20;
const LATENCY_MS: u64 = 10;
const ROUNDS: usize = 7;
const PORT: u16 = 8545;

/// The methods that cross the wire of a run.
const METHODS: [&str; 5] = [
    "eth_sendRawTransaction",
    FORWARD_TRANSACTION,
    FORK_CHOICE_UPDATED,
    NEW_PAYLOAD,
    GET_PAYLOAD,
];

fn main() {
    let plan = Plan {
        traffic: TrafficPlan {
            transactions_per_slot: TRANSACTIONS,
            ..TrafficPlan::default()
        },
        slots: vec![SlotPlan::default(); SLOTS],
        ..Plan::default()
    };
    let trace = sim::run(&plan).expect("a plan without faults runs");
    let script = Arc::new(Script::of(&trace));
    println!(
        "{SLOTS} slots of {} ms, {TRANSACTIONS} transactions each, {LATENCY_MS} ms latency, {} RPC \
         exchanges a slot, one core, {ROUNDS} rounds",
        plan.chain.block_time_ms,
        script.calls.len() / SLOTS,
    );
    let (mut full, mut floor, mut judged) = (Vec::new(), Vec::new(), Vec::new());
    let mut proxied = Vec::new();
    let (mut signed, mut consulted) = (Vec::new(), Vec::new());
    let view = View::of(&trace);
    for _ in 0..ROUNDS {
        full.push(timed(|| drop(sim::run(&plan))));
        floor.push(timed(|| replay(&script, plan.duration_ms(), Way::Straight)));
        proxied.push(timed(|| {
            replay(&script, plan.duration_ms(), Way::Proxied);
        }));
        signed.push(timed(|| {
            chain::submissions(&plan, trace.chain_id()).for_each(drop);
        }));
        consulted.push(timed(|| {
            drop(oracle::judge(&view));
        }));
        judged.push(timed(|| drop((rules::judge(&trace), trace.digest()))));
    }
    let virtual_time = Duration::from_millis(plan.duration_ms());
    report("full run", &mut full, virtual_time);
    report("in it: signing", &mut signed, virtual_time);
    report("floor", &mut floor, virtual_time);
    report("floor with proxy", &mut proxied, virtual_time);
    report("oracle", &mut consulted, virtual_time);
    report("rules and digest", &mut judged, virtual_time);
    let mut ratios: Vec<f64> = full
        .iter()
        .zip(&floor)
        .map(|(full, floor)| full.as_secs_f64() / floor.as_secs_f64())
        .collect();
    ratios.sort_by(f64::total_cmp);
    println!(
        "full run / floor   {:.2} min  {:.2} median  {:.2} max",
        ratios[0],
        ratios[ROUNDS / 2],
        ratios[ROUNDS - 1]
    );
}

fn report(what: &str, times: &mut [Duration], virtual_time: Duration) {
    let mut sorted = times.to_vec();
    sorted.sort();
    let of = |time: Duration| {
        let seconds = time.as_secs_f64();
        format!(
            "{:.0} slots/s, {:.0} x real time",
            SLOTS as f64 / seconds,
            virtual_time.as_secs_f64() / seconds
        )
    };
    println!(
        "{what:<17}  {:>7.2} ms a slot  median: {}  (best: {}; worst: {})",
        1000.0 * sorted[ROUNDS / 2].as_secs_f64() / SLOTS as f64,
        of(sorted[ROUNDS / 2]),
        of(sorted[0]),
        of(sorted[ROUNDS - 1])
    );
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
fn timed(run: impl FnOnce()) -> Duration {
    let began = std::time::Instant::now();
    run();
    began.elapsed()
}

/// The way to the builder.
#[derive(Clone, Copy)]
enum Way {
    Straight,
    Proxied,
}

/// A call as it was sent.
#[derive(Deserialize)]
struct Call {
    method: String,
    params: Box<RawValue>,
}

/// What it was answered.
#[derive(Deserialize)]
struct Reply {
    result: Option<Value>,
}

/// The calls of a run, and what each method answered first.
struct Script {
    calls: Vec<(Host, u64, &'static str, Box<RawValue>)>,
    answers: BTreeMap<&'static str, Value>,
}

impl Script {
    fn of(trace: &Trace) -> Self {
        let view = View::of(trace);
        let mut answers = BTreeMap::new();
        let mut calls = Vec::new();
        let mut add = |from, begun_us: u64, request: &HttpRequest, reply: Option<&HttpReply>| {
            let call: Call = serde_json::from_slice(&request.body).expect("a call");
            let method = METHODS.into_iter().find(|method| *method == call.method);
            let method = method.expect("a method of the list");
            if let Some(reply) = reply {
                let reply: Reply = serde_json::from_slice(&reply.body).expect("a reply");
                answers
                    .entry(method)
                    .or_insert(reply.result.unwrap_or_default());
            }
            calls.push((from, begun_us / 1000, method, call.params));
        };
        for exchange in &view.exchanges {
            if let Some(arrived) = &exchange.arrived {
                let reply = exchange.reply.as_ref().map(|reply| reply.reply);
                add(Host::Sequencer, arrived.begun_us, arrived.request, reply);
            }
        }
        for call in &view.users {
            add(Host::Users, call.sent_us, call.request, None);
        }
        calls.sort_by_key(|(_, begun_ms, ..)| *begun_ms);
        Self { calls, answers }
    }

    /// Makes the calls of a host at their times.
    async fn play(self: Arc<Self>, host: Host, to: Host, network: Network) -> turmoil::Result {
        let endpoint = Endpoint {
            scheme: Scheme::Http,
            host: to.name().to_owned(),
            port: PORT,
            path: "/".to_owned(),
        };
        let client = Client::new(ClientConfig {
            max_idle_connections: 32,
            ..ClientConfig::new(to.name(), endpoint, network.dial(host.name()))
        });
        let mut elapsed_ms = 0;
        for (from, at_ms, method, params) in &self.calls {
            if *from != host {
                continue;
            }
            sleep(Duration::from_millis(at_ms - elapsed_ms)).await;
            elapsed_ms = *at_ms;
            let (client, method, params) = (client.clone(), *method, params.clone());
            tokio::spawn(async move { client.call(method, params, Duration::from_secs(1)).await });
        }
        std::future::pending().await
    }

    async fn answer(self: Arc<Self>, host: Host, network: Network, way: Way) -> turmoil::Result {
        let acceptor = network.acceptor(host.name(), PORT)?;
        if let (Way::Proxied, Host::Builder) = (way, host) {
            let (dial, door) = inner();
            let endpoint = Endpoint {
                scheme: Scheme::Http,
                host: host.name().to_owned(),
                port: PORT,
                path: "/".to_owned(),
            };
            let config = ProxyConfig {
                behind: Behind {
                    dial,
                    endpoint,
                    authority: None,
                },
                interfere: None,
                searcher: None,
                prober: None,
                engine: None,
                tap: WireTap::new(|_, _| {}, || 0),
                numbers: Numbers::default(),
                limits: ProxyLimits::default(),
            };
            tokio::spawn(run_proxy(acceptor, config));
            return Err(serve(door, self.methods()?, ServerConfig::default())
                .await
                .into());
        }
        Err(serve(acceptor, self.methods()?, ServerConfig::default())
            .await
            .into())
    }

    fn methods(self: Arc<Self>) -> Result<RpcModule<()>, RegisterMethodError> {
        let mut module = RpcModule::new(self);
        for method in METHODS {
            module.register_method(
                method,
                move |_, script, _| -> Result<Value, gauntlet_rpc::ErrorObjectOwned> {
                    Ok(script.answers.get(method).cloned().unwrap_or_default())
                },
            )?;
        }
        Ok(module.remove_context())
    }
}

/// Runs the script on the bare simulator.
fn replay(script: &Arc<Script>, duration_ms: u64, way: Way) {
    let mut sim = turmoil::Builder::new()
        .tick_duration(Duration::from_millis(LATENCY_MS))
        .simulation_duration(Duration::from_millis(duration_ms + LATENCY_MS))
        .min_message_latency(Duration::ZERO)
        .max_message_latency(Duration::ZERO)
        .rng_seed(0)
        .epoch(UNIX_EPOCH)
        .build();
    let network = Network::new(Links::constant(LATENCY_MS), LATENCY_MS);
    for host in [Host::Builder, Host::Sequencer] {
        let (script, network) = (script.clone(), network.clone());
        sim.host(host.name(), move || {
            let (script, network) = (script.clone(), network.clone());
            async move {
                if host == Host::Sequencer {
                    let play = script.clone().play(host, Host::Builder, network.clone());
                    tokio::task::spawn_local(play);
                }
                script.answer(host, network, way).await
            }
        });
    }
    let (script, network) = (script.clone(), network.clone());
    sim.host(Host::Users.name(), move || {
        script
            .clone()
            .play(Host::Users, Host::Sequencer, network.clone())
    });
    for _ in 0..duration_ms / LATENCY_MS {
        sim.step().expect("the replay runs");
    }
}
