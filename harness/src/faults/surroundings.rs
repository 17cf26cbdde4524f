//! What befalls the link and the builder's process, whatever they carry or do.

use super::{Arrival, Fault, How, On};
use crate::plan::Direction;

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
];
