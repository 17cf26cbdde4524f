//! What becomes of published blocks at an execution client that follows the chain.

use std::sync::Arc;

use alloy_primitives::B256;
use serde::{Deserialize, Serialize};

/// Something of an execution client that gets the published blocks by the Engine API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Followed {
    /// Which client: its URL.
    pub client: Arc<str>,
    /// What.
    pub news: FollowerNews,
}

/// What an execution client says of a block, or that it says nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
#[expect(
    missing_docs,
    reason = "number and hash are those of the block, the rest names itself"
)]
pub enum FollowerNews {
    /// It finds a block valid.
    Valid { number: u64, hash: B256 },
    /// It finds a block invalid, and says why in its own words.
    Invalid {
        number: u64,
        hash: B256,
        reason: Arc<str>,
    },
    /// It does not answer any more, or not as the Engine API says; told once until it does again.
    Away { cause: Arc<str> },
    /// It lacks the parent of a block, which is not kept any more or never was published; told once
    /// until it says something of a block again.
    Lacks { parent: B256 },
}
