//! An engine of the harness, apart from all nodes, that executes every block that became a head and
//! every payload that a builder's reply brought.

use std::collections::BTreeMap;
use std::sync::Arc;

use alloy_primitives::B256;
use gauntlet_engine::{ChainSpec, Engine, Payload, PayloadVerdict, Senders};
use gauntlet_protocol::constants::GET_PAYLOAD;
use gauntlet_protocol::{BuilderPayloadV1, GetPayloadParams};
use gauntlet_rpc::WireEvent;
use gauntlet_sequencer::Event;

use crate::trace::{Entry, Host, Judgement, What};

/// Judges the block of each entry that has one, by the entry's index.
#[must_use]
pub fn judge(
    spec: &Arc<ChainSpec>,
    senders: &Senders,
    entries: &[Entry],
) -> BTreeMap<usize, Judgement> {
    let mut oracle = Oracle {
        engine: Engine::new(spec.clone(), senders.clone()),
        roots: BTreeMap::new(),
        judgements: BTreeMap::new(),
    };
    for (index, entry) in entries.iter().enumerate() {
        match &entry.what {
            What::Sequencer(event) => oracle.hear(index, event),
            What::Wire(event) if entry.host == Host::Sequencer => oracle.overhear(index, event),
            What::Wire(_)
            | What::Builder(_)
            | What::Tampered { .. }
            | What::Impossible(_)
            | What::Died
            | What::Back => {}
        }
    }
    oracle.judgements
}

struct Oracle {
    engine: Engine,
    /// The beacon block roots of the payload requests under way, by their ids.
    roots: BTreeMap<u64, B256>,
    judgements: BTreeMap<usize, Judgement>,
}

impl Oracle {
    /// Follows the heads that the sequencer reports.
    fn hear(&mut self, index: usize, event: &Event) {
        let payload = match event {
            Event::Published(published) => &published.payload,
            Event::HeadReplaced { payload } => payload,
            Event::ForkChoiceScheduled { .. }
            | Event::LocalStarted { .. }
            | Event::LocalSealed { .. }
            | Event::LocalFailed { .. }
            | Event::Admitted { .. }
            | Event::FellBack { .. }
            | Event::Imported { .. }
            | Event::Missed { .. }
            | Event::BuilderChanged { .. }
            | Event::TransactionAccepted { .. }
            | Event::TransactionRefused { .. }
            | Event::Forwarded { .. }
            | Event::ForwardingFailed { .. }
            | Event::FeedFailed { .. } => return,
        };
        let (judgement, head) = self.judge(payload);
        if let Some(head) = head {
            // The head moves along, so that old blocks are forgotten.
            let _moved = self
                .engine
                .fork_choice_updated(head, B256::ZERO, B256::ZERO);
        }
        self.judgements.insert(index, judgement);
    }

    /// Judges what the builder's replies bring.
    fn overhear(&mut self, index: usize, event: &WireEvent) {
        match event {
            WireEvent::RequestSent {
                call,
                method,
                params,
                ..
            } if **method == *GET_PAYLOAD => {
                if let Ok(params) = GetPayloadParams::from_json(params) {
                    self.roots
                        .insert(*call, params.payload.parent_beacon_block_root);
                }
            }
            WireEvent::CallEnded {
                call,
                method,
                outcome,
                ..
            } if **method == *GET_PAYLOAD => {
                let root = self.roots.remove(call);
                let Ok(reply) = outcome else { return };
                if let (Ok(response), Some(root)) = (BuilderPayloadV1::from_json(reply), root) {
                    let payload = Payload::from_wire(&response.execution_payload, root);
                    let (judgement, _) = self.judge(&payload);
                    self.judgements.insert(index, judgement);
                }
            }
            WireEvent::RequestSent { .. }
            | WireEvent::CallEnded { .. }
            | WireEvent::RequestReceived { .. }
            | WireEvent::ReplySent { .. } => {}
        }
    }

    fn judge(&mut self, payload: &Payload) -> (Judgement, Option<B256>) {
        match self.engine.new_payload(payload, &[]) {
            PayloadVerdict::Valid(block) => (Judgement::Valid, Some(block.hash())),
            PayloadVerdict::Invalid { reason, .. } => {
                (Judgement::Invalid(reason.to_string()), None)
            }
            PayloadVerdict::Syncing => (Judgement::UnknownParent, None),
        }
    }
}
