//! Mutants of what a builder makes of what it is told and asked.

use serde_json::{Value, json};

use super::{Mutant, Subject, at_the_door, builder};
use crate::dialect::{
    BLOCK_BY_NUMBER, FORK_CHOICE_UPDATED, GET_PAYLOAD, NEW_PAYLOAD, PAYLOAD_BODIES,
};
use crate::mutants::parts::{builder as inside, porter as parts};
use crate::world::proxy::RequestFate;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "answers-from-the-first-attributes",
        about: "Attributes are known by their parent alone, and those that came first count (as in mev-boost-relay 601).",
        subject: Subject::Builder,
        killed_by: "builder/job-is-the-latest",
        variant: builder(|| gauntlet_builder::Parts {
            select: inside::oldest_job,
            ..gauntlet_builder::Parts::default()
        }),
        scenarios: &[
            "builder/other-attributes-on-one-parent",
            "history/601-stale-attributes",
            "history/h7-stale-payload-of-the-same-parent",
        ],
    },
    Mutant {
        id: "begins-anew-at-the-same-attributes",
        about: "The same attributes again restart the job (from source, h8).",
        subject: Subject::Builder,
        killed_by: "builder/job-is-not-restarted",
        variant: builder(|| gauntlet_builder::Parts {
            begin: inside::begin_anew,
            ..gauntlet_builder::Parts::default()
        }),
        scenarios: &[
            "builder/same-attributes-again",
            "history/h8-same-attributes-restart-the-job",
        ],
    },
    at_the_door(
        "answers-whatever-the-gas-limit",
        "A request that disagrees with the attributes is answered with what was given before.",
        "builder/request-agrees-with-job",
        || {
            parts::repeats(|error| {
                let message = error["message"].as_str().unwrap_or_default();
                message.ends_with("is not that of the attributes")
            })
        },
        &["structures/reads-gas-limit[how=another]"],
    ),
    at_the_door(
        "answers-on-old-heads",
        "A request for a block that was there already is answered with what was given before.",
        "builder/never-stale",
        || parts::repeats(|error| error["code"] == -32001),
        &["builder/old-heads"],
    ),
    at_the_door(
        "hangs-on-an-empty-body",
        "A request without a body is never answered.",
        "builder/stays-up",
        || {
            parts::of_requests(|request| match request.body.is_empty() {
                true => RequestFate::Swallow,
                false => RequestFate::Pass,
            })
        },
        &["transport/calls[how=empty]"],
    ),
    at_the_door(
        "drops-the-job-at-a-bare-update",
        "An update without attributes ends the job (as in rollup-boost 495).",
        "get-payload/result",
        parts::forgets_at_a_bare_update,
        &[
            "builder/updates-of-every-kind",
            "history/495-bare-update-in-mid-build",
        ],
    ),
    at_the_door(
        "chooses-its-own-randomness",
        "The payload has another prevRandao than the attributes.",
        "builder/block-follows-attributes",
        || {
            parts::says_member("prevRandao", |text| {
                json!(format!("{}{}", &text[..64], "42"))
            })
        },
        &["structures/request-and-response"],
    ),
    at_the_door(
        "leaves-out-a-deposit",
        "The deposits of users are left out.",
        "builder/forced-transactions-first",
        || {
            parts::says_result(GET_PAYLOAD, |result| {
                let list = result.pointer_mut("/executionPayload/transactions");
                if let Some(list) = list.and_then(Value::as_array_mut) {
                    list.remove(1);
                }
            })
        },
        &["structures/request-and-response"],
    ),
    at_the_door(
        "fills-a-fixed-block",
        "A block whose attributes say noTxPool is filled.",
        "builder/no-tx-pool",
        || {
            parts::says_result(GET_PAYLOAD, |result| {
                let list = result.pointer_mut("/executionPayload/transactions");
                if let Some(list) = list.and_then(Value::as_array_mut) {
                    list.push(json!("0x02c0"));
                }
            })
        },
        &["builder/fixed-block"],
    ),
    at_the_door(
        "writes-another-version-of-extra-data",
        "The extra data have version 1.",
        "builder/extra-data",
        || parts::says_member("extraData", |text| json!(text.replacen("0x00", "0x01", 1))),
        &["structures/request-and-response"],
    ),
    at_the_door(
        "gives-another-state-root",
        "The state root of the payload is another than execution comes to.",
        "builder/block-is-valid",
        || {
            parts::says_member("stateRoot", |text| {
                json!(format!("{}{}", &text[..64], "42"))
            })
        },
        &["structures/request-and-response"],
    ),
    at_the_door(
        "fills-in-what-attributes-lack",
        "Attributes without withdrawals count as having none.",
        "builder/attributes-are-checked",
        || {
            parts::hears_call(FORK_CHOICE_UPDATED, |call| {
                if let Some(Value::Object(attributes)) = call.pointer_mut("/params/1") {
                    let withdrawals = attributes.entry("withdrawals").or_insert(Value::Null);
                    if withdrawals.is_null() {
                        *withdrawals = json!([]);
                    }
                }
            })
        },
        &["builder/attributes-of-every-kind[how=withdrawals-missing]"],
    ),
    at_the_door(
        "gives-no-payload-id",
        "No update is answered with a payload id.",
        "builder/follows-heads",
        || {
            parts::says_result(FORK_CHOICE_UPDATED, |result| {
                result["payloadId"] = Value::Null
            })
        },
        &["builder/updates-of-every-kind"],
    ),
    at_the_door(
        "calls-what-it-lacks-valid",
        "An update to a head that is unknown is answered with VALID.",
        "builder/follows-heads",
        || {
            parts::says_result(FORK_CHOICE_UPDATED, |result| {
                result["payloadStatus"]["status"] = json!("VALID");
            })
        },
        &["builder/updates-of-every-kind"],
    ),
    at_the_door(
        "does-not-look-at-the-safe-block",
        "The safe and the finalized block of an update are not looked at.",
        "builder/fork-choice-state-is-checked",
        || {
            parts::hears_call(FORK_CHOICE_UPDATED, |call| {
                for name in ["safeBlockHash", "finalizedBlockHash"] {
                    call["params"][0][name] = json!(format!("0x{}", "0".repeat(64)));
                }
            })
        },
        &["builder/updates-of-every-kind"],
    ),
    at_the_door(
        "takes-payloads-of-version-2",
        "A block without blob members is taken.",
        "builder/judges-blocks",
        || {
            parts::hears_call(NEW_PAYLOAD, |call| {
                if let Some(Value::Object(payload)) = call.pointer_mut("/params/0") {
                    payload.entry("blobGasUsed").or_insert(json!("0x0"));
                }
            })
        },
        &["builder/blocks-of-every-kind"],
    ),
    at_the_door(
        "calls-invalid-blocks-syncing",
        "A block that is invalid is said to be of a parent that is lacked.",
        "builder/judges-blocks",
        || {
            parts::says_result(NEW_PAYLOAD, |result| {
                if result["status"] == "INVALID" {
                    *result = json!({ "status": "SYNCING", "latestValidHash": null });
                }
            })
        },
        &["builder/blocks-of-every-kind"],
    ),
    at_the_door(
        "ends-bodies-with-null",
        "Bodies after the head are null.",
        "builder/serves-its-chain",
        || {
            parts::says_result(PAYLOAD_BODIES, |result| {
                if let Some(bodies) = result.as_array_mut() {
                    bodies.push(Value::Null);
                }
            })
        },
        &["builder/chain-of-its-own"],
    ),
    at_the_door(
        "shows-the-block-before",
        "A block is asked for by its number, and the one before is shown.",
        "builder/serves-its-chain",
        || {
            parts::hears_call(BLOCK_BY_NUMBER, |call| {
                let number = call["params"][0].as_str().unwrap_or_default();
                let number = u64::from_str_radix(number.trim_start_matches("0x"), 16);
                if let Ok(number) = number {
                    call["params"][0] = json!(format!("{:#x}", number.saturating_sub(1)));
                }
            })
        },
        &["builder/chain-of-its-own"],
    ),
];
