//! What a real clock cannot tell is not held against anybody.

use gauntlet::net::sim;
use gauntlet::rules::{self, Verdict};
use gauntlet::suite::Suite;
use gauntlet::trace::{Clock, Trace, What};
use gauntlet::view::View;

/// When each payload that was asked for was sent on to the sequencer, and when it is noted that it
/// has arrived.
fn payloads(trace: &Trace) -> Vec<(u64, u64)> {
    let view = View::of(trace);
    let exchanges = view.payload_requests().map(|request| request.exchange);
    exchanges
        .map(|exchange| {
            let sent = exchange.reply.as_ref().expect("a reply");
            (sent.at_us, exchange.arrives_us.expect("an arrival"))
        })
        .collect()
}

fn verdict(trace: &Trace, id: &str) -> Verdict {
    let verdicts = rules::judge(trace).into_iter();
    let mut mine = verdicts.filter(|(rule, _)| rule.id == id);
    mine.next().expect("a rule of this id").1
}

/// The proxy and the sequencer run at the same time: the sequencer can have published a payload
/// before the proxy comes to note that it has written it.
#[test]
fn a_block_that_is_published_before_its_payload_is_noted_to_have_arrived_is_made_of_it() {
    const RULE: &str = "get-payload/waits-200-ms";
    let case = Suite::embedded().case("interaction/healthy-slots");
    let mut trace = sim::run(&case.input.expect("a plan")).expect("a run");
    let payloads = payloads(&trace);
    let published = |entry: &&mut gauntlet::trace::Entry| matches!(entry.what, What::Published(_));
    let blocks = trace.entries.iter_mut().filter(published);
    for (block, (sent_us, arrives_us)) in blocks.zip(&payloads) {
        block.at_us = arrives_us - 1;
        assert!(block.at_us > *sent_us);
    }
    trace.sort();
    // A clock that is exact says that they were published before the payloads were there.
    assert!(verdict(&trace, RULE).is_violated());
    trace.clock = Clock::Real { guard_us: 25_000 };
    assert_eq!(verdict(&trace, RULE), Verdict::Held(payloads.len() as u64));
}
