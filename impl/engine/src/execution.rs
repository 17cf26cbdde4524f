//! The execution of a block's transactions, over any database of the state before it.
//!
//! Building, validating and whoever brings a database of their own go the same way: begin, which
//! makes the system calls; transactions one after the other; and what came of it.

use std::error::Error as StdError;

use alloy_consensus::Header;
use alloy_evm::block::{
    BlockExecutionError, BlockExecutor, BlockValidationError, InternalBlockExecutionError,
};
use alloy_evm::eth::NextEvmEnvAttributes;
use alloy_evm::precompiles::PrecompilesMap;
use alloy_evm::{Database, Evm, EvmFactory};
use alloy_op_evm::block::OpAlloyReceiptBuilder;
use alloy_op_evm::{
    OpBlockExecutionCtx, OpBlockExecutor, OpEvm, OpEvmFactory, OpTx, evm_env_for_op_next_block,
};
use alloy_primitives::{Address, B256, Bytes, U256};
use op_alloy_consensus::OpReceiptEnvelope;
use revm::database::State as Overlay;
use revm::database::states::bundle_state::BundleRetention;
use revm::inspector::NoOpInspector;
use thiserror::Error;

use crate::spec::ChainSpec;
use crate::state::StateChanges;
use crate::transaction::{Transaction, TransactionError};

/// What a block is given, as opposed to what comes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockEnvironment {
    /// When it is made, in seconds.
    pub timestamp: u64,
    /// The randomness of its L1 origin.
    pub prev_randao: B256,
    /// Who gets the priority fees.
    pub fee_recipient: Address,
    /// The most gas that its transactions may use.
    pub gas_limit: u64,
    /// From Holocene on, the EIP-1559 parameters that rule the next base fee.
    pub extra_data: Bytes,
    /// The beacon block root of its L1 origin.
    pub parent_beacon_block_root: B256,
}

/// What came of executing a block.
#[derive(Clone, Debug)]
pub struct Executed {
    /// The receipts, in the order of the transactions.
    pub receipts: Vec<OpReceiptEnvelope>,
    /// How much gas the transactions used.
    pub gas_used: u64,
    /// The base fee of the block in wei.
    pub base_fee: u64,
    /// The sum of the priority fees, in wei.
    pub value: U256,
    /// What changed in the state.
    pub changes: StateChanges,
}

/// Why a block cannot be executed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ExecutionError {
    /// A transaction cannot be at its place.
    #[error("transaction {index}: {reason}")]
    Transaction {
        /// Its place in the block.
        index: usize,
        /// Why not.
        reason: TransactionError,
    },
    /// A system call failed, or the database did.
    #[error("execution failed: {0}")]
    Failed(String),
}

type Executor<'a, DB> = OpBlockExecutor<
    OpEvm<Overlay<DB>, NoOpInspector, PrecompilesMap, OpTx>,
    OpAlloyReceiptBuilder,
    &'a ChainSpec,
>;

/// A block in execution.
pub struct Execution<'a, DB: Database> {
    executor: Executor<'a, DB>,
    base_fee: u64,
    gas_limit: u64,
    value: U256,
}

impl<'a, DB: Database> Execution<'a, DB> {
    /// Begins the block that follows this parent: sets its environment, and makes the system calls.
    ///
    /// # Errors
    ///
    /// A system call failed, or the database did.
    pub fn begin(
        spec: &'a ChainSpec,
        parent: &Header,
        parent_hash: B256,
        block: &BlockEnvironment,
        database: DB,
    ) -> Result<Self, ExecutionError> {
        let base_fee = spec.next_base_fee(parent, block.timestamp);
        let attributes = NextEvmEnvAttributes {
            timestamp: block.timestamp,
            suggested_fee_recipient: block.fee_recipient,
            prev_randao: block.prev_randao,
            gas_limit: block.gas_limit,
            slot_number: None,
        };
        let env = evm_env_for_op_next_block(parent, attributes, base_fee, spec, spec.chain_id());
        let overlay = Overlay::builder()
            .with_database(database)
            .with_bundle_update()
            .build();
        let evm = OpEvmFactory::<OpTx>::default().create_evm(overlay, env);
        let context = OpBlockExecutionCtx {
            parent_hash,
            parent_beacon_block_root: Some(block.parent_beacon_block_root),
            extra_data: block.extra_data.clone(),
        };
        let mut executor =
            OpBlockExecutor::new(evm, context, spec, OpAlloyReceiptBuilder::default());
        executor
            .apply_pre_execution_changes()
            .map_err(|error| ExecutionError::Failed(chain(&error)))?;
        Ok(Self {
            executor,
            base_fee,
            gas_limit: block.gas_limit,
            value: U256::ZERO,
        })
    }

