//! What attackers make the nodes execute, over real sockets: no block is late for it.

use std::sync::Arc;
use std::time::Duration;

use alloy_consensus::crypto::secp256k1::sign_message;
use alloy_consensus::{SignableTransaction, TxEip1559};
use alloy_eips::Encodable2718;
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, hex};
use futures::future::BoxFuture;
use gauntlet::chain;
use gauntlet::net::tcp::{Settings, Unstamped};
use gauntlet::rules;
use gauntlet::trace::{Clock, Evidence, PublicKeys, Recorder, Trace, What};
use gauntlet::view::View;
use gauntlet::world::{Places, Players, Terms, World};
use gauntlet_engine::{Attributes, Engine, UserDeposit};
use gauntlet_rpc::{Client, ClientConfig, TcpAcceptor, tcp_dial};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

const BLOCK_TIME: Duration = Duration::from_secs(1);

/// By so much a busy machine is late, and nothing is concluded.
const GUARD: Duration = Duration::from_millis(25);

/// Runs a devnet of so many slots, and an attacker who knows its URLs. Returns what happened.
async fn attacked(
    slots: u32,
    attack: impl FnOnce(&World, Places) -> BoxFuture<'static, ()>,
) -> Trace {
    let settings = Settings {
        genesis: chain::GENESIS.to_owned(),
        block_time: "1s".parse().expect("a block time"),
        slots: Some(slots),
        transactions_per_slot: 3,
        ..Settings::default()
    };
    let plan = Arc::new(settings.plan());
    let spec = chain::spec_of(&settings.genesis, &plan).expect("a chain");
    let door = || async { TcpAcceptor::bind("127.0.0.1:0").await.expect("a door") };
    let (users, proxy, builder) = (door().await, door().await, door().await);
    let url = |door: &TcpAcceptor| format!("http://{}", door.local_addr().expect("an address"));
    let places = Places {
        sequencer: url(&users),
        proxy: url(&proxy),
        builder: url(&builder),
        engine: None,
    };
    let began = Instant::now();
    let micros = move || u64::try_from(began.elapsed().as_micros()).expect("a short run");
    let (heard, mut news) = tokio::sync::mpsc::unbounded_channel();
    let recorder = Recorder::new(micros).told_to(move |entry| {
        let _over = heard.send(entry.clone());
    });
    let players = Players::honest();
    let holds = players.evidence(
        Evidence::ALL
            .into_iter()
            .filter(|it| *it != Evidence::Panics),
    );
    let mut trace = Trace {
        plan: plan.clone(),
        keys: PublicKeys::from(&gauntlet::chain::Keys::default()),
        clock: Clock::Real {
            guard_us: u64::try_from(GUARD.as_micros()).expect("a short time"),
        },
        holds: holds.collect(),
        genesis: settings.genesis.as_str().into(),
        spec: spec.clone(),
        senders: gauntlet_engine::Senders::default(),
        entries: Vec::new(),
        ended_us: 0,
    };
    let genesis = settings.genesis.as_str().into();
    let world = World::new(
        plan,
        genesis,
        spec,
        places.clone(),
        players,
        recorder,
        Terms::default(),
    );
    let mut tasks = JoinSet::new();
    let builder = world.builder(Box::new(builder), tcp_dial());
    tasks.spawn(async move { drop(builder.await) });
    let proxy = world.proxy(Unstamped(proxy), tcp_dial()).expect("a proxy");
    tasks.spawn(async move { drop(proxy.await) });
    let sequencer = world.sequencer(Box::new(users), tcp_dial(), began.elapsed());
    tasks.spawn(async move { drop(sequencer.await) });
    let users = world.users().run(tcp_dial(), began.elapsed());
    tasks.spawn(async move { drop(users.await) });
    tasks.spawn(attack(&world, places));
    sleep(BLOCK_TIME * slots + Duration::from_millis(300)).await;
    trace.ended_us = micros();
    tasks.shutdown().await;
    while let Ok(entry) = news.try_recv() {
        trace.entries.push(entry);
    }
    trace.entries.retain(|entry| entry.at_us <= trace.ended_us);
    trace.sort();
    trace
}

/// Every slot has its block by its end, and all rules about liveness hold. Returns the figures.
fn assert_on_time(trace: &Trace) -> String {
    let view = View::of(trace);
    let latest = view.slots.iter().map(|slot| {
        let mut blocks = view.published_in(slot);
        let block = blocks.next();
        let block = block.unwrap_or_else(|| panic!("slot {} has no block", slot.number));
        let left = i128::from(slot.ends_us) - i128::from(block.at_us);
        (left, slot.number)
    });
    let (left, slot) = latest.min().expect("slots");
    let guard_us = i128::from(trace.clock.guard_us());
    assert!(left >= -guard_us, "slot {slot} was late by {} us", -left);
    let verdicts = rules::judge(trace);
    let violated: Vec<_> = verdicts
        .iter()
        .filter(|(rule, verdict)| rule.id.starts_with("failsafe/") && verdict.is_violated())
        .collect();
    assert!(violated.is_empty(), "{violated:#?}");
    let slots = view.slots.len();
    format!("{slots} slots, the latest block left slot {slot} with {left} us to go")
}

