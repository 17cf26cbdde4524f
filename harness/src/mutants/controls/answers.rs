//! What the controls answer.

use gauntlet_protocol::BuilderPayloadV1;
use gauntlet_protocol::constants::{
    FORK_CHOICE_UPDATED, FORWARD_TRANSACTION, GET_PAYLOAD, NEW_PAYLOAD, STATUS_OK, codes,
};
use serde_json::{Value, json};

use super::serve::{Answer, Answers};
use crate::net::sim;
use crate::plan::{ChainPlan, Plan, SlotPlan};
use crate::view::View;
use crate::world::BuilderSetup;

/// A call, as far as the controls read it.
struct Call {
    id: Value,
    method: String,
    params: Value,
}

fn read(body: &[u8]) -> Call {
    // What is no call is answered as one without id.
    let mut call: Value = serde_json::from_slice(body).unwrap_or_default();
    let method = call.get("method").and_then(Value::as_str);
    Call {
        method: method.unwrap_or_default().to_owned(),
        id: call.get_mut("id").map(Value::take).unwrap_or_default(),
        params: call.get_mut("params").map(Value::take).unwrap_or_default(),
    }
}

fn result(id: &Value, result: &Value) -> Answer {
    Answer::json(json!({ "jsonrpc": "2.0", "id": id, "result": result }).to_string())
}

/// An error, under the id of the call.
pub(super) fn error(body: &[u8]) -> Answer {
    let error = json!({ "code": codes::SERVER_ERROR, "message": "no" });
    let id = read(body).id;
    Answer::json(json!({ "jsonrpc": "2.0", "id": id, "error": error }).to_string())
}

/// What a builder says that takes everything for valid; nothing if it is asked for a payload, or
/// for what it does not know.
fn agree(call: &Call) -> Option<Value> {
    let valid = |hash: &Value| json!({ "status": "VALID", "latestValidHash": hash });
    match call.method.as_str() {
        FORK_CHOICE_UPDATED => {
            let head = &call.params[0]["headBlockHash"];
            let has_attributes = call.params.get(1).is_some_and(Value::is_object);
            let id = has_attributes.then_some("0x0300000000000001");
            Some(json!({ "payloadStatus": valid(head), "payloadId": id }))
        }
        NEW_PAYLOAD => Some(valid(&call.params[0]["blockHash"])),
        FORWARD_TRANSACTION => Some(json!(STATUS_OK)),
        _ => None,
    }
}

/// A builder of another chain.
pub(super) struct Foreign {
    payloads: Vec<Value>,
    given: usize,
}

impl Foreign {
    /// What the honest builder gives on a chain with another gas limit.
    pub(super) fn payloads() -> Vec<BuilderPayloadV1> {
        const SLOTS: usize = 3;
        let standard = ChainPlan::default();
        let plan = Plan {
            chain: ChainPlan {
                gas_limit: standard.gas_limit + 1_000_000,
                ..standard
            },
            slots: vec![SlotPlan::default(); SLOTS],
            ..Plan::default()
        };
        let trace = sim::run(&plan).expect("nothing goes wrong on the other chain");
        let view = View::of(&trace);
        let given = view.payload_requests();
        let payloads: Vec<_> = given
            .filter_map(|request| request.given().cloned())
            .collect();
        assert_eq!(payloads.len(), SLOTS, "a block of each slot");
        payloads
    }

    /// It gives these, under the key that it is told to have.
    pub(super) fn new(payloads: &[BuilderPayloadV1], setup: &BuilderSetup) -> Self {
        let own = |payload: &BuilderPayloadV1| {
            json!(BuilderPayloadV1 {
                pub_key: setup.pubkey,
                ..payload.clone()
            })
        };
        Self {
            payloads: payloads.iter().map(own).collect(),
            given: 0,
        }
    }
}

impl Answers for Foreign {
    fn answer(&mut self, body: &[u8]) -> Answer {
        let call = read(body);
        if call.method == GET_PAYLOAD {
            let payload = &self.payloads[self.given % self.payloads.len()];
            self.given += 1;
            return result(&call.id, payload);
        }
        agree(&call).map_or_else(|| error(body), |agreed| result(&call.id, &agreed))
    }
}

/// A builder that thinks once.
#[derive(Default)]
pub(super) struct Replayer {
    first: Option<Value>,
}

impl Answers for Replayer {
    fn answer(&mut self, body: &[u8]) -> Answer {
        let call = read(body);
        let first = self
            .first
            .get_or_insert_with(|| agree(&call).unwrap_or_default());
        result(&call.id, first)
    }
}
