//! Validation: the header by the parent, and all else by execution.

use std::sync::Arc;

use alloy_consensus::Header;
use alloy_primitives::{B256, Bytes, U256};
use revm::database_interface::WrapDatabaseRef;

use crate::block::Block;
use crate::execution::{BlockEnvironment, Executed, Execution, ExecutionError};
use crate::header::{logs_bloom, payload_header, receipts_root};
use crate::invalid::Invalid;
use crate::limits::Stopped;
use crate::payload::Payload;
use crate::senders::Senders;
use crate::spec::ChainSpec;
use crate::transaction::{DEPOSIT, Transaction, TransactionError};

/// No transaction but a deposit uses less gas.
pub(crate) const LEAST_GAS: u64 = 21_000;

/// The task of validating a payload: it owns what it needs, and the engine may do other things
/// meanwhile.
#[derive(Clone, Debug)]
pub struct Validation {
    spec: Arc<ChainSpec>,
    senders: Senders,
    parent: Option<Arc<Block>>,
    payload: Arc<Payload>,
}

impl Validation {
    pub(crate) const fn new(
        spec: Arc<ChainSpec>,
        senders: Senders,
        parent: Option<Arc<Block>>,
        payload: Arc<Payload>,
    ) -> Self {
        Self {
            spec,
            senders,
            parent,
            payload,
        }
    }

    /// Comes to a verdict: the block, or the first reason why the payload is none, as
    /// [`Engine::validate`](crate::Engine::validate) has it.
    ///
    /// # Errors
    ///
    /// `stop`, which is asked between transactions, said so first.
    pub fn run(&self, stop: &dyn Fn() -> bool) -> Result<Result<Block, Invalid>, Stopped> {
        let header = match self.check_seal() {
            Ok((header, _)) => header,
            Err(reason) => return Ok(Err(reason)),
        };
        match &self.parent {
            Some(parent) => self.execute(parent, header, stop),
            None => Ok(Err(Invalid::UnknownParent(header.parent_hash))),
        }
    }

    pub(crate) const fn parent(&self) -> Option<&Arc<Block>> {
        self.parent.as_ref()
    }

    /// Checks what needs no parent, and returns the header that the payload makes, with its hash.
    ///
    /// What `engine_newPayloadV3` answers with an error comes first, then the block hash.
    pub(crate) fn check_seal(&self) -> Result<(Header, B256), Invalid> {
        let payload = &*self.payload;
        let timestamp = payload.timestamp;
        if !self.spec.is_supported(timestamp) {
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

    /// Validates the payload, whose seal has been checked, on its parent.
    pub(crate) fn execute(
        &self,
        parent: &Block,
        header: Header,
        stop: &dyn Fn() -> bool,
    ) -> Result<Result<Block, Invalid>, Stopped> {
        match self.try_execute(parent, header, stop) {
            Ok(block) => Ok(Ok(block)),
            Err(NoBlock::Invalid(reason)) => Ok(Err(reason)),
            Err(NoBlock::Stopped) => Err(Stopped),
        }
    }

    fn try_execute(
        &self,
        parent: &Block,
        header: Header,
        stop: &dyn Fn() -> bool,
    ) -> Result<Block, NoBlock> {
        let (spec, payload) = (&*self.spec, &*self.payload);
        check_header(spec, parent.header(), payload)?;
        let go_on = || {
            if stop() {
                Err(NoBlock::Stopped)
            } else {
                Ok(())
            }
        };
        check_count(&payload.transactions, payload.gas_limit)?;
        let mut transactions = Vec::with_capacity(payload.transactions.len());
        for (index, raw) in payload.transactions.iter().enumerate() {
            go_on()?;
            transactions.push(decode(index, raw, payload.gas_limit, &self.senders)?);
        }
        check_order(&transactions)?;
        let environment = BlockEnvironment {
            timestamp: payload.timestamp,
            prev_randao: payload.prev_randao,
            fee_recipient: payload.fee_recipient,
            gas_limit: payload.gas_limit,
            extra_data: payload.extra_data.clone(),
            parent_beacon_block_root: payload.parent_beacon_block_root,
        };
        let database = WrapDatabaseRef(parent.state());
        let (of_parent, hash) = (parent.header(), parent.hash());
        let mut execution = Execution::begin(spec, of_parent, hash, &environment, database)?;
        for transaction in &transactions {
            go_on()?;
            execution.transact(transaction)?;
        }
        let executed = execution.finish()?;
        check_outcome(payload, &executed)?;
        let state = parent.state().apply(&executed.changes);
        let computed = state.root();
        if computed != payload.state_root {
            return Err(NoBlock::Invalid(Invalid::StateRoot {
                claimed: payload.state_root,
                computed,
            }));
        }
        let Executed {
            receipts, value, ..
        } = executed;
        Ok(Block::new(header, transactions, receipts, state, value))
    }
}

/// Why a validation has no block to give.
enum NoBlock {
    Invalid(Invalid),
    Stopped,
}

impl From<Invalid> for NoBlock {
    fn from(reason: Invalid) -> Self {
        Self::Invalid(reason)
    }
}

impl From<ExecutionError> for NoBlock {
    fn from(error: ExecutionError) -> Self {
        Self::Invalid(match error {
            ExecutionError::Transaction { index, reason } => Invalid::Transaction { index, reason },
            ExecutionError::Failed(reason) => Invalid::Execution(reason),
        })
    }
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
    if payload.gas_limit == 0 || payload.gas_limit > spec.max_gas_limit() {
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

/// Refuses more transactions than the gas limit has room for, before the first signature is looked
/// at.
pub(crate) fn check_count(transactions: &[Bytes], gas_limit: u64) -> Result<(), Invalid> {
    let paying = transactions.iter().enumerate();
    let mut paying = paying.filter(|(_, raw)| raw.first() != Some(&DEPOSIT));
    let room = usize::try_from(gas_limit / LEAST_GAS).unwrap_or(usize::MAX);
    match paying.nth(room) {
        Some((index, _)) => Err(Invalid::Transaction {
            index,
            reason: TransactionError::BlockGas {
                transaction: LEAST_GAS,
                available: gas_limit % LEAST_GAS,
            },
        }),
        None => Ok(()),
    }
}

/// Reads a transaction of a payload or of attributes with this gas limit.
pub(crate) fn decode(
    index: usize,
    raw: &Bytes,
    gas_limit: u64,
    senders: &Senders,
) -> Result<Arc<Transaction>, Invalid> {
    match Transaction::decode(raw, senders) {
        Ok(transaction) if transaction.gas_limit() > gas_limit => Err(Invalid::Transaction {
            index,
            reason: TransactionError::BlockGas {
                transaction: transaction.gas_limit(),
                available: gas_limit,
            },
        }),
        Ok(transaction) => Ok(Arc::new(transaction)),
        Err(TransactionError::Empty) => Err(Invalid::EmptyTransaction { index }),
        Err(TransactionError::Blob) => Err(Invalid::BlobTransaction { index }),
        Err(reason) => Err(Invalid::Transaction { index, reason }),
    }
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
