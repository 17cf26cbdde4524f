//! The sequencer as a whole.

use std::sync::{Arc, Mutex};

use gauntlet_engine::Engine;
use gauntlet_node::Chain;
use gauntlet_protocol::SigningDomain;
use gauntlet_rpc::{CallNumbers, Dial, Tap};

use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::control::{Commands, Control, control};
use crate::event::Observer;
use crate::l1::L1;
use crate::parts::Parts;
use crate::peer::Wires;
use crate::publish::Publish;
use crate::slot;
use crate::state::State;

/// A sequencer that is not running yet.
#[derive(Debug)]
pub struct Sequencer {
    pub(crate) state: Arc<State>,
    commands: Commands,
    control: Control,
}

/// Everything that a sequencer is made of.
#[derive(Debug)]
pub struct Setup {
    /// Its settings.
    pub config: Config,
    /// Its parts.
    pub parts: Parts,
    /// Its execution engine, at genesis.
    pub engine: Engine,
    /// Its view of L1.
    pub l1: Arc<dyn L1>,
    /// Who gets its blocks.
    pub followers: Vec<Arc<dyn Publish>>,
    /// How it opens connections.
    pub dial: Dial,
    /// Who sees what crosses its wires.
    pub tap: Option<Tap>,
    /// Who is told what it does.
    pub observer: Observer,
}

impl Sequencer {
    /// Makes a sequencer.
    ///
    /// # Errors
    ///
    /// What cannot be used of the settings.
    pub fn new(setup: Setup) -> Result<Self, ConfigError> {
        let Setup {
            config,
            parts,
            engine,
            l1,
            followers,
            dial,
            tap,
            observer,
        } = setup;
        let reserved = parts.ask.timeout() + config.import_budget;
        if reserved > config.block_time {
            return Err(ConfigError::BlockTime {
                block_time: config.block_time,
                import_budget: config.import_budget,
                timeout: parts.ask.timeout(),
            });
        }
        let state = State {
            domain: SigningDomain::builder(engine.spec().chain_id()),
            chain: Arc::new(Chain::new(engine, config.compute.workers.clone())),
            wires: Wires {
                dial,
                numbers: CallNumbers::default(),
                tap,
                feeds: parts.feeds,
                block_time: config.block_time,
                engine_jwt: config.builder_engine_jwt.clone(),
            },
            config,
            parts,
            l1,
            followers,
            observer,
            reserved,
            peer: Mutex::default(),
            settled: Mutex::default(),
        };
        // Looked at here so that a bad URL is an error of the setup.
        if let Some(builder) = &state.config.builder {
            let _good = state.endpoints(builder)?;
        }
        let (control, commands) = control();
        Ok(Self {
            state: Arc::new(state),
            commands,
            control,
        })
    }

    /// The sequencer's controls.
    #[must_use]
    pub fn control(&self) -> Control {
        self.control.clone()
    }

    /// Drives slots, as many as the settings say. The clock shows the time since genesis; for slots
    /// that are over without a block, also when this begins, it makes up.
    pub async fn run(mut self, clock: Clock) {
        let state = self.state;
        // The first slot begins right away, and tells it of the head.
        state
            .register(state.config.builder.clone())
            .expect("the builder's URL was looked at when the sequencer was made");
        let block_time = state.config.block_time;
        let starts = |slot: u64| block_time * u32::try_from(slot - 1).unwrap_or(u32::MAX);
        let mut slot = clock.slot(block_time);
        while state.config.slots.is_none_or(|slots| slot <= slots) {
            while slot::obey_until(&state, slot, clock, starts(slot), &mut self.commands).await {}
            let is_caught_up = slot::catch_up(&state, clock).await;
            let now = clock.slot(block_time);
            if now > slot {
                // Catching up, or the slot before, took longer than a slot.
                slot = now;
                if is_caught_up || state.config.slots.is_some_and(|slots| slot > slots) {
                    continue;
                }
            }
            slot::run(&state, slot, clock, &mut self.commands).await;
            slot += 1;
        }
        // Commands are obeyed until the end of the last slot too.
        let ends = starts(slot);
        while slot::obey_until(&state, slot, clock, ends, &mut self.commands).await {}
    }
}
