//! Payload attributes: what is built of them, and which are those of no block.

use std::sync::Arc;

use alloy_primitives::{Address, B64, B256, Bytes, U256};
use gauntlet_engine::{
    Attributes, BuildError, ChainSpec, Engine, ExtraDataError, Fork, Invalid, Senders,
    TransactionError, UserDeposit,
};
use rstest::rstest;

use crate::common::{GWEI, attributes, count, devnet, engine, grow, origin, sign, transfer};

type Change = fn(&mut Attributes);

fn build_error(change: Change) -> BuildError {
    let mut engine = engine();
    grow(&mut engine);
    let mut attributes = attributes(engine.head());
    change(&mut attributes);
    let head = engine.head().hash();
    let error = engine.build(head, &attributes).unwrap_err();
    // What needs no execution is found without it, too.
    let needs_execution = matches!(
        &error,
        BuildError::ForcedTransactions(Invalid::Transaction { reason, .. })
            if reason.name() == "nonce-too-high"
    );
    let checked = engine.check_attributes(head, &attributes);
    assert_eq!(checked.err(), (!needs_execution).then(|| error.clone()));
    error
}

#[rstest]
#[case::gas_limit_of_0(|a: &mut Attributes| a.gas_limit = 0, BuildError::GasLimit(0))]
#[case::gas_limit_too_great(|a: &mut Attributes| a.gas_limit = 1 << 63, BuildError::GasLimit(1 << 63))]
#[case::no_params(|a: &mut Attributes| a.eip1559_params = None, BuildError::MissingEip1559Params)]
#[case::no_denominator(
    |a: &mut Attributes| a.eip1559_params = Some(B64::with_last_byte(6)),
    BuildError::InvalidEip1559Params(ExtraDataError::ZeroDenominator)
)]
#[case::no_elasticity(
    |a: &mut Attributes| a.eip1559_params = Some(B64::new([0, 0, 0, 1, 0, 0, 0, 0])),
    BuildError::InvalidEip1559Params(ExtraDataError::ZeroElasticity)
)]
#[case::no_transactions(
    |a: &mut Attributes| a.transactions.clear(),
    BuildError::ForcedTransactions(Invalid::FirstTransactionNotL1Attributes)
)]
#[case::deposit_after_user(
    |a: &mut Attributes| a.transactions.extend([sign(transfer(0, 1), 1), origin(2).deposit()]),
    BuildError::ForcedTransactions(Invalid::DepositAfterUser { index: 2 })
)]
#[case::empty_transaction(
    |a: &mut Attributes| a.transactions.push(Bytes::new()),
    BuildError::ForcedTransactions(Invalid::EmptyTransaction { index: 1 })
)]
#[case::unknown_type(
    |a: &mut Attributes| a.transactions.push(vec![5].into()),
    BuildError::ForcedTransactions(Invalid::Transaction {
        index: 1,
        reason: TransactionError::Type(5),
    })
)]
fn each_fault_has_its_error(#[case] change: Change, #[case] error: BuildError) {
    let built = build_error(change);
    assert_eq!(built, error);
    assert_eq!(built.error_code(), -38003);
}

#[test]
fn a_forced_transaction_that_cannot_be_fails_the_build() {
    let error = build_error(|attributes| {
        let forced = &mut attributes.transactions;
        forced.push(sign(transfer(7, 1), 1));
    });
    let BuildError::ForcedTransactions(Invalid::Transaction { index: 1, reason }) = error else {
        panic!("{error:?}");
    };
    assert_eq!(reason.name(), "nonce-too-high");
}

#[test]
fn time_goes_on_and_the_parent_is_known() {
    let mut engine = engine();
    grow(&mut engine);
    let mut attributes = attributes(engine.head());
    let parent = engine.head().timestamp();
    attributes.timestamp = parent;
    assert_eq!(
        engine.build(engine.head().hash(), &attributes).unwrap_err(),
        BuildError::Timestamp {
            timestamp: parent,
            parent
        }
    );
    let unknown = B256::repeat_byte(1);
    let error = engine.build(unknown, &attributes).unwrap_err();
    assert_eq!(error, BuildError::UnknownParent(unknown));
    assert_eq!(error.error_code(), -32000);
}

