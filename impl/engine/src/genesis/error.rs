//! Why a text is no genesis file.

use thiserror::Error;

use crate::fork::ForkOrder;

/// Why a text is no genesis file of a chain that this engine can run.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum GenesisError {
    /// A member is malformed, or the text is no JSON.
    #[error(
        "line {line}, column {column}: {}{reason}{}",
        .member.as_ref().map(|member| format!("`{member}`: ")).unwrap_or_default(),
        .expected.map(|expected| format!("; expected {expected}")).unwrap_or_default()
    )]
    Malformed {
        /// The line, counted from 1.
        line: usize,
        /// The column, counted from 1.
        column: usize,
        /// The member, as `alloc.0x12.balance`, if it is not the text as a whole.
        member: Option<String>,
        /// What is wrong.
        reason: String,
        /// What would have been right, where that is known.
        expected: Option<&'static str>,
    },
    /// A member is missing that an OP Stack chain needs.
    #[error("`{member}` is missing; expected {expected}")]
    Missing {
        /// The member.
        member: &'static str,
        /// What would have been right.
        expected: &'static str,
    },
    /// A member has a value that cannot be.
    #[error("`{member}`: {reason}; expected {expected}")]
    Invalid {
        /// The member.
        member: &'static str,
        /// What is wrong.
        reason: String,
        /// What would have been right.
        expected: &'static str,
    },
    /// A fork is set that this engine does not know.
    #[error("`config.{member}`: this fork is not supported yet; expected it to be absent or null")]
    UnsupportedFork {
        /// The member of `config`.
        member: &'static str,
    },
    /// A fork begins although the one before it does not, or not yet.
    #[error(
        "`config.{member}`: {0}; expected a time not before `{earlier}`",
        member = .0.fork.genesis_member(),
        earlier = .0.earlier.genesis_member()
    )]
    ForkOrder(#[from] ForkOrder),
}

impl GenesisError {
    /// Line and column of the error, counted from 1, where there is such a place.
    #[must_use]
    pub const fn position(&self) -> Option<(usize, usize)> {
        match self {
            Self::Malformed { line, column, .. } => Some((*line, *column)),
            Self::Missing { .. }
            | Self::Invalid { .. }
            | Self::UnsupportedFork { .. }
            | Self::ForkOrder(_) => None,
        }
    }
}
