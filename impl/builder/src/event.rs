//! What a builder reports of itself. Events carry no time: who observes stamps them.

use std::fmt;
use std::sync::Arc;

use alloy_primitives::B256;

/// Something that a builder did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It began to build on a parent.
    JobStarted {
        /// The number of the block.
        number: u64,
        /// The parent.
        parent: B256,
    },
    /// It follows a new head.
    HeadFollowed {
        /// The head's number.
        number: u64,
        /// The head's hash.
        hash: B256,
    },
    /// It lacks the head's ancestors.
    Behind {
        /// The head that it was told of.
        head: B256,
    },
    /// It sealed a block for the sequencer.
    Sealed {
        /// The block's number.
        number: u64,
        /// The block's hash.
        hash: B256,
        /// How many transactions it has, deposits included.
        transactions: usize,
    },
    /// It refused a request.
    Refused {
        /// The JSON-RPC code.
        code: i32,
        /// Why.
        reason: String,
    },
    /// It stored a transaction, or had stored it before.
    TransactionStored {
        /// The transaction's hash.
        hash: B256,
    },
    /// It refused a transaction.
    TransactionRefused {
        /// Why.
        reason: String,
    },
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
