//! Headers: of a block that was executed, and of a payload that was not.

use alloy_consensus::proofs::calculate_withdrawals_root;
use alloy_consensus::{EMPTY_OMMER_ROOT_HASH, EMPTY_ROOT_HASH, Header, TxReceipt};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{B256, Bloom};
use alloy_trie::root::{ordered_trie_root_encoded, ordered_trie_root_with_encoder};
use op_alloy_consensus::OpReceiptEnvelope;

use crate::execution::{BlockEnvironment, Executed};
use crate::invalid::Invalid;
use crate::payload::Payload;

/// The header of a block that was executed, as it is from Ecotone to Holocene.
///
/// `transactions` are the encodings of the transactions, and `state_root` is the root of the state
/// of the parent with [`Executed::changes`].
#[must_use]
pub fn seal<T: AsRef<[u8]>>(
    parent: &Header,
    parent_hash: B256,
    block: &BlockEnvironment,
    transactions: &[T],
    executed: &Executed,
    state_root: B256,
) -> Header {
    Header {
        parent_hash,
        ommers_hash: EMPTY_OMMER_ROOT_HASH,
        beneficiary: block.fee_recipient,
        state_root,
        transactions_root: ordered_trie_root_encoded(transactions),
        receipts_root: receipts_root(&executed.receipts),
        logs_bloom: logs_bloom(&executed.receipts),
        number: parent.number + 1,
        gas_limit: block.gas_limit,
        gas_used: executed.gas_used,
        timestamp: block.timestamp,
        extra_data: block.extra_data.clone(),
        mix_hash: block.prev_randao,
        base_fee_per_gas: Some(executed.base_fee),
        withdrawals_root: Some(EMPTY_ROOT_HASH),
        blob_gas_used: Some(0),
        excess_blob_gas: Some(0),
        parent_beacon_block_root: Some(block.parent_beacon_block_root),
        ..Header::default()
    }
}

/// The header that a payload is the body and the fields of, in the layout of
/// `engine_newPayloadV3`. Nothing is checked that the layout does not need, and nothing is
/// executed.
///
/// # Errors
///
/// The payload has no withdrawals, or a base fee of more than 64 bits: no header says that.
pub fn payload_header(payload: &Payload) -> Result<Header, Invalid> {
    let withdrawals = payload.withdrawals.as_ref();
    let withdrawals = withdrawals.ok_or(Invalid::WithdrawalsMissing)?;
    let base_fee = u64::try_from(payload.base_fee_per_gas).map_err(|_| Invalid::BaseFee {
        claimed: payload.base_fee_per_gas,
        computed: None,
    })?;
    Ok(Header {
        parent_hash: payload.parent_hash,
        ommers_hash: EMPTY_OMMER_ROOT_HASH,
        beneficiary: payload.fee_recipient,
        state_root: payload.state_root,
        transactions_root: ordered_trie_root_encoded(&payload.transactions),
        receipts_root: payload.receipts_root,
        logs_bloom: payload.logs_bloom,
        number: payload.block_number,
        gas_limit: payload.gas_limit,
        gas_used: payload.gas_used,
        timestamp: payload.timestamp,
        extra_data: payload.extra_data.clone(),
        mix_hash: payload.prev_randao,
        base_fee_per_gas: Some(base_fee),
        withdrawals_root: Some(calculate_withdrawals_root(withdrawals)),
        blob_gas_used: Some(payload.blob_gas_used),
        excess_blob_gas: Some(payload.excess_blob_gas),
        parent_beacon_block_root: Some(payload.parent_beacon_block_root),
        ..Header::default()
    })
}

/// The block hash that a payload must claim: keccak256 of the RLP of [`payload_header`].
///
/// # Errors
///
/// As [`payload_header`].
pub fn block_hash(payload: &Payload) -> Result<B256, Invalid> {
    payload_header(payload).map(|header| header.hash_slow())
}

/// The Merkle root of receipts.
pub(crate) fn receipts_root(receipts: &[OpReceiptEnvelope]) -> B256 {
    ordered_trie_root_with_encoder(receipts, |receipt, out| receipt.encode_2718(out))
}

/// The bloom filter of all logs of a block.
pub(crate) fn logs_bloom(receipts: &[OpReceiptEnvelope]) -> Bloom {
    receipts
        .iter()
        .fold(Bloom::ZERO, |bloom, receipt| bloom | receipt.bloom())
}
