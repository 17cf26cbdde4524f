//! What befalls hosts and links: every `[[fault]]`.

use std::ops::Range;

use toml::Spanned;

use super::keys::FAULT;
use super::limits::FAULTS;
use super::overlaps::Overlaps;
use super::problem::Problem;
use super::section::Section;
use super::words::Word;
use crate::faults::{self, How, On};
use crate::plan::{Direction, Fault};

/// What befalls something, as the catalogue has it, and the keys with which a file says it.
#[derive(Clone, Copy)]
struct Kind {
    fault: &'static faults::Fault,
    word: &'static str,
    /// The keys of its beginning and its end.
    times: (&'static str, &'static str),
    /// The directions of a link that are befallen, if it is a link.
    directions: &'static [Direction],
}

impl Kind {
    fn all() -> impl Iterator<Item = Self> {
        [On::Process, On::Link, On::Engine]
            .into_iter()
            .flat_map(faults::choices)
            .map(|fault| Self {
                fault,
                word: fault.word(),
                times: match fault.on {
                    On::Process => ("at_ms", "back_at_ms"),
                    On::PayloadRequest
                    | On::PayloadReply
                    | On::ForwardedTransaction
                    | On::HeadUpdate
                    | On::Link
                    | On::Engine => ("from_ms", "until_ms"),
                },
                directions: fault.directions(),
            })
    }

    /// Every key but `kind` that some kind has.
    fn keys() -> impl Iterator<Item = &'static str> {
        let parameters = [On::Process, On::Link, On::Engine]
            .into_iter()
            .flat_map(faults::parameters);
        ["at_ms", "back_at_ms", "direction", "from_ms", "until_ms"]
            .into_iter()
            .chain(parameters)
    }

    /// Whether it has to end.
    const fn ends(self) -> bool {
        matches!(self.fault.how, How::Restart)
    }

    fn has(self, key: &str) -> bool {
        let (from, until) = self.times;
        key == from
            || key == until
            || (key == "direction" && self.directions.len() > 1)
            || self.fault.parameters.iter().any(|of| of.name == key)
    }

    fn example(self) -> String {
        let ((from, until), kind) = (self.times, self.word);
        let parameters: String = self
            .fault
            .parameters
            .iter()
            .map(|of| format!(", {} = {}", of.name, of.example))
            .collect();
        match self.directions {
            [direction, _, ..] => {
                let direction = direction.word();
                format!("kind = \"{kind}\", direction = \"{direction}\"{parameters}, {from} = 3000")
            }
            [] | [_] => format!("kind = \"{kind}\"{parameters}, {from} = 3000, {until} = 7000"),
        }
    }
}

/// A fault and where its beginning stands.
struct Placed {
    fault: Fault,
    span: Range<usize>,
}

/// Reads all faults. Without the end of the last slot, times are not compared with it.
pub(super) fn read(top: &Section<'_>, end_ms: Option<u64>) -> Vec<Fault> {
    let sections = top.sections("fault", &FAULT);
    if let Some(section) = sections.get(FAULTS) {
        section.report(|| {
            Problem::at(section.span(), "there are too many faults", "one too many")
                .advise(format!("a run has at most {FAULTS} faults"))
        });
    }
    let mut faults = Vec::new();
    let mut overlaps = Overlaps::default();
    for section in sections.iter().take(FAULTS) {
        section.require("kind", "kind = \"dies\"");
        let kinds = Kind::all().map(|kind| (kind.word, kind));
        let Some(kind) = section.choice("kind", kinds.collect()) else {
            continue;
        };
        let kind = kind.into_inner();
        parameters_belong(section, kind);
        let Some(Placed { fault, span }) = fault(section, kind, end_ms) else {
            continue;
        };
        if let Some(earlier) = overlaps.place(&fault, &span) {
            section.report(|| {
                Problem::at(
                    span.clone(),
                    "this fault begins before another like it is over",
                    "overlaps",
                )
                .beside(earlier, "with this one")
                .advise("write one fault for all of the time, or leave time between the two")
            });
        }
        faults.push(fault);
    }
    faults
}

fn fault(section: &Section<'_>, kind: Kind, end_ms: Option<u64>) -> Option<Placed> {
    let (from_key, until_key) = kind.times;
    section.require(from_key, &kind.example());
    let direction = match kind.directions {
        [] => None,
        [direction] => Some(*direction),
        directions => {
            section.require("direction", &kind.example());
            let words = directions
                .iter()
                .map(|direction| (direction.word(), *direction));
            Some(section.choice("direction", words.collect())?.into_inner())
        }
    };
    if kind.ends() {
        section.require(until_key, &kind.example());
    }
    let mut number = 0;
    for of in kind.fault.parameters {
        section.require(of.name, &kind.example());
        let (least, most) = of.range.clone().into_inner();
        let range = u64::try_from(least).unwrap_or(0)..=u64::try_from(most).unwrap_or(u64::MAX);
        number = section.number(of.name, range)?.into_inner();
    }
    let from = section.number(from_key, 0..=u64::MAX)?;
    let until = section.number(until_key, 0..=u64::MAX);
    in_order(
        section,
        (from_key, &from),
        (until_key, until.as_ref()),
        end_ms,
    );
    let span = from.span();
    let times = (from.into_inner(), until.map(Spanned::into_inner));
    let planned = faults::planned(kind.fault, direction, number, times)?;
    Some(Placed {
        fault: planned,
        span,
    })
}

fn parameters_belong(section: &Section<'_>, kind: Kind) {
    for key in Kind::keys() {
        if let Some(span) = section.key_span(key).filter(|_| !kind.has(key)) {
            section.report(|| {
                Problem::at(
                    span,
                    format!("a fault of kind `{}` has no `{key}`", kind.word),
                    "does not belong here",
                )
                .advise(format!("for example `{}`", kind.example()))
            });
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
        section.report(|| {
            Problem::at(
                until.span(),
                "the fault is over before it begins",
                format!("not after {} ms", from.get_ref()),
            )
            .beside(from.span(), "begins here")
            .advise(format!(
                "`{until_key}` is after `{from_key}`; leave it out if the fault never ends"
            ))
        });
    }
    let Some(end_ms) = end_ms else {
        return;
    };
    for (key, time) in [(from_key, Some(from)), (until_key, until)] {
        if let Some(time) = time.filter(|time| *time.get_ref() >= end_ms) {
            section.report(|| {
                Problem::at(
                    time.span(),
                    format!("`{key}` is after the end of the run"),
                    format!("the last slot ends at {end_ms} ms"),
                )
                .advise(format!(
                    "`{key}` counts from the start of the run and is less than {end_ms}; raise \
                     `slots` for a longer run"
                ))
            });
        }
    }
}
