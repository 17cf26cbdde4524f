//! The timeout, no retry, the local block.

use gauntlet_builder::Event as BuilderEvent;
use gauntlet_protocol::GetPayloadParams;
use gauntlet_protocol::constants::{FORWARD_TRANSACTION, GET_PAYLOAD};
use gauntlet_rpc::FailureKind;
use gauntlet_sequencer::Origin;

use super::{Level, Rule, Subject, TIMEOUT_US, Tally};
use crate::trace::{Call, Ended, Host, SlotView, View, time};

pub(super) const WAITS: Rule = Rule {
    id: "get-payload/waits-200-ms",
    level: Level::Derived,
    subject: Subject::Sequencer,
    line: 95,
    quote: "execution-apis common, timeouts: callers MUST wait the timeout before they abort",
    check: waits,
};

pub(super) const GIVES_UP: Rule = Rule {
    id: "get-payload/gives-up-at-200-ms",
    level: Level::Should,
    subject: Subject::Sequencer,
    line: 97,
    quote: "Sequencer SHOULD use local block and move on.",
    check: gives_up,
};

pub(super) const ANSWERS: Rule = Rule {
    id: "get-payload/answers-within-200-ms",
    level: Level::Derived,
    subject: Subject::Builder,
    line: 95,
    quote: "timeout: 200ms",
    check: answers,
};

pub(super) const NO_RETRY: Rule = Rule {
    id: "get-payload/no-retry",
    level: Level::Declared,
    subject: Subject::Sequencer,
    line: 96,
    quote: "retries: 0",
    check: no_retry,
};

pub(super) const LOCAL_ON_TIMEOUT: Rule = Rule {
    id: "get-payload/local-block-on-timeout",
    level: Level::Should,
    subject: Subject::Sequencer,
    line: 97,
    quote: "Timeout does not leave enough time to retry for this block, Sequencer SHOULD use local \
            block and move on.",
    check: local_on_timeout,
};

pub(super) const LOCAL_ON_ERROR: Rule = Rule {
    id: "get-payload/local-block-on-error",
    level: Level::Derived,
    subject: Subject::Sequencer,
    line: 102,
    quote: "lines 52 and 102: an error means the local block",
    check: local_on_error,
};

pub(super) const LATE_DISCARDED: Rule = Rule {
    id: "get-payload/late-reply-discarded",
    level: Level::Derived,
    subject: Subject::Sequencer,
    line: 97,
    quote: "line 97: after the timeout the sequencer moves on; a late answer is never used",
    check: late_discarded,
};

pub(super) const NO_CALL_WHEN_UNSET: Rule = Rule {
    id: "get-payload/no-call-when-unset",
    level: Level::Derived,
    subject: Subject::Sequencer,
    line: 106,
    quote: "Client software MAY call this method if `builderPubkey` and `builderUrl` are set.",
    check: no_call_when_unset,
};

/// A request that is given up for its time had 200 ms, and a reply that is complete before is
/// read. DECISION: timeout-tie.
fn waits(view: &View<'_>, tally: &mut Tally) {
    for (request, ended) in ended(view) {
        match ended.outcome {
            Err(failure) if failure.kind == FailureKind::TimedOut => {
                let waited_us = ended.at_us - request.sent_us;
                tally.note(ended.at_us, waited_us >= TIMEOUT_US, || {
                    format!("the sequencer waited only {}", time(waited_us))
                });
            }
            Ok(_) => tally.note(ended.at_us, true, String::new),
            Err(_) => {}
        }
    }
}

/// No request lasts longer than 200 ms, and what is read then was complete strictly before.
fn gives_up(view: &View<'_>, tally: &mut Tally) {
    for (request, ended) in ended(view) {
        let lasted_us = ended.at_us - request.sent_us;
        if lasted_us < TIMEOUT_US {
            continue;
        }
        let given_up = lasted_us == TIMEOUT_US && ended.outcome.is_err();
        tally.note(ended.at_us, given_up, || {
            format!("the sequencer waited {} for the builder", time(lasted_us))
        });
    }
}

/// A builder that had its build time answers within 200 ms of the request's arrival.
fn answers(view: &View<'_>, tally: &mut Tally) {
    let build_us = view.trace.plan.builder.build_ms * 1000;
    for exchange in view.exchanges_of(Host::Builder, GET_PAYLOAD) {
        if exchange.held_back || !exchange.reply_is_the_nodes() {
            continue;
        }
        let Some(reply) = exchange.reply else {
            continue;
        };
        let lasted_us = reply.at_us - exchange.received_us;
        let excused = job_started_us(view, exchange.params)
            .is_some_and(|started_us| started_us + build_us > exchange.received_us);
        if excused && lasted_us >= TIMEOUT_US {
            continue;
        }
        tally.note(reply.at_us, lasted_us < TIMEOUT_US, || {
            format!("the builder answered only after {}", time(lasted_us))
        });
    }
}

