//! Who signed the payload requests of a run: recovered once for all rules, with another library than
//! the nodes use.

use std::collections::BTreeMap;

use alloy_consensus::crypto::secp256k1::recover_signer;
use alloy_primitives::{Address, Signature, U256};
use gauntlet_protocol::{PayloadRequestV1, SigningDomain};

use crate::dialect::Meaning;
use crate::trace::Trace;
use crate::view::{Exchange, View};

/// Who signed each payload request, by the number of its exchange.
#[derive(Clone, Debug, Default)]
pub(super) struct Signers {
    sent: BTreeMap<u64, Address>,
    passed: BTreeMap<u64, Address>,
}

impl Signers {
    /// Those of a run.
    pub(super) fn of(view: &View<'_>) -> Self {
        let mut signers = Self::default();
        let signer = |meaning: &Meaning| {
            if let Meaning::PayloadRequest(params) = meaning {
                signer_of(view.trace, &params.signature, &params.payload)
            } else {
                None
            }
        };
        for exchange in &view.exchanges {
            let arrived = exchange.arrived.as_ref();
            let sent = arrived.and_then(|arrived| signer(&arrived.meaning));
            if let Some(sent) = sent {
                signers.sent.insert(exchange.number, sent);
            }
            let Some(passed) = &exchange.passed else {
                continue;
            };
            let is_same =
                arrived.is_some_and(|arrived| std::ptr::eq(arrived.request, passed.request));
            let got = if is_same {
                sent
            } else {
                signer(&passed.meaning)
            };
            if let Some(got) = got {
                signers.passed.insert(exchange.number, got);
            }
        }
        signers
    }

    /// Who signed the request as it was sent.
    pub(super) fn of_sent(&self, exchange: &Exchange<'_>) -> Option<Address> {
        self.sent.get(&exchange.number).copied()
    }

    /// Who signed the request as the builder got it.
    pub(super) fn of_passed(&self, exchange: &Exchange<'_>) -> Option<Address> {
        self.passed.get(&exchange.number).copied()
    }
}

/// Who signed a request, if the bytes are a signature of the form that this API uses. DECISION:
/// signature-form.
pub(super) fn signer_of(
    trace: &Trace,
    signature: &[u8],
    payload: &PayloadRequestV1,
) -> Option<Address> {
    let (r, s, v) = match signature {
        [rs @ .., v] if rs.len() == 64 => (&rs[..32], &rs[32..], *v),
        _ => return None,
    };
    let is_odd = match v {
        0 | 27 => false,
        1 | 28 => true,
        _ => return None,
    };
    let signature = Signature::new(U256::from_be_slice(r), U256::from_be_slice(s), is_odd);
    let digest = SigningDomain::builder(trace.chain_id()).digest(payload);
    recover_signer(&signature, digest).ok()
}
