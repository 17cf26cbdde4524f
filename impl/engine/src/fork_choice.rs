//! Fork choice: which of the known blocks are the chain.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use alloy_primitives::{Address, B256};
use thiserror::Error;

use crate::block::Block;
use crate::engine::Engine;

/// How many blocks outside the canonical chain an engine keeps.
const RETAINED_SIDE_BLOCKS: usize = 256;
/// How many canonical blocks behind the head an engine knows the hashes of, at least; 2^20 of them
/// take some 60 MB.
const RETAINED_HASHES: u64 = 1 << 20;

/// What `engine_forkchoiceUpdatedV3` answers of the head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForkChoice {
    /// The head is the head now.
    Valid {
        /// The canonical blocks that are so no longer, from the last to the first.
        reverted: Vec<B256>,
        /// The blocks that are canonical now, from the first to the last.
        adopted: Vec<B256>,
    },
    /// The head is invalid, and nothing has changed.
    Invalid {
        /// The last valid block before it.
        latest_valid_hash: Option<B256>,
    },
    /// The head is unknown, and nothing has changed.
    Syncing,
}

/// Why a fork choice state is none: error -38002 of the Engine API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ForkChoiceError {
    /// The safe block is no ancestor of the head.
    #[error("the safe block {0} is not an ancestor of the head")]
    Safe(B256),
    /// The finalized block is no ancestor of the head, or after the safe block.
    #[error("the finalized block {0} is not an ancestor of the head and of the safe block")]
    Finalized(B256),
}

/// The way from the canonical chain to another head.
struct Switch {
    /// The last canonical block that stays one.
    ancestor: u64,
    /// The blocks after it, from the first to the last.
    adopted: Vec<Arc<Block>>,
}

impl Engine {
    /// Answers `engine_forkchoiceUpdatedV3`: makes a known block the head. The zero hash names no
    /// block.
    ///
    /// In a reorganisation the transactions of the reverted blocks return to the pool.
    ///
    /// # Errors
    ///
    /// The safe or the finalized block is no ancestor of the head; nothing has changed.
    pub fn fork_choice_updated(
        &mut self,
        head: B256,
        safe: B256,
        finalized: B256,
    ) -> Result<ForkChoice, ForkChoiceError> {
        if let Some((_, latest_valid_hash)) = self.invalid.get(&head) {
            return Ok(ForkChoice::Invalid {
                latest_valid_hash: *latest_valid_hash,
            });
        }
        let Some(block) = self.blocks.get(&head).cloned() else {
            return Ok(ForkChoice::Syncing);
        };
        let Some(switch) = self.switch_to(&block) else {
            return Ok(ForkChoice::Syncing);
        };
        let safe_block = self
            .ancestor(&switch, safe)
            .map_err(|()| ForkChoiceError::Safe(safe))?;
        let finalized_block = self
            .ancestor(&switch, finalized)
            .map_err(|()| ForkChoiceError::Finalized(finalized))?;
        if let (Some(safe), Some(finalized)) = (&safe_block, &finalized_block)
            && finalized.number() > safe.number()
        {
            return Err(ForkChoiceError::Finalized(finalized.hash()));
        }
        let valid = self.adopt(block, switch);
        self.safe = safe_block;
        self.finalized = finalized_block;
        self.forget_old_blocks();
        Ok(valid)
    }

    /// Walks from a block back to the canonical chain; nothing if a block between is not kept.
    fn switch_to(&self, head: &Arc<Block>) -> Option<Switch> {
        let mut adopted = Vec::new();
        let mut block = head;
        while self.canonical_hash(block.number()) != Some(block.hash()) {
            adopted.push(Arc::clone(block));
            block = self.blocks.get(&block.parent_hash())?;
        }
        adopted.reverse();
        Some(Switch {
            ancestor: block.number(),
            adopted,
        })
    }

    /// The block of a hash, if it is in the chain that a switch leads to; nothing for the zero
    /// hash.
    fn ancestor(&self, switch: &Switch, hash: B256) -> Result<Option<Arc<Block>>, ()> {
        if hash.is_zero() {
            return Ok(None);
        }
        let adopted = switch.adopted.iter().find(|block| block.hash() == hash);
        if let Some(block) = adopted {
            return Ok(Some(Arc::clone(block)));
        }
        let named = [&self.safe, &self.finalized].into_iter().flatten();
        let known = self.blocks.get(&hash);
        let block = known.or_else(|| named.into_iter().find(|block| block.hash() == hash));
        match block {
            Some(block)
                if block.number() <= switch.ancestor
                    && self.canonical_hash(block.number()) == Some(hash) =>
            {
                Ok(Some(Arc::clone(block)))
            }
            Some(_) | None => Err(()),
        }
    }

