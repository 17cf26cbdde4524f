//! How many tasks live on a host, as its runtime tells: what no node can do anything about.

use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{Instant, sleep_until};

use crate::trace::{Host, Recorder, What};

/// How long after the beginning of a slot they are counted: when it has begun.
const AFTER: Duration = Duration::from_millis(3);

/// Counts the tasks of a host in every slot, of which so much has passed, and once more when all of
/// the run's traffic has come to its end, which takes so long.
pub(super) async fn supervise(
    recorder: Recorder,
    host: Host,
    slot: Duration,
    elapsed: Duration,
    ends: Duration,
) {
    let begun = Instant::now();
    let mut at = AFTER;
    let last = ends.saturating_sub(AFTER);
    loop {
        let is_last = at >= last;
        let due = at.min(last);
        if let Some(wait) = due.checked_sub(elapsed) {
            sleep_until(begun + wait).await;
            let tasks = Handle::current().metrics().num_alive_tasks() as u64;
            recorder.record(host, What::Tasks(tasks));
        }
        if is_last {
            return;
        }
        at += slot;
    }
}
