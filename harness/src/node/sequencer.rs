//! The sequencer's process.

use std::io;
use std::path::PathBuf;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use alloy_primitives::Address;
use gauntlet_engine::{ChainSpec, Engine, Payload, Senders};
use gauntlet_node::Compute;
use gauntlet_protocol::{BuilderTuple, SecretKey};
use gauntlet_rpc::{
    Client, ClientConfig, Cors, Dial, Jwt, RpcModule, Trust, tcp_dial, tcp_dial_trusting,
};
use gauntlet_sequencer::{Clock, Config, Observer, Parts, Publish, Sequencer, Setup, Work};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};
use tracing::{error, info, warn};

use super::NodeError;
use super::doors::{Behind, Door, pages};
use super::health::Health;
use super::notes::Notes;
use super::restore::{Restored, Source, restore};
use super::transcript::Transcript;
use super::wall;
use super::wire::{endpoint, tapped};
use crate::chain::PlannedL1;
use crate::net::tcp::{BlockTime, GUARD};
use crate::plan::{ChainPlan, Plan, SelectionPlan, SequencerPlan, SlotPlan, TrafficPlan};
use crate::trace::{
    Clock as TraceClock, Evidence, FollowerNews, Host, PublicKeys, Recorder, Trace, What,
};
use crate::world::{EngineClientConfig, EngineFollower, Follower, Witness, said};

/// How long what is under way may take when the last slot is over: as long as all attempts to
/// forward a transaction.
const LAST_WORDS: Duration = Duration::from_millis(1500);

/// Of how many slots a transcript says what was planned, if there is no end: as many as a plan can
/// have.
const MAX_PLANNED_SLOTS: u32 = 100_000;

/// How a sequencer's process is set up.
#[derive(Clone, Debug)]
pub struct SequencerNode {
    /// The genesis of the chain, in geth's format.
    pub genesis: String,
    /// Where it listens for users.
    pub listen: String,
    /// Where it shows its health and its numbers, if not there.
    pub metrics_listen: Option<String>,
    /// The key that signs payload requests.
    pub key: SecretKey,
    /// The builder, if there is one.
    pub builder: Option<BuilderPlace>,
    /// The execution clients that follow it.
    pub followers: Vec<FollowerPlace>,
    /// The time between two blocks.
    pub block_time: BlockTime,
    /// Which block is taken when both are valid.
    pub selection: SelectionPlan,
    /// After how many slots it stops, if it does.
    pub slots: Option<u32>,
    /// How it begins.
    pub start: Start,
    /// How many blocks behind the head it keeps.
    pub retained_blocks: u64,
    /// Where it writes what happens, if it does.
    pub transcript: Option<PathBuf>,
}

/// A builder, and the way to it.
#[derive(Clone, Debug)]
pub struct BuilderPlace {
    /// Where it serves the Builder API.
    pub url: String,
    /// Its address.
    pub pubkey: Address,
    /// Where it serves `engine_*`, if not there.
    pub engine_url: Option<String>,
    /// The secret of `engine_*`.
    pub jwt: Jwt,
    /// Whose certificates are good, where its URL begins with `https`.
    pub trust: Trust,
}

/// An execution client that follows.
#[derive(Clone, Debug)]
pub struct FollowerPlace {
    /// Its engine port.
    pub url: String,
    /// The secret there.
    pub jwt: Jwt,
}

/// How a sequencer begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// With the first block of a new chain.
    NewChain,
    /// With the chain that its builder or a follower has, if it gets it in this time.
    Restored(Duration),
}

impl SequencerNode {
    /// What a transcript says that was planned: nothing befalls it.
    fn plan(&self, gas_limit: u64) -> Plan {
        let block_time_ms = self.block_time.as_millis();
        let slots = self
            .slots
            .unwrap_or(MAX_PLANNED_SLOTS)
            .min(MAX_PLANNED_SLOTS);
        Plan {
            title: "A sequencer's process".to_owned(),
            chain: ChainPlan {
                block_time_ms,
                gas_limit,
                ..ChainPlan::default()
            },
            traffic: TrafficPlan {
                transactions_per_slot: 0,
                ..TrafficPlan::default()
            },
            sequencer: SequencerPlan {
                builder_pubkey: self.builder.is_some(),
                builder_url: self.builder.is_some(),
                selection: self.selection,
                ..SequencerPlan::for_block_time(block_time_ms)
            },
            slots: vec![SlotPlan::default(); usize::try_from(slots).unwrap_or_default()],
            ..Plan::default()
        }
    }

