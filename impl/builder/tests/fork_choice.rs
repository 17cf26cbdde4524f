//! What the builder makes of fork choice updates, of their attributes, and of requests for what they
//! began.

use std::sync::Arc;
use std::time::Duration;

use alloy_primitives::{Address, B64, B256, Bytes, U256};
use gauntlet_builder::{Builder, Config, Observer, Parts};
use gauntlet_engine::{Attributes, Block, ChainSpec, Engine, Fork, L1Attributes, Senders};
use gauntlet_node::Compute;
use gauntlet_protocol::{PayloadRequestV1, SecretKey, SigningDomain};
use serde_json::{Value, json};

const GENESIS: &str = include_str!("../../../harness/src/chain/genesis.json");

fn spec() -> ChainSpec {
    ChainSpec::from_genesis_json(GENESIS).expect("the genesis of the harness")
}

fn sequencer() -> SecretKey {
    SecretKey::from_bytes(&B256::with_last_byte(9)).expect("a key")
}

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

/// A builder at genesis that has the next block, and that block.
async fn scene(spec: ChainSpec) -> (Builder, Block) {
    let engine = Engine::new(Arc::new(spec), Senders::default());
    let genesis = engine.head();
    let block = engine
        .build(genesis.hash(), &attributes(genesis))
        .expect("a block on genesis");
    let config = Config {
        pubkey: Address::repeat_byte(3),
        sequencer: sequencer().address(),
        build: Duration::ZERO,
        compute: Compute::simulated(),
    };
    let parts = Parts::default();
    let builder = Builder::new(config, parts, engine, Observer::new(|_| {}));
    let payload = block.payload();
    let root = payload.parent_beacon_block_root;
    let answer = call(
        &builder,
        "engine_newPayloadV3",
        json!([payload.to_v3(), [], root]),
    )
    .await;
    assert_eq!(answer.expect("a status")["status"], json!("VALID"));
    (builder, block)
}

async fn call(builder: &Builder, method: &str, params: Value) -> Result<Value, Value> {
    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let (reply, _) = builder
        .api()
        .raw_json_request(&request.to_string(), 1)
        .await
        .expect("a request");
    let reply: Value = serde_json::from_str(reply.get()).expect("a reply is JSON");
    reply
        .get("result")
        .cloned()
        .ok_or_else(|| reply["error"].clone())
}

async fn update(builder: &Builder, head: B256, attributes: Value) -> Result<Value, Value> {
    let state = json!({
        "headBlockHash": head,
        "safeBlockHash": B256::ZERO,
        "finalizedBlockHash": B256::ZERO,
    });
    let params = json!([state, attributes]);
    call(builder, "engine_forkchoiceUpdatedV3", params).await
}

#[tokio::test]
async fn good_attributes_start_a_job_and_have_an_id() {
    let (builder, block) = scene(spec()).await;
    let wire = attributes(&block).to_wire();
    for _ in 0..2 {
        let answer = update(&builder, block.hash(), json!(wire)).await;
        let answer = answer.expect("an answer");
        assert_eq!(answer["payloadStatus"]["status"], json!("VALID"));
        assert_eq!(
            answer["payloadId"],
            json!(wire.payload_id(&block.hash(), 3))
        );
    }
    let job = builder.job(block.hash(), 2).expect("a job");
    assert_eq!(*job.attributes, attributes(&block));
}

#[tokio::test]
async fn no_attributes_start_no_job() {
    let (builder, block) = scene(spec()).await;
    let answer = update(&builder, block.hash(), Value::Null).await;
    assert_eq!(answer.expect("an answer")["payloadId"], Value::Null);
    assert!(builder.job(block.hash(), 2).is_none());
}

/// "Client software MUST respond with `-38003: Invalid payload attributes`", and "the
/// `forkchoiceState` update MUST NOT be rolled back" (execution-apis, paris and cancun).
#[tokio::test]
async fn attributes_that_cannot_be_are_refused_after_the_head_has_moved() {
    let withdrawal = json!({
        "index": "0x0", "validatorIndex": "0x0", "address": Address::ZERO, "amount": "0x1",
    });
    let cases = [
        ("withdrawals", Value::Null),
        ("withdrawals", json!([withdrawal])),
        ("parentBeaconBlockRoot", Value::Null),
        ("gasLimit", Value::Null),
        ("gasLimit", json!("0x0")),
        ("eip1559Params", Value::Null),
        ("minBaseFee", json!(7)),
        ("timestamp", json!("0x1")),
        ("timestamp", json!("soon")),
        ("timestamp", Value::Null),
    ];
    for (member, value) in cases {
        let (builder, block) = scene(spec()).await;
        let mut wire = json!(attributes(&block).to_wire());
        if value.is_null() {
            wire.as_object_mut().expect("an object").remove(member);
        } else {
            wire[member] = value.clone();
        }
        let error = update(&builder, block.hash(), wire).await;
        let error = error.expect_err("no attributes");
        assert_eq!(error["code"], json!(-38003), "{member} {value}: {error}");
        assert_eq!(builder.engine().head().hash(), block.hash(), "{member}");
        assert!(builder.job(block.hash(), 2).is_none(), "{member}");
    }
}