fn client(url: &str) -> Client {
    let endpoint = url.parse().expect("a URL");
    Client::new(ClientConfig {
        max_idle_connections: 32,
        ..ClientConfig::new("node", endpoint, tcp_dial())
    })
}

fn params(params: &Value) -> Box<RawValue> {
    to_raw_value(params).expect("JSON")
}

/// The code of a contract's creation that checks pairings until its gas is used: ten pairs at a
/// time, of the generators of both groups.
fn pairings() -> Bytes {
    let pair = [
        "0000000000000000000000000000000000000000000000000000000000000001",
        "0000000000000000000000000000000000000000000000000000000000000002",
        "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2",
        "1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed",
        "090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b",
        "12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa",
    ];
    let pair = hex::decode(pair.concat()).expect("hexadecimal");
    let pairs = pair.repeat(10);
    let length = u16::try_from(pairs.len())
        .expect("a short text")
        .to_be_bytes();
    // codecopy(0, 25, length), and then again and again staticcall(gas, 8, 0, length, 0, 0).
    let mut code = vec![0x61, length[0], length[1], 0x60, 25, 0x5f, 0x39];
    let begin = u8::try_from(code.len()).expect("a short code");
    code.extend([0x5b, 0x5f, 0x5f, 0x61, length[0], length[1], 0x5f, 0x60, 8]);
    code.extend([0x5a, 0xfa, 0x50, 0x60, begin, 0x56]);
    code.resize(25, 0);
    code.extend(pairs);
    code.into()
}

/// The last of the users that have funds, whom no traffic uses, sends this.
fn signed(nonce: u64, input: Bytes) -> Bytes {
    let transaction = TxEip1559 {
        chain_id: 901,
        nonce,
        gas_limit: 29_900_000,
        max_fee_per_gas: 500_000_000_000,
        max_priority_fee_per_gas: 100_000_000_000,
        to: TxKind::Create,
        input,
        ..TxEip1559::default()
    };
    let key = B256::with_last_byte(ATTACKER);
    let signature = sign_message(key, transaction.signature_hash()).expect("a key");
    transaction.into_signed(signature).encoded_2718().into()
}

const ATTACKER: u8 = 20;

/// A valid user's transactions of 29.9 M gas of pairings, the best paid that there are.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_block_full_of_pairings_is_not_late() {
    let trace = attacked(12, |_, places| {
        Box::pin(async move {
            let sequencer = client(&places.sequencer);
            for round in 0.. {
                let raw = signed(round % 4, pairings());
                let call = params(&json!([raw]));
                // Refused or accepted: the next one comes.
                let _answer = sequencer
                    .call("eth_sendRawTransaction", call, Duration::from_secs(5))
                    .await;
                sleep(Duration::from_millis(200)).await;
            }
        })
    })
    .await;
    println!("pairings: {}", assert_on_time(&trace));
    let sent = View::of(&trace)
        .published
        .iter()
        .map(|block| block.block.payload.transactions.len())
        .sum::<usize>();
    assert!(sent > 12, "the users' transactions go on: {sent}");
}

/// A stranger's payloads on genesis, each another one, full of a deposit that checks pairings until
/// its gas is used.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_payloads_to_the_builder_makes_no_block_late() {
    let trace = attacked(12, |world, places| {
        let spec = chain::spec(&world.plan).expect("a chain");
        Box::pin(async move {
            let engine = Engine::new(spec.clone(), gauntlet_engine::Senders::default());
            let l1 = gauntlet::chain::PlannedL1::new(Arc::default(), spec);
            let genesis = engine.head().clone();
            let wire = l1.attributes(1, 1);
            let deposit = UserDeposit {
                from: Address::repeat_byte(1),
                to: None,
                mint: 0,
                value: U256::ZERO,
                gas_limit: 19_000_000,
                data: pairings(),
                l1_block_hash: B256::ZERO,
                log_index: 0,
            };
            let mut of_l1 = Attributes::from_wire(&wire).expect("attributes");
            of_l1.transactions.push(deposit.bytes());
            // One block, executed once; the others claim another state, which only shows in the end.
            let made = tokio::task::spawn_blocking(move || engine.build(genesis.hash(), &of_l1));
            let block = made.await.expect("no panic").expect("a block");
            let builder = client(&places.builder);
            let mut flood = JoinSet::new();
            for lie in 0_u64.. {
                let mut payload = block.payload();
                payload.state_root = B256::left_padding_from(&lie.to_be_bytes());
                payload.block_hash = gauntlet_engine::block_hash(&payload).expect("a hash");
                let root = payload.parent_beacon_block_root;
                let call = params(&json!([payload.to_v3(), [], root]));
                let builder = builder.clone();
                flood.spawn(async move {
                    let _refused = builder
                        .call("engine_newPayloadV3", call, Duration::from_secs(1))
                        .await;
                });
                sleep(Duration::from_millis(20)).await;
                while flood.try_join_next().is_some() {}
            }
        })
    })
    .await;
    println!("payloads to the builder: {}", assert_on_time(&trace));
    let payloads = trace
        .entries
        .iter()
        .filter(|entry| matches!(entry.what, What::Published(_)));
    assert_eq!(payloads.count(), 12);
}
