//! What a wallet reads back.

use alloy_consensus::proofs::{calculate_receipt_root, calculate_transaction_root};
use alloy_primitives::{Address, B256, U256};
use alloy_rpc_types_eth::Block;
use gauntlet_sequencer::{Config, Sequencer, Setup};
use op_alloy_consensus::{OpReceiptEnvelope, OpTxEnvelope};
use op_alloy_rpc_types::{OpTransactionReceipt, Transaction};
use serde_json::{Value, json};

use crate::common::{call, setup};
use crate::fixture::{DEPOSITOR, FEE_CAP, Fixture, TIP, contract, key, no_way, sign, transfer};

fn quantity(value: &Value) -> U256 {
    serde_json::from_value(value.clone()).expect("a quantity")
}

#[tokio::test(start_paused = true)]
async fn blocks_and_receipts_make_the_hashes_that_they_name() {
    let fixture = Fixture::new().await;
    for number in ["0x0", "0x1", "0x2", "0x3"] {
        let json = fixture
            .ok("eth_getBlockByNumber", json!([number, true]))
            .await;
        let block: Block<Transaction> = serde_json::from_value(json.clone()).expect("a block");
        let hash = block.header.hash;
        assert_eq!(block.header.inner.hash_slow(), hash, "{number}");
        let size = json["size"].clone();
        let by_hash = fixture.ok("eth_getBlockByHash", json!([hash, true])).await;
        assert_eq!(by_hash, json);
        let receipts = fixture.ok("eth_getBlockReceipts", json!([number])).await;
        let one_by_one: Vec<Value> = receipts.as_array().expect("a list").clone();
        for receipt in &one_by_one {
            let hash = &receipt["transactionHash"];
            let same = fixture.ok("eth_getTransactionReceipt", json!([hash])).await;
            assert_eq!(same, *receipt);
        }
        let receipts: Vec<OpTransactionReceipt> =
            serde_json::from_value(receipts).expect("receipts");
        let envelopes: Vec<_> = receipts.into_iter().map(OpReceiptEnvelope::from).collect();
        let transactions = block.transactions.clone().into_transactions_vec();
        let recovered = transactions
            .into_iter()
            .map(|transaction| transaction.inner.inner);
        let transactions: Vec<OpTxEnvelope> = recovered.map(|tx| tx.into_inner()).collect();
        let header = &block.header.inner;
        assert_eq!(envelopes.len(), transactions.len());
        assert_eq!(
            calculate_transaction_root(&transactions),
            header.transactions_root
        );
        assert_eq!(calculate_receipt_root(&envelopes), header.receipts_root);
        let body = alloy_consensus::BlockBody {
            transactions,
            ommers: Vec::new(),
            withdrawals: block.withdrawals.clone(),
        };
        let whole = alloy_consensus::Block::new(header.clone(), body);
        assert_eq!(quantity(&size), U256::from(alloy_rlp::encode(&whole).len()));
    }
}

