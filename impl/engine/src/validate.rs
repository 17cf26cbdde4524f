//! Validation: the header by the parent, and all else by execution.

use std::sync::Arc;

use alloy_consensus::Header;
use alloy_primitives::{B256, Bytes, U256};
use revm::database_interface::WrapDatabaseRef;

use crate::block::Block;
use crate::execution::{BlockEnvironment, Executed, ExecutionError, execute};
use crate::header::{logs_bloom, payload_header, receipts_root};
use crate::invalid::Invalid;
use crate::payload::Payload;
use crate::senders::Senders;
use crate::spec::ChainSpec;
use crate::transaction::{Transaction, TransactionError};

/// The most gas that a block can have: 2^63 - 1, as in geth.
pub(crate) const MAX_GAS_LIMIT: u64 = i64::MAX as u64;

/// Checks what needs no parent, and returns the header that the payload makes, with its hash.
///
/// What `engine_newPayloadV3` answers with an error comes first, then the block hash.
pub(crate) fn check_seal(spec: &ChainSpec, payload: &Payload) -> Result<(Header, B256), Invalid> {
    let timestamp = payload.timestamp;
    if !spec.is_supported(timestamp) {
        return Err(Invalid::Fork { timestamp });
    }
    let header = payload_header(payload)?;
    let computed = header.hash_slow();
    if computed != payload.block_hash {
        return Err(Invalid::BlockHash {
            claimed: payload.block_hash,
            computed,
        });
    }
    Ok((header, computed))
}

/// Validates a payload whose seal has been checked, on its parent.
pub(crate) fn validate_on(
    spec: &ChainSpec,
    senders: &Senders,
    parent: &Block,
    header: Header,
    payload: &Payload,
) -> Result<Block, Invalid> {
    check_header(spec, parent.header(), payload)?;
    let transactions = decode(&payload.transactions, senders)?;
    check_order(&transactions)?;
    let environment = BlockEnvironment {
        timestamp: payload.timestamp,
        prev_randao: payload.prev_randao,
        fee_recipient: payload.fee_recipient,
        gas_limit: payload.gas_limit,
        extra_data: payload.extra_data.clone(),
        parent_beacon_block_root: payload.parent_beacon_block_root,
    };
    let executed = execute(
        spec,
        parent.header(),
        parent.hash(),
        &environment,
        transactions.iter().map(AsRef::as_ref),
        WrapDatabaseRef(parent.state()),
    )
    .map_err(|error| match error {
        ExecutionError::Transaction { index, reason } => Invalid::Transaction { index, reason },
        ExecutionError::Failed(reason) => Invalid::Execution(reason),
    })?;
    check_outcome(payload, &executed)?;
    let state = parent.state().apply(&executed.changes);
    let computed = state.root();
    if computed != payload.state_root {
        return Err(Invalid::StateRoot {
            claimed: payload.state_root,
            computed,
        });
    }
    let Executed {
        receipts, value, ..
    } = executed;
    Ok(Block::new(header, transactions, receipts, state, value))
}

/// Checks what can be checked without executing anything.
fn check_header(spec: &ChainSpec, parent: &Header, payload: &Payload) -> Result<(), Invalid> {
    let number = parent.number + 1;
    if payload.block_number != number {
        return Err(Invalid::Number {
            claimed: payload.block_number,
            computed: number,
        });
    }
    if payload.timestamp <= parent.timestamp {
        return Err(Invalid::Timestamp {
            claimed: payload.timestamp,
            parent: parent.timestamp,
        });
    }
    if payload.gas_limit == 0 || payload.gas_limit > MAX_GAS_LIMIT {
        return Err(Invalid::GasLimit {
            claimed: payload.gas_limit,
        });
    }
    spec.check_extra_data(payload.timestamp, payload.gas_limit, &payload.extra_data)?;
    let base_fee = spec.next_base_fee(parent, payload.timestamp);
    if payload.base_fee_per_gas != U256::from(base_fee) {
        return Err(Invalid::BaseFee {
            claimed: payload.base_fee_per_gas,
            computed: Some(base_fee),
        });
    }
    let withdrawals = payload.withdrawals.as_ref().map_or(0, Vec::len);
    if withdrawals != 0 {
        return Err(Invalid::Withdrawals(withdrawals));
    }
    match (payload.blob_gas_used, payload.excess_blob_gas) {
        (used @ 1.., _) => Err(Invalid::BlobGasUsed(used)),
        (0, excess @ 1..) => Err(Invalid::ExcessBlobGas(excess)),
        (0, 0) => Ok(()),
    }
}

/// Reads transactions of a payload or of attributes.
pub(crate) fn decode(
    transactions: &[Bytes],
    senders: &Senders,
) -> Result<Vec<Arc<Transaction>>, Invalid> {
    let decode = |(index, raw)| match Transaction::decode(raw, senders) {
        Ok(transaction) => Ok(Arc::new(transaction)),
        Err(TransactionError::Empty) => Err(Invalid::EmptyTransaction { index }),
        Err(TransactionError::Blob) => Err(Invalid::BlobTransaction { index }),
        Err(reason) => Err(Invalid::Transaction { index, reason }),
    };
    transactions.iter().enumerate().map(decode).collect()
}

/// Checks that a block begins with the deposit of the L1 attributes, and that no deposit comes
/// after a transaction that is none.
pub(crate) fn check_order(transactions: &[Arc<Transaction>]) -> Result<(), Invalid> {
    let first = transactions.first();
    if !first.is_some_and(|transaction| transaction.is_l1_attributes()) {
        return Err(Invalid::FirstTransactionNotL1Attributes);
    }
    let deposits = transactions
        .iter()
        .take_while(|transaction| transaction.is_deposit());
    let deposits = deposits.count();
    let after = transactions.iter().skip(deposits);
    match after
        .clone()
        .position(|transaction| transaction.is_deposit())
    {
        Some(after) => Err(Invalid::DepositAfterUser {
            index: deposits + after,
        }),
        None => Ok(()),
    }
}

fn check_outcome(payload: &Payload, executed: &Executed) -> Result<(), Invalid> {
    if payload.gas_used != executed.gas_used {
        return Err(Invalid::GasUsed {
            claimed: payload.gas_used,
            computed: executed.gas_used,
        });
    }
    let computed = receipts_root(&executed.receipts);
    if payload.receipts_root != computed {
        return Err(Invalid::ReceiptsRoot {
            claimed: payload.receipts_root,
            computed,
        });
    }
    let computed = logs_bloom(&executed.receipts);
    if payload.logs_bloom != computed {
        return Err(Invalid::LogsBloom {
            claimed: Box::new(payload.logs_bloom),
            computed: Box::new(computed),
        });
    }
    Ok(())
}
