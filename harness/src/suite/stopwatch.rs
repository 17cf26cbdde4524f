//! The time that passes for whoever waits for a result. No simulation sees it.

use std::time::{Duration, Instant};

/// Measures how long something takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts to measure.
    #[expect(
        clippy::disallowed_methods,
        reason = "how long a command takes is told to whoever waits for it"
    )]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// How long it has taken so far.
    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}
