//! Mutants of what a builder writes in its responses.

use serde_json::{Value, json};

use super::{Mutant, at_the_door};
use crate::dialect::GET_PAYLOAD;
use crate::mutants::parts::porter as parts;

const SCENARIO: &[&str] = &["structures/request-and-response"];

/// A mutant that writes a member of the payload otherwise.
macro_rules! member {
    ($id:literal, $about:literal, $rule:literal, $name:literal, $alter:expr) => {
        at_the_door(
            $id,
            $about,
            $rule,
            || parts::says_member($name, $alter),
            SCENARIO,
        )
    };
}

pub(super) const MUTANTS: &[Mutant] = &[
    at_the_door(
        "has-no-result",
        "The result of a payload request is null.",
        "structures/response-shape",
        || parts::says_result(GET_PAYLOAD, |result| *result = Value::Null),
        SCENARIO,
    ),
    at_the_door(
        "says-another-pubkey",
        "The response has the zero address for the builder's key.",
        "structures/response-pubkey",
        || {
            parts::says_result(GET_PAYLOAD, |result| {
                result["pubKey"] = json!("0x0000000000000000000000000000000000000000");
            })
        },
        SCENARIO,
    ),
    at_the_door(
        "overstates-the-value",
        "The value is ten times what the payload is worth.",
        "structures/response-value",
        || {
            parts::says_result(GET_PAYLOAD, |result| {
                let value = result["value"].as_str().unwrap_or("0x0");
                let value = u128::from_str_radix(value.trim_start_matches("0x"), 16);
                result["value"] = json!(format!("{:#x}", 10 * value.unwrap_or_default()));
            })
        },
        SCENARIO,
    ),
    at_the_door(
        "cuts-the-value-to-64-bits",
        "The value is kept in 64 bits (as in mev-boost-relay 306).",
        "structures/response-value",
        || {
            parts::says_result(GET_PAYLOAD, |result| {
                let value = result["value"].as_str().unwrap_or("0x0");
                let value = u128::from_str_radix(value.trim_start_matches("0x"), 16);
                let cut = value.unwrap_or_default() as u64;
                result["value"] = json!(format!("{cut:#x}"));
            })
        },
        &["history/306-value-above-64-bits"],
    ),
    member!(
        "writes-parent-hash-without-a-prefix",
        "The payload's parentHash is written without a prefix.",
        "structures/payload-parent-hash",
        "parentHash",
        |text| json!(text.trim_start_matches("0x"))
    ),
    member!(
        "writes-fee-recipient-in-32-bytes",
        "The payload's feeRecipient is written in 32 bytes.",
        "structures/payload-fee-recipient",
        "feeRecipient",
        |text| json!(text.replace("0x", "0x000000000000000000000000"))
    ),
    member!(
        "writes-state-root-with-a-capital-x",
        "The payload's stateRoot is written with a capital X.",
        "structures/payload-state-root",
        "stateRoot",
        |text| json!(text.replace("0x", "0X"))
    ),
    member!(
        "writes-receipts-root-in-31-bytes",
        "The payload's receiptsRoot is written in 31 bytes.",
        "structures/payload-receipts-root",
        "receiptsRoot",
        |text| json!(text[..text.len() - 2])
    ),
    member!(
        "writes-logs-bloom-in-255-bytes",
        "The payload's logsBloom is written in 255 bytes.",
        "structures/payload-logs-bloom",
        "logsBloom",
        |text| json!(text[..text.len() - 2])
    ),
    member!(
        "writes-prev-randao-as-null",
        "The payload's prevRandao is written as null.",
        "structures/payload-prev-randao",
        "prevRandao",
        |_| Value::Null
    ),
    member!(
        "writes-block-number-as-a-number-of-json",
        "The payload's blockNumber is written as a number of JSON.",
        "structures/payload-block-number",
        "blockNumber",
        |text| json!(u64::from_str_radix(&text[2..], 16).unwrap_or_default())
    ),
    member!(
        "writes-gas-limit-with-a-zero-before-it",
        "The payload's gasLimit is written with a zero before it.",
        "structures/payload-gas-limit",
        "gasLimit",
        |text| json!(text.replace("0x", "0x0"))
    ),
    member!(
        "writes-gas-used-in-decimal",
        "The payload's gasUsed is written in decimal.",
        "structures/payload-gas-used",
        "gasUsed",
        |text| json!(
            u64::from_str_radix(&text[2..], 16)
                .unwrap_or_default()
                .to_string()
        )
    ),
    member!(
        "writes-timestamp-with-a-zero-before-it",
        "The payload's timestamp is written with a zero before it.",
        "structures/payload-timestamp",
        "timestamp",
        |text| json!(text.replace("0x", "0x00"))
    ),
    member!(
        "writes-extra-data-in-33-bytes",
        "The payload's extraData is written in 33 bytes.",
        "structures/payload-extra-data",
        "extraData",
        |_| json!(format!("0x{}", "00".repeat(33)))
    ),
    member!(
        "writes-base-fee-per-gas-as-32-bytes",
        "The payload's baseFeePerGas is written as 32 bytes.",
        "structures/payload-base-fee-per-gas",
        "baseFeePerGas",
        |text| json!(format!("0x{:0>64}", &text[2..]))
    ),
    member!(
        "writes-block-hash-without-its-last-digit",
        "The payload's blockHash is written without its last digit.",
        "structures/payload-block-hash",
        "blockHash",
        |text| json!(text[..text.len() - 1])
    ),
    member!(
        "writes-transactions-with-one-of-no-bytes",
        "The payload's transactions is written with one of no bytes.",
        "structures/payload-transactions",
        "transactions",
        |_| json!(["0x"])
    ),
    member!(
        "writes-withdrawals-as-null",
        "The payload's withdrawals is written as null.",
        "structures/payload-withdrawals",
        "withdrawals",
        |_| Value::Null
    ),
    member!(
        "says-that-there-are-blobs",
        "The payload's blobGasUsed is 1.",
        "structures/payload-v3-fields",
        "blobGasUsed",
        |_| json!("0x1")
    ),
];
