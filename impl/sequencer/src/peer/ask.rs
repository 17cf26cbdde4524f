//! The payload request on its way to the builder and back.

use std::fmt::Debug;
use std::time::Duration;

use alloy_rpc_types_engine::PayloadId;
use futures::FutureExt;
use futures::future::BoxFuture;
use gauntlet_protocol::GetPayloadParams;
use gauntlet_protocol::constants::{GET_PAYLOAD, GET_PAYLOAD_RETRIES, GET_PAYLOAD_TIMEOUT};
use gauntlet_rpc::{CallError, Client};

use super::params::to_params;

/// How often something is attempted, and how long each attempt may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempts {
    /// How long one attempt may take, from before connecting to the last byte of the reply.
    pub timeout: Duration,
    /// How many attempts are made: one, and the retries.
    pub count: u32,
}

impl Attempts {
    /// Those of `builder_getPayloadV1`: 200 ms (line 95), no retry (line 96).
    pub const GET_PAYLOAD: Self = Self {
        timeout: GET_PAYLOAD_TIMEOUT,
        count: 1 + GET_PAYLOAD_RETRIES,
    };
}

/// A payload request that is about to be sent.
#[derive(Clone, Debug)]
pub struct PayloadCall {
    /// The builder's `builder_*` endpoint.
    pub client: Client,
    /// The request and its signature.
    pub params: GetPayloadParams,
    /// The id that the builder gave to the payload that it builds on the request's head, if it
    /// answered the update with the attributes.
    pub payload_id: Option<PayloadId>,
}

/// The result of a call, as JSON.
pub type RawReply = Result<String, CallError>;

/// Sends payload requests.
pub trait Ask: Debug + Send + Sync {
    /// How much of the end of a slot is kept free for the reply.
    fn timeout(&self) -> Duration;

    /// Sends a request and waits for its reply as long as it may.
    fn ask(&self, call: PayloadCall) -> BoxFuture<'static, RawReply>;
}

impl Ask for Attempts {
    fn timeout(&self) -> Duration {
        GET_PAYLOAD_TIMEOUT
    }

    fn ask(&self, call: PayloadCall) -> BoxFuture<'static, RawReply> {
        let Self { timeout, count } = *self;
        async move {
            let mut made = 1;
            loop {
                let reply = call
                    .client
                    .call(GET_PAYLOAD, to_params(&call.params), timeout)
                    .await;
                if reply.is_ok() || made >= count {
                    return reply.map(|result| result.get().to_owned());
                }
                made += 1;
            }
        }
        .boxed()
    }
}
