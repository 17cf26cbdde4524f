//! A devnet among what is somebody else's: a builder, execution clients, a genesis, and a builder
//! that takes all that it can get.

use std::future::pending;
use std::hint::spin_loop;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use alloy_primitives::Address;
use futures::FutureExt;
use futures::future::BoxFuture;
use gauntlet::chain::{GENESIS, Keys};
use gauntlet::net::tcp::{ClientSettings, Opened, RemoteSettings, Settings, devnet};
use gauntlet::report::devnet::Summary;
use gauntlet::suite::{Failure, Profile, check};
use gauntlet::trace::{FollowerNews, Trace, What};
use gauntlet::view::View;
use gauntlet::world::{Berth, HonestBuilder, Players, Role, Subject};
use gauntlet_builder::Builder;
use gauntlet_engine::{ChainSpec, Engine, Senders};
use gauntlet_rpc::{
    Auth, AuthScope, Client, ClientConfig, Endpoint, Jwt, JwtSecret, Methods, RpcModule,
    ServerConfig, TcpAcceptor, Trust, serve, tcp_dial,
};
use serde_json::json;
use serde_json::value::to_raw_value;

fn settings(slots: u32) -> Settings {
    Settings {
        block_time: "500ms".parse().expect("a block time"),
        slots: Some(slots),
        transactions_per_slot: 3,
        ..Settings::default()
    }
}

async fn run(settings: &Settings, players: Players) -> Trace {
    let ran = devnet(settings, players, pending(), |_, _| {}, |_| {}).await;
    ran.expect("a devnet runs")
}

fn jwt(secret: u8) -> Jwt {
    Jwt::new(JwtSecret::new([secret; 32]))
}

/// Serves on the loopback address until the test ends; returns where.
async fn served(methods: impl Into<Methods>, auth: Option<(Jwt, AuthScope)>) -> Endpoint {
    let door = TcpAcceptor::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", door.local_addr().expect("an address"));
    let methods = methods.into();
    let config = ServerConfig {
        auth: auth.map(|(jwt, scope)| Auth { jwt, scope }),
        ..ServerConfig::default()
    };
    tokio::spawn(async move { drop(serve(door, methods, config).await) });
    url.parse().expect("a URL")
}

fn engine(genesis: &str) -> Engine {
    let spec = ChainSpec::from_genesis_json(genesis).expect("a genesis");
    Engine::new(Arc::new(spec), Senders::default())
}

/// A builder that is none of the devnet's.
fn builder(pubkey: Address) -> Methods {
    let config = gauntlet_builder::Config {
        pubkey,
        sequencer: Keys::default().sequencer.address(),
        build: Duration::ZERO,
        compute: gauntlet_node::Compute::simulated(),
    };
    let observer = gauntlet_builder::Observer::new(|_| {});
    let parts = gauntlet_builder::Parts::default();
    Builder::new(config, parts, engine(GENESIS), observer)
        .api()
        .into()
}

fn summary(trace: &Trace) -> Summary {
    Summary::of(&View::of(trace))
}

