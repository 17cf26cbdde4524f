//! The players of a plan and all around them, ready to be put on a network.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use gauntlet_engine::{ChainSpec, Engine, Senders};
use gauntlet_node::Compute;
use gauntlet_protocol::BuilderTuple;
use gauntlet_rpc::{Accept, Cors, Dial, Endpoint, EndpointError, Jwt, JwtSecret, UnixClock};

use super::adversary::Adversary;
use super::proxy::{
    AcceptStamped, Behind, EngineDoor, Interfere, Numbers, Prober, ProxyConfig, ProxyLimits,
    Searcher, Supply, WireTap, inner, run_proxy,
};
use super::{
    Berth, BuilderSetup, Follower, Hindrances, Operator, Players, SequencerSetup, Setup, Users,
    Witness,
};
use crate::chain::{GENESIS, Keys, PlannedL1, USERS};
use crate::dialect::{self, ENGINE_SECRET, Meaning};
use crate::plan::{Fault, Plan};
use crate::probes::Known;
use crate::trace::{Face, Host, PublishedBlock, Recorder, What, Wire};

/// The sequencer's port in a simulation.
pub const SEQUENCER_PORT: u16 = 8545;

/// The builder's port in a simulation, where the proxy listens for it.
pub const BUILDER_PORT: u16 = 9545;

/// Where the players are reached.
#[derive(Clone, Debug)]
pub struct Places {
    /// The URL at which the sequencer serves users.
    pub sequencer: String,
    /// The URL at which the proxy listens for the sequencer: its `builderUrl`.
    pub proxy: String,
    /// The URL at which the builder listens for the proxy.
    pub builder: String,
    /// Where the builder takes messages of the Engine API, if not there.
    pub engine: Option<EnginePlaces>,
}

/// Where the messages of the Engine API go that have a way of their own.
#[derive(Clone, Debug)]
pub struct EnginePlaces {
    /// The URL at which a proxy of theirs listens for the sequencer.
    pub proxy: String,
    /// The URL at which the builder takes them.
    pub builder: String,
}

/// What is agreed on beyond the plan, on networks where nodes have strangers around them.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Who is who.
    pub keys: Keys,
    /// The tokens of the Engine API between sequencer and builder, if it asks for them.
    pub engine_jwt: Option<Jwt>,
    /// How many users send what the plan says: the keys of the others are left to strangers.
    pub users: u64,
    /// Whether the builder runs somewhere else, and wants to be called by the name in its URL.
    pub is_remote: bool,
}

impl Default for Terms {
    /// Those of a simulation: it has no strangers.
    fn default() -> Self {
        Self {
            keys: Keys::default(),
            engine_jwt: None,
            users: USERS,
            is_remote: false,
        }
    }
}

impl Places {
    /// Those of a simulation, where hosts have names.
    #[must_use]
    pub fn simulated() -> Self {
        let builder = format!("http://{}:{BUILDER_PORT}", Host::Builder);
        Self {
            sequencer: format!("http://{}:{SEQUENCER_PORT}", Host::Sequencer),
            proxy: builder.clone(),
            builder,
            engine: None,
        }
    }
}

/// The players of a plan and all around them, cheap to clone.
#[derive(Clone, Debug)]
pub struct World {
    /// The plan.
    pub plan: Arc<Plan>,
    /// What is agreed on beyond it.
    pub terms: Terms,
    genesis: Arc<str>,
    spec: Arc<ChainSpec>,
    places: Places,
    players: Players,
    recorder: Recorder,
    /// The senders that any engine of the run has recovered, a pure function of the transactions.
    senders: Senders,
    adversary: Arc<Adversary>,
    searcher: Searcher,
    prober: Option<Prober>,
    numbers: Numbers,
    is_simulated: bool,
}

impl World {
    /// The world of a plan on its chain, in real time.
    #[must_use]
    pub fn new(
        plan: Arc<Plan>,
        genesis: Arc<str>,
        spec: Arc<ChainSpec>,
        places: Places,
        players: Players,
        recorder: Recorder,
        terms: Terms,
    ) -> Self {
        let (keys, senders) = (terms.keys.clone(), Senders::default());
        let engine = Engine::new(spec.clone(), senders.clone());
        let adversary = Adversary::new(plan.clone(), keys.clone(), engine, recorder.clone());
        let mut known = Known::new(spec.chain_id(), spec.genesis().hash(), keys);
        known.now_secs = spec.genesis().timestamp();
        Self {
            searcher: Searcher::new(spec.chain_id()),
            prober: Prober::of(&plan, known, recorder.clone()),
            adversary: Arc::new(adversary),
            numbers: Numbers::default(),
            is_simulated: false,
            plan,
            terms,
            genesis,
            spec,
            places,
            players,
            recorder,
            senders,
        }
    }

