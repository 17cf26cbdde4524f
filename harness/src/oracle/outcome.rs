//! What comes of a payload, told by building its block anew: the transactions are executed by the
//! engine, and whatever else makes a payload a block is compared here.

use std::collections::BTreeMap;

use alloy_consensus::{Transaction as _, TxReceipt};
use alloy_eips::Encodable2718;
use alloy_primitives::{Address, B64, B256, Bytes, U256, logs_bloom};
use alloy_trie::root::ordered_trie_root_with_encoder;
use gauntlet_engine::{Attributes, Block, Engine, Senders, Transaction};
use gauntlet_protocol::ExecutionPayloadV2;
use op_alloy_consensus::{OpReceiptEnvelope, OpTxEnvelope};

use super::header::{flaw, is_holocene};
use super::value;
use crate::chain::is_deposit;

/// What no transaction uses less than, unless it is a deposit.
const LEAST_GAS: u64 = 21_000;

/// What a block offers, counted from its receipts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Worth {
    /// The priority fees that its transactions pay, in wei.
    pub value: U256,
    /// The gas that they use.
    pub gas_used: u64,
}

/// Executes a payload on its parent, and compares every member with what comes of that.
pub(super) fn execute(
    engine: &Engine,
    senders: &Senders,
    parent: &Block,
    payload: &ExecutionPayloadV2,
    beacon_root: B256,
) -> Result<Block, String> {
    let spec = engine.spec();
    if let Some(flaw) = flaw(spec, parent.header(), payload, beacon_root) {
        return Err(flaw);
    }
    check_transactions(spec.chain_id(), senders, parent, payload)?;
    let params = payload
        .extra_data
        .get(1..)
        .and_then(|of| B64::try_from(of).ok());
    let attributes = Attributes {
        timestamp: payload.timestamp,
        prev_randao: payload.prev_randao,
        fee_recipient: payload.fee_recipient,
        parent_beacon_block_root: beacon_root,
        transactions: payload.transactions.clone(),
        no_tx_pool: true,
        gas_limit: payload.gas_limit,
        eip1559_params: params.filter(|_| is_holocene(spec, payload.timestamp)),
    };
    let built = engine.build(payload.parent_hash, &attributes);
    let block = built.map_err(|error| error.to_string())?;
    compare(&block, payload)?;
    Ok(block)
}

/// What a transaction must be like whatever it does.
fn check_transactions(
    chain_id: u64,
    senders: &Senders,
    parent: &Block,
    payload: &ExecutionPayloadV2,
) -> Result<(), String> {
    let base_fee = payload.base_fee_per_gas.saturating_to::<u128>();
    let mut nonces: BTreeMap<Address, u64> = BTreeMap::new();
    let mut users = false;
    for (index, raw) in payload.transactions.iter().enumerate() {
        let wrong = |what: &str| Err(format!("transaction {index}: {what}"));
        match raw.first() {
            None => return wrong("it is empty"),
            Some(0x01 | 0x02 | 0x7e | 0xc0..) => {}
            Some(of_type) => return wrong(&format!("it is of type {of_type}")),
        }
        let transaction = Transaction::decode(raw, senders);
        let transaction = transaction.map_err(|error| format!("transaction {index}: {error}"))?;
        let sender = transaction.sender();
        let at_parent = || parent.state().account(sender).map_or(0, |of| of.nonce);
        let next = nonces.entry(sender).or_insert_with(at_parent);
        if is_deposit(raw) {
            *next += 1;
            if users {
                return wrong("it is a deposit after a transaction that is none");
            }
            continue;
        }
        users = true;
        let it = transaction.envelope();
        let fee = it.max_fee_per_gas();
        let faults = [
            (
                it.chain_id().is_none_or(|id| id == chain_id),
                "another chain's",
            ),
            (it.nonce() == *next, "not of the sender's next nonce"),
            (fee >= base_fee, "of less than the base fee"),
            (
                it.max_priority_fee_per_gas().is_none_or(|tip| tip <= fee),
                "of a tip above its fee",
            ),
            (
                (LEAST_GAS..=payload.gas_limit).contains(&it.gas_limit()),
                "of too little gas or too much",
            ),
            (
                it.is_legacy() == (raw.first() >= Some(&0xc0)),
                "of another type",
            ),
            (has_low_s(it), "of a signature with a high s"),
        ];
        if let Some((_, what)) = faults.into_iter().find(|(right, _)| !right) {
            return wrong(&format!("it is {what}"));
        }
        *next += 1;
    }
    Ok(())
}

/// Whether the s of a transaction's signature is in the lower half of its range (EIP-2).
fn has_low_s(it: &OpTxEnvelope) -> bool {
    let signature = match it {
        OpTxEnvelope::Legacy(it) => it.signature(),
        OpTxEnvelope::Eip2930(it) => it.signature(),
        OpTxEnvelope::Eip1559(it) => it.signature(),
        OpTxEnvelope::Eip7702(it) => it.signature(),
        OpTxEnvelope::Deposit(_) | OpTxEnvelope::PostExec(_) => return true,
    };
    signature.normalize_s().is_none()
}

/// Compares what comes of executing a payload with what it says.
fn compare(block: &Block, payload: &ExecutionPayloadV2) -> Result<(), String> {
    let receipts = block.receipts();
    let root = ordered_trie_root_with_encoder(receipts, |receipt: &OpReceiptEnvelope, out| {
        receipt.encode_2718(out);
    });
    let bloom = logs_bloom(receipts.iter().flat_map(TxReceipt::logs));
    let gas_used = receipts.last().map_or(0, TxReceipt::cumulative_gas_used);
    let raw: Vec<&Bytes> = block.transactions().iter().map(|of| of.raw()).collect();
    [
        (payload.gas_used == gas_used, "gasUsed"),
        (payload.receipts_root == root, "receiptsRoot"),
        (payload.logs_bloom == bloom, "logsBloom"),
        (payload.state_root == block.header().state_root, "stateRoot"),
        (payload.transactions.iter().eq(raw), "list of transactions"),
        (payload.block_hash == block.hash(), "blockHash"),
    ]
    .into_iter()
    .find(|(right, _)| !right)
    .map_or(Ok(()), |(_, member)| {
        Err(format!("its {member} is not what comes of executing it"))
    })
}

/// What a block is worth, by its receipts.
pub(super) fn worth(block: &Block) -> Worth {
    let receipts = block.receipts();
    Worth {
        value: value::of(block),
        gas_used: receipts.last().map_or(0, TxReceipt::cumulative_gas_used),
    }
}