#[track_caller]
fn assert_conforms(trace: &Trace) {
    let failures = check(trace, Profile::STRICT).failures;
    assert!(failures.is_empty(), "{failures:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_builder_behind_a_url_builds_the_blocks() {
    let pubkey = Address::repeat_byte(0xb1);
    let settings = Settings {
        builder: Some(RemoteSettings {
            url: served(builder(pubkey), None).await,
            pubkey: Some(pubkey),
            engine: None,
            trust: Trust::public(),
        }),
        ..settings(5)
    };
    let trace = run(&settings, Players::honest()).await;
    assert_eq!(trace.keys.builder, pubkey);
    assert_conforms(&trace);
    let summary = summary(&trace);
    assert_eq!((summary.blocks, summary.builder_blocks), (5, 5));
    assert!(summary.forwarded > 0, "{summary:?}");
}

/// Its Engine API is at another URL and asks for tokens; it is one builder all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_builder_may_have_its_engine_api_elsewhere() {
    let methods = builder(Keys::default().builder);
    let url = served(methods.clone(), None).await;
    let engine = served(methods, Some((jwt(7), AuthScope::EveryRequest))).await;
    let settings = Settings {
        builder: Some(RemoteSettings {
            url,
            pubkey: None,
            engine: Some(engine),
            trust: Trust::public(),
        }),
        engine_jwt: Some(jwt(7)),
        ..settings(5)
    };
    let trace = run(&settings, Players::honest()).await;
    assert_conforms(&trace);
    let summary = summary(&trace);
    assert_eq!((summary.blocks, summary.builder_blocks), (5, 5));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_execution_client_follows_and_one_that_disputes_is_a_failure() {
    let follower = builder(Address::ZERO);
    let mut sceptic = RpcModule::new(());
    let invalid = json!({
        "status": "INVALID",
        "latestValidHash": null,
        "validationError": "the moon is not full",
    });
    sceptic
        .register_method("engine_newPayloadV3", move |_, _, _| invalid.clone())
        .expect("a name");
    let every = AuthScope::EveryRequest;
    let client = |url: Endpoint, jwt: Jwt| ClientSettings { url, jwt };
    let settings = Settings {
        followers: vec![
            client(served(follower, Some((jwt(1), every))).await, jwt(1)),
            client(served(sceptic, Some((jwt(2), every))).await, jwt(2)),
        ],
        ..settings(4)
    };
    let trace = run(&settings, Players::honest()).await;
    let view = View::of(&trace);
    let sceptic = settings.followers[1].url.to_string();
    for following in view.following() {
        let (valid, disputed) = (following.valid, following.disputes.len());
        let expected = if following.client == sceptic {
            (0, 4)
        } else {
            (4, 0)
        };
        assert_eq!((valid, disputed), expected, "{following:?}");
        assert_eq!(following.unjudged, 0, "{following:?}");
    }
    assert_eq!(view.following().len(), 2);
    let failures = check(&trace, Profile::STRICT).failures;
    let [
        Failure::Disputed {
            client,
            number: 1,
            reason,
            more: 3,
            ..
        },
    ] = &failures[..]
    else {
        panic!("{failures:#?}")
    };
    assert_eq!((client, &**reason), (&sceptic, "the moon is not full"));
    // A transcript says the same.
    let mut written = Vec::new();
    trace.write(&mut written).expect("memory takes it");
    let read = Trace::read(&written[..]).expect("it was just written");
    let again = check(&read, Profile::STRICT).failures;
    assert_eq!(format!("{again:?}"), format!("{failures:?}"));
}

/// A client that is not there is no reason for a block to be late, and is not passed over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_is_away_delays_nothing() {
    let url = "http://127.0.0.1:1".parse().expect("a URL");
    let settings = Settings {
        followers: vec![ClientSettings { url, jwt: jwt(1) }],
        ..settings(4)
    };
    let trace = run(&settings, Players::honest()).await;
    assert_conforms(&trace);
    let view = View::of(&trace);
    let [following] = &view.following()[..] else {
        panic!("{:?}", view.following())
    };
    assert_eq!((following.valid, following.unjudged), (0, 4));
    let is_away = |what: &What| matches!(what, What::Followed(it) if matches!(it.news, FollowerNews::Away { .. }));
    let away = trace.entries.iter().filter(|entry| is_away(&entry.what));
    assert_eq!(away.count(), 1, "told once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_gas_limit_of_a_genesis_is_obeyed() {
    let genesis = GENESIS.replacen(
        r#""gasLimit": "0x1c9c380""#,
        r#""gasLimit": "0x1312d00""#,
        1,
    );
    assert_ne!(genesis, GENESIS);
    let settings = Settings {
        genesis,
        ..settings(4)
    };
    let trace = run(&settings, Players::honest()).await;
    assert_conforms(&trace);
    let view = View::of(&trace);
    let limits = view.published.iter().map(|it| it.block.payload.gas_limit);
    assert_eq!(limits.collect::<Vec<_>>(), [20_000_000; 4]);
}

/// Whoever has no token is not let at the builder's head.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_cannot_use_the_engine_api() {
    let settings = Settings {
        engine_jwt: Some(jwt(3)),
        ..settings(3)
    };
    let mut tried = None;
    let begin = |opened: &Opened, _: &Trace| {
        let call = |url: &str, method: &'static str| {
            let url = url.parse().expect("a URL");
            let client = Client::new(ClientConfig::new("devnet", url, tcp_dial()));
            async move {
                let params = to_raw_value(&()).expect("an empty list");
                let called = client.call(method, params, Duration::from_secs(5)).await;
                called.expect_err("it is refused").to_string()
            }
        };
        let engine = call(&opened.engine, "engine_newPayloadV3");
        let builder = call(&opened.builder, "builder_getPayloadV1");
        tried = Some(tokio::spawn(async move { (engine.await, builder.await) }));
    };
    let ran = devnet(&settings, Players::honest(), pending(), begin, |_| {}).await;
    let trace = ran.expect("a devnet runs");
    let (engine, builder) = tried.expect("it began").await.expect("an answer");
    assert_eq!(engine, "HTTP status 401");
    assert!(builder.starts_with("error -32602"), "{builder}");
    assert_conforms(&trace);
    assert_eq!(summary(&trace).builder_blocks, 3);
}

/// A builder that keeps all the threads busy that it can get, until it is told to stop.
#[derive(Debug)]
struct Greedy {
    enough: Arc<AtomicBool>,
}

impl Subject for Greedy {
    fn role(&self) -> Role {
        Role::Builder
    }

    fn start(&self, berth: Berth) -> BoxFuture<'static, io::Result<()>> {
        let enough = self.enough.clone();
        let honest = HonestBuilder::default().start(berth);
        async move {
            for _ in 0..8 {
                let enough = enough.clone();
                tokio::spawn(async move {
                    while !enough.load(Ordering::Relaxed) {
                        spin_loop();
                    }
                });
            }
            honest.await
        }
        .boxed()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_builder_that_is_busy_for_good_delays_no_block() {
    let enough = Arc::new(AtomicBool::new(false));
    let greedy = Greedy {
        enough: enough.clone(),
    };
    let trace = run(&settings(6), Players::with(Arc::new(greedy))).await;
    enough.store(true, Ordering::Relaxed);
    let summary = summary(&trace);
    assert_eq!((summary.blocks, summary.builder_blocks), (6, 0));
    assert_eq!((summary.late, summary.missed), (0, 0), "{summary:?}");
}
