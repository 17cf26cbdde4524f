//! Building: the forced transactions, then as many of the pool's as fit.

use std::sync::Arc;

use alloy_primitives::B256;
use gauntlet_protocol::constants::codes;
use revm::database_interface::WrapDatabaseRef;
use thiserror::Error;

use crate::block::Block;
use crate::eip1559::ExtraDataError;
use crate::execution::{BlockEnvironment, Execution, ExecutionError};
use crate::header::seal;
use crate::invalid::Invalid;
use crate::payload::Attributes;
use crate::pool::Pool;
use crate::senders::Senders;
use crate::spec::ChainSpec;
use crate::transaction::{Transaction, TransactionError};
use crate::validate::{MAX_GAS_LIMIT, check_order, decode};

/// No transaction uses less gas.
const LEAST_GAS: u64 = 21_000;

/// Why a block cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BuildError {
    /// Nothing is known of the parent.
    #[error("the parent {0} is unknown")]
    UnknownParent(B256),
    /// The timestamp is of a fork whose blocks have another form.
    #[error("the timestamp {timestamp} is not of a fork from Ecotone to Holocene")]
    Fork {
        /// The attributes' timestamp.
        timestamp: u64,
    },
    /// The timestamp is not after the parent's.
    #[error("the timestamp {timestamp} is not after the parent's, {parent}")]
    Timestamp {
        /// The attributes' timestamp.
        timestamp: u64,
        /// The parent's timestamp.
        parent: u64,
    },
    /// No block can have this gas limit.
    #[error("no block can have a gas limit of {0}")]
    GasLimit(u64),
    /// From Holocene on the attributes must have EIP-1559 parameters.
    #[error("eip1559Params is missing, and must be there from Holocene on")]
    MissingEip1559Params,
    /// Before Holocene the attributes must not have EIP-1559 parameters.
    #[error("eip1559Params is there, and must not be before Holocene")]
    UnexpectedEip1559Params,
    /// The EIP-1559 parameters cannot be.
    #[error(transparent)]
    InvalidEip1559Params(#[from] ExtraDataError),
    /// A forced transaction cannot be in the block.
    #[error("forced transactions: {0}")]
    ForcedTransactions(#[source] Invalid),
    /// The block could not be executed at all.
    #[error("{0}")]
    Execution(String),
}

impl BuildError {
    /// The error code of `engine_forkchoiceUpdatedV3` where attributes are refused for this
    /// (execution-apis, cancun).
    #[must_use]
    pub const fn error_code(&self) -> i32 {
        match self {
            Self::Fork { .. } => codes::UNSUPPORTED_FORK,
            Self::Timestamp { .. }
            | Self::GasLimit(_)
            | Self::MissingEip1559Params
            | Self::UnexpectedEip1559Params
            | Self::InvalidEip1559Params(_)
            | Self::ForcedTransactions(_) => codes::INVALID_PAYLOAD_ATTRIBUTES,
            Self::UnknownParent(_) | Self::Execution(_) => codes::SERVER_ERROR,
        }
    }
}

/// Builds the block of these attributes on this parent.
pub(crate) fn build_on(
    spec: &ChainSpec,
    senders: &Senders,
    pool: &Pool,
    parent: &Block,
    attributes: &Attributes,
) -> Result<Block, BuildError> {
    let environment = environment(spec, parent, attributes)?;
    let mut transactions =
        decode(&attributes.transactions, senders).map_err(BuildError::ForcedTransactions)?;
    check_order(&transactions).map_err(BuildError::ForcedTransactions)?;

    let database = WrapDatabaseRef(parent.state());
    let (header, hash) = (parent.header(), parent.hash());
    let mut execution =
        Execution::begin(spec, header, hash, &environment, database).map_err(refused)?;
    for transaction in &transactions {
        execution.transact(transaction).map_err(refused)?;
    }
    if !attributes.no_tx_pool {
        fill(&mut execution, pool, parent, &mut transactions)?;
    }
    let executed = execution.finish().map_err(refused)?;
    let state = parent.state().apply(&executed.changes);
    let raw: Vec<_> = transactions
        .iter()
        .map(|transaction| transaction.raw())
        .collect();
    let header = seal(header, hash, &environment, &raw, &executed, state.root());
    Ok(Block::new(
        header,
        transactions,
        executed.receipts,
        state,
        executed.value,
    ))
}

/// Adds the pool's transactions by what they pay, then by arrival. A sender whose transaction
/// cannot be included is left out from there on.
fn fill(
    execution: &mut Execution<'_, WrapDatabaseRef<&crate::state::State>>,
    pool: &Pool,
    parent: &Block,
    transactions: &mut Vec<Arc<Transaction>>,
) -> Result<(), BuildError> {
    let mut best = pool.best(parent.state(), execution.base_fee());
    while execution.gas_left() >= LEAST_GAS
        && let Some(transaction) = best.next()
    {
        match execution.transact(&transaction) {
            Ok(()) => {
                best.included(&transaction);
                transactions.push(transaction);
            }
            // A forced transaction has used this nonce: the sender's next one may fit.
            Err(ExecutionError::Transaction {
                reason: TransactionError::NonceTooLow { .. },
                ..
            }) => best.included(&transaction),
            Err(ExecutionError::Transaction { .. }) => {}
            Err(error @ ExecutionError::Failed(_)) => return Err(refused(error)),
        }
    }
    Ok(())
}

/// What a block of these attributes is executed in.
pub(crate) fn environment(
    spec: &ChainSpec,
    parent: &Block,
    attributes: &Attributes,
) -> Result<BlockEnvironment, BuildError> {
    let (timestamp, gas_limit) = (attributes.timestamp, attributes.gas_limit);
    if !spec.is_supported(timestamp) {
        return Err(BuildError::Fork { timestamp });
    }
    if timestamp <= parent.timestamp() {
        return Err(BuildError::Timestamp {
            timestamp,
            parent: parent.timestamp(),
        });
    }
    if gas_limit == 0 || gas_limit > MAX_GAS_LIMIT {
        return Err(BuildError::GasLimit(gas_limit));
    }
    let params = attributes.eip1559_params;
    let extra_data = match spec.extra_data(timestamp, params)? {
        Some(extra_data) => extra_data,
        None if params.is_some() => return Err(BuildError::UnexpectedEip1559Params),
        None => return Err(BuildError::MissingEip1559Params),
    };
    spec.check_extra_data(timestamp, gas_limit, &extra_data)?;
    Ok(BlockEnvironment {
        timestamp,
        prev_randao: attributes.prev_randao,
        fee_recipient: attributes.fee_recipient,
        gas_limit,
        extra_data,
        parent_beacon_block_root: attributes.parent_beacon_block_root,
    })
}

fn refused(error: ExecutionError) -> BuildError {
    match error {
        ExecutionError::Transaction { index, reason } => {
            BuildError::ForcedTransactions(Invalid::Transaction { index, reason })
        }
        ExecutionError::Failed(reason) => BuildError::Execution(reason),
    }
}
