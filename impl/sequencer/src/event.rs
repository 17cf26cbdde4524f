//! What a sequencer reports of itself. Events carry no time: who observes stamps them.

use std::fmt;
use std::sync::Arc;

use alloy_primitives::{Address, B256};
use gauntlet_engine::{Attributes, Payload};

use crate::submission::Rejection;

/// Whose block it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The builder's.
    Builder,
    /// The local engine's.
    Local,
}

/// What the sequencer says of a block that it handed to its followers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Whose block it is.
    pub origin: Origin,
    /// The block.
    pub payload: Arc<Payload>,
}

/// Something that a sequencer did.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The driver scheduled a fork choice update with attributes: a slot began, or its head was
    /// replaced.
    ForkChoiceScheduled {
        /// The number of the block to make.
        number: u64,
        /// Its parent.
        parent: B256,
        /// Its attributes.
        attributes: Arc<Attributes>,
    },
    /// The local engine began to build.
    LocalStarted {
        /// The block's number.
        number: u64,
    },
    /// The local engine sealed its block.
    LocalSealed {
        /// The block's number.
        number: u64,
        /// The block's hash.
        hash: B256,
        /// How many transactions it has, deposits included.
        transactions: usize,
    },
    /// The local engine has no block.
    LocalFailed {
        /// The block's number.
        number: u64,
        /// Why.
        reason: String,
    },
    /// The builder's block was executed on the requested parent and found valid.
    Admitted {
        /// The block's number.
        number: u64,
        /// The block's hash.
        hash: B256,
    },
    /// The builder brings no block in this slot.
    FellBack {
        /// The number of the block to make.
        number: u64,
        /// Why.
        cause: Fallback,
    },
    /// A block was imported and is the head.
    Imported {
        /// The block's number.
        number: u64,
        /// The block's hash.
        hash: B256,
    },
    /// A block left the sequencer.
    Published(Published),
    /// The slot ended without a block.
    Missed {
        /// The number of the block that is missing.
        number: u64,
    },
    /// The head gave way to a sibling derived from L1.
    HeadReplaced {
        /// The sibling.
        payload: Arc<Payload>,
    },
    /// The builder tuple changed.
    BuilderChanged {
        /// The key of the new builder, if there is one.
        pubkey: Option<Address>,
    },
    /// A user's transaction was accepted.
    TransactionAccepted {
        /// The transaction's hash.
        hash: B256,
    },
    /// A user's transaction was refused.
    TransactionRefused {
        /// Why.
        reason: String,
    },
    /// The builder stored a forwarded transaction.
    Forwarded {
        /// The transaction's hash.
        hash: B256,
        /// How many attempts it took.
        attempts: u32,
    },
    /// All attempts to forward a transaction failed. This is the loud log of line 123: its level is
    /// ERROR. DECISION: log-loudly.
    ForwardingFailed {
        /// The transaction's hash.
        hash: B256,
        /// How many attempts were made.
        attempts: u32,
        /// Why the last one failed.
        cause: String,
    },
    /// A message to the builder that keeps it on the head did not get through.
    FeedFailed {
        /// The method.
        method: &'static str,
        /// Why.
        cause: String,
    },
}

/// Why there is no block of the builder. To the sequencer all of these are one: it uses the local
/// block.
#[derive(Clone, Debug, PartialEq)]
pub enum Fallback {
    /// The reply was not complete strictly before the timeout.
    TimedOut,
    /// The request or the reply was lost, or what came was no reply.
    Failed(String),
    /// The builder answered with an error.
    Error {
        /// The JSON-RPC code.
        code: i64,
        /// The message.
        message: String,
    },
    /// The reply is not admitted.
    Rejected(Rejection),
    /// The head is not the requested parent any more. DECISION: head-change.
    HeadMoved,
    /// Validation would not end within the slot.
    OutOfTime,
}

impl fmt::Display for Fallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("timed out"),
            Self::Failed(cause) => f.write_str(cause),
            Self::Error { code, message } => write!(f, "error {code}: {message}"),
            Self::Rejected(rejection) => write!(f, "rejected: {rejection}"),
            Self::HeadMoved => f.write_str("the head moved"),
            Self::OutOfTime => f.write_str("validation would outlast the slot"),
        }
    }
}

/// Who is told of events.
#[derive(Clone)]
pub struct Observer(Arc<dyn Fn(Event) + Send + Sync>);

impl Observer {
    /// Makes an observer of a function.
    pub fn new(observe: impl Fn(Event) + Send + Sync + 'static) -> Self {
        Self(Arc::new(observe))
    }

    /// Tells of an event.
    pub fn observe(&self, event: Event) {
        (self.0)(event);
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}
