//! What a payload must not be whatever comes of executing it, and that a verdict lasts.

use std::collections::BTreeSet;

use alloy_primitives::B256;

use super::{ALL_AROUND, Level, Record, Rule, Subject, Tally, WIRE_AND_BLOCKS};
use crate::oracle;
use crate::trace::Judgement;

/// The type of blob transactions.
const BLOB: u8 = 0x03;

const fn derived(
    id: &'static str,
    source: &'static str,
    check: fn(&Record<'_>, &mut Tally),
) -> Rule {
    Rule {
        id,
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 108,
        quote: None,
        source: Some(source),
        evidence: WIRE_AND_BLOCKS,
        check,
    }
}

pub(super) const TRANSACTION_LENGTH: Rule = derived(
    "new-payload/transaction-length",
    "execution-apis paris, engine_newPayloadV1: each entry of `transactions` has a byte or more",
    transaction_length,
);

pub(super) const NO_BLOBS: Rule = derived(
    "new-payload/no-blobs",
    "OP Stack execution engine: expectedBlobVersionedHashes MUST be an empty array, and no blob gas",
    no_blobs,
);

pub(super) const BEACON_ROOT: Rule = Rule {
    evidence: ALL_AROUND,
    ..derived(
        "new-payload/beacon-root",
        "OP Stack execution engine: parentBeaconBlockRoot is that of the block's L1 origin",
        beacon_root,
    )
};

pub(super) const VERDICT_IS_FINAL: Rule = derived(
    "new-payload/verdict-is-final",
    "execution-apis paris, payload validation: an invalid payload never becomes a valid one",
    verdict_is_final,
);

pub(super) const AS_IT_IS: Rule = derived(
    "new-payload/used-as-it-is",
    "execution-apis paris, payload validation: a payload is valid or invalid, and nobody mends one",
    as_it_is,
);

/// A payload with an empty entry is not used.
fn transaction_length(record: &Record<'_>, tally: &mut Tally) {
    for offer in record.offers() {
        let transactions = &offer.payload.execution_payload.transactions;
        if transactions.iter().any(|raw| raw.is_empty()) {
            tally.note(offer.at_us, !offer.is_used(), || {
                "a payload was used that has an empty transaction".to_owned()
            });
        }
    }
}

/// A payload with a blob transaction, or with blob gas, is not used, and no such block is published.
fn no_blobs(record: &Record<'_>, tally: &mut Tally) {
    for offer in record.offers() {
        let payload = &offer.payload.execution_payload;
        let transactions = &payload.transactions;
        let has_blobs = transactions.iter().any(|raw| raw.first() == Some(&BLOB))
            || payload.blob_gas_used.is_some_and(|used| used > 0)
            || payload.excess_blob_gas.is_some_and(|excess| excess > 0);
        if has_blobs {
            tally.note(offer.at_us, !offer.is_used(), || {
                "a payload was used that has blobs".to_owned()
            });
        }
    }
}

/// A block is published with the beacon block root of its L1 origin, and a payload that was built on
/// no root, or on one with another bit, is not used.
fn beacon_root(record: &Record<'_>, tally: &mut Tally) {
    for slot in &record.view.slots {
        for block in record.view.published_in(slot) {
            let attributes = record.attributes_of(slot, block);
            let expected = attributes.payload_attributes.parent_beacon_block_root;
            let got = block.block.parent_beacon_block_root;
            tally.note(block.at_us, expected == Some(got), || {
                format!("a block was published with the beacon block root {got}")
            });
        }
    }
    for offer in record.offers() {
        let payload = &offer.payload.execution_payload;
        let root = offer.request.params.payload.parent_beacon_block_root;
        let others = [B256::ZERO, root ^ B256::with_last_byte(1)];
        let is_of = |other| oracle::block_hash(payload, other) == Some(payload.block_hash);
        if others.into_iter().any(is_of) {
            tally.note(offer.at_us, !offer.is_used(), || {
                "a payload on another beacon block root was used".to_owned()
            });
        }
    }
}

/// A payload that was invalid when it was first offered is not used when it is offered again.
fn verdict_is_final(record: &Record<'_>, tally: &mut Tally) {
    let mut refused = Vec::new();
    for offer in record.offers() {
        let payload = &offer.payload.execution_payload;
        if refused.contains(&payload) {
            tally.note(offer.at_us, !offer.is_used(), || {
                "a payload was used that had been offered before, and is invalid".to_owned()
            });
        } else if matches!(offer.judgement(), Some(Judgement::Invalid(_))) {
            refused.push(payload);
        }
    }
}

/// A published block with a transaction that only the builder had is a payload of the builder's that
/// reached the sequencer, to the last byte.
fn as_it_is(record: &Record<'_>, tally: &mut Tally) {
    let offered: BTreeSet<B256> = record
        .view
        .payload_requests()
        .filter_map(|request| request.payload())
        .map(|offered| offered.execution_payload.block_hash)
        .collect();
    for (index, block) in record.view.published.iter().enumerate() {
        if record.view.has_own(index) {
            let hash = block.block.payload.block_hash;
            tally.note(block.at_us, offered.contains(&hash), || {
                "a block was published that was made of a payload and is another".to_owned()
            });
        }
    }
}
