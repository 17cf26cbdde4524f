//! What stands in the block that is given.

use alloy_primitives::hex;
use serde_json::Value;

use super::works::found;
use super::{Evidence, Finds, RULE, Record, Rule, Sought, Tally};
use crate::trace::Judgement;

pub(super) const FOLLOWS_ATTRIBUTES: Rule = Rule {
    id: "builder/block-follows-attributes",
    line: 49,
    source: Some("execution-apis, paris: the payload is built on the head from the attributes"),
    check: follows_attributes,
    ..RULE
};

pub(super) const FORCED_FIRST: Rule = Rule {
    id: "builder/forced-transactions-first",
    line: 77,
    source: Some(
        "OP Stack exec-engine: \"payload MUST be produced starting with this exact list\"",
    ),
    check: forced_first,
    ..RULE
};

pub(super) const NO_TX_POOL: Rule = Rule {
    id: "builder/no-tx-pool",
    line: 77,
    source: Some("OP Stack exec-engine: with noTxPool nothing is added to the forced transactions"),
    check: no_tx_pool,
    ..RULE
};

pub(super) const EXTRA_DATA: Rule = Rule {
    id: "builder/extra-data",
    line: 77,
    source: Some("OP Stack Holocene: a zero byte and the attributes' EIP-1559 parameters"),
    check: extra_data,
    ..RULE
};

pub(super) const IS_VALID: Rule = Rule {
    id: "builder/block-is-valid",
    line: 108,
    source: Some("line 108: the payload follows the specification of engine_newPayloadV3"),
    evidence: &[Evidence::Wire, Evidence::Blocks],
    check: is_valid,
    ..RULE
};

/// Every payload that was given for a job: the request, the attributes and the payload.
fn given(record: &Record<'_>, mut note: impl FnMut(&Sought<'_>, &Value, &Value)) {
    for (sought, finds) in found(record) {
        let Finds::Job { told, .. } = finds else {
            continue;
        };
        let result = sought
            .result()
            .and_then(|it| serde_json::from_str::<Value>(it).ok());
        if let (Some(attributes), Some(result)) = (&told.attributes, result) {
            note(sought, attributes, &result["executionPayload"]);
        }
    }
}

/// Whether two texts spell the same hexadecimal digits.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one.as_str(), other.as_str()) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        _ => one == other,
    }
}

