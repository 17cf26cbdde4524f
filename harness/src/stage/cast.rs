//! Which variant of each node plays.

use std::fmt;

use crate::trace::Recorder;

/// Makes the observer of a sequencer.
pub type Observe = fn(&Recorder) -> gauntlet_sequencer::Observer;

/// Which variant of each node plays: the parts that its constructor gets.
#[derive(Clone, Copy)]
pub struct Cast {
    /// The sequencer's parts.
    pub sequencer: fn(&Recorder) -> gauntlet_sequencer::Parts,
    /// Who the sequencer tells what it does.
    pub observe: Observe,
    /// The builder's parts.
    pub builder: fn() -> gauntlet_builder::Parts,
}

impl Cast {
    /// Honest nodes.
    #[must_use]
    pub fn honest() -> Self {
        Self {
            sequencer: |_| gauntlet_sequencer::Parts::default(),
            observe: Recorder::sequencer,
            builder: gauntlet_builder::Parts::default,
        }
    }
}

impl fmt::Debug for Cast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cast")
    }
}
