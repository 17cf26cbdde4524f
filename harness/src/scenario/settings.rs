//! The tables that hold for the whole run: chain, network, traffic, sequencer, builder.

use super::keys::{BUILDER, CHAIN, NETWORK, SEQUENCER, TRAFFIC};
use super::limits::{
    BLOCK_TIME_MS, COMPUTING_MS, GAS_LIMIT, JITTER_MS, LATENCY_MS, SLOTS, TIMEOUT_MS,
    TRANSACTIONS_PER_SLOT,
};
use super::nearest::{listed, nearest, short};
use super::problem::Problem;
use super::section::Section;
use super::words::SettingWord;
use crate::plan::{BuilderPlan, ChainPlan, NetworkPlan, SequencerPlan, TrafficKind, TrafficPlan};

/// What the checks of slots and faults need to know of the settings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timing {
    /// The time between two blocks.
    pub(super) block_time_ms: u64,
    /// When the payload request goes out, counted from the slot's start.
    pub(super) request_at_ms: u64,
    /// From the sequencer to the builder.
    pub(super) sequencer_to_builder_ms: u64,
    /// From the builder to the sequencer.
    pub(super) builder_to_sequencer_ms: u64,
    /// How much longer a write can take.
    pub(super) jitter_ms: u64,
    /// How long the local engine computes to build a block.
    pub(super) local_build_ms: u64,
    /// How long the builder computes.
    pub(super) builder_build_ms: u64,
    /// How many transactions users send in a slot.
    pub(super) transactions_per_slot: u32,
}

impl Timing {
    pub(super) fn new(
        chain: &ChainPlan,
        network: &NetworkPlan,
        sequencer: &SequencerPlan,
        builder: &BuilderPlan,
        traffic: &TrafficPlan,
    ) -> Self {
        Self {
            block_time_ms: chain.block_time_ms,
            request_at_ms: chain.block_time_ms - TIMEOUT_MS - sequencer.import_budget_ms,
            sequencer_to_builder_ms: network.sequencer_to_builder_ms,
            builder_to_sequencer_ms: network.builder_to_sequencer_ms,
            jitter_ms: network.jitter_ms,
            local_build_ms: sequencer.build_ms,
            builder_build_ms: builder.build_ms,
            transactions_per_slot: traffic.transactions_per_slot,
        }
    }

    /// When a reply that needs no payload can arrive at the earliest, counted from its request.
    pub(super) fn round_trip_ms(&self) -> u64 {
        self.sequencer_to_builder_ms + self.builder_to_sequencer_ms
    }

    /// When a payload can arrive at the earliest, counted from its request: the builder computes
    /// from the update at the slot's start on.
    pub(super) fn earliest_payload_ms(&self) -> u64 {
        let still_computing_ms = self.builder_build_ms.saturating_sub(self.request_at_ms);
        self.round_trip_ms() + still_computing_ms
    }
}

pub(super) fn chain(top: &Section<'_>) -> ChainPlan {
    let mut chain = ChainPlan::default();
    let Some(section) = top.section("chain", &CHAIN) else {
        return chain;
    };
    if let Some(block_time) = section.number("block_time_ms", BLOCK_TIME_MS) {
        chain.block_time_ms = *block_time.get_ref();
        if 1000 % chain.block_time_ms != 0 && !chain.block_time_ms.is_multiple_of(1000) {
            section.report(|| {
                Problem::at(
                    block_time.span(),
                    "`block_time_ms` does not fit whole seconds",
                    "neither a divisor nor a multiple of 1000",
                )
                .advise(
                    "timestamps are whole seconds: `block_time_ms` is 200, 250, 500 or a multiple \
                     of 1000",
                )
            });
        }
    }
    chain.gas_limit = section.number_or("gas_limit", GAS_LIMIT, chain.gas_limit);
    if let Some(slot) = section.number("holocene_at_slot", 0..=*SLOTS.end()) {
        chain.holocene_at_slot = *slot.get_ref();
        let per_second = 1.max(1000 / chain.block_time_ms);
        if !chain.holocene_at_slot.is_multiple_of(per_second) {
            section.report(|| {
                Problem::at(
                    slot.span(),
                    "Holocene cannot begin within a second",
                    "has the timestamp of the slot before",
                )
                .advise(format!(
                    "a fork begins at a timestamp: with a block every {} ms, \
                     `holocene_at_slot` is a multiple of {per_second}",
                    chain.block_time_ms
                ))
            });
        }
    }
    chain
}

