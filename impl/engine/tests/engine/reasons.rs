//! One typed reason for each field of a payload: each is changed once without sealing it again,
//! and once with the block hash that the changed fields make.

use alloy_consensus::{SignableTransaction, TxEip1559, TxEip2930, TxLegacy};
use alloy_eips::eip2718::Encodable2718;
use alloy_eips::eip4895::Withdrawal;
use alloy_primitives::{Address, B256, Bloom, Bytes, TxKind, U256};
use gauntlet_engine::{Engine, Invalid, Payload, PayloadVerdict, UserDeposit};
use op_alloy_consensus::TxDeposit;
use rstest::rstest;

use crate::common::{
    GWEI, attributes, beacon_root, count, engine, grow, origin, reseal, sign, transfer,
};

/// An engine with a block, and the payload of the next: an L1 attributes deposit, three calls that
/// log, and a transfer.
fn scene() -> (Engine, Payload) {
    let mut engine = engine();
    grow(&mut engine);
    for user in 1..=3 {
        let transaction = sign(count(0, GWEI * u128::from(user)), user);
        engine.add_transaction(&transaction).unwrap();
    }
    engine.add_transaction(&sign(transfer(0, 1), 4)).unwrap();
    let attributes = attributes(engine.head());
    let block = engine.build(engine.head().hash(), &attributes).unwrap();
    assert_eq!(block.transactions().len(), 5);
    let payload = block.payload();
    (engine, payload)
}

/// The name of the verdict: that of the reason, or `valid`.
fn verdict(engine: &Engine, payload: &Payload) -> &'static str {
    let verdict = engine.validate(payload);
    if let Err(reason) = &verdict {
        assert!(!reason.to_string().is_empty());
    }
    verdict.as_ref().map_or_else(Invalid::name, |_| "valid")
}

fn withdrawal() -> Withdrawal {
    Withdrawal {
        index: 0,
        validator_index: 0,
        address: Address::ZERO,
        amount: 1,
    }
}

#[test]
fn the_payload_itself_is_valid() {
    let (engine, payload) = scene();
    assert_eq!(verdict(&engine, &payload), "valid");
}

type Mutation = fn(&mut Payload);