    /// The world of a simulation.
    #[must_use]
    pub fn simulated(
        plan: Arc<Plan>,
        spec: Arc<ChainSpec>,
        players: Players,
        recorder: Recorder,
    ) -> Self {
        let places = Places::simulated();
        let (since, now) = (spec.genesis().timestamp(), recorder.clone());
        let engine_jwt = plan.builder.engine_jwt.then(|| Jwt {
            secret: JwtSecret::new(ENGINE_SECRET),
            clock: UnixClock::new(move || since + now.now_us() / 1_000_000),
        });
        let terms = Terms {
            engine_jwt,
            ..Terms::default()
        };
        Self {
            is_simulated: true,
            ..Self::new(plan, GENESIS.into(), spec, places, players, recorder, terms)
        }
    }

    /// How a node computes: in a simulation in place, on a real clock with workers of its own.
    fn compute(&self) -> Compute {
        if self.is_simulated {
            return Compute::simulated();
        }
        Compute::real(Duration::from_millis(self.plan.chain.block_time_ms))
    }

    /// What the engines of the run know of senders.
    #[must_use]
    pub fn senders(&self) -> &Senders {
        &self.senders
    }

    /// Starts the builder.
    pub fn builder(&self, door: Box<dyn Accept>, dial: Dial) -> BoxFuture<'static, io::Result<()>> {
        self.players.builder.start(Berth {
            door,
            dial,
            setup: Setup::Builder(Box::new(BuilderSetup {
                genesis: self.genesis.clone(),
                spec: self.spec.clone(),
                pubkey: self.terms.keys.builder,
                sequencer: self.terms.keys.sequencer.address(),
                engine_jwt: self.terms.engine_jwt.clone(),
                build: Duration::from_millis(self.plan.builder.build_ms),
                compute: self.compute(),
                blocks: self.blocks_kept(),
                witness: Witness::new(Host::Builder, self.recorder.clone()),
                senders: self.senders.clone(),
            })),
        })
    }

    /// The blocks that the builder comes back with that starts now: those that had been published or
    /// handed to it when it died, parents first, but for the last ones that it has lost.
    fn blocks_kept(&self) -> Vec<PublishedBlock> {
        let now_us = self.recorder.now_us();
        let restarts = self.plan.faults.iter().find_map(|fault| match fault {
            Fault::Restarts {
                at_ms,
                back_at_ms,
                loses_blocks,
            } if back_at_ms * 1000 == now_us => Some((at_ms * 1000, *loses_blocks)),
            Fault::Restarts { .. }
            | Fault::Dies { .. }
            | Fault::BlackHole { .. }
            | Fault::Disturbs { .. }
            | Fault::Engine { .. } => None,
        });
        let Some((died_us, lost)) = restarts else {
            return Vec::new();
        };
        let mut told = self.recorder.pick(|entry| {
            let block = block_of(&entry.what).filter(|_| entry.at_us < died_us)?;
            Some((entry.at_us, block))
        });
        // A head that took another's place is handed on, and not published.
        let number = |block: &PublishedBlock| block.payload.block_number;
        told.sort_by_key(|(at_us, block)| (number(block), *at_us, block.payload.block_hash));
        let mut blocks: Vec<_> = told.into_iter().map(|(_, block)| block).collect();
        let last = blocks.last().map_or(0, number);
        blocks.retain(|block| number(block) <= last.saturating_sub(lost));
        let mut seen = BTreeSet::new();
        blocks.retain(|block| seen.insert(block.payload.block_hash));
        blocks
    }

    /// Starts the builder and the proxy before it in one process.
    pub fn builder_behind_proxy(
        &self,
        door: impl AcceptStamped + 'static,
        dial: Dial,
    ) -> BoxFuture<'static, io::Result<()>> {
        let (inner_dial, inner_door) = inner();
        let builder = self.builder(Box::new(inner_door), dial);
        let proxy = self.proxy(door, inner_dial);
        async move {
            let proxy = proxy.map_err(io::Error::other)?;
            tokio::select! {
                biased;
                ended = builder => ended,
                error = proxy => Err(error),
            }
        }
        .boxed()
    }

    /// The proxy before a builder that is dialled so.
    ///
    /// # Errors
    ///
    /// The builder's URL cannot be used.
    pub fn proxy(
        &self,
        door: impl AcceptStamped + 'static,
        dial: Dial,
    ) -> Result<BoxFuture<'static, io::Error>, EndpointError> {
        let to = self.behind(&self.places.builder, dial.clone())?;
        let engine = self.engine_door(&to, dial)?;
        let prober = self.prober.clone();
        Ok(self.relay(door, to.clone(), to, prober, engine))
    }

    /// Where the prober sends messages of the Engine API, if not where it sends the others; in a
    /// simulation it has no token but those that it makes itself.
    fn engine_door(
        &self,
        builder: &Behind,
        dial: Dial,
    ) -> Result<Option<EngineDoor>, EndpointError> {
        let (place, jwt) = (&self.places.engine, &self.terms.engine_jwt);
        if self.is_simulated || (place.is_none() && jwt.is_none()) {
            return Ok(None);
        }
        Ok(Some(EngineDoor {
            behind: match place {
                Some(place) => self.behind(&place.builder, dial)?,
                None => builder.clone(),
            },
            jwt: jwt.clone(),
        }))
    }

    /// The proxy before the builder's Engine API that is dialled so, if that is another place.
    ///
    /// # Errors
    ///
    /// A URL of the builder's cannot be used.
    pub fn engine_proxy(
        &self,
        door: impl AcceptStamped + 'static,
        dial: Dial,
    ) -> Result<Option<BoxFuture<'static, io::Error>>, EndpointError> {
        let Some(engine) = &self.places.engine else {
            return Ok(None);
        };
        let transactions = self.behind(&self.places.builder, dial.clone())?;
        let behind = self.behind(&engine.builder, dial)?;
        Ok(Some(self.relay(door, behind, transactions, None, None)))
    }

    fn behind(&self, url: &str, dial: Dial) -> Result<Behind, EndpointError> {
        let endpoint: Endpoint = url.parse()?;
        let authority = self.terms.is_remote.then(|| endpoint.authority().into());
        Ok(Behind {
            dial,
            endpoint,
            authority,
        })
    }

    /// The proxy before what is behind it, where the searcher's transactions go elsewhere.
    fn relay(
        &self,
        door: impl AcceptStamped + 'static,
        behind: Behind,
        transactions: Behind,
        prober: Option<Prober>,
        engine: Option<EngineDoor>,
    ) -> BoxFuture<'static, io::Error> {
        let interfere: Arc<dyn Interfere> = self.adversary.clone();
        let config = ProxyConfig {
            behind,
            interfere: (!self.adversary.is_idle()).then_some(interfere),
            searcher: Some(Supply {
                searcher: self.searcher.clone(),
                to: transactions,
            }),
            prober,
            engine,
            tap: WireTap::of(&self.recorder),
            numbers: self.numbers.clone(),
            limits: ProxyLimits::default(),
        };
        run_proxy(door, config).boxed()
    }

    /// Starts the sequencer, when so much time has passed.
    pub fn sequencer(
        &self,
        door: Box<dyn Accept>,
        dial: Dial,
        elapsed: Duration,
    ) -> BoxFuture<'static, io::Result<()>> {
        let plan = &self.plan.sequencer;
        let (proxy, engine) = (&self.places.proxy, self.places.engine.as_ref());
        let keys = &self.terms.keys;
        let setup = SequencerSetup {
            genesis: self.genesis.clone(),
            spec: self.spec.clone(),
            block_time: Duration::from_millis(self.plan.chain.block_time_ms),
            import_budget: Duration::from_millis(plan.import_budget_ms),
            slots: Some(self.plan.slots.len() as u64),
            elapsed,
            key: keys.sequencer.clone(),
            builder: BuilderTuple::of(
                plan.builder_pubkey.then_some(keys.builder),
                plan.builder_url.then(|| proxy.clone()),
            ),
            builder_url: proxy.clone(),
            builder_engine_url: engine.map(|engine| engine.proxy.clone()),
            builder_engine_jwt: self.terms.engine_jwt.clone(),
            selection: plan.selection,
            build: Duration::from_millis(plan.build_ms),
            validate: Duration::from_millis(plan.validate_ms),
            compute: self.compute(),
            cors: if self.is_simulated {
                Cors::Off
            } else {
                Cors::AnyOrigin
            },
            hindrances: Hindrances::new(self.plan.clone(), self.recorder.clone()),
            l1: Arc::new(PlannedL1::new(self.plan.clone(), self.spec.clone())),
            follower: self.follower(),
            operator: Operator::new(&self.plan, keys, proxy, self.recorder.clone()),
            witness: Witness::new(Host::Sequencer, self.recorder.clone()),
            senders: self.senders.clone(),
        };
        self.players.sequencer.start(Berth {
            door,
            dial,
            setup: Setup::Sequencer(Box::new(setup)),
        })
    }

    fn follower(&self) -> Follower {
        let follower = Follower::new(self.recorder.clone());
        // On a real clock nothing is of the same instant.
        if self.is_simulated && self.plan.traffic.questions {
            return follower.inquiring();
        }
        follower
    }

    /// The users.
    #[must_use]
    pub fn users(&self) -> Users {
        Users {
            plan: self.plan.clone(),
            count: self.terms.users,
            chain_id: self.spec.chain_id(),
            sequencer: self.places.sequencer.clone(),
            recorder: self.recorder.clone(),
        }
    }
}

/// The block that is published, or that the sequencer hands to the builder.
fn block_of(what: &What) -> Option<PublishedBlock> {
    if let What::Published(block) = what {
        return Some(block.clone());
    }
    let What::Crossed {
        face: Face::Sequencer,
        wire: Wire::Request {
            request: Some(request),
            ..
        },
    } = what
    else {
        return None;
    };
    let Meaning::NewBlock {
        payload,
        parent_beacon_block_root,
    } = dialect::meaning(Face::Sequencer, request)
    else {
        return None;
    };
    Some(PublishedBlock {
        payload,
        parent_beacon_block_root,
    })
}
