//! The very same nodes on loopback TCP, in real time, judged by the very same rules.

use gauntlet::net::tcp::{Settings, devnet};
use gauntlet::report::devnet::Summary;
use gauntlet::rules::{self, Verdict};
use gauntlet::trace::{Entry, Trace, What};
use gauntlet::view::View;
use gauntlet::world::Players;

fn settings(slots: u32) -> Settings {
    Settings {
        block_time: "500ms".parse().expect("a block time"),
        slots: Some(slots),
        transactions_per_slot: 3,
        ..Settings::default()
    }
}

/// The number of the block, if the event is that it was published.
fn published(entry: &Entry) -> Option<u64> {
    if let What::Published(block) = &entry.what {
        Some(block.payload.block_number)
    } else {
        None
    }
}

fn assert_conforms(trace: &Trace) {
    let verdicts = rules::judge(trace);
    let violated: Vec<_> = verdicts
        .iter()
        .filter(|(_, verdict)| verdict.is_violated())
        .collect();
    assert!(violated.is_empty(), "{violated:#?}");
    let held = verdicts
        .iter()
        .filter(|(_, verdict)| matches!(verdict, Verdict::Held(_)))
        .count();
    assert!(held >= 20, "only {held} rules were put to the test");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_slots_on_real_sockets() {
    let mut numbers = Vec::new();
    let stop = std::future::pending();
    let tell = |entry: &Entry| numbers.extend(published(entry));
    let trace = devnet(&settings(5), Players::honest(), stop, |_, _| {}, tell)
        .await
        .unwrap();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    let summary = Summary::of(&View::of(&trace));
    assert!(
        summary.builder_blocks > 0,
        "the builder has no share: {summary:?}"
    );
    assert!(
        summary.transactions > 0,
        "no user's transaction was included"
    );
    assert!(summary.forwarded > 0, "no transaction was forwarded");
    assert_eq!((summary.slots, summary.blocks), (5, 5));
    assert_eq!((summary.late, summary.missed), (0, 0));
    assert_conforms(&trace);
}

/// The gas limit of a genesis file is that of its chain.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_gas_limit_is_that_of_genesis() {
    let built_in = "\"gasLimit\": \"0x1c9c380\"";
    let genesis = gauntlet::chain::GENESIS;
    assert!(genesis.contains(built_in));
    let settings = Settings {
        genesis: genesis.replace(built_in, "\"gasLimit\": \"0x3938700\""),
        ..settings(2)
    };
    let mut gas_limits = Vec::new();
    let tell = |entry: &Entry| {
        if let What::Published(block) = &entry.what {
            gas_limits.push(block.payload.gas_limit);
        }
    };
    let stop = std::future::pending();
    let trace = devnet(&settings, Players::honest(), stop, |_, _| {}, tell)
        .await
        .unwrap();
    assert_eq!(gas_limits, [60_000_000, 60_000_000]);
    let violated = rules::judge(&trace);
    let violated = violated.iter().find(|(_, verdict)| verdict.is_violated());
    assert!(violated.is_none(), "{violated:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_stops_it_gets_the_trace() {
    let (seen, stop) = tokio::sync::oneshot::channel();
    let mut seen = Some(seen);
    let stopped = async {
        // The second block says when.
        let _said = stop.await;
    };
    let tell = |entry: &Entry| {
        if published(entry) == Some(2)
            && let Some(seen) = seen.take()
        {
            seen.send(()).unwrap();
        }
    };
    let trace = devnet(&settings(100), Players::honest(), stopped, |_, _| {}, tell)
        .await
        .unwrap();
    let summary = Summary::of(&View::of(&trace));
    assert!((1..100).contains(&summary.blocks), "{summary:?}");
    let violated = rules::judge(&trace);
    let violated = violated.iter().find(|(_, verdict)| verdict.is_violated());
    assert!(violated.is_none(), "{violated:#?}");
}
