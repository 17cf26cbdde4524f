//! What "the same specification as `engine_newPayloadV3`" (line 108) expands to.

mod parameters;

use super::record::has_forced_first;
use super::{ALL_AROUND, Evidence, Level, Record, Rule, Subject, Tally, WIRE_AND_BLOCKS};
use crate::oracle;

const PUBLISHED: &[Evidence] = &[Evidence::Blocks, Evidence::Stimulus];

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "new-payload/block-hash",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 108,
        quote: None,
        source: Some(
            "execution-apis paris, engine_newPayloadV1: client software MUST validate `blockHash`",
        ),
        evidence: WIRE_AND_BLOCKS,
        check: hash,
    },
    Rule {
        id: "new-payload/forced-transactions-first",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 108,
        quote: None,
        source: Some(
            "OP Stack execution engine: the payload MUST be produced starting with this exact list",
        ),
        evidence: PUBLISHED,
        check: forced_transactions_first,
    },
    Rule {
        id: "new-payload/extra-data",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 108,
        quote: None,
        source: Some(
            "OP Stack holocene: extraData carries the EIP-1559 parameters of the attributes",
        ),
        evidence: PUBLISHED,
        check: extra_data,
    },
    Rule {
        id: "new-payload/invalid-never-surfaced",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 108,
        quote: None,
        source: Some(
            "execution-apis paris, payload validation: an invalid payload MUST NOT be surfaced",
        ),
        evidence: PUBLISHED,
        check: invalid_never_surfaced,
    },
    parameters::TRANSACTION_LENGTH,
    parameters::NO_BLOBS,
    parameters::BEACON_ROOT,
    parameters::VERDICT_IS_FINAL,
    parameters::AS_IT_IS,
];

/// A payload whose hash is not that of its own fields is not used, and no block is published whose
/// hash is not. The hash is worked out without an engine.
fn hash(record: &Record<'_>, tally: &mut Tally) {
    for offer in record.offers() {
        let payload = &offer.payload.execution_payload;
        let root = offer.request.params.payload.parent_beacon_block_root;
        if oracle::block_hash(payload, root) != Some(payload.block_hash) {
            tally.note(offer.at_us, !offer.is_used(), || {
                "a payload was used whose block hash is not that of its fields".to_owned()
            });
        }
    }
    for block in &record.view.published {
        let of = &block.block.payload;
        let computed = oracle::block_hash(of, block.block.parent_beacon_block_root);
        tally.note(block.at_us, computed == Some(of.block_hash), || {
            "a block was published whose hash is not that of its fields".to_owned()
        });
    }
}

/// A published block begins with the forced transactions of its attributes, and has no other
/// deposit.
fn forced_transactions_first(record: &Record<'_>, tally: &mut Tally) {
    for slot in &record.view.slots {
        for block in record.view.published_in(slot) {
            let payload = &block.block.payload;
            let attributes = record.attributes_of(slot, block);
            let exact = has_forced_first(payload, &attributes);
            tally.note(block.at_us, exact, || {
                "a block was published that does not begin with exactly the forced transactions"
                    .to_owned()
            });
        }
    }
}

/// A published block carries the parameters of its attributes, and nothing before Holocene.
fn extra_data(record: &Record<'_>, tally: &mut Tally) {
    for slot in &record.view.slots {
        for block in record.view.published_in(slot) {
            let payload = &block.block.payload;
            let attributes = record.attributes_of(slot, block);
            let timestamp = attributes.payload_attributes.timestamp;
            let spec = &record.view.trace.spec;
            let expected = oracle::extra_data(spec, timestamp, attributes.eip_1559_params);
            let Some(expected) = expected else {
                continue;
            };
            tally.note(block.at_us, payload.extra_data == expected, || {
                format!("extraData is {}, not {expected}", payload.extra_data)
            });
        }
    }
}

fn invalid_never_surfaced(record: &Record<'_>, tally: &mut Tally) {
    for (index, block) in record.view.published.iter().enumerate() {
        let flaw = record.flaw(index);
        tally.note(block.at_us, flaw.is_none(), || {
            format!(
                "an invalid block was published: {}",
                flaw.unwrap_or_default()
            )
        });
    }
}