#[tokio::test]
async fn attributes_of_another_fork_are_unsupported() {
    let isthmus = spec().genesis().timestamp() + 4;
    let spec = spec().with_fork_time(Fork::Isthmus, Some(isthmus));
    let (builder, block) = scene(spec.expect("the forks are in order")).await;
    let wire = json!(attributes(&block).to_wire());
    let error = update(&builder, block.hash(), wire).await;
    assert_eq!(error.expect_err("no attributes")["code"], json!(-38005));
    assert_eq!(builder.engine().head().hash(), block.hash());
}

#[tokio::test]
async fn attributes_on_an_unknown_head_are_not_looked_at() {
    let (builder, _) = scene(spec()).await;
    let unknown = B256::repeat_byte(9);
    let answer = update(&builder, unknown, json!({})).await;
    let answer = answer.expect("an answer");
    assert_eq!(answer["payloadStatus"]["status"], json!("SYNCING"));
    assert_eq!(answer["payloadId"], Value::Null);
}

/// Every other missing member, and op-geth, give `-32602`.
#[tokio::test]
async fn a_payload_without_withdrawals_is_no_payload_of_version_3() {
    let (builder, block) = scene(spec()).await;
    let payload = block.payload();
    let root = payload.parent_beacon_block_root;
    for member in ["withdrawals", "blobGasUsed", "excessBlobGas"] {
        let mut wire = json!(payload.to_v3());
        for value in [None, Some(Value::Null)] {
            let members = wire.as_object_mut().expect("an object");
            match value {
                None => members.remove(member),
                Some(null) => members.insert(member.to_owned(), null),
            };
            let params = json!([wire, [], root]);
            let error = call(&builder, "engine_newPayloadV3", params).await;
            let error = error.expect_err("no payload of version 3");
            assert_eq!(error["code"], json!(-32602), "{member}: {error}");
        }
    }
}

/// The signed request for the block after a parent.
fn request(parent: B256, number: u64, of: &Attributes) -> Value {
    let request = PayloadRequestV1 {
        block_number: U256::from(number),
        parent_hash: parent,
        pub_key: sequencer().address(),
        gas_limit: U256::from(of.gas_limit),
        parent_beacon_block_root: of.parent_beacon_block_root,
    };
    let digest = SigningDomain::builder(spec().chain_id()).digest(&request);
    let signature = Bytes::copy_from_slice(&sequencer().sign(digest).to_bytes());
    json!([request, signature])
}

/// DECISION: nothing-to-give: never a stale block.
#[tokio::test]
async fn a_request_for_a_block_that_is_not_above_the_head_is_refused() {
    let (builder, block) = scene(spec()).await;
    let genesis = builder.engine().head().clone();
    let of_first = attributes(&genesis);
    let wire = json!(of_first.to_wire());
    update(&builder, genesis.hash(), wire).await.expect("a job");
    let first = request(genesis.hash(), 1, &of_first);
    let answer = call(&builder, "builder_getPayloadV1", first.clone()).await;
    let payload = &answer.expect("a payload")["executionPayload"];
    assert_eq!(payload["blockHash"], json!(block.hash()));
    update(&builder, block.hash(), Value::Null)
        .await
        .expect("a head");
    let error = call(&builder, "builder_getPayloadV1", first).await;
    assert_eq!(error.expect_err("it is stale")["code"], json!(-32001));
}

/// Whoever sends other attributes for a block takes nothing away from who sent some before.
#[tokio::test]
async fn the_request_says_which_of_several_jobs_it_is_for() {
    let (builder, block) = scene(spec()).await;
    let limits = [29_000_000, 30_000_000, 31_000_000];
    for gas_limit in limits {
        let attributes = Attributes {
            gas_limit,
            ..attributes(&block)
        };
        let wire = json!(attributes.to_wire());
        update(&builder, block.hash(), wire).await.expect("a job");
    }
    for gas_limit in limits {
        let of = Attributes {
            gas_limit,
            ..attributes(&block)
        };
        let params = request(block.hash(), 2, &of);
        let answer = call(&builder, "builder_getPayloadV1", params).await;
        let payload = &answer.expect("a payload")["executionPayload"];
        assert_eq!(payload["gasLimit"], json!(format!("{gas_limit:#x}")));
    }
    let other = Attributes {
        gas_limit: 7,
        ..attributes(&block)
    };
    let params = request(block.hash(), 2, &other);
    let error = call(&builder, "builder_getPayloadV1", params).await;
    assert_eq!(error.expect_err("there is none")["code"], json!(-32602));
}
