//! The local engine, and its head.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use alloy_primitives::B256;
use gauntlet_engine::{Block, Engine, ForkChoice};

/// The local engine, which the sequencer's tasks share.
#[derive(Debug)]
pub(crate) struct Chain(Mutex<Engine>);

impl Chain {
    pub(crate) const fn new(engine: Engine) -> Self {
        Self(Mutex::new(engine))
    }

    /// The local engine.
    pub(crate) fn engine(&self) -> MutexGuard<'_, Engine> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The head.
    pub(crate) fn head(&self) -> Arc<Block> {
        self.engine().head().clone()
    }

    /// Whether a block is the head.
    pub(crate) fn is_head(&self, block: &Block) -> bool {
        self.engine().head().hash() == block.hash()
    }

    /// Whether a block extends the head.
    pub(crate) fn is_on_head(&self, block: &Block) -> bool {
        self.engine().head().hash() == block.parent_hash()
    }

    /// Makes a block the head.
    ///
    /// # Panics
    ///
    /// The block does not extend the head. Whatever chose it made sure that it does.
    pub(crate) fn import(&self, block: Block) -> Arc<Block> {
        let mut engine = self.engine();
        let parent = engine.head().clone();
        assert_eq!(
            block.parent_hash(),
            parent.hash(),
            "the parent of a block that is imported is the head"
        );
        assert_eq!(
            block.number(),
            parent.number() + 1,
            "the number of a block that is imported is its parent's and one"
        );
        set_head(&mut engine, block).expect("a block on the head can become the head")
    }

    /// Makes the sibling of the head the head; nothing changes if it cannot be.
    pub(crate) fn replace_head(&self, sibling: Block) -> Option<Arc<Block>> {
        let mut engine = self.engine();
        let is_sibling = engine.head().parent_hash() == sibling.parent_hash();
        is_sibling.then(|| set_head(&mut engine, sibling)).flatten()
    }
}

fn set_head(engine: &mut Engine, block: Block) -> Option<Arc<Block>> {
    let block = engine.insert(block);
    match engine.fork_choice_updated(block.hash(), B256::ZERO, B256::ZERO) {
        Ok(ForkChoice::Valid { .. }) => Some(block),
        Ok(ForkChoice::Invalid { .. } | ForkChoice::Syncing) | Err(_) => None,
    }
}
