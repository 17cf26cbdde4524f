//! The devnet's genesis: what is in it, and that a chain grows from it.

use crate::common::{
    COUNTER, GENESIS, GWEI, L1_FEE_VAULT, SEQUENCER_FEE_VAULT, beacon_root, count, devnet, engine,
    grow, import, key, origin, sign, transfer,
};
use alloy_consensus::TxReceipt;
use alloy_eips::eip4788::{BEACON_ROOTS_ADDRESS, BEACON_ROOTS_CODE};
use alloy_primitives::{Address, B256, U256, address, hex};
use gauntlet_engine::{ChainSpec, Eip1559Params, Engine, L1_BLOCK, Senders};
use revm::DatabaseRef;

/// The code of the L1Block predeploy: it takes only the call that sets the L1 attributes from
/// Ecotone on, from the depositor alone, and lays the packed arguments out as op-revm reads them.
const L1_BLOCK_CODE: &[u8] = &hex!(
    "33 73deaddeaddeaddeaddeaddeaddeaddeaddead0001 14" // CALLER PUSH20 depositor EQ
    "6000 35 60e0 1c 63440a5e20 14"                    // PUSH1 0 CALLDATALOAD >> 224 == selector
    "16 602c 57"                                       // AND PUSH1 ok JUMPI
    "6000 6000 fd"                                     // REVERT(0, 0)
    "5b"                                               // ok: JUMPDEST
    "6004 35 6080 1c 6003 55" // slot 3 = base fee scalar ‖ blob base fee scalar ‖ sequence number
    "6014 35 6080 1c 6000 55" // slot 0 = timestamp ‖ number
    "6024 35 6001 55"         // slot 1 = base fee
    "6044 35 6007 55"         // slot 7 = blob base fee
    "6064 35 6002 55"         // slot 2 = hash
    "6084 35 6004 55"         // slot 4 = batcher hash
    "00"                      // STOP
);

/// The code of the counter: any call counts one up and logs the count with the caller.
const COUNTER_CODE: &[u8] = &hex!(
    "6000 54 6001 01"     // PUSH1 0 SLOAD PUSH1 1 ADD
    "80 6000 55"          // DUP1 PUSH1 0 SSTORE
    "6000 52"             // PUSH1 0 MSTORE
    "33 6020 6000 a1"     // CALLER PUSH1 32 PUSH1 0 LOG1
    "00"                  // STOP
);

fn code(address: Address) -> Vec<u8> {
    let genesis = devnet();
    let info = genesis.genesis().state().basic_ref(address).unwrap();
    info.unwrap().code.unwrap().original_bytes().to_vec()
}

#[test]
fn the_genesis_holds_what_the_devnet_needs() {
    let spec = devnet();
    assert_eq!(spec.chain_id(), 901);
    assert!(spec.is_supported(spec.genesis().timestamp()));
    let header = spec.genesis().header();
    assert_eq!(header.gas_limit, 30_000_000);
    assert_eq!(
        Eip1559Params::from_extra_data(&header.extra_data),
        Ok(spec.eip1559_params(header.timestamp))
    );
    for user in 1..=20 {
        let balance = spec.genesis().state().balance(key(user).address());
        assert!(balance > U256::from(1_000_000 * GWEI), "user {user}");
    }
    assert_eq!(
        key(1).address(),
        address!("0x7e5f4552091a69125d5dfcb7b8c2659029395bdf")
    );
    assert_eq!(code(L1_BLOCK), L1_BLOCK_CODE);
    assert_eq!(code(COUNTER), COUNTER_CODE);
    assert_eq!(code(BEACON_ROOTS_ADDRESS), BEACON_ROOTS_CODE.as_ref());
    assert_eq!(spec.genesis_hash(), devnet().genesis_hash());
}

#[test]
fn the_state_root_is_that_of_the_allocation() {
    let genesis: alloy_genesis::Genesis = serde_json::from_str(GENESIS).unwrap();
    assert_eq!(
        devnet().genesis().header().state_root,
        alloy_trie::root::state_root_unhashed(genesis.alloc)
    );
}

