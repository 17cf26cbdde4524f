//! Mutants of how a builder reads what it is asked.

use serde_json::{Value, json};

use super::{Mutant, Subject, at_the_door, builder};
use crate::dialect::{FORWARD_TRANSACTION, GET_PAYLOAD};
use crate::mutants::parts::{builder as inside, porter as parts};

/// A mutant that takes a member with a capital X.
macro_rules! capital {
    ($id:literal, $rule:literal, $name:literal, $scenario:literal) => {
        at_the_door(
            $id,
            concat!("The request's ", $name, " may begin with 0X."),
            $rule,
            || parts::hears_member($name, |text| text.replace("0X", "0x")),
            &[$scenario],
        )
    };
}

pub(super) const MUTANTS: &[Mutant] = &[
    capital!(
        "takes-a-capital-x-in-block-number",
        "structures/reads-block-number",
        "blockNumber",
        "structures/reads-block-number[how=with-a-capital-x]"
    ),
    capital!(
        "takes-a-capital-x-in-parent-hash",
        "structures/reads-parent-hash",
        "parentHash",
        "structures/reads-parent-hash[how=with-a-capital-x]"
    ),
    capital!(
        "takes-a-capital-x-in-pubkey",
        "structures/reads-pubkey",
        "pubKey",
        "structures/reads-pubkey[how=with-a-capital-x]"
    ),
    capital!(
        "takes-a-capital-x-in-gas-limit",
        "structures/reads-gas-limit",
        "gasLimit",
        "structures/reads-gas-limit[how=with-a-capital-x]"
    ),
    capital!(
        "takes-a-capital-x-in-beacon-root",
        "structures/reads-beacon-root",
        "parentBeaconBlockRoot",
        "structures/reads-beacon-root[how=with-a-capital-x]"
    ),
    at_the_door(
        "reads-numbers-of-64-bits",
        "A number of more than 64 bits is refused as malformed.",
        "structures/reads-numbers-of-256-bits",
        || {
            parts::says_to_call(GET_PAYLOAD, |call, response| {
                let number = call
                    .pointer("/params/0/blockNumber")
                    .and_then(Value::as_str);
                if number.is_some_and(|number| number.len() > 18) {
                    response["error"]["code"] = json!(-32602);
                }
            })
        },
        &["structures/reads-large-numbers"],
    ),
    at_the_door(
        "refuses-other-members",
        "A request with a member that is unknown is refused.",
        "structures/ignores-other-members",
        || {
            parts::says_to_call(GET_PAYLOAD, |call, response| {
                if call.pointer("/params/0/timestamp").is_some() {
                    let error = json!({ "code": -32602, "message": "unknown member" });
                    *response = json!({ "jsonrpc": "2.0", "id": call["id"], "error": error });
                }
            })
        },
        &["get-payload/parameters-of-every-kind[how=with-another-member]"],
    ),
    at_the_door(
        "takes-leading-zeros",
        "A QUANTITY may have zeros before it.",
        "structures/reads-quantities",
        || {
            parts::hears_member("gasLimit", |text| {
                format!(
                    "0x{}",
                    text.trim_start_matches("0x").trim_start_matches('0')
                )
            })
        },
        &["structures/reads-gas-limit[how=with-a-leading-zero]"],
    ),
    at_the_door(
        "takes-no-digits-in-upper-case",
        "Digits in upper case are refused.",
        "structures/reads-data",
        || {
            parts::hears_member("parentHash", |text| {
                text.replace(|digit: char| digit.is_ascii_uppercase(), "")
            })
        },
        &["structures/reads-parent-hash[how=in-capitals]"],
    ),
    at_the_door(
        "takes-data-without-prefix",
        "DATA need not begin with 0x.",
        "structures/reads-data",
        || {
            parts::hears_member("parentHash", |text| {
                format!("0x{}", text.trim_start_matches("0x"))
            })
        },
        &["structures/reads-parent-hash[how=without-prefix]"],
    ),
    at_the_door(
        "serves-getPayload-without-version",
        "builder_getPayload is as good as builder_getPayloadV1.",
        "get-payload/method",
        || {
            parts::hears_call("builder_getPayload", |call| {
                call["method"] = json!(GET_PAYLOAD)
            })
        },
        &["transport/methods[how=without-version]"],
    ),
    at_the_door(
        "takes-parameters-by-name",
        "The parameters may be an object.",
        "get-payload/param-payload",
        || {
            parts::hears_call(GET_PAYLOAD, |call| {
                let params = &mut call["params"];
                if params.is_object() {
                    *params = json!([params["payload"], params["signature"]]);
                }
            })
        },
        &["get-payload/parameters-of-every-kind[how=by-name]"],
    ),
    at_the_door(
        "takes-no-signature-for-an-empty-one",
        "A signature that is missing counts as one of no bytes.",
        "get-payload/param-signature",
        || {
            parts::hears_call(GET_PAYLOAD, |call| {
                if let Some(params) = call["params"].as_array_mut()
                    && params.len() == 1
                {
                    params.push(json!("0x"));
                }
            })
        },
        &["get-payload/signatures-of-every-kind[how=missing]"],
    ),
    at_the_door(
        "has-one-code-for-all-errors",
        "Whatever there is to say, the code is -32000.",
        "get-payload/error-code",
        || {
            parts::says_to_call(GET_PAYLOAD, |_, response| {
                if response.get("error").is_some() {
                    response["error"]["code"] = json!(-32000);
                }
            })
        },
        &["get-payload/requests-on-every-head[how=unknown]"],
    ),
    at_the_door(
        "serves-forwardTransaction-without-version",
        "builder_forwardTransaction is as good as builder_forwardTransactionV1.",
        "forward-transaction/method",
        || {
            parts::hears_call("builder_forwardTransaction", |call| {
                call["method"] = json!(FORWARD_TRANSACTION);
            })
        },
        &["transport/methods[how=forward-without-version]"],
    ),
    at_the_door(
        "takes-the-first-of-two-transactions",
        "Whatever comes after the first parameter is left out.",
        "forward-transaction/param-transaction",
        || {
            parts::hears_call(FORWARD_TRANSACTION, |call| {
                if let Some(params) = call["params"].as_array_mut() {
                    params.truncate(1);
                }
            })
        },
        &["forward-transaction/parameters-of-every-kind[how=as-two]"],
    ),
    at_the_door(
        "says-that-garbage-is-stored",
        "What is no transaction is answered with 200.",
        "forward-transaction/reads-encoding",
        || {
            parts::says_to_call(FORWARD_TRANSACTION, |call, response| {
                let message = response["error"]["message"].as_str().unwrap_or_default();
                if message.contains("malformed") {
                    *response = json!({ "jsonrpc": "2.0", "id": call["id"], "result": 200 });
                }
            })
        },
        &["forward-transaction/transactions-of-every-kind"],
    ),
    at_the_door(
        "says-stored-in-words",
        "The result of forwarding is a word.",
        "forward-transaction/result",
        || parts::says_result(FORWARD_TRANSACTION, |result| *result = json!("stored")),
        &["forward-transaction/transactions-of-every-kind"],
    ),
    Mutant {
        id: "says-that-what-the-pool-refuses-is-stored",
        about: "A transaction that the pool refuses is answered with 200.",
        subject: Subject::Builder,
        killed_by: "forward-transaction/error",
        variant: builder(|| gauntlet_builder::Parts {
            accept: inside::say_stored,
            ..gauntlet_builder::Parts::default()
        }),
        scenarios: &["forward-transaction/transactions-of-every-kind"],
    },
];
