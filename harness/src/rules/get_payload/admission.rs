//! What the sequencer makes of a reply.

use gauntlet_sequencer::Origin;
use serde_json::Value;

use super::answers::answers;
use super::{Evidence, Level, Rule, Subject, Tally};
use crate::trace::Judgement;
use crate::view::View;

pub(super) const PAYLOAD_PRESENT: Rule = Rule {
    id: "get-payload/payload-present",
    level: Level::Must,
    subject: Subject::Sequencer,
    line: 107,
    quote: Some(
        "Client software MUST validate that the response object `BuilderPayloadV1` contains \
            `executionPayload`",
    ),
    source: None,
    evidence: &[Evidence::Wire, Evidence::Blocks],
    check: payload_present,
};

pub(super) const PUBKEY_MATCHES: Rule = Rule {
    id: "get-payload/pubkey-matches",
    level: Level::Must,
    subject: Subject::Sequencer,
    line: 107,
    quote: Some("and that `pubKey` matches the registered `builderPubkey`."),
    source: None,
    evidence: &[Evidence::Wire, Evidence::Blocks],
    check: pubkey_matches,
};

pub(super) const SIMULATE_TRANSACTIONS: Rule = Rule {
    id: "get-payload/simulate-transactions",
    level: Level::Must,
    subject: Subject::Sequencer,
    line: 109,
    quote: Some("Client software MUST simulate transactions in `executionPayload`"),
    source: None,
    evidence: &[Evidence::Wire, Evidence::Blocks],
    check: simulate_transactions,
};

pub(super) const SIMULATE_ON_PARENT: Rule = Rule {
    id: "get-payload/simulate-on-parent",
    level: Level::Must,
    subject: Subject::Sequencer,
    line: 109,
    quote: Some("MUST simulate transactions in `executionPayload` on `parentHash` in `payload`"),
    source: None,
    evidence: &[Evidence::Wire, Evidence::Blocks],
    check: simulate_on_parent,
};

pub(super) const LOCAL_VIEW: Rule = Rule {
    id: "get-payload/local-view",
    level: Level::Must,
    subject: Subject::Sequencer,
    line: 109,
    quote: Some("all fields in `executionPayload` are correct as compared to local view of chain."),
    source: None,
    evidence: &[Evidence::Wire, Evidence::Blocks],
    check: local_view,
};

pub(super) const BOUND_TO_REQUEST: Rule = Rule {
    id: "get-payload/bound-to-request",
    level: Level::Derived,
    subject: Subject::Sequencer,
    line: 109,
    quote: None,
    source: Some(
        "line 109: a response belongs to its request, and an answer to another one is not used",
    ),
    evidence: &[Evidence::Wire, Evidence::Blocks],
    check: bound_to_request,
};

/// A response without a payload leads to the local block.
fn payload_present(view: &View<'_>, tally: &mut Tally) {
    for slot in &view.slots {
        for request in &slot.requests {
            let Some(ended) = request.ended else { continue };
            let Ok(result) = ended.outcome else { continue };
            let result: Value = serde_json::from_str(result).unwrap_or_default();
            if result.get("executionPayload").is_some_and(Value::is_object) {
                continue;
            }
            let local = !slot.published.is_empty()
                && slot
                    .published
                    .iter()
                    .all(|block| block.origin == Origin::Local);
            tally.note(ended.at_us, local, || {
                "a response without a payload did not lead to the local block".to_owned()
            });
        }
    }
}

fn pubkey_matches(view: &View<'_>, tally: &mut Tally) {
    for answer in answers(view) {
        let matches = Some(answer.response.pub_key) == answer.slot.registered;
        tally.note(answer.at_us, matches || !answer.is_used(), || {
            format!(
                "a payload of {} was used, which is not registered",
                answer.response.pub_key
            )
        });
    }
}

/// A payload that the oracle finds invalid is not used, and one that is used is valid.
fn simulate_transactions(view: &View<'_>, tally: &mut Tally) {
    for answer in answers(view) {
        let used = answer.is_used();
        match answer.call.judgement {
            Some(Judgement::Invalid(why)) => {
                tally.note(answer.at_us, !used, || {
                    format!("an invalid payload was used: {why}")
                });
            }
            Some(Judgement::Valid) if used => tally.note(answer.at_us, true, String::new),
            Some(Judgement::Valid | Judgement::UnknownParent) | None => {}
        }
    }
}

fn simulate_on_parent(view: &View<'_>, tally: &mut Tally) {
    for answer in answers(view) {
        let payload = &answer.response.execution_payload;
        if payload.parent_hash != answer.request.payload.parent_hash {
            tally.note(answer.at_us, !answer.is_used(), || {
                "a payload on another parent than the request's was used".to_owned()
            });
        }
    }
}

fn local_view(view: &View<'_>, tally: &mut Tally) {
    for answer in answers(view) {
        if let Some(field) = answer.differs() {
            tally.note(answer.at_us, !answer.is_used(), || {
                format!("a payload was used whose {field} is not that of the local view")
            });
        }
    }
}

/// A payload that answered an earlier request is not used for another one.
fn bound_to_request(view: &View<'_>, tally: &mut Tally) {
    let mut seen = Vec::new();
    for answer in answers(view) {
        let hash = answer.response.execution_payload.block_hash;
        if seen.contains(&hash) {
            tally.note(answer.at_us, !answer.is_used(), || {
                "a payload that answered an earlier request was used again".to_owned()
            });
        }
        seen.push(hash);
    }
}
