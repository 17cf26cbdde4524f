//! Mutants that leave something behind.

use std::sync::Arc;

use gauntlet_sequencer::Parts;

use super::{Mutant, Subject, builder, sequencer};
use crate::mutants::parts::growth;
use crate::world::Variant;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "leaves-a-task-for-each-request",
        about: "Whatever watches over a payload request does not end with it.",
        subject: Subject::Sequencer,
        killed_by: "failsafe/no-task-is-left",
        variant: sequencer(|_| Parts {
            ask: Arc::new(growth::Watched),
            ..Parts::default()
        }),
        scenarios: &["failsafe/hundred-failures"],
    },
    Mutant {
        id: "leaves-a-task-for-each-transaction",
        about: "Whatever watches over a forwarded transaction does not end with it.",
        subject: Subject::Sequencer,
        killed_by: "failsafe/no-task-is-left",
        variant: sequencer(|_| Parts {
            forward: Arc::new(growth::ForwardWatched::default()),
            ..Parts::default()
        }),
        scenarios: &["forward-transaction/hundred-failures"],
    },
    Mutant {
        id: "pauses-before-a-retry",
        about: "Forwarding is tried again after a tenth of a second.",
        subject: Subject::Sequencer,
        killed_by: "forward-transaction/bounded",
        variant: sequencer(|_| Parts {
            forward: Arc::new(growth::Reluctant),
            ..Parts::default()
        }),
        scenarios: &["forward-transaction/all-retries-fail"],
    },
    Mutant {
        id: "leaves-a-task-for-each-payload",
        about: "A job that was asked for is watched over for ever.",
        subject: Subject::Builder,
        killed_by: "failsafe/builder-leaves-no-task",
        variant: builder(|| gauntlet_builder::Parts {
            select: growth::watched_job,
            ..gauntlet_builder::Parts::default()
        }),
        scenarios: &["failsafe/hundred-failures"],
    },
    Mutant {
        id: "keeps-spare-connections",
        about: "For each connection that is opened another one is, which nothing uses or closes.",
        subject: Subject::Sequencer,
        killed_by: "failsafe/connections-are-bounded",
        variant: Variant {
            dial: growth::with_spares,
            ..Variant::honest()
        },
        scenarios: &["failsafe/hundred-failures"],
    },
];
