//! What becomes of the builder's reply: the `builder` of a slot.

use toml::Spanned;

use super::keys::REPLY;
use super::limits::{ARRIVES_WITHIN_BLOCK_TIMES, DRIP_BYTES, DRIP_EVERY_MS, HTTP_STATUS};
use super::problem::Problem;
use super::section::Section;
use super::settings::Timing;
use super::words::{ReplyWord, Word};
use crate::plan::{Malice, Reply, ReplyPlan, RequestPlan};

/// Which key goes with which reply only, and an example of it.
const PARAMETERS: [(&str, ReplyWord, &str); 4] = [
    ("status", ReplyWord::HttpStatus, "status = 500"),
    ("code", ReplyWord::Error, "code = -32000"),
    ("bytes", ReplyWord::Drip, "bytes = 1, every_ms = 1000"),
    ("every_ms", ReplyWord::Drip, "bytes = 1, every_ms = 1000"),
];

/// Reads the `builder` of the slot of this number.
pub(super) fn read(
    slot: &Section<'_>,
    number: u64,
    request: RequestPlan,
    timing: Option<&Timing>,
) -> ReplyPlan {
    let Some(section) = slot.section("builder", &REPLY) else {
        return ReplyPlan::default();
    };
    let said = section.word::<ReplyWord>("reply");
    // A word that is none has been reported: what stands beside it cannot be judged.
    let misspelt = said.is_none() && section.key_span("reply").is_some();
    let word = said
        .as_ref()
        .map_or(ReplyWord::Honest, |said| *said.get_ref());
    if !misspelt {
        parameters_belong(&section, word);
        if let Some(said) = &said {
            has_ancestors(&section, said, number);
        }
        can_be_replied(&section, word, request);
    }
    let arrives = section.number("arrives_at_ms", 0..=u64::MAX);
    if let (Some(arrives), Some(timing), false) = (&arrives, timing, misspelt) {
        can_arrive(&section, arrives, word, timing);
    }
    ReplyPlan {
        kind: reply(&section, word),
        arrives_at_ms: arrives.map(Spanned::into_inner),
    }
}

fn reply(section: &Section<'_>, word: ReplyWord) -> Reply {
    match word {
        ReplyWord::Honest => Reply::Honest,
        ReplyWord::Never => Reply::Never,
        ReplyWord::Reset => Reply::Reset,
        ReplyWord::HttpStatus => {
            Reply::HttpStatus(section.number_or("status", HTTP_STATUS, *HTTP_STATUS.start()))
        }
        ReplyWord::Error => Reply::Error(section.number_or("code", i32::MIN..=i32::MAX, 0)),
        ReplyWord::Garbage => Reply::Garbage,
        ReplyWord::Drip => Reply::Drip {
            bytes: section.number_or("bytes", DRIP_BYTES, *DRIP_BYTES.start()),
            every_ms: section.number_or("every_ms", DRIP_EVERY_MS, *DRIP_EVERY_MS.start()),
        },
        ReplyWord::Malicious(malice) => Reply::Malicious(malice),
    }
}

fn parameters_belong(section: &Section<'_>, word: ReplyWord) {
    for (key, of, example) in PARAMETERS {
        if of == word {
            let example = format!("builder = {{ reply = \"{}\", {example} }}", of.word());
            section.require(key, &example);
        } else if let Some(span) = section.key_span(key) {
            section.report(
                Problem::at(
                    span,
                    format!("a reply of `{}` has no `{key}`", word.word()),
                    format!("goes only with `reply = \"{}\"`", of.word()),
                )
                .advise(format!(
                    "leave `{key}` out, or write `reply = \"{}\", {example}`",
                    of.word()
                )),
            );
        }
    }
}

fn has_ancestors(section: &Section<'_>, said: &Spanned<ReplyWord>, number: u64) {
    let missing = match said.get_ref() {
        ReplyWord::Malicious(Malice::StaleParent) => "the parent of slot 1 has no parent",
        ReplyWord::Malicious(Malice::PreviousPayload) => "there is no slot before slot 1",
        ReplyWord::Honest
        | ReplyWord::Never
        | ReplyWord::Reset
        | ReplyWord::HttpStatus
        | ReplyWord::Error
        | ReplyWord::Garbage
        | ReplyWord::Drip
        | ReplyWord::Malicious(_) => return,
    };
    if number == 1 {
        section.report(
            Problem::at(
                said.span(),
                format!("`{}` is not possible in slot 1", said.get_ref().word()),
                missing,
            )
            .advise("write `number = 2` in this `[[slot]]`, or a later one"),
        );
    }
}

/// Whether there is something to reply to, and a payload to falsify.
fn can_be_replied(section: &Section<'_>, word: ReplyWord, request: RequestPlan) {
    let falsifies = matches!(word, ReplyWord::Malicious(_));
    let why = match request {
        RequestPlan::Intact => return,
        RequestPlan::Lost => "a lost request has no reply",
        RequestPlan::SignatureFlipped
        | RequestPlan::SignedByAnother
        | RequestPlan::SignedForAnotherChain
        | RequestPlan::UnknownParent
            if falsifies =>
        {
            "a request that the builder refuses has no payload to falsify"
        }
        RequestPlan::SignatureFlipped
        | RequestPlan::SignedByAnother
        | RequestPlan::SignedForAnotherChain
        | RequestPlan::UnknownParent => return,
    };
    section.report(
        Problem::at(section.span(), why, "cannot be replied")
            .advise("leave out the slot's `builder` or its `request`"),
    );
}

fn can_arrive(section: &Section<'_>, arrives: &Spanned<u64>, word: ReplyWord, timing: &Timing) {
    let at_ms = *arrives.get_ref();
    let (earliest_ms, needs) = match word {
        ReplyWord::Never | ReplyWord::Reset | ReplyWord::Drip => {
            section.report(
                Problem::at(
                    arrives.span(),
                    format!("a reply of `{}` has no `arrives_at_ms`", word.word()),
                    "when the last byte of a reply arrives",
                )
                .advise("leave `arrives_at_ms` out"),
            );
            return;
        }
        ReplyWord::Honest | ReplyWord::Malicious(_) => (
            timing.earliest_payload_ms(),
            "the builder and the links need",
        ),
        ReplyWord::HttpStatus | ReplyWord::Error | ReplyWord::Garbage => {
            (timing.round_trip_ms(), "the links need")
        }
    };
    let latest_ms = ARRIVES_WITHIN_BLOCK_TIMES * timing.block_time_ms;
    if timing.jitter_ms > 0 {
        section.report(
            Problem::at(
                arrives.span(),
                "`arrives_at_ms` cannot be exact on a link with jitter",
                "an exact time",
            )
            .advise("leave out `arrives_at_ms`, or `jitter_ms` in `[network]`"),
        );
    } else if at_ms < earliest_ms {
        section.report(
            Problem::at(
                arrives.span(),
                "the reply cannot arrive so early",
                format!("{needs} {earliest_ms} ms"),
            )
            .advise(format!(
                "`arrives_at_ms` is at least {earliest_ms}, or `[network]` has smaller latencies"
            )),
        );
    } else if at_ms > latest_ms {
        section.report(
            Problem::at(
                arrives.span(),
                "the reply arrives too late to matter",
                format!("more than {ARRIVES_WITHIN_BLOCK_TIMES} block times"),
            )
            .advise(format!(
                "`arrives_at_ms` is at most {latest_ms}; a reply that never arrives is \
                 `reply = \"never\"`"
            )),
        );
    }
}
