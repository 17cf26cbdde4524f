//! What the sequencer serves to its users, and how it is set up.

use std::time::Duration;

use alloy_primitives::{Address, B256, U256};
use futures::FutureExt;
use gauntlet_protocol::BuilderTuple;
use gauntlet_rpc::Dial;
use gauntlet_sequencer::{Config, ConfigError, Sequencer, Setup};
use serde_json::{Value, json};

use crate::common::{call, setup};

/// The address of the key 1, which has a balance in genesis.
const USER: &str = "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf";

fn sequencer(builder_url: Option<&str>, import_budget_ms: u64) -> Result<Sequencer, ConfigError> {
    let refuse = |_| async { Err(std::io::ErrorKind::ConnectionRefused.into()) }.boxed();
    let setup = setup(Dial::new(refuse));
    let builder = BuilderTuple::of(
        Some(Address::repeat_byte(7)),
        builder_url.map(str::to_owned),
    );
    Sequencer::new(Setup {
        config: Config {
            import_budget: Duration::from_millis(import_budget_ms),
            builder,
            ..setup.config
        },
        ..setup
    })
}

#[tokio::test]
async fn users_read_the_head() {
    let api = sequencer(None, 100).expect("a sequencer").api();
    assert_eq!(
        call(&api, "eth_chainId", json!([])).await,
        Ok(json!("0x385"))
    );
    assert_eq!(
        call(&api, "eth_blockNumber", json!([])).await,
        Ok(json!("0x0"))
    );
    let nonce = call(&api, "eth_getTransactionCount", json!([USER, "latest"])).await;
    assert_eq!(nonce, Ok(json!("0x0")));
    let balance = call(&api, "eth_getBalance", json!([USER]))
        .await
        .expect("a balance");
    let ether = U256::from(10).pow(U256::from(18));
    assert_eq!(balance, json!(U256::from(1_000_000) * ether));
    let nobody = Address::repeat_byte(0xee);
    assert_eq!(
        call(&api, "eth_getBalance", json!([nobody])).await,
        Ok(json!("0x0"))
    );
    let block = call(&api, "eth_getBlockByNumber", json!(["latest", false]))
        .await
        .expect("genesis");
    assert_eq!(block["number"], json!("0x0"));
    assert_eq!(block["transactions"], json!([]));
    let same = call(&api, "eth_getBlockByNumber", json!(["0x0", false])).await;
    assert_eq!(same, Ok(block));
    assert_eq!(
        call(&api, "eth_getBlockByNumber", json!(["0x7", false])).await,
        Ok(Value::Null)
    );
    let receipt = call(&api, "eth_getTransactionReceipt", json!([B256::ZERO])).await;
    assert_eq!(receipt, Ok(Value::Null));
}

#[tokio::test]
async fn odd_requests_are_errors() {
    let api = sequencer(None, 100).expect("a sequencer").api();
    for (method, params) in [
        ("eth_getBalance", json!([])),
        ("eth_getBalance", json!(["0x00"])),
        ("eth_getBalance", json!([USER, "0x07"])),
        ("eth_getBlockByNumber", json!(["latest"])),
        ("eth_getBlockByNumber", json!(["the last one", false])),
        ("eth_getTransactionReceipt", json!(["0x1"])),
        ("eth_sendRawTransaction", json!([])),
        ("eth_sendRawTransaction", json!([7])),
        ("eth_sendRawTransaction", json!({ "transaction": "0x02" })),
    ] {
        let error = call(&api, method, params.clone())
            .await
            .expect_err("an odd request");
        assert_eq!(error["code"], json!(-32602), "{method} {params}: {error}");
    }
    for (method, params) in [
        ("eth_sendRawTransaction", json!(["0x02c0"])),
        ("eth_getBalance", json!([USER, "0x7"])),
    ] {
        let error = call(&api, method, params).await.expect_err("no such thing");
        assert_eq!(error["code"], json!(-32000), "{method}: {error}");
    }
    let error = call(&api, "eth_mine", json!([]))
        .await
        .expect_err("no such method");
    assert_eq!(error["code"], json!(-32601));
}

#[test]
fn what_cannot_be_set_up_is_refused() {
    let scheme = sequencer(Some("ws://builder"), 100).expect_err("no scheme of ours");
    assert!(matches!(scheme, ConfigError::BuilderUrl { .. }), "{scheme}");
    let late = sequencer(None, 801).expect_err("200 ms and 801 ms are more than a second");
    assert!(matches!(late, ConfigError::BlockTime { .. }), "{late}");
    assert!(sequencer(None, 800).is_ok());
}
