//! What can be meant and answered.

use std::sync::Arc;

use alloy_primitives::{B256, Bytes};
use gauntlet_protocol::{BuilderPayloadV1, ExecutionPayloadV2, GetPayloadParams};
use op_alloy_rpc_types_engine::OpPayloadAttributes;
use serde_json::value::RawValue;

use super::Question;

/// What a request means.
#[derive(Clone, Debug)]
pub enum Meaning {
    /// The head is this block, and a block of these attributes is to be built on it, if it says so.
    HeadUpdate {
        /// The head.
        head: B256,
        /// The attributes.
        attributes: Option<Arc<OpPayloadAttributes>>,
    },
    /// There is this block.
    NewBlock {
        /// The block.
        payload: Arc<ExecutionPayloadV2>,
        /// The beacon block root that belongs to it.
        parent_beacon_block_root: B256,
    },
    /// A block is requested.
    PayloadRequest(Arc<GetPayloadParams>),
    /// A user's transaction is handed on.
    ForwardedTransaction(Bytes),
    /// A user sends a transaction.
    UserTransaction(Bytes),
    /// A user asks something.
    Question(Arc<Question>),
    /// Something else, by the name of its method.
    Other(Arc<str>),
    /// It does not read: why.
    Unread(Arc<str>),
}

impl Meaning {
    /// What a person calls it.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::HeadUpdate { .. } => "head update",
            Self::NewBlock { .. } => "new block",
            Self::PayloadRequest(_) => "payload request",
            Self::ForwardedTransaction(_) => "forwarded transaction",
            Self::UserTransaction(_) => "transaction",
            Self::Question(_) => "question",
            Self::Other(method) => method,
            Self::Unread(_) => "unreadable request",
        }
    }
}

/// What a reply says.
#[derive(Clone, Debug)]
pub enum Answer {
    /// A payload, and the result that it was read from.
    Payload(Arc<BuilderPayloadV1>, Arc<RawValue>),
    /// The status of a forwarded transaction.
    Stored(u64),
    /// The status of a block or of a head, in the words of the Engine API.
    Judged(Arc<str>),
    /// The hash of a user's transaction.
    Accepted(B256),
    /// A result of another kind.
    Other(Arc<RawValue>),
    /// A result that is not what was asked for: why, and the result.
    Misfit(Arc<str>, Arc<RawValue>),
    /// An error.
    Error(Error),
    /// An HTTP status other than 200.
    Status(u16),
    /// No response that reads: why.
    Unread(Arc<str>),
}

impl Answer {
    /// The payload, if there is one.
    #[must_use]
    pub fn payload(&self) -> Option<&Arc<BuilderPayloadV1>> {
        match self {
            Self::Payload(payload, _) => Some(payload),
            Self::Stored(_)
            | Self::Judged(_)
            | Self::Accepted(_)
            | Self::Other(_)
            | Self::Misfit(..)
            | Self::Error(_)
            | Self::Status(_)
            | Self::Unread(_) => None,
        }
    }

    /// The result as it was written, if there is one.
    #[must_use]
    pub fn result(&self) -> Option<&str> {
        match self {
            Self::Payload(_, result) | Self::Other(result) | Self::Misfit(_, result) => {
                Some(result.get())
            }
            Self::Stored(_)
            | Self::Judged(_)
            | Self::Accepted(_)
            | Self::Error(_)
            | Self::Status(_)
            | Self::Unread(_) => None,
        }
    }

    /// Whether a forwarded transaction is stored. DECISION: forward-status.
    #[must_use]
    pub fn is_stored(&self) -> bool {
        matches!(self, Self::Stored(200))
    }
}

/// A JSON-RPC error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The code, if it is a whole number.
    pub code: Option<i64>,
    /// The message, if it is a text.
    pub message: Option<Arc<str>>,
}
