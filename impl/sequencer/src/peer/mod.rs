//! A builder, and everything by which the sequencer deals with it.
//!
//! | module | what belongs there |
//! |---|---|
//! | `params` | writing the parameters of a call |
//! | `ids` | the ids that the builder gives to the payloads that it builds |
//! | `ask` | the payload request and how often it is sent |
//! | `forward` | handing users' transactions to the builder |
//! | `feed` | how the builder follows the head |

mod ask;
mod feed;
mod forward;
mod ids;
mod params;

use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Duration;

use alloy_primitives::{B256, Bytes};
use futures::FutureExt;
use futures::future::BoxFuture;
use gauntlet_node::Chain;
use gauntlet_protocol::{BuilderTuple, GetPayloadParams};
use gauntlet_rpc::{
    CallError, CallNumbers, Client, ClientConfig, Dial, Endpoint, EndpointError, Jwt, Tap,
};
use tokio::task::JoinSet;

pub use ask::{Ask, Attempts, PayloadCall, RawReply};
pub use feed::Feeds;
pub(crate) use feed::{NewHead, News};
pub use forward::{
    Complain, Forward, ForwardCall, Forwarder, Outcome, Undelivered, Write, complain_loudly,
    is_stored, write,
};

use self::feed::Feed;
use self::ids::PayloadIds;
use crate::event::Observer;

/// How many idle connections are kept for forwarding.
const IDLE_FORWARDING_CONNECTIONS: usize = 32;

/// How many idle connections are kept for the head: a block may be under way when the attributes of
/// the next one are.
const IDLE_ENGINE_CONNECTIONS: usize = 2;

/// How long a message of the feed may take at the most; less where slots are shorter.
const MAX_FEED_TIMEOUT: Duration = Duration::from_secs(1);

/// A builder, by the tuple that defines it, and the ways to it: one for payload requests, one for
/// forwarded transactions, one for the head, so that none waits behind another.
#[derive(Debug)]
pub(crate) struct Peer {
    tuple: BuilderTuple,
    payloads: Client,
    transactions: Client,
    feed: Feed,
    payload_ids: Arc<PayloadIds>,
}

/// What every builder of a sequencer is reached with.
#[derive(Debug)]
pub(crate) struct Wires {
    /// How connections are opened.
    pub(crate) dial: Dial,
    /// The numbers of all calls.
    pub(crate) numbers: CallNumbers,
    /// Who sees what crosses the wires.
    pub(crate) tap: Option<Tap>,
    /// What it is told of the head.
    pub(crate) feeds: Feeds,
    /// The time between two blocks.
    pub(crate) block_time: Duration,
    /// The tokens of `engine_*`.
    pub(crate) engine_jwt: Option<Jwt>,
}

/// Where a builder serves its methods.
#[derive(Clone, Debug)]
pub(crate) struct Endpoints {
    builder: Endpoint,
    engine: Endpoint,
}

impl Endpoints {
    /// Those of a tuple. `engine_*` is served at the same URL, unless there is another.
    pub(crate) fn of(
        tuple: &BuilderTuple,
        engine_url: Option<&str>,
    ) -> Result<Self, EndpointError> {
        let builder: Endpoint = tuple.url.parse()?;
        let engine = engine_url.map_or_else(|| Ok(builder.clone()), str::parse)?;
        Ok(Self { builder, engine })
    }
}

impl Peer {
    /// Makes the clients, which connect when they are needed, and starts the feed.
    pub(crate) fn new(
        tuple: BuilderTuple,
        endpoints: &Endpoints,
        wires: &Wires,
        chain: Arc<Chain>,
        observer: Observer,
    ) -> Self {
        let config = |endpoint: &Endpoint, max_idle_connections| ClientConfig {
            max_idle_connections,
            numbers: wires.numbers.clone(),
            tap: wires.tap.clone(),
            ..ClientConfig::new("builder", endpoint.clone(), wires.dial.clone())
        };
        let builder = |connections| Client::new(config(&endpoints.builder, connections));
        let engine = Client::new(ClientConfig {
            jwt: wires.engine_jwt.clone(),
            ..config(&endpoints.engine, IDLE_ENGINE_CONNECTIONS)
        });
        let payload_ids = Arc::new(PayloadIds::default());
        let feed = Feed::start(feed::Feeder {
            chain,
            feeds: wires.feeds,
            client: engine,
            timeout: wires.block_time.min(MAX_FEED_TIMEOUT),
            payload_ids: payload_ids.clone(),
            observer,
        });
        Self {
            tuple,
            payloads: builder(1),
            transactions: builder(IDLE_FORWARDING_CONNECTIONS),
            feed,
            payload_ids,
        }
    }

    /// The tuple that defines the builder.
    pub(crate) const fn tuple(&self) -> &BuilderTuple {
        &self.tuple
    }

    /// Tells the builder, if it is to be told such news.
    pub(crate) fn tell(&self, news: News) {
        self.feed.tell(news);
    }

    /// Asks the builder for a payload. The call has a task of its own: whatever else the slot does,
    /// a reply that is there in time is read in time (line 52). The call ends with what is returned.
    pub(crate) fn ask(
        &self,
        ask: &dyn Ask,
        params: GetPayloadParams,
    ) -> BoxFuture<'static, RawReply> {
        let payload_id = self.payload_ids.get(params.payload.parent_hash);
        let call = ask.ask(PayloadCall {
            client: self.payloads.clone(),
            params,
            payload_id,
        });
        async move {
            let mut alone = JoinSet::new();
            alone.spawn(call);
            match alone.join_next().await.expect("one task is in it") {
                Ok(reply) => reply,
                Err(error) => match error.try_into_panic() {
                    Ok(panic) => resume_unwind(panic),
                    Err(_) => Err(CallError::Closed),
                },
            }
        }
        .boxed()
    }

    /// Hands a user's transaction to the builder. What is returned resolves when the user may be
    /// answered.
    pub(crate) fn forward(
        &self,
        forward: &dyn Forward,
        hash: B256,
        transaction: Bytes,
        observer: Observer,
    ) -> BoxFuture<'static, ()> {
        let call = ForwardCall {
            client: self.transactions.clone(),
            hash,
            transaction,
        };
        forward.forward(call, observer)
    }
}
