//! The sequencer as a whole: its state, its tasks, its controls.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use alloy_primitives::{B256, Bytes, TxHash};
use gauntlet_engine::{Block, Engine, ForkChoice, PoolError};
use gauntlet_protocol::{BuilderTuple, SigningDomain};
use gauntlet_rpc::{CallNumbers, Dial, RpcModule, Tap};
use tokio::sync::{mpsc, oneshot};

use crate::feed::{Feed, News};
use crate::link::Link;
use crate::{
    Clock, Config, ConfigError, Event, ForwardCall, L1, Observer, Parts, api, derive, slot,
};

/// How many commands may wait to be obeyed.
const MAX_COMMANDS: usize = 64;

/// A sequencer that is not running yet.
#[derive(Debug)]
pub struct Sequencer {
    node: Arc<Node>,
    commands: mpsc::Receiver<Command>,
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
        let domain = SigningDomain::builder(engine.spec().chain_id());
        let link = Mutex::default();
        let engine = Mutex::new(engine);
        let node = Arc::new(Node {
            config,
            parts,
            domain,
            engine,
            l1,
            dial,
            numbers: CallNumbers::default(),
            tap,
            observer,
            reserved,
            link,
        });
        // Looked at here so that a bad URL is an error of the setup.
        let _checked = node.connect(node.config.builder.clone())?;
        let (commands, waiting) = mpsc::channel(MAX_COMMANDS);
        Ok(Self {
            node,
            commands: waiting,
            control: Control { commands },
        })
    }

    /// What the sequencer serves to its users.
    #[must_use]
    pub fn api(&self) -> RpcModule<()> {
        api::module(&self.node)
    }

    /// The sequencer's controls.
    #[must_use]
    pub fn control(&self) -> Control {
        self.control.clone()
    }

    /// Drives slots, as many as the settings say. The clock shows the time since genesis; slots
    /// that are over when this begins are left out.
    pub async fn run(mut self, clock: Clock) {
        let node = self.node;
        node.register(node.config.builder.clone());
        let block_time = node.config.block_time;
        let mut slot = u64::try_from(clock.elapsed().as_nanos() / block_time.as_nanos().max(1))
            .unwrap_or(u64::MAX);
        while node.config.slots.is_none_or(|slots| slot < slots) {
            let begins = block_time * u32::try_from(slot).unwrap_or(u32::MAX);
            slot += 1;
            while slot::obey_until(&node, slot, clock, begins, &mut self.commands).await {}
            slot::run(&node, slot, clock, &mut self.commands).await;
        }
    }
}

/// Changes a running sequencer, in the order of the calls.
#[derive(Clone, Debug)]
pub struct Control {
    commands: mpsc::Sender<Command>,
}

/// A change of a running sequencer.
#[derive(Debug)]
pub(crate) enum Command {
    /// Register another builder, or none.
    SetBuilder(
        Option<BuilderTuple>,
        oneshot::Sender<Result<(), ConfigError>>,
    ),
    /// Replace the head by its sibling derived from L1.
    ReplaceHead,
}

impl Control {
    /// Registers another builder, or none; it is asked from the next slot on. "The Sequencer is
    /// responsible for managing this tuple" (line 60).
    ///
    /// # Errors
    ///
    /// The URL cannot be used; the registered builder stays.
    pub async fn set_builder(&self, builder: Option<BuilderTuple>) -> Result<(), ConfigError> {
        let (reply, done) = oneshot::channel();
        if self
            .commands
            .send(Command::SetBuilder(builder, reply))
            .await
            .is_err()
        {
            return Ok(());
        }
        done.await.unwrap_or(Ok(()))
    }

    /// Replaces the head by its sibling derived from L1; genesis stays.
    pub async fn replace_head(&self) {
        // A sequencer that has ended has no head to replace.
        let _ended = self.commands.send(Command::ReplaceHead).await;
    }
}

/// The state that a sequencer's tasks share.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) config: Config,
    pub(crate) parts: Parts,
    pub(crate) domain: SigningDomain,
    pub(crate) l1: Arc<dyn L1>,
    pub(crate) observer: Observer,
    engine: Mutex<Engine>,
    dial: Dial,
    numbers: CallNumbers,
    tap: Option<Tap>,
    reserved: Duration,
    link: Mutex<Option<Connected>>,
}

#[derive(Debug)]
struct Connected {
    link: Arc<Link>,
    feed: Feed,
}

