//! What a trace can hold of a run.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a trace can hold of a run, for rules to judge by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// What crossed the link between sequencer and builder, on both faces of the proxy.
    Wire,
    /// What users sent and what they were answered.
    Users,
    /// The blocks that a follower got.
    Blocks,
    /// What the operator and L1 did.
    Stimulus,
    /// What a node said of itself.
    Testimony,
    /// What a node logged.
    Log,
    /// Whether a node's process panicked.
    Panics,
    /// The order of what happened within an instant.
    Order,
    /// How many tasks live in a node's process.
    Tasks,
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Wire => "wire",
            Self::Users => "users",
            Self::Blocks => "blocks",
            Self::Stimulus => "stimulus",
            Self::Testimony => "testimony",
            Self::Log => "log",
            Self::Panics => "panics",
            Self::Order => "order",
            Self::Tasks => "tasks",
        })
    }
}

impl Evidence {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Wire,
        Self::Users,
        Self::Blocks,
        Self::Stimulus,
        Self::Testimony,
        Self::Log,
        Self::Panics,
        Self::Order,
        Self::Tasks,
    ];
}
