//! The engine: the blocks it knows, the chain it follows, the transactions that wait.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use alloy_primitives::{Address, B256, Bytes};

use crate::block::{Block, TransactionReceipt};
use crate::build::{Assembly, BuildError};
use crate::import::{PayloadVerdict, Verdicts};
use crate::invalid::Invalid;
use crate::limits::{Limits, never};
use crate::payload::{Attributes, Payload};
use crate::pool::{Pool, PoolError};
use crate::senders::Senders;
use crate::spec::ChainSpec;
use crate::state::Account;
use crate::transaction::Transaction;
use crate::validate::Validation;

/// How many blocks behind the head an engine keeps, unless told otherwise.
pub const RETAINED_BLOCKS: u64 = 256;

/// An execution engine: synchronous, deterministic, and all in memory.
///
/// It keeps the last [`RETAINED_BLOCKS`] canonical blocks, and of a million older ones the hashes.
#[derive(Clone, Debug)]
pub struct Engine {
    spec: Arc<ChainSpec>,
    senders: Senders,
    pub(crate) blocks: BTreeMap<B256, Arc<Block>>,
    /// Blocks in the order in which they came, to forget those that never became canonical.
    pub(crate) arrived: VecDeque<B256>,
    pub(crate) canonical: BTreeMap<u64, B256>,
    pub(crate) included: BTreeMap<B256, (B256, usize)>,
    pub(crate) head: Arc<Block>,
    pub(crate) safe: Option<Arc<Block>>,
    pub(crate) finalized: Option<Arc<Block>>,
    pub(crate) invalid: Verdicts,
    pub(crate) pool: Pool,
    pub(crate) retained_blocks: u64,
}

impl Engine {
    /// An engine whose head is the genesis block.
    #[must_use]
    pub fn new(spec: Arc<ChainSpec>, senders: Senders) -> Self {
        let genesis = Arc::clone(spec.genesis());
        Self {
            blocks: BTreeMap::from([(genesis.hash(), Arc::clone(&genesis))]),
            arrived: VecDeque::new(),
            canonical: BTreeMap::from([(genesis.number(), genesis.hash())]),
            included: BTreeMap::new(),
            head: genesis,
            safe: None,
            finalized: None,
            invalid: Verdicts::default(),
            pool: Pool::default(),
            retained_blocks: RETAINED_BLOCKS,
            spec,
            senders,
        }
    }

    /// The same engine, keeping this many blocks behind the head.
    #[must_use]
    pub const fn with_retained_blocks(mut self, blocks: u64) -> Self {
        self.retained_blocks = blocks;
        self
    }

    /// How many blocks behind the head it keeps.
    #[must_use]
    pub const fn retained_blocks(&self) -> u64 {
        self.retained_blocks
    }

    /// The rules of the chain.
    #[must_use]
    pub const fn spec(&self) -> &Arc<ChainSpec> {
        &self.spec
    }

    /// The cache of senders that this engine uses.
    #[must_use]
    pub const fn senders(&self) -> &Senders {
        &self.senders
    }

    /// The last block of the canonical chain.
    #[must_use]
    pub const fn head(&self) -> &Arc<Block> {
        &self.head
    }

    /// The last canonical block that is derived from L1, if any was named.
    #[must_use]
    pub const fn safe(&self) -> Option<&Arc<Block>> {
        self.safe.as_ref()
    }

    /// The last canonical block that is final, if any was named.
    #[must_use]
    pub const fn finalized(&self) -> Option<&Arc<Block>> {
        self.finalized.as_ref()
    }

    /// A block by its hash, whether canonical or not.
    #[must_use]
    pub fn block(&self, hash: B256) -> Option<&Arc<Block>> {
        self.blocks.get(&hash)
    }

    /// A canonical block by its number.
    #[must_use]
    pub fn canonical(&self, number: u64) -> Option<&Arc<Block>> {
        self.block(self.canonical_hash(number)?)
    }

    /// The hash of a canonical block by its number: also of a million blocks no longer kept.
    #[must_use]
    pub fn canonical_hash(&self, number: u64) -> Option<B256> {
        self.canonical.get(&number).copied()
    }

    /// What came of a transaction of the canonical chain.
    #[must_use]
    pub fn receipt(&self, transaction_hash: B256) -> Option<TransactionReceipt> {
        let (block, index) = self.included.get(&transaction_hash)?;
        self.block(*block)?.receipt(*index)
    }

    /// An account as it is after the head.
    #[must_use]
    pub fn account(&self, address: Address) -> Option<&Account> {
        self.head.state().account(address)
    }

    /// The task of building blocks of these attributes on a block that is known, with the
    /// transactions that wait now. It owns what it needs, and the engine may do other things
    /// meanwhile.
    ///
    /// # Errors
    ///
    /// The parent is unknown, or the attributes are those of no block on it, as far as their
    /// members say.
    pub fn assembly(
        &self,
        parent: B256,
        attributes: Arc<Attributes>,
    ) -> Result<Assembly, BuildError> {
        let parent = self
            .block(parent)
            .ok_or(BuildError::UnknownParent(parent))?;
        Assembly::new(
            Arc::clone(&self.spec),
            self.senders.clone(),
            Arc::clone(parent),
            attributes,
            self.pool.waiting(),
        )
    }

