//! A slot, from the fork choice update to the published block.
//!
//! ```text
//! 0                        attributes; update to the local engine and to the builder
//! T - (timeout + budget)   payload request, and at the same time the local block
//! strictly before timeout  the reply is judged; else the local block stands
//! then                     exactly one block is imported, and only then published
//! ```

use std::sync::Arc;
use std::time::Duration;

use alloy_primitives::Bytes;
use futures::FutureExt;
use gauntlet_engine::{Attributes, Block};
use gauntlet_protocol::{BuilderPayloadV1, GetPayloadParams};
use gauntlet_rpc::CallError;
use tokio::task::yield_now;
use tokio::time::sleep;

use crate::clock::Clock;
use crate::control::Commands;
use crate::event::{Event, Fallback};
use crate::l1::derive;
use crate::parts::Translation;
use crate::peer::{News, Peer};
use crate::produce::{LocalFailure, Produced, Prongs};
use crate::publish::Desk;
use crate::state::State;
use crate::submission::Submission;

/// The block that a slot is to make.
#[derive(Clone)]
struct Job {
    slot: u64,
    parent: Arc<Block>,
    number: u64,
    attributes: Arc<Attributes>,
    /// The builder that was told of it and is asked for it.
    peer: Option<Arc<Peer>>,
    /// The end of the slot, since genesis.
    ends: Duration,
}

/// Runs a slot, numbered from 1, which begins now. Commands are obeyed at any time in it.
pub(crate) async fn run(state: &Arc<State>, slot: u64, clock: Clock, commands: &mut Commands) {
    let mut job = begin(state, slot, state.peer());
    // Where the slot begins with the request, the update leaves before it.
    yield_now().await;
    let request_at = job.ends.saturating_sub(state.reserved);
    while obey_until(state, slot, clock, request_at, commands).await {
        job = begin_again(state, &job);
    }
    let mut production = (state.parts.produce)(prongs(state, &job, clock));
    let produced = loop {
        tokio::select! {
            biased;
            produced = &mut production => break produced,
            Some(command) = commands.next() => {
                if state.obey(command, slot) {
                    // DECISION: head-change. There is one payload request a slot.
                    if job.peer.is_some() {
                        let (number, cause) = (job.number, Fallback::HeadMoved);
                        state.observer.observe(Event::FellBack { number, cause });
                    }
                    job = begin_again(state, &job);
                    // DECISION: request-after-reorg. Nor is one made now that was not made before.
                    let unasked = Job { peer: None, ..job.clone() };
                    production = (state.parts.produce)(prongs(state, &unasked, clock));
                }
            }
        }
    };
    settle(state, &job, produced);
}

/// Obeys commands until a time since genesis, or until one moves the head. Returns whether one did.
pub(crate) async fn obey_until(
    state: &State,
    slot: u64,
    clock: Clock,
    until: Duration,
    commands: &mut Commands,
) -> bool {
    loop {
        tokio::select! {
            biased;
            () = clock.until(until) => return false,
            Some(command) = commands.next() => {
                if state.obey(command, slot) {
                    return true;
                }
            }
        }
    }
}

/// "The block request mechanism MUST be triggered when the Driver schedules a new Fork Choice
/// Update on the Sequencer" (line 49). The builder of the slot is told of the block to make.
fn begin(state: &State, slot: u64, peer: Option<Arc<Peer>>) -> Job {
    let parent = state.chain.head();
    let number = parent.number() + 1;
    let timestamp = state.timestamp(number);
    let attributes = Arc::new(derive(&state.l1.derive(slot, timestamp), timestamp));
    state.observer.observe(Event::ForkChoiceScheduled {
        number,
        parent: parent.hash(),
        attributes: attributes.clone(),
    });
    if let Some(peer) = &peer {
        let news = News::Attributes(parent.clone(), attributes.clone());
        peer.tell(state.parts.feeds, news);
    }
    Job {
        slot,
        parent,
        number,
        attributes,
        peer,
        ends: state.config.block_time * u32::try_from(slot).unwrap_or(u32::MAX),
    }
}

/// Begins a slot again, on another head. DECISION: late-registration. The builder of a slot is the
/// one that was registered when the slot began; if it is not any more, the slot has none.
fn begin_again(state: &State, before: &Job) -> Job {
    let peer = before.peer.clone();
    let peer = peer.filter(|peer| state.is_registered(peer));
    begin(state, before.slot, peer)
}

