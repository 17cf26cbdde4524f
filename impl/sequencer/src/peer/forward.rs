//! Handing users' transactions to the builder, apart from everything else: nothing waits for it.

use std::fmt::{self, Debug};
use std::sync::Arc;

use alloy_primitives::{B256, Bytes};
use futures::FutureExt;
use futures::future::BoxFuture;
use gauntlet_protocol::constants::{
    FORWARD_TRANSACTION, FORWARD_TRANSACTION_RETRIES, FORWARD_TRANSACTION_TIMEOUT,
};
use gauntlet_protocol::{ForwardTransactionParams, Status};
use gauntlet_rpc::{CallError, Client};
use serde_json::value::RawValue;
use tokio::sync::Semaphore;

use super::ask::Attempts;
use super::params::to_params;
use crate::event::{Event, Observer};

/// How many transactions are forwarded at the same time; the others wait for their turn.
const MAX_CONCURRENT: usize = 64;

/// How many transactions may be under way or wait for their turn; more are given up at once.
const MAX_PENDING: usize = 8192;

impl Attempts {
    /// Those of `builder_forwardTransactionV1`: 200 ms (line 120) and 5 retries (line 122), which
    /// makes 6 attempts. DECISIONS: retries-5, retry-pause.
    pub const FORWARD_TRANSACTION: Self = Self {
        timeout: FORWARD_TRANSACTION_TIMEOUT,
        count: 1 + FORWARD_TRANSACTION_RETRIES,
    };
}

/// A transaction that is about to be forwarded.
#[derive(Clone, Debug)]
pub struct ForwardCall {
    /// The builder's `builder_*` endpoint.
    pub client: Client,
    /// The transaction's hash.
    pub hash: B256,
    /// The transaction in its EIP-2718 encoding.
    pub transaction: Bytes,
}

/// What became of an attempt: the result as JSON, or why there is none.
pub type Outcome = Result<String, CallError>;

/// Writes the parameters of an attempt, numbered from 1.
pub type Write = fn(&ForwardCall, u32) -> Box<RawValue>;

/// A transaction that the builder did not store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undelivered {
    /// Its hash.
    pub hash: B256,
    /// How many attempts were made.
    pub attempts: u32,
    /// Why the last one failed.
    pub cause: String,
}

/// Says that a transaction was given up.
pub type Complain = fn(&Observer, Undelivered);

/// Forwards transactions.
pub trait Forward: Debug + Send + Sync {
    /// Forwards a transaction. What is returned resolves when the user may be answered.
    fn forward(&self, call: ForwardCall, observer: Observer) -> BoxFuture<'static, ()>;
}

/// Forwards in the background, with a bound on how many at a time.
#[derive(Clone)]
pub struct Forwarder {
    /// How often each transaction is attempted.
    pub attempts: Attempts,
    /// Whether an attempt was the last that is needed.
    pub is_stored: fn(&Outcome) -> bool,
    /// What each attempt says.
    pub write: Write,
    /// What is said of a transaction whose attempts have all failed.
    pub complain: Complain,
    turns: Arc<Semaphore>,
    pending: Arc<Semaphore>,
}

impl Forwarder {
    /// A forwarder of that many attempts, which are repeated until one is stored.
    #[must_use]
    pub fn new(attempts: Attempts, is_stored: fn(&Outcome) -> bool) -> Self {
        let turns = Arc::new(Semaphore::new(MAX_CONCURRENT));
        let pending = Arc::new(Semaphore::new(MAX_PENDING));
        Self {
            attempts,
            is_stored,
            write,
            complain: complain_loudly,
            turns,
            pending,
        }
    }

    /// Forwards a transaction and waits for the end of it.
    pub async fn deliver(&self, call: ForwardCall, observer: &Observer) {
        let Ok(_turn) = self.turns.acquire().await else {
            return;
        };
        assert!(
            self.turns.available_permits() < MAX_CONCURRENT,
            "no more than {MAX_CONCURRENT} transactions are forwarded at the same time"
        );
        let mut made = 0;
        loop {
            made += 1;
            let reply = call
                .client
                .call(
                    FORWARD_TRANSACTION,
                    (self.write)(&call, made),
                    self.attempts.timeout,
                )
                .await;
            let outcome = reply.map(|result| result.get().to_owned());
            if (self.is_stored)(&outcome) {
                observer.observe(Event::Forwarded {
                    hash: call.hash,
                    attempts: made,
                });
                return;
            }
            if made >= self.attempts.count {
                let cause = match outcome {
                    Ok(status) => format!("status {status}"),
                    Err(error) => error.to_failure().message.to_string(),
                };
                let (hash, attempts) = (call.hash, made);
                let undelivered = Undelivered {
                    hash,
                    attempts,
                    cause,
                };
                (self.complain)(observer, undelivered);
                return;
            }
        }
    }
}

