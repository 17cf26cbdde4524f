//! The pool: transactions that wait for a block.

mod waiting;

pub(crate) use waiting::Waiting;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use alloy_consensus::Transaction as _;
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_trie::KECCAK_EMPTY;
use op_revm::{L1BlockInfo, OpSpecId};
use revm::context_interface::cfg::gas::calculate_initial_tx_gas;
use revm::database_interface::WrapDatabaseRef;
use revm::primitives::eip3860::MAX_INITCODE_SIZE;
use thiserror::Error;

use crate::block::Block;
use crate::senders::Senders;
use crate::spec::ChainSpec;
use crate::state::State;
use crate::transaction::{EIP1559, EIP2930, Transaction, TransactionError};
use waiting::Entry;

/// How many bytes a transaction may have: 128 KiB.
pub const MAX_TRANSACTION_BYTES: usize = 128 * 1024;
/// How many transactions of a sender the pool holds.
pub const MAX_PER_SENDER: usize = 64;
/// How many transactions the pool holds.
pub const MAX_TRANSACTIONS: usize = 16_384;
/// How many bytes of transactions the pool holds: 64 MiB.
pub const MAX_POOL_BYTES: usize = 64 * 1024 * 1024;
/// By how much, in percent, a transaction must pay more to replace another.
const REPLACEMENT_PERCENT: u128 = 10;

/// The pool: transactions that wait for a block, and what bounds them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pool {
    waiting: Waiting,
    by_hash: BTreeMap<B256, (Address, u64)>,
    bytes: usize,
    arrivals: u64,
}

/// Why a transaction does not enter the pool.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PoolError {
    /// Its type is not one to forward: a deposit, a blob transaction, or an unknown type.
    /// DECISION: forward-types.
    #[error("transaction type not supported: {0:#04x}")]
    Type(u8),
    /// It is longer than 128 KiB.
    #[error("oversized data: transaction size {size}, limit {MAX_TRANSACTION_BYTES}")]
    TooLarge {
        /// Its length in bytes.
        size: usize,
    },
    /// It is for another chain.
    #[error("invalid chain id: have {have}, want {want}")]
    ChainId {
        /// The transaction's chain id.
        have: u64,
        /// The chain's.
        want: u64,
    },
    /// It names no chain, and could be replayed on another (EIP-155).
    #[error("only replay-protected (EIP-155) transactions allowed")]
    Unprotected,
    /// It is no transaction, or could not be in the next block or any later one.
    #[error(transparent)]
    Transaction(#[from] TransactionError),
    /// Its gas limit is above the block's.
    #[error("exceeds block gas limit: tx gas {transaction}, limit {block}")]
    GasLimit {
        /// The transaction's gas limit.
        transaction: u64,
        /// The head's.
        block: u64,
    },
    /// One of the same sender and nonce waits, and this does not pay a tenth more.
    #[error("replacement transaction underpriced")]
    Underpriced,
    /// Enough of the sender's transactions wait.
    #[error("too many pending transactions of the sender, limit {MAX_PER_SENDER}")]
    SenderFull,
    /// Enough transactions wait.
    #[error("txpool is full")]
    Full,
}

impl Pool {
    /// How many transactions wait.
    pub(crate) fn len(&self) -> usize {
        self.by_hash.len()
    }

    pub(crate) fn contains(&self, hash: &B256) -> bool {
        self.by_hash.contains_key(hash)
    }

    /// The transactions, by sender and nonce.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Transaction>> {
        self.waiting.iter()
    }

    /// What waits now: later changes of the pool are not seen there.
    pub(crate) fn waiting(&self) -> Waiting {
        self.waiting.clone()
    }

    /// The first nonce from this one on that no transaction of the sender has.
    pub(crate) fn next_nonce(&self, sender: Address, nonce: u64) -> u64 {
        let taken = |nonce: &u64| self.waiting.get(sender, *nonce).is_some();
        let mut nonces = nonce..u64::MAX;
        nonces.find(|nonce| !taken(nonce)).unwrap_or(u64::MAX)
    }

    /// Admits a transaction that could be in a block after this head.
    pub(crate) fn add(
        &mut self,
        spec: &ChainSpec,
        senders: &Senders,
        head: &Block,
        raw: &Bytes,
    ) -> Result<B256, PoolError> {
        if raw.len() > MAX_TRANSACTION_BYTES {
            return Err(PoolError::TooLarge { size: raw.len() });
        }
        // DECISION: forward-types.
        if let Some(&other @ 0..0x80) = raw.first()
            && ![EIP2930, EIP1559].contains(&other)
        {
            return Err(PoolError::Type(other));
        }
        let transaction = Transaction::decode(raw, senders)?;
        let hash = transaction.hash();
        // DECISION: duplicate-forward.
        if self.contains(&hash) {
            return Ok(hash);
        }
        check_self(spec, head, &transaction)?;
        check_account(spec, head, &transaction)?;
        self.put(Arc::new(transaction))?;
        Ok(hash)
    }

    fn put(&mut self, transaction: Arc<Transaction>) -> Result<(), PoolError> {
        let (sender, nonce) = (transaction.sender(), transaction.nonce());
        let replaced = self.waiting.get(sender, nonce).map(|old| &old.transaction);
        if replaced.is_some_and(|old| !replaces(&transaction, old)) {
            return Err(PoolError::Underpriced);
        }
        let is_new = replaced.is_none();
        if is_new && self.waiting.of(sender) >= MAX_PER_SENDER {
            return Err(PoolError::SenderFull);
        }
        let bytes = self.bytes - replaced.map_or(0, |old| old.raw().len());
        if is_new && self.len() >= MAX_TRANSACTIONS
            || bytes + transaction.raw().len() > MAX_POOL_BYTES
        {
            return Err(PoolError::Full);
        }
        self.remove(sender, nonce);
        self.bytes += transaction.raw().len();
        self.by_hash.insert(transaction.hash(), (sender, nonce));
        let arrival = self.arrivals;
        self.arrivals += 1;
        self.waiting.insert(Entry {
            transaction,
            arrival,
        });
        Ok(())
    }

    fn remove(&mut self, sender: Address, nonce: u64) {
        if let Some(removed) = self.waiting.remove(sender, nonce) {
            self.by_hash.remove(&removed.transaction.hash());
            self.bytes -= removed.transaction.raw().len();
        }
    }

    /// Follows the head: drops what it has made impossible for these senders.
    pub(crate) fn follow(&mut self, state: &State, changed: &BTreeSet<Address>) {
        for sender in changed {
            for nonce in self.waiting.before(*sender, state.nonce(*sender)) {
                self.remove(*sender, nonce);
            }
        }
    }

    /// Puts a transaction back that a reorganisation has taken out of the chain.
    pub(crate) fn put_back(&mut self, state: &State, transaction: &Arc<Transaction>) {
        if !transaction.is_deposit() && transaction.nonce() >= state.nonce(transaction.sender()) {
            // One that cannot come back because others wait in its place is no loss to report.
            let _ = self.put(Arc::clone(transaction));
        }
    }
}

