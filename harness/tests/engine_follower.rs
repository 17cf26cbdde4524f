//! An execution client that follows: what it is handed, and what is told of it.

use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use alloy_primitives::{Address, B64, B256, U256};
use gauntlet::chain::GENESIS;
use gauntlet::trace::{Followed, FollowerNews, PublishedBlock, Recorder, What};
use gauntlet::world::proxy::inner;
use gauntlet::world::{EngineClientConfig, EngineFollower};
use gauntlet_builder::Builder;
use gauntlet_engine::{Attributes, ChainSpec, Engine, L1Attributes, Senders};
use gauntlet_rpc::{
    Auth, AuthScope, Dial, Jwt, JwtSecret, Methods, RpcModule, ServerConfig, UnixClock, serve,
};
use serde_json::json;
use tokio::task::JoinHandle;
use tokio::time::sleep;

fn jwt(secret: u8) -> Jwt {
    Jwt {
        secret: JwtSecret::new([secret; 32]),
        clock: UnixClock::new(|| 1_700_000_000),
    }
}

fn engine() -> Engine {
    let spec = ChainSpec::from_genesis_json(GENESIS).expect("the genesis of the harness");
    Engine::new(Arc::new(spec), Senders::default())
}

/// So many blocks, each on the one before it.
fn chain(blocks: u64) -> Vec<PublishedBlock> {
    let mut engine = engine();
    let mut parent = engine.head().clone();
    let mut chain = Vec::new();
    for number in 1..=blocks {
        let origin = L1Attributes {
            base_fee: U256::from(7),
            blob_base_fee: U256::from(1),
            sequence_number: number,
            ..L1Attributes::default()
        };
        let attributes = Attributes {
            timestamp: parent.timestamp() + 2,
            prev_randao: B256::ZERO,
            fee_recipient: Address::ZERO,
            parent_beacon_block_root: B256::ZERO,
            transactions: vec![origin.deposit()],
            no_tx_pool: true,
            gas_limit: 30_000_000,
            eip1559_params: Some(B64::ZERO),
        };
        let block = engine.build(parent.hash(), &attributes).expect("a block");
        chain.push(PublishedBlock::from(&block.payload()));
        parent = engine.insert(block);
    }
    chain
}

/// A client that can go away and come back, at genesis, with a secret of its own.
#[derive(Clone)]
struct Line {
    now: Arc<Mutex<Option<Dial>>>,
}

impl Line {
    fn new() -> Self {
        let now = Arc::default();
        Self { now }
    }

    fn dial(&self) -> Dial {
        let now = self.now.clone();
        Dial::new(move |endpoint| {
            let dial = now.lock().unwrap_or_else(PoisonError::into_inner).clone();
            Box::pin(async move {
                match dial {
                    Some(dial) => dial.dial(&endpoint).await,
                    None => Err(std::io::ErrorKind::ConnectionRefused.into()),
                }
            })
        })
    }

    fn serve(&self, methods: impl Into<Methods>) -> JoinHandle<()> {
        let (dial, door) = inner();
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = Some(dial);
        let methods = methods.into();
        let config = ServerConfig {
            auth: Some(Auth {
                jwt: jwt(1),
                scope: AuthScope::EveryRequest,
            }),
            ..ServerConfig::default()
        };
        tokio::spawn(async move { drop(serve(door, methods, config).await) })
    }

    /// Our own builder is an execution client too.
    fn serve_honest(&self) -> JoinHandle<()> {
        let config = gauntlet_builder::Config {
            pubkey: Address::ZERO,
            sequencer: Address::repeat_byte(1),
            build: Duration::ZERO,
            compute: gauntlet_node::Compute::simulated(),
        };
        let observer = gauntlet_builder::Observer::new(|_| {});
        let parts = gauntlet_builder::Parts::default();
        self.serve(Builder::new(config, parts, engine(), observer).api())
    }
}

/// A follower that runs, and what is told of it.
struct Tried {
    follower: EngineFollower,
    told: Recorder,
}

impl Tried {
    fn of(line: &Line, secret: u8) -> Self {
        let told = Recorder::new(|| 0);
        let config = EngineClientConfig {
            endpoint: "http://client:8551".parse().expect("a URL"),
            jwt: jwt(secret),
            dial: line.dial(),
        };
        let follower = EngineFollower::new(config, told.clone());
        tokio::spawn(follower.clone().run());
        Self { follower, told }
    }

    async fn publish(&self, blocks: &[PublishedBlock]) {
        for block in blocks {
            self.follower.publish(block.clone());
            sleep(Duration::from_secs(2)).await;
        }
    }

