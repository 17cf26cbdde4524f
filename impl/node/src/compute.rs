//! How a node computes.

use std::time::Duration;

use crate::workers::Workers;

/// How often a growing block is filled again, on real clocks, if the pool has changed.
const EVERY: Duration = Duration::from_millis(50);

/// How a node computes.
#[derive(Clone, Debug)]
pub struct Compute {
    /// Who executes.
    pub workers: Workers,
    /// When its blocks are filled.
    pub pace: Pace,
    /// How long before the end of a slot everything is computed.
    pub margin: Duration,
}

/// When a block is filled from the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// When it is due, with what waits then: where computing takes no time.
    WhenDue,
    /// Ahead, again and again, so that a complete block is there when it is due and nothing is
    /// executed then.
    Ahead {
        /// How much time passes between two rounds.
        every: Duration,
        /// How long a round may take: what is not executed by then is left out of it.
        budget: Duration,
    },
}

impl Compute {
    /// That of a simulation: computing takes no time, and is done in place.
    #[must_use]
    pub const fn simulated() -> Self {
        Self {
            workers: Workers::inline(),
            pace: Pace::WhenDue,
            margin: Duration::ZERO,
        }
    }

    /// That of a node on a real clock, with threads of its own, where slots are so long: a round
    /// takes less than whoever judges its block has, and what remains of a slot then is to import
    /// and to publish.
    #[must_use]
    pub fn real(block_time: Duration) -> Self {
        Self {
            workers: Workers::threads(),
            pace: Pace::Ahead {
                every: EVERY,
                budget: block_time / 16,
            },
            margin: block_time / 20,
        }
    }
}