    /// Who may have its chain.
    fn sources(&self) -> Result<Vec<Source>, NodeError> {
        let source = |name: String, url: &str, jwt: &Jwt, dial: Dial| {
            let config = ClientConfig {
                jwt: Some(jwt.clone()),
                ..ClientConfig::new(name.clone(), endpoint(url)?, dial)
            };
            Ok(Source {
                name,
                client: Client::new(config),
            })
        };
        let builder = self.builder.iter().map(|builder| {
            let url = builder.engine_url.as_ref().unwrap_or(&builder.url);
            let dial = tcp_dial_trusting(&builder.trust);
            source(format!("the builder at {url}"), url, &builder.jwt, dial)
        });
        let followers = self.followers.iter().map(|follower| {
            let url = &follower.url;
            let name = format!("the follower at {url}");
            source(name, url, &follower.jwt, tcp_dial())
        });
        builder.chain(followers).collect()
    }
}

/// Runs a sequencer until its slots are over or it is told to stop.
///
/// # Errors
///
/// [`NodeError`].
pub async fn run_sequencer(
    node: SequencerNode,
    stop: impl Future<Output = ()>,
) -> Result<(), NodeError> {
    let mut stop = pin!(stop);
    let spec = Arc::new(ChainSpec::from_genesis_json(&node.genesis)?);
    let block_time = Duration::from_millis(node.block_time.as_millis());
    let health = Health::new("has published no block yet", "published", block_time * 2);
    let notes = Notes::of_sequencer(health);
    let door = Door::open("users", &node.listen).await?;
    let mut tasks = JoinSet::new();
    if let Some(address) = &node.metrics_listen {
        let door = Door::open("metrics", address).await?;
        info!(url = %format!("http://{}", door.address), "shows /healthz and /metrics");
        tasks.spawn(door.serve(RpcModule::new(()), showing(&notes), &notes));
    }
    info!(
        url = %format!("http://{}", door.address),
        chain = spec.chain_id(),
        genesis = %spec.genesis().hash(),
        address = %node.key.address(),
        "a sequencer listens"
    );
    let Some(restored) = begin(&node, &spec, &door, &notes, stop.as_mut()).await? else {
        return Ok(());
    };
    let began = wall::next_slot(block_time);
    let run = Run::of(&node, spec, &restored.blocks, began)?;
    let mut followers: Vec<Arc<dyn Publish>> = vec![Arc::new(Follower::new(run.recorder.clone()))];
    for follower in &node.followers {
        let config = EngineClientConfig {
            endpoint: endpoint(&follower.url)?,
            jwt: follower.jwt.clone(),
            dial: tcp_dial(),
        };
        let follower = EngineFollower::new(config, run.recorder.clone());
        for block in &restored.blocks {
            follower.publish(block.into());
        }
        let following = follower.clone();
        tasks.spawn(async move {
            following.run().await;
            io::Error::other("a follower is not handed blocks any more")
        });
        followers.push(Arc::new(follower));
    }
    let engine = restored.engine;
    let sequencer = sequencer(&node, &run, engine, followers, &notes, &mut tasks)?;
    let behind = Behind {
        cors: Cors::AnyOrigin,
        ..showing(&notes)
    };
    tasks.spawn(door.serve(sequencer.api(), behind, &notes));
    // Slots count on from the head: what no sequencer was there for is not made up for.
    let before = block_time * u32::try_from(restored.blocks.len()).unwrap_or(u32::MAX);
    let mut driving = tokio::spawn(async move {
        sleep_until(began).await;
        sequencer
            .run(Clock::showing(before + began.elapsed()))
            .await;
        sleep(LAST_WORDS).await;
    });
    let ended = tokio::select! {
        biased;
        () = &mut stop => {
            info!("told to stop");
            Ok(())
        }
        driven = &mut driving => driven.map_err(NodeError::from),
        Some(ended) = tasks.join_next() => match ended {
            Ok(error) => Err(error.into()),
            Err(error) => Err(error.into()),
        },
    };
    driving.abort();
    tasks.shutdown().await;
    if let Some(transcript) = &run.transcript {
        transcript
            .end(run.recorder.now_us())
            .map_err(NodeError::Transcript)?;
    }
    ended
}

/// Gets the chain that the sequencer is to go on with; nothing if it is told to stop meanwhile.
async fn begin(
    node: &SequencerNode,
    spec: &Arc<ChainSpec>,
    door: &Door,
    notes: &Notes,
    stop: Pin<&mut impl Future<Output = ()>>,
) -> Result<Option<Restored>, NodeError> {
    let engine =
        Engine::new(spec.clone(), Senders::default()).with_retained_blocks(node.retained_blocks);
    let within = match node.start {
        Start::NewChain => {
            warn!("begins a new chain, as it was told");
            return Ok(Some(Restored {
                engine,
                blocks: Vec::new(),
            }));
        }
        Start::Restored(within) => within,
    };
    notes.health.begins("is getting its chain back");
    let sources = node.sources()?;
    let serving = door.serve(RpcModule::new(()), showing(notes), notes);
    let restored = tokio::select! {
        biased;
        () = stop => return Ok(None),
        error = serving => return Err(error.into()),
        restored = restore(&engine, &sources, within) => restored?,
    };
    notes
        .health
        .begins("has published no block since it is back");
    Ok(Some(restored))
}

