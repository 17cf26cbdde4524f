//! The time that passes for whoever waits for a result. No simulation sees it.

use std::time::{Duration, Instant};

/// Measures how long something takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts to measure.
    #[expect(
        clippy::disallowed_methods,
        reason = "how long a command takes is told to whoever waits for it"
    )]
    pub(super) fn start() -> Self {
        Self(Instant::now())
    }

    /// How long it has taken so far.
    pub(super) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}