    /// The base fee of the block in wei.
    #[must_use]
    pub const fn base_fee(&self) -> u64 {
        self.base_fee
    }

    /// How much gas is left in the block.
    #[must_use]
    pub const fn gas_left(&self) -> u64 {
        self.gas_limit.saturating_sub(self.executor.gas_used)
    }

    /// Executes the next transaction. If it cannot be at this place, nothing has happened.
    ///
    /// # Errors
    ///
    /// The transaction cannot be at this place, or the database failed.
    pub fn transact(&mut self, transaction: &Transaction) -> Result<(), ExecutionError> {
        let index = self.executor.receipts.len();
        let refuse = |reason| Err(ExecutionError::Transaction { index, reason });
        // The EVM would make a failed deposit of it, where the block is invalid.
        if self.executor.is_regolith && transaction.is_system_deposit() {
            return refuse(TransactionError::SystemDeposit);
        }
        match self.executor.execute_transaction(transaction.executable()) {
            Ok(gas) => {
                if !transaction.is_deposit() {
                    let tip = transaction.effective_tip(self.base_fee).unwrap_or_default();
                    let paid = U256::from(tip).saturating_mul(U256::from(gas.tx_gas_used()));
                    self.value = self.value.saturating_add(paid);
                }
                Ok(())
            }
            Err(BlockExecutionError::Validation(BlockValidationError::InvalidTx {
                error, ..
            })) => refuse(TransactionError::from_evm(error.as_ref())),
            Err(BlockExecutionError::Validation(
                BlockValidationError::TransactionGasLimitMoreThanAvailableBlockGas {
                    transaction_gas_limit,
                    block_available_gas,
                },
            )) => refuse(TransactionError::BlockGas {
                transaction: transaction_gas_limit,
                available: block_available_gas,
            }),
            Err(BlockExecutionError::Validation(error)) => {
                Err(ExecutionError::Failed(chain(&error)))
            }
            Err(BlockExecutionError::Internal(InternalBlockExecutionError::EVM {
                error, ..
            })) => Err(ExecutionError::Failed(chain(error.as_ref()))),
            Err(BlockExecutionError::Internal(error @ InternalBlockExecutionError::Other(_))) => {
                Err(ExecutionError::Failed(chain(&error)))
            }
        }
    }

    /// Ends the block.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub fn finish(self) -> Result<Executed, ExecutionError> {
        let (evm, result) = self
            .executor
            .finish()
            .map_err(|error| ExecutionError::Failed(chain(&error)))?;
        let (mut overlay, _) = evm.finish();
        overlay.merge_transitions(BundleRetention::PlainState);
        Ok(Executed {
            receipts: result.receipts,
            gas_used: result.gas_used,
            base_fee: self.base_fee,
            value: self.value,
            changes: StateChanges::from_bundle(overlay.take_bundle()),
        })
    }
}

impl<DB: Database> std::fmt::Debug for Execution<'_, DB> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Execution")
            .field("transactions", &self.executor.receipts.len())
            .field("gas_left", &self.gas_left())
            .finish_non_exhaustive()
    }
}

/// Executes all transactions of the block that follows this parent.
///
/// # Errors
///
/// A transaction cannot be at its place, a system call failed, or the database did.
pub fn execute<'t, DB: Database>(
    spec: &ChainSpec,
    parent: &Header,
    parent_hash: B256,
    block: &BlockEnvironment,
    transactions: impl IntoIterator<Item = &'t Transaction>,
    database: DB,
) -> Result<Executed, ExecutionError> {
    let mut execution = Execution::begin(spec, parent, parent_hash, block, database)?;
    for transaction in transactions {
        execution.transact(transaction)?;
    }
    execution.finish()
}

/// An error and its causes in one line.
fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}