/// No user has a nonce in the devnet's genesis, and each has in this one.
#[test]
fn accounts_begin_with_the_nonces_of_the_file() {
    let with_nonces = GENESIS.replace(
        "\"balance\": \"0xd3",
        "\"nonce\": \"0x7\", \"balance\": \"0xd3",
    );
    let genesis: alloy_genesis::Genesis = serde_json::from_str(&with_nonces).unwrap();
    let spec = ChainSpec::from_genesis_json(&with_nonces).unwrap();
    assert_eq!(spec.genesis().state().nonce(key(1).address()), 7);
    assert_eq!(
        spec.genesis().header().state_root,
        alloy_trie::root::state_root_unhashed(genesis.alloc)
    );
}

#[test]
fn blocks_that_one_engine_builds_another_validates() {
    let mut builder = engine();
    let mut sequencer = Engine::new(devnet(), Senders::default());
    for round in 0..3u64 {
        for user in 1..=5 {
            let tip = GWEI * u128::from(user);
            let transaction = sign(count(2 * round, tip), user);
            builder.add_transaction(&transaction).unwrap();
            let transaction = sign(transfer(2 * round + 1, tip), user);
            builder.add_transaction(&transaction).unwrap();
        }
        let built = grow(&mut builder);
        assert_eq!(built.transactions().len(), 11);
        assert!(built.receipts().iter().all(TxReceipt::status));
        let imported = import(&mut sequencer, &built);
        assert_eq!(imported.hash(), built.hash());
        assert_eq!(imported.value(), built.value());
        assert_eq!(imported.state().root(), built.state().root());
        assert_eq!(builder.pool_len(), 0);
        check_block(&sequencer, round + 1);
    }
    assert_eq!(
        sequencer.account(COUNTER).unwrap().slot(U256::ZERO),
        U256::from(15)
    );
}

fn check_block(engine: &Engine, number: u64) {
    let (block, state) = (engine.head(), engine.head().state());
    assert_eq!(block.number(), number);
    let attributes = origin(number);
    let slot = |slot: u64| state.slot(L1_BLOCK, U256::from(slot));
    let scalars = U256::from(attributes.base_fee_scalar) << 96
        | U256::from(attributes.blob_base_fee_scalar) << 64;
    assert_eq!(
        slot(0),
        U256::from(attributes.timestamp) << 64 | U256::from(attributes.number)
    );
    assert_eq!(slot(1), attributes.base_fee);
    assert_eq!(slot(2), U256::from_be_bytes(attributes.hash.0));
    assert_eq!(slot(3), scalars | U256::from(attributes.sequence_number));
    assert_eq!(slot(4), U256::from_be_bytes(attributes.batcher_hash.0));
    assert_eq!(slot(7), attributes.blob_base_fee);
    let beacon_slot = block.timestamp() % 8191 + 8191;
    assert_eq!(
        state.slot(BEACON_ROOTS_ADDRESS, U256::from(beacon_slot)),
        U256::from_be_bytes(beacon_root(number).0)
    );
    assert!(
        state.balance(L1_FEE_VAULT) > U256::ZERO,
        "L1 charged nothing"
    );
    let before = engine.canonical(number - 1).unwrap().state();
    let earned = state.balance(SEQUENCER_FEE_VAULT) - before.balance(SEQUENCER_FEE_VAULT);
    assert_eq!(earned, block.value());
    assert!(block.value() > U256::ZERO);
}

#[test]
fn only_the_depositor_sets_the_l1_attributes() {
    let mut engine = engine();
    let mut call = transfer(0, GWEI);
    call.to = alloy_primitives::TxKind::Call(L1_BLOCK);
    call.value = U256::ZERO;
    let decoded =
        gauntlet_engine::Transaction::decode(&origin(77).deposit(), &Senders::default()).unwrap();
    call.input = alloy_consensus::Transaction::input(decoded.envelope()).clone();
    let hash = engine.add_transaction(&sign(call, 1)).unwrap();
    grow(&mut engine);
    assert!(!engine.receipt(hash).unwrap().success);
    let hash_slot = engine.head().state().slot(L1_BLOCK, U256::from(2));
    assert_eq!(B256::from(hash_slot), origin(1).hash);
}
