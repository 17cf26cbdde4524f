//! What bounds the work that a stranger can ask for: gas, nonces, and the bytes of the pool.

use std::sync::Arc;

use alloy_consensus::TxEip1559;
use alloy_primitives::{Address, B256, Bytes, U256};
use gauntlet_engine::{
    BuildError, ChainSpec, Engine, Invalid, MAX_POOL_BYTES, MAX_TRANSACTION_BYTES, Payload,
    PoolError, Senders, TransactionError, UserDeposit,
};
use rstest::rstest;

use crate::common::{GENESIS, GWEI, attributes, devnet, engine, grow, key, reseal, sign, transfer};

/// The most gas of a block of the devnet, by the OP Stack's contracts.
const MOST: u64 = 500_000_000;

/// A payload on the head with this gas limit and these transactions after the first.
fn payload(engine: &Engine, gas_limit: u64, transactions: &[Bytes]) -> Payload {
    let attributes = attributes(engine.head());
    let block = engine.build(engine.head().hash(), &attributes).unwrap();
    let mut payload = block.payload();
    payload.gas_limit = gas_limit;
    payload.transactions.extend_from_slice(transactions);
    reseal(payload)
}

fn deposit(gas_limit: u64, data: Vec<u8>) -> Bytes {
    UserDeposit {
        from: Address::repeat_byte(0xde),
        to: None,
        mint: 0,
        value: U256::ZERO,
        gas_limit,
        data: data.into(),
        l1_block_hash: B256::repeat_byte(3),
        log_index: 0,
    }
    .bytes()
}

/// DECISION: most-gas.
#[rstest]
#[case::above(MOST + 1)]
#[case::of_geth(i64::MAX as u64)]
#[case::of_64_bits(u64::MAX)]
fn a_gas_limit_above_all_that_a_chain_can_have_is_refused(#[case] gas_limit: u64) {
    let mut engine = engine();
    grow(&mut engine);
    // JUMPDEST, PUSH1 0, JUMP: for as long as there is gas.
    let forever = deposit(gas_limit / 4, vec![0x5b, 0x60, 0, 0x56]);
    let payload = payload(&engine, gas_limit, &[forever]);
    assert_eq!(
        engine.validate(&payload).unwrap_err(),
        Invalid::GasLimit { claimed: gas_limit }
    );
    let mut attributes = attributes(engine.head());
    attributes.gas_limit = gas_limit;
    let head = engine.head().hash();
    let error = engine.check_attributes(head, &attributes).unwrap_err();
    assert_eq!(error, BuildError::GasLimit(gas_limit));
    assert_eq!(error.error_code(), -38003);
}

#[test]
fn the_greatest_gas_limit_is_a_block_s() {
    let mut engine = engine();
    grow(&mut engine);
    assert_eq!(engine.spec().max_gas_limit(), MOST);
    let mut attributes = attributes(engine.head());
    attributes.gas_limit = MOST;
    let block = crate::common::grow_with(&mut engine, &attributes);
    assert_eq!(block.header().gas_limit, MOST);
}

/// DECISION: most-gas.
#[rstest]
#[case::small("0x1c9c380", MOST)]
#[case::half("0xee6b280", MOST)]
#[case::large("0x1dcd6501", 2 * (MOST + 1))]
#[case::greatest("0x7fffffffffffffff", i64::MAX as u64)]
fn a_genesis_can_raise_the_bound(#[case] of_genesis: &str, #[case] most: u64) {
    let built_in = "\"gasLimit\": \"0x1c9c380\"";
    assert!(GENESIS.contains(built_in));
    let genesis = GENESIS.replace(built_in, &format!("\"gasLimit\": \"{of_genesis}\""));
    let spec = ChainSpec::from_genesis_json(&genesis).unwrap();
    assert_eq!(spec.max_gas_limit(), most);
}

