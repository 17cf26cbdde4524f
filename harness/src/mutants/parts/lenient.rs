//! Readings of replies that let through what is written wrongly: what is meant is put in its place
//! before the sequencer sees it.

use std::sync::Arc;

use alloy_primitives::U256;
use gauntlet_protocol::constants::GET_PAYLOAD;
use serde_json::{Value, json};

use super::porter;
use crate::dialect::{Encoding, encoding_of};
use crate::trace::HttpReply;
use crate::world::proxy::Interfere;

/// Reads one member of payload replies as what is meant.
pub(in crate::mutants) fn member(name: &'static str) -> Arc<dyn Interfere> {
    porter::says_result(GET_PAYLOAD, move |result| forgive(result, name))
}

/// Reads every member of an encoding as what is meant.
pub(in crate::mutants) fn encoding(encoding: Encoding) -> Arc<dyn Interfere> {
    porter::says_result(GET_PAYLOAD, move |result| {
        let payload = result["executionPayload"].as_object();
        let members = payload.into_iter().flatten().map(|(name, _)| name.clone());
        let members: Vec<String> = members.collect();
        for name in members.iter().filter(|name| encoding_of(name) == encoding) {
            forgive(result, name);
        }
    })
}

/// Takes the last of members that stand twice, and does without what is missing around the result.
pub(in crate::mutants) fn json() -> Arc<dyn Interfere> {
    porter::says_to_call("", |call, response| {
        response["id"] = call["id"].clone();
        response["jsonrpc"] = json!("2.0");
        if let Some(members) = response.as_object_mut()
            && members.contains_key("result")
        {
            members.remove("error");
        }
    })
}

/// Takes any status of success, and whatever comes with it.
pub(in crate::mutants) fn status() -> Arc<dyn Interfere> {
    porter::says(|_, reply: &mut HttpReply| {
        if (200..300).contains(&reply.status) {
            reply.status = 200;
        }
    })
}

/// Puts what is meant in the place of a member.
fn forgive(result: &mut Value, name: &str) {
    let holder = match name {
        "pubKey" | "value" => result,
        _ => &mut result["executionPayload"],
    };
    let Some(holder) = holder.as_object_mut() else {
        return;
    };
    let quantity = encoding_of(name) == Encoding::Quantity;
    match holder.get_mut(name) {
        Some(Value::Array(items)) => {
            for item in items {
                forgive_text(item, quantity);
            }
        }
        Some(value) => forgive_text(value, quantity),
        None => {}
    }
    if name == "withdrawals" && !holder.get(name).is_some_and(Value::is_array) {
        holder.insert(name.to_owned(), json!([]));
    }
}

fn forgive_text(value: &mut Value, quantity: bool) {
    if let Some(number) = value.as_u64() {
        *value = json!(format!("{number:#x}"));
    }
    let Some(text) = value.as_str() else {
        return;
    };
    let text = text
        .trim()
        .trim_start_matches(['+', '-'])
        .to_ascii_lowercase();
    let digits = text.trim_start_matches("0x");
    let meant = if quantity {
        U256::from_str_radix(digits, 16).map_or(text.clone(), |number| format!("{number:#x}"))
    } else {
        format!("0x{digits}")
    };
    *value = json!(meant);
}
