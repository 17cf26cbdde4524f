//! Mutants of what the sequencer sends.

use serde_json::{Value, json};

use super::{Mutant, Subject, messenger};
use crate::mutants::parts::messenger as parts;
use crate::world::Porter;

/// One that sends payload requests, or whatever it is, in another way.
const fn mutant(
    id: &'static str,
    about: &'static str,
    killed_by: &'static str,
    by: Porter,
) -> Mutant {
    Mutant {
        id,
        about,
        subject: Subject::Sequencer,
        killed_by,
        variant: messenger(by),
        scenarios: &["structures/what-is-sent"],
    }
}

pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        "asks-for-the-heads-number",
        "A payload request has the number of the head, not of the block after it.",
        "structures/request-block-number",
        || {
            parts::asks(|call| {
                let number = &mut call["params"][0]["blockNumber"];
                let digits = number.as_str().and_then(|it| it.strip_prefix("0x"));
                let value = digits.and_then(|it| u64::from_str_radix(it, 16).ok());
                *number = json!(format!("{:#x}", value.unwrap_or(1) - 1));
            })
        },
    ),
    mutant(
        "asks-on-nothing",
        "A payload request has the zero hash for its parent.",
        "structures/request-parent-hash",
        || {
            parts::asks(|call| {
                call["params"][0]["parentHash"] = json!(format!("0x{}", "0".repeat(64)));
            })
        },
    ),
    mutant(
        "asks-in-no-name",
        "A payload request has the zero address for its pubKey.",
        "structures/request-pubkey",
        || {
            parts::asks(|call| {
                call["params"][0]["pubKey"] = json!(format!("0x{}", "0".repeat(40)));
            })
        },
    ),
    mutant(
        "asks-for-any-gas",
        "A payload request has a gas limit of zero.",
        "structures/request-gas-limit",
        || parts::asks(|call| call["params"][0]["gasLimit"] = json!("0x0")),
    ),
    mutant(
        "asks-without-a-beacon-root",
        "A payload request has the zero hash for its beacon root.",
        "structures/request-beacon-root",
        || {
            parts::asks(|call| {
                call["params"][0]["parentBeaconBlockRoot"] = json!(format!("0x{}", "0".repeat(64)));
            })
        },
    ),
    mutant(
        "pads-quantities",
        "The gas limit of attributes has a leading zero.",
        "structures/sends-quantities",
        || {
            parts::requests(|request| {
                let text = String::from_utf8_lossy(&request.body);
                request.body = text
                    .replace("\"gasLimit\":\"0x", "\"gasLimit\":\"0x0")
                    .into();
            })
        },
    ),
    mutant(
        "writes-data-in-other-words",
        "The fee recipient of attributes has a capital X.",
        "structures/sends-data",
        || {
            parts::requests(|request| {
                let text = String::from_utf8_lossy(&request.body);
                request.body = text
                    .replace(
                        "\"suggestedFeeRecipient\":\"0x",
                        "\"suggestedFeeRecipient\":\"0X",
                    )
                    .into();
            })
        },
    ),
    mutant(
        "calls-another-method",
        "A payload request calls a method of another version.",
        "get-payload/sends-method",
        || parts::asks(|call| call["method"] = json!("builder_getPayload_V1")),
    ),
    mutant(
        "asks-by-name",
        "The parameters of a payload request are an object.",
        "get-payload/sends-payload",
        || {
            parts::asks(|call| {
                let params = call["params"].take();
                call["params"] = json!({ "payload": params[0], "signature": params[1] });
            })
        },
    ),
    mutant(
        "asks-without-a-signature",
        "A payload request has one parameter.",
        "get-payload/sends-signature",
        || {
            parts::asks(|call| {
                if let Some(Value::Array(params)) = call.get_mut("params") {
                    params.truncate(1);
                }
            })
        },
    ),
    mutant(
        "forwards-without-an-id",
        "Transactions are handed on in notifications.",
        "forward-transaction/sends-method",
        || {
            parts::forwards(|call| {
                if let Some(members) = call.as_object_mut() {
                    members.remove("id");
                }
            })
        },
    ),
    mutant(
        "forwards-with-options",
        "A transaction is handed on with a second parameter.",
        "forward-transaction/sends-transaction",
        || {
            parts::forwards(|call| {
                if let Some(Value::Array(params)) = call.get_mut("params") {
                    params.push(json!({}));
                }
            })
        },
    ),
];
