//! A follower of the harness: it gets what a sequencer publishes. Publishing is handing a block to
//! it, and nothing else is.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use alloy_primitives::{B256, keccak256};
use gauntlet_protocol::ExecutionPayloadV2;
use serde_json::json;

use crate::trace::{Face, Host, HttpReply, HttpRequest, PublishedBlock, Recorder, What, Wire};

/// Where users are answered, at once: the text of a request, and that of the response.
pub type Desk = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// The first number of the calls that a follower makes, beyond those of users.
const FIRST_CALL: u64 = 1 << 40;

/// A follower, cheap to clone.
#[derive(Clone)]
pub struct Follower {
    recorder: Recorder,
    /// Where it asks what users are told of a block in the instant in which it gets it, if it does.
    desk: Option<Arc<OnceLock<Desk>>>,
    calls: Arc<AtomicU64>,
}

impl fmt::Debug for Follower {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Follower").finish_non_exhaustive()
    }
}

impl Follower {
    /// A follower that tells this recorder what it gets.
    #[must_use]
    pub fn new(recorder: Recorder) -> Self {
        Self {
            recorder,
            desk: None,
            calls: Arc::new(AtomicU64::new(FIRST_CALL)),
        }
    }

    /// The same follower, which also asks as a user does what users are told of each block, in the
    /// instant in which it gets it.
    #[must_use]
    pub fn inquiring(self) -> Self {
        Self {
            desk: Some(Arc::default()),
            ..self
        }
    }

    /// Says where it can ask.
    pub fn opens(&self, desk: Desk) {
        if let Some(place) = &self.desk {
            // A sequencer that starts again has the same door.
            let _first = place.set(desk);
        }
    }

    /// Gets a block, as the Engine API writes it, and the beacon block root that belongs to it.
    pub fn publish(&self, payload: ExecutionPayloadV2, parent_beacon_block_root: B256) {
        let (hash, last) = (
            payload.block_hash,
            payload.transactions.last().map(keccak256),
        );
        let block = PublishedBlock {
            payload: Arc::new(payload),
            parent_beacon_block_root,
        };
        self.recorder.record(Host::Follower, What::Published(block));
        self.ask("eth_getBlockByHash", &json!([hash, false]));
        self.ask("eth_getBlockByNumber", &json!(["latest", false]));
        if let Some(last) = last {
            self.ask("eth_getTransactionReceipt", &json!([last]));
        }
    }

    fn ask(&self, method: &str, params: &serde_json::Value) {
        let Some(desk) = self.desk.as_ref().and_then(|desk| desk.get()) else {
            return;
        };
        let exchange = self.calls.fetch_add(1, Ordering::Relaxed);
        let call = json!({ "jsonrpc": "2.0", "id": exchange, "method": method, "params": params });
        let body = call.to_string();
        let answer = desk(&body);
        self.crossed(Wire::Request {
            exchange,
            connection: 0,
            begun_us: None,
            request: Some(HttpRequest::json(body)),
        });
        if let Some(answer) = answer {
            let reply = HttpReply {
                status: 200,
                headers: Vec::new(),
                body: answer.into(),
            };
            self.crossed(Wire::Reply {
                exchange,
                reply: Some(reply),
            });
        }
    }

    fn crossed(&self, wire: Wire) {
        let face = Face::Users;
        self.recorder
            .record(Host::Follower, What::Crossed { face, wire });
    }
}
