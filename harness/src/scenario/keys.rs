//! Which keys there are, and where.

use crate::faults::{self, On};

/// A table of the format: how messages call its place, and its keys.
#[derive(Debug)]
pub(super) struct Keys {
    /// Where a key of it stands, to follow "unknown key … ".
    pub(super) place: &'static str,
    /// Its keys, in the order in which they are printed.
    own: &'static [&'static str],
    /// What the faults are done to whose parameters are keys of it, after its own.
    faults_on: Option<On>,
    /// Its keys that come after those.
    last: &'static [&'static str],
}

impl Keys {
    const fn of(place: &'static str, own: &'static [&'static str]) -> Self {
        Self {
            place,
            own,
            faults_on: None,
            last: &[],
        }
    }

    /// Every key: those of the table itself, and the parameters of faults.
    pub(super) fn all(&self) -> impl Iterator<Item = &'static str> {
        let parameters = self.faults_on.map(faults::parameters).unwrap_or_default();
        let (own, last) = (self.own.iter().copied(), self.last.iter().copied());
        own.chain(parameters).chain(last)
    }

    /// Whether there is such a key.
    pub(super) fn has(&self, key: &str) -> bool {
        self.own.contains(&key)
            || self.last.contains(&key)
            || self.faults_on.is_some() && self.all().any(|of| of == key)
    }
}

pub(super) const TOP: Keys = Keys::of(
    "at the top of the file",
    &[
        "title",
        "for",
        "seed",
        "slots",
        "matrix",
        "chain",
        "l1",
        "network",
        "traffic",
        "sequencer",
        "builder",
        "fault",
        "slot",
    ],
);

pub(super) const CHAIN: Keys = Keys::of(
    "in `[chain]`",
    &["block_time_ms", "gas_limit", "holocene_at_slot"],
);

pub(super) const L1: Keys = Keys::of("in `[l1]`", &["block_time_s"]);

pub(super) const NETWORK: Keys = Keys::of(
    "in `[network]`",
    &[
        "latency_ms",
        "sequencer_to_builder_ms",
        "builder_to_sequencer_ms",
        "users_ms",
        "jitter_ms",
    ],
);

pub(super) const TRAFFIC: Keys = Keys::of(
    "in `[traffic]`",
    &["transactions_per_slot", "kinds", "questions", "mistakes"],
);

pub(super) const SEQUENCER: Keys = Keys::of(
    "in `[sequencer]`",
    &[
        "builder_pubkey",
        "builder_url",
        "import_budget_ms",
        "build_ms",
        "validate_ms",
        "selection",
    ],
);

pub(super) const BUILDER: Keys = Keys::of("in `[builder]`", &["build_ms", "engine_jwt"]);

pub(super) const FAULT: Keys = Keys::of(
    "in `[[fault]]`",
    &[
        "kind",
        "at_ms",
        "back_at_ms",
        "direction",
        "by_ms",
        "percent",
        "loses_blocks",
        "from_ms",
        "until_ms",
    ],
);

pub(super) const SLOT: Keys = Keys::of(
    "in `[[slot]]`",
    &[
        "number",
        "builder",
        "request",
        "forward",
        "fork_choice",
        "attributes",
        "l1",
        "head_replaced_at_ms",
        "builder_changes",
        "probes",
        "expect",
    ],
);

pub(super) const REPLY: Keys = Keys {
    faults_on: Some(On::PayloadReply),
    last: &["arrives_at_ms"],
    ..Keys::of("in the slot's `builder`", &["reply"])
};

pub(super) const FORWARD: Keys = Keys {
    faults_on: Some(On::ForwardedTransaction),
    ..Keys::of("in the slot's `forward`", &["fails", "how"])
};

pub(super) const ATTRIBUTES: Keys = Keys::of(
    "in the slot's `attributes`",
    &["no_tx_pool", "user_deposits", "deposits"],
);

pub(super) const SLOT_L1: Keys = Keys::of(
    "in the slot's `l1`",
    &[
        "gas_limit",
        "denominator",
        "elasticity",
        "base_fee_wei",
        "blob_base_fee_wei",
        "base_fee_scalar",
        "blob_base_fee_scalar",
    ],
);

pub(super) const BUILDER_CHANGES: Keys =
    Keys::of("in the slot's `builder_changes`", &["at_ms", "to"]);

pub(super) const PROBE: Keys = Keys::of(
    "in one of the slot's `probes`",
    &["send", "member", "written", "at_ms", "times"],
);

pub(super) const EXPECT: Keys = Keys::of(
    "in the slot's `expect`",
    &["block", "requests", "forward_attempts"],
);

/// Every table of the format.
pub(super) const TABLES: &[&Keys] = &[
    &TOP,
    &CHAIN,
    &L1,
    &NETWORK,
    &TRAFFIC,
    &SEQUENCER,
    &BUILDER,
    &FAULT,
    &SLOT,
    &REPLY,
    &FORWARD,
    &ATTRIBUTES,
    &SLOT_L1,
    &BUILDER_CHANGES,
    &PROBE,
    &EXPECT,
];
