//! What becomes of the builder's replies before the sequencer gets them.

use std::time::Duration;

use tokio::time::sleep;

use super::Adversary;
use super::call::Call;
use crate::faults::{self, Closes, Fault, Honest, How, Mangled, Sent};
use crate::plan::Deed;
use crate::trace::{Host, HttpReply, Message, What};
use crate::world::proxy::{Arrived, Outgoing, Pace, ReplyFate, Then, Written};

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
            let deed = faults::arrives_at(arrives_at_ms);
            if !self.hold_back(request, arrives_at_ms, deed).await {
                let why = format!(
                    "the reply cannot arrive {arrives_at_ms} ms after its request was sent: the \
                     builder had none in time"
                );
                self.recorder
                    .record(Host::Proxy, What::Impossible(why.into()));
            }
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
            How::Mangle(mangle) => {
                mangle(deed, &honest(call, reply)).map_or(ReplyFate::Pass, write)
            }
            // What is done to requests, to time, and to links and processes.
            How::LoseAnswer
            | How::Delay
            | How::Alter(_)
            | How::Die
            | How::Darken(_)
            | How::Restart
            | How::Disturb(..)
            | How::Hinder(_) => ReplyFate::Pass,
        }
    }

    /// Waits until what is sent arrives so long after the request was sent; whether it still can.
    async fn hold_back(&self, request: &Arrived, arrives_at_ms: u64, deed: Deed) -> bool {
        let arrives_us = request.begun_us + arrives_at_ms * 1000;
        let leaves_us = arrives_us.saturating_sub(self.plan.network.builder_to_sequencer_ms * 1000);
        let wait_us = leaves_us.checked_sub(self.recorder.now_us());
        if let Some(wait_us) = wait_us.filter(|wait_us| *wait_us > 0) {
            self.interfered(request, Message::Reply, deed);
            sleep(Duration::from_micros(wait_us)).await;
        }
        wait_us.is_some()
    }

    /// The fate of the answer to an attempt to forward a transaction.
    pub(super) async fn forward_reply(
        &self,
        request: &Arrived,
        call: &Call,
        reply: &HttpReply,
    ) -> ReplyFate {
        let planned = self.forwarded().answers.remove(&request.exchange);
        let Some(deed) = planned else {
            return ReplyFate::Pass;
        };
        let how = faults::find(&deed.fault).map(|fault| fault.how);
        let Some(How::Mangle(mangle)) = how else {
            self.interfered(request, Message::Reply, deed);
            return ReplyFate::Swallow;
        };
        let Some(mangled) = mangle(&deed, &honest(call, reply)) else {
            return ReplyFate::Pass;
        };
        match mangled.arrives_at_ms {
            // Whoever was slower than that is not held back.
            Some(arrives_at_ms) => {
                let _on_time = self.hold_back(request, arrives_at_ms, deed).await;
            }
            None => self.interfered(request, Message::Reply, deed),
        }
        write(mangled)
    }
}

fn honest<'a>(call: &'a Call, reply: &'a HttpReply) -> Honest<'a> {
    let id = &call.id;
    Honest { reply, id }
}

/// Writes what an honest reply was mangled to.
fn write(mangled: Mangled) -> ReplyFate {
    let then = match (mangled.sent, mangled.closes) {
        (Sent::Reply(reply), _) => Then::Reply(Outgoing::at_once(reply)),
        (Sent::Pieces(reply, chunk_bytes, every), _) => Then::Reply(Outgoing {
            reply,
            pace: Pace::Drip {
                chunk_bytes,
                first_after: every,
                every,
            },
        }),
        (Sent::Endless(reply, every), _) => Then::Reply(Outgoing {
            reply,
            pace: Pace::Endless { every },
        }),
        (Sent::Lead(reply), _) => Then::WasReply(reply),
        (Sent::Nothing, Closes::Never) => Then::Hang,
        (Sent::Nothing, Closes::AtOnce | Closes::After(_)) => Then::Close,
    };
    let closes_after = match mangled.closes {
        Closes::After(after) => Some(after),
        Closes::Never | Closes::AtOnce => None,
    };
    ReplyFate::Write(Written {
        lead: mangled.lead,
        then,
        trail: mangled.trail,
        closes_after,
    })
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
