//! What happened in a run: a list of typed events, each with its time and its host, and what one
//! has to know to judge them. It can be written and read back, and knows no node's types.
//!
//! | module | what belongs there |
//! |---|---|
//! | `wire` | what crosses a wire |
//! | `following` | what an execution client says of published blocks |
//! | `testimony` | what nodes say of themselves, and what they log |
//! | `recorder` | collects the events of a run, stamps and orders them |
//! | `codec` | a trace as lines of JSON, and back; the digest of all lines |
//! | `body` | a body in JSON |
//! | `evidence` | what a trace can hold |
//! | `judgement` | what an oracle makes of a block |
//! | `opinion` | what an execution client of somebody else's makes of one |
//! | `difference` | where two traces part |

mod body;
mod codec;
mod difference;
mod evidence;
mod following;
mod judgement;
mod opinion;
mod recorder;
mod testimony;
mod wire;

use std::fmt;
use std::sync::Arc;

use alloy_primitives::{Address, B256};
use gauntlet_engine::{ChainSpec, Senders};
use gauntlet_protocol::ExecutionPayloadV2;
use serde::{Deserialize, Serialize};

use crate::chain::Keys;
use crate::plan::{Deed, Plan};

pub use codec::{Digest, Ending, Head, ReadError, Writer};
pub use difference::Difference;
pub use evidence::Evidence;
pub use following::{Followed, FollowerNews};
pub use judgement::Judgement;
pub use opinion::{Opinion, Opinions, PayloadId};
pub use recorder::Recorder;
pub use testimony::{Cause, LogLevel, LogLine, Testimony, Whose};
pub use wire::{Face, Failure, HttpReply, HttpRequest, Wire};

/// Where an event was observed. Hosts of one process stand together, in the order in which events
/// of one instant are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Host {
    /// The users.
    Users,
    /// Whoever operates the sequencer, and L1.
    Operator,
    /// The sequencer.
    Sequencer,
    /// The follower that gets what the sequencer publishes.
    Follower,
    /// The proxy on the link, at the builder's door.
    Proxy,
    /// The builder.
    Builder,
}

impl Host {
    /// The host's name in the network and in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Operator => "operator",
            Self::Sequencer => "sequencer",
            Self::Follower => "follower",
            Self::Proxy => "proxy",
            Self::Builder => "builder",
        }
    }

    /// The process that it is a part of. In a process what happens has an order; what happens in
    /// two of them in one instant has none.
    const fn process(self) -> u8 {
        match self {
            Self::Users => 0,
            Self::Operator | Self::Sequencer | Self::Follower => 1,
            Self::Proxy | Self::Builder => 2,
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When, in microseconds since the run began.
    pub at_us: u64,
    /// Where.
    pub host: Host,
    /// What.
    pub what: What,
}

impl Entry {
    /// Its place in a trace; among those of one place the order of happening counts.
    const fn order(&self) -> (u64, u8) {
        (self.at_us, self.host.process())
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// Something crossed a wire.
    Crossed {
        /// Where.
        face: Face,
        /// What.
        wire: Wire,
    },
    /// A follower got a block.
    Published(PublishedBlock),
    /// The sequencer came back with a block that it had published before this run began.
    Restored(PublishedBlock),
    /// An execution client that follows says something of a block, or nothing any more.
    Followed(Followed),
    /// The operator or L1 did something to the sequencer.
    Did(Act),
    /// The harness interfered with a message at the proxy.
    Interfered {
        /// The exchange that the message is of.
        exchange: u64,
        /// Which of its messages.
        message: Message,
        /// What was done.
        deed: Deed,
    },
    /// A node says something of itself.
    Says(Testimony),
    /// A node logs something.
    Logs(LogLine),
    /// What the plan asks for cannot be: the plan is at fault, not a node.
    Impossible(Arc<str>),
    /// The host's process died.
    Died,
    /// The host's process is back.
    Back,
    /// The host's process broke.
    Panicked(Arc<str>),
    /// So many tasks live in the host's process, as its runtime tells.
    Tasks(u64),
}

/// A block as a follower got it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedBlock {
    /// The block.
    pub payload: Arc<ExecutionPayloadV2>,
    /// The beacon block root that belongs to it.
    pub parent_beacon_block_root: B256,
}

/// Something that is done to a sequencer from outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// The operator sets the builder tuple, to a builder of this key or to none.
    SetBuilder(Option<Address>),
    /// L1 replaces the head by a sibling.
    ReplaceHead,
    /// Somebody else sends the builder something.
    Probe {
        /// The exchange on the builder's face in which it is sent.
        exchange: u64,
        /// Which of the plan's probes it is of, counted from 0 in the order of their times.
        number: u32,
        /// What it is, in few words.
        what: Arc<str>,
    },
}