/// The first member of a payload that is not as its attributes, and the request, have it.
fn member(sought: &Sought<'_>, attributes: &Value, payload: &Value) -> Option<&'static str> {
    const MEMBERS: [(&str, &str); 4] = [
        ("timestamp", "timestamp"),
        ("prevRandao", "prevRandao"),
        ("feeRecipient", "suggestedFeeRecipient"),
        ("gasLimit", "gasLimit"),
    ];
    let wanted = sought.wanted.as_ref().ok()?;
    let of_attributes = MEMBERS
        .into_iter()
        .find_map(|(name, of)| (!is_same(&payload[name], &attributes[of])).then_some(name));
    let parent = Value::from(wanted.parent.to_string());
    let number = Value::from(format!("{:#x}", wanted.number));
    of_attributes
        .or((!is_same(&payload["parentHash"], &parent)).then_some("parentHash"))
        .or((!is_same(&payload["blockNumber"], &number)).then_some("blockNumber"))
        .or((payload["withdrawals"] != attributes["withdrawals"]).then_some("withdrawals"))
}

/// What of a payload is not as attributes have it, if something is.
pub(super) fn differs(
    record: &Record<'_>,
    sought: &Sought<'_>,
    attributes: &Value,
    result: &str,
) -> Option<String> {
    let result: Value = serde_json::from_str(result).ok()?;
    let payload = &result["executionPayload"];
    member(sought, attributes, payload)
        .or((!is_forced_first(attributes, payload)).then_some("list of deposits"))
        .or((!has_extra_data(record, attributes, payload)).then_some("extraData"))
        .map(str::to_owned)
}

/// Parent, number, time, randomness, recipient, gas limit and withdrawals are what was said.
fn follows_attributes(record: &Record<'_>, tally: &mut Tally) {
    given(record, |sought, attributes, payload| {
        let other = member(sought, attributes, payload);
        tally.note(sought.asked.at_us, other.is_none(), || {
            format!("a payload with another {}", other.unwrap_or_default())
        });
    });
}

fn list(of: &Value) -> &[Value] {
    of.as_array().map_or(&[], Vec::as_slice)
}

fn is_forced_first(attributes: &Value, payload: &Value) -> bool {
    let (forced, all) = (
        list(&attributes["transactions"]),
        list(&payload["transactions"]),
    );
    let is_deposit = |of: &Value| of.as_str().is_some_and(|it| it.starts_with("0x7e"));
    let starts = all.len() >= forced.len()
        && forced
            .iter()
            .zip(all)
            .all(|(one, other)| is_same(one, other));
    starts && !all[forced.len()..].iter().any(is_deposit)
}

/// The attributes' transactions come first, all of them in their order, and no other deposit.
fn forced_first(record: &Record<'_>, tally: &mut Tally) {
    given(record, |sought, attributes, payload| {
        let is_right = is_forced_first(attributes, payload);
        tally.note(sought.asked.at_us, is_right, || {
            "a payload that does not begin with the forced transactions alone".to_owned()
        });
    });
}

/// With noTxPool the forced transactions are all.
fn no_tx_pool(record: &Record<'_>, tally: &mut Tally) {
    given(record, |sought, attributes, payload| {
        if attributes["noTxPool"] != true {
            return;
        }
        let (forced, all) = (
            list(&attributes["transactions"]),
            list(&payload["transactions"]),
        );
        tally.note(sought.asked.at_us, forced.len() == all.len(), || {
            let (all, forced) = (all.len(), forced.len());
            format!("a fixed block has {all} transactions and not {forced}")
        });
    });
}

fn has_extra_data(record: &Record<'_>, attributes: &Value, payload: &Value) -> bool {
    let Some(params) = attributes["eip1559Params"].as_str() else {
        return payload["extraData"] == "0x";
    };
    let zero = "0x0000000000000000";
    let params = if params == zero {
        let genesis: Value = serde_json::from_str(&record.view.trace.genesis).unwrap_or_default();
        let of = |name: &str| {
            genesis["config"]["optimism"][name]
                .as_u64()
                .unwrap_or_default()
        };
        let bytes = [of("eip1559DenominatorCanyon"), of("eip1559Elasticity")]
            .map(|number| (number as u32).to_be_bytes())
            .concat();
        hex::encode(bytes)
    } else {
        params.trim_start_matches("0x").to_owned()
    };
    is_same(&payload["extraData"], &format!("0x00{params}").into())
}

/// Version 0, and then denominator and elasticity: the attributes', or the chain's own where those
/// are zero. Before Holocene there is none.
fn extra_data(record: &Record<'_>, tally: &mut Tally) {
    given(record, |sought, attributes, payload| {
        let is_right = has_extra_data(record, attributes, payload);
        tally.note(sought.asked.at_us, is_right, || {
            format!("a payload with the extra data {}", payload["extraData"])
        });
    });
}

/// The oracle executes the block and comes to the same.
fn is_valid(record: &Record<'_>, tally: &mut Tally) {
    for exchange in &record.view.exchanges {
        let (Some(given), Some(found)) =
            (&exchange.given, record.findings.given.get(&exchange.number))
        else {
            continue;
        };
        match &found.judgement {
            Judgement::Valid => tally.note(given.at_us, true, String::new),
            Judgement::Invalid(why) => tally.note(given.at_us, false, || {
                format!("a payload that is invalid: {why}")
            }),
            // A builder may be asked for a block on one that nobody published.
            Judgement::UnknownParent => {}
        }
    }
}
