//! What a peer may send for the structures of the API, and what is made of it.

use alloy_primitives::{Address, B256, U256, hex};
use gauntlet_protocol::{
    BuilderPayloadV1, ForwardTransactionParams, GetPayloadParams, PayloadRequestV1, Status,
};
use serde_json::{Value, json};

fn hash(byte: u8) -> String {
    hex::encode_prefixed([byte; 32])
}

fn response() -> Value {
    json!({
        "executionPayload": {
            "parentHash": hash(1),
            "feeRecipient": hex::encode_prefixed([2; 20]),
            "stateRoot": hash(3),
            "receiptsRoot": hash(4),
            "logsBloom": hex::encode_prefixed([0; 256]),
            "prevRandao": hash(5),
            "blockNumber": "0x1",
            "gasLimit": "0x1c9c380",
            "gasUsed": "0x0",
            "timestamp": "0x65",
            "extraData": "0x",
            "baseFeePerGas": "0x7",
            "blockHash": hash(6),
            "transactions": ["0x02"],
            "withdrawals": [],
        },
        "pubKey": hex::encode_prefixed([7; 20]),
        "value": "0x10000000000000001",
    })
}

fn read(response: &Value) -> Result<BuilderPayloadV1, String> {
    BuilderPayloadV1::from_json(&response.to_string()).map_err(|error| error.to_string())
}

/// The response with one member of its payload set.
fn with(member: &str, value: Value) -> Value {
    let mut response = response();
    response["executionPayload"][member] = value;
    response
}

#[test]
fn a_response_is_read_and_written_alike() {
    let payload = read(&response()).unwrap();
    assert_eq!(serde_json::to_value(&payload).unwrap(), response());
    assert_eq!(
        payload.value,
        (U256::from(1) << 64) + U256::from(1),
        "values above 2^64 survive"
    );
    assert_eq!(payload.execution_payload.blob_gas_used, None);
}

#[test]
fn version_3_is_accepted() {
    let mut response = with("blobGasUsed", json!("0x0"));
    response["executionPayload"]["excessBlobGas"] = json!("0x20000");
    let payload = read(&response).unwrap().execution_payload;
    assert_eq!(
        (payload.blob_gas_used, payload.excess_blob_gas),
        (Some(0), Some(0x20000))
    );
    let payload = read(&with("blobGasUsed", Value::Null))
        .unwrap()
        .execution_payload;
    assert_eq!(payload.blob_gas_used, None, "null means absent");
}

