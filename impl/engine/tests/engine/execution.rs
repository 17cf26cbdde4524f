//! Execution: what transactions do to the state, the same in whoever builds and whoever validates.

use alloy_consensus::TxEip1559;
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, hex};
use alloy_trie::TrieAccount;
use alloy_trie::root::{state_root_unhashed, storage_root_unhashed};
use gauntlet_engine::{Engine, State, UserDeposit};

use crate::common::{
    COUNTER, GWEI, attributes, count, engine, grow, import, key, origin, reseal, sign, transfer,
};

/// Init code that keeps the hash of the parent in slot 0.
const KEEP_BLOCK_HASH: &[u8] = &hex!("6001 43 03 40 6000 55 00");
/// Init code that sets slot 0, and then destroys the contract.
const DESTROY: &[u8] = &hex!("6001 6000 55 33 ff");
/// Init code of a contract of which any call clears slot 0, and which sets it.
const CLEAR: &[u8] = &hex!("6001 6000 55 65 600060005500 6000 52 6006 601a f3");

fn create(nonce: u64, code: &[u8]) -> TxEip1559 {
    TxEip1559 {
        to: TxKind::Create,
        value: U256::ZERO,
        input: Bytes::copy_from_slice(code),
        gas_limit: 200_000,
        ..transfer(nonce, GWEI)
    }
}

/// The state root from nothing but the accounts, by another implementation.
fn recomputed(state: &State) -> B256 {
    state_root_unhashed(state.accounts().map(|(address, account)| {
        let slots = account
            .slots()
            .map(|(slot, value)| (B256::from(*slot), *value));
        let account = TrieAccount {
            nonce: account.nonce,
            balance: account.balance,
            storage_root: storage_root_unhashed(slots),
            code_hash: account.code_hash,
        };
        (*address, account)
    }))
}

/// Grows two engines by the transactions that wait in the first, and checks the roots.
fn step(builder: &mut Engine, sequencer: &mut Engine) {
    let block = grow(builder);
    let imported = import(sequencer, &block);
    assert_eq!(imported.state().root(), recomputed(imported.state()));
    assert_eq!(imported.hash(), block.hash());
}

#[test]
fn the_incremental_root_is_the_root() {
    let (mut builder, mut sequencer) = (engine(), engine());
    let sender = key(1).address();
    let send = |engine: &mut Engine, transaction: TxEip1559, user| {
        engine.add_transaction(&sign(transaction, user)).unwrap()
    };
    step(&mut builder, &mut sequencer);
    let created = [
        send(&mut builder, create(0, KEEP_BLOCK_HASH), 1),
        send(&mut builder, create(1, DESTROY), 1),
        send(&mut builder, create(2, CLEAR), 1),
    ];
    let parent = builder.head().hash();
    step(&mut builder, &mut sequencer);
    for hash in created {
        assert!(sequencer.receipt(hash).unwrap().success);
    }
    let state = sequencer.head().state();
    let keeps = state.account(sender.create(0)).unwrap();
    assert_eq!(
        B256::from(keeps.slot(U256::ZERO)),
        parent,
        "BLOCKHASH of the parent"
    );
    assert!(
        state.account(sender.create(1)).is_none(),
        "it destroyed itself"
    );
    let clears = sender.create(2);
    assert_eq!(state.slot(clears, U256::ZERO), U256::from(1));

    let call = TxEip1559 {
        to: TxKind::Call(clears),
        value: U256::ZERO,
        ..transfer(3, GWEI)
    };
    send(&mut builder, call, 1);
    for user in 2..=20 {
        for nonce in 0..5 {
            send(&mut builder, count(nonce, GWEI), user);
        }
    }
    step(&mut builder, &mut sequencer);
    let state = sequencer.head().state();
    assert_eq!(state.slot(clears, U256::ZERO), U256::ZERO);
    assert_eq!(state.account(clears).unwrap().slots().count(), 0);
    assert_eq!(state.slot(COUNTER, U256::ZERO), U256::from(95));
}

