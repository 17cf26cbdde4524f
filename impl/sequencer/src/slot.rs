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
use futures::future::BoxFuture;
use gauntlet_engine::{Attributes, Block};
use gauntlet_protocol::{BuilderPayloadV1, GetPayloadParams};
use gauntlet_rpc::CallError;
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::task::yield_now;
use tokio::time::sleep;

use crate::ask::PayloadCall;
use crate::feed::News;
use crate::link::Link;
use crate::node::{Command, Node};
use crate::{
    Choice, Clock, Event, Fallback, Offer, Origin, Prong, Published, Selection, Submission,
    Translation, choose, derive,
};

/// Runs the two ways to a block until one is chosen.
pub type Produce = fn(Prongs) -> BoxFuture<'static, Produced>;

/// The two ways to a block (line 52). Neither has begun; each begins when it is first polled.
pub struct Prongs {
    /// The builder's, if one is asked.
    pub builder: Option<BoxFuture<'static, Result<Block, Fallback>>>,
    /// The local engine's.
    pub local: BoxFuture<'static, Result<Block, LocalFailure>>,
    /// Which block is taken when there are both.
    pub selection: Selection,
}

impl std::fmt::Debug for Prongs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prongs")
            .field("selection", &self.selection)
            .finish_non_exhaustive()
    }
}

/// Why the local engine has no block.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct LocalFailure(pub String);

/// What the two ways led to.
#[derive(Debug)]
pub enum Produced {
    /// A block, and whose it is.
    Block(Box<Block>, Origin),
    /// No block.
    Nothing,
}

/// "This process concurrently executes a builder API request to the Buidler alongside a local block
/// production request through its local execution engine" (MUST, line 52).
#[must_use]
pub fn concurrently(prongs: Prongs) -> BoxFuture<'static, Produced> {
    async move {
        let mut builder = prongs.builder.map_or(Way::Failed, Way::Pending);
        let mut local = Way::Pending(prongs.local);
        loop {
            match choose(prongs.selection, builder.prong(), local.prong()) {
                Choice::Builder => return builder.taken(Origin::Builder),
                Choice::Local => return local.taken(Origin::Local),
                Choice::Nothing => return Produced::Nothing,
                Choice::Wait => {
                    tokio::select! {
                        biased;
                        () = builder.advance(), if builder.is_pending() => {}
                        () = local.advance(), if local.is_pending() => {}
                    }
                }
            }
        }
    }
    .boxed()
}

/// How far one way has come.
enum Way<E> {
    Pending(BoxFuture<'static, Result<Block, E>>),
    Ready(Box<Block>),
    Failed,
}

impl<E> Way<E> {
    fn is_pending(&self) -> bool {
        matches!(self, Self::Pending(_))
    }

    async fn advance(&mut self) {
        if let Self::Pending(block) = self {
            *self = match block.await {
                Ok(block) => Self::Ready(Box::new(block)),
                Err(_) => Self::Failed,
            };
        }
    }

    fn prong(&self) -> Prong {
        match self {
            Self::Pending(_) => Prong::Pending,
            Self::Failed => Prong::Failed,
            Self::Ready(block) => Prong::Ready(Offer {
                value: block.value(),
                gas_used: block.header().gas_used,
            }),
        }
    }

