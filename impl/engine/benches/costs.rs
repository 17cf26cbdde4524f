//! Prints what an engine's work costs: recovering a sender, building a block, validating it, the
//! Merkle root after it, and the memory that it is kept in.
//!
//! `cargo bench -p gauntlet-engine` prints a line for each. Run as a test it does little, and only
//! shows that it runs.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock and prints"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use alloy_consensus::{SignableTransaction, TxEip1559};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B64, B256, Bytes, Signature, TxKind, U256, keccak256};
use gauntlet_engine::{
    Attributes, Block, ChainSpec, Engine, L1Attributes, PayloadVerdict, Senders, Transaction, Trie,
};
use gauntlet_protocol::SecretKey;

const GENESIS: &str = include_str!("../../../harness/src/chain/genesis.json");
const USERS: u8 = 20;

fn main() {
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let scale = if is_bench { 300 } else { 3 };
    recovery(scale);
    blocks(scale);
    roots(300 * scale);
    retention(if is_bench { 3_300 } else { 10 });
}

/// Prints how long one of so many took.
fn report(what: &str, count: u64, started: Instant) {
    let each = started.elapsed().as_nanos() / u128::from(count.max(1));
    println!("{what:<44} {each:>10} ns");
}

fn transaction(user: u8, nonce: u64) -> Bytes {
    let transaction = TxEip1559 {
        chain_id: 901,
        nonce,
        gas_limit: 60_000,
        max_fee_per_gas: 100_000_000_000,
        max_priority_fee_per_gas: u128::from(user) * 1_000_000,
        to: TxKind::Call(if nonce.is_multiple_of(3) {
            Address::left_padding_from(&[0x0c, 0x0d, 0xe1])
        } else {
            Address::left_padding_from(&[0xac, user])
        }),
        value: U256::from(if nonce.is_multiple_of(3) { 0 } else { 1_000 }),
        ..TxEip1559::default()
    };
    let key = SecretKey::from_bytes(&B256::with_last_byte(user)).expect("the scalar is in range");
    let signature = key.sign(transaction.signature_hash()).to_bytes();
    let signature = Signature::from_raw_array(&signature).expect("v is 0 or 1");
    transaction.into_signed(signature).encoded_2718().into()
}

fn recovery(count: u64) {
    let raw: Vec<Bytes> = (0..count).map(|nonce| transaction(1, nonce)).collect();
    let senders = Senders::default();
    let decode = || {
        for raw in &raw {
            black_box(Transaction::decode(raw, &senders).expect("the transaction is good"));
        }
    };
    let started = Instant::now();
    decode();
    report("decode a transaction, recover its sender", count, started);
    let started = Instant::now();
    decode();
    report("decode a transaction, sender known", count, started);
}

fn attributes(parent: &Block) -> Attributes {
    let origin = L1Attributes {
        number: parent.number(),
        timestamp: parent.timestamp(),
        base_fee: U256::from(7_000_000_000u64),
        blob_base_fee: U256::from(1),
        hash: parent.hash(),
        base_fee_scalar: 5_227,
        blob_base_fee_scalar: 1_014_213,
        ..L1Attributes::default()
    };
    Attributes {
        timestamp: parent.timestamp() + 2,
        prev_randao: B256::ZERO,
        fee_recipient: Address::repeat_byte(0x11),
        parent_beacon_block_root: parent.hash(),
        transactions: vec![origin.deposit()],
        no_tx_pool: false,
        gas_limit: 30_000_000,
        eip1559_params: Some(B64::ZERO),
    }
}

