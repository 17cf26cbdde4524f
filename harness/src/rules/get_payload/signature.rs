//! What is signed, and what a bad signature leads to.

use std::collections::BTreeMap;

use alloy_primitives::{B256, U256};
use gauntlet_protocol::PayloadRequestV1;

use super::{Evidence, Level, Record, Rule, Subject, Tally};
use crate::dialect::{Answer, Meaning};
use crate::rules::signers::signer_of;

pub(super) const SCHEME: Rule = Rule {
    id: "get-payload/signature-scheme",
    level: Level::Declared,
    subject: Subject::Sequencer,
    line: 94,
    quote: Some("`secp256k1` signature over `payload`"),
    source: None,
    evidence: &[Evidence::Wire],
    check: scheme,
};

pub(super) const BINDS_REQUEST: Rule = Rule {
    id: "get-payload/signature-binds-request",
    level: Level::Derived,
    subject: Subject::Sequencer,
    line: 94,
    quote: None,
    source: Some("line 94: a signature over `payload` covers every member of it"),
    evidence: &[Evidence::Wire],
    check: binds_request,
};

pub(super) const BAD_REFUSED: Rule = Rule {
    id: "get-payload/bad-signature-refused",
    level: Level::Derived,
    subject: Subject::Builder,
    line: 94,
    quote: None,
    source: Some("line 94: the signature is required, so a request without a good one is refused"),
    evidence: &[Evidence::Wire],
    check: bad_refused,
};

/// DECISION: signature-preimage; DECISION: request-pubkey.
fn scheme(record: &Record<'_>, tally: &mut Tally) {
    for request in record.view.payload_requests() {
        let signer = record.signers.of_sent(request.exchange);
        let pubkey = request.params.payload.pub_key;
        tally.note(request.begun_us, signer == Some(pubkey), || {
            "the signature does not recover to the request's pubKey".to_owned()
        });
    }
}

/// No other request has the same signature, and it verifies for no altered one.
fn binds_request(record: &Record<'_>, tally: &mut Tally) {
    let mut seen: BTreeMap<&[u8], &PayloadRequestV1> = BTreeMap::new();
    for request in record.view.payload_requests() {
        let payload = &request.params.payload;
        let first = seen.entry(&request.params.signature).or_insert(payload);
        let is_shared = *first != payload;
        // From each digest a signature recovers to another key: one that verifies for the request
        // verifies for no other.
        let is_good = record.signers.of_sent(request.exchange) == Some(payload.pub_key);
        let loose =
            altered(payload)
                .into_iter()
                .filter(|_| !is_good)
                .find_map(|(member, other)| {
                    let signer = signer_of(record.view.trace, &request.params.signature, &other);
                    (signer == Some(other.pub_key)).then_some(member)
                });
        tally.note(
            request.begun_us,
            !is_shared && loose.is_none(),
            || match loose {
                Some(member) => format!("the signature still verifies with another {member}"),
                None => "two different requests have the same signature".to_owned(),
            },
        );
    }
}

/// DECISION: nothing-to-give: with an error.
fn bad_refused(record: &Record<'_>, tally: &mut Tally) {
    for exchange in &record.view.exchanges {
        let (Some(passed), Some(given)) = (&exchange.passed, &exchange.given) else {
            continue;
        };
        let Meaning::PayloadRequest(params) = &passed.meaning else {
            continue;
        };
        let sequencer = record.view.trace.keys.sequencer;
        let is_good = params.payload.pub_key == sequencer
            && record.signers.of_passed(exchange) == Some(sequencer);
        if !is_good {
            let refused = matches!(given.answer, Answer::Error(_));
            tally.note(given.at_us, refused, || {
                "a request without a good signature was not answered with an error".to_owned()
            });
        }
    }
}

/// A request with each of its members altered in turn.
fn altered(payload: &PayloadRequestV1) -> [(&'static str, PayloadRequestV1); 5] {
    let flip = |hash: B256| hash ^ B256::with_last_byte(1);
    let of = |alter: fn(&mut PayloadRequestV1)| {
        let mut other = payload.clone();
        alter(&mut other);
        other
    };
    [
        (
            "blockNumber",
            of(|other| other.block_number ^= U256::from(1)),
        ),
        ("gasLimit", of(|other| other.gas_limit ^= U256::from(1))),
        ("pubKey", of(|other| other.pub_key.0[19] ^= 1)),
        (
            "parentHash",
            PayloadRequestV1 {
                parent_hash: flip(payload.parent_hash),
                ..payload.clone()
            },
        ),
        (
            "parentBeaconBlockRoot",
            PayloadRequestV1 {
                parent_beacon_block_root: flip(payload.parent_beacon_block_root),
                ..payload.clone()
            },
        ),
    ]
}
