//! What happens in a run: plain data, every default explicit, every random choice already made.
//!
//! A plan comes from a scenario file or from a seed, and prints as a scenario file. All times are
//! whole milliseconds of virtual time; times of slots count from the slot's start, times of faults
//! from the start of the run.
//!
//! ```
//! use gauntlet::net::sim;
//! use gauntlet::plan::{Fault, Plan, SlotPlan};
//! use gauntlet::rules;
//!
//! let plan = Plan {
//!     faults: vec![Fault::Dies {
//!         at_ms: 1600,
//!         back_at_ms: None,
//!     }],
//!     slots: vec![SlotPlan::default(); 3],
//!     ..Plan::default()
//! };
//! let verdicts = rules::judge(&sim::run(&plan)?);
//! assert!(verdicts.iter().all(|(_, verdict)| !verdict.is_violated()));
//! # Ok::<(), sim::RunError>(())
//! ```

mod deed;
mod fault;
mod keyed;
mod l1;
mod measure;
mod probe;
mod soak;
mod traffic;

use serde::{Deserialize, Serialize};

pub use deed::Deed;
pub use fault::{Direction, EngineTrouble, Fault, LinkTrouble};
pub use keyed::Keyed;
pub use l1::{DepositPlan, Eip1559Plan, L1Change, L1Plan};
pub use probe::ProbePlan;
pub use soak::Unrepeatable;
pub use traffic::{TrafficKind, TrafficPlan};

/// One run, from genesis to its last slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// What the run shows, in a sentence.
    pub title: String,
    /// The rules that the run is for: they must not be left unexercised.
    pub exercises: Vec<String>,
    /// The key of what is still drawn during the run: jitter, and what traffic sends to whom.
    pub seed: u64,
    /// The chain.
    pub chain: ChainPlan,
    /// L1.
    #[serde(default, skip_serializing_if = "is_default")]
    pub l1: L1Plan,
    /// The links between the hosts.
    pub network: NetworkPlan,
    /// What users send.
    pub traffic: TrafficPlan,
    /// How the sequencer is configured.
    pub sequencer: SequencerPlan,
    /// How the builder is configured.
    pub builder: BuilderPlan,
    /// What befalls hosts and links.
    pub faults: Vec<Fault>,
    /// What happens in each slot; slot k (from 1) makes block k unless the head is replaced.
    pub slots: Vec<SlotPlan>,
}

/// The chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainPlan {
    /// The time between two blocks, a multiple of a second above one, or a divisor of it.
    pub block_time_ms: u64,
    /// The gas limit of every block.
    pub gas_limit: u64,
    /// The slot whose block is the first of Holocene; 0 means that genesis is.
    pub holocene_at_slot: u64,
}

impl Default for ChainPlan {
    fn default() -> Self {
        Self {
            block_time_ms: 2000,
            gas_limit: 30_000_000,
            holocene_at_slot: 0,
        }
    }
}

/// One-way latencies of the links.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkPlan {
    /// From the sequencer to the builder.
    pub sequencer_to_builder_ms: u64,
    /// From the builder to the sequencer.
    pub builder_to_sequencer_ms: u64,
    /// Between the users and the sequencer, either way.
    pub users_ms: u64,
    /// Up to so much more, drawn anew for each write, between the sequencer and the builder.
    pub jitter_ms: u64,
}

impl NetworkPlan {
    /// All links with the same latency, without jitter.
    #[must_use]
    pub fn uniform(latency_ms: u64) -> Self {
        Self {
            sequencer_to_builder_ms: latency_ms,
            builder_to_sequencer_ms: latency_ms,
            users_ms: latency_ms,
            jitter_ms: 0,
        }
    }

    /// The longest that a round trip between the sequencer and the builder takes.
    #[must_use]
    pub fn round_trip_ms(&self) -> u64 {
        self.sequencer_to_builder_ms + self.builder_to_sequencer_ms + 2 * self.jitter_ms
    }