    fn taken(self, origin: Origin) -> Produced {
        match self {
            Self::Ready(block) => Produced::Block(block, origin),
            Self::Pending(_) | Self::Failed => Produced::Nothing,
        }
    }
}

/// The block that a slot is to make.
#[derive(Clone)]
struct Job {
    parent: Arc<Block>,
    number: u64,
    attributes: Arc<Attributes>,
    /// The builder that was told of it and is asked for it.
    link: Option<Arc<Link>>,
    /// The end of the slot, since genesis.
    ends: Duration,
}

/// Runs a slot, numbered from 1, which begins now. Commands are obeyed at any time in it.
pub(crate) async fn run(
    node: &Arc<Node>,
    slot: u64,
    clock: Clock,
    commands: &mut mpsc::Receiver<Command>,
) {
    let ends = node.config.block_time * u32::try_from(slot).unwrap_or(u32::MAX);
    let mut job = begin(node, slot, ends);
    // Where the slot begins with the request, the update leaves before it.
    yield_now().await;
    let request_at = ends.saturating_sub(node.reserved());
    while obey_until(node, slot, clock, request_at, commands).await {
        job = begin(node, slot, ends);
    }
    let mut production = (node.parts.produce)(prongs(node, &job, clock));
    let produced = loop {
        tokio::select! {
            biased;
            produced = &mut production => break produced,
            Some(command) = commands.recv() => {
                if node.obey(command, slot) {
                    // DECISION: head-change. There is one payload request a slot.
                    let number = job.number;
                    node.observer.observe(Event::FellBack { number, cause: Fallback::HeadMoved });
                    job = Job { link: None, ..begin(node, slot, ends) };
                    production = (node.parts.produce)(prongs(node, &job, clock));
                }
            }
        }
    };
    settle(node, &job, produced);
}

/// Obeys commands until a time since genesis, or until one moves the head. Returns whether one did.
pub(crate) async fn obey_until(
    node: &Arc<Node>,
    slot: u64,
    clock: Clock,
    until: Duration,
    commands: &mut mpsc::Receiver<Command>,
) -> bool {
    loop {
        tokio::select! {
            biased;
            () = clock.until(until) => return false,
            Some(command) = commands.recv() => {
                if node.obey(command, slot) {
                    return true;
                }
            }
        }
    }
}

/// "The block request mechanism MUST be triggered when the Driver schedules a new Fork Choice
/// Update on the Sequencer" (line 49).
fn begin(node: &Arc<Node>, slot: u64, ends: Duration) -> Job {
    let parent = node.engine().head().clone();
    let number = parent.number() + 1;
    let timestamp = node.timestamp(number);
    let attributes = Arc::new(derive(&node.l1.derive(slot, timestamp), timestamp));
    node.observer.observe(Event::ForkChoiceScheduled {
        number,
        parent: parent.hash(),
        attributes: attributes.clone(),
    });
    node.tell(News::Attributes(parent.clone(), attributes.clone()));
    Job {
        parent,
        number,
        attributes,
        link: node.link(),
        ends,
    }
}

fn prongs(node: &Arc<Node>, job: &Job, clock: Clock) -> Prongs {
    // DECISION: call-or-must: with a builder registered, the request is made.
    let builder = job
        .link
        .clone()
        .filter(|_| (node.parts.calls)(&job.attributes))
        .map(|link| {
            let (node, job) = (node.clone(), job.clone());
            async move {
                let block = from_builder(&node, &job, &link, clock).await;
                node.observer.observe(match &block {
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
        let (node, job) = (node.clone(), job.clone());
        async move { locally(&node, &job).await }.boxed()
    };
    Prongs {
        builder,
        local,
        selection: node.config.selection,
    }
}

/// Asks the builder and judges its answer.
async fn from_builder(
    node: &Arc<Node>,
    job: &Job,
    link: &Link,
    clock: Clock,
) -> Result<Block, Fallback> {
    let request = (node.parts.translate)(&Translation {
        number: job.number,
        parent: job.parent.hash(),
        attributes: &job.attributes,
        signer: node.config.key.address(),
    });
    let signature = (node.parts.sign)(&node.config.key, &node.domain, &request);
    let signature = Bytes::copy_from_slice(&signature.to_bytes());
    let params = GetPayloadParams {
        payload: request.clone(),
        signature,
    };
    let call = PayloadCall {
        client: link.payloads.clone(),
        params,
    };
    let reply = node
        .parts
        .ask
        .ask(call)
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
        () = sleep(node.config.work.validate) => {}
        () = clock.until(job.ends) => return Err(Fallback::OutOfTime),
    }
    let registered = node.link();
    let submission = Submission {
        request: &request,
        attributes: &job.attributes,
        asked: &link.builder,
        registered: registered.as_ref().map(|link| &link.builder),
        response: &response,
    };
    node.parts
        .admission
        .admit(&node.engine(), &submission)
        .map_err(Fallback::Rejected)
}

/// Builds the local block.
async fn locally(node: &Node, job: &Job) -> Result<Block, LocalFailure> {
    node.observer
        .observe(Event::LocalStarted { number: job.number });
    sleep(node.config.work.build).await;
    let built = node.engine().build(job.parent.hash(), &job.attributes);
    match built {
        Ok(block) => {
            node.observer.observe(Event::LocalSealed {
                number: job.number,
                hash: block.hash(),
                transactions: block.transactions().len(),
            });
            Ok(block)
        }
        Err(error) => {
            let reason = error.to_string();
            let number = job.number;
            node.observer.observe(Event::LocalFailed {
                number,
                reason: reason.clone(),
            });
            Err(LocalFailure(reason))
        }
    }
}

/// Imports the block, and only then publishes it. DECISION: publish-order.
fn settle(node: &Node, job: &Job, produced: Produced) {
    let Produced::Block(block, origin) = produced else {
        node.observer.observe(Event::Missed { number: job.number });
        return;
    };
    let number = job.number;
    let Some(block) = node.import(*block) else {
        node.observer.observe(Event::Missed { number });
        return;
    };
    node.observer.observe(Event::Imported {
        number,
        hash: block.hash(),
    });
    node.observer.observe(Event::Published(Published {
        origin,
        payload: Arc::new(block.payload()),
    }));
    node.tell(News::Head(block));
}
