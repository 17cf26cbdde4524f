//! What becomes of the sequencer's requests before the builder gets them.

use gauntlet_protocol::GetPayloadParams;

use super::Adversary;
use super::call::Call;
use crate::faults::{self, How, Signing};
use crate::plan::Deed;
use crate::trace::Message;
use crate::world::proxy::{Arrived, Outgoing, RequestFate};

impl Adversary {
    /// Does to a request what is planned.
    pub(super) fn interfere(&self, request: &Arrived, call: &Call, deed: Deed) -> RequestFate {
        let Some(fault) = faults::find(&deed.fault) else {
            return RequestFate::Pass;
        };
        let fate = match fault.how {
            How::Swallow => RequestFate::Swallow,
            How::Reset => RequestFate::Reset,
            How::Answer(answer) => RequestFate::Answer(Outgoing::at_once(answer(&deed, &call.id))),
            How::Alter(alter) => match GetPayloadParams::from_json(&call.params) {
                Ok(params) => {
                    let (keys, chain_id) = (&self.keys, self.chain_id);
                    let altered = alter(&Signing { keys, chain_id }, params);
                    RequestFate::PassAs(call.with_params(&request.request, &altered))
                }
                Err(_) => return RequestFate::Pass,
            },
            // The builder gets it; something is done to its answer.
            How::LoseAnswer | How::Mangle(_) => {
                let exchange = request.exchange;
                self.forwarded().answers.insert(exchange, deed);
                return RequestFate::Pass;
            }
            // What is done to replies, and to links and processes.
            How::Drip
            | How::Delay
            | How::ForgePayload(_)
            | How::ForgeResponse(_)
            | How::Die
            | How::Darken(_)
            | How::Restart
            | How::Disturb(..)
            | How::Hinder(_) => return RequestFate::Pass,
        };
        self.interfered(request, Message::Request, deed);
        fate
    }

    /// Counts an attempt to forward a transaction. What becomes of all of them is planned for the
    /// slot of the first. Returns what is done to this one.
    pub(super) fn attempt(&self, request: &Arrived, call: &Call) -> Option<Deed> {
        let mut forwarded = self.forwarded();
        let (attempts, planned) = forwarded
            .attempts
            .entry(call.params.clone())
            .or_insert_with(|| {
                let slot = self.slot(request);
                (0, slot.map(|slot| slot.forward.clone()).unwrap_or_default())
            });
        *attempts += 1;
        planned.deed.clone().filter(|_| *attempts <= planned.fails)
    }
}