    /// The smallest latency of any link: what bounds the simulation's tick.
    #[must_use]
    pub fn smallest_ms(&self) -> u64 {
        self.sequencer_to_builder_ms
            .min(self.builder_to_sequencer_ms)
            .min(self.users_ms)
    }
}

impl Default for NetworkPlan {
    fn default() -> Self {
        Self::uniform(10)
    }
}

/// How the sequencer is configured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SequencerPlan {
    /// Whether `builderPubkey` is set.
    pub builder_pubkey: bool,
    /// Whether `builderUrl` is set.
    pub builder_url: bool,
    /// What remains of the slot after the request's timeout, to validate, import and publish.
    pub import_budget_ms: u64,
    /// How long the local engine computes to build a block.
    pub build_ms: u64,
    /// How long the local engine computes to validate the builder's block.
    pub validate_ms: u64,
    /// Which block is taken when both are valid.
    pub selection: SelectionPlan,
}

/// Which block is taken when both are valid. DECISION: selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SelectionPlan {
    /// The builder's.
    Builder,
    /// The one of higher value, recomputed; the builder's if equal.
    Value,
    /// The builder's, unless it uses less than a tenth of the local block's gas.
    GasUsed,
}

impl SequencerPlan {
    /// The import budget of a block time: 15 % of it, at most 300 ms, and no more than the timeout
    /// leaves.
    #[must_use]
    pub fn default_import_budget_ms(block_time_ms: u64) -> u64 {
        300.min(block_time_ms * 3 / 20)
            .min(block_time_ms.saturating_sub(200))
    }

    /// What remains of a slot when its block is requested: the request's timeout (line 95), and the
    /// import budget.
    #[must_use]
    pub fn reserved_ms(&self) -> u64 {
        200 + self.import_budget_ms
    }

    /// The defaults for a block time.
    #[must_use]
    pub fn for_block_time(block_time_ms: u64) -> Self {
        Self {
            builder_pubkey: true,
            builder_url: true,
            import_budget_ms: Self::default_import_budget_ms(block_time_ms),
            build_ms: 0,
            validate_ms: 0,
            selection: SelectionPlan::Builder,
        }
    }
}

/// How the builder is configured.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BuilderPlan {
    /// How long the builder computes, from the update with the attributes, until it has a payload.
    pub build_ms: u64,
    /// Whether it asks for tokens before it takes a message of the Engine API.
    #[serde(default, skip_serializing_if = "is_default")]
    pub engine_jwt: bool,
}

/// What happens in a slot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SlotPlan {
    /// What becomes of the builder's reply to the payload request.
    #[serde(skip_serializing_if = "is_default")]
    pub reply: ReplyPlan,
    /// What is done to the payload request on its way.
    #[serde(skip_serializing_if = "is_default")]
    pub request: Option<Deed>,
    /// What becomes of the transactions forwarded in this slot.
    #[serde(skip_serializing_if = "is_default")]
    pub forward: ForwardPlan,
    /// What is done to the fork choice update with this slot's attributes on its way.
    #[serde(skip_serializing_if = "is_default")]
    pub head_update: Option<Deed>,
    /// The attributes say `noTxPool`.
    #[serde(skip_serializing_if = "is_default")]
    pub no_tx_pool: bool,
    /// How many deposits of users the attributes carry after the L1 attributes.
    #[serde(skip_serializing_if = "is_default")]
    pub user_deposits: u32,
    /// The deposits of users that they carry after those, in order.
    #[serde(skip_serializing_if = "is_default")]
    pub deposits: Vec<DepositPlan>,
    /// What L1 says otherwise from this slot on.
    #[serde(skip_serializing_if = "is_default")]
    pub l1: L1Change,
    /// When the head is replaced by a sibling derived from L1, if it is.
    #[serde(skip_serializing_if = "is_default")]
    pub head_replaced_at_ms: Option<u64>,
    /// When the sequencer's builder tuple changes, and to what.
    #[serde(skip_serializing_if = "is_default")]
    pub builder_changes: Option<BuilderChange>,
    /// What somebody else sends to the builder.
    #[serde(skip_serializing_if = "is_default")]
    pub probes: Vec<ProbePlan>,
    /// What the file expects.
    #[serde(skip_serializing_if = "is_default")]
    pub expect: Expectation,
}

