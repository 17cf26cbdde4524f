//! When a host has come to rest: nothing on it can run at this instant any more.
//!
//! It is measured. tokio's scheduler polls [`INTERVAL`] tasks, one after another from a queue,
//! between two looks at its driver, or fewer if the queue is empty before. A task that goes to the
//! end of the queue whenever it is polled has all polls of an interval if and only if nothing else
//! was in the queue, and then nothing is left that could put anything there at this instant.
//!
//! What waits outside the queue is not seen, which is why a host's software is a task in it: see
//! [`software`](super::software).

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use tokio::task::yield_now;

/// How many tasks the scheduler polls in an interval, tokio's default. Were it another number, no
/// host would ever seem to rest, and the first message would say so.
const INTERVAL: usize = 61;

/// How many intervals a host may take. A host that does more in one instant does not end.
const MAX_INTERVALS: usize = 10_000;

/// Waits until nothing else on this host can run.
///
/// # Panics
///
/// The host never comes to rest.
pub(super) async fn rest(host: &str) {
    for _ in 0..MAX_INTERVALS {
        if polls_in_interval().await == INTERVAL {
            return;
        }
        // What is in the queue goes first, so that the next interval is likelier to be empty.
        yield_now().await;
    }
    panic!("{host} never comes to rest: it ran for {MAX_INTERVALS} turns in one instant");
}

/// Goes to the end of the queue until the scheduler's interval is over, and returns how many of the
/// polls in it were this task's.
async fn polls_in_interval() -> usize {
    let interval = Interval::begin();
    let mut polls = 0;
    poll_fn(|cx| {
        if interval.is_over() {
            return Poll::Ready(polls);
        }
        polls += 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await
}

/// The rest of an interval of the scheduler.
#[derive(Debug)]
struct Interval(Arc<Over>);

#[derive(Debug, Default)]
struct Over(AtomicBool);

impl Wake for Over {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Interval {
    /// Begins to watch: a yield is over when the interval in which it was polled is.
    fn begin() -> Self {
        let over = Arc::new(Over::default());
        let waker = Waker::from(over.clone());
        let yielded = pin!(yield_now());
        let polled = yielded.poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending(), "a yield waits");
        Self(over)
    }

    fn is_over(&self) -> bool {
        self.0.0.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use tokio::runtime::Builder;

    use super::*;

    /// Rests on a host that does something meanwhile.
    fn rest_beside(work: impl Future<Output = ()> + Send + 'static) {
        let runtime = Builder::new_current_thread().build().unwrap();
        let resting = runtime.spawn(async {
            tokio::spawn(work);
            rest("a host").await;
        });
        runtime.block_on(resting).unwrap();
    }

    #[test]
    fn a_host_rests_when_it_has_nothing_to_do_any_more() {
        let is_done = Arc::new(AtomicBool::new(false));
        let done = is_done.clone();
        rest_beside(async move {
            for _ in 0..1000 {
                yield_now().await;
            }
            done.store(true, Ordering::Relaxed);
        });
        assert!(is_done.load(Ordering::Relaxed));
    }

    #[test]
    #[should_panic(expected = "a host never comes to rest")]
    fn a_host_that_always_has_something_to_do_never_rests() {
        rest_beside(async {
            loop {
                yield_now().await;
            }
        });
    }
}