    fn adopt(&mut self, head: Arc<Block>, switch: Switch) -> ForkChoice {
        let mut reverted = Vec::new();
        while let Some(last) = self.canonical.last_entry()
            && *last.key() > switch.ancestor
        {
            reverted.push(last.remove());
        }
        let reverted_blocks: Vec<Arc<Block>> = reverted
            .iter()
            .filter_map(|hash| self.blocks.get(hash).cloned())
            .collect();
        for block in &reverted_blocks {
            self.exclude(block);
        }
        let mut senders = BTreeSet::<Address>::new();
        for block in &switch.adopted {
            self.canonical.insert(block.number(), block.hash());
            for (index, transaction) in block.transactions().iter().enumerate() {
                self.included
                    .insert(transaction.hash(), (block.hash(), index));
                senders.insert(transaction.sender());
            }
        }
        self.pool.follow(head.state(), &senders);
        for transaction in reverted_blocks
            .iter()
            .rev()
            .flat_map(|block| block.transactions())
        {
            if !self.included.contains_key(&transaction.hash()) {
                self.pool.put_back(head.state(), transaction);
            }
        }
        self.arrived.extend(&reverted);
        self.head = head;
        ForkChoice::Valid {
            reverted,
            adopted: switch.adopted.iter().map(|block| block.hash()).collect(),
        }
    }

    /// Forgets that a block includes its transactions. The same deposit can be in two blocks: only
    /// what is known of this one is forgotten.
    fn exclude(&mut self, block: &Block) {
        for transaction in block.transactions() {
            let hash = transaction.hash();
            let place = self.included.get(&hash);
            if place.is_some_and(|(included_by, _)| *included_by == block.hash()) {
                self.included.remove(&hash);
            }
        }
    }

    /// Forgets the canonical blocks that are far behind the head, but for their hashes, and the
    /// hashes of those that are farther.
    fn forget_old_blocks(&mut self) {
        self.forget_side_blocks();
        forget_hashes(
            &mut self.canonical,
            self.head.number(),
            self.retained_blocks.max(RETAINED_HASHES),
        );
        let Some(last) = self
            .head
            .number()
            .checked_sub(self.retained_blocks.saturating_add(1))
        else {
            return;
        };
        for number in (1..=last).rev() {
            let hash = self.canonical.get(&number);
            let Some(block) = hash.and_then(|hash| self.blocks.remove(hash)) else {
                break;
            };
            self.exclude(&block);
        }
    }

    /// Forgets the blocks that came first and are not canonical, if there are too many.
    pub(crate) fn forget_side_blocks(&mut self) {
        while self.arrived.len() > RETAINED_SIDE_BLOCKS
            && let Some(hash) = self.arrived.pop_front()
        {
            let number = self.blocks.get(&hash).map(|block| block.number());
            if number.is_some_and(|number| self.canonical_hash(number) != Some(hash)) {
                self.blocks.remove(&hash);
            }
        }
    }
}

/// Forgets the hashes of blocks that are this far behind the head, but for the genesis block's.
fn forget_hashes(canonical: &mut BTreeMap<u64, B256>, head: u64, retained: u64) {
    let kept = head.saturating_sub(retained);
    while let Some((&oldest, _)) = canonical.range(1..).next()
        && oldest < kept
    {
        canonical.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_kept_so_far_behind_the_head() {
        let all: BTreeMap<u64, B256> = (0..100).map(|number| (number, B256::ZERO)).collect();
        let kept = |head, retained| {
            let mut canonical = all.clone();
            forget_hashes(&mut canonical, head, retained);
            canonical.into_keys().collect::<Vec<u64>>()
        };
        assert_eq!(kept(99, 99), (0..100).collect::<Vec<u64>>());
        assert_eq!(kept(99, 98), (0..100).collect::<Vec<u64>>());
        assert_eq!(kept(99, 2), [0, 97, 98, 99]);
        assert_eq!(kept(99, u64::MAX).len(), 100);
    }
}
