//! The mutants, by the family of the rule that they break.

mod admission;
mod builder;
mod chain;
mod engine;
mod failsafe;
mod feed;
mod forward_transaction;
mod get_payload;
mod growth;
mod interaction;
mod l1;
mod new_payload;
mod payloads;
mod reads;
mod replies;
mod sent;
mod structures;
mod transport;
mod users;
mod wire;

use super::Mutant;
use crate::rules::Subject;
use crate::world::{BuilderParts, Porter, SequencerParts, Variant};

/// Every mutant, by family.
pub(super) const FAMILIES: &[&[Mutant]] = &[
    interaction::MUTANTS,
    l1::MUTANTS,
    feed::MUTANTS,
    structures::MUTANTS,
    failsafe::MUTANTS,
    chain::MUTANTS,
    engine::MUTANTS,
    growth::MUTANTS,
    get_payload::MUTANTS,
    admission::MUTANTS,
    new_payload::MUTANTS,
    payloads::MUTANTS,
    forward_transaction::MUTANTS,
    transport::MUTANTS,
    users::MUTANTS,
    reads::MUTANTS,
    builder::MUTANTS,
    sent::MUTANTS,
    replies::MUTANTS,
    wire::MUTANTS,
];

/// A sequencer of other parts, and the honest builder.
const fn sequencer(parts: SequencerParts) -> Variant {
    Variant {
        sequencer: parts,
        ..Variant::honest()
    }
}

/// The honest sequencer, and a builder of other parts.
const fn builder(parts: BuilderParts) -> Variant {
    Variant {
        builder: parts,
        ..Variant::honest()
    }
}

/// A sequencer who has a messenger, and the honest builder.
const fn messenger(messenger: Porter) -> Variant {
    Variant {
        messenger: Some(messenger),
        ..Variant::honest()
    }
}

/// The honest sequencer, and a builder who has a porter.
const fn porter(porter: Porter) -> Variant {
    Variant {
        porter: Some(porter),
        ..Variant::honest()
    }
}

/// A mutant of a builder who has a porter.
const fn at_the_door(
    id: &'static str,
    about: &'static str,
    killed_by: &'static str,
    of: Porter,
    scenarios: &'static [&'static str],
) -> Mutant {
    Mutant {
        id,
        about,
        subject: Subject::Builder,
        killed_by,
        variant: porter(of),
        scenarios,
    }
}
