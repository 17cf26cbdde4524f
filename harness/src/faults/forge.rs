//! What payloads are forged with.

use alloy_primitives::{Address, B256, Bytes, U256};
use gauntlet_engine::{Attributes, Engine, UserDeposit};
use gauntlet_protocol::{BuilderPayloadV1, ExecutionPayloadV2};
use serde_json::Value;

use crate::chain::Keys;
use crate::oracle;

/// What a payload is forged with: no more than a peer on the link knows.
#[derive(Debug)]
pub struct Forge<'a> {
    /// An engine of the blocks that passed on the link.
    pub engine: &'a Engine,
    /// The attributes that the payload was to be built with, if they passed.
    pub attributes: Option<&'a Attributes>,
    /// The beacon block root that the sequencer will judge with.
    pub parent_beacon_block_root: B256,
    /// Who is who.
    pub keys: &'a Keys,
    /// The builder's reply in the slot before, if it passed.
    pub previous: Option<&'a BuilderPayloadV1>,
    /// The forged result that left for the sequencer in the slot before, if one did.
    pub left_before: Option<&'a Value>,
}

impl Forge<'_> {
    /// The payload with something changed, and the block hash of its own fields.
    pub(super) fn resealed(
        &self,
        payload: &ExecutionPayloadV2,
        change: impl FnOnce(&mut ExecutionPayloadV2),
    ) -> Option<ExecutionPayloadV2> {
        let mut forged = payload.clone();
        change(&mut forged);
        forged.block_hash = oracle::block_hash(&forged, self.parent_beacon_block_root)?;
        Some(forged)
    }

    /// A valid block of the payload's transactions on its parent, of other attributes. Those that
    /// are given to be changed have the payload's transactions as forced ones.
    pub(super) fn executed(
        &self,
        payload: &ExecutionPayloadV2,
        change: impl FnOnce(&mut Attributes),
    ) -> Option<ExecutionPayloadV2> {
        let mut attributes = self.attributes?.clone();
        attributes.transactions = payload.transactions.clone();
        change(&mut attributes);
        self.built(payload.parent_hash, attributes)
    }

    /// A valid block of the attributes on the parent's parent, with nothing but what is forced.
    pub(super) fn one_block_too_low(
        &self,
        payload: &ExecutionPayloadV2,
    ) -> Option<ExecutionPayloadV2> {
        let grandparent = self.engine.block(payload.parent_hash)?.parent_hash();
        self.built(grandparent, self.attributes?.clone())
    }

    fn built(&self, parent: B256, mut attributes: Attributes) -> Option<ExecutionPayloadV2> {
        attributes.no_tx_pool = true;
        let block = self.engine.build(parent, &attributes).ok()?;
        Some(block.payload().to_v2())
    }
}

/// Another hash.
pub(super) fn flipped(hash: B256) -> B256 {
    hash ^ B256::with_last_byte(1)
}

/// A deposit that L1 knows nothing of, which mints for an address.
pub(super) fn forged_deposit(to: Address) -> Bytes {
    UserDeposit {
        from: to,
        to: Some(to),
        mint: 1_000_000_000_000_000_000,
        value: U256::ZERO,
        gas_limit: 50_000,
        data: Bytes::new(),
        l1_block_hash: B256::repeat_byte(0xf0),
        log_index: 0,
    }
    .bytes()
}