/// Where no block can have the timestamp it is -38003; where only its fork is unknown it is -38005.
#[test]
fn a_timestamp_of_0_is_refused_by_its_fork_or_by_its_parent() {
    let refused = |spec: ChainSpec| {
        let engine = Engine::new(Arc::new(spec), Senders::default());
        let mut attributes = attributes(engine.head());
        attributes.timestamp = 0;
        let checked = engine.check_attributes(engine.head().hash(), &attributes);
        checked.unwrap_err().error_code()
    };
    let spec = devnet().as_ref().clone();
    assert_eq!(refused(spec.clone()), -38003);
    let genesis = spec.genesis().timestamp();
    let from_genesis = Fork::ALL.map(|fork| {
        let time = (fork < Fork::Isthmus).then_some(genesis);
        (fork, time)
    });
    assert_eq!(refused(spec.with_fork_times(from_genesis).unwrap()), -38005);
}

#[test]
fn forced_transactions_come_first_and_exactly() {
    let mut engine = engine();
    let user_deposit = UserDeposit {
        from: Address::repeat_byte(0xde),
        to: Some(Address::repeat_byte(0xaa)),
        mint: 5 * GWEI,
        value: U256::from(2 * GWEI),
        gas_limit: 50_000,
        data: Bytes::new(),
        l1_block_hash: B256::repeat_byte(3),
        log_index: 0,
    };
    let failing = UserDeposit {
        gas_limit: 20_000,
        from: Address::repeat_byte(0xfa),
        log_index: 1,
        ..user_deposit.clone()
    };
    let forced = vec![
        origin(1).deposit(),
        user_deposit.bytes(),
        failing.bytes(),
        sign(transfer(0, GWEI), 1),
    ];
    engine
        .add_transaction(&sign(count(0, 50 * GWEI), 1))
        .unwrap();
    engine
        .add_transaction(&sign(count(1, 40 * GWEI), 1))
        .unwrap();
    engine
        .add_transaction(&sign(count(0, 30 * GWEI), 2))
        .unwrap();
    let mut attributes = attributes(engine.head());
    attributes.transactions = forced.clone();
    let block = engine.build(engine.head().hash(), &attributes).unwrap();
    let payload = block.payload();
    assert_eq!(payload.transactions[..4], forced);
    // The pool's transaction of the nonce that a forced one used is passed over, the next is not.
    assert_eq!(payload.transactions[4], sign(count(1, 40 * GWEI), 1));
    assert_eq!(payload.transactions[5], sign(count(0, 30 * GWEI), 2));
    assert_eq!(payload.transactions.len(), 6);
    let state = block.state();
    assert_eq!(state.balance(user_deposit.from), U256::from(3 * GWEI));
    let failed = block.receipt(2).unwrap();
    assert_eq!((failed.success, failed.gas_used), (false, 20_000));
    assert_eq!(
        state.balance(failing.from),
        U256::from(5 * GWEI),
        "a mint is never lost"
    );

    attributes.no_tx_pool = true;
    let fixed = engine.build(engine.head().hash(), &attributes).unwrap();
    assert_eq!(fixed.payload().transactions, forced);
}

#[test]
fn the_gas_limit_is_respected() {
    let mut engine = engine();
    let mut wide = transfer(0, 50 * GWEI);
    wide.gas_limit = 5_000_000;
    let wide = engine.add_transaction(&sign(wide, 1)).unwrap();
    let after_wide = engine
        .add_transaction(&sign(transfer(1, 50 * GWEI), 1))
        .unwrap();
    let narrow = engine.add_transaction(&sign(transfer(0, GWEI), 2)).unwrap();
    let mut attributes = attributes(engine.head());
    attributes.gas_limit = 1_200_000;
    let block = crate::common::grow_with(&mut engine, &attributes);
    assert_eq!(block.header().gas_limit, 1_200_000);
    assert_eq!(block.transactions().len(), 2);
    assert!(engine.receipt(narrow).is_some());
    assert!(engine.pool_contains(wide) && engine.pool_contains(after_wide));
}

#[test]
fn the_best_tip_comes_first_and_nonces_stay_in_order() {
    let mut engine = engine();
    let low_then_high = [
        engine.add_transaction(&sign(transfer(0, GWEI), 1)).unwrap(),
        engine
            .add_transaction(&sign(transfer(1, 9 * GWEI), 1))
            .unwrap(),
    ];
    let equal = [
        engine
            .add_transaction(&sign(transfer(0, 2 * GWEI), 3))
            .unwrap(),
        engine
            .add_transaction(&sign(transfer(0, 2 * GWEI), 2))
            .unwrap(),
    ];
    let best = engine
        .add_transaction(&sign(transfer(0, 5 * GWEI), 4))
        .unwrap();
    let block = grow(&mut engine);
    let order: Vec<B256> = block.transactions()[1..]
        .iter()
        .map(|tx| tx.hash())
        .collect();
    assert_eq!(order, [&[best], &equal[..], &low_then_high[..]].concat());
}
