//! Mempool Forwarding (lines 54 to 56).

use std::collections::BTreeSet;

use gauntlet_protocol::constants::FORWARD_TRANSACTION;

use super::{Evidence, Level, Rule, Subject, Tally};
use crate::trace::Host;
use crate::view::View;

pub(super) const RULES: &[Rule] = &[Rule {
    id: "mempool/forwarding-isolated",
    level: Level::Derived,
    subject: Subject::Sequencer,
    line: 56,
    quote: None,
    source: Some(
        "lines 52 and 56: forwarding delays neither block production nor the user's answer",
    ),
    evidence: &[Evidence::Wire, Evidence::Blocks],
    check: forwarding_isolated,
}];

/// A user whose transaction is forwarded is answered before the builder can have answered.
fn forwarding_isolated(view: &View<'_>, tally: &mut Tally) {
    let network = &view.trace.plan.network;
    let round_trip_us = (network.sequencer_to_builder_ms + network.builder_to_sequencer_ms) * 1000;
    let forwarded: BTreeSet<&str> = view
        .calls_of(Host::Sequencer, FORWARD_TRANSACTION)
        .map(|call| call.params)
        .collect();
    for exchange in view.exchanges_of(Host::Sequencer, "eth_sendRawTransaction") {
        if !forwarded.contains(exchange.params) {
            continue;
        }
        let waited_us = exchange
            .reply
            .map(|reply| reply.at_us - exchange.received_us);
        tally.note(
            exchange.received_us,
            waited_us.is_some_and(|waited_us| waited_us < round_trip_us),
            || match waited_us {
                Some(waited_us) => {
                    format!("the user waited {} ms for the builder", waited_us / 1000)
                }
                None => "the user was never answered".to_owned(),
            },
        );
    }
}
