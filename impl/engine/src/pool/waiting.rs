//! What waits, as a value of its own: a block is filled from it while the pool goes on.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use alloy_primitives::Address;
use imbl::OrdMap;

use crate::state::State;
use crate::transaction::Transaction;

/// Transactions that wait for a block, by sender and nonce. A copy costs nothing.
#[derive(Clone, Default)]
pub(crate) struct Waiting(OrdMap<Address, OrdMap<u64, Entry>>);

/// A transaction, and which in the order of arrival it is.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) transaction: Arc<Transaction>,
    pub(super) arrival: u64,
}

impl Waiting {
    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Transaction>> {
        let of_senders = self.0.values().flat_map(OrdMap::values);
        of_senders.map(|entry| &entry.transaction)
    }

    pub(super) fn get(&self, sender: Address, nonce: u64) -> Option<&Entry> {
        self.0.get(&sender)?.get(&nonce)
    }

    /// A sender's last transaction, and its nonce.
    pub(super) fn last(&self, sender: Address) -> Option<(u64, &Entry)> {
        let (nonce, entry) = self.0.get(&sender)?.get_max()?;
        Some((*nonce, entry))
    }

    /// How many transactions of a sender wait.
    pub(super) fn of(&self, sender: Address) -> usize {
        self.0.get(&sender).map_or(0, OrdMap::len)
    }

    /// The nonces of a sender's transactions before this one.
    pub(super) fn before(&self, sender: Address, nonce: u64) -> Vec<u64> {
        let entries = self.0.get(&sender).into_iter();
        let entries = entries.flat_map(|entries| entries.range(..nonce));
        entries.map(|(nonce, _)| *nonce).collect()
    }

    pub(super) fn insert(&mut self, entry: Entry) {
        let (sender, nonce) = (entry.transaction.sender(), entry.transaction.nonce());
        self.0.entry(sender).or_default().insert(nonce, entry);
    }

    pub(super) fn remove(&mut self, sender: Address, nonce: u64) -> Option<Entry> {
        let entries = self.0.get_mut(&sender)?;
        let removed = entries.remove(&nonce);
        if entries.is_empty() {
            self.0.remove(&sender);
        }
        removed
    }

    /// The transactions in the order in which a block on this state takes them.
    pub(crate) fn best(&self, state: &State, base_fee: u64) -> Best<'_> {
        let mut best = Best {
            waiting: self,
            base_fee,
            next: BTreeSet::new(),
        };
        for sender in self.0.keys() {
            best.consider(*sender, state.nonce(*sender));
        }
        best
    }
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiting")
            .field("senders", &self.0.len())
            .finish_non_exhaustive()
    }
}

/// The next transaction of each sender, the best first.
#[derive(Debug)]
pub(crate) struct Best<'a> {
    waiting: &'a Waiting,
    base_fee: u64,
    next: BTreeSet<(Reverse<u128>, u64, Address, u64)>,
}

impl Best<'_> {
    /// Takes the best transaction. Its sender has no other until this one is
    /// [included](Self::included).
    pub(crate) fn next(&mut self) -> Option<Arc<Transaction>> {
        let (_, _, sender, nonce) = self.next.pop_first()?;
        let entry = self.waiting.get(sender, nonce)?;
        Some(Arc::clone(&entry.transaction))
    }

    /// Lets the sender's next transaction have its turn.
    pub(crate) fn included(&mut self, transaction: &Transaction) {
        if let Some(nonce) = transaction.nonce().checked_add(1) {
            self.consider(transaction.sender(), nonce);
        }
    }

    fn consider(&mut self, sender: Address, nonce: u64) {
        let Some(entry) = self.waiting.get(sender, nonce) else {
            return;
        };
        if let Some(tip) = entry.transaction.effective_tip(self.base_fee) {
            self.next
                .insert((Reverse(tip), entry.arrival, sender, nonce));
        }
    }
}
