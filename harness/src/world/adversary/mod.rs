//! Who interferes on the link as the plan says: it alters, loses or holds back requests and
//! replies. It knows what a peer on the link knows, and nothing of the builder behind.
//!
//! | module | what belongs there |
//! |---|---|
//! | `call` | a JSON-RPC call as it crosses the link |
//! | `knowledge` | what it learned from what crossed the link, to forge payloads with |
//! | `requests`, `replies` | the faults of the catalogue, done |

mod call;
mod knowledge;
mod replies;
mod requests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt;
use futures::future::BoxFuture;
use gauntlet_engine::Engine;
use gauntlet_protocol::constants::{FORK_CHOICE_UPDATED, FORWARD_TRANSACTION, GET_PAYLOAD};

use crate::chain::Keys;
use crate::faults::{self, Fault};
use crate::plan::{Deed, ForwardPlan, Plan, ReplyPlan, SlotPlan};
use crate::trace::{Host, HttpReply, Message, Recorder, What};
use crate::world::proxy::{Arrived, Interfere, ReplyFate, RequestFate};

use self::call::Call;
use self::knowledge::Knowledge;

/// The adversary of one run. It outlives the builder's process.
#[derive(Debug)]
pub struct Adversary {
    plan: Arc<Plan>,
    keys: Keys,
    chain_id: u64,
    recorder: Recorder,
    /// Nothing is learned where nothing is to be forged.
    knowledge: Option<Mutex<Knowledge>>,
    forwarded: Mutex<Forwarded>,
}

/// What became of forwarded transactions so far.
#[derive(Debug, Default)]
struct Forwarded {
    /// The attempts of each so far, and what becomes of them.
    attempts: BTreeMap<Arc<str>, (u32, ForwardPlan)>,
    /// The exchanges to whose answers something will be done, and what that is.
    answers: BTreeMap<u64, Deed>,
}

impl Adversary {
    /// An adversary who does what the plan says, with an engine of its own at genesis, and tells a
    /// recorder what it did.
    #[must_use]
    pub fn new(plan: Arc<Plan>, keys: Keys, engine: Engine, recorder: Recorder) -> Self {
        let is_forgery = |deed: &Deed| faults::find(&deed.fault).is_some_and(Fault::is_forgery);
        let forges = plan
            .slots
            .iter()
            .filter_map(|slot| slot.reply.deed.as_ref())
            .any(is_forgery);
        Self {
            chain_id: engine.spec().chain_id(),
            knowledge: forges.then(|| Mutex::new(Knowledge::new(engine))),
            forwarded: Mutex::default(),
            plan,
            keys,
            recorder,
        }
    }

    /// Whether the plan leaves it nothing to do, so that whatever it is put before does as well
    /// without it.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.plan.slots.iter().all(|slot| {
            let SlotPlan {
                reply,
                request,
                forward,
                head_update,
                no_tx_pool: _,
                user_deposits: _,
                deposits: _,
                l1: _,
                head_replaced_at_ms: _,
                builder_changes: _,
                probes: _,
                expect: _,
            } = slot;
            let ReplyPlan {
                deed,
                arrives_at_ms,
            } = reply;
            let deeds = [deed, request, &forward.deed, head_update];
            arrives_at_ms.is_none() && deeds.into_iter().all(Option::is_none)
        })
    }

    /// The plan of the slot in which a request was sent.
    fn slot(&self, request: &Arrived) -> Option<&SlotPlan> {
        let index = request.begun_us / (self.plan.chain.block_time_ms * 1000);
        self.plan.slots.get(usize::try_from(index).ok()?)
    }

    fn interfered(&self, request: &Arrived, message: Message, deed: Deed) {
        let exchange = request.exchange;
        self.recorder.record(
            Host::Proxy,
            What::Interfered {
                exchange,
                message,
                deed,
            },
        );
    }

    fn forwarded(&self) -> MutexGuard<'_, Forwarded> {
        self.forwarded
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn knowledge(&self) -> Option<MutexGuard<'_, Knowledge>> {
        let knowledge = self.knowledge.as_ref()?;
        Some(knowledge.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn request_fate(&self, request: &Arrived) -> RequestFate {
        let Some(call) = Call::read(&request.request) else {
            return RequestFate::Pass;
        };
        if let Some(mut knowledge) = self.knowledge() {
            knowledge.learn(&call);
        }
        let deed = match &*call.method {
            GET_PAYLOAD => self.slot(request).and_then(|slot| slot.request.clone()),
            FORWARD_TRANSACTION => self.attempt(request, &call),
            FORK_CHOICE_UPDATED if call.has_attributes() => {
                self.slot(request).and_then(|slot| slot.head_update.clone())
            }
            _ => None,
        };
        deed.map_or(RequestFate::Pass, |deed| {
            self.interfere(request, &call, deed)
        })
    }
}

impl Interfere for Adversary {
    fn on_request<'a>(&'a self, request: &'a Arrived) -> BoxFuture<'a, RequestFate> {
        let fate = self.request_fate(request);
        async { fate }.boxed()
    }

    fn on_reply<'a>(
        &'a self,
        request: &'a Arrived,
        reply: &'a HttpReply,
    ) -> BoxFuture<'a, ReplyFate> {
        async {
            match Call::read(&request.request) {
                Some(call) if *call.method == *GET_PAYLOAD => {
                    self.payload_reply(request, &call, reply).await
                }
                Some(call) if *call.method == *FORWARD_TRANSACTION => {
                    self.forward_reply(request, &call, reply).await
                }
                Some(_) | None => ReplyFate::Pass,
            }
        }
        .boxed()
    }
}
