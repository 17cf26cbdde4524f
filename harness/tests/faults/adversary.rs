//! The adversary forges with what it learned on the link, whatever builder is behind.

use std::sync::Arc;

use alloy_primitives::{Address, B256, Bytes, U256};
use futures::executor::block_on;
use gauntlet::chain::{self, Keys, PlannedL1};
use gauntlet::faults;
use gauntlet::plan::{Deed, Plan, ReplyPlan, SlotPlan};
use gauntlet::trace::{HttpReply, HttpRequest, Message, Recorder, What};
use gauntlet::world::adversary::Adversary;
use gauntlet::world::proxy::{Arrived, Interfere, ReplyFate, RequestFate};
use gauntlet_engine::{Attributes, ChainSpec, Engine, Payload, Senders};
use gauntlet_protocol::constants::{FORK_CHOICE_UPDATED, GET_PAYLOAD};
use gauntlet_protocol::{BuilderPayloadV1, GetPayloadParams, PayloadRequestV1};
use gauntlet_sequencer::{L1, derive};
use serde_json::{Value, json};

/// One slot, an adversary for it, and what a builder of any kind would say in it.
struct Slot {
    spec: Arc<ChainSpec>,
    attributes: Attributes,
    honest: BuilderPayloadV1,
    recorder: Recorder,
    adversary: Adversary,
}

impl Slot {
    fn with(fault: &'static str) -> Self {
        let slot = SlotPlan {
            reply: ReplyPlan {
                deed: Some(Deed::of(fault)),
                arrives_at_ms: None,
            },
            ..SlotPlan::default()
        };
        let plan = Arc::new(Plan {
            slots: vec![slot],
            ..Plan::default()
        });
        let spec = chain::spec(&plan).expect("the chain of every run");
        let engine = || Engine::new(spec.clone(), Senders::default());
        let timestamp = chain::timestamp(&spec, &plan, 1);
        let l1 = PlannedL1::new(plan.clone(), spec.clone());
        let attributes = derive(&l1.derive(1, timestamp), timestamp);
        let keys = Keys::default();
        let block = engine()
            .build(spec.genesis().hash(), &attributes)
            .expect("a block of deposits");
        let honest = BuilderPayloadV1 {
            execution_payload: block.payload().to_v2(),
            pub_key: keys.builder,
            value: block.value(),
        };
        let recorder = Recorder::new(|| 0);
        let adversary = Adversary::new(plan, keys, engine(), recorder.clone());
        Self {
            attributes,
            honest,
            adversary,
            recorder,
            spec,
        }
    }

    fn call(&self, method: &str, params: &Value) -> Arrived {
        let body = json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params });
        Arrived {
            exchange: 7,
            begun_us: 0,
            request: HttpRequest::json(body.to_string()),
        }
    }

    /// The update with the slot's attributes passes by.
    fn update(&self) {
        let head = self.spec.genesis().hash();
        let state = json!({
            "headBlockHash": head, "safeBlockHash": B256::ZERO, "finalizedBlockHash": B256::ZERO,
        });
        let update = self.call(
            FORK_CHOICE_UPDATED,
            &json!([state, self.attributes.to_wire()]),
        );
        let fate = block_on(self.adversary.on_request(&update));
        assert!(matches!(fate, RequestFate::Pass), "{fate:?}");
    }

    /// What becomes of the builder's reply to the payload request.
    fn reply(&self) -> ReplyFate {
        let request = self.call(GET_PAYLOAD, &json!(self.params()));
        let fate = block_on(self.adversary.on_request(&request));
        assert!(matches!(fate, RequestFate::Pass), "{fate:?}");
        let body = json!({ "jsonrpc": "2.0", "id": 7, "result": self.honest });
        let reply = HttpReply {
            status: 200,
            headers: Vec::new(),
            body: body.to_string().into(),
        };
        block_on(self.adversary.on_reply(&request, &reply))
    }

    fn params(&self) -> GetPayloadParams {
        GetPayloadParams {
            payload: PayloadRequestV1 {
                block_number: U256::from(1),
                parent_hash: self.spec.genesis().hash(),
                pub_key: Address::ZERO,
                gas_limit: U256::from(self.honest.execution_payload.gas_limit),
                parent_beacon_block_root: self.root(),
            },
            signature: Bytes::from_static(&[0; 65]),
        }
    }

    fn root(&self) -> B256 {
        self.attributes.parent_beacon_block_root
    }

    fn told(&self) -> Vec<(Message, Deed)> {
        let told = self.recorder.take_entries().into_iter();
        told.filter_map(|entry| {
            if let What::Interfered { message, deed, .. } = entry.what {
                Some((message, deed))
            } else {
                None
            }
        })
        .collect()
    }
}

/// The payload that leaves, if another than the builder's does.
fn forged(fate: ReplyFate) -> Option<BuilderPayloadV1> {
    match fate {
        ReplyFate::Pass => None,
        ReplyFate::SendAs(outgoing) => {
            let body: Value = serde_json::from_slice(&outgoing.reply.body).expect("JSON");
            assert_eq!(body["id"], 7);
            Some(serde_json::from_value(body["result"].clone()).expect("a response"))
        }
        ReplyFate::Swallow | ReplyFate::Reset | ReplyFate::Write(_) => panic!("{fate:?}"),
    }
}

#[test]
fn a_forgery_is_executed_on_what_passed_by() {
    let slot = Slot::with("reply/wrong-fee-recipient");
    slot.update();
    let forged = forged(slot.reply()).expect("a forged payload");
    let payload = forged.execution_payload;
    assert_eq!(payload.fee_recipient, Keys::default().builder);
    assert_eq!(
        payload.transactions,
        slot.honest.execution_payload.transactions
    );
    let valid = Engine::new(slot.spec.clone(), Senders::default())
        .validate(&Payload::from_wire(&payload, slot.root()));
    assert!(valid.is_ok(), "{valid:?}");
    let deed = Deed::of("reply/wrong-fee-recipient");
    assert_eq!(slot.told(), [(Message::Reply, deed)]);
}

#[test]
fn what_needs_execution_is_not_forged_without_the_attributes() {
    let slot = Slot::with("reply/wrong-fee-recipient");
    assert_eq!(forged(slot.reply()), None);
    assert_eq!(slot.told(), []);
}

#[test]
fn what_needs_no_execution_is_forged_without_the_attributes() {
    let slot = Slot::with("reply/wrong-state-root");
    let forged = forged(slot.reply()).expect("a forged payload");
    let (false_one, honest) = (&forged.execution_payload, &slot.honest.execution_payload);
    assert_ne!(false_one.state_root, honest.state_root);
    assert_ne!(false_one.block_hash, honest.block_hash);
}

/// Where there is nothing to make false, the reply passes as it is.
#[test]
fn a_block_of_deposits_has_no_transaction_to_remove() {
    let slot = Slot::with("reply/transaction-removed");
    slot.update();
    assert_eq!(forged(slot.reply()), None);
}

/// Every forgery makes another reply of the honest one, or none at all.
#[test]
fn no_forgery_is_the_honest_reply() {
    for fault in faults::all().filter(|fault| fault.is_forgery()) {
        let slot = Slot::with(fault.id);
        slot.update();
        if let ReplyFate::SendAs(outgoing) = slot.reply() {
            let body: Value = serde_json::from_slice(&outgoing.reply.body).expect("JSON");
            assert_ne!(body["result"], json!(slot.honest), "{}", fault.id);
        }
    }
}
