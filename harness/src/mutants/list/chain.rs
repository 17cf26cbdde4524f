//! Mutants of what is published, and on what.

use gauntlet_sequencer::Parts;

use super::{Mutant, Subject, sequencer};
use crate::mutants::parts::{derive, publish};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "builds-on-a-dead-head",
        about: "A head that is replaced changes nothing in the slot: its block is built on the old one.",
        subject: Subject::Sequencer,
        killed_by: "failsafe/reorg-in-flight",
        variant: sequencer(|_| Parts {
            begins_again: false,
            settle: publish::whatever_it_is(),
            ..Parts::default()
        }),
        scenarios: &["interaction/head-replaced-in-flight"],
    },
    Mutant {
        id: "publishes-what-it-does-not-import",
        about: "A block is published and not imported: the next one has the same parent.",
        subject: Subject::Sequencer,
        killed_by: "chain/extends-the-head",
        variant: sequencer(|_| Parts {
            settle: publish::without_importing(),
            ..Parts::default()
        }),
        scenarios: &["interaction/healthy-slots"],
    },
    Mutant {
        id: "publishes-and-then-imports",
        about: "A block is published, and imported then (as in optimism 22585).",
        subject: Subject::Sequencer,
        killed_by: "failsafe/published-block-is-imported",
        variant: sequencer(|_| Parts {
            settle: publish::before_importing(),
            ..Parts::default()
        }),
        scenarios: &[
            "interaction/healthy-slots",
            "history/h1-published-before-it-is-executed",
        ],
    },
    Mutant {
        id: "builds-locally-a-second-late",
        about: "The timestamp of the local block is a second late.",
        subject: Subject::Sequencer,
        killed_by: "chain/timestamps",
        variant: sequencer(|_| derive::building(derive::a_second_late)),
        scenarios: &["failsafe/local-deposits", "history/h11-no-overall-deadline"],
    },
    Mutant {
        id: "publishes-another-base-fee",
        about: "Followers get blocks whose base fee is a wei too high.",
        subject: Subject::Sequencer,
        killed_by: "chain/fee-rules",
        variant: sequencer(|setup| Parts {
            settle: publish::with_another_base_fee(&setup.follower),
            ..Parts::default()
        }),
        scenarios: &["chain/parameters-change"],
    },
    Mutant {
        id: "loses-what-gave-way",
        about: "Local blocks have nothing of the pool: what gave way does not return.",
        subject: Subject::Sequencer,
        killed_by: "chain/reverted-transactions-return",
        variant: sequencer(|_| derive::building(derive::nothing_of_the_pool)),
        scenarios: &["interaction/head-replaced-in-flight"],
    },
    Mutant {
        id: "includes-again",
        about: "Followers get each block with the last transaction of the one before once more.",
        subject: Subject::Sequencer,
        killed_by: "chain/included-once",
        variant: sequencer(|setup| Parts {
            settle: publish::with_what_was_before(&setup.follower),
            ..Parts::default()
        }),
        scenarios: &["interaction/healthy-slots", "history/365-double-delivery"],
    },
];
