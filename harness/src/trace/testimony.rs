//! What nodes say of themselves: neutral words that any node may use, and none has to. Few rules
//! need them, and each of those says why; stories are told with them.

use std::sync::Arc;

use alloy_primitives::{Address, B256};
use serde::{Deserialize, Serialize};

/// Whose block it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Whose {
    /// The builder's.
    Builder,
    /// The local engine's.
    Local,
}

/// Something that a node says it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "says", rename_all = "kebab-case")]
#[expect(
    missing_docs,
    reason = "number and hash are those of the block, the rest names itself"
)]
pub enum Testimony {
    /// The driver scheduled a fork choice update with attributes.
    Scheduled { number: u64, parent: B256 },
    /// The local engine began to build.
    LocalStarted { number: u64 },
    /// The local engine sealed its block.
    LocalSealed {
        number: u64,
        hash: B256,
        transactions: usize,
    },
    /// The local engine has no block.
    LocalFailed { number: u64, reason: Arc<str> },
    /// The builder's block was executed and found valid.
    Admitted { number: u64, hash: B256 },
    /// The builder brings no block in this slot.
    FellBack { number: u64, cause: Cause },
    /// A block was imported and is the head.
    Imported { number: u64, hash: B256 },
    /// A block left the node.
    Published {
        number: u64,
        hash: B256,
        whose: Whose,
    },
    /// A slot ended without a block.
    Missed { number: u64 },
    /// The head gave way to a sibling.
    HeadReplaced { number: u64, hash: B256 },
    /// The builder tuple changed.
    BuilderChanged { pubkey: Option<Address> },
    /// A user's transaction was accepted.
    TransactionAccepted { hash: B256 },
    /// A user's transaction was refused.
    TransactionRefused { reason: Arc<str> },
    /// The builder stored a forwarded transaction.
    Forwarded { hash: B256, attempts: u32 },
    /// A message that keeps the builder on the head did not get through.
    FeedFailed { method: Arc<str>, cause: Arc<str> },
    /// The builder began to build on a parent.
    JobStarted { number: u64, parent: B256 },
    /// The builder follows a new head.
    HeadFollowed { number: u64, hash: B256 },
    /// The builder lacks ancestors of the head that it was told of.
    Behind { head: B256 },
    /// The builder sealed a block for the sequencer.
    Sealed {
        number: u64,
        hash: B256,
        transactions: usize,
    },
    /// The builder refused a request.
    Refused { code: i32, reason: Arc<str> },
    /// The builder stored a transaction, or had stored it before.
    TransactionStored { hash: B256 },
}

/// Why the builder brings no block, as a sequencer says it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(
    missing_docs,
    reason = "the code is that of the error, the rest names itself"
)]
pub enum Cause {
    /// The reply was not complete in time.
    TimedOut,
    /// The request or the reply was lost, or what came was no reply.
    Failed(Arc<str>),
    /// The builder answered with an error.
    Error { code: i64, message: Arc<str> },
    /// The reply is not admitted: the name of the reason, and the reason.
    Rejected { name: Arc<str>, reason: Arc<str> },
    /// The head is not the requested parent any more.
    HeadMoved,
    /// Validation would not end within the slot.
    OutOfTime,
}

/// A line of a node's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Its level.
    pub level: LogLevel,
    /// The line.
    pub text: Arc<str>,
    /// The transaction that it is about, if it names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction: Option<B256>,
}

/// How loud a line of a log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the levels are those of every log")]
pub enum LogLevel {
    Error,
    Warn,
    Info,
}