/// A transaction that the builder tried and left out must not show in the block, not even as an
/// account that is warm for the next transaction.
#[test]
fn a_transaction_left_out_leaves_no_trace() {
    let (mut builder, mut sequencer) = (engine(), engine());
    let all = U256::from(900_000u64) * U256::from(GWEI) * U256::from(GWEI);
    let give = |nonce| TxEip1559 {
        value: all,
        ..transfer(nonce, 9 * GWEI)
    };
    for nonce in 0..2 {
        builder.add_transaction(&sign(give(nonce), 1)).unwrap();
    }
    // Its init code reads the balance of the sender whose second transaction cannot be paid.
    let code = [&[0x73][..], key(1).address().as_slice(), &hex!("31 00")].concat();
    let reads = builder.add_transaction(&sign(create(0, &code), 2)).unwrap();
    step(&mut builder, &mut sequencer);
    assert_eq!(builder.pool_len(), 1);
    assert!(sequencer.receipt(reads).unwrap().gas_used > 53_000 + 2_600);
}

#[test]
fn a_receipt_says_what_came_of_a_transaction() {
    let mut engine = engine();
    let first = engine
        .add_transaction(&sign(count(0, 2 * GWEI), 1))
        .unwrap();
    let second = engine.add_transaction(&sign(count(0, GWEI), 2)).unwrap();
    let mut doomed = create(0, &hex!("fe"));
    doomed.max_priority_fee_per_gas = 1;
    let doomed = engine.add_transaction(&sign(doomed, 3)).unwrap();
    let block = grow(&mut engine);
    let receipts = [first, second, doomed].map(|hash| engine.receipt(hash).unwrap());
    for (index, receipt) in (1..).zip(&receipts) {
        assert_eq!(receipt.transaction_index, index);
        assert_eq!(
            (receipt.block_hash, receipt.block_number),
            (block.hash(), 1)
        );
    }
    let log = &receipts[1].logs[0];
    assert_eq!(log.address, COUNTER);
    assert_eq!(log.topics(), [key(2).address().into_word()]);
    assert_eq!(U256::from_be_slice(&log.data.data), U256::from(2));
    assert_eq!(receipts[0].effective_tip, 2 * GWEI);
    assert_eq!(receipts[0].from, key(1).address());
    assert!(!receipts[2].success && receipts[2].logs.is_empty());
    assert_eq!(
        receipts[2].gas_used, 200_000,
        "an invalid opcode takes all gas"
    );
    assert_eq!(receipts[2].cumulative_gas_used, block.header().gas_used);
    let paid = receipts
        .iter()
        .map(|r| U256::from(r.effective_tip) * U256::from(r.gas_used));
    assert_eq!(paid.sum::<U256>(), block.value());
    assert_eq!(engine.receipt(B256::ZERO), None);
}

/// Whatever a peer makes of a block's bytes, there is a verdict.
#[test]
fn no_byte_makes_a_panic() {
    let mut engine = engine();
    grow(&mut engine);
    engine.add_transaction(&sign(count(0, GWEI), 1)).unwrap();
    let mut attributes = attributes(engine.head());
    let deposit = UserDeposit {
        from: Address::repeat_byte(1),
        to: None,
        mint: u128::MAX,
        value: U256::MAX,
        gas_limit: 100_000,
        data: Bytes::from_static(DESTROY),
        l1_block_hash: B256::repeat_byte(1),
        log_index: 1,
    };
    attributes.transactions = vec![origin(2).deposit(), deposit.bytes()];
    let block = engine.build(engine.head().hash(), &attributes).unwrap();
    assert_eq!(block.transactions().len(), 3);
    let payload = block.payload();
    for (index, raw) in payload.transactions.iter().enumerate() {
        for at in 0..raw.len() {
            for change in [0xff, 0x01, 0x80] {
                let mut bytes = raw.to_vec();
                bytes[at] ^= change;
                let mut mutant = payload.clone();
                mutant.transactions[index] = bytes.into();
                let verdict = engine.validate(&reseal(mutant));
                // A deposit has no signature: another source hash, say, is another good deposit.
                assert!(
                    verdict.is_err() || index < 2,
                    "byte {at} of transaction {index}"
                );
            }
        }
    }
}