impl Node {
    /// The local engine.
    pub(crate) fn engine(&self) -> MutexGuard<'_, Engine> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The registered builder.
    pub(crate) fn link(&self) -> Option<Arc<Link>> {
        self.connected()
            .as_ref()
            .map(|connected| connected.link.clone())
    }

    /// What the end of a slot is kept free for: the request's timeout, and the import.
    pub(crate) fn reserved(&self) -> Duration {
        self.reserved
    }

    /// The timestamp of a block: genesis' and the number times the block time. Timestamps are
    /// whole seconds and grow, so a block time below a second counts as one.
    pub(crate) fn timestamp(&self, number: u64) -> u64 {
        self.engine().spec().genesis().timestamp()
            + number * self.config.block_time.as_secs().max(1)
    }

    /// Tells the registered builder.
    pub(crate) fn tell(&self, news: News) {
        if let Some(connected) = &*self.connected() {
            connected.feed.tell(self.parts.feeds, news);
        }
    }

    /// Accepts a user's transaction, and forwards it if there is a builder.
    pub(crate) async fn submit(&self, transaction: Bytes) -> Result<TxHash, PoolError> {
        let added = self.engine().add_transaction(&transaction);
        match &added {
            Ok(hash) => self
                .observer
                .observe(Event::TransactionAccepted { hash: *hash }),
            Err(error) => {
                self.observer.observe(Event::TransactionRefused {
                    reason: error.to_string(),
                });
            }
        }
        let hash = added?;
        if let Some(link) = self.link() {
            let client = link.transactions.clone();
            let call = ForwardCall {
                client,
                hash,
                transaction,
            };
            self.parts
                .forward
                .forward(call, self.observer.clone())
                .await;
        }
        Ok(hash)
    }

    /// Makes a block the head, if it extends the head.
    pub(crate) fn import(&self, block: Block) -> Option<Arc<Block>> {
        let mut engine = self.engine();
        let extends_head = block.parent_hash() == engine.head().hash();
        extends_head.then(|| set_head(&mut engine, block)).flatten()
    }

    /// Obeys a command. Returns whether the head moved.
    pub(crate) fn obey(self: &Arc<Self>, command: Command, slot: u64) -> bool {
        match command {
            Command::SetBuilder(builder, reply) => {
                let connected = self.connect(builder.clone());
                let result = connected.map(|_| self.register(builder));
                // Whoever asked may not wait for the answer.
                let _unheard = reply.send(result);
                false
            }
            Command::ReplaceHead => self.replace_head(slot),
        }
    }

    fn replace_head(&self, slot: u64) -> bool {
        let mut engine = self.engine();
        let replaced = engine.head().clone();
        let timestamp = replaced.timestamp();
        let attributes = derive(&self.l1.replacement(slot, timestamp), timestamp);
        let Ok(sibling) = engine.build(replaced.parent_hash(), &attributes) else {
            return false;
        };
        let Some(head) = set_head(&mut engine, sibling) else {
            return false;
        };
        drop(engine);
        self.observer.observe(Event::HeadReplaced {
            payload: Arc::new(head.payload()),
        });
        self.tell(News::Head(head));
        true
    }

    /// Makes the connections to a builder, without using them yet.
    fn connect(&self, builder: Option<BuilderTuple>) -> Result<Option<Arc<Link>>, ConfigError> {
        let Some(builder) = builder else {
            return Ok(None);
        };
        let url = builder.url.clone();
        let engine_url = self.config.builder_engine_url.as_deref();
        Link::new(
            builder,
            engine_url,
            &self.dial,
            &self.numbers,
            self.tap.as_ref(),
        )
        .map(Some)
        .map_err(|source| ConfigError::BuilderUrl { url, source })
    }

    /// Registers a builder whose URL has been looked at, or none.
    fn register(self: &Arc<Self>, builder: Option<BuilderTuple>) {
        let pubkey = builder.as_ref().map(|builder| builder.pubkey);
        let link = self.connect(builder).ok().flatten();
        let connected = link.map(|link| Connected {
            feed: Feed::start(self.clone(), link.clone()),
            link,
        });
        *self.connected() = connected;
        self.observer.observe(Event::BuilderChanged { pubkey });
    }

    fn connected(&self) -> MutexGuard<'_, Option<Connected>> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn set_head(engine: &mut Engine, block: Block) -> Option<Arc<Block>> {
    let block = engine.insert(block);
    match engine.fork_choice_updated(block.hash(), B256::ZERO, B256::ZERO) {
        Ok(ForkChoice::Valid { .. }) => Some(block),
        Ok(ForkChoice::Invalid { .. } | ForkChoice::Syncing) | Err(_) => None,
    }
}
