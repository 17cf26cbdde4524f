//! What is left behind.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use gauntlet_builder::{Job, Jobs, select};
use gauntlet_protocol::GetPayloadParams;
use gauntlet_protocol::constants::{FORWARD_TRANSACTION, GET_PAYLOAD_TIMEOUT};
use gauntlet_rpc::{Dial, Io};
use gauntlet_sequencer::{
    Ask, Attempts, Forward, ForwardCall, Forwarder, Observer, PayloadCall, RawReply, is_stored,
    write,
};
use tokio::time::sleep;

/// Asks, and leaves a task behind that watches over the call.
#[derive(Debug)]
pub(in crate::mutants) struct Watched;

impl Ask for Watched {
    fn timeout(&self) -> Duration {
        GET_PAYLOAD_TIMEOUT
    }

    fn ask(&self, call: PayloadCall) -> BoxFuture<'static, RawReply> {
        tokio::spawn(std::future::pending::<()>());
        Attempts::GET_PAYLOAD.ask(call)
    }
}

/// Forwards, and leaves a task behind that waits for the end of it.
#[derive(Debug, Default)]
pub(in crate::mutants) struct ForwardWatched(Forwarder);

impl Forward for ForwardWatched {
    fn forward(&self, call: ForwardCall, observer: Observer) -> BoxFuture<'static, ()> {
        tokio::spawn(std::future::pending::<()>());
        self.0.forward(call, observer)
    }
}

/// Forwards, with a pause before each retry.
#[derive(Debug)]
pub(in crate::mutants) struct Reluctant;

impl Forward for Reluctant {
    fn forward(&self, call: ForwardCall, _observer: Observer) -> BoxFuture<'static, ()> {
        tokio::spawn(async move {
            for attempt in 1..=Attempts::FORWARD_TRANSACTION.count {
                let Attempts { timeout, .. } = Attempts::FORWARD_TRANSACTION;
                let params = write(&call, attempt);
                let reply = call.client.call(FORWARD_TRANSACTION, params, timeout).await;
                if is_stored(&reply.map(|result| result.get().to_owned())) {
                    return;
                }
                sleep(Duration::from_millis(100)).await;
            }
        });
        async {}.boxed()
    }
}

/// The job of the request, and a task that is left behind for it.
pub(in crate::mutants) fn watched_job(jobs: &Jobs, params: &GetPayloadParams) -> Option<Job> {
    let job = select(jobs, params)?;
    let kept = job.clone();
    tokio::spawn(async move {
        std::future::pending::<()>().await;
        drop(kept);
    });
    Some(job)
}

/// Opens a second connection for each that is needed, to have it, and never uses it.
pub(in crate::mutants) fn with_spares(dial: Dial) -> Dial {
    let spares: Arc<Mutex<Vec<Box<dyn Io>>>> = Arc::default();
    Dial::new(move |endpoint| {
        let (dial, spares) = (dial.clone(), spares.clone());
        async move {
            let spare = dial.dial(&endpoint).await?;
            spares
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(spare);
            dial.dial(&endpoint).await
        }
        .boxed()
    })
}
