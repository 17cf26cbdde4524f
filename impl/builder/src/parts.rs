//! What a variant of the builder can do differently.

use std::fmt;

use alloy_primitives::{Address, TxHash};
use gauntlet_engine::PoolError;
use gauntlet_protocol::constants::codes;
use gauntlet_protocol::{BuilderPayloadV1, GetPayloadParams, RpcError, SigningDomain, Status};
use serde_json::Value;

use crate::jobs::{Job, Jobs};

/// Verifies a request and its signature.
pub type Verify = fn(&GetPayloadParams, &SigningDomain, Address) -> Result<(), RpcError>;

/// Answers a forwarded transaction.
pub type Accept = fn(Stored) -> Result<Status, RpcError>;

/// Writes the answer to a payload request.
pub type Respond = fn(&BuilderPayloadV1) -> Value;

/// What became of a forwarded transaction.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Whether it waited, or was included, before.
    pub was_known: bool,
    /// Its hash, or why the pool does not take it.
    pub added: Result<TxHash, PoolError>,
}

/// Selects the job of a request.
pub type Select = fn(&Jobs, &GetPayloadParams) -> Option<Job>;

/// Begins a job, unless it is under way; whether it was begun.
pub type Begin = fn(&mut Jobs, Job) -> bool;

/// The parts of a builder; the honest ones are the default.
#[derive(Clone)]
pub struct Parts {
    /// Verifies requests.
    pub verify: Verify,
    /// Begins jobs.
    pub begin: Begin,
    /// Selects the job of a request.
    pub select: Select,
    /// Writes the answers to payload requests.
    pub respond: Respond,
    /// Answers forwarded transactions.
    pub accept: Accept,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            verify,
            begin: Jobs::start,
            select,
            respond,
            accept,
        }
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Parts")
    }
}

/// "`secp256k1` signature over `payload`" (line 94): it is the configured sequencer's, and so is
/// the request's `pubKey`. DECISION: request-pubkey.
///
/// # Errors
///
/// The signature is malformed, or another's.
pub fn verify(
    params: &GetPayloadParams,
    domain: &SigningDomain,
    sequencer: Address,
) -> Result<(), RpcError> {
    let refused = |reason: String| RpcError::new(codes::INVALID_SIGNATURE, reason);
    let signer = params
        .signature()
        .and_then(|signature| signature.signer(domain.digest(&params.payload)))
        .map_err(|error| refused(error.to_string()))?;
    if signer != params.payload.pub_key {
        return Err(refused(format!(
            "pubKey is not the signer's address {signer}"
        )));
    }
    if signer != sequencer {
        return Err(refused(format!("{signer} is not the configured sequencer")));
    }
    Ok(())
}

/// The job of the request's parent and number. DECISION: nothing-to-give.
#[must_use]
pub fn select(jobs: &Jobs, params: &GetPayloadParams) -> Option<Job> {
    jobs.select(&params.payload).cloned()
}

/// A transaction that is stored, or was before, is answered with 200. DECISION: duplicate-forward.
///
/// # Errors
///
/// The pool's reason not to store it.
pub fn accept(stored: Stored) -> Result<Status, RpcError> {
    stored
        .added
        .map(|_| Status::OK)
        .map_err(|error| RpcError::new(codes::SERVER_ERROR, error.to_string()))
}

/// The three members of `BuilderPayloadV1` (lines 75 to 79).
#[must_use]
pub fn respond(payload: &BuilderPayloadV1) -> Value {
    serde_json::to_value(payload).expect("a payload has string keys and can always be written")
}
