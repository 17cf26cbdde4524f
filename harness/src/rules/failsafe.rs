//! Liveness Failsafe (lines 51 and 52).

use std::collections::BTreeMap;

use gauntlet_rpc::FailureKind;
use gauntlet_sequencer::{Event, Fallback, Origin, Rejection};

use super::answers::{Answer, answers};
use super::{Evidence, Level, Rule, Subject, Tally};
use crate::plan::{Fault, SelectionPlan};
use crate::trace::time;
use crate::view::{Call, Ended, SlotView, View};

/// The sentence that the whole section hangs on.
const AUXILIARY: &str = "To maintain network liveness while utilizing the Builder API, the Sequencer MUST operate an \
     auxiliary process when building blocks.";

/// What the failsafe is for.
const PERSISTS: &str = "network liveness persists, even in instances where the builder's block construction process \
     may experience delays or is offline";

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "failsafe/local-build-always",
        level: Level::Must,
        subject: Subject::Sequencer,
        line: 52,
        quote: Some(AUXILIARY),
        source: None,
        evidence: &[Evidence::Wire, Evidence::Blocks],
        check: local_build_always,
    },
    Rule {
        id: "failsafe/concurrent",
        level: Level::Declared,
        subject: Subject::Sequencer,
        line: 52,
        quote: Some(
            "This process concurrently executes a builder API request to the Buidler alongside \
                a local block production request through its local execution engine.",
        ),
        source: None,
        evidence: &[Evidence::Wire, Evidence::Blocks],
        check: concurrent,
    },
    Rule {
        id: "failsafe/lives-through-delay",
        level: Level::Declared,
        subject: Subject::Sequencer,
        line: 52,
        quote: Some(PERSISTS),
        source: None,
        evidence: &[Evidence::Wire, Evidence::Blocks],
        check: lives_through_delay,
    },
    Rule {
        id: "failsafe/lives-through-outage",
        level: Level::Declared,
        subject: Subject::Sequencer,
        line: 52,
        quote: Some(PERSISTS),
        source: None,
        evidence: &[Evidence::Wire, Evidence::Blocks],
        check: lives_through_outage,
    },
    Rule {
        id: "failsafe/lives-through-invalid-payload",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 52,
        quote: None,
        source: Some(
            "lines 52 and 109: an invalid payload means the local block, in the same slot",
        ),
        evidence: &[Evidence::Wire, Evidence::Blocks],
        check: lives_through_invalid_payload,
    },
    Rule {
        id: "failsafe/one-block-by-the-deadline",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 52,
        quote: None,
        source: Some(
            "line 52: every slot yields exactly one block by its end, whatever the builder does",
        ),
        evidence: &[Evidence::Wire, Evidence::Blocks],
        check: one_block_by_the_deadline,
    },
    Rule {
        id: "failsafe/one-block-per-height",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 52,
        quote: None,
        source: Some(
            "execution-apis paris, payload validation: at most one block a height is published",
        ),
        evidence: &[Evidence::Wire, Evidence::Blocks],
        check: one_block_per_height,
    },
    Rule {
        id: "failsafe/builder-used-again",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 52,
        quote: None,
        source: Some(
            "line 52: the failsafe is a training wheel, so a builder that recovered is used again",
        ),
        evidence: &[Evidence::Wire, Evidence::Blocks],
        check: builder_used_again,
    },
];

fn local_build_always(view: &View<'_>, tally: &mut Tally) {
    for slot in &view.slots {
        let Some(scheduled) = slot.scheduled.last() else {
            continue;
        };
        tally.note(scheduled.at_us, local_started(slot).is_some(), || {
            format!("the local engine built nothing in slot {}", slot.number)
        });
    }
}

/// Neither of the two waits for the other: the local engine starts before the request is over, and
/// the request is sent before the local engine is done.
fn concurrent(view: &View<'_>, tally: &mut Tally) {
    for slot in &view.slots {
        let Some(request) = slot.requests.first() else {
            continue;
        };
        let Some(ended) = request.ended else { continue };
        let started = local_started(slot);
        let sealed = slot.events.iter().find_map(|(at_us, event)| {
            matches!(event, Event::LocalSealed { .. }).then_some(*at_us)
        });
        // A request can be over in the instant in which it is sent, on a connection that has ended.
        let local_waits =
            started.is_none_or(|at_us| at_us >= ended.at_us && at_us > request.sent_us);
        let request_waits = sealed.is_some_and(|at_us| {
            started.is_some_and(|from| from < at_us) && request.sent_us >= at_us
        });
        tally.note(request.sent_us, !local_waits && !request_waits, || {
            if local_waits {
                "the local engine started only when the request was over".to_owned()
            } else {
                "the request was sent only when the local engine was done".to_owned()
            }
        });
    }
}

/// The builder, or what it takes to judge its payload, takes too long.
fn lives_through_delay(view: &View<'_>, tally: &mut Tally) {
    lives_through(view, tally, |slot, request, ended| {
        let timed_out = is_failure(ended, |kind| kind == FailureKind::TimedOut);
        (timed_out && !is_out(view, request, ended))
            || fell_back(slot, |it| *it == Fallback::OutOfTime)
    });
}

