//! Mutants of the liveness failsafe.

use std::sync::Arc;

use gauntlet_sequencer::Parts;

use super::{Mutant, Subject, observed, sequencer};
use crate::mutants::parts::{ask, produce, publish};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "builds-only-if-the-builder-fails",
        about: "The local engine is used as a last resort.",
        subject: Subject::Sequencer,
        killed_by: "failsafe/local-build-always",
        cast: sequencer(|_| Parts {
            produce: produce::local_as_last_resort,
            ..Parts::default()
        }),
        scenarios: &["interaction/healthy-slots"],
    },
    Mutant {
        id: "asks-before-it-builds",
        about: "The local engine begins when the builder has answered.",
        subject: Subject::Sequencer,
        killed_by: "failsafe/concurrent",
        cast: sequencer(|_| Parts {
            produce: produce::builder_first,
            ..Parts::default()
        }),
        scenarios: &["failsafe/concurrent-builds"],
    },
    Mutant {
        id: "builds-before-it-asks",
        about: "The builder is asked when the local engine is done (as in lodestar 5219).",
        subject: Subject::Sequencer,
        killed_by: "failsafe/concurrent",
        cast: sequencer(|_| Parts {
            produce: produce::local_first,
            ..Parts::default()
        }),
        scenarios: &["failsafe/concurrent-builds"],
    },
    Mutant {
        id: "gives-up-after-a-second",
        about: "The builder is given a second, beyond the slot's deadline (from source, h11).",
        subject: Subject::Sequencer,
        killed_by: "failsafe/lives-through-delay",
        cast: sequencer(|_| Parts {
            ask: ask::timeout_ms(1000),
            ..Parts::default()
        }),
        scenarios: &["failsafe/never"],
    },
    Mutant {
        id: "stops-when-the-builder-is-down",
        about: "There is no block when the builder cannot be reached (as in rollup-boost 38).",
        subject: Subject::Sequencer,
        killed_by: "failsafe/lives-through-outage",
        cast: sequencer(|_| Parts {
            produce: produce::nothing_after_an_outage,
            ..Parts::default()
        }),
        scenarios: &["history/38-builder-down"],
    },
    Mutant {
        id: "stops-at-an-invalid-payload",
        about: "There is no block when the builder's is invalid.",
        subject: Subject::Sequencer,
        killed_by: "failsafe/lives-through-invalid-payload",
        cast: sequencer(|_| Parts {
            produce: produce::nothing_if_invalid,
            ..Parts::default()
        }),
        scenarios: &["get-payload/wrong-state-root"],
    },
    Mutant {
        id: "waits-for-ever",
        about: "The payload request has no timeout.",
        subject: Subject::Sequencer,
        killed_by: "failsafe/one-block-by-the-deadline",
        cast: sequencer(|_| Parts {
            ask: ask::timeout_ms(u64::from(u32::MAX)),
            ..Parts::default()
        }),
        scenarios: &["failsafe/never"],
    },
    Mutant {
        id: "asks-half-a-second-late",
        about: "The request leaves when the slot is nearly over (as in mev-boost 517).",
        subject: Subject::Sequencer,
        killed_by: "failsafe/one-block-by-the-deadline",
        cast: sequencer(|_| Parts {
            ask: Arc::new(ask::AfterMs(500)),
            ..Parts::default()
        }),
        scenarios: &["failsafe/never"],
    },
    Mutant {
        id: "publishes-twice",
        about: "Each block is published twice (as in mev-boost-relay 365).",
        subject: Subject::Sequencer,
        killed_by: "failsafe/one-block-per-height",
        cast: observed(publish::each_block_twice),
        scenarios: &["interaction/healthy-slots"],
    },
    Mutant {
        id: "bans-the-builder",
        about: "The builder is asked no more once it failed (as in rollup-boost 447).",
        subject: Subject::Sequencer,
        killed_by: "failsafe/builder-used-again",
        cast: sequencer(|_| Parts {
            ask: Arc::new(ask::UntilItFails::default()),
            ..Parts::default()
        }),
        scenarios: &["failsafe/http-500"],
    },
];
