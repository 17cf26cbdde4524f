//! A builder's payload, what it is judged against, and why it is rejected.

use alloy_primitives::{Address, B256, Bytes, U256};
use gauntlet_engine::{Attributes, Invalid, Payload, Stopped};
use gauntlet_protocol::{BuilderPayloadV1, BuilderTuple, ParseError, PayloadRequestV1};
use thiserror::Error;

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
    /// The local engine is syncing, and says neither that the payload is valid nor that it is not.
    /// DECISION: syncing.
    #[error("the local engine is syncing")]
    Syncing,
    /// The time for a verdict was over first.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}