#[tokio::test(start_paused = true)]
async fn receipts_are_complete() {
    let fixture = Fixture::new().await;
    let block = fixture
        .ok("eth_getBlockByNumber", json!(["0x1", false]))
        .await;
    let base_fee = quantity(&block["baseFeePerGas"]).to::<u128>();
    let mut cumulative = vec![];
    for (sent, (kind, price)) in [
        ("0x0", FEE_CAP),
        ("0x1", FEE_CAP),
        ("0x2", base_fee + TIP),
        ("0x2", base_fee + TIP),
        ("0x2", base_fee + TIP),
        ("0x2", base_fee + TIP),
        ("0x2", base_fee + TIP),
    ]
    .into_iter()
    .enumerate()
    {
        let receipt = fixture.receipt(sent).await;
        assert_eq!(receipt["type"], json!(kind), "{receipt}");
        assert_eq!(quantity(&receipt["effectiveGasPrice"]), U256::from(price));
        assert_eq!(receipt["blockHash"], block["hash"]);
        assert_eq!(receipt["blockNumber"], json!("0x1"));
        assert_eq!(receipt["l1GasPrice"], json!("0x1a13b8600"));
        assert_eq!(receipt["l1BaseFeeScalar"], json!("0x146b"));
        assert_eq!(receipt["l1BlobBaseFee"], json!("0x3"));
        assert_eq!(receipt["l1BlobBaseFeeScalar"], json!("0xf79c5"));
        assert!(quantity(&receipt["l1Fee"]) > U256::ZERO, "{receipt}");
        assert!(quantity(&receipt["l1GasUsed"]) > U256::ZERO, "{receipt}");
        let index = quantity(&receipt["transactionIndex"]).to::<usize>();
        assert_eq!(block["transactions"][index], receipt["transactionHash"]);
        cumulative.push((index, quantity(&receipt["cumulativeGasUsed"])));
        let status = if sent == 6 { "0x0" } else { "0x1" };
        assert_eq!(receipt["status"], json!(status));
        let created = if sent == 3 {
            json!(contract())
        } else {
            Value::Null
        };
        assert_eq!(receipt["contractAddress"], created);
        let to = match sent {
            0..=2 => json!(Address::repeat_byte(0xaa)),
            3 => Value::Null,
            _ => json!(contract()),
        };
        assert_eq!(receipt["to"], to);
    }
    cumulative.sort_unstable();
    assert!(
        cumulative.is_sorted_by_key(|(_, gas)| *gas),
        "{cumulative:?}"
    );
    assert_eq!(
        quantity(&block["gasUsed"]),
        cumulative.last().expect("seven").1
    );
    let places: Vec<Value> = [fixture.receipt(4).await, fixture.receipt(5).await]
        .iter()
        .map(|receipt| receipt["logs"][0]["logIndex"].clone())
        .collect();
    assert_eq!(places, [json!("0x0"), json!("0x1")]);
}

#[tokio::test(start_paused = true)]
async fn what_receipts_say_is_what_was_paid() {
    let fixture = Fixture::new().await;
    let user = key(1).address();
    let before = fixture.ok("eth_getBalance", json!([user, "0x0"])).await;
    let after = fixture.ok("eth_getBalance", json!([user, "0x1"])).await;
    let mut paid = U256::ZERO;
    for sent in 0..3 {
        let receipt = fixture.receipt(sent).await;
        let gas = quantity(&receipt["gasUsed"]);
        paid += gas * quantity(&receipt["effectiveGasPrice"]) + quantity(&receipt["l1Fee"]);
        paid += U256::from(1000);
    }
    assert_eq!(quantity(&before) - quantity(&after), paid);
}

#[tokio::test(start_paused = true)]
async fn deposits_have_their_own_members() {
    let fixture = Fixture::new().await;
    let block = fixture
        .ok("eth_getBlockByNumber", json!(["0x1", true]))
        .await;
    let attributes = &block["transactions"][0];
    assert_eq!(attributes["type"], json!("0x7e"));
    assert_eq!(attributes["gasPrice"], json!("0x0"));
    let deposit = &block["transactions"][1];
    assert_eq!(deposit["from"], json!(DEPOSITOR));
    assert_eq!(deposit["mint"], json!("0x1388"));
    assert_eq!(deposit["nonce"], json!("0x0"));
    let receipts = fixture.ok("eth_getBlockReceipts", json!(["0x1"])).await;
    let receipt = &receipts[1];
    assert_eq!(receipt["type"], json!("0x7e"));
    assert_eq!(receipt["depositNonce"], json!("0x0"));
    assert_eq!(receipt["depositReceiptVersion"], json!("0x1"));
    assert_eq!(receipt["contractAddress"], json!(DEPOSITOR.create(0)));
    assert_eq!(receipt["effectiveGasPrice"], json!("0x0"));
    assert_eq!(receipt.get("l1Fee"), None);
}

