//! What an execution client of somebody else's makes of a payload.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use alloy_primitives::{B256, keccak256};

use super::PublishedBlock;

/// What tells a payload from all others: a digest of every member and of the beacon block root that
/// belongs to it. A block hash does not, since whoever forges a payload may claim any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PayloadId(B256);

impl PayloadId {
    /// That of a block.
    #[must_use]
    pub fn of(block: &PublishedBlock) -> Self {
        let text = serde_json::to_vec(block).expect("payloads can always be written");
        Self(keccak256(text))
    }
}

/// What an execution client makes of a payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opinion {
    /// It is valid.
    Valid,
    /// It is invalid, and why in the client's words; nothing, if it has none.
    Invalid(Arc<str>),
    /// It is not even a payload: an error, by its code and its message.
    Refused(Arc<str>),
    /// It cannot judge: the status that it answers, which is SYNCING or ACCEPTED.
    CannotJudge(Arc<str>),
}

impl fmt::Display for Opinion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Valid => f.write_str("VALID"),
            Self::Invalid(why) if why.is_empty() => f.write_str("INVALID"),
            Self::Invalid(why) => write!(f, "INVALID: {why}"),
            Self::Refused(error) => write!(f, "error {error}"),
            Self::CannotJudge(status) => f.write_str(status),
        }
    }
}

/// What an execution client makes of payloads.
pub type Opinions = BTreeMap<PayloadId, Opinion>;
