//! Who is tried: a role, and how it starts on a door and a dialer with a setup.
//!
//! Honest nodes, mutants and strangers implement [`Subject`]. A builder of somebody else's needs
//! some twenty lines: serve on the door that it is given, dial with the dialer that it is given, and
//! take the time from `tokio::time`. It needs none of our nodes.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use alloy_primitives::Address;
use futures::future::BoxFuture;
use gauntlet_engine::{ChainSpec, Senders};
use gauntlet_node::Compute;
use gauntlet_protocol::{BuilderTuple, SecretKey};
use gauntlet_rpc::{Accept, Cors, Dial, Jwt};

use super::{Follower, Hindrances, Operator, Witness};
use crate::chain::PlannedL1;
use crate::plan::{Plan, SelectionPlan};
use crate::trace::{Evidence, PublishedBlock};

/// A role that a subject plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// It drives slots.
    Sequencer,
    /// It builds blocks when it is asked.
    Builder,
}

/// Who is tried.
///
/// A builder that answers nobody, and what the suite finds of it:
///
/// ```
/// use std::io;
/// use std::sync::Arc;
///
/// use futures::future::{BoxFuture, FutureExt};
/// use gauntlet::suite::{RunOptions, Suite, examine};
/// use gauntlet::world::{Berth, Players, Role, Subject};
///
/// #[derive(Debug)]
/// struct Deaf;
///
/// impl Subject for Deaf {
///     fn role(&self) -> Role {
///         Role::Builder
///     }
///
///     fn start(&self, mut berth: Berth) -> BoxFuture<'static, io::Result<()>> {
///         async move {
///             loop {
///                 drop(berth.door.accept().await?);
///             }
///         }
///         .boxed()
///     }
/// }
///
/// let options = RunOptions {
///     players: Players::with(Arc::new(Deaf)),
///     ..RunOptions::default()
/// };
/// let report = examine(&Suite::embedded().case("interaction/healthy-slots"), &options);
/// let mut failures = report.failures().iter();
/// assert!(failures.any(|failure| failure.rule() == Some("get-payload/result")));
/// ```
pub trait Subject: fmt::Debug + Send + Sync {
    /// The role that it plays.
    fn role(&self) -> Role;

    /// Why a case says nothing of it, if it cannot honour what the case asks of it: a setting that
    /// it does not have. The case is then not applicable, which is no failure.
    fn declines(&self, plan: &Plan) -> Option<String> {
        let _ = plan;
        None
    }

    /// Whether it is one of this project's own nodes: those are held to every SHOULD, and a run of
    /// theirs that differs from another is a fault of Gauntlet's.
    fn is_ours(&self) -> bool {
        false
    }

    /// What it tells its witness: its testimony, its log, both or nothing. Rules that need what it
    /// does not tell are not observable.
    fn tells(&self) -> &'static [Evidence] {
        &[]
    }

    /// Starts it, with nothing but what it is given: it serves on the door until the future that is
    /// returned is dropped, which is its death. It may be started again, and then knows its genesis.
    fn start(&self, berth: Berth) -> BoxFuture<'static, io::Result<()>>;
}

/// Where a subject starts, and with what.
pub struct Berth {
    /// Where its peers' connections come in: those of the sequencer for a builder, those of users
    /// for a sequencer.
    pub door: Box<dyn Accept>,
    /// How it opens connections.
    pub dial: Dial,
    /// What it is told of the run.
    pub setup: Setup,
}

impl fmt::Debug for Berth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Berth")
            .field("setup", &self.setup)
            .finish_non_exhaustive()
    }
}

/// What a subject is told of the run.
#[derive(Clone, Debug)]
pub enum Setup {
    /// What a builder is told.
    Builder(Box<BuilderSetup>),
    /// What a sequencer is told.
    Sequencer(Box<SequencerSetup>),
}

/// What a builder is told.
#[derive(Clone, Debug)]
pub struct BuilderSetup {
    /// The chain's genesis, in geth's format.
    pub genesis: Arc<str>,
    /// The chain, as that genesis and the plan's forks make it.
    pub spec: Arc<ChainSpec>,
    /// The address that stands in its responses, its `builderPubkey`.
    pub pubkey: Address,
    /// The sequencer whose requests it answers.
    pub sequencer: Address,
    /// The tokens that it is to ask for before it takes a message of the Engine API, if any.
    pub engine_jwt: Option<Jwt>,
    /// How long it is to compute, from the attributes until it has a payload.
    pub build: Duration,
    /// How it computes, for whoever uses this project's nodes.
    pub compute: Compute,
    /// The blocks that it has not lost, from the first one on: it was there before.
    pub blocks: Vec<PublishedBlock>,
    /// Whom it may tell what it does.
    pub witness: Witness,
    /// A memo of the senders of transactions, for whoever uses this project's engine.
    pub senders: Senders,
}

/// What a sequencer is told.
#[derive(Clone, Debug)]
pub struct SequencerSetup {
    /// The chain's genesis, in geth's format.
    pub genesis: Arc<str>,
    /// The chain, as that genesis and the plan's forks make it.
    pub spec: Arc<ChainSpec>,
    /// The time between two blocks.
    pub block_time: Duration,
    /// What remains of a slot after the payload request's timeout.
    pub import_budget: Duration,
    /// How many slots it is to drive; without a number, all.
    pub slots: Option<u64>,
    /// How much time has passed since genesis.
    pub elapsed: Duration,
    /// The key that signs payload requests.
    pub key: SecretKey,
    /// The builder, if there is one.
    pub builder: Option<BuilderTuple>,
    /// Where the network has a builder, registered or not.
    pub builder_url: String,
    /// Where the builder takes messages of the Engine API, if not there.
    pub builder_engine_url: Option<String>,
    /// Makes the tokens that the builder asks for there, if it does.
    pub builder_engine_jwt: Option<Jwt>,
    /// Which block it is to take when both are valid.
    pub selection: SelectionPlan,
    /// How long its local engine is to compute to build a block.
    pub build: Duration,
    /// How long its local engine is to compute to validate the builder's block.
    pub validate: Duration,
    /// How it computes, for whoever uses this project's nodes.
    pub compute: Compute,
    /// Whether browsers' pages may call it: wallets are such.
    pub cors: Cors,
    /// What hinders its local engine.
    pub hindrances: Hindrances,
    /// Its view of L1.
    pub l1: Arc<PlannedL1>,
    /// Whom it hands its blocks to.
    pub follower: Follower,
    /// Who tells it to change its builder or its head.
    pub operator: Operator,
    /// Whom it may tell what it does.
    pub witness: Witness,
    /// A memo of the senders of transactions, for whoever uses this project's engine.
    pub senders: Senders,
}
