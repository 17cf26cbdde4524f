//! The timeout, no retry, the local block.

use gauntlet_builder::Event as BuilderEvent;
use gauntlet_protocol::constants::FORWARD_TRANSACTION;
use gauntlet_rpc::FailureKind;
use gauntlet_sequencer::{Event, Fallback, Origin};

use super::{Evidence, Level, Rule, Subject, TIMEOUT_US, Tally, ends_us};
use crate::trace::{Host, time};
use crate::view::{Call, Ended, SlotView, View};

pub(super) const WAITS: Rule = Rule {
    id: "get-payload/waits-200-ms",
    level: Level::Derived,
    subject: Subject::Sequencer,
    line: 95,
    quote: None,
    source: Some(
        "execution-apis common, timeouts: callers MUST wait the timeout before they abort",
    ),
    evidence: &[Evidence::Wire, Evidence::Blocks],
    check: waits,
};

pub(super) const GIVES_UP: Rule = Rule {
    id: "get-payload/gives-up-at-200-ms",
    level: Level::Should,
    subject: Subject::Sequencer,
    line: 97,
    quote: Some("Sequencer SHOULD use local block and move on."),
    source: None,
    evidence: &[Evidence::Wire, Evidence::Blocks],
    check: gives_up,
};

pub(super) const NO_RETRY: Rule = Rule {
    id: "get-payload/no-retry",
    level: Level::Declared,
    subject: Subject::Sequencer,
    line: 96,
    quote: Some("retries: 0"),
    source: None,
    evidence: &[Evidence::Wire, Evidence::Blocks],
    check: no_retry,
};

pub(super) const LOCAL_ON_TIMEOUT: Rule = Rule {
    id: "get-payload/local-block-on-timeout",
    level: Level::Should,
    subject: Subject::Sequencer,
    line: 97,
    quote: Some(
        "Timeout does not leave enough time to retry for this block, Sequencer SHOULD use local \
            block and move on.",
    ),
    source: None,
    evidence: &[Evidence::Wire, Evidence::Blocks],
    check: local_on_timeout,
};

pub(super) const LOCAL_ON_ERROR: Rule = Rule {
    id: "get-payload/local-block-on-error",
    level: Level::Derived,
    subject: Subject::Sequencer,
    line: 102,
    quote: None,
    source: Some("lines 52 and 102: an error means the local block"),
    evidence: &[Evidence::Wire, Evidence::Blocks],
    check: local_on_error,
};

pub(super) const LATE_DISCARDED: Rule = Rule {
    id: "get-payload/late-reply-discarded",
    level: Level::Derived,
    subject: Subject::Sequencer,
    line: 97,
    quote: None,
    source: Some("line 97: after the timeout the sequencer moves on; a late answer is never used"),
    evidence: &[Evidence::Wire, Evidence::Blocks],
    check: late_discarded,
};

pub(super) const NO_CALL_WHEN_UNSET: Rule = Rule {
    id: "get-payload/no-call-when-unset",
    level: Level::Derived,
    subject: Subject::Sequencer,
    line: 106,
    quote: Some(
        "Client software MAY call this method if `builderPubkey` and `builderUrl` are set.",
    ),
    source: None,
    evidence: &[Evidence::Wire, Evidence::Blocks],
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
    for due_us in overdue(view) {
        tally.note(due_us, false, || {
            "the sequencer goes on waiting for the builder".to_owned()
        });
    }
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

/// When the 200 ms were over of each request that goes on to the end of the run. DECISION:
/// head-change: a request on a head that moved is dropped.
fn overdue(view: &View<'_>) -> impl Iterator<Item = u64> {
    let until_us = ends_us(view);
    view.slots.iter().flat_map(move |slot| {
        let moved_us = slot.events.iter().find_map(|(at_us, event)| {
            matches!(event, Event::FellBack { cause, .. } if *cause == Fallback::HeadMoved)
                .then_some(*at_us)
        });
        slot.requests
            .iter()
            .filter(|request| request.ended.is_none())
            .map(|request| request.sent_us + TIMEOUT_US)
            .filter(move |due_us| *due_us < until_us && moved_us.is_none_or(|at| at > *due_us))
    })
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
            let sealed = view.builder().find_map(|(at_us, event)| {
                let BuilderEvent::Sealed { hash, .. } = event else {
                    return None;
                };
                (request.sent_us..slot.ends_us)
                    .contains(&at_us)
                    .then_some(*hash)
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

/// Without a builder no block is requested, and what users submit is not forwarded (line 132).
fn no_call_when_unset(view: &View<'_>, tally: &mut Tally) {
    for slot in &view.slots {
        let Some(scheduled) = slot.scheduled.first() else {
            continue;
        };
        if slot.registered.is_none() {
            tally.note(scheduled.at_us, slot.requests.is_empty(), || {
                format!(
                    "a block was requested in slot {}, and no builder is set",
                    slot.number
                )
            });
        }
    }
    for exchange in view.exchanges_of(Host::Sequencer, "eth_sendRawTransaction") {
        let mut attempts = view.calls_of(Host::Sequencer, FORWARD_TRANSACTION);
        if is_unset(view, exchange.received_us)
            && attempts.any(|call| call.params == exchange.params)
        {
            tally.note(exchange.received_us, false, || {
                "a transaction was forwarded, and no builder is set".to_owned()
            });
        }
    }
}

/// Whether no builder is set at a time, nor in the same instant.
fn is_unset(view: &View<'_>, at_us: u64) -> bool {
    let plan = &view.trace.plan.sequencer;
    let mut is_set = plan.builder_pubkey && plan.builder_url;
    let changes = view.sequencer().filter_map(|(changed_us, event)| {
        if let Event::BuilderChanged { pubkey } = event {
            Some((changed_us, pubkey.is_some()))
        } else {
            None
        }
    });
    // The first one is the configuration's, which the plan knows better.
    for (changed_us, to) in changes.skip(1) {
        if changed_us < at_us {
            is_set = to;
        } else if changed_us == at_us {
            return false;
        }
    }
    !is_set
}

fn ended<'v>(view: &'v View<'v>) -> impl Iterator<Item = (&'v Call<'v>, Ended<'v>)> {
    view.slots.iter().flat_map(|slot| ended_in(slot))
}

fn ended_in<'v>(slot: &'v SlotView<'v>) -> impl Iterator<Item = (&'v Call<'v>, Ended<'v>)> {
    slot.requests
        .iter()
        .filter_map(|request| request.ended.map(|ended| (request, ended)))
}