fn no_retry(view: &View<'_>, tally: &mut Tally) {
    for slot in &view.slots {
        let Some(last) = slot.requests.last() else {
            continue;
        };
        let count = slot.requests.len();
        tally.note(last.sent_us, count == 1, || {
            format!("slot {} has {count} payload requests", slot.number)
        });
    }
}

fn local_on_timeout(view: &View<'_>, tally: &mut Tally) {
    for slot in &view.slots {
        for (request, ended) in ended_in(slot) {
            if ended.at_us - request.sent_us >= TIMEOUT_US {
                local_block(slot, ended.at_us, tally);
            }
        }
    }
}

fn local_on_error(view: &View<'_>, tally: &mut Tally) {
    for slot in &view.slots {
        for (_, ended) in ended_in(slot) {
            let is_error = matches!(
                ended.outcome,
                Err(failure) if matches!(failure.kind, FailureKind::Rpc(_) | FailureKind::Status(_))
            );
            if is_error {
                local_block(slot, ended.at_us, tally);
            }
        }
    }
}

/// The slot has a local block, and no other.
fn local_block(slot: &SlotView<'_>, at_us: u64, tally: &mut Tally) {
    let local = slot
        .published
        .iter()
        .all(|block| block.origin == Origin::Local);
    tally.note(at_us, local && !slot.published.is_empty(), || {
        if local {
            format!("slot {} has no block", slot.number)
        } else {
            format!("slot {} has the builder's block", slot.number)
        }
    });
}

/// A payload that the builder sealed for a request, and that did not arrive within its 200 ms, is
/// not published as the builder's, in no slot.
fn late_discarded(view: &View<'_>, tally: &mut Tally) {
    for slot in &view.slots {
        for (request, ended) in ended_in(slot) {
            if ended.at_us - request.sent_us < TIMEOUT_US {
                continue;
            }
            let sealed = view.builder().find_map(|(at_us, event)| match event {
                BuilderEvent::Sealed { hash, .. }
                    if (request.sent_us..slot.ends_us).contains(&at_us) =>
                {
                    Some(*hash)
                }
                _ => None,
            });
            let Some(hash) = sealed else { continue };
            let used = view
                .slots
                .iter()
                .flat_map(|slot| &slot.published)
                .any(|block| block.origin == Origin::Builder && block.payload.block_hash == hash);
            tally.note(ended.at_us, !used, || "a late reply was used".to_owned());
        }
    }
}

fn no_call_when_unset(view: &View<'_>, tally: &mut Tally) {
    for slot in &view.slots {
        let Some(scheduled) = slot.scheduled.first() else {
            continue;
        };
        if slot.registered.is_some() {
            continue;
        }
        let is_set_later = slot.events.iter().any(|(_, event)| {
            matches!(
                event,
                gauntlet_sequencer::Event::BuilderChanged { pubkey: Some(_) }
            )
        });
        let forwarded = !is_set_later
            && view
                .calls_of(Host::Sequencer, FORWARD_TRANSACTION)
                .any(|call| {
                    // Attempts of an earlier slot may still be under way.
                    (slot.begins_us + 1_200_000..slot.ends_us).contains(&call.sent_us)
                });
        let called = !slot.requests.is_empty() || forwarded;
        tally.note(scheduled.at_us, !called, || {
            format!(
                "a builder was called in slot {}, and none is set",
                slot.number
            )
        });
    }
}

fn ended<'v>(view: &'v View<'v>) -> impl Iterator<Item = (&'v Call<'v>, Ended<'v>)> {
    view.slots.iter().flat_map(|slot| ended_in(slot))
}

fn ended_in<'v>(slot: &'v SlotView<'v>) -> impl Iterator<Item = (&'v Call<'v>, Ended<'v>)> {
    slot.requests
        .iter()
        .filter_map(|request| request.ended.map(|ended| (request, ended)))
}

/// When the builder started on the block that a request asks for.
fn job_started_us(view: &View<'_>, params: &str) -> Option<u64> {
    let asked = GetPayloadParams::from_json(params).ok()?.payload;
    view.builder()
        .filter_map(|(at_us, event)| match event {
            BuilderEvent::JobStarted { number, parent }
                if *parent == asked.parent_hash && asked.block_number == *number =>
            {
                Some(at_us)
            }
            _ => None,
        })
        .last()
}