#[test]
fn a_transaction_of_more_gas_than_the_block_s_is_refused_before_any_is_executed() {
    let mut engine = engine();
    grow(&mut engine);
    let wide = TxEip1559 {
        gas_limit: 30_000_001,
        ..transfer(0, 1)
    };
    // The one before it could not be executed either.
    let too_high = sign(transfer(7, 1), 2);
    for wide in [sign(wide, 1), deposit(30_000_001, Vec::new())] {
        let after = if wide[0] == 0x7e {
            vec![wide, too_high.clone()]
        } else {
            vec![too_high.clone(), wide]
        };
        let index = 1 + after.iter().position(|raw| *raw != too_high).unwrap();
        let reason = TransactionError::BlockGas {
            transaction: 30_000_001,
            available: 30_000_000,
        };
        let invalid = Invalid::Transaction { index, reason };
        let payload = payload(&engine, 30_000_000, &after);
        assert_eq!(engine.validate(&payload).unwrap_err(), invalid);
        let mut attributes = attributes(engine.head());
        attributes.transactions.extend(after);
        let head = engine.head().hash();
        assert_eq!(
            engine.check_attributes(head, &attributes),
            Err(BuildError::ForcedTransactions(invalid))
        );
    }
}

#[test]
fn more_transactions_than_gas_has_room_for_are_refused_before_a_signature_is_looked_at() {
    let mut engine = engine();
    grow(&mut engine);
    let room = 30_000_000 / 21_000;
    // Nobody has signed these, and they are no transactions at all.
    let garbage = vec![Bytes::from_static(&[0xc0]); room];
    let reason = |payload| {
        let invalid = engine.validate(payload).unwrap_err();
        let Invalid::Transaction { index, reason } = invalid else {
            panic!("{invalid:?}");
        };
        (index, reason.name())
    };
    let fits = payload(&engine, 30_000_000, &garbage);
    assert_eq!(reason(&fits), (1, "malformed"));
    let one_more = [&garbage[..], &garbage[..1]].concat();
    let payload = payload(&engine, 30_000_000, &one_more);
    assert_eq!(reason(&payload), (room + 1, "block-gas"));
    let mut attributes = attributes(engine.head());
    attributes.transactions.extend(one_more);
    let checked = engine.check_attributes(engine.head().hash(), &attributes);
    let error = checked.unwrap_err();
    assert_eq!(error.error_code(), -38003);
    assert!(error.to_string().contains("left in the block"), "{error}");
}

/// EIP-2681.
#[test]
fn the_last_nonce_is_no_transaction_s() {
    let mut engine = engine();
    grow(&mut engine);
    let last = sign(transfer(u64::MAX, 1), 1);
    let refused = engine.add_transaction(&last);
    let reason = TransactionError::NonceMax;
    assert_eq!(refused, Err(PoolError::Transaction(reason.clone())));
    assert_eq!(reason.name(), "nonce-max");
    assert!(
        engine
            .add_transaction(&sign(transfer(u64::MAX - 1, 1), 1))
            .is_ok()
    );
    let invalid = Invalid::Transaction { index: 1, reason };
    let payload = payload(&engine, 30_000_000, std::slice::from_ref(&last));
    assert_eq!(engine.validate(&payload).unwrap_err(), invalid);
    let mut attributes = attributes(engine.head());
    attributes.transactions.push(last);
    let checked = engine.check_attributes(engine.head().hash(), &attributes);
    assert_eq!(checked, Err(BuildError::ForcedTransactions(invalid)));
}

/// A transaction of exactly 128 KiB.
fn large(nonce: u64, tip: u128, user: u8) -> Bytes {
    let mut length = MAX_TRANSACTION_BYTES - 124;
    // One signature in 128 is a byte shorter: then another value is sent.
    for value in 1_000.. {
        let transaction = TxEip1559 {
            gas_limit: 5_000_000,
            value: U256::from(value),
            input: vec![1; length].into(),
            ..transfer(nonce, tip)
        };
        let raw = sign(transaction, user);
        if raw.len() == MAX_TRANSACTION_BYTES {
            return raw;
        }
        length = length + MAX_TRANSACTION_BYTES - raw.len();
    }
    unreachable!("most signatures are of the greatest length")
}

