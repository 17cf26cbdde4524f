//! Our own nodes as subjects, and variants of them: other parts, the same node.

use std::fmt;
use std::io;
use std::sync::Arc;

use alloy_primitives::B256;
use futures::FutureExt;
use futures::future::BoxFuture;
use gauntlet_builder::Builder;
use gauntlet_engine::{Engine, Payload, PayloadVerdict};
use gauntlet_rpc::{Auth, AuthScope, Dial, RpcModule, ServerConfig, serve};
use gauntlet_sequencer::{Clock, Config, Control, Publish, Selection, Sequencer, Work};
use tokio::task::JoinSet;

use super::hindered::Hindered;
use super::{
    Berth, BuilderSetup, Desk, EngineFollower, Follower, Order, Players, Porter, Role,
    SequencerSetup, Setup, Subject, porter, said,
};
use crate::plan::SelectionPlan;
use crate::trace::{Evidence, PublishedBlock};

/// Makes the parts of a sequencer.
pub type SequencerParts = fn(&SequencerSetup) -> gauntlet_sequencer::Parts;

/// Makes the parts of a builder.
pub type BuilderParts = fn() -> gauntlet_builder::Parts;

/// Our own nodes with these parts: what a mutant is made of.
#[derive(Clone, Copy)]
pub struct Variant {
    /// The sequencer's settings, made of those that the setup says.
    pub config: fn(Config, &SequencerSetup) -> Config,
    /// The sequencer's parts.
    pub sequencer: SequencerParts,
    /// What users are served, made of what the sequencer serves.
    pub door: fn(RpcModule<()>) -> RpcModule<()>,
    /// The builder's parts.
    pub builder: BuilderParts,
    /// Who stands at the builder's door, if anybody does.
    pub porter: Option<Porter>,
    /// Who carries what the sequencer sends to the builder, and the answers, if anybody does.
    pub messenger: Option<Porter>,
    /// How the sequencer opens connections, made of how the network does.
    pub dial: fn(Dial) -> Dial,
}

impl Variant {
    /// The honest nodes.
    #[must_use]
    pub const fn honest() -> Self {
        Self {
            config: |planned, _| planned,
            sequencer: |_| gauntlet_sequencer::Parts::default(),
            door: |served| served,
            builder: gauntlet_builder::Parts::default,
            porter: None,
            messenger: None,
            dial: |of_network| of_network,
        }
    }

    /// The nodes as players.
    #[must_use]
    pub fn players(self) -> Players {
        Players {
            sequencer: Arc::new(HonestSequencer {
                config: self.config,
                parts: self.sequencer,
                messenger: self.messenger,
                door: self.door,
                dial: self.dial,
            }),
            builder: Arc::new(HonestBuilder {
                parts: self.builder,
                porter: self.porter,
            }),
        }
    }
}

impl fmt::Debug for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Variant")
    }
}

/// Our sequencer as a subject.
#[derive(Clone, Copy)]
pub struct HonestSequencer {
    config: fn(Config, &SequencerSetup) -> Config,
    parts: SequencerParts,
    messenger: Option<Porter>,
    door: fn(RpcModule<()>) -> RpcModule<()>,
    dial: fn(Dial) -> Dial,
}

impl Default for HonestSequencer {
    fn default() -> Self {
        let Variant {
            config,
            sequencer,
            door,
            dial,
            ..
        } = Variant::honest();
        Self {
            config,
            parts: sequencer,
            messenger: None,
            door,
            dial,
        }
    }
}

impl fmt::Debug for HonestSequencer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HonestSequencer")
    }
}

impl Subject for HonestSequencer {
    fn role(&self) -> Role {
        Role::Sequencer
    }

    fn is_ours(&self) -> bool {
        true
    }

    fn tells(&self) -> &'static [Evidence] {
        &[Evidence::Testimony, Evidence::Log]
    }

    fn start(&self, berth: Berth) -> BoxFuture<'static, io::Result<()>> {
        let Self {
            config,
            parts,
            messenger,
            door,
            dial,
        } = *self;
        async move {
            let Setup::Sequencer(setup) = berth.setup else {
                return Err(io::Error::other("a sequencer has the setup of one"));
            };
            let clock = Clock::showing(setup.elapsed);
            let witness = setup.witness.clone();
            // They end with this future.
            let mut tasks = JoinSet::new();
            let own = dial(berth.dial);
            let dial = match messenger {
                None => own,
                Some(messenger) => {
                    let endpoint = setup.builder_url.parse().map_err(io::Error::other)?;
                    let (dial, carried) = porter::send(own, endpoint, messenger);
                    tasks.spawn(async move {
                        carried.await;
                    });
                    dial
                }
            };
            let mut parts = parts(&setup);
            if setup.hindrances.exist() {
                parts.engine = Arc::new(Hindered(setup.hindrances.clone()));
            }
            let sequencer = Sequencer::new(gauntlet_sequencer::Setup {
                config: config(settings(&setup), &setup),
                parts,
                engine: Engine::new(setup.spec.clone(), setup.senders.clone()),
                l1: setup.l1.clone(),
                followers: vec![Arc::new(setup.follower.clone())],
                dial,
                tap: None,
                observer: gauntlet_sequencer::Observer::new(move |event| {
                    said::sequencer(&witness, event);
                }),
            })
            .map_err(io::Error::other)?;
            let (api, control) = (door(sequencer.api()), sequencer.control());
            setup.follower.opens(desk(api.clone()));
            let served = ServerConfig {
                cors: setup.cors,
                ..ServerConfig::default()
            };
            tasks.spawn(async move {
                serve(berth.door, api, served).await;
            });
            let operated = setup
                .operator
                .run(setup.elapsed, move |order| obey(control.clone(), order));
            tasks.spawn(operated);
            sequencer.run(clock).await;
            // It has no more slots to drive, and serves its users on.
            std::future::pending().await
        }
        .boxed()
    }
}

