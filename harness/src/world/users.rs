//! What sends the users' transactions.

use std::sync::Arc;
use std::time::Duration;

use gauntlet_protocol::ForwardTransactionParams;
use gauntlet_rpc::{Client, ClientConfig, Dial, EndpointError, FailureKind, Tap, WireEvent};
use serde_json::value::to_raw_value;
use thiserror::Error;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::chain;
use crate::dialect::SEND_RAW_TRANSACTION;
use crate::plan::Plan;
use crate::trace::{Face, Failure, Host, HttpReply, HttpRequest, Recorder, Wire};

/// How long a user waits for the sequencer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// How many connections users keep.
const IDLE_CONNECTIONS: usize = 16;

/// Why users can send nothing.
#[derive(Debug, Error)]
#[error("the sequencer's URL")]
pub struct UsersError(#[from] EndpointError);

/// The users of a run.
#[derive(Clone, Debug)]
pub struct Users {
    /// What they send.
    pub plan: Arc<Plan>,
    /// How many users there are.
    pub count: u64,
    /// The chain's id.
    pub chain_id: u64,
    /// The sequencer's URL.
    pub sequencer: String,
    /// Who is told what they send and are answered.
    pub recorder: Recorder,
}

impl Users {
    /// Sends each transaction of the plan at its time, of which so much has passed already, whatever
    /// becomes of the others, and returns when all are answered.
    ///
    /// # Errors
    ///
    /// The sequencer's URL cannot be used.
    pub async fn run(self, dial: Dial, elapsed: Duration) -> Result<(), UsersError> {
        let client = Client::new(ClientConfig {
            max_idle_connections: IDLE_CONNECTIONS,
            tap: Some(tap(self.recorder.clone())),
            ..ClientConfig::new(Host::Sequencer.name(), self.sequencer.parse()?, dial)
        });
        let begun = Instant::now();
        let sending = self.sends(client.clone(), begun, elapsed);
        tokio::join!(biased; sending, self.asks(client, begun, elapsed));
        Ok(())
    }

    async fn sends(&self, client: Client, begun: Instant, elapsed: Duration) {
        let mut answers = JoinSet::new();
        for submission in chain::submissions_of(&self.plan, self.chain_id, self.count) {
            let at = Duration::from_millis(submission.at_ms);
            sleep_until(begun + at.saturating_sub(elapsed)).await;
            let client = client.clone();
            let params = to_raw_value(&ForwardTransactionParams {
                transaction: submission.raw,
            })
            .expect("a list of one text can always be written");
            answers.spawn(async move {
                // What the sequencer answers is in the trace.
                let _tapped = client.call(SEND_RAW_TRANSACTION, params, TIMEOUT).await;
            });
            while answers.try_join_next().is_some() {}
        }
        while answers.join_next().await.is_some() {}
    }

    /// Asks each question of the plan at its time.
    async fn asks(&self, client: Client, begun: Instant, elapsed: Duration) {
        let mut answers = JoinSet::new();
        for asked in chain::questions(&self.plan, self.chain_id, self.count) {
            let at = Duration::from_millis(asked.at_ms);
            sleep_until(begun + at.saturating_sub(elapsed)).await;
            let client = client.clone();
            let params = to_raw_value(&asked.params).expect("JSON can always be written");
            answers.spawn(async move {
                // What the sequencer answers is in the trace.
                let _tapped = client.call(asked.method, params, TIMEOUT).await;
            });
            while answers.try_join_next().is_some() {}
        }
        while answers.join_next().await.is_some() {}
    }
}

/// Tells a recorder what a client of the users' sends and gets.
fn tap(recorder: Recorder) -> Tap {
    Tap::new(move |event| match event {
        WireEvent::RequestSent {
            call,
            method,
            params,
            ..
        } => {
            let body =
                format!(r#"{{"method":"{method}","params":{params},"id":{call},"jsonrpc":"2.0"}}"#);
            recorder.crossed(
                Face::Users,
                Wire::Request {
                    exchange: call,
                    connection: 0,
                    begun_us: None,
                    request: Some(HttpRequest::json(body)),
                },
            );
        }
        WireEvent::CallEnded { call, outcome, .. } => {
            let wire = match outcome {
                Ok(result) => replied(call, 200, format!(r#""result":{result}"#)),
                Err(failure) => match failure.kind {
                    FailureKind::Rpc(code) => {
                        let message = serde_json::Value::from(&*failure.message);
                        let error = format!(r#""error":{{"code":{code},"message":{message}}}"#);
                        replied(call, 200, error)
                    }
                    FailureKind::Status(status) => Wire::Reply {
                        exchange: call,
                        reply: Some(HttpReply {
                            status,
                            headers: Vec::new(),
                            body: bytes::Bytes::new(),
                        }),
                    },
                    FailureKind::Connect => failed(call, Failure::Refused),
                    FailureKind::TimedOut => failed(call, Failure::GivenUp),
                    FailureKind::Closed | FailureKind::Transport => failed(call, Failure::Closed),
                    FailureKind::BodyTooLarge
                    | FailureKind::Malformed
                    | FailureKind::IdMismatch => failed(call, Failure::Malformed),
                },
            };
            recorder.crossed(Face::Users, wire);
        }
        WireEvent::RequestReceived { .. } | WireEvent::ReplySent { .. } => {}
    })
}

fn replied(exchange: u64, status: u16, members: String) -> Wire {
    let body = format!(r#"{{"jsonrpc":"2.0","id":{exchange},{members}}}"#);
    Wire::Reply {
        exchange,
        reply: Some(HttpReply {
            status,
            headers: Vec::new(),
            body: body.into(),
        }),
    }
}

const fn failed(exchange: u64, failure: Failure) -> Wire {
    Wire::Failed { exchange, failure }
}
