//! Blocks that grow until they are due.

use std::sync::Arc;
use std::time::Duration;

use alloy_consensus::{SignableTransaction, TxEip1559};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B64, B256, Bytes, Signature, TxKind, U256};
use gauntlet_engine::{Attributes, BuildError, ChainSpec, Engine, L1Attributes, Senders};
use gauntlet_node::{Chain, Draft, Pace, Workers};
use gauntlet_protocol::SecretKey;
use tokio::time::sleep;

const GENESIS: &str = include_str!("../../../harness/src/chain/genesis.json");

const EVERY: Duration = Duration::from_millis(50);

/// Rounds of no time at all would leave everything out, and this clock stands still in a round.
const AHEAD: Pace = Pace::Ahead {
    every: EVERY,
    budget: Duration::from_millis(1),
};

fn chain() -> Arc<Chain> {
    let spec = ChainSpec::from_genesis_json(GENESIS).expect("the genesis of the harness");
    let engine = Engine::new(Arc::new(spec), Senders::default());
    Arc::new(Chain::new(engine, Workers::inline()))
}

fn attributes(chain: &Chain) -> Attributes {
    let origin = L1Attributes {
        base_fee: U256::from(7),
        blob_base_fee: U256::from(1),
        ..L1Attributes::default()
    };
    Attributes {
        timestamp: chain.head().timestamp() + 2,
        prev_randao: B256::ZERO,
        fee_recipient: Address::repeat_byte(1),
        parent_beacon_block_root: B256::ZERO,
        transactions: vec![origin.deposit()],
        no_tx_pool: false,
        gas_limit: 30_000_000,
        eip1559_params: Some(B64::ZERO),
    }
}

/// Sends the next transaction of a user, by number from 1.
fn send(chain: &Chain, user: u8, transaction: TxEip1559) -> B256 {
    let key = SecretKey::from_bytes(&B256::with_last_byte(user)).expect("a key");
    let transaction = TxEip1559 {
        chain_id: 901,
        max_fee_per_gas: 100_000_000_000,
        max_priority_fee_per_gas: 1_000_000_000,
        ..transaction
    };
    let signature = key.sign(transaction.signature_hash()).to_bytes();
    let signature = Signature::from_raw_array(&signature).expect("a signature");
    let raw: Bytes = transaction.into_signed(signature).encoded_2718().into();
    let added = chain.engine().add_transaction(&raw);
    added.expect("a good transaction")
}

fn transfer() -> TxEip1559 {
    TxEip1559 {
        gas_limit: 21_000,
        to: TxKind::Call(Address::repeat_byte(0xaa)),
        value: U256::from(1),
        ..TxEip1559::default()
    }
}

fn begin(chain: &Arc<Chain>, pace: Pace, attributes: Attributes) -> Draft {
    let parent = chain.head().hash();
    Draft::begin(chain.clone(), pace, parent, Arc::new(attributes))
}

async fn transactions(draft: &Draft) -> usize {
    let block = draft.sealed().await.expect("a block");
    block.transactions().len()
}

#[tokio::test(start_paused = true)]
async fn there_is_a_complete_block_from_the_start_and_it_grows_with_the_pool() {
    let chain = chain();
    let draft = begin(&chain, AHEAD, attributes(&chain));
    assert_eq!(transactions(&draft).await, 1, "the deposit");
    sleep(EVERY / 2).await;
    send(&chain, 1, transfer());
    assert_eq!(transactions(&draft).await, 1, "nothing is executed for it");
    sleep(EVERY).await;
    assert_eq!(transactions(&draft).await, 2);
    send(&chain, 2, transfer());
    send(&chain, 3, transfer());
    sleep(EVERY).await;
    assert_eq!(transactions(&draft).await, 4);
}

#[tokio::test(start_paused = true)]
async fn a_block_that_is_stopped_stays_as_it_is() {
    let chain = chain();
    let draft = begin(&chain, AHEAD, attributes(&chain));
    assert_eq!(transactions(&draft).await, 1);
    draft.stop().await;
    send(&chain, 1, transfer());
    sleep(EVERY * 4).await;
    assert_eq!(transactions(&draft).await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_block_that_is_due_at_once_is_filled_once() {
    let chain = chain();
    send(&chain, 1, transfer());
    let draft = begin(&chain, AHEAD, attributes(&chain));
    draft.stop().await;
    assert_eq!(transactions(&draft).await, 2);
}

#[tokio::test(start_paused = true)]
async fn where_computing_takes_no_time_the_pool_counts_when_the_block_is_due() {
    let chain = chain();
    let draft = begin(&chain, Pace::WhenDue, attributes(&chain));
    send(&chain, 1, transfer());
    assert_eq!(transactions(&draft).await, 2);
}

#[tokio::test(start_paused = true)]
async fn a_block_that_is_fixed_takes_nothing_from_the_pool() {
    let chain = chain();
    send(&chain, 1, transfer());
    for pace in [AHEAD, Pace::WhenDue] {
        let fixed = Attributes {
            no_tx_pool: true,
            ..attributes(&chain)
        };
        let draft = begin(&chain, pace, fixed);
        sleep(EVERY * 4).await;
        assert_eq!(transactions(&draft).await, 1, "{pace:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn attributes_of_no_block_are_told() {
    let chain = chain();
    for pace in [AHEAD, Pace::WhenDue] {
        let bad = Attributes {
            gas_limit: 0,
            ..attributes(&chain)
        };
        let draft = begin(&chain, pace, bad);
        let error = draft.sealed().await.expect_err("no block");
        assert_eq!(error, BuildError::GasLimit(0), "{pace:?}");
    }
}

/// Creates a contract, and turns in a circle until its gas is used.
fn endless(gas_limit: u64) -> TxEip1559 {
    TxEip1559 {
        gas_limit,
        to: TxKind::Create,
        input: Bytes::from_static(&[0x5b, 0x5f, 0x56]),
        ..TxEip1559::default()
    }
}

/// A round of no time ends before the pool's first transaction, so that only a clock that goes on
/// shows what is slow: this one is real.
#[tokio::test]
async fn what_alone_takes_a_whole_round_waits_no_more() {
    let chain = chain();
    let slow = send(&chain, 1, endless(29_000_000));
    let quick = send(&chain, 2, transfer());
    let pace = Pace::Ahead {
        every: Duration::from_millis(1),
        budget: Duration::from_millis(2),
    };
    let draft = begin(&chain, pace, attributes(&chain));
    while chain.engine().pool_contains(slow) {
        sleep(Duration::from_millis(1)).await;
    }
    assert!(chain.engine().pool_contains(quick));
    // Nor is it in the block, however long that is waited for.
    while transactions(&draft).await == 1 {
        sleep(Duration::from_millis(1)).await;
    }
    let block = draft.sealed().await.expect("a block");
    let hashes: Vec<_> = block.transactions().iter().map(|it| it.hash()).collect();
    assert_eq!(hashes[1..], [quick]);
}