/// Whether a transaction pays a tenth more than the one it is to replace, in fee cap and in tip.
fn replaces(new: &Transaction, old: &Transaction) -> bool {
    let enough = |new: u128, old: u128| {
        let more = old.saturating_mul(REPLACEMENT_PERCENT).div_ceil(100);
        new >= old.saturating_add(more.max(1))
    };
    enough(new.max_fee_per_gas(), old.max_fee_per_gas())
        && enough(
            new.max_priority_fee_per_gas(),
            old.max_priority_fee_per_gas(),
        )
}

/// Checks what the transaction says of itself.
fn check_self(spec: &ChainSpec, head: &Block, transaction: &Transaction) -> Result<(), PoolError> {
    let want = spec.chain_id();
    match transaction.envelope().chain_id() {
        None => return Err(PoolError::Unprotected),
        Some(have) if have != want => return Err(PoolError::ChainId { have, want }),
        Some(_) => {}
    }
    if transaction.gas_limit() > head.header().gas_limit {
        return Err(PoolError::GasLimit {
            transaction: transaction.gas_limit(),
            block: head.header().gas_limit,
        });
    }
    if transaction.max_priority_fee_per_gas() > transaction.max_fee_per_gas() {
        return Err(TransactionError::TipAboveFeeCap.into());
    }
    let envelope = transaction.envelope();
    let input = envelope.input();
    let creates = envelope.kind().is_create();
    if creates && input.len() > MAX_INITCODE_SIZE {
        return Err(TransactionError::InitCode.into());
    }
    let (accounts, slots) = envelope.access_list().map_or((0, 0), |list| {
        let slots: usize = list.iter().map(|item| item.storage_keys.len()).sum();
        (list.len() as u64, slots as u64)
    });
    let spec_id = op_spec(spec, head).into_eth_spec();
    let gas = calculate_initial_tx_gas(spec_id, input, creates, accounts, slots, 0);
    if gas.initial_total_gas > transaction.gas_limit() {
        return Err(TransactionError::IntrinsicGas.into());
    }
    Ok(())
}

/// Checks the transaction against its sender's account.
fn check_account(
    spec: &ChainSpec,
    head: &Block,
    transaction: &Transaction,
) -> Result<(), PoolError> {
    let state = head.state();
    let account = state.account(transaction.sender());
    if account.is_some_and(|account| account.code_hash != KECCAK_EMPTY) {
        return Err(TransactionError::SenderIsContract.into());
    }
    let nonce = account.map_or(0, |account| account.nonce);
    if transaction.nonce() < nonce {
        return Err(TransactionError::NonceTooLow {
            transaction: transaction.nonce(),
            state: nonce,
        }
        .into());
    }
    let fork = op_spec(spec, head);
    let mut l1 = match L1BlockInfo::try_fetch(&mut WrapDatabaseRef(state), U256::ZERO, fork) {
        Ok(l1) => l1,
        Err(never) => match never {},
    };
    let l1_fee = l1.calculate_tx_l1_cost(transaction.raw(), fork);
    let balance = account.map_or(U256::ZERO, |account| account.balance);
    if balance < transaction.cost().saturating_add(l1_fee) {
        return Err(TransactionError::InsufficientFunds.into());
    }
    Ok(())
}

fn op_spec(spec: &ChainSpec, head: &Block) -> OpSpecId {
    alloy_op_evm::spec_by_timestamp_after_bedrock(spec, head.timestamp())
}
