//! What a builder writes in its responses: each member of `BuilderPayloadV1` and of the payload in
//! it, of its type, length and encoding (lines 75 to 79; execution-apis, shanghai and cancun).

use serde_json::Value;

use super::{Evidence, Level, Record, Rule, Subject, Tally};
use crate::dialect::{data, fixed, quantity};
use crate::trace::Judgement;

const RULE: Rule = Rule {
    id: "",
    level: Level::Derived,
    subject: Subject::Builder,
    line: 77,
    quote: None,
    source: Some("execution-apis, shanghai, ExecutionPayloadV2"),
    evidence: &[Evidence::Wire],
    check: |_, _| {},
};

/// The rule of a member of the payload.
macro_rules! member {
    ($id:literal, $name:literal, $of:expr) => {
        Rule {
            id: $id,
            check: |record, tally| member(record, tally, $name, $of),
            ..RULE
        }
    };
}

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "structures/response-pubkey",
        level: Level::Declared,
        line: 78,
        quote: Some("- `pubKey`: `Address`"),
        source: None,
        check: pubkey,
        ..RULE
    },
    Rule {
        id: "structures/response-value",
        level: Level::Declared,
        line: 79,
        quote: Some("- `value`: `uint256`"),
        source: None,
        evidence: &[Evidence::Wire, Evidence::Blocks],
        check: value,
        ..RULE
    },
    member!("structures/payload-parent-hash", "parentHash", hash),
    member!("structures/payload-fee-recipient", "feeRecipient", address),
    member!("structures/payload-state-root", "stateRoot", hash),
    member!("structures/payload-receipts-root", "receiptsRoot", hash),
    member!("structures/payload-logs-bloom", "logsBloom", bloom),
    member!("structures/payload-prev-randao", "prevRandao", hash),
    member!("structures/payload-block-number", "blockNumber", number),
    member!("structures/payload-gas-limit", "gasLimit", number),
    member!("structures/payload-gas-used", "gasUsed", number),
    member!("structures/payload-timestamp", "timestamp", number),
    member!("structures/payload-extra-data", "extraData", extra),
    member!("structures/payload-base-fee-per-gas", "baseFeePerGas", fee),
    member!("structures/payload-block-hash", "blockHash", hash),
    member!(
        "structures/payload-transactions",
        "transactions",
        transactions
    ),
    member!("structures/payload-withdrawals", "withdrawals", withdrawals),
    Rule {
        id: "structures/payload-v3-fields",
        source: Some("DECISION payload-version: blob members are absent or zero"),
        check: v3_fields,
        ..RULE
    },
];

/// Every result that a payload request was given, whatever is in it.
fn results(record: &Record<'_>, mut note: impl FnMut(u64, u64, &Value)) {
    for sought in &record.works.sought {
        let result = sought
            .asked
            .said
            .one()
            .and_then(|it| it.outcome.as_ref().ok());
        let result = result.and_then(|it| serde_json::from_str::<Value>(it).ok());
        if let Some(result) = result {
            note(sought.asked.at_us, sought.asked.exchange.number, &result);
        }
    }
}

fn member(record: &Record<'_>, tally: &mut Tally, name: &str, is_right: fn(&Value) -> bool) {
    results(record, |at_us, _, result| {
        let value = &result["executionPayload"][name];
        tally.note(at_us, is_right(value), || {
            let value: String = value.to_string().chars().take(100).collect();
            format!("{name} is {value}")
        });
    });
}

fn hash(value: &Value) -> bool {
    fixed::<32>(&value.to_string()).is_ok()
}

fn address(value: &Value) -> bool {
    fixed::<20>(&value.to_string()).is_ok()
}

fn bloom(value: &Value) -> bool {
    fixed::<256>(&value.to_string()).is_ok()
}

fn number(value: &Value) -> bool {
    quantity(&value.to_string(), 64).is_ok()
}

fn fee(value: &Value) -> bool {
    quantity(&value.to_string(), 256).is_ok()
}

/// "DATA, 0 to 32 Bytes"
fn extra(value: &Value) -> bool {
    data(&value.to_string()).is_ok_and(|bytes| bytes.len() <= 32)
}

/// "Array of DATA", of which each is a transaction.
fn transactions(value: &Value) -> bool {
    let is_right = |of: &Value| data(&of.to_string()).is_ok_and(|bytes| !bytes.is_empty());
    value.as_array().is_some_and(|all| all.iter().all(is_right))
}

/// There are none on an OP Stack chain.
fn withdrawals(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
}

fn v3_fields(record: &Record<'_>, tally: &mut Tally) {
    results(record, |at_us, _, result| {
        let is_right = ["blobGasUsed", "excessBlobGas"].into_iter().all(|name| {
            let value = &result["executionPayload"][name];
            value.is_null() || value == "0x0"
        });
        tally.note(at_us, is_right, || "a payload with blobs".to_owned());
    });
}

/// An address, the builder's own.
fn pubkey(record: &Record<'_>, tally: &mut Tally) {
    let own = record.view.trace.keys.builder;
    results(record, |at_us, _, result| {
        let pubkey = fixed::<20>(&result["pubKey"].to_string());
        tally.note(at_us, pubkey == Ok(own.0.0), || {
            format!(
                "pubKey is {}, and the builder's key {own}",
                result["pubKey"]
            )
        });
    });
}

/// A QUANTITY: what the payload's transactions pay for priority. DECISION: value.
fn value(record: &Record<'_>, tally: &mut Tally) {
    results(record, |at_us, exchange, result| {
        let claimed = quantity(&result["value"].to_string(), 256);
        let found = record.findings.given.get(&exchange);
        let valid = found.filter(|found| found.judgement == Judgement::Valid);
        let is_right = match (&claimed, valid.and_then(|found| found.value)) {
            (Ok(claimed), Some(value)) => *claimed == value,
            (Ok(_), None) => true,
            (Err(_), _) => false,
        };
        tally.note(at_us, is_right, || {
            let value = valid.and_then(|found| found.value).unwrap_or_default();
            format!(
                "value is {}, and the payload's is {value:#x}",
                result["value"]
            )
        });
    });
}
