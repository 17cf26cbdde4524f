//! What runs on the hosts of a simulation.

use std::error::Error;
use std::time::Duration;

use gauntlet_rpc::{ServerConfig, serve};
use gauntlet_sequencer::{Clock, ConfigError};

use super::line::{Network, software};
use crate::trace::Host;
use crate::world::adversary::Memory;
use crate::world::proxy::{Behind, Numbers, inner, run_proxy};
use crate::world::{BUILDER_PORT, Nodes, SEQUENCER_PORT, operate, run_users};

/// Why a host's software ends.
type Failed = Box<dyn Error + Send + Sync>;

/// The hosts of one simulation.
#[derive(Clone, Debug)]
pub(super) struct Hosts {
    pub(super) nodes: Nodes,
    pub(super) network: Network,
    pub(super) memory: Memory,
    pub(super) numbers: Numbers,
}

impl Hosts {
    /// Puts the hosts into the simulation.
    ///
    /// # Errors
    ///
    /// The sequencer cannot be set up as the plan says.
    pub(super) fn enter(self, sim: &mut turmoil::Sim<'_>) -> Result<(), ConfigError> {
        // Looked at here so that it does not fail in the midst of the run.
        let _checked = self
            .nodes
            .sequencer(self.network.dial(Host::Sequencer.name()))?;
        let hosts = self.clone();
        sim.host(Host::Builder.name(), move || {
            software(hosts.clone().builder())
        });
        let hosts = self.clone();
        sim.host(Host::Sequencer.name(), move || {
            software(hosts.clone().sequencer())
        });
        sim.host(Host::Users.name(), move || software(self.clone().users()));
        Ok(())
    }

    async fn builder(self) -> Result<(), Failed> {
        let door = self.network.acceptor(Host::Builder.name(), BUILDER_PORT)?;
        let builder = self.nodes.builder();
        let (dial, behind) = inner();
        let behind_it = Behind {
            dial,
            endpoint: self.nodes.places.builder.parse()?,
            authority: None,
        };
        let proxy = self
            .nodes
            .proxy(&builder, self.memory, behind_it, self.numbers);
        tokio::spawn(serve(behind, builder.api(), ServerConfig::default()));
        Err(run_proxy(door, proxy).await.into())
    }

    async fn sequencer(self) -> Result<(), Failed> {
        let acceptor = self
            .network
            .acceptor(Host::Sequencer.name(), SEQUENCER_PORT)?;
        let sequencer = self
            .nodes
            .sequencer(self.network.dial(Host::Sequencer.name()))?;
        let clock = Clock::showing(elapsed());
        tokio::spawn(serve(
            acceptor,
            sequencer.api(),
            self.nodes.sequencer_server(),
        ));
        tokio::spawn(operate(self.nodes, sequencer.control(), clock));
        sequencer.run(clock).await;
        std::future::pending().await
    }

    async fn users(self) -> Result<(), Failed> {
        let dial = self.network.dial(Host::Users.name());
        run_users(&self.nodes, dial, Clock::showing(elapsed())).await?;
        std::future::pending().await
    }
}

fn elapsed() -> Duration {
    turmoil::sim_elapsed().unwrap_or_default()
}
