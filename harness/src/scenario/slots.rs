//! The slots: `slots` and every `[[slot]]`.

use std::ops::Range;

use toml::Spanned;

use super::deeds::{self, Named};
use super::keys::{BUILDER_CHANGES, EXPECT, FORWARD, SLOT};
use super::l1;
use super::limits::{FORWARD_FAILS, SLOTS};
use super::probes;
use super::problem::Problem;
use super::replies;
use super::section::Section;
use super::settings::Timing;
use crate::faults::{self, Fault, On};
use crate::plan::{BuilderChange, BuilderSetting, Expectation, ForwardPlan, Origin, SlotPlan};

/// Reads all slots. Without timing, what has to do with time is not checked.
pub(super) fn read(top: &Section<'_>, timing: Option<&Timing>) -> Vec<SlotPlan> {
    let count = top.number("slots", SLOTS).map(|count| *count.get_ref());
    let mut slots: Vec<SlotPlan> = Vec::new();
    let mut previous: Option<Range<usize>> = None;
    for section in top.sections("slot", &SLOT) {
        let highest = slots.len() as u64;
        let given = section.number("number", SLOTS);
        let span = given.as_ref().map_or(section.span(), |given| given.span());
        let number = given.map_or(highest + 1, |given| *given.get_ref());
        let slot = slot(&section, number, timing);
        if number <= highest {
            section.report(|| out_of_order(span, number, highest, previous.clone()));
        } else if let Some(count) = count.filter(|count| number > *count) {
            section.report(|| {
                Problem::at(
                    span,
                    format!("there is no slot {number}"),
                    format!("the run has {count}"),
                )
                .advise(format!(
                    "write `slots = {number}` at the top, or leave it out"
                ))
            });
        } else if number > *SLOTS.end() {
            section.report(|| {
                Problem::at(
                    span,
                    format!("there is no slot {number}"),
                    "one slot too many",
                )
                .advise(format!("a run has at most {} slots", SLOTS.end()))
            });
        } else {
            slots.resize_with(number as usize - 1, SlotPlan::default);
            slots.push(slot);
            previous = Some(span);
        }
    }
    let count = count.unwrap_or(1).max(slots.len() as u64);
    slots.resize_with(count as usize, SlotPlan::default);
    slots
}

fn out_of_order(
    span: Range<usize>,
    number: u64,
    highest: u64,
    previous: Option<Range<usize>>,
) -> Problem {
    let problem = if number == highest {
        Problem::at(
            span,
            format!("slot {number} stands twice"),
            format!("slot {number} again"),
        )
    } else {
        Problem::at(
            span,
            "the slots are not in ascending order",
            format!("slot {number} after slot {highest}"),
        )
    };
    match previous {
        Some(previous) => problem.beside(previous, format!("slot {highest} is here")),
        None => problem,
    }
    .advise(format!(
        "without `number`, a `[[slot]]` is the one after the last: {} here",
        highest + 1
    ))
}

fn slot(section: &Section<'_>, number: u64, timing: Option<&Timing>) -> SlotPlan {
    let fault = |named: Named| named.read(section).and_then(|said| said.get_ref().fault);
    let request = fault(deeds::REQUEST);
    let attributes = l1::attributes(section);
    SlotPlan {
        reply: replies::read(section, number, request, timing),
        request: request.map(Fault::deed),
        forward: forward(section),
        head_update: fault(deeds::FORK_CHOICE).map(Fault::deed),
        no_tx_pool: attributes.no_tx_pool,
        user_deposits: attributes.user_deposits,
        deposits: attributes.deposits,
        l1: l1::change(section),
        head_replaced_at_ms: head_replaced(section, number, timing),
        builder_changes: builder_changes(section, timing),
        probes: probes::read(section, timing),
        expect: expect(section, timing),
    }
}

fn forward(slot: &Section<'_>) -> ForwardPlan {
    let Some(section) = slot.section("forward", &FORWARD) else {
        return ForwardPlan::default();
    };
    section.require("fails", "forward = { fails = 3 }");
    let fails = section.number_or("fails", FORWARD_FAILS, 0);
    let said = deeds::HOW.read(&section).map(Spanned::into_inner);
    if let Some(said) = said {
        deeds::HOW.check_parameters(&section, said, |members| {
            format!("forward = {{ fails = 3, {members} }}")
        });
    }
    // What fails has a way to fail.
    let fault = said
        .and_then(|said| said.fault)
        .or_else(|| faults::usual(On::ForwardedTransaction).filter(|_| fails > 0));
    ForwardPlan {
        fails,
        deed: fault.map(|fault| deeds::deed(&section, fault)),
    }
}