/// A message of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Message {
    /// The request, before it reached the builder.
    Request,
    /// The reply, after the builder gave it.
    Reply,
}

/// How well the times of a trace are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Clock {
    /// Exactly: it is virtual time.
    Virtual,
    /// As well as a real clock and a real network allow.
    Real {
        /// Within so many microseconds of a bound nothing is concluded.
        guard_us: u64,
    },
}

impl Clock {
    /// The guard band, in microseconds.
    #[must_use]
    pub const fn guard_us(self) -> u64 {
        match self {
            Self::Virtual => 0,
            Self::Real { guard_us } => guard_us,
        }
    }
}

/// The public keys of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKeys {
    /// Who signs payload requests.
    pub sequencer: Address,
    /// The registered builder's, its `builderPubkey`.
    pub builder: Address,
}

impl From<&Keys> for PublicKeys {
    fn from(keys: &Keys) -> Self {
        Self {
            sequencer: keys.sequencer.address(),
            builder: keys.builder,
        }
    }
}

/// A run: the plan, what happened, and what one has to know to judge it.
#[derive(Clone, Debug)]
pub struct Trace {
    /// The plan.
    pub plan: Arc<Plan>,
    /// Who is who.
    pub keys: PublicKeys,
    /// How well times are known.
    pub clock: Clock,
    /// What can be in it: a rule that needs something else is not observable.
    pub holds: Arc<[Evidence]>,
    /// The chain's genesis, in geth's format.
    pub genesis: Arc<str>,
    /// The chain, which follows from genesis and plan.
    pub spec: Arc<ChainSpec>,
    /// The senders that were recovered in the run, a pure function of the transactions: judging
    /// need not recover them again. A transcript has none, and judges the same.
    pub senders: Senders,
    /// What happened, in the order of time, then of processes, then of happening.
    pub entries: Vec<Entry>,
    /// When the run ended, in microseconds since it began.
    pub ended_us: u64,
}

impl Trace {
    /// The blocks that the sequencer had published before this run, and came back with.
    pub fn restored(&self) -> impl Iterator<Item = &PublishedBlock> {
        self.entries.iter().filter_map(|entry| match &entry.what {
            What::Restored(block) => Some(block),
            What::Crossed { .. }
            | What::Published(_)
            | What::Followed(_)
            | What::Did(_)
            | What::Interfered { .. }
            | What::Says(_)
            | What::Logs(_)
            | What::Impossible(_)
            | What::Died
            | What::Back
            | What::Panicked(_)
            | What::Tasks(_) => None,
        })
    }

    /// Puts the events in their order; those of a real run come as they are heard.
    pub fn sort(&mut self) {
        self.entries.sort_by_key(Entry::order);
    }

    /// The chain's id.
    #[must_use]
    pub fn chain_id(&self) -> u64 {
        self.spec.chain_id()
    }
}

/// A time in milliseconds, exactly.
#[must_use]
pub fn time(at_us: u64) -> String {
    match at_us % 1000 {
        0 => format!("{} ms", at_us / 1000),
        rest => format!("{}.{rest:03} ms", at_us / 1000),
    }
}
