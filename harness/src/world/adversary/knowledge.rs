//! What an adversary learned from what crossed the link, to forge payloads with.

use std::collections::{BTreeMap, VecDeque};

use alloy_primitives::B256;
use gauntlet_engine::{Attributes, Engine, Payload};
use gauntlet_protocol::constants::{FORK_CHOICE_UPDATED, NEW_PAYLOAD};
use gauntlet_protocol::{BuilderPayloadV1, ExecutionPayloadV2, GetPayloadParams};
use op_alloy_rpc_types_engine::OpPayloadAttributes;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::call::Call;
use crate::chain::Keys;
use crate::faults::{Fault, Forge, How};
use crate::trace::HttpReply;

/// How many attributes and replies are remembered; the oldest go first.
const REMEMBERED: usize = 16;

/// What an adversary learned. It does not know what never reached it: where it lacks a block, it
/// forges what needs no execution, or nothing.
#[derive(Debug)]
pub(super) struct Knowledge {
    engine: Engine,
    /// The attributes of the last updates, with the heads that they are for.
    attributes: VecDeque<(B256, Attributes)>,
    /// The builder's replies, by block number.
    replies: BTreeMap<u64, BuilderPayloadV1>,
    /// The forged results that left for the sequencer in their place, by block number too.
    left: BTreeMap<u64, Value>,
}

impl Knowledge {
    /// Knows the genesis block.
    pub(super) fn new(engine: Engine) -> Self {
        Self {
            engine,
            attributes: VecDeque::new(),
            replies: BTreeMap::new(),
            left: BTreeMap::new(),
        }
    }

    /// Learns from a call, whatever becomes of it then.
    pub(super) fn learn(&mut self, call: &Call) {
        match &*call.method {
            NEW_PAYLOAD => {
                let params: Result<(ExecutionPayloadV2, Vec<B256>, B256), _> =
                    serde_json::from_str(&call.params);
                if let Ok((payload, versioned_hashes, root)) = params {
                    let _verdict = self
                        .engine
                        .new_payload(&Payload::from_wire(&payload, root), &versioned_hashes);
                }
            }
            FORK_CHOICE_UPDATED => {
                let params: Result<(State, Option<OpPayloadAttributes>), _> =
                    serde_json::from_str(&call.params);
                if let Ok((state, attributes)) = params {
                    let head = state.head_block_hash;
                    // The head moves along, so that old blocks are forgotten.
                    let _moved = self
                        .engine
                        .fork_choice_updated(head, B256::ZERO, B256::ZERO);
                    let attributes = attributes.as_ref().map(Attributes::from_wire);
                    if let Some(Ok(attributes)) = attributes {
                        self.remember(head, attributes);
                    }
                }
            }
            _ => {}
        }
    }

    fn remember(&mut self, head: B256, attributes: Attributes) {
        self.attributes.retain(|(other, _)| *other != head);
        self.attributes.push_back((head, attributes));
        if self.attributes.len() > REMEMBERED {
            self.attributes.pop_front();
        }
    }

    /// Learns from a reply to a payload request, and forges another result if that is to be done
    /// and can be.
    pub(super) fn reply(
        &mut self,
        reply: &HttpReply,
        call: &Call,
        keys: &Keys,
        fault: Option<&Fault>,
    ) -> Option<Value> {
        let honest = payload_of(reply)?;
        let forged = fault.and_then(|fault| self.forge(fault, &honest, call, keys));
        let number = honest.execution_payload.block_number;
        self.replies.insert(number, honest);
        if let Some(forged) = &forged {
            self.left.insert(number, forged.clone());
        }
        while self.replies.len() > REMEMBERED {
            self.replies.pop_first();
        }
        while self.left.len() > REMEMBERED {
            self.left.pop_first();
        }
        forged
    }

    fn forge(
        &self,
        fault: &Fault,
        honest: &BuilderPayloadV1,
        call: &Call,
        keys: &Keys,
    ) -> Option<Value> {
        let params = GetPayloadParams::from_json(&call.params).ok()?;
        let payload = &honest.execution_payload;
        let mut jobs = self.attributes.iter();
        let job = jobs.find(|(head, _)| *head == payload.parent_hash);
        let before = payload.block_number.checked_sub(1);
        let forge = Forge {
            engine: &self.engine,
            attributes: job.map(|(_, attributes)| attributes),
            parent_beacon_block_root: params.payload.parent_beacon_block_root,
            keys,
            previous: before.and_then(|before| self.replies.get(&before)),
            left_before: before.and_then(|before| self.left.get(&before)),
        };
        match fault.how {
            How::ForgePayload(forgery) => serde_json::to_value(BuilderPayloadV1 {
                execution_payload: forgery(&forge, payload)?,
                pub_key: honest.pub_key,
                value: honest.value,
            })
            .ok(),
            How::ForgeResponse(forgery) => forgery(&forge, honest),
            How::Swallow
            | How::Reset
            | How::Answer(_)
            | How::LoseAnswer
            | How::Drip
            | How::Delay
            | How::Alter(_)
            | How::Mangle(_)
            | How::Die
            | How::Darken(_)
            | How::Restart
            | How::Disturb(..)
            | How::Hinder(_) => None,
        }
    }
}

/// The part of a fork choice state that an adversary needs.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct State {
    head_block_hash: B256,
}

fn payload_of(reply: &HttpReply) -> Option<BuilderPayloadV1> {
    #[derive(Deserialize)]
    struct Response<'a> {
        #[serde(borrow)]
        result: &'a RawValue,
    }
    let response: Response<'_> = serde_json::from_slice(&reply.body).ok()?;
    BuilderPayloadV1::from_json(response.result.get()).ok()
}
