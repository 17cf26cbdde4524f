//! What contracts logged.

use alloy_primitives::{Address, B256, U256};
use serde_json::{Value, json};

use crate::fixture::{Fixture, TOPIC, contract};

#[tokio::test(start_paused = true)]
async fn logs_are_found() {
    let fixture = Fixture::new().await;
    let block = fixture
        .ok("eth_getBlockByNumber", json!(["0x1", false]))
        .await;
    let topic = B256::from(U256::from(TOPIC));
    let other = Address::repeat_byte(0xee);
    let both = fixture
        .ok("eth_getLogs", json!([{ "fromBlock": "0x0" }]))
        .await;
    let receipts = [fixture.receipt(4).await, fixture.receipt(5).await];
    let logs: Vec<Value> = receipts
        .iter()
        .map(|receipt| receipt["logs"][0].clone())
        .collect();
    assert_eq!(both, json!(logs));
    assert_eq!(logs[0]["address"], json!(contract()));
    assert_eq!(logs[0]["topics"], json!([topic]));
    assert_eq!(logs[0]["data"], json!(B256::with_last_byte(0x2a)));
    assert_eq!(logs[0]["removed"], json!(false));
    for (filter, found) in [
        (json!({ "blockHash": block["hash"] }), 2),
        (
            json!({ "blockHash": block["hash"], "address": contract() }),
            2,
        ),
        (
            json!({ "fromBlock": "0x1", "toBlock": "0x1", "address": [other, contract()] }),
            2,
        ),
        (
            json!({ "fromBlock": "earliest", "toBlock": "latest", "topics": [topic] }),
            2,
        ),
        (
            json!({ "fromBlock": "0x0", "topics": [[B256::ZERO, topic]] }),
            2,
        ),
        (json!({ "fromBlock": "0x0", "topics": [null] }), 2),
        (json!({ "fromBlock": "0x0", "toBlock": "0x3e7" }), 2),
        (json!({ "fromBlock": "0x0", "topics": [null, topic] }), 0),
        (json!({ "fromBlock": "0x0", "topics": [B256::ZERO] }), 0),
        (json!({ "fromBlock": "0x0", "address": other }), 0),
        (json!({ "fromBlock": "0x2" }), 0),
        (json!({ "fromBlock": "0x9", "toBlock": "0x9" }), 0),
        (json!({}), 0),
    ] {
        let logs = fixture.ok("eth_getLogs", json!([filter])).await;
        assert_eq!(logs.as_array().map(Vec::len), Some(found), "{filter}");
    }
}

#[tokio::test(start_paused = true)]
async fn searches_are_bounded() {
    let fixture = Fixture::new().await;
    let hash = B256::repeat_byte(1);
    for (filter, code, why) in [
        (
            json!({ "fromBlock": "0x0", "toBlock": "0x3e8" }),
            -32005,
            "more than 1000 blocks",
        ),
        (
            json!({ "fromBlock": "0x3", "toBlock": "0x2" }),
            -32602,
            "is after block 2",
        ),
        (
            json!({ "fromBlock": "0x01" }),
            -32602,
            "fromBlock: expected a quantity",
        ),
        (json!({ "toBlock": 7 }), -32602, "toBlock: expected latest"),
        (
            json!({ "blockHash": "0x1" }),
            -32602,
            "blockHash: expected a hash",
        ),
        (
            json!({ "blockHash": hash, "toBlock": "0x1" }),
            -32602,
            "does not go with",
        ),
        (json!({ "blockHash": hash }), -32000, "the block is unknown"),
        (json!({ "address": "0x1" }), -32602, "the filter: "),
        (json!({ "topics": "0x1" }), -32602, "the filter: "),
        (
            json!({ "topic": [] }),
            -32602,
            "a filter has no member topic",
        ),
        (
            json!({ "topics": [vec![hash; 2], addresses(1001)] }),
            -32602,
            "more than 1000",
        ),
    ] {
        let (found, message) = fixture.error("eth_getLogs", json!([filter])).await;
        assert!(
            found == code && message.contains(why),
            "{filter}: {found} {message}"
        );
    }
}

fn addresses(count: u64) -> Vec<B256> {
    (0..count).map(|n| B256::from(U256::from(n))).collect()
}
