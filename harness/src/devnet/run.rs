//! The nodes, from their first slot to the end.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use gauntlet_engine::GenesisError;
use gauntlet_rpc::{ServerConfig, TcpAcceptor, serve, tcp_dial};
use gauntlet_sequencer::{Clock, ConfigError};
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinSet};

use super::ledger::Ledger;
use super::{Block, Settings, Summary};
use crate::chain;
use crate::trace::{Host, Recorder, What};
use crate::world::{Cast, Nodes, Places, UsersError, run_users};

/// Where the nodes listen: on any free port of the loopback address.
const LOOPBACK: &str = "127.0.0.1:0";

/// Why a devnet does not run, or not to its end.
#[derive(Debug, Error)]
pub enum DevnetError {
    /// Its chain cannot be.
    #[error("the chain")]
    Genesis(#[from] GenesisError),
    /// Its sequencer cannot be.
    #[error("the sequencer")]
    Config(#[from] ConfigError),
    /// A node cannot listen, or does no longer.
    #[error("the loopback network")]
    Network(#[from] io::Error),
    /// The users can send nothing.
    #[error("the users")]
    Users(#[from] UsersError),
    /// A node panicked.
    #[error("a node broke")]
    Broke(#[from] JoinError),
}

/// Runs a devnet until its slots are over or it is told to stop, and tells each block as it is
/// published. Runs in real time, on a runtime of several threads.
///
/// # Errors
///
/// [`DevnetError`]; what is wrong with blocks is in the summary and no error.
pub async fn run(
    settings: &Settings,
    stop: impl Future<Output = ()>,
    mut tell: impl FnMut(&Block),
) -> Result<Summary, DevnetError> {
    let plan = Arc::new(settings.plan());
    let spec = chain::spec_of(&settings.genesis, &plan)?;
    let sequencer_door = TcpAcceptor::bind(LOOPBACK).await?;
    let builder_door = TcpAcceptor::bind(LOOPBACK).await?;
    let places = Places {
        sequencer: format!("http://{}", sequencer_door.local_addr()?),
        builder: format!("http://{}", builder_door.local_addr()?),
    };
    let clock = Clock::showing(Duration::ZERO);
    let (heard, mut news) = mpsc::unbounded_channel();
    let recorder = Recorder::new(move || micros(clock)).told_to(move |entry| {
        if let What::Sequencer(_) = &entry.what {
            // Nobody listens any more once the run is over.
            let _unheard = heard.send(entry.clone());
        }
    });
    let nodes = Nodes::new(plan, spec.clone(), places, Cast::honest(), recorder);
    let mut ledger = Ledger::new(spec, settings.block_time);

    let builder = nodes.builder();
    let builder_server = ServerConfig {
        tap: Some(nodes.recorder.tap(Host::Builder)),
        ..ServerConfig::default()
    };
    let sequencer = nodes.sequencer(tcp_dial())?;
    let mut tasks: JoinSet<Result<(), DevnetError>> = JoinSet::new();
    let served = serve(builder_door, builder.api(), builder_server);
    tasks.spawn(async { Err(served.await.into()) });
    let served = serve(sequencer_door, sequencer.api(), nodes.sequencer_server());
    tasks.spawn(async { Err(served.await.into()) });
    let users = nodes.clone();
    tasks.spawn(async move { Ok(run_users(&users, tcp_dial(), clock).await?) });
    let mut driver = tokio::spawn(sequencer.run(clock));

    let mut stop = pin!(stop);
    let stopped = loop {
        tokio::select! {
            biased;
            () = &mut stop => break true,
            Some(entry) = news.recv() => {
                if let Some(block) = ledger.note(&entry) {
                    tell(&block);
                    nodes.recorder.forget();
                }
            }
            ended = &mut driver => {
                ended?;
                break false;
            }
            Some(ended) = tasks.join_next() => ended??,
        }
    };
    driver.abort();
    while let Ok(entry) = news.try_recv() {
        if let Some(block) = ledger.note(&entry) {
            tell(&block);
        }
    }
    let slots = nodes.plan.slots.len() as u64;
    Ok(ledger.close((!stopped).then_some(slots), clock.elapsed()))
}

fn micros(clock: Clock) -> u64 {
    u64::try_from(clock.elapsed().as_micros()).unwrap_or(u64::MAX)
}
