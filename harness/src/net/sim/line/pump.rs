//! The task that delivers on a host.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::yield_now;
use tokio::time::sleep;

use super::{Network, now_ms};

/// How often the pump goes to the end of the line before it delivers.
///
/// A yield lasts until nothing else can run, or until 61 tasks ran, whichever is first.
const SETTLE_ROUNDS: usize = 8;

/// Delivers on a host whatever is due, for as long as the host's process lives.
pub(super) async fn run(network: Network, host: Arc<str>, wake: Arc<Notify>) {
    loop {
        let next = network.lock().next_arrival_ms(&host);
        let now = now_ms();
        match next {
            None => wake.notified().await,
            Some(at) if at > now => tokio::select! {
                biased;
                () = wake.notified() => {}
                () = sleep(Duration::from_millis(at - now)) => {}
            },
            Some(at) => {
                assert_eq!(
                    at, now,
                    "a message for {host} was sent too late to be delivered"
                );
                settle().await;
                let woken = network.lock().deliver(&host);
                woken.into_iter().flatten().for_each(std::task::Waker::wake);
            }
        }
    }
}

/// Lets everything run that can run at this instant.
async fn settle() {
    for _ in 0..SETTLE_ROUNDS {
        yield_now().await;
    }
}
