//! The catalogue of faults: what can go wrong with a message, a link or a process, as data.
//!
//! One entry says all there is to say of a fault. The words of scenario files and their parameters,
//! the choices of the generator, what the adversary does, the sentence of a report and the kinds of
//! statistics derive from it, so that a new fault is one new entry.
//!
//! | module | what belongs there |
//! |---|---|
//! | `entry` | what an entry says: [`Fault`] and [`How`] |
//! | `replies`, `forgeries` | what becomes of the reply to a payload request |
//! | `lenient` | forged payloads that other execution clients take |
//! | `altered` | payloads with one member false, re-sealed and unsealed |
//! | `transactions` | payloads with transactions or deposits that cannot be |
//! | `accepted` | what looks odd and is right; keys that are not the builder's |
//! | `requests` | what becomes of a payload request |
//! | `forwarding` | what becomes of forwarded transactions |
//! | `head_updates` | what becomes of the update with a slot's attributes |
//! | `surroundings` | what befalls links, processes and the local engine |
//! | `forge` | what payloads are forged with: [`Forge`] |
//! | `bodies` | JSON-RPC responses that no builder gave |
//! | `mangling` | replies in another form, or that cross the wire in another way |
//! | `members`, `spellings` | one member of a reply, and the ways to write it |
//! | `forms` | the form of a response |
//! | `wires` | the ways in which a reply crosses the wire |
//! | `mangled` | what leaves in the place of an honest reply: [`Mangled`] |

mod accepted;
mod altered;
mod bodies;
mod entry;
mod forge;
mod forgeries;
mod forms;
mod forwarding;
mod head_updates;
mod lenient;
mod mangled;
mod mangling;
mod members;
mod replies;
mod requests;
mod spellings;
mod surroundings;
mod transactions;
mod wires;

use crate::plan::{self, Deed, Direction};

pub use bodies::result;
pub use entry::{Arrival, Brings, Choices, Fault, How, Need, On, Parameter};
pub use forge::Forge;
pub use mangled::{Closes, Honest, Mangled, Sent};
pub use requests::Signing;

/// Every fault, by kind, in the order in which messages list them.
pub const CATALOGUE: &[&[Fault]] = &[
    replies::REPLIES,
    mangling::REPLIES,
    forgeries::FORGERIES,
    lenient::LENIENT,
    altered::ALTERED,
    altered::UNSEALABLE,
    transactions::TRANSACTIONS,
    transactions::DEPOSITS,
    accepted::KEYS,
    accepted::ACCEPTED,
    requests::REQUESTS,
    forwarding::FORWARDING,
    mangling::FORWARDING,
    head_updates::HEAD_UPDATES,
    surroundings::SURROUNDINGS,
];

/// Every fault.
pub fn all() -> impl Iterator<Item = &'static Fault> {
    CATALOGUE.iter().copied().flatten()
}

/// The faults of which a plan can choose one for this.
pub fn choices(on: On) -> impl Iterator<Item = &'static Fault> {
    all().filter(move |fault| fault.on == on && !matches!(fault.how, How::Delay))
}

/// The names of the parameters that some choice for this has, each once, in their order.
#[must_use]
pub fn parameters(on: On) -> Vec<&'static str> {
    let mut names = Vec::new();
    for parameter in choices(on).flat_map(|fault| fault.parameters) {
        if !names.contains(&parameter.name) {
            names.push(parameter.name);
        }
    }
    names
}

/// The fault of this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Fault> {
    all().find(|fault| fault.id == id)
}

