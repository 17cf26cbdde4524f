//! What a builder's payload must be to be admitted.
//!
//! First the cheap checks, in the order of [`CHECKS`], each one sentence of the specification or of
//! a decision; then execution on the requested parent, which decides.

use std::fmt;
use std::sync::Arc;

use alloy_primitives::{Address, B256, Bytes, U256};
use gauntlet_engine::{Attributes, Block, Engine, Invalid, Payload};
use gauntlet_protocol::{BuilderPayloadV1, BuilderTuple, ParseError, PayloadRequestV1};
use thiserror::Error;

use crate::{CHECKS, Check};

/// A builder's payload and everything it is judged against. DECISION: head-change: that is what the
/// request was sent with.
#[derive(Clone, Copy, Debug)]
pub struct Submission<'a> {
    /// The request.
    pub request: &'a PayloadRequestV1,
    /// The attributes that the request was translated from.
    pub attributes: &'a Attributes,
    /// The builder that was asked.
    pub asked: &'a BuilderTuple,
    /// The builder that is registered now.
    pub registered: Option<&'a BuilderTuple>,
    /// The answer.
    pub response: &'a BuilderPayloadV1,
}

impl Submission<'_> {
    /// The payload, with the beacon block root that the request named: the response has none.
    #[must_use]
    pub fn payload(&self) -> Payload {
        let root = self.request.parent_beacon_block_root;
        Payload::from_wire(&self.response.execution_payload, root)
    }
}

/// Executes a submission's payload and returns its block.
pub type Execute = Arc<dyn Fn(&Engine, &Submission<'_>) -> Result<Block, Rejection> + Send + Sync>;

/// How submissions are judged.
#[derive(Clone)]
pub struct Admission {
    /// What is checked first, in this order.
    pub checks: Vec<Check>,
    /// What decides.
    pub execute: Execute,
}

impl Admission {
    /// Judges a submission.
    ///
    /// # Errors
    ///
    /// The first reason why it is not admitted.
    pub fn admit(&self, engine: &Engine, submission: &Submission<'_>) -> Result<Block, Rejection> {
        for check in &self.checks {
            (check.judge)(submission)?;
        }
        (self.execute)(engine, submission)
    }
}

impl Default for Admission {
    fn default() -> Self {
        Self {
            checks: CHECKS.to_vec(),
            execute: Arc::new(execute),
        }
    }
}

impl fmt::Debug for Admission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.checks.iter().map(|check| check.name);
        f.debug_list().entries(names).finish()
    }
}

/// Why a payload is not admitted.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum Rejection {
    /// The response is not a `BuilderPayloadV1`.
    #[error("malformed response: {0}")]
    Malformed(#[from] ParseError),
    /// `pubKey` is not the registered `builderPubkey`.
    #[error("pubKey is {got}, the registered builder's is {expected}")]
    WrongPubkey {
        /// The registered key.
        expected: Address,
        /// The response's.
        got: Address,
    },
    /// The builder that was asked is not the registered one any more.
    #[error("the builder tuple changed while the request was under way")]
    BuilderReplaced,
    /// `parentHash` is not the request's.
    #[error("parentHash is {got}, the request's is {expected}")]
    WrongParent {
        /// The request's.
        expected: B256,
        /// The payload's.
        got: B256,
    },
    /// `blockNumber` is not the request's.
    #[error("blockNumber is {got}, the request's is {expected}")]
    WrongNumber {
        /// The request's.
        expected: U256,
        /// The payload's.
        got: u64,
    },
    /// `gasLimit` is not the request's.
    #[error("gasLimit is {got}, the request's is {expected}")]
    WrongGasLimit {
        /// The request's.
        expected: U256,
        /// The payload's.
        got: u64,
    },
    /// `timestamp` is not the local view's.
    #[error("timestamp is {got}, the attributes' is {expected}")]
    WrongTimestamp {
        /// The attributes'.
        expected: u64,
        /// The payload's.
        got: u64,
    },
    /// `feeRecipient` is not the local view's.
    #[error("feeRecipient is {got}, the attributes' is {expected}")]
    WrongFeeRecipient {
        /// The attributes'.
        expected: Address,
        /// The payload's.
        got: Address,
    },
    /// `prevRandao` is not the local view's.
    #[error("prevRandao is {got}, the attributes' is {expected}")]
    WrongPrevRandao {
        /// The attributes'.
        expected: B256,
        /// The payload's.
        got: B256,
    },
    /// A forced transaction is missing, altered or not in its place.
    #[error("transaction {index} is not the forced one of the attributes")]
    WrongForcedTransaction {
        /// Which, from 0.
        index: usize,
    },
    /// There are transactions after the forced ones, though the attributes say `noTxPool`.
    #[error("the attributes say noTxPool, and there are {extra} more transactions")]
    PoolUsed {
        /// How many.
        extra: usize,
    },
    /// `extraData` does not carry the EIP-1559 parameters of the attributes.
    #[error("extraData is {got}, the attributes' parameters are {expected}")]
    WrongExtraData {
        /// What the attributes say.
        expected: Bytes,
        /// The payload's.
        got: Bytes,
    },
    /// The payload is invalid by the rules of `engine_newPayloadV3`.
    #[error("invalid: {0}")]
    Invalid(Invalid),
}

/// "Client software MUST follow the same specification as engine_newPayloadV3" (line 108) and "MUST
/// simulate transactions in `executionPayload` on `parentHash`" (line 109).
///
/// # Errors
///
/// The payload is invalid, or its extra data are not those of the attributes.
pub fn execute(engine: &Engine, submission: &Submission<'_>) -> Result<Block, Rejection> {
    let payload = &submission.response.execution_payload;
    let attributes = submission.attributes;
    let expected = engine
        .spec()
        .extra_data(attributes.timestamp, attributes.eip1559_params);
    let expected = expected.ok().flatten().unwrap_or_default();
    if payload.extra_data != expected {
        let got = payload.extra_data.clone();
        return Err(Rejection::WrongExtraData { expected, got });
    }
    engine
        .validate(&submission.payload())
        .map_err(Rejection::Invalid)
}
