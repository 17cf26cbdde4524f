//! What becomes of the sequencer's requests before the builder gets them.

use alloy_primitives::{B256, Bytes};
use gauntlet_protocol::constants::codes;
use gauntlet_protocol::{GetPayloadParams, SigningDomain};
use serde_json::{Value, json};

use super::{Adversary, Call, error_body, json_reply, other_reply, result_body};
use crate::plan::{ForwardFailure, RequestPlan};
use crate::trace::{HttpRequest, Tampering};
use crate::world::proxy::{Outgoing, ReplyFate, RequestFate};

impl Adversary {
    pub(super) fn on_payload_request(&self, request: &Call) -> RequestFate {
        let planned = self.slot().request;
        let how = match planned {
            RequestPlan::Intact => return RequestFate::Pass,
            RequestPlan::Lost => "lost",
            RequestPlan::SignatureFlipped => "with a flipped bit in its signature",
            RequestPlan::SignedByAnother => "signed by another key",
            RequestPlan::SignedForAnotherChain => "signed for another chain",
            RequestPlan::UnknownParent => "for an unknown parent",
        };
        self.tampered(request, Tampering::Request(how.to_owned()));
        if planned == RequestPlan::Lost {
            return RequestFate::Swallow;
        }
        match GetPayloadParams::from_json(&request.params) {
            Ok(params) => {
                RequestFate::PassAs(with_params(request, &self.resigned(planned, params)))
            }
            Err(_) => RequestFate::Pass,
        }
    }

    fn resigned(&self, planned: RequestPlan, mut params: GetPayloadParams) -> GetPayloadParams {
        let chain_id = self.builder.engine().spec().chain_id();
        let own = SigningDomain::builder(chain_id);
        let (key, domain) = match planned {
            RequestPlan::Intact | RequestPlan::Lost => return params,
            RequestPlan::SignatureFlipped => {
                let mut bytes = params.signature.to_vec();
                if let Some(byte) = bytes.get_mut(31) {
                    *byte ^= 1;
                }
                params.signature = bytes.into();
                return params;
            }
            RequestPlan::SignedByAnother => (&self.keys.stranger, own),
            RequestPlan::SignedForAnotherChain => {
                (&self.keys.sequencer, SigningDomain::builder(chain_id + 1))
            }
            RequestPlan::UnknownParent => {
                params.payload.parent_hash = B256::repeat_byte(0x5a);
                (&self.keys.sequencer, own)
            }
        };
        let signature = key.sign(domain.digest(&params.payload));
        params.signature = Bytes::copy_from_slice(&signature.to_bytes());
        params
    }

    pub(super) fn on_fork_choice(&self, request: &Call) -> RequestFate {
        let params: Value = serde_json::from_str(&request.params).unwrap_or_default();
        let has_attributes = params
            .get(1)
            .is_some_and(|attributes| !attributes.is_null());
        if has_attributes && self.slot().fork_choice_lost {
            self.tampered(request, Tampering::Request("lost".to_owned()));
            return RequestFate::Swallow;
        }
        RequestFate::Pass
    }

    pub(super) fn on_forwarded(&self, request: &Call) -> RequestFate {
        let planned = self.slot().forward;
        let (attempt, planned) = {
            let mut memory = self.memory();
            let (attempts, planned) = memory
                .attempts
                .entry(request.params.clone())
                .or_insert((0, planned));
            *attempts += 1;
            (*attempts, *planned)
        };
        if attempt > planned.fails {
            return RequestFate::Pass;
        }
        let (how, verdict) = match planned.how {
            ForwardFailure::Http503 => {
                let reply = Outgoing::at_once(other_reply(503, "text/plain", ""));
                ("answered with HTTP status 503", RequestFate::Answer(reply))
            }
            ForwardFailure::Error => {
                let error = error_body(&request.id, codes::SERVER_ERROR.into(), "pool is full");
                (
                    "answered with an error",
                    RequestFate::Answer(Outgoing::at_once(json_reply(error))),
                )
            }
            ForwardFailure::Status500 => {
                let body = result_body(&request.id, &json!(500));
                (
                    "answered with status 500",
                    RequestFate::Answer(Outgoing::at_once(json_reply(body))),
                )
            }
            ForwardFailure::Reset => ("reset", RequestFate::Reset),
            // The builder gets it; its answer is lost.
            ForwardFailure::Never => return RequestFate::Pass,
        };
        self.tampered(request, Tampering::Request(how.to_owned()));
        verdict
    }

    pub(super) fn on_forward_reply(&self, request: &Call) -> ReplyFate {
        let attempts = self.memory().attempts.get(&request.params).copied();
        match attempts {
            Some((attempt, planned))
                if planned.how == ForwardFailure::Never && attempt <= planned.fails =>
            {
                self.tampered(request, Tampering::Reply("lost".to_owned()));
                ReplyFate::Swallow
            }
            Some(_) | None => ReplyFate::Pass,
        }
    }
}

fn with_params(request: &Call, params: &GetPayloadParams) -> HttpRequest {
    let id: Value = serde_json::from_str(&request.id).unwrap_or_default();
    let body = json!({ "jsonrpc": "2.0", "id": id, "method": *request.method, "params": params });
    HttpRequest::json(body.to_string())
}
