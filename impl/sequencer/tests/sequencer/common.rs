//! What the tests share: a sequencer of one-second slots.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use alloy_primitives::{B64, B256, U256};
use gauntlet_engine::{ChainSpec, Engine, L1Attributes, Senders};
use gauntlet_node::Compute;
use gauntlet_protocol::SecretKey;
use gauntlet_rpc::{Dial, RpcModule};
use gauntlet_sequencer::{Config, Derivation, L1, Observer, Parts, Selection, Setup, Work};
use serde_json::{Value, json};

const GENESIS: &str = include_str!("../../../../harness/src/chain/genesis.json");

/// An L1 that forces nothing but its attributes.
#[derive(Debug)]
pub(crate) struct NoDeposits;

impl L1 for NoDeposits {
    fn derive(&self, _slot: u64, timestamp: u64) -> Derivation {
        Derivation {
            origin: L1Attributes {
                number: 1,
                timestamp,
                base_fee: U256::from(7),
                blob_base_fee: U256::from(1),
                hash: B256::repeat_byte(1),
                sequence_number: 0,
                batcher_hash: B256::ZERO,
                base_fee_scalar: 1,
                blob_base_fee_scalar: 1,
            },
            prev_randao: B256::ZERO,
            parent_beacon_block_root: B256::ZERO,
            user_deposits: Vec::new(),
            no_tx_pool: false,
            gas_limit: 30_000_000,
            eip1559_params: Some(B64::ZERO),
        }
    }

    fn replacement(&self, slot: u64, timestamp: u64) -> Derivation {
        self.derive(slot, timestamp)
    }
}

/// Something that is noted in order.
#[derive(Clone, Debug)]
pub(crate) struct Notes<T>(Arc<Mutex<Vec<T>>>);

impl<T: Clone> Notes<T> {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Vec::new())))
    }

    pub(crate) fn note(&self, what: T) {
        let mut notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        notes.push(what);
    }

    pub(crate) fn all(&self) -> Vec<T> {
        let notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        notes.clone()
    }
}

/// The chain's rules.
pub(crate) fn spec() -> Arc<ChainSpec> {
    Arc::new(ChainSpec::from_genesis_json(GENESIS).expect("the genesis of the harness"))
}

/// A sequencer without a builder that drives a single slot.
pub(crate) fn setup(dial: Dial) -> Setup {
    Setup {
        config: Config {
            block_time: Duration::from_secs(1),
            import_budget: Duration::from_millis(100),
            slots: Some(1),
            key: SecretKey::from_bytes(&B256::with_last_byte(9)).expect("a key"),
            builder: None,
            builder_engine_url: None,
            builder_engine_jwt: None,
            selection: Selection::Builder,
            work: Work::default(),
            compute: Compute::simulated(),
        },
        parts: Parts::default(),
        engine: Engine::new(spec(), Senders::default()),
        l1: Arc::new(NoDeposits),
        followers: Vec::new(),
        dial,
        tap: None,
        observer: Observer::new(|_| {}),
    }
}

/// Calls a method, and returns its result or its error.
pub(crate) async fn call(api: &RpcModule<()>, method: &str, params: Value) -> Result<Value, Value> {
    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let (reply, _) = api
        .raw_json_request(&request.to_string(), 1)
        .await
        .expect("a request");
    let reply: Value = serde_json::from_str(reply.get()).expect("a reply is JSON");
    reply
        .get("result")
        .cloned()
        .ok_or_else(|| reply["error"].clone())
}
