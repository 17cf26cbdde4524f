//! Mutants that do not cope with a local engine that does not do what it is asked.

use gauntlet_sequencer::Parts;

use super::{Mutant, Subject, sequencer};
use crate::mutants::parts::{admission, engine, publish};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "discards-the-builders-block-if-local-fails",
        about: "An error of the local engine ends the slot (from source, h3).",
        subject: Subject::Sequencer,
        killed_by: "failsafe/local-engine-down",
        variant: sequencer(|_| Parts {
            produce: engine::nothing_without_a_local_block,
            ..Parts::default()
        }),
        scenarios: &[
            "failsafe/local-engine-fails",
            "history/h3-local-engine-fails",
        ],
    },
    Mutant {
        id: "waits-for-the-local-engine",
        about: "The builder's block waits for a local one (as in lodestar 5219).",
        subject: Subject::Sequencer,
        killed_by: "failsafe/local-engine-down",
        variant: sequencer(|_| Parts {
            produce: engine::wait_for_local,
            ..Parts::default()
        }),
        scenarios: &["failsafe/local-engine-stalls"],
    },
    Mutant {
        id: "breaks-without-a-payload-id",
        about: "It panics when the local engine builds nothing (as in rollup-boost 125 and 127).",
        subject: Subject::Sequencer,
        killed_by: "failsafe/sequencer-never-panics",
        variant: sequencer(|_| Parts {
            produce: engine::expect_local,
            ..Parts::default()
        }),
        scenarios: &["history/125-no-payload-id"],
    },
    Mutant {
        id: "stops-at-a-failed-import",
        about: "Once an import failed nothing is imported any more (as in optimism 22585).",
        subject: Subject::Sequencer,
        killed_by: "failsafe/goes-on-after-the-engine",
        variant: sequencer(|_| Parts {
            settle: engine::until_an_import_fails(),
            ..Parts::default()
        }),
        scenarios: &[
            "failsafe/imports-fail",
            "history/22585-import-fails-after-publishing",
        ],
    },
    Mutant {
        id: "believes-syncing",
        about: "SYNCING counts as valid (as in rollup-boost 492).",
        subject: Subject::Sequencer,
        killed_by: "failsafe/syncing-is-not-valid",
        variant: sequencer(|_| Parts {
            admission: admission::executed_by(engine::syncing_is_valid),
            ..Parts::default()
        }),
        scenarios: &["history/492-syncing-is-not-valid"],
    },
    Mutant {
        id: "publishes-what-it-cannot-import",
        about: "A block is published before it is imported, and stays so (as in optimism 22585).",
        subject: Subject::Sequencer,
        killed_by: "failsafe/nothing-unimported-is-published",
        variant: sequencer(|_| Parts {
            settle: publish::whatever_it_is(),
            ..Parts::default()
        }),
        scenarios: &["failsafe/imports-fail"],
    },
];