#[test]
fn each_member_is_required() {
    for member in ["executionPayload", "pubKey", "value"] {
        for wrong in [
            None,
            Some(Value::Null),
            Some(json!(7)),
            Some(json!([])),
            Some(json!("7")),
        ] {
            let mut response = response();
            match &wrong {
                Some(value) => response[member] = value.clone(),
                None => drop(response.as_object_mut().unwrap().remove(member)),
            }
            assert!(
                read(&response).unwrap_err().contains(member),
                "{member}: {wrong:?}"
            );
        }
    }
    let members: Vec<String> = response()["executionPayload"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    assert_eq!(members.len(), 15);
    for member in members {
        let mut missing = response();
        missing["executionPayload"]
            .as_object_mut()
            .unwrap()
            .remove(&member);
        // What is null is `withdrawals` of a block before Shanghai: the engine refuses it.
        if member != "withdrawals" {
            assert!(
                read(&missing).unwrap_err().contains(&member),
                "{member} missing"
            );
            assert!(
                read(&with(&member, Value::Null))
                    .unwrap_err()
                    .contains(&member)
            );
        }
        assert!(
            read(&with(&member, json!({})))
                .unwrap_err()
                .contains(&member),
            "{member} object"
        );
    }
}

#[test]
fn each_encoding_is_checked() {
    let one_more = |bytes: usize| json!(hex::encode_prefixed(vec![0; bytes]));
    let cases = [
        ("parentHash", one_more(31)),
        ("parentHash", one_more(33)),
        ("feeRecipient", one_more(19)),
        ("feeRecipient", one_more(32)),
        ("logsBloom", one_more(255)),
        ("logsBloom", one_more(257)),
        ("extraData", one_more(33)),
        ("blockNumber", json!("0x01")),
        ("blockNumber", json!("1")),
        ("blockNumber", json!(1)),
        ("blockNumber", json!("0x")),
        ("blockNumber", json!("0X1")),
        ("blockNumber", json!("0x10000000000000000")),
        ("gasUsed", json!("-0x1")),
        ("baseFeePerGas", json!(format!("0x1{}", "0".repeat(64)))),
        ("transactions", json!(["0x0"])),
        ("transactions", json!(["02"])),
        ("transactions", json!("0x02")),
        ("withdrawals", json!("0x")),
    ];
    for (member, value) in cases {
        let error = read(&with(member, value.clone())).unwrap_err();
        assert!(error.contains(member), "{member} {value}: {error}");
    }
    assert!(read(&with("extraData", one_more(32))).is_ok());
    assert!(
        read(&with("transactions", json!(["0x"]))).is_ok(),
        "the engine says what is wrong"
    );
}

#[test]
fn odd_json() {
    let text = response().to_string();
    assert!(
        BuilderPayloadV1::from_json(&format!("{text} x")).is_err(),
        "trailing data"
    );
    let twice = text.replacen("{", "{\"value\":\"0x1\",", 1);
    assert!(
        BuilderPayloadV1::from_json(&twice)
            .unwrap_err()
            .to_string()
            .contains("duplicate")
    );
    let extra = text.replacen("{", "{\"proposer\":\"0x1\",", 1);
    assert!(
        BuilderPayloadV1::from_json(&extra).is_ok(),
        "unknown members are ignored"
    );
    let deep = "[".repeat(100_000);
    for text in ["", "null", "[]", "7", "\"\"", "{", &deep] {
        assert!(BuilderPayloadV1::from_json(text).is_err());
    }
}

#[test]
fn every_truncation_of_a_response_is_refused() {
    let text = response().to_string();
    for end in 0..text.len() {
        assert!(BuilderPayloadV1::from_json(&text[..end]).is_err());
    }
}

#[test]
fn params_are_positional() {
    let request = PayloadRequestV1 {
        block_number: U256::MAX,
        parent_hash: B256::repeat_byte(1),
        pub_key: Address::repeat_byte(2),
        gas_limit: U256::from(21_000),
        parent_beacon_block_root: B256::ZERO,
    };
    let params = GetPayloadParams {
        payload: request.clone(),
        signature: vec![0; 65].into(),
    };
    let text = serde_json::to_string(&params).unwrap();
    assert_eq!(GetPayloadParams::from_json(&text).unwrap(), params);
    let by_name = json!({ "payload": request, "signature": "0x" }).to_string();
    assert!(
        GetPayloadParams::from_json(&by_name).is_err(),
        "DECISION: params-form"
    );
    let alone = json!([request]).to_string();
    let error = GetPayloadParams::from_json(&alone).unwrap_err().to_string();
    assert!(error.contains("signature"), "{error}");
    for odd in [
        json!([]),
        json!([request, null]),
        json!([request, "0x", 1]),
        json!([null, "0x"]),
    ] {
        assert!(
            GetPayloadParams::from_json(&odd.to_string()).is_err(),
            "{odd}"
        );
    }
    assert!(ForwardTransactionParams::from_json(r#"["0x02"]"#).is_ok());
    for odd in [
        "[]",
        "[null]",
        "[2]",
        "[[\"0x02\"]]",
        "{\"transaction\":\"0x02\"}",
    ] {
        assert!(ForwardTransactionParams::from_json(odd).is_err(), "{odd}");
    }
}

#[test]
fn a_status_is_a_number_or_its_text() {
    for (json, status) in [("200", 200), ("\"200\"", 200), ("503", 503)] {
        assert_eq!(
            serde_json::from_str::<Status>(json).unwrap(),
            Status(status)
        );
    }
    for json in ["null", "true", "-200", "200.5", "\"ok\"", "[]", "{}"] {
        assert!(serde_json::from_str::<Status>(json).is_err(), "{json}");
    }
    assert_eq!(serde_json::to_string(&Status::OK).unwrap(), "200");
}

#[test]
fn what_version_3_must_have_is_named() {
    let missing = |change: fn(&mut Value)| {
        let mut response = response();
        let payload = &mut response["executionPayload"];
        payload["blobGasUsed"] = json!("0x0");
        payload["excessBlobGas"] = json!("0x0");
        change(payload);
        read(&response).unwrap().execution_payload.missing_of_v3()
    };
    assert_eq!(missing(|_| {}), None);
    for member in ["withdrawals", "blobGasUsed", "excessBlobGas"] {
        let absent: fn(&mut Value) = match member {
            "withdrawals" => |payload| drop(payload.as_object_mut().unwrap().remove("withdrawals")),
            "blobGasUsed" => |payload| drop(payload.as_object_mut().unwrap().remove("blobGasUsed")),
            _ => |payload| drop(payload.as_object_mut().unwrap().remove("excessBlobGas")),
        };
        assert_eq!(missing(absent), Some(member));
    }
    assert_eq!(
        missing(|payload| payload["withdrawals"] = Value::Null),
        Some("withdrawals")
    );
}
