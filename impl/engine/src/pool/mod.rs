//! The pool: transactions that wait for a block.

mod checks;
mod tails;
mod waiting;

pub(crate) use waiting::Waiting;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use alloy_primitives::{Address, B256, Bytes};
use thiserror::Error;

use crate::block::Block;
use crate::senders::Senders;
use crate::spec::ChainSpec;
use crate::state::State;
use crate::transaction::{EIP1559, EIP2930, Transaction, TransactionError};
use checks::{check_account, check_self};
use tails::{Tails, Worth};
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
    tails: Tails,
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
    /// Enough transactions wait, and none of them is worth less.
    #[error("txpool is full")]
    Full,
}

impl Pool {
    /// How many transactions wait.
    pub(crate) fn len(&self) -> usize {
        self.by_hash.len()
    }

    /// How many bytes they have.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many have come so far.
    pub(crate) const fn arrivals(&self) -> u64 {
        self.arrivals
    }

    pub(crate) fn drop_transaction(&mut self, hash: B256, state: &State) {
        if let Some((sender, nonce)) = self.by_hash.get(&hash).copied() {
            self.remove(sender, nonce, state);
        }
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
        self.put(Arc::new(transaction), head.state())?;
        Ok(hash)
    }

    fn put(&mut self, transaction: Arc<Transaction>, state: &State) -> Result<(), PoolError> {
        let (sender, nonce) = (transaction.sender(), transaction.nonce());
        let replaced = self.waiting.get(sender, nonce).map(|old| &old.transaction);
        if replaced.is_some_and(|old| !replaces(&transaction, old)) {
            return Err(PoolError::Underpriced);
        }
        if replaced.is_none() && self.waiting.of(sender) >= MAX_PER_SENDER {
            return Err(PoolError::SenderFull);
        }
        for (sender, nonce) in self.in_the_way(&transaction, state)? {
            self.remove(sender, nonce, state);
        }
        self.remove(sender, nonce, state);
        self.bytes += transaction.raw().len();
        self.by_hash.insert(transaction.hash(), (sender, nonce));
        let arrival = self.arrivals;
        self.arrivals += 1;
        self.waiting.insert(Entry {
            transaction,
            arrival,
        });
        self.rank(sender, state);
        Ok(())
    }

    /// What must go so that this transaction fits: those that are worth the least, and less than
    /// it.
    fn in_the_way(
        &self,
        transaction: &Transaction,
        state: &State,
    ) -> Result<Vec<(Address, u64)>, PoolError> {
        let (sender, nonce) = (transaction.sender(), transaction.nonce());
        let replaced = self.waiting.get(sender, nonce);
        let mut count = self.len() + usize::from(replaced.is_none());
        let mut bytes = self.bytes + transaction.raw().len();
        bytes -= replaced.map_or(0, |old| old.transaction.raw().len());
        let first = state.nonce(sender);
        let worth = Worth {
            can_come: (first..nonce).all(|before| self.waiting.get(sender, before).is_some()),
            tip: transaction.max_priority_fee_per_gas(),
            arrival: Reverse(self.arrivals),
        };
        let mut in_the_way = Vec::new();
        let mut below = self
            .tails
            .below(worth)
            .filter(|(other, _)| *other != sender);
        while count > MAX_TRANSACTIONS || bytes > MAX_POOL_BYTES {
            let (sender, nonce) = below.next().ok_or(PoolError::Full)?;
            let entry = self.waiting.get(sender, nonce);
            bytes -= entry.map_or(0, |entry| entry.transaction.raw().len());
            count -= 1;
            in_the_way.push((sender, nonce));
        }
        Ok(in_the_way)
    }

    fn remove(&mut self, sender: Address, nonce: u64, state: &State) {
        if let Some(removed) = self.waiting.remove(sender, nonce) {
            self.by_hash.remove(&removed.transaction.hash());
            self.bytes -= removed.transaction.raw().len();
            self.rank(sender, state);
        }
    }

    /// Ranks the sender's last transaction anew.
    fn rank(&mut self, sender: Address, state: &State) {
        let tail = self.waiting.last(sender).map(|(nonce, last)| {
            let waiting = u64::try_from(self.waiting.of(sender)).unwrap_or(u64::MAX);
            let worth = Worth {
                can_come: nonce.checked_sub(state.nonce(sender)) == Some(waiting - 1),
                tip: last.transaction.max_priority_fee_per_gas(),
                arrival: Reverse(last.arrival),
            };
            (worth, nonce)
        });
        self.tails.set(sender, tail);
    }

    /// Follows the head: drops what it has made impossible for these senders.
    pub(crate) fn follow(&mut self, state: &State, changed: &BTreeSet<Address>) {
        for sender in changed {
            for nonce in self.waiting.before(*sender, state.nonce(*sender)) {
                self.remove(*sender, nonce, state);
            }
            self.rank(*sender, state);
        }
    }

    /// Puts a transaction back that a reorganisation has taken out of the chain.
    pub(crate) fn put_back(&mut self, state: &State, transaction: &Arc<Transaction>) {
        if !transaction.is_deposit() && transaction.nonce() >= state.nonce(transaction.sender()) {
            // One that cannot come back because others wait in its place is no loss to report.
            let _ = self.put(Arc::clone(transaction), state);
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
