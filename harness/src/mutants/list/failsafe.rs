//! Mutants of the liveness failsafe.

use std::sync::Arc;

use gauntlet_sequencer::Parts;

use super::{Mutant, Subject, builder, sequencer};
use crate::mutants::parts::{admission, ask, builder as parts, produce, publish};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "builds-only-if-the-builder-fails",
        about: "The local engine is used as a last resort.",
        subject: Subject::Sequencer,
        killed_by: "failsafe/local-build-always",
        variant: sequencer(|_| Parts {
            produce: produce::local_as_last_resort,
            ..Parts::default()
        }),
        scenarios: &["failsafe/concurrent-builds"],
    },
    Mutant {
        id: "asks-before-it-builds",
        about: "The local engine begins when the builder has answered.",
        subject: Subject::Sequencer,
        killed_by: "failsafe/concurrent",
        variant: sequencer(|_| Parts {
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
        variant: sequencer(|_| Parts {
            produce: produce::local_first,
            ..Parts::default()
        }),
        scenarios: &[
            "failsafe/concurrent-builds",
            "history/5219-waits-for-the-slow-side",
        ],
    },
    Mutant {
        id: "gives-up-after-a-second",
        about: "The builder is given a second, beyond the slot's deadline (from source, h11).",
        subject: Subject::Sequencer,
        killed_by: "failsafe/lives-through-delay",
        variant: sequencer(|_| Parts {
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
        variant: sequencer(|_| Parts {
            produce: produce::nothing_after_an_outage,
            ..Parts::default()
        }),
        scenarios: &["history/38-builder-down", "history/4274-dead-peer-and-502"],
    },
    Mutant {
        id: "stops-at-an-invalid-payload",
        about: "There is no block when the builder's is invalid.",
        subject: Subject::Sequencer,
        killed_by: "failsafe/lives-through-invalid-payload",
        variant: sequencer(|_| Parts {
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
        variant: sequencer(|_| Parts {
            ask: ask::timeout_ms(u64::from(u32::MAX)),
            ..Parts::default()
        }),
        scenarios: &[
            "failsafe/never",
            "history/h9-body-without-bound",
            "history/h10-timeout-ends-at-the-headers",
        ],
    },
    Mutant {
        id: "asks-half-a-second-late",
        about: "The request leaves when the slot is nearly over (as in mev-boost 517).",
        subject: Subject::Sequencer,
        killed_by: "failsafe/one-block-by-the-deadline",
        variant: sequencer(|_| Parts {
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
        variant: sequencer(|_| Parts {
            settle: publish::each_block_twice(),
            ..Parts::default()
        }),
        scenarios: &["interaction/healthy-slots"],
    },
    Mutant {
        id: "bans-the-builder",
        about: "The builder is asked no more once it failed (as in rollup-boost 447).",
        subject: Subject::Sequencer,
        killed_by: "failsafe/builder-used-again",
        variant: sequencer(|_| Parts {
            ask: Arc::new(ask::UntilItFails::default()),
            ..Parts::default()
        }),
        scenarios: &[
            "failsafe/http-500",
            "history/447-stuck-after-an-outage",
            "history/452-connects-are-dropped",
        ],
    },
    Mutant {
        id: "breaks-at-an-invalid-payload",
        about: "A payload that is invalid is an error that nobody expected: the process panics.",
        subject: Subject::Sequencer,
        killed_by: "failsafe/sequencer-never-panics",
        variant: sequencer(|_| Parts {
            admission: admission::executed_by(admission::expect_valid),
            ..Parts::default()
        }),
        scenarios: &["get-payload/wrong-state-root"],
    },
    Mutant {
        id: "breaks-at-a-known-transaction",
        about: "A transaction that it has is an error that nobody expected: the process panics.",
        subject: Subject::Builder,
        killed_by: "failsafe/builder-never-panics",
        variant: builder(|| gauntlet_builder::Parts {
            accept: parts::expect_new,
            ..gauntlet_builder::Parts::default()
        }),
        scenarios: &["forward-transaction/no-answer"],
    },
];
