//! The builder's process.

use std::pin::pin;
use std::time::Duration;

use alloy_primitives::Address;
use gauntlet_builder::{Builder, Config, Observer, Parts};
use gauntlet_engine::{ChainSpec, Engine, Senders};
use gauntlet_node::Compute;
use gauntlet_rpc::{Auth, AuthScope, Jwt};
use tokio::task::JoinSet;
use tracing::info;

use super::NodeError;
use super::doors::{Behind, Door, pages};
use super::health::Health;
use super::notes::Notes;

/// How a builder's process is set up.
#[derive(Clone, Debug)]
pub struct BuilderNode {
    /// The genesis of the chain, in geth's format.
    pub genesis: String,
    /// Where it listens for the sequencer.
    pub listen: String,
    /// Where it serves `engine_*`, if not there.
    pub engine_listen: Option<String>,
    /// Where it shows its health and its numbers, if not at `listen`.
    pub metrics_listen: Option<String>,
    /// The secret of whoever may call `engine_*`.
    pub jwt: Jwt,
    /// The address that stands in its responses.
    pub pubkey: Address,
    /// The sequencer whose requests it answers.
    pub sequencer: Address,
    /// How many blocks behind the head it keeps.
    pub retained_blocks: u64,
    /// After how long without a new head it is not well any more.
    pub stale_after: Duration,
}

/// The block time that it fills its blocks for: nobody tells a builder how long slots are, and what
/// suits one second leaves shorter slots several rounds.
const PACE: Duration = Duration::from_secs(1);

/// Runs a builder until it is told to stop.
///
/// # Errors
///
/// [`NodeError`].
pub async fn run_builder(
    node: BuilderNode,
    stop: impl Future<Output = ()>,
) -> Result<(), NodeError> {
    let spec = ChainSpec::from_genesis_json(&node.genesis)?;
    let genesis = spec.genesis().hash();
    let engine =
        Engine::new(spec.into(), Senders::default()).with_retained_blocks(node.retained_blocks);
    let health = Health::new("was told of no head yet", "follows", node.stale_after);
    let notes = Notes::of_builder(health);
    let observed = notes.clone();
    let config = Config {
        pubkey: node.pubkey,
        sequencer: node.sequencer,
        build: Duration::ZERO,
        compute: Compute::real(PACE),
    };
    let observer = Observer::new(move |event| observed.builder(&event));
    let builder = Builder::new(config, Parts::default(), engine, observer);

    let door = Door::open("builder", &node.listen).await?;
    let mut tasks = JoinSet::new();
    let mut engine_at = door.address.clone();
    let mut methods = builder.api();
    if let Some(address) = &node.engine_listen {
        let door = Door::open("engine", address).await?;
        engine_at.clone_from(&door.address);
        let mut engine_methods = builder.api();
        let names: Vec<&'static str> = methods.method_names().collect();
        for name in names {
            match name.starts_with("builder_") {
                true => engine_methods.remove_method(name),
                false => methods.remove_method(name),
            };
        }
        let auth = Some(Auth {
            jwt: node.jwt.clone(),
            scope: AuthScope::EveryRequest,
        });
        let behind = Behind {
            auth,
            ..Behind::default()
        };
        tasks.spawn(door.serve(engine_methods, behind, &notes));
    }
    if let Some(address) = &node.metrics_listen {
        let door = Door::open("metrics", address).await?;
        info!(url = %format!("http://{}", door.address), "shows /healthz and /metrics");
        let behind = Behind {
            pages: pages(&notes),
            ..Behind::default()
        };
        tasks.spawn(door.serve(gauntlet_rpc::RpcModule::new(()), behind, &notes));
    }
    info!(
        url = %format!("http://{}", door.address),
        engine = %format!("http://{engine_at}"),
        pubkey = %node.pubkey,
        sequencer = %node.sequencer,
        %genesis,
        "a builder listens"
    );
    let behind = Behind {
        auth: Some(Auth {
            jwt: node.jwt,
            scope: AuthScope::EngineMethods,
        }),
        pages: pages(&notes),
        ..Behind::default()
    };
    tasks.spawn(door.serve(methods, behind, &notes));
    let mut stop = pin!(stop);
    tokio::select! {
        biased;
        () = &mut stop => {
            info!("told to stop");
            Ok(())
        }
        Some(ended) = tasks.join_next() => Err(ended?.into()),
    }
}
