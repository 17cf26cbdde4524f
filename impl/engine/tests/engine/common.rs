//! What the tests share: the devnet, its users, and a chain that grows.

use std::sync::Arc;

use alloy_consensus::{SignableTransaction, TxEip1559};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B64, B256, Bytes, Signature, TxKind, U256, address};
use gauntlet_engine::{
    Attributes, Block, ChainSpec, Engine, ForkChoice, L1Attributes, Payload, PayloadVerdict,
    Senders,
};
use gauntlet_protocol::SecretKey;

/// The genesis of the devnet.
pub(crate) const GENESIS: &str = include_str!("../../../../harness/src/chain/genesis.json");
/// The devnet's contract that counts and logs.
pub(crate) const COUNTER: Address = address!("0x00000000000000000000000000000000000c0de1");
/// The predeploy that collects the sequencer's fees.
pub(crate) const SEQUENCER_FEE_VAULT: Address =
    address!("0x4200000000000000000000000000000000000011");
/// The predeploy that collects what L1 charges.
pub(crate) const L1_FEE_VAULT: Address = address!("0x420000000000000000000000000000000000001a");
/// A billion wei.
pub(crate) const GWEI: u128 = 1_000_000_000;

/// The devnet.
pub(crate) fn devnet() -> Arc<ChainSpec> {
    Arc::new(ChainSpec::from_genesis_json(GENESIS).expect("the devnet's genesis is good"))
}

/// An engine at the devnet's genesis.
pub(crate) fn engine() -> Engine {
    Engine::new(devnet(), Senders::default())
}

/// The key of a user: the scalars 1 to 20 have funds.
pub(crate) fn key(user: u8) -> SecretKey {
    SecretKey::from_bytes(&B256::with_last_byte(user)).unwrap()
}

/// The L1 attributes of a block.
pub(crate) fn origin(number: u64) -> L1Attributes {
    L1Attributes {
        number: 100 + number / 6,
        timestamp: 1_700_000_000 + number / 6 * 12,
        base_fee: U256::from(7 * GWEI),
        blob_base_fee: U256::from(GWEI),
        hash: B256::left_padding_from(&(100 + number / 6).to_be_bytes()),
        sequence_number: number % 6,
        batcher_hash: B256::with_last_byte(0xba),
        base_fee_scalar: 5_227,
        blob_base_fee_scalar: 1_014_213,
    }
}

/// The attributes of the block after this one, forced to begin with the L1 attributes.
pub(crate) fn attributes(parent: &Block) -> Attributes {
    Attributes {
        timestamp: parent.timestamp() + 2,
        prev_randao: B256::repeat_byte(0x42),
        fee_recipient: SEQUENCER_FEE_VAULT,
        parent_beacon_block_root: beacon_root(parent.number() + 1),
        transactions: vec![origin(parent.number() + 1).deposit()],
        no_tx_pool: false,
        gas_limit: 30_000_000,
        eip1559_params: Some(B64::ZERO),
    }
}

/// The beacon block root of a block's L1 origin.
pub(crate) fn beacon_root(number: u64) -> B256 {
    B256::left_padding_from(&(0xbeac_0000 + number).to_be_bytes())
}

/// A transaction to change and to sign.
pub(crate) fn transfer(nonce: u64, tip: u128) -> TxEip1559 {
    TxEip1559 {
        chain_id: 901,
        nonce,
        gas_limit: 100_000,
        max_fee_per_gas: 100 * GWEI,
        max_priority_fee_per_gas: tip,
        to: TxKind::Call(Address::repeat_byte(0xaa)),
        value: U256::from(1_000),
        ..TxEip1559::default()
    }
}

/// A call of the contract that counts.
pub(crate) fn count(nonce: u64, tip: u128) -> TxEip1559 {
    TxEip1559 {
        to: TxKind::Call(COUNTER),
        value: U256::ZERO,
        ..transfer(nonce, tip)
    }
}

/// Signs a transaction.
pub(crate) fn sign<T: SignableTransaction<Signature>>(transaction: T, user: u8) -> Bytes
where
    alloy_consensus::Signed<T>: Encodable2718,
{
    let signature = key(user).sign(transaction.signature_hash()).to_bytes();
    let signature = Signature::from_raw_array(&signature).unwrap();
    transaction.into_signed(signature).encoded_2718().into()
}

/// Builds on the head, inserts the block and makes it the head.
pub(crate) fn grow(engine: &mut Engine) -> Arc<Block> {
    let attributes = attributes(engine.head());
    grow_with(engine, &attributes)
}

/// The same with these attributes.
pub(crate) fn grow_with(engine: &mut Engine, attributes: &Attributes) -> Arc<Block> {
    let block = engine.build(engine.head().hash(), attributes).unwrap();
    let block = engine.insert(block);
    make_head(engine, &block);
    block
}

/// Makes a known block the head.
pub(crate) fn make_head(engine: &mut Engine, block: &Block) {
    let choice = engine.fork_choice_updated(block.hash(), B256::ZERO, B256::ZERO);
    assert!(matches!(choice, Ok(ForkChoice::Valid { .. })), "{choice:?}");
}

/// Hands a block to an engine as a peer would, and makes it the head.
pub(crate) fn import(engine: &mut Engine, block: &Block) -> Arc<Block> {
    let verdict = engine.new_payload(&block.payload(), &[]);
    let PayloadVerdict::Valid(imported) = verdict else {
        panic!("{verdict:?}");
    };
    make_head(engine, &imported);
    imported
}

/// The payload with the hash that its fields make.
pub(crate) fn reseal(mut payload: Payload) -> Payload {
    payload.block_hash = gauntlet_engine::block_hash(&payload).unwrap();
    payload
}
