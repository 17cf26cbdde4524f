//! What the plan says of the links, as a function of time: latency, jitter, loss, black holes.

use std::sync::Arc;

use super::line::{Cargo, Direction as Way, Hop, Links};
use crate::plan::{Direction, Fault, Keyed, LinkTrouble, Plan};
use crate::trace::Host;

/// When TCP sends what was lost again, after it was sent first: each pause is twice the one before
/// (RFC 6298, from its smallest timeout in use on).
const SENT_AGAIN_MS: [u64; 6] = [200, 600, 1400, 3000, 6200, 12_600];

/// When TCP asks again for a connection, after it asked first (RFC 6298, section 2.1).
const ASKED_AGAIN_MS: [u64; 6] = [1000, 3000, 7000, 15_000, 31_000, 63_000];

/// The links of a plan.
pub(super) fn of(plan: &Arc<Plan>) -> Links {
    let plan = plan.clone();
    let keyed = Keyed::new(plan.seed);
    Links::new(move |hop| arrival_ms(&plan, &keyed, hop))
}

fn arrival_ms(plan: &Plan, keyed: &Keyed, hop: &Hop<'_>) -> Option<u64> {
    let (latency_ms, direction) = if hop.from == Host::Users.name() || hop.to == Host::Users.name()
    {
        (plan.network.users_ms, None)
    } else if hop.to == Host::Builder.name() {
        (
            plan.network.sequencer_to_builder_ms,
            Some(Direction::SequencerToBuilder),
        )
    } else {
        (
            plan.network.builder_to_sequencer_ms,
            Some(Direction::BuilderToSequencer),
        )
    };
    let Some(direction) = direction else {
        return Some(hop.sent_ms + latency_ms);
    };
    let draws = Draws {
        keyed,
        hop,
        direction,
    };
    let leaves_ms = leaves_ms(plan, &draws)?;
    let slow_ms: u64 = troubles(plan, direction, leaves_ms)
        .map(|trouble| match trouble {
            LinkTrouble::Slow { by_ms } => by_ms,
            LinkTrouble::Loses { .. } | LinkTrouble::DropsConnects => 0,
        })
        .sum();
    Some(leaves_ms + latency_ms + draws.jitter_ms(plan.network.jitter_ms) + slow_ms)
}

/// What is drawn for a message.
struct Draws<'a> {
    keyed: &'a Keyed,
    hop: &'a Hop<'a>,
    direction: Direction,
}

impl Draws<'_> {
    fn jitter_ms(&self, at_most_ms: u64) -> u64 {
        if at_most_ms == 0 || self.hop.cargo == Cargo::Room {
            return 0;
        }
        let site = match (self.direction, self.hop.direction) {
            (Direction::SequencerToBuilder, Way::ToServer) => "jitter to the builder",
            (Direction::BuilderToSequencer, Way::ToClient) => "jitter to the sequencer",
            (_, Way::ToServer) => "jitter of a connection from the builder",
            (_, Way::ToClient) => "jitter of an answer to the builder",
        };
        let (connection, message) = (self.hop.connection, self.hop.message);
        self.keyed
            .between(site, connection, message, 0..=at_most_ms)
    }

    /// Whether the message is lost when it is sent for the n-th time, counted from 0.
    fn is_lost(&self, percent: u64, n: u64) -> bool {
        let site = match self.hop.direction {
            Way::ToServer => "loss to a server",
            Way::ToClient => "loss to a client",
        };
        let message = self.hop.message * SENT_AGAIN_MS.len() as u64 + n;
        self.keyed
            .chance(site, self.hop.connection, message, percent)
    }
}

/// What troubles a direction of the link at a time.
fn troubles(
    plan: &Plan,
    direction: Direction,
    at_ms: u64,
) -> impl Iterator<Item = LinkTrouble> + '_ {
    plan.faults.iter().filter_map(move |fault| match fault {
        Fault::Disturbs {
            trouble,
            direction: of,
            ..
        } if of.covers(direction) && fault.is_at(at_ms) => Some(*trouble),
        Fault::Disturbs { .. }
        | Fault::Dies { .. }
        | Fault::Restarts { .. }
        | Fault::BlackHole { .. }
        | Fault::Engine { .. } => None,
    })
}

/// When a message gets through that is sent now: now, or when it is sent again for the last time.
fn leaves_ms(plan: &Plan, draws: &Draws<'_>) -> Option<u64> {
    let sent_ms = draws.hop.sent_ms;
    let mut leaves_ms = after_black_holes(plan, draws.direction, sent_ms)?;
    if draws.hop.cargo == Cargo::Room {
        return Some(leaves_ms);
    }
    let again_ms = match draws.hop.cargo {
        Cargo::Connect => ASKED_AGAIN_MS,
        Cargo::Answer | Cargo::Bytes(_) | Cargo::End | Cargo::Loss | Cargo::Room => SENT_AGAIN_MS,
    };
    for (n, again_ms) in (0..).zip(again_ms) {
        let is_lost = troubles(plan, draws.direction, leaves_ms).any(|trouble| match trouble {
            LinkTrouble::Slow { .. } => false,
            LinkTrouble::Loses { percent } => draws.is_lost(percent, n),
            LinkTrouble::DropsConnects => draws.hop.cargo == Cargo::Connect,
        });
        if !is_lost {
            break;
        }
        leaves_ms = after_black_holes(plan, draws.direction, sent_ms + again_ms)?.max(leaves_ms);
    }
    Some(leaves_ms)
}

/// When a message that is sent at a time gets through the black holes: then, or when the last of
/// those that swallow it is gone.
fn after_black_holes(plan: &Plan, direction: Direction, sent_ms: u64) -> Option<u64> {
    let mut leaves_ms = sent_ms;
    // Black holes may touch or overlap: go on until none swallows it.
    loop {
        let swallowed = plan.faults.iter().find_map(|fault| match fault {
            Fault::BlackHole {
                direction: of,
                until_ms,
                ..
            } => (of.covers(direction) && fault.is_at(leaves_ms)).then_some(*until_ms),
            Fault::Dies { .. }
            | Fault::Restarts { .. }
            | Fault::Disturbs { .. }
            | Fault::Engine { .. } => None,
        });
        match swallowed {
            None => return Some(leaves_ms),
            Some(until_ms) => leaves_ms = until_ms?,
        }
    }
}
