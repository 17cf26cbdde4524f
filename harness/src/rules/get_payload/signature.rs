//! What is signed, and what a bad signature leads to.

use alloy_primitives::{Address, B256, U256};
use gauntlet_protocol::constants::GET_PAYLOAD;
use gauntlet_protocol::{GetPayloadParams, PayloadRequestV1, SigningDomain};
use serde_json::Value;

use super::{Evidence, Level, Rule, Subject, Tally};
use crate::trace::Host;
use crate::view::View;

pub(super) const SCHEME: Rule = Rule {
    id: "get-payload/signature-scheme",
    level: Level::Declared,
    subject: Subject::Sequencer,
    line: 94,
    quote: Some("`secp256k1` signature over `payload`"),
    source: None,
    evidence: &[Evidence::Wire, Evidence::Blocks],
    check: scheme,
};

pub(super) const BINDS_REQUEST: Rule = Rule {
    id: "get-payload/signature-binds-request",
    level: Level::Derived,
    subject: Subject::Sequencer,
    line: 94,
    quote: None,
    source: Some("line 94: a signature over `payload` covers every member of it"),
    evidence: &[Evidence::Wire, Evidence::Blocks],
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
fn scheme(view: &View<'_>, tally: &mut Tally) {
    for request in view.calls_of(Host::Sequencer, GET_PAYLOAD) {
        let Ok(params) = GetPayloadParams::from_json(request.params) else {
            continue;
        };
        let signer = signer_of(view, &params, &params.payload);
        tally.note(
            request.sent_us,
            signer == Some(params.payload.pub_key),
            || "the signature does not recover to the request's pubKey".to_owned(),
        );
    }
}

/// No other request has the same signature, and it verifies for no altered one.
fn binds_request(view: &View<'_>, tally: &mut Tally) {
    let mut seen: Vec<GetPayloadParams> = Vec::new();
    for request in view.calls_of(Host::Sequencer, GET_PAYLOAD) {
        let Ok(params) = GetPayloadParams::from_json(request.params) else {
            continue;
        };
        let shared = seen
            .iter()
            .any(|other| other.signature == params.signature && other.payload != params.payload);
        let verifies = |of: &PayloadRequestV1| signer_of(view, &params, of) == Some(of.pub_key);
        // From each digest a signature recovers to another key: one that verifies for the request
        // verifies for no other.
        let loose = if verifies(&params.payload) {
            None
        } else {
            altered(&params.payload)
                .into_iter()
                .find_map(|(member, other)| verifies(&other).then_some(member))
        };
        tally.note(
            request.sent_us,
            !shared && loose.is_none(),
            || match loose {
                Some(member) => format!("the signature still verifies with another {member}"),
                None => "two different requests have the same signature".to_owned(),
            },
        );
        seen.push(params);
    }
}

/// DECISION: nothing-to-give: with an error.
fn bad_refused(view: &View<'_>, tally: &mut Tally) {
    for exchange in view.exchanges_of(Host::Builder, GET_PAYLOAD) {
        let Ok(params) = GetPayloadParams::from_json(exchange.params) else {
            continue;
        };
        let sequencer = view.trace.keys.sequencer.address();
        let good = params.payload.pub_key == sequencer
            && signer_of(view, &params, &params.payload) == Some(sequencer);
        let Some(reply) = exchange
            .reply
            .filter(|_| !good && exchange.reply_is_the_nodes())
        else {
            continue;
        };
        let body: Value = serde_json::from_slice(reply.body).unwrap_or_default();
        let refused = body.get("error").is_some() && body.get("result").is_none();
        tally.note(reply.at_us, refused, || {
            "a request without a good signature was answered with a payload".to_owned()
        });
    }
}

fn signer_of(
    view: &View<'_>,
    params: &GetPayloadParams,
    payload: &PayloadRequestV1,
) -> Option<Address> {
    let digest = SigningDomain::builder(view.trace.chain_id()).digest(payload);
    params.signature().ok()?.signer(digest).ok()
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