/// What becomes of a reply.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReplyPlan {
    /// What is done to it.
    #[serde(skip_serializing_if = "is_default")]
    pub deed: Option<Deed>,
    /// When its last byte reaches the sequencer, counted from when the request was sent. Without
    /// it, as soon as the builder and the link can.
    #[serde(skip_serializing_if = "is_default")]
    pub arrives_at_ms: Option<u64>,
}

/// What becomes of forwarded transactions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForwardPlan {
    /// How many of the first attempts of each transaction fail.
    pub fails: u32,
    /// How they fail.
    #[serde(default, skip_serializing_if = "is_default")]
    pub deed: Option<Deed>,
}

/// A change of the sequencer's builder tuple at run time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BuilderChange {
    /// When.
    pub at_ms: u64,
    /// To what.
    pub to: BuilderSetting,
}

/// What a builder tuple can be set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BuilderSetting {
    /// The key and URL of the builder of the simulation.
    Builder,
    /// Another builder's key, with the same URL.
    AnotherKey,
    /// Nothing.
    Unset,
}

/// What a scenario file expects of a slot, besides the rules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Expectation {
    /// Whose block is published.
    #[serde(skip_serializing_if = "is_default")]
    pub block: Option<Origin>,
    /// How many payload requests are sent.
    #[serde(skip_serializing_if = "is_default")]
    pub requests: Option<u32>,
    /// How many attempts each transaction submitted in this slot is forwarded with.
    #[serde(skip_serializing_if = "is_default")]
    pub forward_attempts: Option<u32>,
}

/// Whose block it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The builder's.
    Builder,
    /// The local engine's.
    Local,
}

/// Whether a value need not be written down.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Default for Plan {
    /// No slots, and everything as it is where a file does not say otherwise.
    fn default() -> Self {
        let chain = ChainPlan::default();
        Self {
            title: String::new(),
            exercises: Vec::new(),
            seed: 0,
            l1: L1Plan::default(),
            network: NetworkPlan::default(),
            traffic: TrafficPlan::default(),
            sequencer: SequencerPlan::for_block_time(chain.block_time_ms),
            builder: BuilderPlan::default(),
            faults: Vec::new(),
            slots: Vec::new(),
            chain,
        }
    }
}

impl Plan {
    /// How long the run takes: all its slots, and then as long as a transaction can be forwarded.
    #[must_use]
    pub fn duration_ms(&self) -> u64 {
        self.slots.len() as u64 * self.chain.block_time_ms + 1500
    }

    /// The largest step of the simulator at which the run is exact: it divides every time at which
    /// something is done from outside, and is not larger than the smallest latency.
    #[must_use]
    pub fn largest_tick_ms(&self) -> u64 {
        self.admissible_ticks_ms().next_back().unwrap_or(1)
    }

    /// Every step of the simulator at which the run is exact, in ascending order.
    pub fn admissible_ticks_ms(&self) -> impl DoubleEndedIterator<Item = u64> {
        (1..=self.network.smallest_ms().min(20))
            .filter(|tick| self.control_times_ms().all(|time| time % tick == 0))
    }

    fn control_times_ms(&self) -> impl Iterator<Item = u64> {
        let of_process = self.faults.iter().filter(|fault| fault.is_of_process());
        of_process.flat_map(|fault| {
            let (at_ms, back_at_ms) = fault.times_ms();
            [Some(at_ms), back_at_ms].into_iter().flatten()
        })
    }
}
