//! What a payload says of its header, worked out without the engine: what the nodes and the oracle
//! share cannot be told wrong by what they share.

use alloy_consensus::proofs::calculate_withdrawals_root;
use alloy_consensus::{EMPTY_OMMER_ROOT_HASH, Header};
use alloy_eips::eip1559::{BaseFeeParams, calc_next_block_base_fee};
use alloy_primitives::{B64, B256, Bytes, U256};
use alloy_trie::root::ordered_trie_root_encoded;
use gauntlet_engine::{ChainSpec, Fork};
use gauntlet_protocol::ExecutionPayloadV2;

/// The extra data of Holocene: a version, and two words of 32 bits.
const EXTRA_DATA_BYTES: usize = 9;

/// The block hash of a payload's own fields: keccak256 of the RLP of the header that they make with
/// this beacon block root. Nothing if no header says what it says.
#[must_use]
pub fn block_hash(payload: &ExecutionPayloadV2, beacon_root: B256) -> Option<B256> {
    let withdrawals = payload.withdrawals.as_ref()?;
    let header = Header {
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
        base_fee_per_gas: Some(u64::try_from(payload.base_fee_per_gas).ok()?),
        withdrawals_root: Some(calculate_withdrawals_root(withdrawals)),
        blob_gas_used: Some(payload.blob_gas_used.unwrap_or_default()),
        excess_blob_gas: Some(payload.excess_blob_gas.unwrap_or_default()),
        parent_beacon_block_root: Some(beacon_root),
        ..Header::default()
    };
    Some(header.hash_slow())
}

/// Whether Holocene's rules hold for the block of a timestamp. DECISION: fork-of.
pub(super) fn is_holocene(spec: &ChainSpec, timestamp: u64) -> bool {
    spec.fork_time(Fork::Holocene)
        .is_some_and(|since| timestamp >= since)
}

/// The extra data of a block that is built with this member of its attributes: nothing before
/// Holocene; from then on a version of 0, denominator and elasticity, those of the chain where the
/// attributes have zeros.
#[must_use]
pub fn extra_data(spec: &ChainSpec, timestamp: u64, eip1559_params: Option<B64>) -> Option<Bytes> {
    if !is_holocene(spec, timestamp) {
        return eip1559_params.is_none().then(Bytes::new);
    }
    let of_chain = spec.eip1559_params(timestamp);
    let mut bytes = [0; EXTRA_DATA_BYTES];
    let params = eip1559_params?;
    if params.is_zero() {
        bytes[1..5].copy_from_slice(&of_chain.denominator.to_be_bytes());
        bytes[5..].copy_from_slice(&of_chain.elasticity.to_be_bytes());
    } else {
        bytes[1..].copy_from_slice(params.as_slice());
    }
    Some(Bytes::copy_from_slice(&bytes))
}

/// The denominator and the elasticity of extra data of Holocene, neither of them 0.
fn params(extra_data: &[u8]) -> Option<(u32, u32)> {
    let bytes: &[u8; EXTRA_DATA_BYTES] = extra_data.try_into().ok()?;
    let [0, d0, d1, d2, d3, e0, e1, e2, e3] = *bytes else {
        return None;
    };
    let params = (
        u32::from_be_bytes([d0, d1, d2, d3]),
        u32::from_be_bytes([e0, e1, e2, e3]),
    );
    (params.0 > 0 && params.1 > 0).then_some(params)
}

/// The base fee of the block of a timestamp on a parent (EIP-1559; Holocene: by the parameters in
/// the parent's own extra data).
fn base_fee(spec: &ChainSpec, parent: &Header, timestamp: u64) -> u64 {
    let of_chain = spec.eip1559_params(timestamp);
    let of_chain = (of_chain.denominator, of_chain.elasticity);
    let of_parent = is_holocene(spec, parent.timestamp).then(|| params(&parent.extra_data));
    let (denominator, elasticity) = of_parent.flatten().unwrap_or(of_chain);
    let base_fee = parent.base_fee_per_gas.unwrap_or_default();
    if parent.gas_limit < u64::from(elasticity) {
        return base_fee;
    }
    calc_next_block_base_fee(
        parent.gas_used,
        parent.gas_limit,
        base_fee,
        BaseFeeParams::new(denominator.into(), elasticity.into()),
    )
}

/// What is wrong with the header of a payload on a parent, as far as no transaction is executed for
/// it.
pub(super) fn flaw(
    spec: &ChainSpec,
    parent: &Header,
    payload: &ExecutionPayloadV2,
    beacon_root: B256,
) -> Option<String> {
    let timestamp = payload.timestamp;
    let base_fee = base_fee(spec, parent, timestamp);
    let extra_data = &payload.extra_data;
    let has_params = if is_holocene(spec, timestamp) {
        params(extra_data).is_some_and(|(_, elasticity)| u64::from(elasticity) <= payload.gas_limit)
    } else {
        extra_data.is_empty()
    };
    let seal = block_hash(payload, beacon_root);
    [
        (
            payload.block_number == parent.number + 1,
            format!("blockNumber is {}", payload.block_number),
        ),
        (
            timestamp > parent.timestamp,
            format!(
                "timestamp is {timestamp}, the parent's {}",
                parent.timestamp
            ),
        ),
        (
            (1..=spec.max_gas_limit()).contains(&payload.gas_limit),
            format!("gasLimit is {}", payload.gas_limit),
        ),
        (
            payload.gas_used <= payload.gas_limit,
            format!("gasUsed is {}", payload.gas_used),
        ),
        (has_params, format!("extraData is {extra_data}")),
        (
            payload.base_fee_per_gas == U256::from(base_fee),
            format!(
                "baseFeePerGas is {}, not {base_fee}",
                payload.base_fee_per_gas
            ),
        ),
        (
            payload.withdrawals.as_ref().is_some_and(Vec::is_empty),
            "there are withdrawals, or there is no list of them".to_owned(),
        ),
        (
            payload.blob_gas_used.unwrap_or_default() == 0,
            "blobGasUsed is not 0".to_owned(),
        ),
        (
            payload.excess_blob_gas.unwrap_or_default() == 0,
            "excessBlobGas is not 0".to_owned(),
        ),
        (
            seal == Some(payload.block_hash),
            format!(
                "blockHash is {}, not that of the fields",
                payload.block_hash
            ),
        ),
    ]
    .into_iter()
    .find_map(|(right, what)| (!right).then_some(what))
}