#[tokio::test(start_paused = true)]
async fn transactions_are_found_in_every_way() {
    let fixture = Fixture::new().await;
    for sent in 0..fixture.sent.len() {
        let receipt = fixture.receipt(sent).await;
        let transaction = fixture
            .ok("eth_getTransactionByHash", json!([fixture.sent[sent]]))
            .await;
        assert_eq!(transaction["hash"], json!(fixture.sent[sent]));
        assert_eq!(transaction["from"], receipt["from"]);
        assert_eq!(transaction["gasPrice"], receipt["effectiveGasPrice"]);
        let index = &receipt["transactionIndex"];
        for (method, block) in [
            (
                "eth_getTransactionByBlockNumberAndIndex",
                &receipt["blockNumber"],
            ),
            (
                "eth_getTransactionByBlockHashAndIndex",
                &receipt["blockHash"],
            ),
        ] {
            assert_eq!(fixture.ok(method, json!([block, index])).await, transaction);
            assert_eq!(
                fixture.ok(method, json!([block, "0xff"])).await,
                Value::Null
            );
        }
        for (method, block) in [
            (
                "eth_getBlockTransactionCountByNumber",
                &receipt["blockNumber"],
            ),
            ("eth_getBlockTransactionCountByHash", &receipt["blockHash"]),
        ] {
            assert_eq!(fixture.ok(method, json!([block])).await, json!("0x9"));
        }
    }
    for (method, params) in [
        ("eth_getTransactionByHash", json!([B256::ZERO])),
        ("eth_getTransactionReceipt", json!([B256::ZERO])),
        ("eth_getBlockByHash", json!([B256::ZERO, true])),
        ("eth_getBlockByNumber", json!(["0x4", true])),
        ("eth_getBlockReceipts", json!(["0x4"])),
        ("eth_getBlockTransactionCountByNumber", json!(["0x4"])),
        ("eth_getBlockTransactionCountByHash", json!([B256::ZERO])),
    ] {
        assert_eq!(fixture.ok(method, params).await, Value::Null, "{method}");
    }
}

#[tokio::test(start_paused = true)]
async fn states_are_served_at_every_block() {
    let fixture = Fixture::new().await;
    let user = key(2).address();
    let one = fixture
        .ok("eth_getBlockByNumber", json!(["0x1", false]))
        .await;
    let by_hash = json!({ "blockHash": one["hash"], "requireCanonical": true });
    for (block, nonce) in [
        (json!("earliest"), "0x0"),
        (json!("0x0"), "0x0"),
        (json!("0x1"), "0x4"),
        (by_hash, "0x4"),
        (json!({ "blockNumber": "0x1" }), "0x4"),
        (one["hash"].clone(), "0x4"),
        (json!("latest"), "0x4"),
        (json!("pending"), "0x4"),
    ] {
        let found = fixture
            .ok("eth_getTransactionCount", json!([user, block]))
            .await;
        assert_eq!(found, json!(nonce), "{block}");
    }
    let at = contract();
    assert_eq!(
        fixture.ok("eth_getCode", json!([at, "0x0"])).await,
        json!("0x")
    );
    let code = fixture.ok("eth_getCode", json!([at])).await;
    assert!(
        code.as_str()
            .is_some_and(|code| code.starts_with("0x36601557")),
        "{code}"
    );
    for (slot, value) in [("0x5", 0x63), ("0x05", 0x63), ("0x6", 0)] {
        let found = fixture
            .ok("eth_getStorageAt", json!([at, slot, "latest"]))
            .await;
        assert_eq!(found, json!(B256::with_last_byte(value)));
    }
    let padded = B256::with_last_byte(5);
    let found = fixture
        .ok("eth_getStorageAt", json!([at, padded, "0x0"]))
        .await;
    assert_eq!(found, json!(B256::ZERO));
    for block in [
        json!("0x4"),
        json!(B256::ZERO),
        json!({ "blockHash": B256::ZERO }),
    ] {
        let (code, message) = fixture.error("eth_getBalance", json!([user, block])).await;
        assert_eq!(
            (code, &*message),
            (-32000, "header not found: the block is unknown")
        );
    }
}