fn blocks(count: u64) {
    let spec = ChainSpec::from_genesis_json(GENESIS)
        .map(Arc::new)
        .expect("the genesis is good");
    let senders = Senders::default();
    let mut builder = Engine::new(Arc::clone(&spec), senders.clone());
    let mut sequencer = Engine::new(spec, senders);
    let (mut adding, mut building, mut validating, mut following) = (0, 0, 0, 0);
    for nonce in 0..count {
        let raw: Vec<Bytes> = (1..=USERS).map(|user| transaction(user, nonce)).collect();
        let started = Instant::now();
        for raw in &raw {
            builder
                .add_transaction(raw)
                .expect("the transaction is good");
        }
        adding += started.elapsed().as_nanos();
        let attributes = attributes(builder.head());
        let started = Instant::now();
        let built = builder
            .build(builder.head().hash(), &attributes)
            .expect("the block is good");
        building += started.elapsed().as_nanos();
        assert_eq!(built.transactions().len(), usize::from(USERS) + 1);
        let started = Instant::now();
        let verdict = sequencer.new_payload(&built.payload(), &[]);
        validating += started.elapsed().as_nanos();
        assert!(matches!(verdict, PayloadVerdict::Valid(_)), "{verdict:?}");
        let hash = builder.insert(built).hash();
        let started = Instant::now();
        for engine in [&mut builder, &mut sequencer] {
            engine
                .fork_choice_updated(hash, hash, hash)
                .expect("the head is known");
        }
        following += started.elapsed().as_nanos() / 2;
    }
    let blocks = u128::from(count);
    let transactions = blocks * u128::from(USERS);
    println!(
        "{:<44} {:>10} ns",
        "add a transaction to the pool",
        adding / transactions
    );
    println!(
        "{:<44} {:>10} ns",
        "build a block of 20 transactions",
        building / blocks
    );
    println!(
        "{:<44} {:>10} ns",
        "the same, of each transaction",
        building / transactions
    );
    println!(
        "{:<44} {:>10} ns",
        "validate it, senders known",
        validating / blocks
    );
    println!("{:<44} {:>10} ns", "make it the head", following / blocks);
}

/// Prints how much memory a block of 20 transactions takes that an engine keeps, with its receipts
/// and what it changed in the state.
fn retention(count: u64) {
    let spec = ChainSpec::from_genesis_json(GENESIS)
        .map(Arc::new)
        .expect("the genesis is good");
    let mut engine = Engine::new(spec, Senders::default()).with_retained_blocks(u64::MAX);
    // So many transactions fill the cache of senders before it is measured.
    let mut before = 0;
    for nonce in 0..2 * count {
        if nonce == count {
            before = resident_bytes();
        }
        for user in 1..=USERS {
            engine
                .add_transaction(&transaction(user, nonce))
                .expect("the transaction is good");
        }
        let attributes = attributes(engine.head());
        let block = engine.build(engine.head().hash(), &attributes);
        let hash = engine.insert(block.expect("the block is good")).hash();
        engine
            .fork_choice_updated(hash, hash, hash)
            .expect("the head is known");
    }
    let grown = resident_bytes().saturating_sub(before);
    println!(
        "{:<44} {:>10} bytes",
        "keep a block of 20 transactions",
        grown / count
    );
}

/// How much memory the process has, where the system tells.
fn resident_bytes() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = pages.split_whitespace().nth(1).map(str::parse::<u64>);
    pages.and_then(Result::ok).unwrap_or_default() * 4096
}

fn roots(count: u64) {
    let keys: Vec<B256> = (0..count).map(|n| keccak256(n.to_be_bytes())).collect();
    let mut trie = Trie::new();
    for key in &keys {
        trie.insert(key, key.as_slice().into());
    }
    let started = Instant::now();
    black_box(trie.root());
    report(&format!("root of {count} keys, of each"), count, started);
    let started = Instant::now();
    for (round, keys) in (0u8..).zip(keys.chunks(40).take(20)) {
        let mut version = trie.clone();
        for key in keys {
            version.insert(key, vec![round + 1; 40].into());
        }
        black_box(version.root());
        trie = version;
    }
    report(
        &format!("root after 40 of {count} keys changed"),
        20,
        started,
    );
}
