//! Which transaction goes first when the pool is full: the last of a sender's, whose loss makes no
//! gap.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::Address;

/// What a transaction is worth to the pool; the least goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Worth {
    /// Whether no nonce is missing between the account's and the transaction's: one after a gap
    /// may wait for ever, and costs its sender nothing.
    pub(super) can_come: bool,
    /// What it pays the fee recipient, in wei a unit of gas.
    pub(super) tip: u128,
    /// Which in the order of arrival it is.
    pub(super) arrival: Reverse<u64>,
}

/// The last transaction of each sender by its worth.
#[derive(Clone, Debug, Default)]
pub(super) struct Tails {
    by_sender: BTreeMap<Address, (Worth, u64)>,
    least: BTreeSet<(Worth, Address, u64)>,
}

impl Tails {
    /// Says which nonce a sender's last transaction has, and what it is worth; nothing if none
    /// waits.
    pub(super) fn set(&mut self, sender: Address, tail: Option<(Worth, u64)>) {
        let before = match tail {
            Some(tail) => self.by_sender.insert(sender, tail),
            None => self.by_sender.remove(&sender),
        };
        if let Some((worth, nonce)) = before {
            self.least.remove(&(worth, sender, nonce));
        }
        if let Some((worth, nonce)) = tail {
            self.least.insert((worth, sender, nonce));
        }
    }

    /// The senders' last transactions that are worth less than this, the least first.
    pub(super) fn below(&self, worth: Worth) -> impl Iterator<Item = (Address, u64)> {
        let tails = self.least.iter();
        let below = tails.take_while(move |(other, _, _)| *other < worth);
        below.map(|(_, sender, nonce)| (*sender, *nonce))
    }
}
