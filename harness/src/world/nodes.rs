//! The nodes of a plan, ready to be put on a network.

use std::sync::Arc;
use std::time::Duration;

use gauntlet_builder::Builder;
use gauntlet_engine::{ChainSpec, Engine, Senders};
use gauntlet_protocol::BuilderTuple;
use gauntlet_rpc::{Dial, ServerConfig};
use gauntlet_sequencer::{Config, ConfigError, Selection, Sequencer, Setup, Work};

use super::Cast;
use super::calls::calls_at_the_builder;
use crate::chain::{Keys, PlannedL1};
use crate::plan::{Plan, SelectionPlan};
use crate::trace::{Host, Recorder};
use crate::world::adversary::{Adversary, Memory};
use crate::world::proxy::{Behind, Numbers, ProxyConfig, ProxyLimits};

/// The sequencer's port in a simulation.
pub const SEQUENCER_PORT: u16 = 8545;

/// The builder's port in a simulation.
pub const BUILDER_PORT: u16 = 9545;

/// Where the nodes are reached.
#[derive(Clone, Debug)]
pub struct Places {
    /// The sequencer's URL.
    pub sequencer: String,
    /// The builder's URL.
    pub builder: String,
}

impl Places {
    /// Those of a simulation, where hosts have names.
    #[must_use]
    pub fn simulated() -> Self {
        Self {
            sequencer: format!("http://{}:{SEQUENCER_PORT}", Host::Sequencer),
            builder: format!("http://{}:{BUILDER_PORT}", Host::Builder),
        }
    }
}

/// The nodes of a plan.
#[derive(Clone, Debug)]
pub struct Nodes {
    /// The plan.
    pub plan: Arc<Plan>,
    /// The chain.
    pub spec: Arc<ChainSpec>,
    /// Who is who.
    pub keys: Keys,
    /// Where the nodes are reached.
    pub places: Places,
    /// Who plays.
    pub cast: Cast,
    /// Who is told what happens.
    pub recorder: Recorder,
    /// The senders that any engine of the run has recovered, a pure function of the transactions.
    pub senders: Senders,
}

impl Nodes {
    /// The nodes of a plan on its chain.
    #[must_use]
    pub fn new(
        plan: Arc<Plan>,
        spec: Arc<ChainSpec>,
        places: Places,
        cast: Cast,
        recorder: Recorder,
    ) -> Self {
        let (keys, senders) = (Keys::default(), Senders::default());
        Self {
            plan,
            spec,
            keys,
            places,
            cast,
            recorder,
            senders,
        }
    }

    /// The sequencer, at genesis.
    ///
    /// # Errors
    ///
    /// The plan's settings do not go together.
    pub fn sequencer(&self, dial: Dial) -> Result<Sequencer, ConfigError> {
        let plan = &self.plan.sequencer;
        let config = Config {
            block_time: Duration::from_millis(self.plan.chain.block_time_ms),
            import_budget: Duration::from_millis(plan.import_budget_ms),
            slots: Some(self.plan.slots.len() as u64),
            key: self.keys.sequencer.clone(),
            builder: BuilderTuple::of(
                plan.builder_pubkey.then_some(self.keys.builder),
                plan.builder_url.then(|| self.places.builder.clone()),
            ),
            builder_engine_url: None,
            selection: match plan.selection {
                SelectionPlan::Builder => Selection::Builder,
                SelectionPlan::Value => Selection::Value,
                SelectionPlan::GasUsed => Selection::GasUsed,
            },
            work: Work {
                build: Duration::from_millis(plan.build_ms),
                validate: Duration::from_millis(plan.validate_ms),
            },
        };
        Sequencer::new(Setup {
            config: (self.cast.config)(config),
            parts: (self.cast.sequencer)(&self.recorder),
            engine: self.engine(),
            l1: Arc::new(PlannedL1::new(self.plan.clone(), self.spec.clone())),
            followers: Vec::new(),
            dial,
            tap: Some(self.recorder.tap(Host::Sequencer)),
            observer: (self.cast.observe)(&self.recorder),
        })
    }

    /// How the sequencer serves its users.
    #[must_use]
    pub fn sequencer_server(&self) -> ServerConfig {
        ServerConfig {
            tap: Some(self.recorder.tap(Host::Sequencer)),
            ..ServerConfig::default()
        }
    }

    /// The builder, at genesis.
    #[must_use]
    pub fn builder(&self) -> Builder {
        let config = gauntlet_builder::Config {
            pubkey: self.keys.builder,
            sequencer: self.keys.sequencer.address(),
            build: Duration::from_millis(self.plan.builder.build_ms),
        };
        Builder::new(
            config,
            (self.cast.builder)(),
            self.engine(),
            self.recorder.builder(),
        )
    }

    /// The proxy in front of the builder, which does what the plan says.
    #[must_use]
    pub fn proxy(
        &self,
        builder: &Builder,
        memory: Memory,
        behind: Behind,
        numbers: Numbers,
    ) -> ProxyConfig {
        let adversary = Adversary {
            plan: self.plan.clone(),
            keys: self.keys.clone(),
            recorder: self.recorder.clone(),
            builder: builder.clone(),
            memory,
        };
        ProxyConfig {
            behind,
            interfere: Some(Arc::new(adversary)),
            searcher: None,
            tap: calls_at_the_builder(&self.recorder),
            numbers,
            limits: ProxyLimits::default(),
        }
    }

    fn engine(&self) -> Engine {
        Engine::new(self.spec.clone(), self.senders.clone())
    }
}
