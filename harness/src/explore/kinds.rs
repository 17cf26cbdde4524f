//! The kinds of trouble and of fallbacks that runs are counted by.

use std::fmt;
use std::sync::Arc;

use crate::dialect::Answer;
use crate::plan::{Deed, Direction};
use crate::trace;
use crate::view::{End, PayloadRequest};

/// A kind of trouble.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// A fault of the catalogue, by its id, was done to a message.
    Fault(String),
    /// The link carried nothing this way.
    Link(Direction),
    /// The builder's process died.
    Died,
    /// It came back.
    Back,
    /// The head was replaced.
    HeadReplaced,
    /// The builder tuple was set.
    TupleSet,
    /// Somebody else sent the builder something.
    Probed,
    /// The local engine had no block.
    LocalFailed,
    /// A slot ended without a block.
    BlockMissing,
}

impl Trouble {
    /// The kind of a deed, whatever its parameters.
    #[must_use]
    pub fn of(deed: &Deed) -> Self {
        Self::Fault(deed.fault.clone().into_owned())
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Fault(id) => id,
            Self::Link(Direction::SequencerToBuilder) => {
                "a black hole from the sequencer to the builder"
            }
            Self::Link(Direction::BuilderToSequencer) => {
                "a black hole from the builder to the sequencer"
            }
            Self::Link(Direction::Both) => "a partition",
            Self::Died => "the builder dies",
            Self::Back => "the builder is back",
            Self::HeadReplaced => "the head is replaced",
            Self::TupleSet => "the builder tuple is set",
            Self::Probed => "somebody else sends the builder something",
            Self::LocalFailed => "the local engine fails",
            Self::BlockMissing => "a block is missing",
        })
    }
}

/// A kind of cause for which the builder brought no block.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The reply was not complete in time.
    TimedOut,
    /// There was no reply, or none that is one.
    Failed(Failed),
    /// The builder answered with an error of this code.
    Error(i64),
    /// The reply was not admitted, for the reason of this name.
    Rejected(Arc<str>),
    /// The head was not the requested parent any more.
    HeadMoved,
    /// Validation would not have ended within the slot.
    OutOfTime,
}

/// What showed of a request that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Failed {
    /// Nothing arrived at the builder's door.
    NotConnected,
    /// There was no whole reply.
    NoReply,
    /// The HTTP status was not 200.
    HttpStatus,
    /// What came was no response to the request.
    Malformed,
}

impl Cause {
    /// The kind of a cause that a sequencer gives; the last request tells apart what failed.
    #[must_use]
    pub fn of(cause: &trace::Cause, last: Option<&PayloadRequest<'_>>) -> Self {
        match cause {
            trace::Cause::TimedOut => Self::TimedOut,
            trace::Cause::Failed(_) => Self::Failed(Failed::of(last)),
            trace::Cause::Error { code, .. } => Self::Error(*code),
            trace::Cause::Rejected { name, .. } => Self::Rejected(name.clone()),
            trace::Cause::HeadMoved => Self::HeadMoved,
            trace::Cause::OutOfTime => Self::OutOfTime,
        }
    }
}

impl Failed {
    fn of(last: Option<&PayloadRequest<'_>>) -> Self {
        let Some(request) = last else {
            return Self::NotConnected;
        };
        match (request.exchange.end(), request.answer()) {
            (End::Complete { .. }, Some(Answer::Status(_))) => Self::HttpStatus,
            (End::Complete { .. }, Some(_)) => Self::Malformed,
            (End::Complete { .. } | End::GaveUp { .. } | End::Unknown, _) => Self::NoReply,
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.pad("timed out"),
            Self::Failed(failed) => f.pad(match failed {
                Failed::NotConnected => "cannot connect",
                Failed::NoReply => "no whole reply",
                Failed::HttpStatus => "an HTTP status that is not 200",
                Failed::Malformed => "malformed reply",
            }),
            Self::Error(code) => write!(f, "error {code}"),
            Self::Rejected(reason) => write!(f, "rejected: {reason}"),
            Self::HeadMoved => f.pad("the head moved"),
            Self::OutOfTime => f.pad("out of time"),
        }
    }
}
