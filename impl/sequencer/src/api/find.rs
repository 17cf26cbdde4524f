//! The blocks that parameters mean.

use std::sync::Arc;

use alloy_eips::{BlockId, BlockNumberOrTag};
use gauntlet_engine::{Block, Engine};
use gauntlet_rpc::ErrorObjectOwned;

use super::error::{failed, pruned};

/// The block that is meant, if there is one.
///
/// Before L1 has named a safe and a final block that is genesis, which both is by definition; and a
/// sequencer has no pending block to show, so that this is the head.
pub(super) fn find(
    engine: &Engine,
    block: BlockId,
) -> Result<Option<Arc<Block>>, ErrorObjectOwned> {
    let number = match block {
        BlockId::Hash(hash) => {
            let block = engine.block(hash.block_hash).cloned();
            let is_canonical =
                |block: &Arc<Block>| engine.canonical_hash(block.number()) == Some(block.hash());
            if hash.require_canonical == Some(true) && !block.as_ref().is_none_or(is_canonical) {
                return Err(failed("the block is not in the canonical chain"));
            }
            return Ok(block);
        }
        BlockId::Number(BlockNumberOrTag::Latest | BlockNumberOrTag::Pending) => {
            return Ok(Some(engine.head().clone()));
        }
        BlockId::Number(BlockNumberOrTag::Safe) => return Ok(Some(named(engine, engine.safe()))),
        BlockId::Number(BlockNumberOrTag::Finalized) => {
            return Ok(Some(named(engine, engine.finalized())));
        }
        BlockId::Number(BlockNumberOrTag::Earliest) => {
            return Ok(Some(engine.spec().genesis().clone()));
        }
        BlockId::Number(BlockNumberOrTag::Number(number)) => number,
    };
    match engine.canonical(number) {
        Some(block) => Ok(Some(block.clone())),
        None if engine.canonical_hash(number).is_some() => Err(pruned(number)),
        None => Ok(None),
    }
}

/// The block that is meant; without one there is nothing to answer from.
pub(super) fn need(
    engine: &Engine,
    block: Option<BlockId>,
) -> Result<Arc<Block>, ErrorObjectOwned> {
    find(engine, block.unwrap_or(BlockId::latest()))?
        .ok_or_else(|| failed("header not found: the block is unknown"))
}

fn named(engine: &Engine, block: Option<&Arc<Block>>) -> Arc<Block> {
    block.unwrap_or(engine.spec().genesis()).clone()
}
