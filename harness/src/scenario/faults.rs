//! What befalls hosts and links: every `[[fault]]`.

use std::ops::Range;

use toml::Spanned;

use super::keys::FAULT;
use super::problem::Problem;
use super::section::Section;
use super::words::{DirectionWord, FaultWord, Word};
use crate::plan::{Direction, Fault};

/// Which keys go with which kinds only.
const PARAMETERS: [(&str, &[FaultWord]); 5] = [
    ("at_ms", &[FaultWord::Dies]),
    ("back_at_ms", &[FaultWord::Dies]),
    ("direction", &[FaultWord::BlackHole]),
    ("from_ms", &[FaultWord::BlackHole, FaultWord::Partition]),
    ("until_ms", &[FaultWord::BlackHole, FaultWord::Partition]),
];

/// A fault and where its beginning stands.
struct Placed {
    fault: Fault,
    span: Range<usize>,
}

/// Reads all faults. Without the end of the last slot, times are not compared with it.
pub(super) fn read(top: &Section<'_>, end_ms: Option<u64>) -> Vec<Fault> {
    let mut placed: Vec<Placed> = Vec::new();
    for section in top.sections("fault", &FAULT) {
        section.require("kind", "kind = \"dies\"");
        let Some(kind) = section.word::<FaultWord>("kind") else {
            continue;
        };
        parameters_belong(&section, *kind.get_ref());
        let Some(new) = fault(&section, *kind.get_ref(), end_ms) else {
            continue;
        };
        if let Some(earlier) = placed
            .iter()
            .find(|earlier| overlap(&earlier.fault, &new.fault))
        {
            section.report(
                Problem::at(
                    new.span.clone(),
                    "this fault begins before another like it is over",
                    "overlaps",
                )
                .beside(earlier.span.clone(), "with this one")
                .advise("write one fault for all of the time, or leave time between the two"),
            );
        }
        placed.push(new);
    }
    placed.into_iter().map(|placed| placed.fault).collect()
}

fn fault(section: &Section<'_>, kind: FaultWord, end_ms: Option<u64>) -> Option<Placed> {
    let (from_key, until_key) = match kind {
        FaultWord::Dies => ("at_ms", "back_at_ms"),
        FaultWord::BlackHole | FaultWord::Partition => ("from_ms", "until_ms"),
    };
    section.require(from_key, example(kind));
    let direction = match kind {
        FaultWord::Dies | FaultWord::Partition => Direction::Both,
        FaultWord::BlackHole => {
            section.require("direction", example(kind));
            section
                .word::<DirectionWord>("direction")?
                .into_inner()
                .into()
        }
    };
    let from = section.number(from_key, 0..=u64::MAX)?;
    let until = section.number(until_key, 0..=u64::MAX);
    in_order(
        section,
        (from_key, &from),
        (until_key, until.as_ref()),
        end_ms,
    );
    let span = from.span();
    let from_ms = from.into_inner();
    let until_ms = until.map(Spanned::into_inner);
    let fault = match kind {
        FaultWord::Dies => Fault::Dies {
            at_ms: from_ms,
            back_at_ms: until_ms,
        },
        FaultWord::BlackHole | FaultWord::Partition => Fault::BlackHole {
            direction,
            from_ms,
            until_ms,
        },
    };
    Some(Placed { fault, span })
}

fn example(kind: FaultWord) -> &'static str {
    match kind {
        FaultWord::Dies => "kind = \"dies\", at_ms = 3000, back_at_ms = 7000",
        FaultWord::BlackHole => {
            "kind = \"black-hole\", direction = \"sequencer-to-builder\", from_ms = 3000"
        }
        FaultWord::Partition => "kind = \"partition\", from_ms = 3000, until_ms = 7000",
    }
}

fn parameters_belong(section: &Section<'_>, kind: FaultWord) {
    for (key, kinds) in PARAMETERS {
        if let Some(span) = section.key_span(key).filter(|_| !kinds.contains(&kind)) {
            section.report(
                Problem::at(
                    span,
                    format!("a fault of kind `{}` has no `{key}`", kind.word()),
                    "does not belong here",
                )
                .advise(format!("for example `{}`", example(kind))),
            );
        }
    }
}

fn in_order(
    section: &Section<'_>,
    (from_key, from): (&str, &Spanned<u64>),
    (until_key, until): (&str, Option<&Spanned<u64>>),
    end_ms: Option<u64>,
) {
    if let Some(until) = until.filter(|until| until.get_ref() <= from.get_ref()) {
        section.report(
            Problem::at(
                until.span(),
                "the fault is over before it begins",
                format!("not after {} ms", from.get_ref()),
            )
            .beside(from.span(), "begins here")
            .advise(format!(
                "`{until_key}` is after `{from_key}`; leave it out if the fault never ends"
            )),
        );
    }
    let Some(end_ms) = end_ms else {
        return;
    };
    for (key, time) in [(from_key, Some(from)), (until_key, until)] {
        if let Some(time) = time.filter(|time| *time.get_ref() >= end_ms) {
            section.report(
                Problem::at(
                    time.span(),
                    format!("`{key}` is after the end of the run"),
                    format!("the last slot ends at {end_ms} ms"),
                )
                .advise(format!(
                    "`{key}` counts from the start of the run and is less than {end_ms}; raise \
                     `slots` for a longer run"
                )),
            );
        }
    }
}

/// Whether two faults of one host, or of one direction of the link, are there at the same time.
fn overlap(one: &Fault, other: &Fault) -> bool {
    match (one, other) {
        (
            Fault::Dies { at_ms, back_at_ms },
            Fault::Dies {
                at_ms: other_at_ms,
                back_at_ms: other_back_at_ms,
            },
        ) => {
            // One that dies in the instant in which it is back was never back.
            end(*back_at_ms) >= *other_at_ms && end(*other_back_at_ms) >= *at_ms
        }
        (
            Fault::BlackHole {
                direction,
                from_ms,
                until_ms,
            },
            Fault::BlackHole {
                direction: other_direction,
                from_ms: other_from_ms,
                until_ms: other_until_ms,
            },
        ) => {
            let one_way = direction == other_direction
                || *direction == Direction::Both
                || *other_direction == Direction::Both;
            one_way && end(*until_ms) > *other_from_ms && end(*other_until_ms) > *from_ms
        }
        (Fault::Dies { .. }, Fault::BlackHole { .. })
        | (Fault::BlackHole { .. }, Fault::Dies { .. }) => false,
    }
}

fn end(until_ms: Option<u64>) -> u64 {
    until_ms.unwrap_or(u64::MAX)
}
