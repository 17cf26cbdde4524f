//! Who signed the payload requests of a run: recovered once for all rules, with another library than
//! the nodes use.

use std::collections::BTreeMap;

use alloy_primitives::Address;
use gauntlet_protocol::PayloadRequestV1;

use crate::dialect::{Meaning, Wanted, signer};
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
        let of = |meaning: &Meaning| {
            if let Meaning::PayloadRequest(params) = meaning {
                signer_of(view.trace, &params.signature, &params.payload)
            } else {
                None
            }
        };
        for exchange in &view.exchanges {
            let arrived = exchange.arrived.as_ref();
            let sent = arrived.and_then(|arrived| of(&arrived.meaning));
            if let Some(sent) = sent {
                signers.sent.insert(exchange.number, sent);
            }
            let Some(passed) = &exchange.passed else {
                continue;
            };
            let is_same =
                arrived.is_some_and(|arrived| std::ptr::eq(arrived.request, passed.request));
            let got = if is_same { sent } else { of(&passed.meaning) };
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
    let request = Wanted {
        number: payload.block_number,
        parent: payload.parent_hash,
        pubkey: payload.pub_key,
        gas_limit: payload.gas_limit,
        root: payload.parent_beacon_block_root,
        signature: signature.to_vec(),
        has_others: false,
        is_odd: false,
    };
    signer(trace.chain_id(), &request)
}
