//! Which variant of each node plays.

use std::fmt;

use crate::trace::Recorder;

/// Makes the observer of a sequencer.
pub type Observe = fn(&Recorder) -> gauntlet_sequencer::Observer;

/// Which variant of each node plays: the parts that its constructor gets.
#[derive(Clone, Copy)]
pub struct Cast {
    /// The sequencer's settings, made of those that the plan says.
    pub config: fn(gauntlet_sequencer::Config) -> gauntlet_sequencer::Config,
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
    pub const fn honest() -> Self {
        Self {
            config: |planned| planned,
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