#[tokio::test(start_paused = true)]
async fn blocks_that_are_not_kept_are_errors_that_say_so() {
    let setup = setup(no_way());
    let engine = setup.engine.with_retained_blocks(1);
    let fixture = Fixture::of(Setup { engine, ..setup }, 4).await;
    let user = key(1).address();
    for (method, params) in [
        ("eth_getBalance", json!([user, "0x1"])),
        ("eth_call", json!([{}, "0x1"])),
        ("eth_getBlockByNumber", json!(["0x1", false])),
        ("eth_getBlockReceipts", json!(["0x1"])),
        ("eth_getLogs", json!([{ "fromBlock": "0x1" }])),
        ("eth_feeHistory", json!(["0x1", "0x1"])),
    ] {
        let (code, message) = fixture.error(method, params).await;
        let pruned = "pruned history unavailable: block 1 is no longer kept";
        assert_eq!((code, &*message), (4444, pruned), "{method}");
    }
    assert_eq!(fixture.receipt(0).await, Value::Null);
    fixture.ok("eth_getBalance", json!([user, "0x3"])).await;
    let history = fixture
        .ok("eth_feeHistory", json!(["0x400", "latest"]))
        .await;
    assert_eq!(history["oldestBlock"], json!("0x3"));
}

#[tokio::test(start_paused = true)]
async fn waiting_transactions_are_seen_and_counted() {
    let setup = setup(no_way());
    let sequencer = Sequencer::new(Setup {
        config: Config {
            slots: Some(1),
            ..setup.config
        },
        ..setup
    });
    let api = sequencer.expect("a sequencer").api();
    let user = key(3).address();
    for nonce in [0, 1, 3] {
        let raw = sign(transfer(nonce), 3);
        let hash = call(&api, "eth_sendRawTransaction", json!([raw]))
            .await
            .expect("accepted");
        let found = call(&api, "eth_getTransactionByHash", json!([hash]))
            .await
            .expect("waits");
        assert_eq!(found["hash"], hash);
        assert_eq!(found["blockHash"], Value::Null);
        assert_eq!(found["blockNumber"], Value::Null);
        let receipt = call(&api, "eth_getTransactionReceipt", json!([hash])).await;
        assert_eq!(receipt, Ok(Value::Null));
    }
    for (block, nonce) in [("pending", "0x2"), ("latest", "0x0")] {
        let found = call(&api, "eth_getTransactionCount", json!([user, block])).await;
        assert_eq!(found, Ok(json!(nonce)), "{block}");
    }
}

#[tokio::test(start_paused = true)]
async fn fees_follow_the_blocks() {
    let fixture = Fixture::new().await;
    let history = fixture
        .ok("eth_feeHistory", json!(["0x3", "0x2", [0, 50, 100]]))
        .await;
    assert_eq!(history["oldestBlock"], json!("0x0"));
    let base_fees = history["baseFeePerGas"].as_array().expect("a list");
    for (number, base_fee) in base_fees.iter().enumerate() {
        let block = format!("{number:#x}");
        let block = fixture
            .ok("eth_getBlockByNumber", json!([block, false]))
            .await;
        assert_eq!(block["baseFeePerGas"], *base_fee);
    }
    assert_eq!(base_fees.len(), 4);
    assert_eq!(history["reward"].as_array().map(Vec::len), Some(3));
    let legacy = FEE_CAP - quantity(&base_fees[1]).to::<u128>();
    let rewards = json!([
        format!("{TIP:#x}"),
        format!("{TIP:#x}"),
        format!("{legacy:#x}")
    ]);
    assert_eq!(history["reward"][1], rewards);
    assert_eq!(history["reward"][2], json!(["0x0", "0x0", "0x0"]));
    let ratios = history["gasUsedRatio"].as_array().expect("a list");
    assert!(
        ratios.len() == 3 && ratios[1].as_f64() > Some(0.0),
        "{ratios:?}"
    );
    assert_eq!(
        fixture.ok("eth_maxPriorityFeePerGas", json!([])).await,
        json!("0xf4240")
    );
    let next = fixture.ok("eth_feeHistory", json!(["0x1", "latest"])).await;
    let price = quantity(&fixture.ok("eth_gasPrice", json!([])).await);
    assert_eq!(
        price,
        quantity(&next["baseFeePerGas"][1]) + U256::from(1_000_000)
    );
    assert_eq!(next.get("reward"), None);
}