/// What answers at once is answered as users are; what takes a while is not waited for.
fn desk(api: RpcModule<()>) -> Desk {
    Box::new(move |request| {
        let (response, _) = api.raw_json_request(request, 1).now_or_never()?.ok()?;
        Some(response.get().to_owned())
    })
}

fn settings(setup: &SequencerSetup) -> Config {
    Config {
        block_time: setup.block_time,
        import_budget: setup.import_budget,
        slots: setup.slots,
        key: setup.key.clone(),
        builder: setup.builder.clone(),
        builder_engine_url: setup.builder_engine_url.clone(),
        builder_engine_jwt: setup.builder_engine_jwt.clone(),
        selection: setup.selection.into(),
        work: Work {
            build: setup.build,
            validate: setup.validate,
        },
        compute: setup.compute.clone(),
    }
}

impl From<SelectionPlan> for Selection {
    fn from(plan: SelectionPlan) -> Self {
        match plan {
            SelectionPlan::Builder => Self::Builder,
            SelectionPlan::Value => Self::Value,
            SelectionPlan::GasUsed => Self::GasUsed,
        }
    }
}

fn obey(control: Control, order: Order) -> BoxFuture<'static, ()> {
    async move {
        match order {
            // The URL is the one that the sequencer was set up with.
            Order::SetBuilder(builder) => {
                let _accepted = control.set_builder(builder).await;
            }
            Order::ReplaceHead => control.replace_head().await,
        }
    }
    .boxed()
}

impl Publish for Follower {
    fn publish(&self, block: &Arc<Payload>) {
        Follower::publish(self, block.to_v2(), block.parent_beacon_block_root);
    }
}

impl Publish for EngineFollower {
    fn publish(&self, block: &Arc<Payload>) {
        EngineFollower::publish(self, block.as_ref().into());
    }
}

impl From<&Payload> for PublishedBlock {
    fn from(block: &Payload) -> Self {
        Self {
            payload: Arc::new(block.to_v2()),
            parent_beacon_block_root: block.parent_beacon_block_root,
        }
    }
}

/// An engine that has those of these blocks that follow one another, parents first; the last is its
/// head.
fn engine_with(mut engine: Engine, blocks: &[PublishedBlock]) -> Engine {
    for block in blocks {
        let payload = Payload::from_wire(&block.payload, block.parent_beacon_block_root);
        if let PayloadVerdict::Valid(block) = engine.new_payload(&payload, &[]) {
            // A head that it does not take leaves it the one that it has.
            let _ = engine.fork_choice_updated(block.hash(), B256::ZERO, B256::ZERO);
        }
    }
    engine
}

/// Our builder as a subject.
#[derive(Clone, Copy)]
pub struct HonestBuilder {
    parts: BuilderParts,
    porter: Option<Porter>,
}

impl Default for HonestBuilder {
    fn default() -> Self {
        Self {
            parts: Variant::honest().builder,
            porter: None,
        }
    }
}

impl fmt::Debug for HonestBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HonestBuilder")
    }
}

impl Subject for HonestBuilder {
    fn role(&self) -> Role {
        Role::Builder
    }

    fn is_ours(&self) -> bool {
        true
    }

    fn tells(&self) -> &'static [Evidence] {
        &[Evidence::Testimony, Evidence::Log]
    }

    fn start(&self, berth: Berth) -> BoxFuture<'static, io::Result<()>> {
        let Self { parts, porter } = *self;
        async move {
            let Setup::Builder(setup) = berth.setup else {
                return Err(io::Error::other("a builder has the setup of one"));
            };
            let BuilderSetup {
                spec,
                pubkey,
                sequencer,
                engine_jwt,
                build,
                compute,
                blocks,
                witness,
                senders,
                ..
            } = *setup;
            let builder = Builder::new(
                gauntlet_builder::Config {
                    pubkey,
                    sequencer,
                    build,
                    compute,
                },
                parts(),
                engine_with(Engine::new(spec, senders), &blocks),
                gauntlet_builder::Observer::new(move |event| said::builder(&witness, event)),
            );
            let scope = AuthScope::EngineMethods;
            let config = ServerConfig {
                auth: engine_jwt.map(|jwt| Auth { jwt, scope }),
                ..ServerConfig::default()
            };
            let Some(porter) = porter else {
                return Err(serve(berth.door, builder.api(), config).await);
            };
            let (door, lets_in) = porter::put(berth.door, porter);
            tokio::select! {
                biased;
                error = serve(door, builder.api(), config) => Err(error),
                error = lets_in => Err(error),
            }
        }
        .boxed()
    }
}
