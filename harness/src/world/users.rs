//! What sends the users' transactions.

use std::time::Duration;

use gauntlet_protocol::ForwardTransactionParams;
use gauntlet_rpc::{Client, ClientConfig, Dial, EndpointError};
use gauntlet_sequencer::Clock;
use serde_json::value::to_raw_value;
use thiserror::Error;
use tokio::task::JoinSet;

use super::Nodes;
use crate::chain;
use crate::trace::Host;

/// How long a user waits for the sequencer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// How many connections users keep.
const IDLE_CONNECTIONS: usize = 16;

/// Why users can send nothing.
#[derive(Debug, Error)]
#[error("the sequencer's URL")]
pub struct UsersError(#[from] EndpointError);

/// Sends each transaction of the plan at its time, whatever becomes of the others, and returns
/// when all are answered.
///
/// # Errors
///
/// The sequencer's URL cannot be used.
pub async fn run_users(nodes: &Nodes, dial: Dial, clock: Clock) -> Result<(), UsersError> {
    let client = Client::new(ClientConfig {
        max_idle_connections: IDLE_CONNECTIONS,
        tap: Some(nodes.recorder.tap(Host::Users)),
        ..ClientConfig::new(
            Host::Sequencer.name(),
            nodes.places.sequencer.parse()?,
            dial,
        )
    });
    let mut answers = JoinSet::new();
    for submission in chain::submissions(&nodes.plan, nodes.spec.chain_id()) {
        clock.until(Duration::from_millis(submission.at_ms)).await;
        let client = client.clone();
        let params = to_raw_value(&ForwardTransactionParams {
            transaction: submission.raw,
        })
        .expect("a list of one text can always be written");
        answers.spawn(async move {
            // What the sequencer answers is in the trace.
            let _tapped = client.call("eth_sendRawTransaction", params, TIMEOUT).await;
        });
        while answers.try_join_next().is_some() {}
    }
    while answers.join_next().await.is_some() {}
    Ok(())
}