#[tokio::test(start_paused = true)]
async fn every_method_refuses_what_it_does_not_take() {
    let fixture = Fixture::new().await;
    let (user, hash) = (key(1).address(), fixture.sent[0]);
    let one = fixture
        .ok("eth_getBlockByNumber", json!(["0x1", false]))
        .await["hash"]
        .clone();
    for (method, good) in [
        ("eth_chainId", json!([])),
        ("eth_blockNumber", json!([])),
        ("eth_syncing", json!([])),
        ("eth_accounts", json!([])),
        ("eth_gasPrice", json!([])),
        ("eth_maxPriorityFeePerGas", json!([])),
        ("net_version", json!([])),
        ("net_listening", json!([])),
        ("web3_clientVersion", json!([])),
        ("eth_getBalance", json!([user, "latest"])),
        ("eth_getTransactionCount", json!([user, "latest"])),
        ("eth_getCode", json!([user, "latest"])),
        ("eth_getStorageAt", json!([user, "0x0", "latest"])),
        ("eth_call", json!([{ "to": user }, "latest"])),
        ("eth_estimateGas", json!([{ "to": user }, "latest"])),
        ("eth_feeHistory", json!(["0x1", "latest", []])),
        ("eth_getTransactionByHash", json!([hash])),
        ("eth_getTransactionReceipt", json!([hash])),
        ("eth_getBlockReceipts", json!(["latest"])),
        ("eth_getBlockByHash", json!([one, true])),
        ("eth_getBlockByNumber", json!(["latest", true])),
        ("eth_getBlockTransactionCountByHash", json!([one])),
        ("eth_getBlockTransactionCountByNumber", json!(["latest"])),
        ("eth_getTransactionByBlockHashAndIndex", json!([one, "0x0"])),
        (
            "eth_getTransactionByBlockNumberAndIndex",
            json!(["latest", "0x0"]),
        ),
        ("eth_getLogs", json!([{}])),
    ] {
        fixture.ok(method, good.clone()).await;
        let mut more = good.as_array().expect("a list").clone();
        for place in 0..more.len() {
            let mut odd = more.clone();
            odd[place] = json!("0x0X");
            refuses(&fixture, method, json!(odd)).await;
        }
        more.push(json!({}));
        refuses(&fixture, method, json!(more)).await;
        refuses(&fixture, method, json!({ "address": user })).await;
    }
}

async fn refuses(fixture: &Fixture, method: &str, params: Value) {
    let told = format!("{method} {params}");
    let (code, message) = fixture.error(method, params).await;
    assert_eq!(code, -32602, "{told}: {message}");
    assert!(message.contains("the "), "{told}: {message}");
}

#[tokio::test(start_paused = true)]
async fn the_node_says_what_it_is() {
    let fixture = Fixture::new().await;
    for (method, answer) in [
        ("eth_chainId", json!("0x385")),
        ("net_version", json!("901")),
        ("net_listening", json!(true)),
        ("eth_syncing", json!(false)),
        ("eth_accounts", json!([])),
        ("eth_blockNumber", json!("0x3")),
        ("web3_clientVersion", json!("gauntlet/v0.1.0")),
    ] {
        assert_eq!(fixture.ok(method, json!([])).await, answer, "{method}");
    }
    for tag in ["safe", "finalized"] {
        let block = fixture
            .ok("eth_getBlockByNumber", json!([tag, false]))
            .await;
        assert_eq!(block["number"], json!("0x0"), "{tag}");
    }
}
