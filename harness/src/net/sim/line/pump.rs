//! The task that delivers on a host.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::sleep;

use super::rest::rest;
use super::{Network, now_ms};

/// Delivers on a host whatever is due, for as long as the host's process lives.
///
/// # Panics
///
/// The host never comes to rest.
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
                rest(&host).await;
                let woken = network.lock().deliver(&host);
                woken.into_iter().flatten().for_each(std::task::Waker::wake);
            }
        }
    }
}
