//! The engine, which a node's tasks share, and its head.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use alloy_primitives::B256;
use gauntlet_engine::{Attributes, Block, BuildError, Engine, ForkChoice, Payload, PayloadVerdict};

use crate::stop::Stop;
use crate::workers::{Lane, Workers};

/// The engine, which a node's tasks share. Its lock is held for a moment only: whatever executes is
/// taken out of it first.
#[derive(Debug)]
pub struct Chain {
    engine: Mutex<Engine>,
    workers: Workers,
}

impl Chain {
    /// A chain whose blocks are executed by these workers.
    #[must_use]
    pub const fn new(engine: Engine, workers: Workers) -> Self {
        let engine = Mutex::new(engine);
        Self { engine, workers }
    }

    /// The engine. Whoever executes blocks or calls while holding it holds up everybody else.
    pub fn engine(&self) -> MutexGuard<'_, Engine> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who executes for it.
    #[must_use]
    pub const fn workers(&self) -> &Workers {
        &self.workers
    }

    /// The head.
    #[must_use]
    pub fn head(&self) -> Arc<Block> {
        self.engine().head().clone()
    }

    /// Whether a block is the head.
    #[must_use]
    pub fn is_head(&self, block: &Block) -> bool {
        self.engine().head().hash() == block.hash()
    }

    /// Whether a block extends the head.
    #[must_use]
    pub fn is_on_head(&self, block: &Block) -> bool {
        self.engine().head().hash() == block.parent_hash()
    }

    /// Answers `engine_newPayloadV3`.
    pub async fn new_payload(
        &self,
        payload: Arc<Payload>,
        versioned_hashes: &[B256],
    ) -> PayloadVerdict {
        let import = self.engine().prepare(payload, versioned_hashes);
        let stop = Stop::default();
        let _stops = stop.on_drop();
        let work = move || import.run(&|| stop.is_set());
        let imported = self.workers.run(Lane::Judge, work).await;
        let imported = imported.expect("it is stopped only when nobody waits for it any more");
        self.engine().conclude(imported)
    }

    /// Builds the block of the forced transactions of these attributes, and of them alone.
    ///
    /// # Errors
    ///
    /// The attributes are those of no block on this parent.
    pub async fn forced(
        &self,
        parent: B256,
        attributes: Arc<Attributes>,
    ) -> Result<Block, BuildError> {
        let assembly = self.engine().assembly(parent, attributes)?;
        self.workers
            .run(Lane::Forced, move || assembly.forced())
            .await
    }

    /// Makes a block that extends the head the head. Returns nothing if it cannot be.
    pub fn import(&self, block: Arc<Block>) -> Option<Arc<Block>> {
        let mut engine = self.engine();
        let parent = engine.head().clone();
        if block.parent_hash() != parent.hash() {
            return None;
        }
        assert_eq!(
            block.number(),
            parent.number() + 1,
            "the number of a block that is imported is its parent's and one"
        );
        set_head(&mut engine, block)
    }

    /// Notes up to which numbers the chain is safe and final. Of blocks that are not kept nothing
    /// is noted.
    ///
    /// # Panics
    ///
    /// A block is final that is not safe.
    pub fn confirm(&self, safe: u64, finalized: u64) {
        assert!(finalized <= safe, "a final block is safe");
        let mut engine = self.engine();
        let head = engine.head().hash();
        let hashes = [safe, finalized].map(|number| engine.canonical(number).map(|it| it.hash()));
        if let [Some(safe), Some(finalized)] = hashes {
            let noted = engine.fork_choice_updated(head, safe, finalized);
            noted.expect("canonical blocks in order are ancestors of the head");
        }
    }

    /// Makes the sibling of the head the head; nothing changes if it cannot be.
    pub fn replace_head(&self, sibling: Arc<Block>) -> Option<Arc<Block>> {
        let mut engine = self.engine();
        let is_sibling = engine.head().parent_hash() == sibling.parent_hash();
        is_sibling.then(|| set_head(&mut engine, sibling)).flatten()
    }
}

/// Makes a block the head; what is safe and what is final stays so.
fn set_head(engine: &mut Engine, block: Arc<Block>) -> Option<Arc<Block>> {
    let block = engine.insert(block);
    let hash_of = |block: Option<&Arc<Block>>| block.map_or(B256::ZERO, |block| block.hash());
    let (safe, finalized) = (hash_of(engine.safe()), hash_of(engine.finalized()));
    match engine.fork_choice_updated(block.hash(), safe, finalized) {
        Ok(ForkChoice::Valid { .. }) => Some(block),
        Ok(ForkChoice::Invalid { .. } | ForkChoice::Syncing) | Err(_) => None,
    }
}