fn head_replaced(slot: &Section<'_>, number: u64, timing: Option<&Timing>) -> Option<u64> {
    let at = slot.number("head_replaced_at_ms", 1..=u64::MAX)?;
    within_slot(
        slot,
        "head_replaced_at_ms",
        at.span(),
        *at.get_ref(),
        timing,
    );
    if number == 1 {
        slot.report(|| {
            Problem::at(
                at.span(),
                "the head cannot be replaced in slot 1",
                "the head is genesis",
            )
            .advise("write `number = 2` in this `[[slot]]`, or a later one")
        });
    }
    if let Some(timing) = timing {
        leaves_time_to_build(slot, &at, timing);
    }
    Some(at.into_inner())
}

/// Whether the local block can be built anew on another head.
fn leaves_time_to_build(slot: &Section<'_>, at: &Spanned<u64>, timing: &Timing) {
    let at_ms = *at.get_ref();
    let latest_ms = timing.block_time_ms.saturating_sub(timing.local_build_ms);
    let in_slot = at_ms < timing.block_time_ms;
    if in_slot && at_ms > timing.request_at_ms && at_ms > latest_ms {
        slot.report(|| {
            Problem::at(
                at.span(),
                "the local engine has no block on the new head in time",
                format!(
                    "leaves {} ms of the slot",
                    timing.block_time_ms.saturating_sub(at_ms)
                ),
            )
            .advise(format!(
                "the local engine needs {} ms: `head_replaced_at_ms` is at most {latest_ms}, or \
                 `build_ms` in `[sequencer]` is smaller",
                timing.local_build_ms
            ))
        });
    }
}

fn builder_changes(slot: &Section<'_>, timing: Option<&Timing>) -> Option<BuilderChange> {
    const EXAMPLE: &str = "builder_changes = { at_ms = 1600, to = \"another-key\" }";
    let section = slot.section("builder_changes", &BUILDER_CHANGES)?;
    section.require("at_ms", EXAMPLE);
    section.require("to", EXAMPLE);
    let at = section.number("at_ms", 0..=u64::MAX);
    let to = section.word::<BuilderSetting>("to");
    let at = at?;
    within_slot(&section, "at_ms", at.span(), *at.get_ref(), timing);
    Some(BuilderChange {
        at_ms: at.into_inner(),
        to: to?.into_inner(),
    })
}

pub(super) fn within_slot(
    section: &Section<'_>,
    key: &str,
    span: Range<usize>,
    at_ms: u64,
    timing: Option<&Timing>,
) {
    if let Some(timing) = timing.filter(|timing| at_ms >= timing.block_time_ms) {
        section.report(|| {
            Problem::at(
                span,
                format!("`{key}` is after the end of the slot"),
                format!("a slot has {} ms", timing.block_time_ms),
            )
            .advise(format!(
                "`{key}` counts from the slot's start and is at most {}",
                timing.block_time_ms - 1
            ))
        });
    }
}

fn expect(slot: &Section<'_>, timing: Option<&Timing>) -> Expectation {
    let Some(section) = slot.section("expect", &EXPECT) else {
        return Expectation::default();
    };
    let block = section.word::<Origin>("block");
    let requests = section.number("requests", 0..=u32::MAX);
    let forward_attempts = section.number("forward_attempts", 0..=u32::MAX);
    if let (Some(block), Some(requests)) = (&block, &requests)
        && *block.get_ref() == Origin::Builder
        && *requests.get_ref() == 0
    {
        section.report(|| {
            Problem::at(
                requests.span(),
                "no block comes from a builder that is not asked",
                "no request",
            )
            .beside(block.span(), "and yet the builder's block")
            .advise("expect `block = \"local\"`, or leave `requests` out")
        });
    }
    let idle = timing.is_some_and(|timing| timing.transactions_per_slot == 0);
    if let Some(attempts) = forward_attempts.as_ref().filter(|_| idle) {
        section.report(|| {
            Problem::at(
                attempts.span(),
                "no transaction is sent, so none is forwarded",
                "would never be looked at",
            )
            .advise("leave `forward_attempts` out, or raise `transactions_per_slot`")
        });
    }
    Expectation {
        block: block.map(|block| block.into_inner()),
        requests: requests.map(|requests| requests.into_inner()),
        forward_attempts: forward_attempts.map(|attempts| attempts.into_inner()),
    }
}