#[rstest]
#[case::parent_hash(|p: &mut Payload| p.parent_hash = B256::repeat_byte(1), "unknown-parent")]
#[case::fee_recipient(|p: &mut Payload| p.fee_recipient = Address::repeat_byte(1), "state-root")]
#[case::state_root(|p: &mut Payload| p.state_root = B256::repeat_byte(1), "state-root")]
#[case::receipts_root(|p: &mut Payload| p.receipts_root = B256::repeat_byte(1), "receipts-root")]
#[case::logs_bloom(|p: &mut Payload| p.logs_bloom = Bloom::repeat_byte(1), "logs-bloom")]
#[case::no_logs_bloom(|p: &mut Payload| p.logs_bloom = Bloom::ZERO, "logs-bloom")]
#[case::number_above(|p: &mut Payload| p.block_number += 1, "number")]
#[case::number_below(|p: &mut Payload| p.block_number -= 1, "number")]
#[case::number_at_the_end(|p: &mut Payload| p.block_number = u64::MAX, "number")]
#[case::no_gas_limit(|p: &mut Payload| p.gas_limit = 0, "gas-limit")]
#[case::gas_limit_above_the_greatest(|p: &mut Payload| p.gas_limit = 1 << 63, "gas-limit")]
#[case::gas_limit_below_the_deposit(|p: &mut Payload| p.gas_limit = 999_999, "transaction")]
#[case::gas_limit_below_the_elasticity(|p: &mut Payload| p.gas_limit = 5, "extra-data")]
#[case::gas_used_above(|p: &mut Payload| p.gas_used += 1, "gas-used")]
#[case::gas_used_below(|p: &mut Payload| p.gas_used -= 1, "gas-used")]
#[case::timestamp_above(|p: &mut Payload| p.timestamp += 1, "state-root")]
#[case::timestamp_of_the_parent(|p: &mut Payload| p.timestamp -= 2, "timestamp")]
#[case::timestamp_before_the_parent(|p: &mut Payload| p.timestamp -= 3, "timestamp")]
#[case::no_extra_data(|p: &mut Payload| p.extra_data = Bytes::new(), "extra-data")]
#[case::extra_data_of_8_bytes(|p: &mut Payload| p.extra_data = p.extra_data.slice(..8), "extra-data")]
#[case::extra_data_of_10_bytes(|p: &mut Payload| p.extra_data = [&p.extra_data[..], &[0]].concat().into(), "extra-data")]
#[case::extra_data_of_33_bytes(|p: &mut Payload| p.extra_data = vec![0; 33].into(), "extra-data")]
#[case::extra_data_version(|p: &mut Payload| p.extra_data = vec![1, 0, 0, 0, 250, 0, 0, 0, 6].into(), "extra-data")]
#[case::no_denominator(|p: &mut Payload| p.extra_data = vec![0, 0, 0, 0, 0, 0, 0, 0, 6].into(), "extra-data")]
#[case::no_elasticity(|p: &mut Payload| p.extra_data = vec![0, 0, 0, 0, 250, 0, 0, 0, 0].into(), "extra-data")]
#[case::elasticity_above_the_gas_limit(|p: &mut Payload| p.extra_data = vec![0, 0, 0, 0, 1, 255, 255, 255, 255].into(), "extra-data")]
#[case::base_fee_above(|p: &mut Payload| p.base_fee_per_gas += U256::from(1), "base-fee")]
#[case::base_fee_below(|p: &mut Payload| p.base_fee_per_gas -= U256::from(1), "base-fee")]
#[case::no_base_fee(|p: &mut Payload| p.base_fee_per_gas = U256::ZERO, "base-fee")]
#[case::withdrawals(|p: &mut Payload| p.withdrawals = Some(vec![withdrawal()]), "withdrawals")]
#[case::blob_gas_used(|p: &mut Payload| p.blob_gas_used = 1, "blob-gas-used")]
#[case::excess_blob_gas(|p: &mut Payload| p.excess_blob_gas = 1, "excess-blob-gas")]
#[case::no_transactions(|p: &mut Payload| p.transactions.clear(), "first-transaction-not-l1-attributes")]
#[case::no_l1_attributes(|p: &mut Payload| drop(p.transactions.remove(0)), "first-transaction-not-l1-attributes")]
#[case::l1_attributes_second(|p: &mut Payload| p.transactions.swap(0, 1), "first-transaction-not-l1-attributes")]
#[case::other_l1_attributes(|p: &mut Payload| p.transactions[0] = origin(3).deposit(), "state-root")]
#[case::transaction_missing(|p: &mut Payload| drop(p.transactions.pop()), "gas-used")]
#[case::transactions_swapped(|p: &mut Payload| p.transactions.swap(1, 2), "receipts-root")]
#[case::transaction_twice(|p: &mut Payload| p.transactions.push(p.transactions[4].clone()), "transaction")]
#[case::transaction_extra(|p: &mut Payload| p.transactions.push(sign(transfer(0, 1), 5)), "gas-used")]
#[case::deposit_extra(|p: &mut Payload| p.transactions.insert(1, deposit(0)), "gas-used")]
#[case::deposit_last(|p: &mut Payload| p.transactions.push(deposit(0)), "deposit-after-user")]
#[case::transaction_empty(|p: &mut Payload| p.transactions[4] = Bytes::new(), "empty-transaction")]
#[case::transaction_with_blobs(|p: &mut Payload| p.transactions[4] = vec![3, 0xc0].into(), "blob-transaction")]
#[case::transaction_of_type_5(|p: &mut Payload| p.transactions[4] = vec![5].into(), "transaction")]
fn each_field_has_its_reason(#[case] mutate: Mutation, #[case] resealed: &str) {
    let (engine, payload) = scene();
    let mut mutant = payload.clone();
    mutate(&mut mutant);
    assert_ne!(mutant, payload);
    assert_eq!(verdict(&engine, &mutant), "block-hash", "unsealed");
    assert_eq!(verdict(&engine, &reseal(mutant)), resealed, "resealed");
}

