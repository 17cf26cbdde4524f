//! What an oracle makes of a block.

/// What the oracle makes of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It is valid.
    Valid,
    /// It is invalid, and why.
    Invalid(String),
    /// Its parent never was a head.
    UnknownParent,
}
