//! What becomes of the builder's reply: the `builder` of a slot.

use toml::Spanned;

use super::deeds::{self, Said};
use super::keys::REPLY;
use super::limits::ARRIVES_WITHIN_BLOCK_TIMES;
use super::problem::Problem;
use super::section::Section;
use super::settings::Timing;
use crate::faults::{Arrival, Brings, Fault};
use crate::plan::ReplyPlan;

/// Reads the `builder` of the slot of this number.
pub(super) fn read(
    slot: &Section<'_>,
    number: u64,
    request: Option<&Fault>,
    timing: Option<&Timing>,
) -> ReplyPlan {
    let Some(section) = slot.section("builder", &REPLY) else {
        return ReplyPlan::default();
    };
    let named = deeds::REPLY;
    let spanned = named.read(&section);
    // A word that is none has been reported: what stands beside it cannot be judged.
    let misspelt = spanned.is_none() && section.key_span(named.key).is_some();
    let said = spanned.as_ref().map_or(
        Said {
            word: named.nothing.unwrap_or_default(),
            fault: None,
        },
        |spanned| *spanned.get_ref(),
    );
    if !misspelt {
        named.check_parameters(&section, said, |members| {
            format!("builder = {{ {members} }}")
        });
        if let Some(spanned) = &spanned {
            is_possible(&section, spanned, number);
        }
        can_be_replied(&section, said, request);
    }
    let arrives = section.number("arrives_at_ms", 0..=u64::MAX);
    if let (Some(arrives), Some(timing), false) = (&arrives, timing, misspelt) {
        can_arrive(&section, arrives, said, timing);
    }
    ReplyPlan {
        deed: said.fault.map(|fault| deeds::deed(&section, fault)),
        arrives_at_ms: arrives.map(Spanned::into_inner),
    }
}

fn is_possible(section: &Section<'_>, said: &Spanned<Said>, number: u64) {
    let Said { word, fault } = said.get_ref();
    if let Some(lacking) = fault.and_then(|fault| fault.lacks_in(number)) {
        section.report(|| {
            Problem::at(
                said.span(),
                format!("`{word}` is not possible in slot {number}"),
                lacking,
            )
            .advise("write `number = 2` in this `[[slot]]`, or a later one")
        });
    }
}

/// Whether there is something to reply to, and a payload to falsify.
fn can_be_replied(section: &Section<'_>, said: Said, request: Option<&Fault>) {
    let falsifies = said.fault.is_some_and(Fault::is_forgery);
    let why = match request.map_or(Brings::Payload, Fault::brings) {
        Brings::Nothing => "a lost request has no reply",
        Brings::Refusal if falsifies => {
            "a request that the builder refuses has no payload to falsify"
        }
        Brings::Refusal | Brings::Payload => return,
    };
    section.report(|| {
        Problem::at(section.span(), why, "cannot be replied")
            .advise("leave out the slot's `builder` or its `request`")
    });
}

fn can_arrive(section: &Section<'_>, arrives: &Spanned<u64>, said: Said, timing: &Timing) {
    let at_ms = *arrives.get_ref();
    let arrival = said
        .fault
        .map_or(Arrival::AfterBuilder, |fault| fault.arrival);
    let (earliest_ms, needs) = match arrival {
        Arrival::Never => {
            section.report(|| {
                Problem::at(
                    arrives.span(),
                    format!("a reply of `{}` has no `arrives_at_ms`", said.word),
                    "when the last byte of a reply arrives",
                )
                .advise("leave `arrives_at_ms` out")
            });
            return;
        }
        Arrival::AfterBuilder => (
            timing.earliest_payload_ms(),
            "the builder and the links need",
        ),
        Arrival::AfterLinks => (timing.round_trip_ms(), "the links need"),
    };
    let latest_ms = ARRIVES_WITHIN_BLOCK_TIMES * timing.block_time_ms;
    if timing.jitter_ms > 0 {
        section.report(|| {
            Problem::at(
                arrives.span(),
                "`arrives_at_ms` cannot be exact on a link with jitter",
                "an exact time",
            )
            .advise("leave out `arrives_at_ms`, or `jitter_ms` in `[network]`")
        });
    } else if at_ms < earliest_ms {
        section.report(|| {
            Problem::at(
                arrives.span(),
                "the reply cannot arrive so early",
                format!("{needs} {earliest_ms} ms"),
            )
            .advise(format!(
                "`arrives_at_ms` is at least {earliest_ms}, or `[network]` has smaller latencies"
            ))
        });
    } else if at_ms > latest_ms {
        section.report(|| {
            Problem::at(
                arrives.span(),
                "the reply arrives too late to matter",
                format!("more than {ARRIVES_WITHIN_BLOCK_TIMES} block times"),
            )
            .advise(format!(
                "`arrives_at_ms` is at most {latest_ms}; a reply that never arrives is \
                 `reply = \"never\"`"
            ))
        });
    }
}