/// Fields that the parent does not fix: whoever asked for the block must compare them.
#[rstest]
#[case::prev_randao(|p: &mut Payload| p.prev_randao = B256::repeat_byte(1))]
#[case::gas_limit(|p: &mut Payload| p.gas_limit -= 1)]
#[case::extra_data(|p: &mut Payload| p.extra_data = vec![0, 0, 0, 0, 1, 0, 0, 0, 1].into())]
fn some_fields_are_anyones(#[case] mutate: Mutation) {
    let (engine, payload) = scene();
    let mut mutant = payload;
    mutate(&mut mutant);
    assert_eq!(verdict(&engine, &mutant), "block-hash");
    assert_eq!(verdict(&engine, &reseal(mutant)), "valid");
}

/// What has no header cannot be sealed again.
#[rstest]
#[case::withdrawals_missing(|p: &mut Payload| p.withdrawals = None, "withdrawals-missing")]
#[case::base_fee_of_65_bits(|p: &mut Payload| p.base_fee_per_gas = U256::from(1) << 64, "base-fee")]
#[case::timestamp_of_no_fork(|p: &mut Payload| p.timestamp = 0, "fork")]
fn some_reasons_come_before_the_hash(#[case] mutate: Mutation, #[case] reason: &str) {
    let spec = crate::common::devnet();
    let genesis = spec.genesis().timestamp();
    let times = gauntlet_engine::Fork::ALL.map(|fork| {
        let time = (fork < gauntlet_engine::Fork::Isthmus).then_some(genesis);
        (fork, time)
    });
    let spec = spec.as_ref().clone().with_fork_times(times).unwrap();
    let engine = Engine::new(spec.into(), gauntlet_engine::Senders::default());
    let block = engine
        .build(engine.head().hash(), &attributes(engine.head()))
        .unwrap();
    let mut payload = block.payload();
    mutate(&mut payload);
    let invalid = engine.validate(&payload).unwrap_err();
    assert_eq!(invalid.name(), reason);
    let code = match reason {
        "withdrawals-missing" => Some(-32602),
        "fork" => Some(-38005),
        _ => None,
    };
    assert_eq!(invalid.error_code(), code);
}

#[test]
fn the_block_hash_alone() {
    let (engine, mut payload) = scene();
    let computed = payload.block_hash;
    let claimed = B256::repeat_byte(1);
    payload.block_hash = claimed;
    assert_eq!(
        engine.validate(&payload).unwrap_err(),
        Invalid::BlockHash { claimed, computed }
    );
}

#[test]
fn the_parent_beacon_block_root() {
    let (engine, mut payload) = scene();
    assert_eq!(payload.parent_beacon_block_root, beacon_root(2));
    payload.parent_beacon_block_root = B256::ZERO;
    assert_eq!(verdict(&engine, &payload), "block-hash");
    assert_eq!(verdict(&engine, &reseal(payload)), "state-root");
}

/// DECISION: payload-version.
#[test]
fn absent_blob_fields_mean_zero() {
    let (engine, payload) = scene();
    for wire in [payload.to_v2(), payload.to_v3()] {
        let read = Payload::from_wire(&wire, payload.parent_beacon_block_root);
        assert_eq!(verdict(&engine, &read), "valid");
    }
}

#[test]
fn there_are_no_blob_hashes_to_expect() {
    let (mut engine, payload) = scene();
    let verdict = engine.new_payload(&payload, &[B256::ZERO]);
    assert!(matches!(
        verdict,
        PayloadVerdict::Invalid {
            reason: Invalid::VersionedHashes(1),
            ..
        }
    ));
}

fn deposit(gas_limit: u64) -> Bytes {
    UserDeposit {
        from: Address::repeat_byte(1),
        to: None,
        mint: 1,
        value: U256::ZERO,
        gas_limit: gas_limit.max(100_000),
        data: Bytes::new(),
        l1_block_hash: B256::ZERO,
        log_index: 0,
    }
    .bytes()
}

fn system_deposit() -> Bytes {
    TxDeposit {
        from: Address::repeat_byte(1),
        gas_limit: 100_000,
        is_system_transaction: true,
        ..TxDeposit::default()
    }
    .encoded_2718()
    .into()
}

fn unsigned(transaction: TxEip1559) -> Bytes {
    let signature = alloy_primitives::Signature::new(U256::ZERO, U256::ZERO, false);
    transaction.into_signed(signature).encoded_2718().into()
}

