//! What befalls the link, the builder's process and the sequencer's local engine, whatever they
//! carry or do.

use super::{Arrival, Choices, Fault, How, On, Parameter};
use crate::plan::{Direction, EngineTrouble, LinkTrouble};

const SURROUNDING: Fault = Fault {
    id: "",
    on: On::Link,
    sentence: "",
    rules: &[
        "failsafe/lives-through-outage",
        "failsafe/builder-used-again",
    ],
    parameters: &[],
    needs: &[],
    arrival: Arrival::Never,
    weight: 1,
    how: How::Die,
};

pub(super) const SURROUNDINGS: &[Fault] = &[
    Fault {
        id: "process/dies",
        on: On::Process,
        sentence: "the builder's process dies",
        how: How::Die,
        ..SURROUNDING
    },
    Fault {
        id: "link/black-hole",
        sentence: "the link carries nothing in one direction",
        // Either of two directions.
        weight: 2,
        how: How::Darken(&[Direction::SequencerToBuilder, Direction::BuilderToSequencer]),
        ..SURROUNDING
    },
    Fault {
        id: "link/partition",
        sentence: "the link carries nothing",
        how: How::Darken(&[Direction::Both]),
        ..SURROUNDING
    },
    Fault {
        id: "process/restarts",
        on: On::Process,
        sentence: "the builder's process dies, and comes back without its last {loses_blocks} blocks",
        parameters: &[Parameter {
            name: "loses_blocks",
            range: 0..=1_000_000,
            example: 3,
            choices: Choices::Between(0, 4),
        }],
        how: How::Restart,
        ..SURROUNDING
    },
    Fault {
        id: "link/slow-link",
        sentence: "the link takes {by_ms} ms longer",
        rules: LATE,
        parameters: &[Parameter {
            name: "by_ms",
            range: 1..=10_000,
            example: 100,
            choices: Choices::Of(&[1, 20, 90, 150, 199, 400]),
        }],
        how: How::Disturb(ANY_WAY, |by_ms| LinkTrouble::Slow { by_ms }),
        ..SURROUNDING
    },
    Fault {
        id: "link/lossy-link",
        sentence: "the link loses {percent} of 100 messages, which TCP sends again",
        rules: LATE,
        parameters: &[Parameter {
            name: "percent",
            range: 1..=90,
            example: 30,
            choices: Choices::Of(&[5, 30, 60]),
        }],
        how: How::Disturb(ANY_WAY, |percent| LinkTrouble::Loses { percent }),
        ..SURROUNDING
    },
    Fault {
        id: "link/drops-connects",
        sentence: "the link loses what opens a connection, which is sent again after a second",
        rules: LATE,
        how: How::Disturb(&[Direction::SequencerToBuilder], |_| {
            LinkTrouble::DropsConnects
        }),
        ..SURROUNDING
    },
    Fault {
        id: "engine/local-engine-fails",
        sentence: "the local engine fails at building",
        how: How::Hinder(EngineTrouble::Fails),
        ..HINDRANCE
    },
    Fault {
        id: "engine/local-engine-stalls",
        sentence: "the local engine does not come to an end of building",
        how: How::Hinder(EngineTrouble::Stalls),
        ..HINDRANCE
    },
    Fault {
        id: "engine/local-engine-syncs",
        sentence: "the local engine is syncing: it builds nothing, and knows of no payload",
        rules: &[
            "failsafe/syncing-is-not-valid",
            "failsafe/goes-on-after-the-engine",
        ],
        how: How::Hinder(EngineTrouble::Syncs),
        ..HINDRANCE
    },
    Fault {
        id: "engine/imports-fail",
        sentence: "the local engine cannot make a block the head",
        rules: &[
            "failsafe/nothing-unimported-is-published",
            "failsafe/goes-on-after-the-engine",
        ],
        how: How::Hinder(EngineTrouble::CannotImport),
        ..HINDRANCE
    },
];

const ANY_WAY: &[Direction] = &[
    Direction::SequencerToBuilder,
    Direction::BuilderToSequencer,
    Direction::Both,
];

/// What is late then.
const LATE: &[&str] = &[
    "failsafe/lives-through-delay",
    "failsafe/builder-used-again",
];

const HINDRANCE: Fault = Fault {
    on: On::Engine,
    rules: &[
        "failsafe/local-engine-down",
        "failsafe/goes-on-after-the-engine",
    ],
    ..SURROUNDING
};
