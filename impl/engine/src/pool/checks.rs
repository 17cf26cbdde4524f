//! What a transaction must be so that a block after the head can have it.

use alloy_consensus::Transaction as _;
use alloy_primitives::U256;
use alloy_trie::KECCAK_EMPTY;
use op_revm::{L1BlockInfo, OpSpecId};
use revm::context_interface::cfg::gas::calculate_initial_tx_gas;
use revm::database_interface::WrapDatabaseRef;
use revm::primitives::eip3860::MAX_INITCODE_SIZE;

use super::PoolError;
use crate::block::Block;
use crate::spec::ChainSpec;
use crate::transaction::{Transaction, TransactionError};

/// Checks what the transaction says of itself.
pub(super) fn check_self(
    spec: &ChainSpec,
    head: &Block,
    transaction: &Transaction,
) -> Result<(), PoolError> {
    let want = spec.chain_id();
    match transaction.envelope().chain_id() {
        None => return Err(PoolError::Unprotected),
        Some(have) if have != want => return Err(PoolError::ChainId { have, want }),
        Some(_) => {}
    }
    if transaction.gas_limit() > head.header().gas_limit {
        return Err(PoolError::GasLimit {
            transaction: transaction.gas_limit(),
            block: head.header().gas_limit,
        });
    }
    if transaction.max_priority_fee_per_gas() > transaction.max_fee_per_gas() {
        return Err(TransactionError::TipAboveFeeCap.into());
    }
    let envelope = transaction.envelope();
    let input = envelope.input();
    let creates = envelope.kind().is_create();
    if creates && input.len() > MAX_INITCODE_SIZE {
        return Err(TransactionError::InitCode.into());
    }
    let (accounts, slots) = envelope.access_list().map_or((0, 0), |list| {
        let slots: usize = list.iter().map(|item| item.storage_keys.len()).sum();
        (list.len() as u64, slots as u64)
    });
    let spec_id = op_spec(spec, head).into_eth_spec();
    let gas = calculate_initial_tx_gas(spec_id, input, creates, accounts, slots, 0);
    if gas.initial_total_gas > transaction.gas_limit() {
        return Err(TransactionError::IntrinsicGas.into());
    }
    Ok(())
}

/// Checks the transaction against its sender's account.
pub(super) fn check_account(
    spec: &ChainSpec,
    head: &Block,
    transaction: &Transaction,
) -> Result<(), PoolError> {
    let state = head.state();
    let account = state.account(transaction.sender());
    if account.is_some_and(|account| account.code_hash != KECCAK_EMPTY) {
        return Err(TransactionError::SenderIsContract.into());
    }
    let nonce = account.map_or(0, |account| account.nonce);
    if transaction.nonce() < nonce {
        return Err(TransactionError::NonceTooLow {
            transaction: transaction.nonce(),
            state: nonce,
        }
        .into());
    }
    let fork = op_spec(spec, head);
    let mut l1 = match L1BlockInfo::try_fetch(&mut WrapDatabaseRef(state), U256::ZERO, fork) {
        Ok(l1) => l1,
        Err(never) => match never {},
    };
    let l1_fee = l1.calculate_tx_l1_cost(transaction.raw(), fork);
    let balance = account.map_or(U256::ZERO, |account| account.balance);
    if balance < transaction.cost().saturating_add(l1_fee) {
        return Err(TransactionError::InsufficientFunds.into());
    }
    Ok(())
}

fn op_spec(spec: &ChainSpec, head: &Block) -> OpSpecId {
    alloy_op_evm::spec_by_timestamp_after_bedrock(spec, head.timestamp())
}
