//! What befalls hosts, links and the sequencer's local engine.

use serde::{Deserialize, Serialize};

/// What befalls a host or a link. Each is named after what a peer sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Fault {
    /// The builder's process dies: connections end, new ones are refused; it may come back, with
    /// nothing but its genesis. Both times are multiples of the simulation's tick.
    Dies {
        /// When it dies.
        at_ms: u64,
        /// When it is back, if ever.
        back_at_ms: Option<u64>,
    },
    /// The builder's process dies and comes back with the chain as it was published until then,
    /// but for its last blocks. Both times are multiples of the simulation's tick.
    Restarts {
        /// When it dies.
        at_ms: u64,
        /// When it is back.
        back_at_ms: u64,
        /// How many of the last blocks it has lost.
        loses_blocks: u64,
    },
    /// What the link carries in this direction is lost until it heals, and arrives then, because
    /// TCP sends it again.
    BlackHole {
        /// Which way.
        direction: Direction,
        /// When it begins.
        from_ms: u64,
        /// When the link heals, if ever.
        until_ms: Option<u64>,
    },
    /// The link carries everything, but worse than it should.
    Disturbs {
        /// How.
        trouble: LinkTrouble,
        /// Which way.
        direction: Direction,
        /// When it begins.
        from_ms: u64,
        /// When the link is as before, if ever.
        until_ms: Option<u64>,
    },
    /// The sequencer's local engine does not do what it is asked.
    Engine {
        /// What it does instead.
        trouble: EngineTrouble,
        /// When it begins.
        from_ms: u64,
        /// When the engine is as before, if ever.
        until_ms: Option<u64>,
    },
}

/// How a link is worse than it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkTrouble {
    /// Each message takes so much longer.
    Slow {
        /// By how much, in milliseconds.
        by_ms: u64,
    },
    /// Of a hundred messages so many are lost on their way, each time they are sent; TCP sends them
    /// again, later and later.
    Loses {
        /// How many.
        percent: u64,
    },
    /// What opens a connection is lost, and sent again after a second, after two more, after four.
    DropsConnects,
}

/// What a local engine does instead of what it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EngineTrouble {
    /// It fails at building: there is no block, at once.
    Fails,
    /// It does not come to an end of building until it is as before.
    Stalls,
    /// It says of every payload that it is syncing, and builds nothing.
    Syncs,
    /// It cannot make a block the head.
    CannotImport,
}

/// A direction of the link between the sequencer and the builder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// What the sequencer sends.
    SequencerToBuilder,
    /// What the builder sends.
    BuilderToSequencer,
    /// Both: a partition.
    Both,
}

impl Direction {
    /// Whether what goes this way, which is one of the two, goes that way.
    #[must_use]
    pub fn covers(self, way: Self) -> bool {
        self == Self::Both || self == way
    }
}

impl EngineTrouble {
    /// Whether it can build a block meanwhile.
    #[must_use]
    pub const fn builds(self) -> bool {
        matches!(self, Self::CannotImport)
    }

    /// Whether it can tell meanwhile whether a payload is valid.
    #[must_use]
    pub const fn validates(self) -> bool {
        !matches!(self, Self::Syncs)
    }
}

impl Fault {
    /// When it begins, and when it is over, if ever.
    #[must_use]
    pub const fn times_ms(&self) -> (u64, Option<u64>) {
        match self {
            Self::Dies { at_ms, back_at_ms } => (*at_ms, *back_at_ms),
            Self::Restarts {
                at_ms, back_at_ms, ..
            } => (*at_ms, Some(*back_at_ms)),
            Self::BlackHole {
                from_ms, until_ms, ..
            }
            | Self::Disturbs {
                from_ms, until_ms, ..
            }
            | Self::Engine {
                from_ms, until_ms, ..
            } => (*from_ms, *until_ms),
        }
    }

    /// Whether it goes on at a time.
    #[must_use]
    pub fn is_at(&self, ms: u64) -> bool {
        let (from_ms, until_ms) = self.times_ms();
        from_ms <= ms && until_ms.is_none_or(|until_ms| ms < until_ms)
    }

    /// Whether it goes on at some time from one on until another, both included, in microseconds.
    /// Its own end is included too.
    #[must_use]
    pub fn is_within(&self, from_us: u64, until_us: u64) -> bool {
        let (begins_ms, ends_ms) = self.times_ms();
        let ends_us = ends_ms.map_or(u64::MAX, |ends_ms| ends_ms * 1000);
        begins_ms * 1000 <= until_us && from_us <= ends_us
    }

    /// Whether it takes the builder's process down.
    #[must_use]
    pub const fn is_of_process(&self) -> bool {
        matches!(self, Self::Dies { .. } | Self::Restarts { .. })
    }

    /// What the local engine does meanwhile, if it is a fault of its.
    #[must_use]
    pub const fn of_engine(&self) -> Option<EngineTrouble> {
        match self {
            Self::Engine { trouble, .. } => Some(*trouble),
            Self::Dies { .. }
            | Self::Restarts { .. }
            | Self::BlackHole { .. }
            | Self::Disturbs { .. } => None,
        }
    }
}
