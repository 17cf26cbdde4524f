//! A devnet: the players of a plan that nothing befalls, on loopback, in real time.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use alloy_primitives::{Address, B256};
use gauntlet_engine::{ChainSpec, Engine, GenesisError, Senders};
use gauntlet_rpc::{EndpointError, tcp_dial};
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;

use super::doors::Doors;
use super::{ClientSettings, Settings};
use crate::chain::{self, Keys};
use crate::plan::Plan;
use crate::trace::{Clock, Entry, Evidence, PublicKeys, Recorder, Trace, What};
use crate::world::{
    EngineClientConfig, EngineFollower, Players, RemoteBuilder, Terms, UsersError, World,
};

/// How many users send what the plan says; the others, of those that genesis has, are left to
/// whoever runs the devnet, so that nonces do not collide.
const OWN_USERS: u64 = 10;

/// Within so much of a bound nothing is concluded on a real clock, unless it is calibrated.
pub(crate) const GUARD: Duration = Duration::from_millis(25);

/// How long what is under way may take when a devnet has made its last slot: as long as all attempts
/// to forward a transaction.
const LAST_WORDS: Duration = Duration::from_millis(1500);

/// Why a devnet does not run, or not to its end.
#[derive(Debug, Error)]
pub enum DevnetError {
    /// Its chain cannot be.
    #[error("the chain")]
    Genesis(#[from] GenesisError),
    /// A node cannot listen where it is to.
    #[error("port {port} of the loopback address")]
    Door {
        /// The port.
        port: u16,
        /// Why not.
        source: io::Error,
    },
    /// A node does not listen any longer.
    #[error("the loopback network")]
    Network(#[from] io::Error),
    /// A place cannot be used as a URL.
    #[error("the loopback network")]
    Place(#[from] EndpointError),
    /// The users can send nothing.
    #[error("the users")]
    Users(#[from] UsersError),
    /// A node panicked.
    #[error("a node broke")]
    Broke(#[from] JoinError),
}

/// Where a devnet that begins is reached, and by whom.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The chain's id.
    pub chain_id: u64,
    /// The URL at which users are served.
    pub users: String,
    /// The builder's URL.
    pub builder: String,
    /// The URL at which the builder takes messages of the Engine API.
    pub engine: String,
    /// Who is who.
    pub keys: Keys,
    /// The keys, with their addresses, that nobody uses but whoever started the devnet, of those
    /// that have a balance in its genesis.
    pub funded: Vec<(B256, Address)>,
}

/// What is played on real sockets, and by whom.
#[derive(Clone, Debug)]
pub struct Script {
    /// The plan. What befalls links, and what somebody else sends, happens there too; hosts cannot
    /// die there.
    pub plan: Plan,
    /// Who is who.
    pub keys: Keys,
    /// Within so much of a bound nothing is concluded.
    pub guard: Duration,
}

impl Script {
    /// That of a devnet: slots in which nothing goes wrong.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        let mut keys = Keys::default();
        if let Some(pubkey) = settings.builder.as_ref().and_then(|remote| remote.pubkey) {
            keys.builder = pubkey;
        }
        Self {
            plan: settings.plan(),
            keys,
            guard: GUARD,
        }
    }
}

/// Runs a devnet until its slots are over or it is told to stop, and tells each event as it is
/// heard, and first of all where it is reached and the trace that it belongs to, without events.
/// Runs in real time, on a runtime of several threads; each node has threads of its own.
///
/// # Errors
///
/// [`DevnetError`]; what is wrong with blocks is in the trace and no error.
pub async fn devnet(
    settings: &Settings,
    players: Players,
    stop: impl Future<Output = ()>,
    begin: impl FnOnce(&Opened, &Trace),
    tell: impl FnMut(&Entry),
) -> Result<Trace, DevnetError> {
    play(Script::of(settings), settings, players, stop, begin, tell).await
}

/// Plays a script as [`devnet`] does, where the settings say. How many slots there are, and what is
/// in them, says the script.
///
/// # Errors
///
/// [`DevnetError`]; what is wrong with blocks is in the trace and no error.
pub async fn play(
    script: Script,
    settings: &Settings,
    players: Players,
    stop: impl Future<Output = ()>,
    begin: impl FnOnce(&Opened, &Trace),
    mut tell: impl FnMut(&Entry),
) -> Result<Trace, DevnetError> {
    let Script {
        mut plan,
        keys,
        guard,
    } = script;
    plan.chain.gas_limit = chain::gas_limit_of(&settings.genesis)?;
    let plan = Arc::new(plan);
    let spec = chain::spec_of(&settings.genesis, &plan)?;
    let doors = Doors::open(settings).await?;
    let players = match settings.builder {
        Some(_) => Players {
            builder: Arc::new(RemoteBuilder),
            ..players
        },
        None => players,
    };
    let opened = Opened {
        chain_id: spec.chain_id(),
        users: doors.places.sequencer.clone(),
        builder: doors.places.builder.clone(),
        engine: match &doors.places.engine {
            Some(engine) => engine.builder.clone(),
            None => doors.places.builder.clone(),
        },
        keys: keys.clone(),
        funded: funded(&spec),
    };
    let began = Instant::now();
    let (heard, mut news) = mpsc::unbounded_channel();
    let recorder = Recorder::new(move || micros(began.elapsed())).told_to(move |entry| {
        // Nobody listens any more once the run is over.
        let _unheard = heard.send(entry.clone());
    });
    let follower = |client: &ClientSettings| {
        let config = EngineClientConfig {
            endpoint: client.url.clone(),
            jwt: client.jwt.clone(),
            dial: tcp_dial(),
        };
        EngineFollower::new(config, recorder.clone())
    };
    let followers: Vec<_> = settings.followers.iter().map(follower).collect();
    // Of a node's process nothing is seen but what it does.
    let shown = Evidence::ALL
        .into_iter()
        .filter(|it| *it != Evidence::Panics);
    let holds = players.evidence(shown).collect();
    let world = World::new(
        plan.clone(),
        settings.genesis.as_str().into(),
        spec.clone(),
        doors.places.clone(),
        players,
        recorder.clone(),
        Terms {
            keys,
            engine_jwt: settings.engine_jwt.clone(),
            users: OWN_USERS,
            is_remote: settings.builder.is_some(),
        },
    );
    let mut trace = Trace {
        plan: plan.clone(),
        keys: PublicKeys::from(&world.terms.keys),
        clock: Clock::Real {
            guard_us: micros(guard),
        },
        holds,
        genesis: settings.genesis.as_str().into(),
        spec,
        senders: world.senders().clone(),
        entries: Vec::new(),
        ended_us: 0,
    };
    begin(&opened, &trace);

    let mut tasks: JoinSet<Result<(), DevnetError>> = JoinSet::new();
    for follower in &followers {
        let running = follower.clone().run();
        tasks.spawn(async move {
            running.await;
            Ok(())
        });
    }
    doors.start(&world, began, &mut tasks)?;
    let users = world.users().run(tcp_dial(), began.elapsed());
    tasks.spawn(async move { Ok(users.await?) });

    let all_slots = Duration::from_millis(plan.chain.block_time_ms) * u32_of(plan.slots.len());
    let mut stop = pin!(stop);
    let mut over = pin!(tokio::time::sleep(all_slots + LAST_WORDS));
    let ended_us = loop {
        tokio::select! {
            biased;
            () = &mut stop => break micros(began.elapsed()),
            Some(entry) = news.recv() => {
                if let What::Published(block) = &entry.what {
                    followers.iter().for_each(|follower| follower.publish(block.clone()));
                }
                tell(&entry);
                trace.entries.push(entry);
            }
            () = &mut over => break micros(began.elapsed()),
            Some(ended) = tasks.join_next() => ended??,
        }
    };
    tasks.shutdown().await;
    while let Ok(entry) = news.try_recv() {
        if entry.at_us <= ended_us {
            tell(&entry);
            trace.entries.push(entry);
        }
    }
    trace.ended_us = ended_us;
    trace.sort();
    Ok(trace)
}

/// The keys that are left to whoever runs a devnet, as far as its genesis has them.
fn funded(spec: &Arc<ChainSpec>) -> Vec<(B256, Address)> {
    let engine = Engine::new(spec.clone(), Senders::default());
    let has_balance = |address| {
        let account = engine.account(address);
        account.is_some_and(|account| !account.balance.is_zero())
    };
    (OWN_USERS + 1..=chain::USERS)
        .map(chain::known_key)
        .filter(|(_, address)| has_balance(*address))
        .collect()
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

fn u32_of(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