fn showing(notes: &Notes) -> Behind {
    Behind {
        pages: pages(notes),
        ..Behind::default()
    }
}

/// What a run is told by and written to.
struct Run {
    plan: Arc<Plan>,
    spec: Arc<ChainSpec>,
    recorder: Recorder,
    transcript: Option<Transcript>,
}

impl Run {
    /// A run that goes on from these blocks; its time begins with its first slot.
    fn of(
        node: &SequencerNode,
        spec: Arc<ChainSpec>,
        restored: &[Payload],
        began: Instant,
    ) -> Result<Self, NodeError> {
        let plan = Arc::new(node.plan(spec.genesis().header().gas_limit));
        let shown = |it: &Evidence| !matches!(it, Evidence::Panics | Evidence::Users);
        let trace = Trace {
            plan: plan.clone(),
            keys: PublicKeys {
                sequencer: node.key.address(),
                builder: node.builder.as_ref().map_or(Address::ZERO, |it| it.pubkey),
            },
            clock: TraceClock::Real {
                guard_us: u64::try_from(GUARD.as_micros()).expect("the guard band is short"),
            },
            holds: Evidence::ALL.into_iter().filter(shown).collect(),
            genesis: node.genesis.as_str().into(),
            spec: spec.clone(),
            senders: Senders::default(),
            entries: Vec::new(),
            ended_us: 0,
        };
        let transcript = node
            .transcript
            .as_ref()
            .map(|folder| Transcript::begin(folder, &trace.head()))
            .transpose()
            .map_err(NodeError::Transcript)?;
        let (writes, now) = (transcript.clone(), move || {
            let since = Instant::now().saturating_duration_since(began);
            u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
        });
        let recorder = Recorder::new(now).told_to(move |entry| {
            if let What::Followed(followed) = &entry.what {
                tell(&followed.client, &followed.news);
            }
            if let Some(transcript) = &writes {
                transcript.entry(entry);
            }
        });
        for block in restored {
            recorder.record_at(0, Host::Sequencer, What::Restored(block.into()));
        }
        Ok(Self {
            plan,
            spec,
            recorder,
            transcript,
        })
    }
}

/// Tells what a follower says of blocks.
fn tell(client: &str, news: &FollowerNews) {
    match news {
        FollowerNews::Valid { .. } => {}
        FollowerNews::Invalid {
            number,
            hash,
            reason,
        } => error!(client, number, %hash, %reason, "a follower finds a block invalid"),
        FollowerNews::Away { cause } => warn!(client, %cause, "a follower does not answer"),
        FollowerNews::Lacks { parent } => {
            warn!(client, %parent, "a follower lacks a block that is not kept any more");
        }
    }
}

/// Makes the sequencer, and the way to its builder.
fn sequencer(
    node: &SequencerNode,
    run: &Run,
    engine: Engine,
    followers: Vec<Arc<dyn Publish>>,
    notes: &Notes,
    tasks: &mut JoinSet<io::Error>,
) -> Result<Sequencer, NodeError> {
    let mut dial = match &node.builder {
        Some(place) => tcp_dial_trusting(&place.trust),
        None => tcp_dial(),
    };
    if let (Some(place), Some(_)) = (&node.builder, &run.transcript) {
        let urls = [Some(&place.url), place.engine_url.as_ref()];
        let endpoints = urls.into_iter().flatten().map(|url| endpoint(url));
        let endpoints: Vec<_> = endpoints.collect::<Result<_, _>>()?;
        let tapped = tapped(&run.recorder, &dial, endpoints);
        dial = tapped.dial;
        for proxy in tapped.proxies {
            tasks.spawn(proxy);
        }
    }
    let place = node.builder.as_ref();
    let builder = place.and_then(|it| BuilderTuple::of(Some(it.pubkey), Some(it.url.clone())));
    let witness = Witness::new(Host::Sequencer, run.recorder.clone());
    let observed = notes.clone();
    let budget_ms = run.plan.sequencer.import_budget_ms;
    let restored = engine.head().number();
    let setup = Setup {
        config: Config {
            block_time: Duration::from_millis(node.block_time.as_millis()),
            import_budget: Duration::from_millis(budget_ms),
            slots: node.slots.map(|slots| restored + u64::from(slots)),
            key: node.key.clone(),
            builder,
            builder_engine_url: place.and_then(|it| it.engine_url.clone()),
            builder_engine_jwt: place.map(|it| it.jwt.clone()),
            selection: node.selection.into(),
            work: Work::default(),
            compute: Compute::real(Duration::from_millis(node.block_time.as_millis())),
        },
        parts: Parts::default(),
        engine,
        l1: Arc::new(PlannedL1::new(run.plan.clone(), run.spec.clone())),
        followers,
        dial,
        tap: Some(notes.metrics.tap()),
        observer: Observer::new(move |event| {
            observed.sequencer(&event);
            said::sequencer(&witness, event);
        }),
    };
    Ok(Sequencer::new(setup)?)
}
