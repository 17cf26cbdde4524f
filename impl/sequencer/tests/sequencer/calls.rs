//! What would come of a call.

use alloy_primitives::{Address, U256, hex};
use alloy_sol_types::{Panic, PanicKind, Revert, SolError};
use serde_json::{Value, json};

use crate::common::call;
use crate::fixture::{Fixture, contract, key};

/// A value that is 0x2a.
const ANSWER: &str = "0x000000000000000000000000000000000000000000000000000000000000002a";

async fn call_error(fixture: &Fixture, method: &str, request: Value) -> Value {
    let result = call(&fixture.api, method, json!([request])).await;
    result.expect_err("an error")
}

#[tokio::test(start_paused = true)]
async fn calls_return_what_the_contract_does() {
    let fixture = Fixture::new().await;
    for request in [
        json!({ "to": contract() }),
        json!({ "to": contract(), "from": key(1).address(), "gas": "0xffff", "nonce": "0x99" }),
        json!({ "to": contract(), "from": key(1).address(), "gasPrice": "0x174876e800", "data": "0x" }),
        json!({
            "to": contract(), "from": key(1).address(), "value": "0x5", "input": "0x", "type": "0x2",
            "maxFeePerGas": "0x174876e800", "maxPriorityFeePerGas": "0x1", "chainId": "0x385",
            "accessList": [{ "address": contract(), "storageKeys": [] }],
        }),
        // A contract calls itself: nobody could send this.
        json!({ "to": contract(), "from": contract(), "maxPriorityFeePerGas": null }),
    ] {
        assert_eq!(
            fixture.ok("eth_call", json!([request])).await,
            json!(ANSWER),
            "{request}"
        );
    }
    // The contract is not there yet.
    let request = json!({ "to": contract() });
    assert_eq!(
        fixture.ok("eth_call", json!([request, "0x0"])).await,
        json!("0x")
    );
}

#[tokio::test(start_paused = true)]
async fn reverts_have_their_reason() {
    let fixture = Fixture::new().await;
    let panic = Panic::from(PanicKind::DivisionByZero).abi_encode();
    for (data, message) in [
        (
            Revert::from("not today").abi_encode(),
            "execution reverted: not today",
        ),
        (
            panic,
            "execution reverted: panic: division or modulo by zero (0x12)",
        ),
        (vec![0xff], "execution reverted"),
    ] {
        let data = hex::encode_prefixed(data);
        for method in ["eth_call", "eth_estimateGas"] {
            let request = json!({ "to": contract(), "data": data });
            let error = call_error(&fixture, method, request).await;
            assert_eq!(
                error,
                json!({ "code": 3, "message": message, "data": data })
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_executed_is_said_in_words() {
    let fixture = Fixture::new().await;
    let nobody = Address::repeat_byte(0xee);
    let funds = "insufficient funds for gas * price + value + l1 fee";
    for (request, called, estimated) in [
        (
            json!({ "data": "0xfe" }),
            "invalid 0xFE opcode",
            "execution failed: invalid 0xFE opcode",
        ),
        // It loops.
        (
            json!({ "data": "0x5b600056" }),
            "out of gas",
            "gas required exceeds allowance (30000000)",
        ),
        (
            json!({ "to": contract(), "gas": "0x5210" }),
            "out of gas",
            "gas required exceeds allowance (21008)",
        ),
        (
            json!({ "to": contract(), "gas": "0x1" }),
            "intrinsic gas too low",
            "gas required exceeds allowance (1)",
        ),
        (
            json!({ "from": nobody, "to": nobody, "value": "0x1" }),
            funds,
            funds,
        ),
        (
            json!({ "from": nobody, "to": nobody, "gasPrice": "0x174876e800" }),
            funds,
            "gas required exceeds allowance (0)",
        ),
        (
            json!({ "from": key(1).address(), "to": nobody, "gasPrice": "0x1", "gas": "0x5208" }),
            "max fee per gas less than block base fee",
            "max fee per gas less than block base fee",
        ),
    ] {
        for (method, message) in [("eth_call", called), ("eth_estimateGas", estimated)] {
            let error = call_error(&fixture, method, request.clone()).await;
            assert_eq!(
                error,
                json!({ "code": -32000, "message": message }),
                "{method} {request}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn odd_calls_are_refused() {
    let fixture = Fixture::new().await;
    for request in [
        json!({ "to": "0x1" }),
        json!({ "gas": "21000" }),
        json!({ "gas": 21000 }),
        json!({ "gas": "0x01" }),
        json!({ "value": "0x00" }),
        json!({ "value": "0X1" }),
        json!({ "gasPrice": "0x1", "maxFeePerGas": "0x1" }),
        json!({ "data": "0x01", "input": "0x02" }),
        json!({ "data": "0x1" }),
        json!({ "type": "0x3" }),
        json!({ "chainId": "0x1" }),
        json!([]),
        json!("0x"),
    ] {
        let error = call_error(&fixture, "eth_call", request.clone()).await;
        assert_eq!(error["code"], json!(-32602), "{request}: {error}");
    }
}

#[tokio::test(start_paused = true)]
async fn estimates_suffice_and_are_no_waste() {
    let fixture = Fixture::new().await;
    let transfer =
        json!({ "from": key(1).address(), "to": Address::repeat_byte(0xab), "value": "0x1" });
    assert_eq!(
        fixture.ok("eth_estimateGas", json!([transfer])).await,
        json!("0x5208")
    );
    let deployed = fixture
        .ok("eth_getTransactionByHash", json!([fixture.sent[3]]))
        .await;
    for (request, sent) in [
        (json!({ "from": key(2).address(), "to": contract() }), 4),
        (
            json!({ "from": key(2).address(), "input": deployed["input"] }),
            3,
        ),
    ] {
        let estimate = fixture.ok("eth_estimateGas", json!([request, "0x1"])).await;
        let estimate: U256 = serde_json::from_value(estimate).expect("a quantity");
        let used = fixture.receipt(sent).await["gasUsed"].clone();
        let used: U256 = serde_json::from_value(used).expect("a quantity");
        assert!(
            estimate >= used && estimate <= used + used / U256::from(20),
            "{estimate} {used}"
        );
        let mut enough = request.clone();
        enough["gas"] = json!(estimate);
        fixture.ok("eth_call", json!([enough])).await;
        let mut too_little = request.clone();
        too_little["gas"] = json!(used - U256::from(1));
        call_error(&fixture, "eth_call", too_little).await;
    }
}
