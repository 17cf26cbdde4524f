//! What the plan says of the links, as a function of time: latency, jitter, black holes.

use std::sync::Arc;

use super::line::{Cargo, Direction as Way, Hop, Links};
use crate::plan::Keyed;
use crate::plan::{Direction, Fault, Plan};
use crate::trace::Host;

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
    let jitter_ms = jitter_ms(plan, keyed, hop, direction);
    let leaves_ms = leaves_ms(plan, direction, hop.sent_ms)?;
    Some(leaves_ms + latency_ms + jitter_ms)
}

fn jitter_ms(plan: &Plan, keyed: &Keyed, hop: &Hop<'_>, direction: Direction) -> u64 {
    if plan.network.jitter_ms == 0 || hop.cargo == Cargo::Room {
        return 0;
    }
    let site = match (direction, hop.direction) {
        (Direction::SequencerToBuilder, Way::ToServer) => "jitter to the builder",
        (Direction::BuilderToSequencer, Way::ToClient) => "jitter to the sequencer",
        (_, Way::ToServer) => "jitter of a connection from the builder",
        (_, Way::ToClient) => "jitter of an answer to the builder",
    };
    keyed.between(
        site,
        hop.connection,
        hop.message,
        0..=plan.network.jitter_ms,
    )
}

/// When a message that is sent now gets through: now, or when the last of the black holes that
/// swallow it is gone.
fn leaves_ms(plan: &Plan, direction: Direction, sent_ms: u64) -> Option<u64> {
    let mut leaves_ms = sent_ms;
    // Black holes may touch or overlap: go on until none swallows it.
    loop {
        let swallowed = plan.faults.iter().find_map(|fault| match fault {
            Fault::BlackHole {
                direction: of,
                from_ms,
                until_ms,
            } => {
                let covers = *of == Direction::Both || *of == direction;
                let during =
                    *from_ms <= leaves_ms && until_ms.is_none_or(|until| leaves_ms < until);
                (covers && during).then_some(*until_ms)
            }
            Fault::Dies { .. } => None,
        });
        match swallowed {
            None => return Some(leaves_ms),
            Some(until_ms) => leaves_ms = until_ms?,
        }
    }
}
