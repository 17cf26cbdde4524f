//! The very same nodes on loopback TCP, in real time.

use gauntlet::devnet::{self, Block, Settings};
use gauntlet_sequencer::Origin;

fn settings(slots: u32) -> Settings {
    Settings {
        genesis: gauntlet::chain::GENESIS.to_owned(),
        block_time: "500ms".parse().expect("a block time"),
        slots: Some(slots),
        transactions_per_slot: 3,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_slots_on_real_sockets() {
    let mut blocks: Vec<Block> = Vec::new();
    let summary = devnet::run(&settings(5), std::future::pending(), |block| {
        blocks.push(block.clone());
    })
    .await
    .unwrap();
    let numbers: Vec<u64> = blocks.iter().map(|block| block.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    // An engine apart from the nodes found each of them valid.
    assert!(
        blocks.iter().all(|block| block.flaw.is_none()),
        "{blocks:?}"
    );
    assert!(
        blocks.iter().any(|block| block.origin == Origin::Builder),
        "the builder has no share: {blocks:?}"
    );
    assert!(
        summary.transactions > 0,
        "no user's transaction was included"
    );
    assert!(summary.forwarded > 0, "no transaction was forwarded");
    assert_eq!((summary.slots, summary.blocks), (5, 5));
    assert!(summary.conforms(), "{summary:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_stops_it_gets_the_summary() {
    let (seen, stop) = tokio::sync::oneshot::channel();
    let mut seen = Some(seen);
    let stopped = async {
        // The first block says when.
        let _said = stop.await;
    };
    let summary = devnet::run(&settings(100), stopped, |_| {
        if let Some(seen) = seen.take() {
            seen.send(()).unwrap();
        }
    })
    .await
    .unwrap();
    assert!((1..100).contains(&summary.blocks), "{summary:?}");
    assert!(summary.conforms(), "{summary:?}");
}
