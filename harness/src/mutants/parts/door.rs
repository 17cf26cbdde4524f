//! What users are served, altered at the door.

use std::time::Duration;

use alloy_primitives::{Bytes, keccak256};
use gauntlet_rpc::{ErrorObjectOwned, RpcModule};
use serde_json::{Value, json};
use tokio::time::sleep;

/// An answer as it was given.
type Given = Result<Value, ErrorObjectOwned>;

/// What is done to the calls of users.
#[derive(Clone, Copy)]
pub(in crate::mutants) struct Alter {
    /// To the parameters of a method.
    pub(in crate::mutants) params: fn(&str, &mut Value),
    /// To what a method answers, given its parameters.
    pub(in crate::mutants) answer: fn(&str, &Value, Given) -> Given,
    /// How long an answer is held back.
    pub(in crate::mutants) waits: fn(&str) -> Duration,
}

impl Alter {
    /// Nothing.
    pub(in crate::mutants) const NOTHING: Self = Self {
        params: |_, _| {},
        answer: |_, _, given| given,
        waits: |_| Duration::ZERO,
    };
}

/// The same methods, altered.
pub(in crate::mutants) fn altered(served: RpcModule<()>, alter: Alter) -> RpcModule<()> {
    let names: Vec<&'static str> = served.method_names().collect();
    let mut door = RpcModule::new(served);
    for name in names {
        let registered = door.register_async_method(name, move |params, served, _| async move {
            let text = params.as_str().unwrap_or("[]");
            let mut params: Value = serde_json::from_str(text).unwrap_or_default();
            (alter.params)(name, &mut params);
            let given = call(&served, name, &params).await;
            let waits = (alter.waits)(name);
            if !waits.is_zero() {
                sleep(waits).await;
            }
            (alter.answer)(name, &params, given)
        });
        registered.expect("a module has each name once");
    }
    door.remove_context()
}

async fn call(served: &RpcModule<()>, method: &str, params: &Value) -> Given {
    let call = json!({ "jsonrpc": "2.0", "id": 0, "method": method, "params": params });
    let response = served.raw_json_request(&call.to_string(), 1).await;
    let (response, _) = response.expect("a call that was written is one");
    let mut response: Value = serde_json::from_str(response.get()).expect("a response is JSON");
    match response.get_mut("error").map(Value::take) {
        Some(error) => Err(serde_json::from_value(error).expect("an error reads")),
        None => Ok(response["result"].take()),
    }
}

/// Every receipt in an answer, altered.
pub(in crate::mutants) fn each_receipt(
    method: &str,
    given: Given,
    alter: impl Fn(&mut Value),
) -> Given {
    let mut given = given?;
    match method {
        "eth_getTransactionReceipt" if given.is_object() => alter(&mut given),
        "eth_getBlockReceipts" => given.as_array_mut().into_iter().flatten().for_each(alter),
        _ => {}
    }
    Ok(given)
}

/// The hash of the transaction that a call sends.
pub(in crate::mutants) fn hash_of(params: &Value) -> Value {
    let raw: Option<Bytes> = serde_json::from_value(params[0].clone()).ok();
    json!(keccak256(raw.unwrap_or_default()))
}

/// Names the head in place of the block that is asked about.
pub(in crate::mutants) fn of_the_head(params: &mut Value, index: usize) {
    if let Some(block) = params.get_mut(index) {
        *block = json!("latest");
    }
}
