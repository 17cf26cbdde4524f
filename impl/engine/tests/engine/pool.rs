//! The pool: what it takes, what it refuses, what it replaces.

use alloy_consensus::{SignableTransaction, TxEip1559, TxEip2930, TxLegacy};
use alloy_primitives::{Bytes, TxKind, U256};
use gauntlet_engine::{MAX_PER_SENDER, MAX_TRANSACTION_BYTES, PoolError, TransactionError};
use rstest::rstest;

use crate::common::{GWEI, engine, grow, origin, sign, transfer};

fn with_data(bytes: usize) -> TxEip1559 {
    TxEip1559 {
        gas_limit: 5_000_000,
        input: vec![1; bytes].into(),
        ..transfer(0, 1)
    }
}

fn type_7702() -> Bytes {
    vec![4, 0xc0].into()
}

#[rstest]
#[case::deposit(origin(1).deposit(), PoolError::Type(0x7e))]
#[case::deposit_without_its_type(
    origin(1).deposit().slice(1..),
    PoolError::Transaction(TransactionError::Malformed(
        "a list that is no legacy transaction".to_owned()
    ))
)]
#[case::blob(vec![3, 0xc0].into(), PoolError::Type(3))]
#[case::set_code(type_7702(), PoolError::Type(4))]
#[case::unknown(vec![5].into(), PoolError::Type(5))]
#[case::empty(Bytes::new(), PoolError::Transaction(TransactionError::Empty))]
#[case::other_chain(
    sign(TxEip1559 { chain_id: 1, ..transfer(0, 1) }, 1),
    PoolError::ChainId { have: 1, want: 901 }
)]
#[case::other_chain_2930(
    sign(TxEip2930 { chain_id: 2, ..TxEip2930::default() }, 1),
    PoolError::ChainId { have: 2, want: 901 }
)]
#[case::unprotected(sign(TxLegacy::default(), 1), PoolError::Unprotected)]
#[case::tip_above_cap(
    sign(transfer(0, 101 * GWEI), 1),
    PoolError::Transaction(TransactionError::TipAboveFeeCap)
)]
#[case::intrinsic_gas(
    sign(TxEip1559 { gas_limit: 20_999, ..transfer(0, 1) }, 1),
    PoolError::Transaction(TransactionError::IntrinsicGas)
)]
#[case::gas_limit(
    sign(TxEip1559 { gas_limit: 30_000_001, ..transfer(0, 1) }, 1),
    PoolError::GasLimit { transaction: 30_000_001, block: 30_000_000 }
)]
#[case::init_code(
    sign(TxEip1559 { to: TxKind::Create, ..with_data(49_153) }, 1),
    PoolError::Transaction(TransactionError::InitCode)
)]
#[case::no_funds(
    sign(TxEip1559 { value: U256::MAX, ..transfer(0, 1) }, 1),
    PoolError::Transaction(TransactionError::InsufficientFunds)
)]
#[case::nobody(
    sign(transfer(0, 1), 200),
    PoolError::Transaction(TransactionError::InsufficientFunds)
)]
fn each_refusal_has_its_error(#[case] raw: Bytes, #[case] error: PoolError) {
    let mut engine = engine();
    let refused = engine.add_transaction(&raw).unwrap_err();
    assert_eq!(refused, error);
    assert!(!refused.to_string().is_empty());
    assert_eq!(engine.pool_len(), 0);
}

#[test]
fn malformed_bytes_are_refused() {
    let mut engine = engine();
    let good = sign(transfer(0, 1), 1);
    for length in 1..good.len() {
        assert!(engine.add_transaction(&good.slice(..length)).is_err());
    }
    let trailing = [&good[..], &[0]].concat().into();
    assert!(matches!(
        engine.add_transaction(&trailing),
        Err(PoolError::Transaction(TransactionError::Malformed(_)))
    ));
    // Any changed byte is malformed, or another's transaction, who has no funds; but for a few in
    // the fields that user 1's key does sign again nothing enters.
    for index in 0..good.len() {
        let mut bytes = good.to_vec();
        bytes[index] ^= 0xff;
        assert!(
            engine.add_transaction(&bytes.into()).is_err(),
            "byte {index}"
        );
    }
}

#[test]
fn the_size_is_bounded() {
    let mut engine = engine();
    let overhead = sign(with_data(100_000), 1).len() - 100_000;
    let fits = sign(with_data(MAX_TRANSACTION_BYTES - overhead), 1);
    assert_eq!(fits.len(), MAX_TRANSACTION_BYTES);
    assert!(engine.add_transaction(&fits).is_ok());
    let size = MAX_TRANSACTION_BYTES + 1;
    let too_large = sign(with_data(size - overhead), 2);
    assert_eq!(
        engine.add_transaction(&too_large),
        Err(PoolError::TooLarge { size })
    );
}

#[test]
fn what_l1_charges_must_be_paid_too() {
    let mut engine = engine();
    grow(&mut engine);
    let poor = 0x77;
    let transaction = TxEip1559 {
        gas_limit: 21_000,
        value: U256::ZERO,
        ..transfer(0, 1)
    };
    let gas = U256::from(21_000 * 100 * GWEI);
    let give = TxEip1559 {
        to: TxKind::Call(crate::common::key(poor).address()),
        value: gas,
        ..transfer(0, 1)
    };
    engine.add_transaction(&sign(give.clone(), 1)).unwrap();
    grow(&mut engine);
    let raw = sign(transaction, poor);
    assert_eq!(
        engine.add_transaction(&raw),
        Err(PoolError::Transaction(TransactionError::InsufficientFunds))
    );
    let more = TxEip1559 { nonce: 1, ..give };
    engine.add_transaction(&sign(more, 1)).unwrap();
    grow(&mut engine);
    assert!(engine.add_transaction(&raw).is_ok());
}

