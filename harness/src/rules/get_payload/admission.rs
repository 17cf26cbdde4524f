//! What the sequencer makes of a reply.

use std::collections::BTreeSet;

use serde_json::Value;

use super::record::{Lack, lack};
use super::{ALL_AROUND, Level, Record, Rule, Subject, Tally, WIRE_AND_BLOCKS};
use crate::trace::Judgement;

pub(super) const PAYLOAD_PRESENT: Rule = Rule {
    id: "get-payload/payload-present",
    level: Level::Must,
    subject: Subject::Sequencer,
    line: 107,
    quote: Some(
        "Client software ***MUST*** validate that the response object `BuilderPayloadV1` contains \
         `executionPayload`",
    ),
    source: None,
    evidence: WIRE_AND_BLOCKS,
    check: payload_present,
};

pub(super) const PUBKEY_MATCHES: Rule = Rule {
    id: "get-payload/pubkey-matches",
    level: Level::Must,
    subject: Subject::Sequencer,
    line: 107,
    quote: Some("and that `pubKey` matches the registered `builderPubkey`."),
    source: None,
    evidence: ALL_AROUND,
    check: pubkey_matches,
};

pub(super) const SIMULATE_TRANSACTIONS: Rule = Rule {
    id: "get-payload/simulate-transactions",
    level: Level::Must,
    subject: Subject::Sequencer,
    line: 109,
    quote: Some("Client software ***MUST*** simulate transactions in `executionPayload`"),
    source: None,
    evidence: WIRE_AND_BLOCKS,
    check: simulate_transactions,
};

pub(super) const SIMULATE_ON_PARENT: Rule = Rule {
    id: "get-payload/simulate-on-parent",
    level: Level::Must,
    subject: Subject::Sequencer,
    line: 109,
    quote: Some(
        "***MUST*** simulate transactions in `executionPayload` on `parentHash` in`payload`",
    ),
    source: None,
    evidence: WIRE_AND_BLOCKS,
    check: simulate_on_parent,
};

pub(super) const LOCAL_VIEW: Rule = Rule {
    id: "get-payload/local-view",
    level: Level::Must,
    subject: Subject::Sequencer,
    line: 109,
    quote: Some("all fields in `executionPayload` are correct as compared to local view of chain."),
    source: None,
    evidence: ALL_AROUND,
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
    evidence: WIRE_AND_BLOCKS,
    check: bound_to_request,
};

/// A response without a payload leads to the local block.
fn payload_present(record: &Record<'_>, tally: &mut Tally) {
    for (slot, request) in record.requests() {
        let Some((at_us, Lack::Misfit)) = lack(&request) else {
            continue;
        };
        let result = request.answer().and_then(|answer| answer.result());
        let result: Value = serde_json::from_str(result.unwrap_or("null")).unwrap_or_default();
        if !result.get("executionPayload").is_some_and(Value::is_object) {
            tally.result(at_us, record.has_local_block(slot));
        }
    }
}

fn pubkey_matches(record: &Record<'_>, tally: &mut Tally) {
    for offer in record.offers() {
        let Some(matches) = offer.has_registered_key() else {
            continue;
        };
        tally.note(offer.at_us, matches || !offer.is_used(), || {
            format!(
                "a payload of {} was used, which is not registered",
                offer.payload.pub_key
            )
        });
    }
}

/// A payload that the oracle finds invalid is not used.
fn simulate_transactions(record: &Record<'_>, tally: &mut Tally) {
    for offer in record.offers() {
        if let Some(Judgement::Invalid(why)) = offer.judgement() {
            tally.note(offer.at_us, !offer.is_used(), || {
                format!("an invalid payload was used: {why}")
            });
        }
    }
}

fn simulate_on_parent(record: &Record<'_>, tally: &mut Tally) {
    for offer in record.offers() {
        let parent = offer.payload.execution_payload.parent_hash;
        if parent != offer.request.params.payload.parent_hash {
            tally.note(offer.at_us, !offer.is_used(), || {
                "a payload on another parent than the request's was used".to_owned()
            });
        }
    }
}

fn local_view(record: &Record<'_>, tally: &mut Tally) {
    for offer in record.offers() {
        if let Some(member) = offer.differs() {
            tally.note(offer.at_us, !offer.is_used(), || {
                format!("a payload was used whose {member} is not that of the local view")
            });
        }
    }
}

/// A payload that answered an earlier request is not used for another one.
fn bound_to_request(record: &Record<'_>, tally: &mut Tally) {
    let mut seen = BTreeSet::new();
    for offer in record.offers() {
        let hash = offer.payload.execution_payload.block_hash;
        if !seen.insert(hash) {
            tally.note(offer.at_us, !offer.is_used(), || {
                "a payload that answered an earlier request was used again".to_owned()
            });
        }
    }
}
