//! What runs on the hosts of a simulation.

use std::error::Error;
use std::time::Duration;

use super::line::{Network, software};
use super::panics;
use super::supervision::supervise;
use crate::trace::{Host, Recorder};
use crate::world::{BUILDER_PORT, SEQUENCER_PORT, World};

/// Why a host's software ends.
type Failed = Box<dyn Error + Send + Sync>;

/// The hosts of one simulation.
#[derive(Clone, Debug)]
pub(super) struct Hosts {
    pub(super) world: World,
    pub(super) network: Network,
    pub(super) recorder: Recorder,
}

impl Hosts {
    /// Puts the hosts into the simulation.
    pub(super) fn enter(self, sim: &mut turmoil::Sim<'_>) {
        let hosts = self.clone();
        sim.host(Host::Builder.name(), move || {
            software(hosts.clone().builder())
        });
        let hosts = self.clone();
        sim.host(Host::Sequencer.name(), move || {
            software(hosts.clone().sequencer())
        });
        sim.host(Host::Users.name(), move || software(self.clone().users()));
    }

    /// The builder, behind the proxy, in one process: they die and come back together.
    async fn builder(self) -> Result<(), Failed> {
        panics::is_host(Host::Builder);
        self.is_supervised(Host::Builder);
        let door = self.network.acceptor(Host::Builder.name(), BUILDER_PORT)?;
        let dial = self.network.dial(Host::Builder.name());
        self.world.builder_behind_proxy(door, dial).await?;
        std::future::pending().await
    }

    async fn sequencer(self) -> Result<(), Failed> {
        panics::is_host(Host::Sequencer);
        self.is_supervised(Host::Sequencer);
        let door = self
            .network
            .acceptor(Host::Sequencer.name(), SEQUENCER_PORT)?;
        let dial = self.network.dial(Host::Sequencer.name());
        self.world
            .sequencer(Box::new(door), dial, elapsed())
            .await?;
        std::future::pending().await
    }

    /// Counts the tasks of a host for as long as it lives.
    fn is_supervised(&self, host: Host) {
        let plan = &self.world.plan;
        let (slot_ms, ends_ms) = (plan.chain.block_time_ms, plan.duration_ms());
        tokio::spawn(supervise(
            self.recorder.clone(),
            host,
            Duration::from_millis(slot_ms),
            elapsed(),
            Duration::from_millis(ends_ms),
        ));
    }

    async fn users(self) -> Result<(), Failed> {
        let dial = self.network.dial(Host::Users.name());
        self.world.users().run(dial, elapsed()).await?;
        std::future::pending().await
    }
}

fn elapsed() -> Duration {
    turmoil::sim_elapsed().unwrap_or_default()
}
