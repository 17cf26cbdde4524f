//! What becomes of a payload request before the builder gets it.

use alloy_primitives::{B256, Bytes};
use gauntlet_protocol::{GetPayloadParams, SecretKey, SigningDomain};

use super::{Arrival, Fault, How, On};
use crate::chain::Keys;

/// What requests are signed again with.
#[derive(Debug)]
pub struct Signing<'a> {
    /// Who is who.
    pub keys: &'a Keys,
    /// The chain's id.
    pub chain_id: u64,
}

impl Signing<'_> {
    /// The parameters with another signature.
    fn signed(
        mut params: GetPayloadParams,
        key: &SecretKey,
        domain: &SigningDomain,
    ) -> GetPayloadParams {
        let signature = key.sign(domain.digest(&params.payload));
        params.signature = Bytes::copy_from_slice(&signature.to_bytes());
        params
    }

    fn domain(&self) -> SigningDomain {
        SigningDomain::builder(self.chain_id)
    }
}

const REQUEST: Fault = Fault {
    id: "",
    on: On::PayloadRequest,
    sentence: "",
    rules: &[],
    parameters: &[],
    needs: &[],
    arrival: Arrival::AfterLinks,
    weight: 1,
    how: How::Swallow,
};

/// The rules that a request tests which the builder must refuse for its signature.
const BADLY_SIGNED: &[&str] = &[
    "get-payload/bad-signature-refused",
    "get-payload/local-block-on-error",
];

pub(super) const REQUESTS: &[Fault] = &[
    Fault {
        id: "request/lost",
        sentence: "the payload request is lost on its way",
        rules: &["get-payload/gives-up-at-200-ms", "get-payload/no-retry"],
        arrival: Arrival::Never,
        how: How::Swallow,
        ..REQUEST
    },
    Fault {
        id: "request/signature-flipped",
        sentence: "a bit flips in the signature of the payload request",
        rules: BADLY_SIGNED,
        how: How::Alter(|_, mut params| {
            let mut bytes = params.signature.to_vec();
            if let Some(byte) = bytes.get_mut(31) {
                *byte ^= 1;
            }
            params.signature = bytes.into();
            params
        }),
        ..REQUEST
    },
    Fault {
        id: "request/signed-by-another",
        sentence: "the payload request is signed by a key that is not the sequencer's",
        rules: BADLY_SIGNED,
        how: How::Alter(|with, params| {
            Signing::signed(params, &with.keys.stranger, &with.domain())
        }),
        ..REQUEST
    },
    Fault {
        id: "request/signed-for-another-chain",
        sentence: "the payload request is signed for another chain",
        rules: BADLY_SIGNED,
        how: How::Alter(|with, params| {
            let domain = SigningDomain::builder(with.chain_id + 1);
            Signing::signed(params, &with.keys.sequencer, &domain)
        }),
        ..REQUEST
    },
    Fault {
        id: "request/unknown-parent",
        sentence: "the payload request names a parent that nobody knows, and is signed so",
        rules: &["get-payload/error", "get-payload/local-block-on-error"],
        how: How::Alter(|with, mut params| {
            params.payload.parent_hash = B256::repeat_byte(0x5a);
            Signing::signed(params, &with.keys.sequencer, &with.domain())
        }),
        ..REQUEST
    },
];
