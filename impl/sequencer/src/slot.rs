//! A slot, from the fork choice update to the published block.
//!
//! ```text
//! 0                        attributes; update to the local engine, whose block begins to grow,
//!                          and to the builder
//! T - (timeout + budget)   payload request, and at the same time the local block is due
//! strictly before timeout  the reply is judged; else the local block stands
//! then                     exactly one block is imported, and only then published
//! ```

use std::sync::Arc;
use std::time::Duration;

use alloy_primitives::Bytes;
use futures::FutureExt;
use gauntlet_engine::{Attributes, Block};
use gauntlet_node::{Draft, Lane, Stop};
use gauntlet_protocol::{BuilderPayloadV1, GetPayloadParams, PayloadRequestV1};
use gauntlet_rpc::CallError;
use tokio::task::yield_now;
use tokio::time::{sleep, timeout};

use crate::admission::LocalView;
use crate::clock::Clock;
use crate::control::Commands;
use crate::event::{Event, Fallback, Origin};
use crate::l1::Confirmed;
use crate::parts::Translation;
use crate::peer::{NewHead, News, Peer};
use crate::produce::{LocalFailure, Produced, Prongs};
use crate::publish::Desk;
use crate::state::State;
use crate::submission::{Rejection, Submission};

/// How long after the end of a slot its block is made up for: one at the very end is on time.
const AFTER_THE_END: Duration = Duration::from_millis(1);

