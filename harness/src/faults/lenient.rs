//! Payloads that an execution client of somebody else's takes and Gauntlet does not: sealed, and
//! nothing is wrong with what comes of them. Each shows a known difference of
//! `chain/second-opinion`.

use alloy_primitives::Bytes;

use super::forgeries::FORGERY;
use super::{Fault, How};

/// What shows that a sequencer takes such a payload.
const TAKEN: &[&str] = &[
    "new-payload/invalid-never-surfaced",
    "get-payload/local-view",
];

pub(super) const LENIENT: &[Fault] = &[
    Fault {
        id: "reply/elasticity-above-gas-limit",
        sentence: "the payload's EIP-1559 elasticity is above its gas limit, re-sealed",
        rules: TAKEN,
        how: How::ForgePayload(|forge, honest| {
            forge.resealed(honest, |payload| {
                // A version, a denominator of 250, and the largest elasticity there is.
                let extra_data = [0, 0, 0, 0, 250, 255, 255, 255, 255];
                payload.extra_data = Bytes::copy_from_slice(&extra_data);
            })
        }),
        ..FORGERY
    },
    Fault {
        id: "reply/blob-gas-used",
        sentence: "the payload says that it uses the gas of blobs, re-sealed",
        rules: TAKEN,
        how: How::ForgePayload(|forge, honest| {
            forge.resealed(honest, |payload| payload.blob_gas_used = Some(1))
        }),
        ..FORGERY
    },
    Fault {
        id: "reply/gas-limit-above-the-most",
        sentence: "the payload's gas limit is above what L1 can set, re-sealed",
        rules: TAKEN,
        how: How::ForgePayload(|forge, honest| {
            // DECISION: most-gas.
            let most = forge.engine.spec().max_gas_limit();
            forge.resealed(honest, |payload| payload.gas_limit = most + 1)
        }),
        ..FORGERY
    },
];
