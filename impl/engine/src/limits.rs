//! How far execution may go: tasks are asked to stop, they are never interrupted.

use std::fmt;

use thiserror::Error;

/// How far a block is filled from the pool.
///
/// The forced transactions of a block are executed in any case: without them there is no block.
#[derive(Clone, Copy)]
pub struct Limits<'a> {
    /// The most gas that the transactions of the pool may use together. One whose gas limit is
    /// above what is left of it is left out, with all that its sender sent after it.
    pub gas: Option<u64>,
    /// Asked before each transaction of the pool: whether the block ends here.
    pub stop: &'a dyn Fn() -> bool,
}

impl Limits<'_> {
    /// None: the block is filled as far as its gas limit goes.
    pub const NONE: Limits<'static> = Limits {
        gas: None,
        stop: &never,
    };
}

impl fmt::Debug for Limits<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits")
            .field("gas", &self.gas)
            .finish_non_exhaustive()
    }
}

/// Why a block has less of the pool than would have fitted under its gas limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// A transaction was left out for [`Limits::gas`].
    Gas,
    /// [`Limits::stop`] said so.
    Stopped,
}

/// A validation was stopped before it came to a verdict. It says nothing of the payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the validation was stopped")]
pub struct Stopped;

/// Says of any task that it goes on to its end.
#[must_use]
pub fn never() -> bool {
    false
}
