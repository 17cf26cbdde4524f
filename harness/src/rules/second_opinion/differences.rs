//! Where Gauntlet's engine and an execution client are known to differ: the register that excuses
//! a difference, and nothing else does.

use gauntlet_protocol::ExecutionPayloadV2;

/// What an engine says of a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// That it is valid.
    Valid,
    /// That it is invalid, or not even a payload.
    Invalid,
}

/// A known difference.
#[derive(Clone, Copy, Debug)]
pub struct Difference {
    /// Its name, in reports.
    pub id: &'static str,
    /// Which payloads it is about, in a sentence.
    pub about: &'static str,
    /// Whether it is about this payload.
    pub applies: fn(&ExecutionPayloadV2) -> bool,
    /// What our engine says; the client says the other.
    pub ours: Side,
    /// Of which client it is known.
    pub client: &'static str,
    /// Why ours says what it says.
    pub why: &'static str,
}

/// Every known difference.
pub fn differences() -> impl Iterator<Item = &'static Difference> + Clone {
    DIFFERENCES.iter()
}

const DIFFERENCES: &[Difference] = &[];
