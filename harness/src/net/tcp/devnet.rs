//! A devnet: the players of a plan that nothing befalls, on loopback, in real time.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use gauntlet_engine::GenesisError;
use gauntlet_rpc::{EndpointError, TcpAcceptor, tcp_dial};
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;

use super::{Settings, Unstamped};
use crate::chain;
use crate::trace::{Clock, Entry, Evidence, PublicKeys, Recorder, Trace};
use crate::world::{Places, Players, UsersError, World};

/// Where the nodes listen: on any free port of the loopback address.
const LOOPBACK: &str = "127.0.0.1:0";

/// Within so much of a bound nothing is concluded on a real clock, unless it is calibrated.
const GUARD: Duration = Duration::from_millis(25);

/// How long what is under way may take when a devnet has made its last slot: as long as all attempts
/// to forward a transaction.
const LAST_WORDS: Duration = Duration::from_millis(1500);

/// Why a devnet does not run, or not to its end.
#[derive(Debug, Error)]
pub enum DevnetError {
    /// Its chain cannot be.
    #[error("the chain")]
    Genesis(#[from] GenesisError),
    /// A node cannot listen, or does no longer.
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

/// Runs a devnet until its slots are over or it is told to stop, and tells each event as it is
/// heard, and first of all the trace that it belongs to, without events. Runs in real time, on a
/// runtime of several threads.
///
/// # Errors
///
/// [`DevnetError`]; what is wrong with blocks is in the trace and no error.
pub async fn devnet(
    settings: &Settings,
    players: Players,
    stop: impl Future<Output = ()>,
    begin: impl FnOnce(&Trace),
    mut tell: impl FnMut(&Entry),
) -> Result<Trace, DevnetError> {
    let mut plan = settings.plan();
    plan.chain.gas_limit = chain::gas_limit_of(&settings.genesis)?;
    let plan = Arc::new(plan);
    let spec = chain::spec_of(&settings.genesis, &plan)?;
    let users_door = TcpAcceptor::bind(LOOPBACK).await?;
    let proxy_door = TcpAcceptor::bind(LOOPBACK).await?;
    let builder_door = TcpAcceptor::bind(LOOPBACK).await?;
    let places = Places {
        sequencer: format!("http://{}", users_door.local_addr()?),
        proxy: format!("http://{}", proxy_door.local_addr()?),
        builder: format!("http://{}", builder_door.local_addr()?),
    };
    let began = Instant::now();
    let (heard, mut news) = mpsc::unbounded_channel();
    let recorder = Recorder::new(move || micros(began.elapsed())).told_to(move |entry| {
        // Nobody listens any more once the run is over.
        let _unheard = heard.send(entry.clone());
    });
    // Of a node's process nothing is seen but what it does.
    let shown = Evidence::ALL
        .into_iter()
        .filter(|it| *it != Evidence::Panics);
    let holds = players.evidence(shown).collect();
    let world = World::new(
        plan.clone(),
        settings.genesis.as_str().into(),
        spec.clone(),
        places,
        players,
        recorder,
    );
    let mut trace = Trace {
        plan: plan.clone(),
        keys: PublicKeys::from(&world.keys),
        clock: Clock::Real {
            guard_us: micros(GUARD),
        },
        holds,
        genesis: settings.genesis.as_str().into(),
        spec,
        senders: world.senders().clone(),
        entries: Vec::new(),
        ended_us: 0,
    };
    begin(&trace);

    let mut tasks: JoinSet<Result<(), DevnetError>> = JoinSet::new();
    let builder = world.builder(Box::new(builder_door), tcp_dial());
    tasks.spawn(async move { Ok(builder.await?) });
    let proxy = world.proxy(Unstamped(proxy_door), tcp_dial())?;
    tasks.spawn(async move { Err(proxy.await.into()) });
    let sequencer = world.sequencer(Box::new(users_door), tcp_dial(), began.elapsed());
    tasks.spawn(async move { Ok(sequencer.await?) });
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

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

fn u32_of(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
