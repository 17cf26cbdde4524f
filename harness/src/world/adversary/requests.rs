//! What becomes of the sequencer's requests before the builder gets them.

use alloy_primitives::{B256, Bytes};
use gauntlet_protocol::constants::codes;
use gauntlet_protocol::{GetPayloadParams, SigningDomain};
use gauntlet_rpc::{Inbound, RawReply, ReplyVerdict, RequestVerdict};
use serde_json::{Value, json};

use super::{Adversary, error_body, result_body};
use crate::plan::{ForwardFailure, RequestPlan};
use crate::trace::Tampering;

impl Adversary {
    pub(super) fn on_payload_request(&self, request: &Inbound) -> RequestVerdict {
        let planned = self.slot().request;
        let how = match planned {
            RequestPlan::Intact => return RequestVerdict::Pass,
            RequestPlan::Lost => "lost",
            RequestPlan::SignatureFlipped => "with a flipped bit in its signature",
            RequestPlan::SignedByAnother => "signed by another key",
            RequestPlan::SignedForAnotherChain => "signed for another chain",
            RequestPlan::UnknownParent => "for an unknown parent",
        };
        self.tampered(request, Tampering::Request(how.to_owned()));
        if planned == RequestPlan::Lost {
            return RequestVerdict::Swallow;
        }
        match GetPayloadParams::from_json(&request.params) {
            Ok(params) => {
                RequestVerdict::Replace(with_params(request, &self.resigned(planned, params)))
            }
            Err(_) => RequestVerdict::Pass,
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

    pub(super) fn on_fork_choice(&self, request: &Inbound) -> RequestVerdict {
        let params: Value = serde_json::from_str(&request.params).unwrap_or_default();
        let has_attributes = params
            .get(1)
            .is_some_and(|attributes| !attributes.is_null());
        if has_attributes && self.slot().fork_choice_lost {
            self.tampered(request, Tampering::Request("lost".to_owned()));
            return RequestVerdict::Swallow;
        }
        RequestVerdict::Pass
    }

    pub(super) fn on_forwarded(&self, request: &Inbound) -> RequestVerdict {
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
            return RequestVerdict::Pass;
        }
        let (how, verdict) = match planned.how {
            ForwardFailure::Http503 => {
                let reply = RawReply::new(503, "text/plain", "");
                (
                    "answered with HTTP status 503",
                    RequestVerdict::Answer(reply),
                )
            }
            ForwardFailure::Error => {
                let error = error_body(&request.id, codes::SERVER_ERROR.into(), "pool is full");
                (
                    "answered with an error",
                    RequestVerdict::Answer(RawReply::json(error)),
                )
            }
            ForwardFailure::Status500 => {
                let body = result_body(&request.id, &json!(500));
                (
                    "answered with status 500",
                    RequestVerdict::Answer(RawReply::json(body)),
                )
            }
            ForwardFailure::Reset => ("reset", RequestVerdict::Reset),
            // The builder gets it; its answer is lost.
            ForwardFailure::Never => return RequestVerdict::Pass,
        };
        self.tampered(request, Tampering::Request(how.to_owned()));
        verdict
    }

    pub(super) fn on_forward_reply(&self, request: &Inbound) -> ReplyVerdict {
        let attempts = self.memory().attempts.get(&request.params).copied();
        match attempts {
            Some((attempt, planned))
                if planned.how == ForwardFailure::Never && attempt <= planned.fails =>
            {
                self.tampered(request, Tampering::Reply("lost".to_owned()));
                ReplyVerdict::Swallow
            }
            Some(_) | None => ReplyVerdict::Send,
        }
    }
}

fn with_params(request: &Inbound, params: &GetPayloadParams) -> bytes::Bytes {
    let id: Value = serde_json::from_str(&request.id).unwrap_or_default();
    let body = json!({ "jsonrpc": "2.0", "id": id, "method": *request.method, "params": params });
    body.to_string().into()
}
