//! The clock on the wall, and the grid that slots stand on.

use std::time::{Duration, UNIX_EPOCH};

use tokio::time::Instant;

/// The time since 1970; nothing on a machine whose clock is before it.
#[expect(
    clippy::disallowed_methods,
    reason = "slots of a process stand on the clock on the wall, which is the same when it is back"
)]
fn now() -> Duration {
    let since = std::time::SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default()
}

/// The next moment of the grid: the multiples of the block time since 1970. A sequencer that comes
/// back stands on the same grid, without anything that it would have to remember.
pub(super) fn next_slot(block_time: Duration) -> Instant {
    Instant::now() + until_next(now(), block_time)
}

fn until_next(now: Duration, block_time: Duration) -> Duration {
    let into = now.as_nanos() % block_time.as_nanos().max(1);
    let into = Duration::from_nanos(u64::try_from(into).unwrap_or(0));
    block_time.saturating_sub(into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_begin_at_the_multiples_of_the_block_time() {
        let half = Duration::from_millis(500);
        for (now_ms, wait_ms) in [(0, 500), (1, 499), (499, 1), (500, 500), (1250, 250)] {
            let wait = until_next(Duration::from_millis(now_ms), half);
            assert_eq!(wait, Duration::from_millis(wait_ms), "at {now_ms} ms");
        }
        let two = Duration::from_secs(2);
        assert_eq!(
            until_next(Duration::from_millis(1_800_000_001_500), two),
            Duration::from_millis(500)
        );
    }
}
