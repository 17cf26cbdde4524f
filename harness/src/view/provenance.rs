//! Whose block a published block is. A node's word is not needed: the harness hands the builder
//! transactions that nobody else has, and a block that holds one comes from the builder.

use std::collections::BTreeMap;

use alloy_primitives::Bytes;

use super::{Exchange, Published};
use crate::dialect::Meaning;

/// Which blocks hold something that only the builder had.
#[derive(Clone, Debug, Default)]
pub(super) struct Provenance {
    has_own: Vec<bool>,
    by_number: BTreeMap<u64, Vec<usize>>,
}

impl Provenance {
    pub(super) fn of(exchanges: &[Exchange<'_>], published: &[Published<'_>]) -> Self {
        // Where each of the builder's own transactions was published first: from then on the
        // sequencer has it too.
        let mut own: BTreeMap<&Bytes, Option<usize>> = BTreeMap::new();
        for exchange in exchanges.iter().filter(|it| it.arrived.is_none()) {
            if let Some(Meaning::ForwardedTransaction(transaction)) =
                exchange.passed.as_ref().map(|passed| &passed.meaning)
            {
                own.insert(transaction, None);
            }
        }
        let mut provenance = Self::default();
        for (index, published) in published.iter().enumerate() {
            let payload = &published.block.payload;
            let mut has_own = false;
            for transaction in &payload.transactions {
                if let Some(first) = own.get_mut(transaction) {
                    has_own |= *first.get_or_insert(index) == index;
                }
            }
            provenance.has_own.push(has_own);
            let of_number = provenance.by_number.entry(payload.block_number);
            of_number.or_default().push(index);
        }
        provenance
    }

    /// Whether a published block holds a transaction that only the builder had.
    pub(super) fn has_own(&self, published: usize) -> bool {
        self.has_own.get(published) == Some(&true)
    }

    /// The published blocks of a number, in order.
    pub(super) fn of_number(&self, number: u64) -> impl Iterator<Item = usize> {
        self.by_number.get(&number).into_iter().flatten().copied()
    }
}