/// The same signature with s in the upper half of its range.
fn malleated() -> Bytes {
    let order: U256 = "0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
        .parse()
        .unwrap();
    let transaction = transfer(0, 1);
    let signature = crate::common::key(5)
        .sign(transaction.signature_hash())
        .to_bytes();
    let low = alloy_primitives::Signature::from_raw_array(&signature).unwrap();
    let high = alloy_primitives::Signature::new(low.r(), order - low.s(), !low.v());
    transaction.into_signed(high).encoded_2718().into()
}

/// A transaction appended to a valid block, with the block sealed again.
#[rstest]
#[case::garbage(vec![2, 1, 2, 3].into(), "malformed")]
#[case::trailing_bytes([&sign(transfer(0, 1), 5)[..], &[0]].concat().into(), "malformed")]
#[case::truncated(sign(transfer(0, 1), 5).slice(..50), "malformed")]
#[case::tagged_legacy([&[0][..], &sign(TxLegacy::default(), 5)].concat().into(), "type")]
#[case::type_4(vec![4, 0xc0].into(), "type")]
#[case::type_7d(vec![0x7d, 0xc0].into(), "type")]
#[case::no_signature(unsigned(transfer(0, 1)), "signature")]
#[case::high_s(malleated(), "signature")]
#[case::other_chain(sign(TxEip1559 { chain_id: 1, ..transfer(0, 1) }, 5), "chain-id")]
#[case::nonce_low(sign(transfer(0, 1), 4), "nonce-too-low")]
#[case::nonce_high(sign(transfer(1, 1), 5), "nonce-too-high")]
#[case::no_funds(sign(transfer(0, 1), 99), "insufficient-funds")]
#[case::no_funds_for_value(sign(TxEip1559 { value: U256::MAX, ..transfer(0, 1) }, 5), "insufficient-funds")]
#[case::below_base_fee(sign(TxEip1559 { max_fee_per_gas: 1, ..transfer(0, 1) }, 5), "fee-cap-too-low")]
#[case::tip_above_cap(sign(transfer(0, 101 * GWEI), 5), "tip-above-fee-cap")]
#[case::intrinsic_gas(sign(TxEip1559 { gas_limit: 20_999, ..transfer(0, 1) }, 5), "intrinsic-gas")]
#[case::block_gas(sign(TxEip1559 { gas_limit: 30_000_000, ..transfer(0, 1) }, 5), "block-gas")]
#[case::init_code(sign(TxEip1559 { gas_limit: 10_000_000, to: TxKind::Create, input: vec![0; 49_153].into(), ..transfer(0, 1) }, 5), "init-code")]
fn each_transaction_has_its_reason(#[case] raw: Bytes, #[case] name: &str) {
    let (engine, mut payload) = scene();
    payload.transactions.push(raw);
    match engine.validate(&reseal(payload)) {
        Err(Invalid::Transaction { index: 5, reason }) => {
            assert_eq!(reason.name(), name);
            assert!(!reason.to_string().is_empty());
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_system_deposit_makes_the_block_invalid() {
    let (engine, mut payload) = scene();
    payload.transactions.insert(1, system_deposit());
    match engine.validate(&reseal(payload)) {
        Err(Invalid::Transaction { index: 1, reason }) => {
            assert_eq!(reason.name(), "system-deposit");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn transactions_of_every_type_are_executed() {
    let mut engine = engine();
    let to = TxKind::Call(Address::repeat_byte(0xaa));
    let legacy = TxLegacy {
        chain_id: Some(901),
        gas_price: 10 * GWEI,
        gas_limit: 21_000,
        to,
        ..TxLegacy::default()
    };
    let with_list = TxEip2930 {
        chain_id: 901,
        gas_price: 10 * GWEI,
        gas_limit: 30_000,
        to,
        ..TxEip2930::default()
    };
    let raw = [sign(legacy, 1), sign(with_list, 2), sign(transfer(0, 1), 3)];
    let hashes = raw.map(|raw| engine.add_transaction(&raw).unwrap());
    grow(&mut engine);
    for hash in hashes {
        assert!(engine.receipt(hash).unwrap().success);
    }
}