/// DECISION: duplicate-forward.
#[test]
fn the_same_transaction_is_accepted_again_and_included_once() {
    let mut engine = engine();
    let raw = sign(transfer(0, GWEI), 1);
    let hash = engine.add_transaction(&raw).unwrap();
    for _ in 0..5 {
        assert_eq!(engine.add_transaction(&raw), Ok(hash));
    }
    assert_eq!(engine.pool_len(), 1);
    let block = grow(&mut engine);
    assert_eq!(block.transactions().len(), 2);
    assert_eq!(engine.add_transaction(&raw), Ok(hash));
    assert_eq!(engine.pool_len(), 0);
    assert_eq!(grow(&mut engine).transactions().len(), 1);
    let used = sign(transfer(0, 2 * GWEI), 1);
    assert_eq!(
        engine.add_transaction(&used),
        Err(PoolError::Transaction(TransactionError::NonceTooLow {
            transaction: 0,
            state: 1
        }))
    );
}

#[test]
fn a_replacement_pays_a_tenth_more() {
    let mut engine = engine();
    let paying = |cap: u128, tip: u128| {
        let transaction = TxEip1559 {
            max_fee_per_gas: cap,
            max_priority_fee_per_gas: tip,
            ..transfer(0, 0)
        };
        sign(transaction, 1)
    };
    engine
        .add_transaction(&paying(100 * GWEI, 10 * GWEI))
        .unwrap();
    for (cap, tip) in [
        (110 * GWEI - 1, 11 * GWEI),
        (110 * GWEI, 11 * GWEI - 1),
        (200 * GWEI, 10 * GWEI),
    ] {
        let refused = engine.add_transaction(&paying(cap, tip));
        assert_eq!(refused, Err(PoolError::Underpriced));
    }
    let hash = engine
        .add_transaction(&paying(110 * GWEI, 11 * GWEI))
        .unwrap();
    assert_eq!(engine.pool_len(), 1);
    assert_eq!(grow(&mut engine).transactions()[1].hash(), hash);
}

#[test]
fn nonces_may_come_in_any_order_and_a_gap_waits() {
    let mut engine = engine();
    for nonce in [3, 1, 0] {
        engine
            .add_transaction(&sign(transfer(nonce, GWEI), 1))
            .unwrap();
    }
    assert_eq!(grow(&mut engine).transactions().len(), 3);
    assert_eq!(engine.pool_len(), 1);
    engine.add_transaction(&sign(transfer(2, GWEI), 1)).unwrap();
    assert_eq!(grow(&mut engine).transactions().len(), 3);
    assert_eq!(engine.pool_transactions().count(), 0);
}

#[test]
fn a_sender_has_room_for_so_many() {
    let mut engine = engine();
    for nonce in 0..MAX_PER_SENDER as u64 {
        engine
            .add_transaction(&sign(transfer(nonce, GWEI), 1))
            .unwrap();
    }
    let next = sign(transfer(MAX_PER_SENDER as u64, GWEI), 1);
    assert_eq!(engine.add_transaction(&next), Err(PoolError::SenderFull));
    assert!(engine.add_transaction(&sign(transfer(0, GWEI), 2)).is_ok());
    // One that takes the place of another is none more.
    for nonce in [0, MAX_PER_SENDER as u64 - 1] {
        let mut pay = |fee, tip| {
            let more = TxEip1559 {
                max_fee_per_gas: fee,
                ..transfer(nonce, tip)
            };
            engine.add_transaction(&sign(more, 1))
        };
        assert_eq!(pay(109 * GWEI, 2 * GWEI), Err(PoolError::Underpriced));
        assert!(pay(110 * GWEI, 2 * GWEI).is_ok());
    }
    assert_eq!(engine.add_transaction(&next), Err(PoolError::SenderFull));
}

#[test]
fn a_sender_whose_transaction_fails_is_passed_over() {
    let mut engine = engine();
    let all = U256::from(900_000u64) * U256::from(GWEI) * U256::from(GWEI);
    for nonce in 0..2 {
        let give = TxEip1559 {
            value: all,
            ..transfer(nonce, 9 * GWEI)
        };
        engine.add_transaction(&sign(give, 1)).unwrap();
    }
    let third = engine
        .add_transaction(&sign(transfer(2, 9 * GWEI), 1))
        .unwrap();
    let other = engine.add_transaction(&sign(transfer(0, GWEI), 2)).unwrap();
    let block = grow(&mut engine);
    assert_eq!(block.transactions().len(), 3, "the second cannot be paid");
    assert!(engine.receipt(other).is_some());
    assert!(engine.pool_contains(third));
}

#[test]
fn a_signature_is_of_its_signer() {
    let transaction = transfer(0, 1);
    let raw = sign(transaction.clone(), 1);
    let senders = gauntlet_engine::Senders::default();
    let decoded = gauntlet_engine::Transaction::decode(&raw, &senders).unwrap();
    assert_eq!(decoded.sender(), crate::common::key(1).address());
    assert_eq!(decoded.raw(), &raw);
    assert_eq!(decoded.nonce(), transaction.nonce);
    assert_ne!(transaction.signature_hash(), decoded.hash());
}
