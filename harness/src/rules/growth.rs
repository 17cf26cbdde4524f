//! What must not grow, however long a node runs and whatever fails meanwhile: tasks and connections
//! (lines 51 and 52: liveness persists).

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::Bytes;

use super::tally::at_most;
use super::{Evidence, Level, Record, Rule, Subject, Tally};
use crate::dialect::Meaning;
use crate::trace::{Entry, Face, Host, What, Wire, time};
use crate::view::End;

/// How many tasks more there may be at the end of a run than at its beginning, for the same
/// connections.
const MORE_TASKS: u64 = 4;

/// How many tasks a connection may cost.
const TASKS_A_CONNECTION: u64 = 4;

/// How many times the connections that are needed may be open on real sockets, until it is a leak.
const RACES: i64 = 4;

/// How long nothing may happen to the link before the end of a run, so that what it cost is over.
const SETTLES_US: u64 = 1_400_000;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "failsafe/no-task-is-left",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 52,
        quote: None,
        source: Some(
            "line 52: liveness persists, so that nothing is left of calls that are over, however \
             they ended",
        ),
        evidence: &[Evidence::Wire, Evidence::Tasks],
        check: |record, tally| no_leak(record, tally, Host::Sequencer),
    },
    Rule {
        id: "failsafe/builder-leaves-no-task",
        level: Level::Derived,
        subject: Subject::Builder,
        line: 43,
        quote: None,
        source: Some(
            "lines 43 to 45: a builder is told of heads and asked for blocks for as long as the \
             chain lives, so that nothing is left of what is over",
        ),
        evidence: &[Evidence::Wire, Evidence::Tasks],
        check: |record, tally| no_leak(record, tally, Host::Builder),
    },
    Rule {
        id: "forward-transaction/bounded",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 122,
        quote: None,
        source: Some(
            "lines 120 and 122, DECISION retry-pause: six attempts of 200 ms follow on one another \
             at once, so that nothing takes longer than 1.2 s",
        ),
        evidence: &[Evidence::Wire],
        check: forwarding_is_bounded,
    },
    Rule {
        id: "failsafe/connections-are-bounded",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 52,
        quote: None,
        source: Some(
            "line 52: liveness persists, so that there are no more connections than calls at a time \
             ever needed",
        ),
        evidence: &[Evidence::Wire],
        check: connections_are_bounded,
    },
];

/// When all is over there are no more tasks than there were before anything had begun, but for those
/// of connections.
fn no_leak(record: &Record<'_>, tally: &mut Tally, host: Host) {
    let trace = record.view.trace;
    let mut first = None;
    let mut last = None;
    for entry in trace.entries.iter().filter(|entry| entry.host == host) {
        match entry.what {
            What::Tasks(tasks) => {
                first.get_or_insert(tasks);
                last = Some((entry.at_us, tasks));
            }
            // What comes back begins anew.
            What::Died | What::Panicked(_) => (first, last) = (None, None),
            What::Crossed { .. }
            | What::Published(_)
            | What::Restored(_)
            | What::Followed(_)
            | What::Did(_)
            | What::Interfered { .. }
            | What::Says(_)
            | What::Logs(_)
            | What::Impossible(_)
            | What::Back => {}
        }
    }
    let (Some(first), Some((at_us, tasks))) = (first, last) else {
        return;
    };
    let ended_us = record.view.slots.last().map_or(0, |slot| slot.ends_us);
    if at_us < ended_us + SETTLES_US || is_unsettled(record, at_us) {
        return;
    }
    let open = match host {
        Host::Builder => open_connections(&trace.entries),
        Host::Users | Host::Operator | Host::Sequencer | Host::Follower | Host::Proxy => 0,
    };
    let bound = first + MORE_TASKS + TASKS_A_CONNECTION * open;
    tally.note(at_us, tasks <= bound, || {
        format!(
            "there are {tasks} tasks in the {host} when all is over, with {open} connections to it, \
             and there were {first} at first"
        )
    });
}

/// Whether something that is out of the ordinary still lasts at a time, or did until shortly before.
fn is_unsettled(record: &Record<'_>, at_us: u64) -> bool {
    let from_us = at_us.saturating_sub(2 * SETTLES_US);
    let stimulus = &record.view.stimulus;
    let network = &record.view.trace.plan.network;
    let one_way_ms = network.sequencer_to_builder_ms + network.builder_to_sequencer_ms;
    let is_far = 2000 * (one_way_ms + 2 * network.jitter_ms) > SETTLES_US;
    is_far || stimulus.is_out(from_us, at_us) || !stimulus.engine_is_well(from_us, at_us)
}

