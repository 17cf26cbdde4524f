//! What "the same specification as `engine_newPayloadV3`" (line 108) expands to.

use gauntlet_engine::{Payload, block_hash};

use super::answers::answers;
use super::{Evidence, Level, Rule, Subject, Tally};
use crate::trace::Judgement;
use crate::view::View;

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
        evidence: &[Evidence::Wire, Evidence::Blocks],
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
        evidence: &[Evidence::Wire, Evidence::Blocks],
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
        evidence: &[Evidence::Wire, Evidence::Blocks],
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
        evidence: &[Evidence::Wire, Evidence::Blocks],
        check: invalid_never_surfaced,
    },
];

/// A payload whose hash is not that of its own fields is not used.
fn hash(view: &View<'_>, tally: &mut Tally) {
    for answer in answers(view) {
        let root = answer.request.payload.parent_beacon_block_root;
        let payload = Payload::from_wire(&answer.response.execution_payload, root);
        if block_hash(&payload).is_ok_and(|computed| computed == payload.block_hash) {
            continue;
        }
        tally.note(answer.at_us, !answer.is_used(), || {
            "a payload was used whose block hash is not that of its fields".to_owned()
        });
    }
}

/// A published block begins with the forced transactions of its attributes, and has no other
/// deposit.
fn forced_transactions_first(view: &View<'_>, tally: &mut Tally) {
    for slot in &view.slots {
        let Some(scheduled) = slot.scheduled.last() else {
            continue;
        };
        let forced = &scheduled.attributes.transactions;
        for block in &slot.published {
            let transactions = &block.payload.transactions;
            let exact = transactions.starts_with(forced)
                && !transactions[forced.len()..]
                    .iter()
                    .any(|raw| raw.first() == Some(&0x7e));
            tally.note(block.at_us, exact, || {
                "a block was published that does not begin with exactly the forced transactions"
                    .to_owned()
            });
        }
    }
}

/// A published block carries the parameters of its attributes, and nothing before Holocene.
fn extra_data(view: &View<'_>, tally: &mut Tally) {
    for slot in &view.slots {
        let Some(scheduled) = slot.scheduled.last() else {
            continue;
        };
        for block in &slot.published {
            let attributes = scheduled.attributes;
            let expected = view
                .trace
                .spec
                .extra_data(attributes.timestamp, attributes.eip1559_params);
            let Ok(Some(expected)) = expected else {
                continue;
            };
            tally.note(block.at_us, block.payload.extra_data == expected, || {
                format!("extraData is {}, not {expected}", block.payload.extra_data)
            });
        }
    }
}

fn invalid_never_surfaced(view: &View<'_>, tally: &mut Tally) {
    for block in view.slots.iter().flat_map(|slot| &slot.published) {
        let why = match block.judgement {
            Judgement::Valid => None,
            Judgement::Invalid(why) => Some(why.as_str()),
            Judgement::UnknownParent => Some("its parent never was a head"),
        };
        tally.note(block.at_us, why.is_none(), || {
            format!(
                "an invalid block was published: {}",
                why.unwrap_or_default()
            )
        });
    }
}