/// The block that a slot is to make.
#[derive(Clone)]
struct Job {
    slot: u64,
    parent: Arc<Block>,
    number: u64,
    attributes: Arc<Attributes>,
    /// The local block, which grows from the start of the slot.
    draft: Arc<Draft>,
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
        if state.parts.begins_again {
            job = begin_again(state, &job);
        }
    }
    let mut production = (state.parts.produce)(prongs(state, &job, clock));
    let produced = loop {
        tokio::select! {
            biased;
            produced = &mut production => break produced,
            Some(command) = commands.next() => {
                if state.obey(command, slot).await && state.parts.begins_again {
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
    if settle(state, &job, produced).await {
        state.note_settled(slot);
    }
}

/// Makes up for slots that have no block: blocks follow one another at once until the chain has
/// reached the clock, each with the timestamp of its number. Returns whether it has: it ends too when
/// the local engine has no block, or none within the time that it has in a slot.
///
/// DECISION: catch-up: the builder is not asked for them. Their slots are over, and no request can
/// end before they are.
pub(crate) async fn catch_up(state: &Arc<State>, clock: Clock) -> bool {
    let block_time = state.config.block_time;
    let missing = || {
        let missed = state.chain.head().number() + 1;
        (missed < clock.slot(block_time)).then_some(missed)
    };
    while let Some(missed) = missing() {
        let ended = block_time * u32::try_from(missed).unwrap_or(u32::MAX);
        clock.until(ended + AFTER_THE_END).await;
        let job = begin(state, missed, None);
        let produced = match timeout(state.reserved, locally(state, &job)).await {
            Ok(Ok(block)) => Produced::Block(block, Origin::Local),
            Ok(Err(_)) | Err(_) => Produced::Nothing,
        };
        if !settle(state, &job, produced).await {
            return false;
        }
        yield_now().await;
    }
    true
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
                if state.obey(command, slot).await {
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
    let derivation = state.l1.derive(slot, timestamp);
    let attributes = Arc::new((state.parts.derive)(&derivation, timestamp));
    state.observer.observe(Event::ForkChoiceScheduled {
        number,
        parent: parent.hash(),
        attributes: attributes.clone(),
    });
    if let Some(peer) = &peer {
        let news = News::Attributes(parent.clone(), attributes.clone());
        peer.tell(news);
    }
    let draft = Draft::begin(
        state.chain.clone(),
        state.config.compute.pace,
        parent.hash(),
        (state.parts.local)(&attributes),
    );
    Job {
        slot,
        parent,
        number,
        attributes,
        draft: Arc::new(draft),
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
        async move {
            tokio::select! {
                biased;
                built = locally(&state, &job) => built,
                // DECISION: local-fails: one that comes to no end has failed.
                () = clock.until(job.ends) => Err(LocalFailure("it came to no end".to_owned())),
            }
        }
        .boxed()
    };
    Prongs {
        builder,
        local,
        selection: state.config.selection,
    }
}

/// Asks the builder and judges its answer, within the slot.
async fn from_builder(
    state: &Arc<State>,
    job: &Job,
    peer: &Peer,
    clock: Clock,
) -> Result<Arc<Block>, Fallback> {
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
        .map_err(no_reply)?;
    let judged_by = job.ends.saturating_sub(state.config.compute.margin);
    let verdict = tokio::select! {
        biased;
        verdict = judge(state, job, peer, request, reply) => verdict,
        () = clock.until(judged_by) => return Err(Fallback::OutOfTime),
    };
    // Nothing stops what executes in place, or what has begun: it can end too late.
    if clock.elapsed() > judged_by {
        return Err(Fallback::OutOfTime);
    }
    verdict.map(Arc::new).map_err(Fallback::Rejected)
}

fn no_reply(error: CallError) -> Fallback {
    match error {
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
        | CallError::IdMismatch { .. }) => Fallback::Failed(other.to_failure().message.to_string()),
    }
}

/// Judges an answer on the workers: it is the builder's, and so is the time that it takes.
async fn judge(
    state: &Arc<State>,
    job: &Job,
    peer: &Peer,
    request: PayloadRequestV1,
    reply: String,
) -> Result<Block, Rejection> {
    let workers = state.chain.workers();
    let read = move || BuilderPayloadV1::from_json(&reply);
    let response = workers.run(Lane::Judge, read).await?;
    sleep(state.config.work.validate).await;
    let stop = Stop::default();
    let _stops = stop.on_drop();
    let view = LocalView::new(state.chain.clone(), state.parts.engine.clone(), stop);
    let admission = state.parts.admission.clone();
    let (attributes, asked) = (job.attributes.clone(), peer.tuple().clone());
    let node = state.clone();
    let admit = move || {
        let registered = || node.peer().map(|peer| peer.tuple().clone());
        let before = registered();
        let submission = Submission {
            request: &request,
            attributes: &attributes,
            asked: &asked,
            registered: before.as_ref(),
            response: &response,
        };
        let block = admission.admit(&view, &submission)?;
        // DECISION: builder-change: execution takes its time.
        let after = registered();
        let registered = after.as_ref();
        admission.check(&Submission {
            registered,
            ..submission
        })?;
        Ok(block)
    };
    workers.run(Lane::Judge, admit).await
}

/// Builds the local block.
async fn locally(state: &State, job: &Job) -> Result<Arc<Block>, LocalFailure> {
    state
        .observer
        .observe(Event::LocalStarted { number: job.number });
    sleep(state.config.work.build).await;
    match state.parts.engine.build(job.draft.clone()).await {
        Ok(block) => {
            state.observer.observe(Event::LocalSealed {
                number: job.number,
                hash: block.hash(),
                transactions: block.transactions().len(),
            });
            Ok(block)
        }
        Err(LocalFailure(reason)) => {
            let number = job.number;
            state.observer.observe(Event::LocalFailed {
                number,
                reason: reason.clone(),
            });
            Err(LocalFailure(reason))
        }
    }
}

/// Settles a slot with what was produced, and tells the builder of the new head. A block of the
/// builder's that cannot become the head costs nothing: the local one stands.
async fn settle(state: &State, job: &Job, produced: Produced) -> bool {
    let number = job.number;
    let local = |block| Some((put(state, block, Origin::Local)?, NewHead::Local));
    let settled = match produced {
        Produced::Block(block, Origin::Local) => local(block),
        Produced::Block(block, Origin::Builder) => match put(state, block, Origin::Builder) {
            Some(head) => Some((head, NewHead::Builders)),
            None => {
                let cause = Fallback::HeadMoved;
                state.observer.observe(Event::FellBack { number, cause });
                let block = state.parts.engine.build(job.draft.clone()).await.ok();
                block.and_then(local)
            }
        },
        Produced::Nothing => None,
    };
    let is_settled = settled.is_some();
    match settled {
        Some((head, how)) => {
            let Confirmed { safe, finalized } = state.l1.confirmed(head.number());
            state.chain.confirm(safe, finalized);
            state.tell(News::Head(head, how));
        }
        None => state.observer.observe(Event::Missed { number }),
    }
    is_settled
}

fn put(state: &State, block: Arc<Block>, origin: Origin) -> Option<Arc<Block>> {
    let desk = Desk {
        chain: &state.chain,
        local: &*state.parts.engine,
        followers: &state.followers,
        observer: &state.observer,
        origin,
    };
    (state.parts.settle)(&desk, block)
}