/// An engine whose pool has not a byte left: eight users' 64 transactions of 128 KiB each, those of
/// the eighth from this nonce on and with a better tip.
fn full(first_of_eighth: u64) -> Engine {
    let mut engine = Engine::new(devnet(), Senders::default());
    for user in 1..=8 {
        let (first, tip) = if user == 8 {
            (first_of_eighth, 50)
        } else {
            (0, 2)
        };
        for nonce in first..first + 64 {
            let raw = large(nonce, tip * GWEI, user);
            engine.add_transaction(&raw).unwrap();
        }
    }
    assert_eq!(engine.pool_bytes(), MAX_POOL_BYTES);
    engine
}

/// The nonces of a user's transactions that wait.
fn nonces(engine: &Engine, user: u8) -> Vec<u64> {
    let sender = key(user).address();
    let of_user = engine
        .pool_transactions()
        .filter(|tx| tx.sender() == sender);
    of_user.map(|tx| tx.nonce()).collect()
}

#[test]
fn a_full_pool_gives_up_what_is_worth_the_least() {
    let mut engine = full(1);
    // What waits behind a gap goes first, whatever it would pay.
    engine.add_transaction(&sign(transfer(0, GWEI), 9)).unwrap();
    assert_eq!(nonces(&engine, 8), (1..64).collect::<Vec<u64>>());
    assert!(engine.pool_bytes() < MAX_POOL_BYTES);
    let behind_a_gap = large(5, 50 * GWEI, 10);
    assert_eq!(engine.add_transaction(&behind_a_gap), Err(PoolError::Full));
    // The gap is closed: what was behind it is worth what it pays, and the least is another's.
    engine.add_transaction(&large(0, 50 * GWEI, 8)).unwrap();
    assert_eq!(nonces(&engine, 8), (0..64).collect::<Vec<u64>>());
    assert!(nonces(&engine, 9).is_empty());
    // Of the same tip the one that came last.
    assert_eq!(
        engine.add_transaction(&large(0, GWEI / 2, 10)),
        Err(PoolError::Full)
    );
    engine.add_transaction(&large(0, 3 * GWEI, 10)).unwrap();
    assert_eq!(nonces(&engine, 7).len(), 63);
    assert_eq!(nonces(&engine, 6).len(), 64);
    assert_eq!(engine.pool_len(), 512);
    assert_eq!(engine.pool_bytes(), MAX_POOL_BYTES);
}

#[test]
fn a_replacement_is_bounded_as_all_others() {
    let mut engine = full(0);
    let replacement = |tip: u128| TxEip1559 {
        max_fee_per_gas: 200 * GWEI,
        gas_limit: 5_000_000,
        input: vec![1; MAX_TRANSACTION_BYTES - 200].into(),
        ..transfer(0, tip)
    };
    // Two small ones have the room of one large one.
    engine
        .add_transaction(&sign(transfer(0, 3 * GWEI), 9))
        .unwrap();
    engine.add_transaction(&sign(transfer(0, 1), 10)).unwrap();
    let before = (engine.pool_len(), engine.pool_bytes());
    assert_eq!(before.0, 513);
    assert_eq!(
        engine.add_transaction(&sign(replacement(2), 10)),
        Err(PoolError::Full),
        "nothing else is worth as little"
    );
    assert_eq!((engine.pool_len(), engine.pool_bytes()), before);
    engine
        .add_transaction(&sign(replacement(4 * GWEI), 9))
        .unwrap();
    assert_eq!(nonces(&engine, 9), [0]);
    assert!(engine.pool_len() < before.0);
    assert!(engine.pool_bytes() <= MAX_POOL_BYTES);
}

#[test]
fn the_pending_nonce_counts_what_waits_without_a_gap() {
    let mut engine = engine();
    let user = key(1).address();
    assert_eq!(engine.pending_nonce(user), 0);
    for nonce in [0, 1, 3] {
        engine
            .add_transaction(&sign(transfer(nonce, GWEI), 1))
            .unwrap();
    }
    assert_eq!(engine.pending_nonce(user), 2);
    grow(&mut engine);
    assert_eq!(engine.pending_nonce(user), 2);
    engine.add_transaction(&sign(transfer(2, GWEI), 1)).unwrap();
    assert_eq!(engine.pending_nonce(user), 4);
    assert_eq!(engine.pending_nonce(Address::ZERO), 0);
    let spec = Arc::clone(engine.spec());
    assert_eq!(Engine::new(spec, Senders::default()).pending_nonce(user), 0);
}