    /// Builds the block of these attributes on a block that is known. It is executed, but not
    /// inserted.
    ///
    /// The forced transactions come first and exactly; then, unless the attributes say `noTxPool`,
    /// those of the pool by what they pay, then by arrival.
    ///
    /// # Errors
    ///
    /// The parent is unknown, or the attributes are those of no block on it.
    pub fn build(&self, parent: B256, attributes: &Attributes) -> Result<Block, BuildError> {
        let assembly = self.assembly(parent, Arc::new(attributes.clone()))?;
        assembly.filled(&Limits::NONE).map(|filled| filled.block)
    }

    /// Checks what can be checked of attributes without executing anything.
    ///
    /// # Errors
    ///
    /// As [`Assembly::check`].
    pub fn check_attributes(
        &self,
        parent: B256,
        attributes: &Attributes,
    ) -> Result<(), BuildError> {
        self.assembly(parent, Arc::new(attributes.clone()))?.check()
    }

    /// The task of validating a payload by executing it on its parent. It owns what it needs, and
    /// the engine may do other things meanwhile.
    #[must_use]
    pub fn validation(&self, payload: Arc<Payload>) -> Validation {
        let parent = self.block(payload.parent_hash).cloned();
        Validation::new(
            Arc::clone(&self.spec),
            self.senders.clone(),
            parent,
            payload,
        )
    }

    /// Validates a payload by executing it on its parent. It is not inserted.
    ///
    /// # Errors
    ///
    /// The first reason why the payload is not a block: what `engine_newPayloadV3` answers with an
    /// error, the block hash, the parent, the header, the transactions, and what comes of them.
    pub fn validate(&self, payload: &Payload) -> Result<Block, Invalid> {
        let validation = self.validation(Arc::new(payload.clone()));
        let verdict = validation.run(&never);
        verdict.expect("nothing stops it")
    }

    /// Keeps a block that this engine or another of the same chain has executed.
    pub fn insert(&mut self, block: impl Into<Arc<Block>>) -> Arc<Block> {
        let block = block.into();
        let hash = block.hash();
        if let Some(known) = self.blocks.get(&hash) {
            return Arc::clone(known);
        }
        self.blocks.insert(hash, Arc::clone(&block));
        self.arrived.push_back(hash);
        self.forget_side_blocks();
        block
    }

    /// Answers `engine_newPayloadV3`: validates a payload and keeps the block. A verdict is final:
    /// the same payload gets the same verdict.
    pub fn new_payload(&mut self, payload: &Payload, versioned_hashes: &[B256]) -> PayloadVerdict {
        let import = self.prepare(Arc::new(payload.clone()), versioned_hashes);
        let imported = import.run(&never).expect("nothing stops it");
        self.conclude(imported)
    }

    /// Takes a transaction into the pool.
    ///
    /// DECISION: duplicate-forward. One that waits already, or is in the canonical chain, is
    /// accepted again, and included once.
    ///
    /// # Errors
    ///
    /// The transaction is none, or could not be in a block, or the pool has no room for it.
    pub fn add_transaction(&mut self, raw: &Bytes) -> Result<B256, PoolError> {
        let hash = alloy_primitives::keccak256(raw);
        if self.included.contains_key(&hash) && raw.first() != Some(&0x7e) {
            return Ok(hash);
        }
        self.pool.add(&self.spec, &self.senders, &self.head, raw)
    }

    /// The nonce of an account's next transaction: after those of the chain, and those that wait
    /// without a gap.
    #[must_use]
    pub fn pending_nonce(&self, address: Address) -> u64 {
        self.pool
            .next_nonce(address, self.head.state().nonce(address))
    }

    /// How many transactions wait.
    #[must_use]
    pub fn pool_len(&self) -> usize {
        self.pool.len()
    }

    /// How many bytes the transactions have that wait; at most
    /// [`MAX_POOL_BYTES`](crate::MAX_POOL_BYTES).
    #[must_use]
    pub const fn pool_bytes(&self) -> usize {
        self.pool.bytes()
    }

    /// How many transactions have come to wait so far: where it is the same, nothing new waits.
    #[must_use]
    pub const fn pool_arrivals(&self) -> u64 {
        self.pool.arrivals()
    }

    /// Lets a transaction wait no more.
    pub fn drop_transaction(&mut self, transaction_hash: B256) {
        self.pool
            .drop_transaction(transaction_hash, self.head.state());
    }

    /// Whether a transaction waits.
    #[must_use]
    pub fn pool_contains(&self, transaction_hash: B256) -> bool {
        self.pool.contains(&transaction_hash)
    }

    /// The transactions that wait, by sender and nonce.
    pub fn pool_transactions(&self) -> impl Iterator<Item = &Arc<Transaction>> {
        self.pool.iter()
    }
}