/// Why a deed is none of the catalogue's, if it is not: there is no such fault, or it has other
/// parameters.
#[must_use]
pub fn unknown(deed: &Deed) -> Option<String> {
    let Some(fault) = find(&deed.fault) else {
        return Some(format!("there is no fault `{}`", deed.fault));
    };
    let id = fault.id;
    let has = |name: &str| fault.parameters.iter().any(|of| of.name == name);
    let mut names = deed.with.keys().chain(deed.words.keys());
    if let Some(name) = names.find(|name| !has(name)) {
        return Some(format!("the fault `{id}` has no `{name}`"));
    }
    let lacks = |name: &str| format!("the fault `{id}` lacks its `{name}`");
    fault.parameters.iter().find_map(|of| {
        let name = of.name;
        let other = |value: String| format!("the fault `{id}` has no `{name}` of {value}");
        match (of.words(), deed.word(name), deed.get(name)) {
            (Some(words), Some(word), None) if words.contains(&word) => None,
            (Some(_), Some(word), _) => Some(other(format!("`{word}`"))),
            (None, None, Some(value)) if of.range.contains(&value) => None,
            (None, None, Some(value)) => Some(other(value.to_string())),
            (Some(_), None, _) | (None, _, _) => Some(lacks(name)),
        }
    })
}

/// The fault that is meant where a file does not say which.
#[must_use]
pub fn usual(on: On) -> Option<&'static Fault> {
    choices(on).next()
}

/// The fault of the catalogue that befalls a link, a process or the local engine.
#[must_use]
pub fn of_surroundings(planned: &plan::Fault) -> Option<&'static Fault> {
    all().find(|fault| match (&fault.how, planned) {
        (How::Die, plan::Fault::Dies { .. }) | (How::Restart, plan::Fault::Restarts { .. }) => true,
        (How::Darken(directions), plan::Fault::BlackHole { direction, .. }) => {
            directions.contains(direction)
        }
        (How::Disturb(_, of), plan::Fault::Disturbs { trouble, .. }) => {
            std::mem::discriminant(&of(0)) == std::mem::discriminant(trouble)
        }
        (How::Hinder(of), plan::Fault::Engine { trouble, .. }) => of == trouble,
        _ => false,
    })
}

/// What a plan has for a fault that befalls a link, a process or the local engine, in a direction if
/// it is a link, with its number if it has one; nothing if it is no such fault.
#[must_use]
pub fn planned(
    fault: &Fault,
    direction: Option<Direction>,
    number: u64,
    (from_ms, until_ms): (u64, Option<u64>),
) -> Option<plan::Fault> {
    Some(match fault.how {
        How::Die => plan::Fault::Dies {
            at_ms: from_ms,
            back_at_ms: until_ms,
        },
        How::Restart => plan::Fault::Restarts {
            at_ms: from_ms,
            back_at_ms: until_ms?,
            loses_blocks: number,
        },
        How::Darken(_) => plan::Fault::BlackHole {
            direction: direction?,
            from_ms,
            until_ms,
        },
        How::Disturb(_, trouble) => plan::Fault::Disturbs {
            trouble: trouble(number),
            direction: direction?,
            from_ms,
            until_ms,
        },
        How::Hinder(trouble) => plan::Fault::Engine {
            trouble,
            from_ms,
            until_ms,
        },
        How::Swallow
        | How::Reset
        | How::Answer(_)
        | How::LoseAnswer
        | How::Drip
        | How::Delay
        | How::Alter(_)
        | How::ForgePayload(_)
        | How::ForgeResponse(_)
        | How::Mangle(_) => return None,
    })
}

/// What was done, as a sentence with its parameters. A deed that the catalogue does not know is
/// told by its id.
#[must_use]
pub fn sentence(deed: &Deed) -> String {
    let Some(fault) = find(&deed.fault) else {
        return deed.to_string();
    };
    let with_value = |text: String, (name, value): (&_, &i64)| {
        text.replace(&format!("{{{name}}}"), &value.to_string())
    };
    let sentence = deed.with.iter().fold(fault.sentence.to_owned(), with_value);
    deed.words.iter().fold(sentence, |text, (name, word)| {
        text.replace(&format!("{{{name}}}"), word)
    })
}

/// A reply that arrives so long after its request was sent.
#[must_use]
pub fn arrives_at(ms: u64) -> Deed {
    let ms = i64::try_from(ms).unwrap_or(i64::MAX);
    Deed::of(replies::ARRIVES_AT).with("ms", ms)
}