    /// What was told since it was last asked.
    fn news(&self) -> Vec<String> {
        let told = self.told.take_entries().into_iter().map(|entry| {
            let What::Followed(Followed { client, news }) = entry.what else {
                panic!("{entry:?}");
            };
            assert_eq!(&*client, "http://client:8551/");
            match news {
                FollowerNews::Valid { number, .. } => format!("valid {number}"),
                FollowerNews::Invalid { number, reason, .. } => {
                    format!("invalid {number}: {reason}")
                }
                FollowerNews::Away { cause } => format!("away: {cause}"),
                FollowerNews::Lacks { .. } => "lacks".to_owned(),
            }
        });
        told.collect()
    }
}

#[tokio::test(start_paused = true)]
async fn each_block_is_handed_over_and_judged() {
    let line = Line::new();
    let _client = line.serve_honest();
    let tried = Tried::of(&line, 1);
    tried.publish(&chain(3)).await;
    assert_eq!(tried.news(), ["valid 1", "valid 2", "valid 3"]);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_away_is_caught_up() {
    let (line, blocks) = (Line::new(), chain(6));
    let tried = Tried::of(&line, 1);
    // Before it is there at all.
    tried.publish(&blocks[..2]).await;
    let away = tried.news();
    assert_eq!(away.len(), 1, "told once: {away:?}");
    assert!(away[0].starts_with("away: engine_newPayloadV3"), "{away:?}");
    let client = line.serve_honest();
    tried.publish(&blocks[2..4]).await;
    assert_eq!(tried.news(), ["valid 1", "valid 2", "valid 3", "valid 4"]);
    // It dies and forgets everything.
    client.abort();
    let _refused = client.await;
    tried.publish(&blocks[4..5]).await;
    assert_eq!(tried.news().len(), 1);
    let _again = line.serve_honest();
    tried.publish(&blocks[5..]).await;
    let caught_up = [
        "valid 1", "valid 2", "valid 3", "valid 4", "valid 5", "valid 6",
    ];
    assert_eq!(tried.news(), caught_up);
}

#[tokio::test(start_paused = true)]
async fn a_block_that_is_called_invalid_is_told_in_the_clients_words() {
    let line = Line::new();
    let mut methods = RpcModule::new(());
    let invalid = json!({
        "status": "INVALID",
        "latestValidHash": null,
        "validationError": "the moon is not full",
    });
    methods
        .register_method("engine_newPayloadV3", move |_, _, _| invalid.clone())
        .expect("a name");
    let _client = line.serve(methods);
    let tried = Tried::of(&line, 1);
    tried.publish(&chain(2)).await;
    let told = [
        "invalid 1: the moon is not full",
        "invalid 2: the moon is not full",
    ];
    assert_eq!(tried.news(), told);
}

#[tokio::test(start_paused = true)]
async fn a_client_of_another_chain_is_told_once() {
    let line = Line::new();
    let _client = line.serve_honest();
    let tried = Tried::of(&line, 1);
    // The first block is not among those that are kept.
    tried.publish(&chain(4)[1..]).await;
    assert_eq!(tried.news(), ["lacks"]);
}

#[tokio::test(start_paused = true)]
async fn another_secret_is_no_client_that_is_there() {
    let line = Line::new();
    let _client = line.serve_honest();
    let tried = Tried::of(&line, 2);
    tried.publish(&chain(2)).await;
    assert_eq!(tried.news(), ["away: engine_newPayloadV3: HTTP status 401"]);
}

/// However long a client is silent, handing a block to it does not wait, and what is kept is bounded.
#[tokio::test(start_paused = true)]
async fn a_client_that_never_answers_holds_nobody_up() {
    let line = Line::new();
    let mut methods = RpcModule::new(());
    let was_called = Arc::new(AtomicBool::new(false));
    let called = was_called.clone();
    methods
        .register_async_method("engine_newPayloadV3", move |_, _, _| {
            called.store(true, Ordering::Relaxed);
            pending::<()>()
        })
        .expect("a name");
    let _client = line.serve(methods);
    let tried = Tried::of(&line, 1);
    let block = chain(1).remove(0);
    for _ in 0..10_000 {
        tried.follower.publish(block.clone());
    }
    sleep(Duration::from_secs(60)).await;
    assert!(was_called.load(Ordering::Relaxed));
    assert_eq!(tried.news(), ["away: engine_newPayloadV3: timed out"]);
    // The test's own, those that are kept, and the one that is handed over.
    let held = Arc::strong_count(&block.payload);
    assert!((4097..=4099).contains(&held), "{held}");
}
