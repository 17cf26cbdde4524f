//! How transactions are forwarded.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use alloy_primitives::hex;
use futures::FutureExt;
use futures::future::BoxFuture;
use gauntlet_rpc::CallError;
use gauntlet_sequencer::{
    Attempts, Event, Forward, ForwardCall, Forwarder, Observer, Outcome, Write, is_stored, write,
};
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::Semaphore;

/// Attempts of another number.
pub(in crate::mutants) fn count(count: u32) -> Arc<dyn Forward> {
    let attempts = Attempts {
        count,
        ..Attempts::FORWARD_TRANSACTION
    };
    Arc::new(Forwarder::new(attempts, is_stored))
}

/// Attempts of another timeout.
pub(in crate::mutants) fn timeout(timeout: Duration) -> Arc<dyn Forward> {
    let attempts = Attempts {
        timeout,
        ..Attempts::FORWARD_TRANSACTION
    };
    Arc::new(Forwarder::new(attempts, is_stored))
}

/// Another idea of when a transaction needs no more attempts.
pub(in crate::mutants) fn stored_if(is_stored: fn(&Outcome) -> bool) -> Arc<dyn Forward> {
    Arc::new(Forwarder::new(Attempts::FORWARD_TRANSACTION, is_stored))
}

/// Other parameters.
pub(in crate::mutants) fn written(write: Write) -> Arc<dyn Forward> {
    let mut forwarder = Forwarder::default();
    forwarder.write = write;
    Arc::new(forwarder)
}

/// Whatever came with HTTP status 200.
pub(in crate::mutants) fn is_http_200(outcome: &Outcome) -> bool {
    matches!(outcome, Ok(_) | Err(CallError::Rpc(_)))
}

/// The transaction as hex without its prefix.
pub(in crate::mutants) fn without_prefix(call: &ForwardCall, _attempt: u32) -> Box<RawValue> {
    to_raw_value(&json!([hex::encode(&call.transaction)])).unwrap_or_default()
}

/// The transaction, with its last bit flipped in each attempt after the first.
pub(in crate::mutants) fn altered_on_retry(call: &ForwardCall, attempt: u32) -> Box<RawValue> {
    let mut transaction = call.transaction.to_vec();
    if attempt > 1
        && let Some(last) = transaction.last_mut()
    {
        *last ^= 1;
    }
    let altered = ForwardCall {
        transaction: transaction.into(),
        ..call.clone()
    };
    write(&altered, attempt)
}

/// Says nothing when all attempts failed.
pub(in crate::mutants) fn quiet() -> Arc<dyn Forward> {
    let mut forwarder = Forwarder::default();
    forwarder.complain = |_, _| {};
    Arc::new(forwarder)
}

/// Lets the user wait for the end of forwarding.
#[derive(Debug, Default)]
pub(in crate::mutants) struct Awaited(Forwarder);

impl Forward for Awaited {
    fn forward(&self, call: ForwardCall, observer: Observer) -> BoxFuture<'static, ()> {
        let forwarder = self.0.clone();
        async move { forwarder.deliver(call, &observer).await }.boxed()
    }
}

/// Does not give a turn back when all attempts failed; there are 64 turns.
#[derive(Debug)]
pub(in crate::mutants) struct KeepsTurns(Forwarder, Arc<Semaphore>);

impl Default for KeepsTurns {
    fn default() -> Self {
        Self(Forwarder::default(), Arc::new(Semaphore::new(64)))
    }
}

impl Forward for KeepsTurns {
    fn forward(&self, call: ForwardCall, observer: Observer) -> BoxFuture<'static, ()> {
        let turns = self.1.clone();
        let forwarder = self.0.clone();
        tokio::spawn(async move {
            let Ok(turn) = turns.acquire_owned().await else {
                return;
            };
            let failed = Arc::new(AtomicBool::new(false));
            let heard = failed.clone();
            let told = Observer::new(move |event| {
                heard.fetch_or(
                    matches!(event, Event::ForwardingFailed { .. }),
                    Ordering::Relaxed,
                );
                observer.observe(event);
            });
            forwarder.deliver(call, &told).await;
            if failed.load(Ordering::Relaxed) {
                turn.forget();
            }
        });
        async {}.boxed()
    }
}

/// The first few transactions only.
#[derive(Debug)]
pub(in crate::mutants) struct OnlyFirst {
    left: std::sync::atomic::AtomicU32,
    honest: Forwarder,
}

impl OnlyFirst {
    pub(in crate::mutants) fn of(count: u32) -> Self {
        Self {
            left: count.into(),
            honest: Forwarder::default(),
        }
    }
}

impl Forward for OnlyFirst {
    fn forward(&self, call: ForwardCall, observer: Observer) -> BoxFuture<'static, ()> {
        use std::sync::atomic::Ordering::Relaxed;
        let took = self
            .left
            .fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1));
        match took {
            Ok(_) => self.honest.forward(call, observer),
            Err(_) => futures::future::ready(()).boxed(),
        }
    }
}
