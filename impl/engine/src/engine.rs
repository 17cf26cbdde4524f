//! The engine: the blocks it knows, the chain it follows, the transactions that wait.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use alloy_primitives::{Address, B256, Bytes};

use crate::block::{Block, TransactionReceipt};
use crate::build::{BuildError, build_on, environment};
use crate::invalid::Invalid;
use crate::payload::{Attributes, Payload};
use crate::pool::{Pool, PoolError};
use crate::senders::Senders;
use crate::spec::ChainSpec;
use crate::state::Account;
use crate::transaction::Transaction;
use crate::validate::{check_seal, validate_on};

/// How many blocks behind the head an engine keeps, unless told otherwise.
pub const RETAINED_BLOCKS: u64 = 256;
/// How many verdicts against payloads an engine remembers.
const REMEMBERED_INVALID: usize = 1024;

/// An execution engine: synchronous, deterministic, and all in memory.
///
/// It keeps the last [`RETAINED_BLOCKS`] canonical blocks, and of the older ones the hashes.
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

/// What `engine_newPayloadV3` answers.
#[derive(Clone, Debug)]
pub enum PayloadVerdict {
    /// The payload is this block.
    Valid(Arc<Block>),
    /// The payload is no block.
    Invalid {
        /// Why not.
        reason: Invalid,
        /// The last valid block before it, where the payload says of what block it is at all.
        latest_valid_hash: Option<B256>,
    },
    /// The parent is unknown.
    Syncing,
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

    /// The hash of a canonical block by its number: of all blocks, also those no longer kept.
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
        let parent = self
            .block(parent)
            .ok_or(BuildError::UnknownParent(parent))?;
        build_on(&self.spec, &self.senders, &self.pool, parent, attributes)
    }

    /// Checks what can be checked of attributes without building their block.
    ///
    /// # Errors
    ///
    /// The parent is unknown, or the attributes are those of no block on it.
    pub fn check_attributes(
        &self,
        parent: B256,
        attributes: &Attributes,
    ) -> Result<(), BuildError> {
        let parent = self
            .block(parent)
            .ok_or(BuildError::UnknownParent(parent))?;
        environment(&self.spec, parent, attributes).map(|_| ())
    }

    /// Validates a payload by executing it on its parent. It is not inserted.
    ///
    /// # Errors
    ///
    /// The first reason why the payload is not a block: what `engine_newPayloadV3` answers with an
    /// error, the block hash, the parent, the header, the transactions, and what comes of them.
    pub fn validate(&self, payload: &Payload) -> Result<Block, Invalid> {
        let (header, _) = check_seal(&self.spec, payload)?;
        let parent = self.block(payload.parent_hash);
        let parent = parent.ok_or(Invalid::UnknownParent(payload.parent_hash))?;
        validate_on(&self.spec, &self.senders, parent, header, payload)
    }

    /// Keeps a block that this engine or another of the same chain has executed.
    pub fn insert(&mut self, block: Block) -> Arc<Block> {
        let hash = block.hash();
        if let Some(known) = self.blocks.get(&hash) {
            return Arc::clone(known);
        }
        let block = Arc::new(block);
        self.blocks.insert(hash, Arc::clone(&block));
        self.arrived.push_back(hash);
        self.forget_side_blocks();
        block
    }

    /// Answers `engine_newPayloadV3`: validates a payload and keeps the block. A verdict is final:
    /// the same payload gets the same verdict.
    pub fn new_payload(&mut self, payload: &Payload, versioned_hashes: &[B256]) -> PayloadVerdict {
        let refuse = |reason, latest_valid_hash| PayloadVerdict::Invalid {
            reason,
            latest_valid_hash,
        };
        let (header, hash) = match check_seal(&self.spec, payload) {
            Ok(sealed) => sealed,
            Err(reason) => return refuse(reason, None),
        };
        if !versioned_hashes.is_empty() {
            return refuse(Invalid::VersionedHashes(versioned_hashes.len()), None);
        }
        if let Some(known) = self.blocks.get(&hash) {
            return PayloadVerdict::Valid(Arc::clone(known));
        }
        if let Some((reason, latest_valid_hash)) = self.invalid.get(&hash) {
            return refuse(reason.clone(), *latest_valid_hash);
        }
        let parent_hash = payload.parent_hash;
        if let Some((_, latest_valid_hash)) = self.invalid.get(&parent_hash) {
            let latest_valid_hash = *latest_valid_hash;
            let reason = Invalid::InvalidParent(parent_hash);
            self.invalid
                .remember(hash, reason.clone(), latest_valid_hash);
            return refuse(reason, latest_valid_hash);
        }
        let Some(parent) = self.blocks.get(&parent_hash) else {
            return PayloadVerdict::Syncing;
        };
        match validate_on(&self.spec, &self.senders, parent, header, payload) {
            Ok(block) => PayloadVerdict::Valid(self.insert(block)),
            Err(reason) => {
                self.invalid
                    .remember(hash, reason.clone(), Some(parent_hash));
                refuse(reason, Some(parent_hash))
            }
        }
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

    /// How many transactions wait.
    #[must_use]
    pub fn pool_len(&self) -> usize {
        self.pool.len()
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

/// The last verdicts against payloads, by block hash, with the last valid block before each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Verdicts {
    by_hash: BTreeMap<B256, (Invalid, Option<B256>)>,
    order: VecDeque<B256>,
}

impl Verdicts {
    pub(crate) fn get(&self, hash: &B256) -> Option<&(Invalid, Option<B256>)> {
        self.by_hash.get(hash)
    }

    fn remember(&mut self, hash: B256, reason: Invalid, latest_valid_hash: Option<B256>) {
        if self
            .by_hash
            .insert(hash, (reason, latest_valid_hash))
            .is_none()
        {
            self.order.push_back(hash);
        }
        if self.order.len() > REMEMBERED_INVALID
            && let Some(forgotten) = self.order.pop_front()
        {
            self.by_hash.remove(&forgotten);
        }
    }
}
