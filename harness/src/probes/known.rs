//! What is known of the chain and of the builder's work, to make probes of.

use std::collections::VecDeque;
use std::fmt;

use alloy_primitives::{B256, Bytes, hex};
use serde_json::{Map, Value};

use crate::chain::Keys;
use crate::dialect::{FORK_CHOICE_UPDATED, GET_PAYLOAD, NEW_PAYLOAD};

/// How much of each kind is remembered; the oldest goes first.
const REMEMBERED: usize = 128;

/// What is known to who listens on the way to a builder: it grows with each request that the
/// builder has answered.
#[derive(Clone)]
pub struct Known {
    /// The chain's id.
    pub chain_id: u64,
    /// Who is who, and the sequencer's key, to sign what it could have signed.
    pub keys: Keys,
    /// The hash of the genesis block.
    pub genesis: B256,
    /// The time, in seconds since 1970.
    pub now_secs: u64,
    /// Canonical blocks that the builder was told of, as `engine_newPayloadV3` was given them.
    pub(super) blocks: VecDeque<Vec<Value>>,
    /// The last head.
    pub(super) head: B256,
    /// The attributes that the builder was told of, with the head that they are for.
    pub(super) jobs: VecDeque<(B256, Map<String, Value>)>,
    /// The parameters of payload requests.
    pub(super) requests: VecDeque<Value>,
    /// How many transactions were made for the builder.
    pub(super) transactions: u64,
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Known")
    }
}

impl Known {
    /// Knows a chain at its genesis, and who is who.
    #[must_use]
    pub fn new(chain_id: u64, genesis: B256, keys: Keys) -> Self {
        Self {
            chain_id,
            keys,
            genesis,
            now_secs: 0,
            head: genesis,
            blocks: VecDeque::new(),
            jobs: VecDeque::new(),
            requests: VecDeque::new(),
            transactions: 0,
        }
    }

    /// Takes note of a request that the builder has answered.
    pub fn note(&mut self, body: &[u8]) {
        let Ok(mut call) = serde_json::from_slice::<Value>(body) else {
            return;
        };
        let Value::Array(params) = call["params"].take() else {
            return;
        };
        match call["method"].as_str() {
            Some(FORK_CHOICE_UPDATED) => self.note_update(&params),
            Some(NEW_PAYLOAD) if params.len() == 3 => keep(&mut self.blocks, params),
            Some(GET_PAYLOAD) => keep(&mut self.requests, Value::Array(params)),
            _ => {}
        }
    }

    fn note_update(&mut self, params: &[Value]) {
        let [state, attributes, ..] = params else {
            return;
        };
        let Some(head) = hash(&state["headBlockHash"]) else {
            return;
        };
        self.head = head;
        if let Value::Object(attributes) = attributes {
            keep(&mut self.jobs, (head, attributes.clone()));
        }
    }

    /// The number of a block; genesis has 0.
    pub(super) fn number(&self, block: B256) -> Option<u64> {
        if block == self.genesis {
            return Some(0);
        }
        let mut blocks = self.blocks.iter().rev();
        let block = blocks.find(|of| hash(&of[0]["blockHash"]) == Some(block))?;
        number(&block[0]["blockNumber"])
    }

    /// The hash of the canonical block so many below the head, or of the lowest that is known.
    pub(super) fn below_head(&self, depth: usize) -> B256 {
        let mut at = self.head;
        for _ in 0..depth {
            let mut blocks = self.blocks.iter().rev();
            let Some(block) = blocks.find(|of| hash(&of[0]["blockHash"]) == Some(at)) else {
                break;
            };
            let Some(parent) = hash(&block[0]["parentHash"]) else {
                break;
            };
            at = parent;
        }
        at
    }
}

fn keep<T>(kept: &mut VecDeque<T>, new: T) {
    kept.push_back(new);
    if kept.len() > REMEMBERED {
        kept.pop_front();
    }
}

/// A hash as JSON has it.
pub(super) fn hash(value: &Value) -> Option<B256> {
    let bytes = hex::decode(value.as_str()?).ok()?;
    B256::try_from(&bytes[..]).ok()
}

/// Bytes that JSON has.
pub(super) fn bytes(value: &Value) -> Option<Bytes> {
    hex::decode(value.as_str()?).ok().map(Bytes::from)
}

/// A number as JSON has it.
pub(super) fn number(value: &Value) -> Option<u64> {
    u64::from_str_radix(value.as_str()?.strip_prefix("0x")?, 16).ok()
}

/// Bytes as JSON has them.
pub(super) fn data(bytes: &[u8]) -> Value {
    Bytes::copy_from_slice(bytes).to_string().into()
}
