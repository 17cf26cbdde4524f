//! What a local block is worth at the least: one of what users had sent.

use std::collections::BTreeMap;

use alloy_primitives::{Address, Bytes};
use gauntlet_engine::{Attributes, Block, Engine, Senders, Transaction};
use op_alloy_rpc_types_engine::OpPayloadAttributes;

use super::outcome::{self, Worth};

/// What a block of these attributes on this parent is worth that has what users sent and its chain
/// has not, as far as one nonce follows the other. Nothing if there is no such block: not all of it
/// can be in one.
pub(super) fn worth<'a>(
    engine: &Engine,
    senders: &Senders,
    parent: &Block,
    attributes: &OpPayloadAttributes,
    sent: impl Iterator<Item = &'a Bytes>,
) -> Option<Worth> {
    let mut attributes = Attributes::from_wire(attributes).ok()?;
    let mut waiting: BTreeMap<Address, BTreeMap<u64, &Bytes>> = BTreeMap::new();
    for raw in sent {
        let transaction = Transaction::decode(raw, senders).ok()?;
        let of_sender = waiting.entry(transaction.sender()).or_default();
        of_sender.insert(transaction.nonce(), raw);
    }
    for (sender, by_nonce) in waiting {
        let mut next = parent.state().account(sender).map_or(0, |of| of.nonce);
        while let Some(raw) = by_nonce.get(&next) {
            attributes.transactions.push((*raw).clone());
            next += 1;
        }
    }
    attributes.no_tx_pool = true;
    let block = engine.build(parent.hash(), &attributes).ok()?;
    Some(outcome::worth(&block))
}
