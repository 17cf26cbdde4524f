//! Which keys there are, and where.

/// A table of the format: how messages call its place, and its keys.
#[derive(Debug)]
pub(super) struct Keys {
    /// Where a key of it stands, to follow "unknown key … ".
    pub(super) place: &'static str,
    /// Its keys, in the order in which they are printed.
    pub(super) all: &'static [&'static str],
}

pub(super) const TOP: Keys = Keys {
    place: "at the top of the file",
    all: &[
        "title",
        "for",
        "seed",
        "slots",
        "chain",
        "network",
        "traffic",
        "sequencer",
        "builder",
        "fault",
        "slot",
    ],
};

pub(super) const CHAIN: Keys = Keys {
    place: "in `[chain]`",
    all: &["block_time_ms", "gas_limit", "holocene_at_slot"],
};

pub(super) const NETWORK: Keys = Keys {
    place: "in `[network]`",
    all: &[
        "latency_ms",
        "sequencer_to_builder_ms",
        "builder_to_sequencer_ms",
        "users_ms",
        "jitter_ms",
    ],
};

pub(super) const TRAFFIC: Keys = Keys {
    place: "in `[traffic]`",
    all: &["transactions_per_slot"],
};

pub(super) const SEQUENCER: Keys = Keys {
    place: "in `[sequencer]`",
    all: &[
        "builder_pubkey",
        "builder_url",
        "import_budget_ms",
        "build_ms",
        "validate_ms",
        "selection",
    ],
};

pub(super) const BUILDER: Keys = Keys {
    place: "in `[builder]`",
    all: &["build_ms"],
};

pub(super) const FAULT: Keys = Keys {
    place: "in `[[fault]]`",
    all: &[
        "kind",
        "at_ms",
        "back_at_ms",
        "direction",
        "from_ms",
        "until_ms",
    ],
};

pub(super) const SLOT: Keys = Keys {
    place: "in `[[slot]]`",
    all: &[
        "number",
        "builder",
        "request",
        "forward",
        "fork_choice",
        "attributes",
        "head_replaced_at_ms",
        "builder_changes",
        "expect",
    ],
};

pub(super) const REPLY: Keys = Keys {
    place: "in the slot's `builder`",
    all: &[
        "reply",
        "status",
        "code",
        "bytes",
        "every_ms",
        "arrives_at_ms",
    ],
};

pub(super) const FORWARD: Keys = Keys {
    place: "in the slot's `forward`",
    all: &["fails", "how"],
};

pub(super) const ATTRIBUTES: Keys = Keys {
    place: "in the slot's `attributes`",
    all: &["no_tx_pool", "user_deposits"],
};

pub(super) const BUILDER_CHANGES: Keys = Keys {
    place: "in the slot's `builder_changes`",
    all: &["at_ms", "to"],
};

pub(super) const EXPECT: Keys = Keys {
    place: "in the slot's `expect`",
    all: &["block", "requests", "forward_attempts"],
};

/// Every table of the format.
pub(super) const TABLES: [&Keys; 13] = [
    &TOP,
    &CHAIN,
    &NETWORK,
    &TRAFFIC,
    &SEQUENCER,
    &BUILDER,
    &FAULT,
    &SLOT,
    &REPLY,
    &FORWARD,
    &ATTRIBUTES,
    &BUILDER_CHANGES,
    &EXPECT,
];
