//! How payload requests are made and sent.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, select_ok};
use gauntlet_protocol::constants::{GET_PAYLOAD, GET_PAYLOAD_TIMEOUT};
use gauntlet_rpc::CallError;
use gauntlet_sequencer::{Ask, Attempts, PayloadCall, RawReply, Translate, translate};
use serde_json::value::to_raw_value;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

/// The head that the last request should have named; the first request names its own.
pub(in crate::mutants) fn of_the_head_before() -> Translate {
    let before = Mutex::new(None);
    Arc::new(move |from| {
        let mut before = before.lock().unwrap_or_else(PoisonError::into_inner);
        let mut request = translate(from);
        request.parent_hash = before.replace(from.parent).unwrap_or(from.parent);
        request
    })
}

/// One attempt of another timeout.
pub(in crate::mutants) fn timeout_ms(timeout_ms: u64) -> Arc<dyn Ask> {
    Arc::new(Attempts {
        timeout: Duration::from_millis(timeout_ms),
        ..Attempts::GET_PAYLOAD
    })
}

/// Asks only after a pause.
#[derive(Debug)]
pub(in crate::mutants) struct AfterMs(pub(in crate::mutants) u64);

impl Ask for AfterMs {
    fn timeout(&self) -> Duration {
        GET_PAYLOAD_TIMEOUT
    }

    fn ask(&self, call: PayloadCall) -> BoxFuture<'static, RawReply> {
        let pause = Duration::from_millis(self.0);
        async move {
            sleep(pause).await;
            Attempts::GET_PAYLOAD.ask(call).await
        }
        .boxed()
    }
}

/// Asks twice at the same time and takes what comes first.
#[derive(Debug)]
pub(in crate::mutants) struct Twice;

impl Ask for Twice {
    fn timeout(&self) -> Duration {
        GET_PAYLOAD_TIMEOUT
    }

    fn ask(&self, call: PayloadCall) -> BoxFuture<'static, RawReply> {
        let calls = [call.clone(), call].map(|call| Attempts::GET_PAYLOAD.ask(call));
        async move { select_ok(calls).await.map(|(reply, _)| reply) }.boxed()
    }
}

/// Gives up in time, and lets the call go on.
#[derive(Debug)]
pub(in crate::mutants) struct Detached;

impl Ask for Detached {
    fn timeout(&self) -> Duration {
        GET_PAYLOAD_TIMEOUT
    }

    fn ask(&self, call: PayloadCall) -> BoxFuture<'static, RawReply> {
        let patient = Attempts {
            timeout: Duration::from_secs(u64::from(u32::MAX)),
            ..Attempts::GET_PAYLOAD
        };
        let going_on = tokio::spawn(patient.ask(call));
        async move {
            match timeout(GET_PAYLOAD_TIMEOUT, going_on).await {
                Ok(Ok(reply)) => reply,
                Ok(Err(_)) | Err(_) => Err(CallError::TimedOut),
            }
        }
        .boxed()
    }
}

/// Asks no more once it failed.
#[derive(Debug, Default)]
pub(in crate::mutants) struct UntilItFails(Arc<AtomicBool>);

impl Ask for UntilItFails {
    fn timeout(&self) -> Duration {
        GET_PAYLOAD_TIMEOUT
    }

    fn ask(&self, call: PayloadCall) -> BoxFuture<'static, RawReply> {
        let failed = self.0.clone();
        async move {
            if failed.load(Ordering::Relaxed) {
                let banned = io::Error::other("the builder is banned");
                return Err(CallError::Connect(banned));
            }
            let reply = Attempts::GET_PAYLOAD.ask(call).await;
            failed.store(reply.is_err(), Ordering::Relaxed);
            reply
        }
        .boxed()
    }
}

/// Writes the parameters in another way.
#[derive(Debug)]
pub(in crate::mutants) struct Written(pub(in crate::mutants) fn(&mut Value));

impl Ask for Written {
    fn timeout(&self) -> Duration {
        GET_PAYLOAD_TIMEOUT
    }

    fn ask(&self, call: PayloadCall) -> BoxFuture<'static, RawReply> {
        let write = self.0;
        async move {
            let mut params = serde_json::to_value(&call.params).unwrap_or_default();
            write(&mut params);
            let params = to_raw_value(&params).unwrap_or_default();
            let reply = call
                .client
                .call(GET_PAYLOAD, params, GET_PAYLOAD_TIMEOUT)
                .await;
            reply.map(|result| result.get().to_owned())
        }
        .boxed()
    }
}

/// The block's number, not as a QUANTITY.
pub(in crate::mutants) fn number_in_decimal(params: &mut Value) {
    let number = &mut params[0]["blockNumber"];
    let digits = number
        .as_str()
        .and_then(|quantity| quantity.strip_prefix("0x"));
    let value = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
    *number = json!(value.unwrap_or_default().to_string());
}

/// A member that the specification does not have.
pub(in crate::mutants) fn with_another_member(params: &mut Value) {
    params[0]["timestamp"] = json!("0x0");
}