/// The builder, or the way to it or back, is not there.
fn lives_through_outage(view: &View<'_>, tally: &mut Tally) {
    lives_through(view, tally, |_, request, ended| {
        is_failure(ended, |kind| match kind {
            FailureKind::Connect
            | FailureKind::Closed
            | FailureKind::Transport
            | FailureKind::Status(_)
            | FailureKind::BodyTooLarge
            | FailureKind::Malformed
            | FailureKind::IdMismatch => true,
            FailureKind::TimedOut => is_out(view, request, ended),
            FailureKind::Rpc(_) => false,
        })
    });
}

/// Whether the builder was dead, or a link to or from it swallowed everything, while a request was
/// under way.
fn is_out(view: &View<'_>, request: &Call<'_>, ended: &Ended<'_>) -> bool {
    view.trace.plan.faults.iter().any(|fault| {
        let (from_ms, until_ms) = match fault {
            Fault::Dies { at_ms, back_at_ms } => (*at_ms, *back_at_ms),
            Fault::BlackHole {
                from_ms, until_ms, ..
            } => (*from_ms, *until_ms),
        };
        from_ms * 1000 <= ended.at_us && until_ms.is_none_or(|until| until * 1000 > request.sent_us)
    })
}

fn is_failure(ended: &Ended<'_>, of: impl FnOnce(FailureKind) -> bool) -> bool {
    ended.outcome.is_err_and(|failure| of(failure.kind))
}

fn fell_back(slot: &SlotView<'_>, so: impl Fn(&Fallback) -> bool) -> bool {
    slot.events
        .iter()
        .any(|(_, event)| matches!(event, Event::FellBack { cause, .. } if so(cause)))
}

fn lives_through_invalid_payload(view: &View<'_>, tally: &mut Tally) {
    for slot in &view.slots {
        for request in &slot.requests {
            let Some(Ended {
                at_us,
                outcome: Ok(_),
                ..
            }) = request.ended
            else {
                continue;
            };
            let is_good = Answer::of(view, slot, request).is_some_and(|answer| answer.is_good());
            if !is_good {
                in_time(slot, at_us, tally);
            }
        }
    }
}

/// In each slot whose request ended so, a block is published by the slot's end.
fn lives_through(
    view: &View<'_>,
    tally: &mut Tally,
    ended_so: impl Fn(&SlotView<'_>, &Call<'_>, &Ended<'_>) -> bool,
) {
    for slot in &view.slots {
        for request in &slot.requests {
            if let Some(ended) = request.ended.filter(|ended| ended_so(slot, request, ended)) {
                in_time(slot, ended.at_us, tally);
            }
        }
    }
}

fn in_time(slot: &SlotView<'_>, at_us: u64, tally: &mut Tally) {
    let in_time = slot
        .published
        .iter()
        .any(|block| block.at_us <= slot.ends_us);
    tally.note(at_us, in_time, || {
        format!("no block was published by the end of slot {}", slot.number)
    });
}

fn one_block_by_the_deadline(view: &View<'_>, tally: &mut Tally) {
    for slot in &view.slots {
        let in_time = slot
            .published
            .iter()
            .filter(|block| block.at_us <= slot.ends_us)
            .count();
        tally.note(slot.ends_us, in_time == 1, || {
            match slot.published.first() {
                _ if in_time > 1 => format!("slot {} has {in_time} blocks", slot.number),
                Some(block) => {
                    format!(
                        "slot {} has its block only at {}",
                        slot.number,
                        time(block.at_us)
                    )
                }
                None => format!("slot {} has no block", slot.number),
            }
        });
    }
}

fn one_block_per_height(view: &View<'_>, tally: &mut Tally) {
    let mut published: BTreeMap<u64, u32> = BTreeMap::new();
    for block in view.slots.iter().flat_map(|slot| &slot.published) {
        let number = block.payload.block_number;
        let count = published.entry(number).or_default();
        *count += 1;
        tally.note(block.at_us, *count == 1, || {
            format!("a second block of height {number} was published")
        });
    }
}

/// After a slot that fell back the builder is asked again, and a payload that is as it should be is
/// taken. The other policies of selection may prefer the local block.
fn builder_used_again(view: &View<'_>, tally: &mut Tally) {
    let takes_any = view.trace.plan.sequencer.selection == SelectionPlan::Builder;
    let answers: Vec<Answer<'_>> = answers(view).collect();
    let mut had_fallen_back = false;
    for slot in &view.slots {
        let fixed = slot
            .scheduled
            .last()
            .is_some_and(|of| of.attributes.no_tx_pool);
        if had_fallen_back && slot.registered.is_some() && !fixed {
            let brought = answers
                .iter()
                .any(|answer| answer.slot.number == slot.number && answer.is_good());
            // What the sequencer could not take is no reason to complain.
            let excused = fell_back(slot, |cause| match cause {
                Fallback::HeadMoved
                | Fallback::OutOfTime
                | Fallback::Rejected(Rejection::BuilderReplaced) => true,
                Fallback::TimedOut
                | Fallback::Failed(_)
                | Fallback::Error { .. }
                | Fallback::Rejected(_) => false,
            });
            let taken = slot
                .published
                .iter()
                .any(|block| block.origin == Origin::Builder);
            let right = taken || excused || !takes_any || !brought;
            tally.note(slot.begins_us, !slot.requests.is_empty() && right, || {
                format!(
                    "the builder had recovered and was not used in slot {}",
                    slot.number
                )
            });
        }
        had_fallen_back |= fell_back(slot, |_| true);
    }
}

fn local_started(slot: &SlotView<'_>) -> Option<u64> {
    slot.events
        .iter()
        .find_map(|(at_us, event)| matches!(event, Event::LocalStarted { .. }).then_some(*at_us))
}