pub(super) fn network(top: &Section<'_>) -> NetworkPlan {
    let Some(section) = top.section("network", &NETWORK) else {
        return NetworkPlan::default();
    };
    let all = match section.number("latency_ms", LATENCY_MS) {
        Some(latency_ms) => NetworkPlan::uniform(latency_ms.into_inner()),
        None => NetworkPlan::default(),
    };
    let latency = |key, all_ms| section.number_or(key, LATENCY_MS, all_ms);
    NetworkPlan {
        sequencer_to_builder_ms: latency("sequencer_to_builder_ms", all.sequencer_to_builder_ms),
        builder_to_sequencer_ms: latency("builder_to_sequencer_ms", all.builder_to_sequencer_ms),
        users_ms: latency("users_ms", all.users_ms),
        jitter_ms: section.number_or("jitter_ms", JITTER_MS, all.jitter_ms),
    }
}

pub(super) fn traffic(top: &Section<'_>) -> TrafficPlan {
    let mut traffic = TrafficPlan::default();
    if let Some(section) = top.section("traffic", &TRAFFIC) {
        traffic.transactions_per_slot = section.number_or(
            "transactions_per_slot",
            TRANSACTIONS_PER_SLOT,
            traffic.transactions_per_slot,
        );
        traffic.kinds = kinds(&section);
        traffic.questions = section.flag("questions").unwrap_or(false);
        traffic.mistakes = section.flag("mistakes").unwrap_or(false);
    }
    traffic
}

fn kinds(section: &Section<'_>) -> Vec<TrafficKind> {
    let words = || TrafficKind::ALL.iter().map(|kind| kind.word());
    let mut kinds = Vec::new();
    for said in section.texts("kinds") {
        let word = *said.get_ref();
        if let Some(kind) = TrafficKind::ALL.iter().find(|kind| kind.word() == word) {
            kinds.push(*kind);
            continue;
        }
        section.report(|| {
            let problem = Problem::at(
                said.span(),
                format!("`{}` is no kind of transaction", short(word)),
                "users do not send it",
            );
            let problem = match nearest(word, words()) {
                Some(meant) => problem.advise(format!("did you mean `{meant}`?")),
                None => problem,
            };
            problem.advise(listed("the kinds are", words()))
        });
    }
    kinds
}

pub(super) fn sequencer(top: &Section<'_>, chain: &ChainPlan) -> SequencerPlan {
    let mut sequencer = SequencerPlan::for_block_time(chain.block_time_ms);
    let Some(section) = top.section("sequencer", &SEQUENCER) else {
        return sequencer;
    };
    let is_set = |key| section.word_or(key, SettingWord::Set) == SettingWord::Set;
    sequencer.builder_pubkey = is_set("builder_pubkey");
    sequencer.builder_url = is_set("builder_url");
    if let Some(budget) = section.number("import_budget_ms", COMPUTING_MS) {
        sequencer.import_budget_ms = *budget.get_ref();
        if TIMEOUT_MS + sequencer.import_budget_ms > chain.block_time_ms {
            section.report(|| {
                Problem::at(
                    budget.span(),
                    "`import_budget_ms` leaves no time for the payload request",
                    format!(
                        "with the timeout of {TIMEOUT_MS} ms, longer than a slot of {} ms",
                        chain.block_time_ms
                    ),
                )
                .advise(format!(
                    "`import_budget_ms` is at most {}",
                    chain.block_time_ms.saturating_sub(TIMEOUT_MS)
                ))
            });
        }
    }
    if let Some(build) = section.number("build_ms", COMPUTING_MS) {
        sequencer.build_ms = *build.get_ref();
        let left_ms = TIMEOUT_MS + sequencer.import_budget_ms;
        if sequencer.build_ms > left_ms {
            section.report(|| {
                Problem::at(
                    build.span(),
                    "the local engine never has a block in time",
                    format!("it begins {left_ms} ms before the end of the slot"),
                )
                .advise(format!(
                    "`build_ms` is at most {left_ms}: {TIMEOUT_MS} ms and `import_budget_ms`"
                ))
            });
        }
    }
    sequencer.validate_ms = section.number_or("validate_ms", COMPUTING_MS, 0);
    sequencer.selection = section.word_or("selection", sequencer.selection);
    sequencer
}

pub(super) fn builder(top: &Section<'_>) -> BuilderPlan {
    let mut builder = BuilderPlan::default();
    if let Some(section) = top.section("builder", &BUILDER) {
        builder.build_ms = section.number_or("build_ms", COMPUTING_MS, builder.build_ms);
        builder.engine_jwt = section.flag("engine_jwt").unwrap_or(false);
    }
    builder
}
