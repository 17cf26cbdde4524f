//! What becomes of the builder's replies before the sequencer gets them.

use std::time::Duration;

use tokio::time::sleep;

use super::Adversary;
use super::call::Call;
use crate::faults::{self, Fault, How};
use crate::plan::Deed;
use crate::trace::{Host, HttpReply, Message, What};
use crate::world::proxy::{Arrived, Outgoing, Pace, ReplyFate};

impl Adversary {
    /// The fate of the reply to a payload request.
    pub(super) async fn payload_reply(
        &self,
        request: &Arrived,
        call: &Call,
        reply: &HttpReply,
    ) -> ReplyFate {
        let slot = self.slot(request);
        let deed = slot.and_then(|slot| slot.reply.deed.as_ref());
        let fate = self.payload_fate(request, call, reply, deed);
        if let Some(arrives_at_ms) = slot.and_then(|slot| slot.reply.arrives_at_ms) {
            self.hold_back(request, arrives_at_ms).await;
        }
        fate
    }

    /// What leaves instead of the builder's reply to a payload request.
    fn payload_fate(
        &self,
        request: &Arrived,
        call: &Call,
        reply: &HttpReply,
        deed: Option<&Deed>,
    ) -> ReplyFate {
        let fault = deed.and_then(|deed| faults::find(&deed.fault));
        let forged = self
            .knowledge()
            .and_then(|mut knowledge| knowledge.reply(reply, call, &self.keys, fault));
        let Some((deed, fault)) = deed.zip(fault) else {
            return ReplyFate::Pass;
        };
        let forged = forged.map(|result| faults::result(&call.id, &result));
        let fate = Self::fate(fault, deed, call, reply, forged);
        if !matches!(fate, ReplyFate::Pass) {
            self.interfered(request, Message::Reply, deed.clone());
        }
        fate
    }

    fn fate(
        fault: &Fault,
        deed: &Deed,
        call: &Call,
        reply: &HttpReply,
        forged: Option<HttpReply>,
    ) -> ReplyFate {
        let at_once = |reply| ReplyFate::SendAs(Outgoing::at_once(reply));
        match fault.how {
            How::Swallow => ReplyFate::Swallow,
            How::Reset => ReplyFate::Reset,
            How::Answer(answer) => at_once(answer(deed, &call.id)),
            How::Drip => ReplyFate::SendAs(Outgoing {
                reply: reply.clone(),
                pace: dripping(deed),
            }),
            How::ForgePayload(_) | How::ForgeResponse(_) => forged.map_or(ReplyFate::Pass, at_once),
            // What is done to requests, to time, and to links and processes.
            How::LoseAnswer | How::Delay | How::Alter(_) | How::Die | How::Darken(_) => {
                ReplyFate::Pass
            }
        }
    }

    /// Waits until what is sent arrives so long after the request was sent.
    async fn hold_back(&self, request: &Arrived, arrives_at_ms: u64) {
        let arrives_us = request.begun_us + arrives_at_ms * 1000;
        let leaves_us = arrives_us.saturating_sub(self.plan.network.builder_to_sequencer_ms * 1000);
        match leaves_us.checked_sub(self.recorder.now_us()) {
            Some(0) => {}
            Some(wait_us) => {
                let deed = faults::arrives_at(arrives_at_ms);
                self.interfered(request, Message::Reply, deed);
                sleep(Duration::from_micros(wait_us)).await;
            }
            None => {
                let why = format!(
                    "the reply cannot arrive {arrives_at_ms} ms after its request was sent: the \
                     builder had none in time"
                );
                self.recorder
                    .record(Host::Proxy, What::Impossible(why.into()));
            }
        }
    }

    /// The fate of the answer to an attempt to forward a transaction.
    pub(super) fn forward_reply(&self, request: &Arrived) -> ReplyFate {
        let lost = self.forwarded().unanswered.remove(&request.exchange);
        match lost {
            Some(deed) => {
                self.interfered(request, Message::Reply, deed);
                ReplyFate::Swallow
            }
            None => ReplyFate::Pass,
        }
    }
}

fn dripping(deed: &Deed) -> Pace {
    let number = |name| deed.get(name).and_then(|of| u64::try_from(of).ok());
    let pause = Duration::from_millis(number("every_ms").unwrap_or(1));
    let bytes = number("bytes").unwrap_or(1);
    Pace::Drip {
        chunk_bytes: usize::try_from(bytes).unwrap_or(usize::MAX),
        first_after: pause,
        every: pause,
    }
}
