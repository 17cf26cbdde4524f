//! Mutants of how the builder is kept on the head.

use gauntlet_sequencer::{Feeds, Parts};

use super::{Mutant, Subject, sequencer};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "feeds-no-local-blocks",
        about: "The builder is handed its own blocks, and not those of the local engine.",
        subject: Subject::Sequencer,
        killed_by: "interaction/every-block-is-fed",
        variant: sequencer(|_| {
            feeding(Feeds {
                local_heads: false,
                ..Feeds::default()
            })
        }),
        scenarios: &["interaction/blocks-of-both"],
    },
    Mutant {
        id: "feeds-no-replaced-heads",
        about: "The builder is not told that its head gave way to a sibling.",
        subject: Subject::Sequencer,
        killed_by: "interaction/every-block-is-fed",
        variant: sequencer(|_| {
            feeding(Feeds {
                replaced_heads: false,
                ..Feeds::default()
            })
        }),
        scenarios: &["interaction/head-replaced-before-the-request"],
    },
    Mutant {
        id: "tells-no-heads",
        about: "The builder is told of heads with attributes only.",
        subject: Subject::Sequencer,
        killed_by: "interaction/every-block-is-fed",
        variant: sequencer(|_| {
            feeding(Feeds {
                heads: false,
                ..Feeds::default()
            })
        }),
        scenarios: &["interaction/blocks-of-both"],
    },
    Mutant {
        id: "never-tells-attributes-again",
        about: "A builder that has caught up is told of the head without attributes.",
        subject: Subject::Sequencer,
        killed_by: "interaction/attributes-after-catch-up",
        variant: sequencer(|_| {
            feeding(Feeds {
                attributes_again: false,
                ..Feeds::default()
            })
        }),
        scenarios: &["interaction/restart-before-the-update"],
    },
    Mutant {
        id: "hands-over-eight-blocks-at-most",
        about: "A builder that lacks more than eight blocks never gets them.",
        subject: Subject::Sequencer,
        killed_by: "interaction/catches-the-builder-up",
        variant: sequencer(|_| {
            feeding(Feeds {
                at_once: Some(8),
                ..Feeds::default()
            })
        }),
        scenarios: &["interaction/gap-of-nine-blocks"],
    },
];

fn feeding(feeds: Feeds) -> Parts {
    Parts {
        feeds,
        ..Parts::default()
    }
}
