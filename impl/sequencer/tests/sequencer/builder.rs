//! How the sequencer deals with a builder, and whom it hands its blocks.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use alloy_primitives::{Address, B256};
use alloy_rpc_types_engine::PayloadId;
use futures::FutureExt;
use futures::future::BoxFuture;
use gauntlet_engine::Payload;
use gauntlet_protocol::BuilderTuple;
use gauntlet_rpc::{
    Accept, Auth, AuthScope, CallError, Dial, ErrorObjectOwned, Io, Jwt, JwtSecret, RpcModule,
    ServerConfig, UnixClock, serve,
};
use gauntlet_sequencer::{
    Ask, Clock, Config, Parts, PayloadCall, Publish, RawReply, Sequencer, Setup,
};
use serde_json::{Value, json};
use tokio::io::duplex;
use tokio::sync::mpsc;

use crate::common::{Notes, setup};

impl Publish for Notes<Arc<Payload>> {
    fn publish(&self, block: &Arc<Payload>) {
        self.note(block.clone());
    }
}

/// Notes what it is asked with, and gets no answer.
impl Ask for Notes<(B256, Option<PayloadId>)> {
    fn timeout(&self) -> Duration {
        Duration::from_millis(200)
    }

    fn ask(&self, call: PayloadCall) -> BoxFuture<'static, RawReply> {
        self.note((call.params.payload.parent_hash, call.payload_id));
        async { Err(CallError::TimedOut) }.boxed()
    }
}

struct Pipes(mpsc::UnboundedReceiver<Box<dyn Io>>);

impl Accept for Pipes {
    fn accept(&mut self) -> BoxFuture<'_, io::Result<Box<dyn Io>>> {
        async {
            self.0
                .recv()
                .await
                .ok_or(io::ErrorKind::NotConnected.into())
        }
        .boxed()
    }
}

/// A way to a builder that follows every head and gives every payload the id that the last byte of
/// the head makes, and notes the updates that it gets: the head, and whether there are attributes.
fn builder() -> (Dial, Notes<(B256, bool)>) {
    builder_of(ServerConfig::default())
}

/// The same, served so.
fn builder_of(config: ServerConfig) -> (Dial, Notes<(B256, bool)>) {
    let updates = Notes::new();
    let mut module = RpcModule::new(updates.clone());
    module
        .register_method("engine_forkchoiceUpdatedV3", |params, updates, _| {
            let (state, attributes): (Value, Option<Value>) = params.parse()?;
            let head: B256 = serde_json::from_value(state["headBlockHash"].clone())
                .map_err(|error| ErrorObjectOwned::owned(-32602, error.to_string(), None::<()>))?;
            updates.note((head, attributes.is_some()));
            Ok::<_, ErrorObjectOwned>(json!({
                "payloadStatus": { "status": "VALID", "latestValidHash": head },
                "payloadId": attributes.map(|_| id_of(head)),
            }))
        })
        .expect("a name that stands once");
    let (connect, accepted) = mpsc::unbounded_channel();
    let dial = Dial::new(move |_| {
        let (near, far) = duplex(1 << 20);
        let refused = connect.send(Box::new(far) as Box<dyn Io>).is_err();
        async move {
            if refused {
                return Err(io::ErrorKind::ConnectionRefused.into());
            }
            Ok(Box::new(near) as Box<dyn Io>)
        }
        .boxed()
    });
    let api = module.remove_context();
    tokio::spawn(async move { serve(Pipes(accepted), api, config).await });
    (dial, updates)
}

fn id_of(head: B256) -> PayloadId {
    PayloadId::new([head[31]; 8])
}

fn tuple() -> Option<BuilderTuple> {
    let url = "http://builder:9545/".to_owned();
    BuilderTuple::of(Some(Address::repeat_byte(7)), Some(url))
}

#[tokio::test(start_paused = true)]
async fn a_payload_is_asked_for_with_the_id_that_the_builder_gave_it() {
    let (dial, _) = builder();
    let asked = Notes::new();
    let setup = setup(dial);
    let genesis = setup.engine.head().hash();
    let sequencer = Sequencer::new(Setup {
        config: Config {
            builder: tuple(),
            ..setup.config
        },
        parts: Parts {
            ask: Arc::new(asked.clone()),
            ..Parts::default()
        },
        ..setup
    });
    let clock = Clock::showing(Duration::ZERO);
    sequencer.expect("a sequencer").run(clock).await;
    assert_eq!(asked.all(), [(genesis, Some(id_of(genesis)))]);
}

