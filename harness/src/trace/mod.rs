//! What happened in a run: a list of typed events, each with its virtual time and its host.
//!
//! Wire events are tapped in `gauntlet_rpc`, node events are reported by the nodes, and the harness
//! adds what it did itself. Checkers observe and never steer.
//!
//! | module | what belongs there |
//! |---|---|
//! | `recorder` | collects the events of a run, stamps and orders them |
//! | `json` | a trace for a machine: a line an event, and the digest of all lines |
//! | `text` | a trace for a person |
//! | `judgement` | what an oracle makes of a block |
//! | `difference` | where two traces part |

mod body;
mod difference;
mod json;
mod judgement;
mod recorder;
mod testimony;
mod text;
mod wire;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use gauntlet_builder::Event as BuilderEvent;
use gauntlet_engine::ChainSpec;
use gauntlet_rpc::WireEvent;
use gauntlet_sequencer::Event as SequencerEvent;

use crate::chain::Keys;
use crate::plan::Plan;

pub use difference::Difference;
pub use json::{Digest, digest, lines};
pub use judgement::Judgement;
pub use recorder::Recorder;
pub use testimony::{Cause, LogLevel, LogLine, Testimony, Whose};
pub use text::{Reading, render, time};
pub use wire::{Face, Failure, HttpReply, HttpRequest, Wire};

/// Who an event happened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Host {
    /// The users.
    Users,
    /// The sequencer.
    Sequencer,
    /// The builder.
    Builder,
}

impl Host {
    /// The host's name in the network and in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Sequencer => "sequencer",
            Self::Builder => "builder",
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Entry {
    /// When, in microseconds since the run began.
    pub at_us: u64,
    /// To whom.
    pub host: Host,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum What {
    /// Something crossed the wire.
    Wire(WireEvent),
    /// The sequencer did something.
    Sequencer(SequencerEvent),
    /// The builder did something.
    Builder(BuilderEvent),
    /// The harness interfered with a message at the builder's door.
    Tampered {
        /// The message's method.
        method: Arc<str>,
        /// The id of its request as JSON.
        id: Arc<str>,
        /// How.
        how: Tampering,
    },
    /// What the plan asks for cannot be: the plan is at fault, not a node.
    Impossible(String),
    /// The host's process died.
    Died,
    /// The host's process is back.
    Back,
}

/// How the harness interfered with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tampering {
    /// The request was altered, lost or answered before it reached the node.
    Request(String),
    /// The reply was altered or lost after the node gave it.
    Reply(String),
    /// The reply was held back after the node gave it.
    Delay(String),
}

/// A run: the plan, what happened, and what is known of it besides.
#[derive(Clone, Debug)]
pub struct Trace {
    /// The plan.
    pub plan: Arc<Plan>,
    /// What happened, in the order of time, then of hosts, then of happening.
    pub entries: Vec<Entry>,
    /// What the oracle makes of the blocks in it, by the index of the entry that has one.
    pub judgements: BTreeMap<usize, Judgement>,
    /// Who is who.
    pub keys: Keys,
    /// The chain.
    pub spec: Arc<ChainSpec>,
}

impl Trace {
    /// The digest of the whole trace: equal if and only if every line is.
    #[must_use]
    pub fn digest(&self) -> Digest {
        digest(self)
    }

    /// The chain's id.
    #[must_use]
    pub fn chain_id(&self) -> u64 {
        self.spec.chain_id()
    }
}
