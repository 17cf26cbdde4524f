//! What the sequencer's tasks share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use alloy_primitives::{Bytes, TxHash};
use gauntlet_engine::PoolError;
use gauntlet_node::Chain;
use gauntlet_protocol::{BuilderTuple, SigningDomain};

use crate::config::{Config, ConfigError};
use crate::control::Command;
use crate::event::{Event, Observer};
use crate::l1::L1;
use crate::parts::Parts;
use crate::peer::{Endpoints, NewHead, News, Peer, Wires};
use crate::publish::Publish;

/// The state that a sequencer's tasks share.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) config: Config,
    pub(crate) parts: Parts,
    pub(crate) domain: SigningDomain,
    pub(crate) chain: Arc<Chain>,
    pub(crate) l1: Arc<dyn L1>,
    pub(crate) followers: Vec<Arc<dyn Publish>>,
    pub(crate) wires: Wires,
    pub(crate) observer: Observer,
    /// What the end of a slot is kept free for: the request's timeout, and the import.
    pub(crate) reserved: Duration,
    /// The registered builder.
    pub(crate) peer: Mutex<Option<Arc<Peer>>>,
    /// The last slot that has its block.
    pub(crate) settled: Mutex<u64>,
}

impl State {
    /// The registered builder.
    pub(crate) fn peer(&self) -> Option<Arc<Peer>> {
        self.registered().clone()
    }

    /// Whether a builder is the registered one, and has been since it was looked up.
    pub(crate) fn is_registered(&self, peer: &Arc<Peer>) -> bool {
        self.registered()
            .as_ref()
            .is_some_and(|registered| Arc::ptr_eq(registered, peer))
    }

    /// The timestamp of a block: genesis' and the number times the block time. Timestamps are
    /// whole seconds and grow, so a block time below a second counts as one.
    pub(crate) fn timestamp(&self, number: u64) -> u64 {
        let genesis = self.chain.engine().spec().genesis().timestamp();
        genesis + number * self.config.block_time.as_secs().max(1)
    }

    /// Tells the registered builder.
    pub(crate) fn tell(&self, news: News) {
        if let Some(peer) = self.peer() {
            peer.tell(news);
        }
    }

    /// Accepts a user's transaction, and forwards it if there is a builder. One that waits already is
    /// accepted again, and is not forwarded again: it has its attempts.
    pub(crate) async fn submit(&self, transaction: Bytes) -> Result<TxHash, PoolError> {
        let (added, is_new) = {
            let mut engine = self.chain.engine();
            let before = engine.pool_arrivals();
            let added = engine.add_transaction(&transaction);
            (added, engine.pool_arrivals() > before)
        };
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
        if let Some(peer) = self.peer().filter(|_| is_new) {
            let (forward, observer) = (&*self.parts.forward, self.observer.clone());
            peer.forward(forward, hash, transaction, observer).await;
        }
        Ok(hash)
    }

    /// Obeys a command. Returns whether the head moved.
    pub(crate) async fn obey(&self, command: Command, slot: u64) -> bool {
        match command {
            Command::SetBuilder(builder, reply) => {
                let result = self.register(builder);
                if result.is_ok() {
                    // DECISION: late-registration: it is told of the head at once.
                    self.tell(News::Registered(self.chain.head()));
                }
                // Whoever asked may not wait for the answer.
                let _unheard = reply.send(result);
                false
            }
            Command::ReplaceHead => self.replace_head(slot).await,
        }
    }

    /// Looks at the URLs of a builder.
    pub(crate) fn endpoints(&self, builder: &BuilderTuple) -> Result<Endpoints, ConfigError> {
        let engine_url = self.config.builder_engine_url.as_deref();
        Endpoints::of(builder, engine_url).map_err(|source| ConfigError::BuilderUrl {
            url: builder.url.clone(),
            source,
        })
    }

    /// Registers a builder, or none.
    pub(crate) fn register(&self, builder: Option<BuilderTuple>) -> Result<(), ConfigError> {
        let pubkey = builder.as_ref().map(|builder| builder.pubkey);
        let peer = builder
            .map(|builder| {
                let endpoints = self.endpoints(&builder)?;
                let (chain, observer) = (self.chain.clone(), self.observer.clone());
                let peer = Peer::new(builder, &endpoints, &self.wires, chain, observer);
                Ok(Arc::new(peer))
            })
            .transpose()?;
        *self.registered() = peer;
        self.observer.observe(Event::BuilderChanged { pubkey });
        Ok(())
    }

    async fn replace_head(&self, slot: u64) -> bool {
        let replaced = self.chain.head();
        let timestamp = replaced.timestamp();
        let derivation = self.l1.replacement(slot, timestamp);
        let attributes = (self.parts.derive)(&derivation, timestamp);
        let parent = replaced.parent_hash();
        let sibling = self.chain.forced(parent, Arc::new(attributes)).await;
        let Some(head) = sibling
            .ok()
            .and_then(|sibling| self.chain.replace_head(Arc::new(sibling)))
        else {
            return false;
        };
        self.observer.observe(Event::HeadReplaced {
            payload: Arc::new(head.payload()),
        });
        self.tell(News::Head(head, NewHead::Sibling));
        true
    }

    fn registered(&self) -> MutexGuard<'_, Option<Arc<Peer>>> {
        self.peer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a slot has its block.
    ///
    /// # Panics
    ///
    /// The slot, or a later one, has its block already.
    pub(crate) fn note_settled(&self, slot: u64) {
        let mut settled = self.settled.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(
            *settled < slot,
            "a slot has one block, and slots follow each other"
        );
        *settled = slot;
    }
}
