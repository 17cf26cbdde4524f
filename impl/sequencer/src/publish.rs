//! Importing a block and handing it to the followers.

use std::fmt::Debug;
use std::sync::Arc;

use gauntlet_engine::{Block, Payload};
use gauntlet_node::Chain;

use crate::event::{Event, Observer, Origin, Published};
use crate::local::LocalEngine;

/// Somebody who follows the sequencer: a peer-to-peer network, a stream, a file.
pub trait Publish: Debug + Send + Sync {
    /// Takes a block that leaves the sequencer, which does not wait: what takes time happens after
    /// the return.
    fn publish(&self, block: &Arc<Payload>);
}

/// Settles a slot: makes its block the head, and hands it to the followers. Returns the head, if it
/// is the block; a block of the builder that is not is replaced by the local one.
pub type Settle = Arc<dyn Fn(&Desk<'_>, Arc<Block>) -> Option<Arc<Block>> + Send + Sync>;

/// What can be done with the block of a slot. Each deed is also reported.
#[derive(Debug)]
pub struct Desk<'a> {
    pub(crate) chain: &'a Chain,
    pub(crate) local: &'a dyn LocalEngine,
    pub(crate) followers: &'a [Arc<dyn Publish>],
    pub(crate) observer: &'a Observer,
    /// Whose block it is.
    pub(crate) origin: Origin,
}

impl Desk<'_> {
    /// Whether a block extends the head, and could be imported.
    #[must_use]
    pub fn is_on_head(&self, block: &Block) -> bool {
        self.chain.is_on_head(block)
    }

    /// Makes a block the head. Returns nothing if it cannot be: it does not extend the head, or the
    /// local engine fails.
    #[must_use]
    pub fn import(&self, block: Arc<Block>) -> Option<Arc<Block>> {
        let block = self.local.import(self.chain, block)?;
        self.observer.observe(Event::Imported {
            number: block.number(),
            hash: block.hash(),
        });
        Some(block)
    }

    /// Hands a block to every follower.
    pub fn publish(&self, block: &Block) {
        let payload = Arc::new(block.payload());
        for follower in self.followers {
            follower.publish(&payload);
        }
        let origin = self.origin;
        self.observer
            .observe(Event::Published(Published { origin, payload }));
    }
}

/// Imports the block, and only then publishes it. DECISION: publish-order.
#[must_use]
pub fn import_then_publish(desk: &Desk<'_>, block: Arc<Block>) -> Option<Arc<Block>> {
    let block = desk.import(block)?;
    desk.publish(&block);
    Some(block)
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, PoisonError};

    use alloy_primitives::{B64, B256, U256};
    use gauntlet_engine::{Attributes, ChainSpec, Engine, L1Attributes, Senders};
    use gauntlet_node::Workers;

    use super::*;
    use crate::local::Healthy;

    const GENESIS: &str = include_str!("../../../harness/src/chain/genesis.json");

    /// What happened, in order.
    #[derive(Clone, Debug, Default)]
    struct Deeds(Arc<Mutex<Vec<String>>>);

    impl Deeds {
        fn note(&self, what: String) {
            let mut deeds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            deeds.push(what);
        }

        fn observer(&self) -> Observer {
            let deeds = self.clone();
            Observer::new(move |event| {
                if let Event::Imported { number, .. } = event {
                    deeds.note(format!("imported {number}"));
                } else if let Event::Published(block) = event {
                    deeds.note(format!("told of {}", block.payload.block_number));
                } else {
                    panic!("{event:?}");
                }
            })
        }

        fn all(&self) -> Vec<String> {
            let deeds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            deeds.clone()
        }
    }

    impl Publish for Deeds {
        fn publish(&self, block: &Arc<Payload>) {
            self.note(format!("got {}", block.block_number));
        }
    }

    fn chain() -> Chain {
        let spec = ChainSpec::from_genesis_json(GENESIS).expect("the genesis of the harness");
        let engine = Engine::new(Arc::new(spec), Senders::default());
        Chain::new(engine, Workers::inline())
    }

    fn block_on(chain: &Chain, parent: &Block) -> Arc<Block> {
        let origin = L1Attributes {
            base_fee: U256::from(7),
            blob_base_fee: U256::from(1),
            ..L1Attributes::default()
        };
        let attributes = Attributes {
            timestamp: parent.timestamp() + 2,
            prev_randao: B256::ZERO,
            fee_recipient: alloy_primitives::Address::ZERO,
            parent_beacon_block_root: B256::ZERO,
            transactions: vec![origin.deposit()],
            no_tx_pool: false,
            gas_limit: 30_000_000,
            eip1559_params: Some(B64::ZERO),
        };
        let engine = chain.engine();
        let block = engine.build(parent.hash(), &attributes);
        Arc::new(block.expect("a block"))
    }

    #[test]
    fn every_follower_gets_a_block_once_it_is_the_head() {
        let (chain, deeds) = (chain(), Deeds::default());
        let followers: [Arc<dyn Publish>; 2] = [Arc::new(deeds.clone()), Arc::new(deeds.clone())];
        let observer = deeds.observer();
        let desk = Desk {
            chain: &chain,
            local: &Healthy,
            followers: &followers,
            observer: &observer,
            origin: Origin::Local,
        };
        let block = block_on(&chain, &chain.head());
        assert!(desk.is_on_head(&block));
        let hash = block.hash();
        let head = import_then_publish(&desk, block).expect("the block is the head");
        assert_eq!((head.hash(), chain.head().hash()), (hash, hash));
        assert_eq!(deeds.all(), ["imported 1", "got 1", "got 1", "told of 1"]);
    }

    #[test]
    fn a_block_beside_the_head_is_neither_imported_nor_published() {
        let (chain, deeds) = (chain(), Deeds::default());
        let followers: [Arc<dyn Publish>; 1] = [Arc::new(deeds.clone())];
        let observer = deeds.observer();
        let desk = Desk {
            chain: &chain,
            local: &Healthy,
            followers: &followers,
            observer: &observer,
            origin: Origin::Builder,
        };
        let genesis = chain.head();
        let sibling = block_on(&chain, &genesis);
        let first = chain.import(block_on(&chain, &genesis)).expect("a head");
        assert!(!desk.is_on_head(&sibling));
        assert!(import_then_publish(&desk, sibling).is_none());
        assert!(chain.is_head(&first));
        assert!(deeds.all().is_empty());
    }

    #[test]
    fn only_a_sibling_replaces_the_head() {
        let chain = chain();
        let genesis = chain.head();
        let first = chain.import(block_on(&chain, &genesis)).expect("a head");
        let child = block_on(&chain, &first);
        assert!(chain.replace_head(child).is_none());
        assert!(chain.is_head(&first));
    }
}