/// An attempt to hand a transaction on begins when the one before it has ended.
fn forwarding_is_bounded(record: &Record<'_>, tally: &mut Tally) {
    let guard_us = record.view.trace.clock.guard_us() + record.connecting_us();
    let mut ended: BTreeMap<&Bytes, u64> = BTreeMap::new();
    let mut attempts: Vec<_> = record.view.forwarded().collect();
    attempts.sort_by_key(|(_, arrived, _)| arrived.begun_us);
    for (exchange, arrived, transaction) in attempts {
        let begun_us = arrived.begun_us;
        if let Some(before_us) = ended.get(transaction)
            && !record.view.stimulus.is_out(*before_us, begun_us)
            && record
                .view
                .unheard_in(*before_us, begun_us)
                .next()
                .is_none()
        {
            tally.note_if(begun_us, at_most(begun_us, *before_us, guard_us), || {
                format!(
                    "an attempt ended at {} and the next one began at {}",
                    time(*before_us),
                    time(begun_us)
                )
            });
        }
        match exchange.end() {
            End::Complete { at_us } | End::GaveUp { at_us } => {
                ended.insert(transaction, at_us);
            }
            End::Unknown => {
                ended.remove(transaction);
            }
        }
    }
}

/// There are no more connections than there ever were calls at a time, of each kind: they are used
/// again, and closed when they are not.
fn connections_are_bounded(record: &Record<'_>, tally: &mut Tally) {
    let ended_us = record.view.trace.ended_us;
    // Where the proxy writes a reply's bytes itself, its own end may stay open.
    let mut slots = record.view.trace.plan.slots.iter();
    let is_mangled = slots.any(|slot| {
        let deeds = [&slot.reply.deed, &slot.forward.deed];
        deeds
            .into_iter()
            .flatten()
            .any(|deed| deed.fault.ends_with("/wire"))
    });
    if record.view.exchanges.is_empty() || is_mangled || is_unsettled(record, ended_us) {
        return;
    }
    let mut calls: BTreeMap<&str, Calls> = BTreeMap::new();
    for exchange in &record.view.exchanges {
        let Some(arrived) = &exchange.arrived else {
            continue;
        };
        let until_us = match exchange.end() {
            End::Complete { at_us } | End::GaveUp { at_us } => at_us,
            End::Unknown => ended_us,
        };
        let of_kind = calls.entry(kind_of(&arrived.meaning)).or_default();
        of_kind.note(arrived.begun_us, until_us);
    }
    let needed: i64 = calls.values().map(Calls::most).sum();
    let open = open_connections(&record.view.trace.entries);
    let connections = i64::try_from(open).unwrap_or(i64::MAX);
    // On real sockets a call may find a connection while another is being opened for it, which is
    // open then too: how often that was is not seen.
    let is_exact = record.view.trace.clock.guard_us() == 0;
    let held = match connections <= needed {
        true => Some(true),
        false if is_exact || connections > RACES * needed => Some(false),
        false => None,
    };
    tally.note_if(ended_us, held, || {
        format!(
            "{open} connections are open when all is over, and no more than {needed} calls were \
             ever under way at a time"
        )
    });
}

/// Calls that may share connections.
fn kind_of(meaning: &Meaning) -> &str {
    match meaning {
        Meaning::HeadUpdate { .. } | Meaning::NewBlock { .. } => "head",
        Meaning::PayloadRequest(_)
        | Meaning::ForwardedTransaction(_)
        | Meaning::UserTransaction(_)
        | Meaning::Question(_)
        | Meaning::Other(_)
        | Meaning::Unread(_) => meaning.name(),
    }
}

/// When calls began and ended: by how many more or less there were at each time.
#[derive(Debug, Default)]
struct Calls(BTreeMap<u64, i64>);

impl Calls {
    fn note(&mut self, from_us: u64, until_us: u64) {
        *self.0.entry(from_us).or_default() += 1;
        // One that ends in an instant in which another begins was under way beside it.
        *self.0.entry(until_us.max(from_us) + 1).or_default() -= 1;
    }

    /// How many were under way at a time at most.
    fn most(&self) -> i64 {
        let under_way = self.0.values().scan(0, |now, more| {
            *now += more;
            Some(*now)
        });
        under_way.max().unwrap_or_default()
    }
}

/// How many connections of the sequencer's to the builder's door are open at the end.
fn open_connections(entries: &[Entry]) -> u64 {
    let mut open = BTreeSet::new();
    for entry in entries {
        match &entry.what {
            What::Died => open.clear(),
            What::Crossed {
                face: Face::Sequencer,
                wire: Wire::Opened { connection, .. },
            } => {
                open.insert(*connection);
            }
            What::Crossed {
                face: Face::Sequencer,
                wire: Wire::Closed { connection, .. },
            } => {
                open.remove(connection);
            }
            What::Crossed { .. }
            | What::Published(_)
            | What::Restored(_)
            | What::Followed(_)
            | What::Did(_)
            | What::Interfered { .. }
            | What::Says(_)
            | What::Logs(_)
            | What::Impossible(_)
            | What::Back
            | What::Panicked(_)
            | What::Tasks(_) => {}
        }
    }
    open.len() as u64
}
