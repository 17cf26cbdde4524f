//! What a builder tells of the blocks that it has.

use std::sync::Arc;
use std::time::Duration;

use alloy_primitives::{Address, B64, B256, U256};
use gauntlet_builder::{Builder, Config, Observer, Parts};
use gauntlet_engine::{Attributes, Block, ChainSpec, Engine, L1Attributes, Senders};
use gauntlet_node::Compute;
use serde_json::{Value, json};

const GENESIS: &str = include_str!("../../../harness/src/chain/genesis.json");

fn attributes(parent: &Block) -> Attributes {
    let origin = L1Attributes {
        base_fee: U256::from(7),
        blob_base_fee: U256::from(1),
        ..L1Attributes::default()
    };
    Attributes {
        timestamp: parent.timestamp() + 2,
        prev_randao: B256::ZERO,
        fee_recipient: Address::repeat_byte(1),
        parent_beacon_block_root: B256::repeat_byte(2),
        transactions: vec![origin.deposit()],
        no_tx_pool: false,
        gas_limit: 30_000_000,
        eip1559_params: Some(B64::ZERO),
    }
}

/// A builder that has so many blocks and keeps so many of them.
fn scene(blocks: u64, kept: u64) -> (Builder, Vec<Arc<Block>>) {
    let spec = ChainSpec::from_genesis_json(GENESIS).expect("the genesis of the harness");
    let mut engine = Engine::new(Arc::new(spec), Senders::default()).with_retained_blocks(kept);
    let mut chain = vec![engine.head().clone()];
    for _ in 0..blocks {
        let head = engine.head().clone();
        let block = engine
            .build(head.hash(), &attributes(&head))
            .expect("a block");
        let block = engine.insert(block);
        let _moved = engine
            .fork_choice_updated(block.hash(), B256::ZERO, B256::ZERO)
            .expect("a head");
        chain.push(block);
    }
    let config = Config {
        pubkey: Address::repeat_byte(3),
        sequencer: Address::repeat_byte(4),
        build: Duration::ZERO,
        compute: Compute::simulated(),
    };
    let builder = Builder::new(config, Parts::default(), engine, Observer::new(|_| {}));
    (builder, chain)
}

async fn call(builder: &Builder, method: &str, params: Value) -> Value {
    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let (reply, _) = builder
        .api()
        .raw_json_request(&request.to_string(), 1)
        .await
        .expect("a request");
    let reply: Value = serde_json::from_str(reply.get()).expect("a reply is JSON");
    let code = &reply["error"]["code"];
    reply.get("result").cloned().unwrap_or_else(|| code.clone())
}

async fn bodies(builder: &Builder, start: &str, count: &str) -> Value {
    call(
        builder,
        "engine_getPayloadBodiesByRangeV1",
        json!([start, count]),
    )
    .await
}

#[tokio::test]
async fn bodies_end_with_the_head_and_lack_what_is_not_kept() {
    let (builder, chain) = scene(4, 2);
    let body =
        |block: &Block| json!({ "transactions": block.payload().transactions, "withdrawals": [] });
    assert_eq!(
        bodies(&builder, "0x1", "0x20").await,
        json!([null, body(&chain[2]), body(&chain[3]), body(&chain[4])])
    );
    assert_eq!(
        bodies(&builder, "0x3", "0x1").await,
        json!([body(&chain[3])])
    );
    assert_eq!(bodies(&builder, "0x5", "0x1").await, json!([]));
    assert_eq!(bodies(&builder, "0x0", "0x1").await, json!(-32602));
    assert_eq!(bodies(&builder, "0x1", "0x0").await, json!(-32602));
    assert_eq!(
        bodies(&builder, "0x1", "0x80")
            .await
            .as_array()
            .map(Vec::len),
        Some(4)
    );
    assert_eq!(bodies(&builder, "0x1", "0x81").await, json!(-38004));
}

#[tokio::test]
async fn headers_are_those_of_the_canonical_chain() {
    let (builder, chain) = scene(2, 256);
    let block = |block: &str| call(&builder, "eth_getBlockByNumber", json!([block, false]));
    let latest = block("latest").await;
    assert_eq!(latest["hash"], json!(chain[2].hash()));
    assert_eq!(latest["number"], json!("0x2"));
    assert_eq!(latest["parentBeaconBlockRoot"], json!(B256::repeat_byte(2)));
    assert_eq!(block("0x1").await["hash"], json!(chain[1].hash()));
    assert_eq!(block("0x0").await["hash"], json!(chain[0].hash()));
    assert_eq!(block("0x3").await, Value::Null);
    assert_eq!(block("head").await, json!(-32602));
}