/// DECISION: engine-authentication.
#[tokio::test(start_paused = true)]
async fn a_builder_that_asks_for_tokens_is_told_of_the_head_with_one() {
    let jwt = |byte| Jwt {
        secret: JwtSecret::new([byte; 32]),
        clock: UnixClock::new(|| 1_800_000_000),
    };
    for (token, is_told) in [(Some(jwt(7)), true), (Some(jwt(8)), false), (None, false)] {
        let (dial, updates) = builder_of(ServerConfig {
            auth: Some(Auth {
                jwt: jwt(7),
                scope: AuthScope::EngineMethods,
            }),
            ..ServerConfig::default()
        });
        let setup = setup(dial);
        let sequencer = Sequencer::new(Setup {
            config: Config {
                builder: tuple(),
                builder_engine_jwt: token,
                ..setup.config
            },
            ..setup
        });
        let clock = Clock::showing(Duration::ZERO);
        sequencer.expect("a sequencer").run(clock).await;
        assert_eq!(!updates.all().is_empty(), is_told);
    }
}

/// DECISION: late-registration.
#[tokio::test(start_paused = true)]
async fn a_builder_that_is_registered_late_is_told_of_the_head_and_not_asked() {
    let (dial, updates) = builder();
    let asked = Notes::new();
    let setup = setup(dial);
    let genesis = setup.engine.head().hash();
    let sequencer = Sequencer::new(Setup {
        parts: Parts {
            ask: Arc::new(asked.clone()),
            ..Parts::default()
        },
        ..setup
    })
    .expect("a sequencer");
    let (control, clock) = (sequencer.control(), Clock::showing(Duration::ZERO));
    tokio::spawn(sequencer.run(clock));
    clock.until(Duration::from_millis(300)).await;
    assert_eq!(updates.all(), []);
    control.set_builder(tuple()).await.expect("a good URL");
    clock.until(Duration::from_millis(400)).await;
    assert_eq!(updates.all(), [(genesis, false)]);
    clock.until(Duration::from_secs(1)).await;
    assert_eq!(asked.all(), []);
}

/// Whoever registers a builder hears that its URL cannot be used, and the one before it stays.
#[tokio::test(start_paused = true)]
async fn a_builder_that_cannot_be_called_is_refused() {
    let (dial, updates) = builder();
    let setup = setup(dial);
    let genesis = setup.engine.head().hash();
    let sequencer = Sequencer::new(Setup {
        config: Config {
            builder: tuple(),
            ..setup.config
        },
        ..setup
    })
    .expect("a sequencer");
    let (control, clock) = (sequencer.control(), Clock::showing(Duration::ZERO));
    tokio::spawn(sequencer.run(clock));
    clock.until(Duration::from_millis(300)).await;
    for url in [
        "builder:9545",
        "ftp://builder/",
        "http://",
        "http://builder:0x1/",
    ] {
        let unusable = BuilderTuple::of(Some(Address::repeat_byte(8)), Some(url.to_owned()));
        let refused = control.set_builder(unusable).await;
        let told = refused.expect_err(url).to_string();
        assert_eq!(told, format!("builderUrl `{url}`"));
    }
    let told = updates.all();
    assert!(told.iter().all(|(head, _)| *head == genesis), "{told:?}");
    control.set_builder(tuple()).await.expect("a good URL");
    clock.until(Duration::from_millis(400)).await;
    assert_eq!(updates.all().len(), told.len() + 1);
}

#[tokio::test(start_paused = true)]
async fn the_followers_get_the_block() {
    let (dial, _) = builder();
    let (one, another) = (Notes::new(), Notes::new());
    let setup = setup(dial);
    let genesis = setup.engine.head().hash();
    let sequencer = Sequencer::new(Setup {
        followers: vec![Arc::new(one.clone()), Arc::new(another.clone())],
        ..setup
    });
    let clock = Clock::showing(Duration::ZERO);
    sequencer.expect("a sequencer").run(clock).await;
    let blocks = one.all();
    assert_eq!(blocks, another.all());
    let numbers: Vec<u64> = blocks.iter().map(|block| block.block_number).collect();
    assert_eq!(numbers, [1]);
    assert_eq!(blocks[0].parent_hash, genesis);
}
