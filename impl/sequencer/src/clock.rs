//! When slots begin.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// Time since genesis, on tokio's clock.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    now: Instant,
    elapsed: Duration,
}

impl Clock {
    /// A clock that shows `elapsed` since genesis now.
    #[must_use]
    pub fn showing(elapsed: Duration) -> Self {
        Self {
            now: Instant::now(),
            elapsed,
        }
    }

    /// Time since genesis.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.elapsed + self.now.elapsed()
    }

    /// The slot that is now, numbered from 1, where slots are so long.
    #[must_use]
    pub fn slot(&self, block_time: Duration) -> u64 {
        let over = self.elapsed().as_nanos() / block_time.as_nanos().max(1);
        u64::try_from(over).unwrap_or(u64::MAX).saturating_add(1)
    }

    /// Waits until so much has passed since genesis.
    pub async fn until(&self, since_genesis: Duration) {
        sleep(since_genesis.saturating_sub(self.elapsed())).await;
    }
}
