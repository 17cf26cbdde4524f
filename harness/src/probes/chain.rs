//! What a builder has of the chain, for whoever comes back without it. DECISION: local-restart.

use serde_json::{Value, json};

use super::engine::call;
use super::entry::{Probe, Shot};
use super::known::Known;
use crate::dialect::{BLOCK_BY_NUMBER, PAYLOAD_BODIES};

pub(super) const PROBES: &[Probe] = &[Probe {
    id: "chain",
    sentence: "a question for blocks that the builder has",
    rules: &["builder/serves-its-chain"],
    members: &[],
    written: &[
        "the-head",
        "the-head-by-its-number",
        "the-first-block",
        "a-block-after-the-head",
        "all-bodies",
        "the-first-body",
        "the-last-body",
        "bodies-over-the-head",
        "bodies-after-the-head",
        "bodies-from-genesis-on",
        "no-bodies",
    ],
    is_harmless: true,
    make,
}];

fn make(known: &mut Known, _: &str, written: &str) -> Vec<Shot> {
    let head = known.number(known.head).unwrap_or_default();
    let hex = |number: u64| json!(format!("{number:#x}"));
    let block = |of: Value| call(BLOCK_BY_NUMBER, &json!([of, false]));
    let bodies = |start, count| call(PAYLOAD_BODIES, &json!([hex(start), hex(count)]));
    vec![match written {
        "the-head-by-its-number" => block(hex(head)),
        "the-first-block" => block(hex(1)),
        "a-block-after-the-head" => block(hex(head + 1)),
        "all-bodies" => bodies(1, head.max(1)),
        "the-first-body" => bodies(1, 1),
        "the-last-body" => bodies(head.max(1), 1),
        "bodies-over-the-head" => bodies(head.max(1), 8),
        "bodies-after-the-head" => bodies(head + 1, 8),
        "bodies-from-genesis-on" => bodies(0, 4),
        "no-bodies" => bodies(1, 0),
        _ => block(json!("latest")),
    }]
}