fn prongs(state: &Arc<State>, job: &Job, clock: Clock) -> Prongs {
    // DECISION: call-or-must: with a builder registered, the request is made.
    let builder = job
        .peer
        .clone()
        .filter(|peer| (state.parts.calls)(&job.attributes) && state.is_registered(peer))
        .map(|peer| {
            let (state, job) = (state.clone(), job.clone());
            async move {
                let block = from_builder(&state, &job, &peer, clock).await;
                state.observer.observe(match &block {
                    Ok(block) => Event::Admitted {
                        number: job.number,
                        hash: block.hash(),
                    },
                    Err(cause) => Event::FellBack {
                        number: job.number,
                        cause: cause.clone(),
                    },
                });
                block
            }
            .boxed()
        });
    let local = {
        let (state, job) = (state.clone(), job.clone());
        async move { locally(&state, &job).await }.boxed()
    };
    Prongs {
        builder,
        local,
        selection: state.config.selection,
    }
}

/// Asks the builder and judges its answer.
async fn from_builder(
    state: &State,
    job: &Job,
    peer: &Peer,
    clock: Clock,
) -> Result<Block, Fallback> {
    let request = (state.parts.translate)(&Translation {
        number: job.number,
        parent: job.parent.hash(),
        attributes: &job.attributes,
        signer: state.config.key.address(),
    });
    let signature = (state.parts.sign)(&state.config.key, &state.domain, &request);
    let signature = Bytes::copy_from_slice(&signature.to_bytes());
    let params = GetPayloadParams {
        payload: request.clone(),
        signature,
    };
    let reply = peer
        .ask(&*state.parts.ask, params)
        .await
        .map_err(|error| match error {
            CallError::TimedOut => Fallback::TimedOut,
            CallError::Rpc(error) => Fallback::Error {
                code: error.code,
                message: error.message.into_owned(),
            },
            other @ (CallError::Connect(_)
            | CallError::Closed
            | CallError::Transport(_)
            | CallError::Status(_)
            | CallError::BodyTooLarge { .. }
            | CallError::Malformed(_)
            | CallError::IdMismatch { .. }) => {
                Fallback::Failed(other.to_failure().message.to_string())
            }
        })?;
    let response =
        BuilderPayloadV1::from_json(&reply).map_err(|error| Fallback::Rejected(error.into()))?;
    tokio::select! {
        biased;
        () = sleep(state.config.work.validate) => {}
        () = clock.until(job.ends) => return Err(Fallback::OutOfTime),
    }
    let registered = state.peer();
    let submission = Submission {
        request: &request,
        attributes: &job.attributes,
        asked: peer.tuple(),
        registered: registered.as_ref().map(|peer| peer.tuple()),
        response: &response,
    };
    state
        .parts
        .admission
        .admit(&state.chain.engine(), &submission)
        .map_err(Fallback::Rejected)
}

/// Builds the local block.
async fn locally(state: &State, job: &Job) -> Result<Block, LocalFailure> {
    state
        .observer
        .observe(Event::LocalStarted { number: job.number });
    sleep(state.config.work.build).await;
    let parent = job.parent.hash();
    let built = state.chain.engine().build(parent, &job.attributes);
    match built {
        Ok(block) => {
            state.observer.observe(Event::LocalSealed {
                number: job.number,
                hash: block.hash(),
                transactions: block.transactions().len(),
            });
            Ok(block)
        }
        Err(error) => {
            let reason = error.to_string();
            let number = job.number;
            state.observer.observe(Event::LocalFailed {
                number,
                reason: reason.clone(),
            });
            Err(LocalFailure(reason))
        }
    }
}

/// Settles the slot with what was produced, and tells the builder of the new head.
fn settle(state: &State, job: &Job, produced: Produced) {
    let number = job.number;
    let settled = match produced {
        Produced::Block(block, origin) => {
            state.note_settled(job.slot);
            let desk = Desk {
                chain: &state.chain,
                followers: &state.followers,
                observer: &state.observer,
                origin,
            };
            (state.parts.settle)(&desk, *block)
        }
        Produced::Nothing => None,
    };
    match settled {
        Some(head) => state.tell(News::Head(head)),
        None => state.observer.observe(Event::Missed { number }),
    }
}
