//! The engine that a node's tasks share.

use std::sync::Arc;

use alloy_primitives::{Address, B64, B256, U256};
use gauntlet_engine::{Attributes, Block, ChainSpec, Engine, L1Attributes, Senders};
use gauntlet_node::{Chain, Workers};

const GENESIS: &str = include_str!("../../../harness/src/chain/genesis.json");

fn chain() -> Chain {
    let spec = ChainSpec::from_genesis_json(GENESIS).expect("the genesis of the harness");
    let engine = Engine::new(Arc::new(spec), Senders::default()).with_retained_blocks(4);
    Chain::new(engine, Workers::threads())
}

fn attributes(parent: &Block, randao: u8) -> Arc<Attributes> {
    let origin = L1Attributes {
        base_fee: U256::from(7),
        blob_base_fee: U256::from(1),
        ..L1Attributes::default()
    };
    Arc::new(Attributes {
        timestamp: parent.timestamp() + 2,
        prev_randao: B256::repeat_byte(randao),
        fee_recipient: Address::ZERO,
        parent_beacon_block_root: B256::ZERO,
        transactions: vec![origin.deposit()],
        no_tx_pool: true,
        gas_limit: 30_000_000,
        eip1559_params: Some(B64::ZERO),
    })
}

async fn grow(chain: &Chain) -> Arc<Block> {
    let head = chain.head();
    let block = chain.forced(head.hash(), attributes(&head, 1)).await;
    let block = chain.import(Arc::new(block.expect("a block")));
    block.expect("it extends the head")
}

/// The numbers of the safe and of the final block.
fn confirmed(chain: &Chain) -> (Option<u64>, Option<u64>) {
    let engine = chain.engine();
    let number = |block: Option<&Arc<Block>>| block.map(|block| block.number());
    (number(engine.safe()), number(engine.finalized()))
}

#[tokio::test]
async fn what_is_safe_stays_so_under_new_heads_and_siblings() {
    let chain = chain();
    for _ in 0..3 {
        grow(&chain).await;
    }
    assert_eq!(confirmed(&chain), (None, None));
    chain.confirm(2, 1);
    assert_eq!(confirmed(&chain), (Some(2), Some(1)));
    let head = chain.head();
    let parent = chain.engine().block(head.parent_hash()).cloned();
    let parent = parent.expect("it is kept");
    let sibling = chain.forced(parent.hash(), attributes(&parent, 2)).await;
    let sibling = chain.replace_head(Arc::new(sibling.expect("a block")));
    assert_ne!(sibling.expect("a head").hash(), head.hash());
    assert_eq!(confirmed(&chain), (Some(2), Some(1)));
    for _ in 0..9 {
        grow(&chain).await;
    }
    assert_eq!(confirmed(&chain), (Some(2), Some(1)));
    chain.confirm(11, 3);
    assert_eq!(
        confirmed(&chain),
        (Some(2), Some(1)),
        "the third is not kept"
    );
    chain.confirm(11, 9);
    assert_eq!(confirmed(&chain), (Some(11), Some(9)));
}
