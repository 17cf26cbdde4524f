//! The mutants, by the family of the rule that they break.

mod admission;
mod failsafe;
mod forward_transaction;
mod get_payload;
mod interaction;
mod new_payload;

use gauntlet_sequencer::Parts;

use super::Mutant;
use crate::rules::Subject;
use crate::trace::Recorder;
use crate::world::{Cast, Observe};

/// Every mutant, by family.
pub(super) const FAMILIES: [&[Mutant]; 6] = [
    interaction::MUTANTS,
    failsafe::MUTANTS,
    get_payload::MUTANTS,
    admission::MUTANTS,
    new_payload::MUTANTS,
    forward_transaction::MUTANTS,
];

/// A sequencer of other parts, and the honest builder.
const fn sequencer(parts: fn(&Recorder) -> Parts) -> Cast {
    Cast {
        sequencer: parts,
        ..Cast::honest()
    }
}

/// A sequencer that tells of itself in another way, and the honest builder.
const fn observed(observe: Observe) -> Cast {
    Cast {
        observe,
        ..Cast::honest()
    }
}

/// The honest sequencer, and a builder of other parts.
const fn builder(parts: fn() -> gauntlet_builder::Parts) -> Cast {
    Cast {
        builder: parts,
        ..Cast::honest()
    }
}