impl Default for Forwarder {
    fn default() -> Self {
        Self::new(Attempts::FORWARD_TRANSACTION, is_stored)
    }
}

impl Forward for Forwarder {
    fn forward(&self, call: ForwardCall, observer: Observer) -> BoxFuture<'static, ()> {
        match self.pending.clone().try_acquire_owned() {
            Ok(pending) => {
                assert!(
                    self.pending.available_permits() < MAX_PENDING,
                    "no more than {MAX_PENDING} transactions are under way or wait"
                );
                let forwarder = self.clone();
                tokio::spawn(async move {
                    forwarder.deliver(call, &observer).await;
                    drop(pending);
                });
            }
            Err(_) => {
                let cause = format!("{MAX_PENDING} transactions are already waiting");
                let undelivered = Undelivered {
                    hash: call.hash,
                    attempts: 0,
                    cause,
                };
                (self.complain)(&observer, undelivered);
            }
        }
        async {}.boxed()
    }
}

impl Debug for Forwarder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forwarder")
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

/// "Hex Encoded RLP string of the transaction" (line 119), the same in each attempt.
#[must_use]
pub fn write(call: &ForwardCall, _attempt: u32) -> Box<RawValue> {
    let transaction = call.transaction.clone();
    to_params(&ForwardTransactionParams { transaction })
}

/// "If all retries fail" there is to be a loud log (line 123): one event, whose level is ERROR.
/// DECISION: log-loudly.
pub fn complain_loudly(observer: &Observer, undelivered: Undelivered) {
    let Undelivered {
        hash,
        attempts,
        cause,
    } = undelivered;
    observer.observe(Event::ForwardingFailed {
        hash,
        attempts,
        cause,
    });
}

/// "Client software MUST retry if status is not `200`" (line 133). DECISION: forward-status: HTTP
/// status 200, no error, and the result 200.
#[must_use]
pub fn is_stored(outcome: &Outcome) -> bool {
    match outcome {
        Ok(result) => serde_json::from_str(result).is_ok_and(Status::is_ok),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, PoisonError};

    use gauntlet_rpc::{ClientConfig, Dial};

    use super::*;

    #[test]
    fn only_200_counts_as_stored() {
        for result in ["200", "\"200\""] {
            assert!(is_stored(&Ok(result.to_owned())), "{result}");
        }
        for result in [
            "201", "\"ok\"", "null", "true", "{}", "[200]", "200.0", "\"2e2\"", "", "\"+200\"",
            "\"0200\"",
        ] {
            assert!(!is_stored(&Ok(result.to_owned())), "{result}");
        }
        assert!(!is_stored(&Err(CallError::TimedOut)));
        assert!(!is_stored(&Err(CallError::Status(201))));
    }

    /// What a forwarder says of a transaction that no builder takes.
    async fn said(forwarder: Forwarder) -> Vec<Event> {
        let refuse = |_| async { Err(std::io::ErrorKind::ConnectionRefused.into()) }.boxed();
        let endpoint = "http://builder:9545/".parse().expect("a good URL");
        let call = ForwardCall {
            client: Client::new(ClientConfig::new("builder", endpoint, Dial::new(refuse))),
            hash: B256::repeat_byte(1),
            transaction: Bytes::from_static(&[2]),
        };
        let events = Arc::new(Mutex::new(Vec::new()));
        let heard = events.clone();
        let observer = Observer::new(move |event| {
            heard
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(event);
        });
        forwarder.deliver(call, &observer).await;
        let events = events.lock().unwrap_or_else(PoisonError::into_inner);
        events.clone()
    }

    #[tokio::test]
    async fn the_complaint_is_loud_and_a_part() {
        let loud = said(Forwarder::default()).await;
        assert!(
            matches!(
                loud.as_slice(),
                [Event::ForwardingFailed { attempts: 6, hash, .. }] if hash[0] == 1
            ),
            "{loud:?}"
        );
        let quiet = Forwarder {
            complain: |_, _| {},
            ..Forwarder::default()
        };
        assert_eq!(said(quiet).await, []);
    }

    #[test]
    fn five_retries_are_six_attempts() {
        assert_eq!(Attempts::FORWARD_TRANSACTION.count, 6);
        assert_eq!(Attempts::GET_PAYLOAD.count, 1);
    }
}
