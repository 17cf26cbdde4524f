//! What becomes of the builder's replies to payload requests before the sequencer gets them.

use std::time::Duration;

use gauntlet_protocol::{BuilderPayloadV1, GetPayloadParams};
use serde_json::value::RawValue;
use tokio::time::sleep;

use super::{Adversary, Call, error_body, json_reply, malice, other_reply, result_body};
use crate::plan::{Malice, Reply, ReplyPlan};
use crate::trace::{Host, HttpReply, Tampering, What};
use crate::world::proxy::{Outgoing, Pace, ReplyFate};

impl Adversary {
    pub(super) async fn on_payload_reply(&self, request: &Call, reply: &HttpReply) -> ReplyFate {
        let ReplyPlan {
            kind,
            arrives_at_ms,
        } = self.slot().reply;
        let (how, verdict) = self.corrupted(request, reply, &kind);
        if let Some(how) = how {
            self.tampered(request, Tampering::Reply(how));
        }
        if let Some(arrives_at_ms) = arrives_at_ms {
            self.hold_back(request, arrives_at_ms).await;
        }
        verdict
    }

    /// Waits until what is sent arrives so long after the request was sent.
    async fn hold_back(&self, request: &Call, arrives_at_ms: u64) {
        let arrives_us = request.begun_us + arrives_at_ms * 1000;
        let leaves_us = arrives_us.saturating_sub(self.plan.network.builder_to_sequencer_ms * 1000);
        match leaves_us.checked_sub(self.recorder.now_us()) {
            Some(0) => {}
            Some(wait_us) => {
                let how = format!("held back, to arrive after {arrives_at_ms} ms");
                self.tampered(request, Tampering::Delay(how));
                sleep(Duration::from_micros(wait_us)).await;
            }
            None => {
                let why = format!(
                    "the reply cannot arrive {arrives_at_ms} ms after its request was sent: the \
                     builder had none in time"
                );
                self.recorder.record(Host::Builder, What::Impossible(why));
            }
        }
    }

    /// What leaves instead of the builder's reply, and what to call it.
    fn corrupted(
        &self,
        request: &Call,
        reply: &HttpReply,
        kind: &Reply,
    ) -> (Option<String>, ReplyFate) {
        let tampered = |how: &str, verdict| (Some(how.to_owned()), verdict);
        let send = |reply| ReplyFate::SendAs(Outgoing::at_once(reply));
        match kind {
            Reply::Honest => {
                self.remember(reply);
                (None, ReplyFate::Pass)
            }
            Reply::Never => tampered("lost", ReplyFate::Swallow),
            Reply::Reset => tampered("cut off by a reset", ReplyFate::Reset),
            Reply::HttpStatus(status) => (
                Some(format!("replaced by HTTP status {status}")),
                send(other_reply(*status, "text/plain", "")),
            ),
            Reply::Error(code) => {
                let body = error_body(&request.id, (*code).into(), "no block for you");
                (
                    Some(format!("replaced by error {code}")),
                    send(json_reply(body)),
                )
            }
            Reply::Garbage => {
                let garbage = other_reply(200, "text/html", "<html>It works!</html>");
                tampered("replaced by a page of HTML", send(garbage))
            }
            Reply::Drip { bytes, every_ms } => {
                let pause = Duration::from_millis(*every_ms);
                let chunk_bytes = usize::try_from(*bytes).unwrap_or(usize::MAX);
                let pace = Pace::Drip {
                    chunk_bytes,
                    first_after: pause,
                    every: pause,
                };
                (
                    Some(format!("dripping, {bytes} bytes every {every_ms} ms")),
                    ReplyFate::SendAs(Outgoing {
                        reply: reply.clone(),
                        pace,
                    }),
                )
            }
            Reply::Malicious(malice) => match self.malicious(*malice, request, reply) {
                Some(body) => {
                    let how = format!("with {}", malice.name());
                    (Some(how), send(json_reply(body)))
                }
                // There was no payload to corrupt.
                None => (None, ReplyFate::Pass),
            },
        }
    }

    fn malicious(&self, malice: Malice, request: &Call, reply: &HttpReply) -> Option<Vec<u8>> {
        let honest = payload_of(reply)?;
        let params = GetPayloadParams::from_json(&request.params).ok()?;
        let number = honest.execution_payload.block_number;
        let job = self
            .builder
            .job(honest.execution_payload.parent_hash, number)?;
        let previous = self.memory().payloads.get(&(number - 1)).cloned();
        self.memory().payloads.insert(number, honest.clone());
        let scene = malice::Scene {
            engine: &self.builder.engine(),
            attributes: &job.attributes,
            parent_beacon_block_root: params.payload.parent_beacon_block_root,
            keys: &self.keys,
            previous: previous.as_ref(),
        };
        let result = malice::corrupt(malice, honest, &scene)?;
        Some(result_body(&request.id, &result))
    }

    fn remember(&self, reply: &HttpReply) {
        if let Some(payload) = payload_of(reply) {
            self.memory()
                .payloads
                .insert(payload.execution_payload.block_number, payload);
        }
    }
}

fn payload_of(reply: &HttpReply) -> Option<BuilderPayloadV1> {
    #[derive(serde::Deserialize)]
    struct Response {
        result: Box<RawValue>,
    }
    let response: Response = serde_json::from_slice(&reply.body).ok()?;
    BuilderPayloadV1::from_json(response.result.get()).ok()
}
