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
use crate::limits::{Cut, Limits};
use crate::payload::Attributes;
use crate::pool::Waiting;
use crate::senders::Senders;
use crate::spec::ChainSpec;
use crate::state::State;
use crate::transaction::{Transaction, TransactionError};
use crate::validate::{LEAST_GAS, check_count, check_order, decode};

/// A block in execution on its parent's state.
type Begun<'a> = Execution<'a, WrapDatabaseRef<&'a State>>;

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
    /// No block of the chain can have this gas limit. DECISION: most-gas.
    #[error("no block of this chain can have a gas limit of {0}")]
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

/// The task of building blocks of attributes on a parent: it owns what it needs, and the engine may
/// do other things meanwhile. What waited when it was made can be in its blocks.
#[derive(Clone, Debug)]
pub struct Assembly {
    spec: Arc<ChainSpec>,
    senders: Senders,
    parent: Arc<Block>,
    attributes: Arc<Attributes>,
    environment: BlockEnvironment,
    waiting: Waiting,
}

/// A block that was filled from the pool.
#[derive(Debug)]
pub struct Filled {
    /// The block, which is complete.
    pub block: Block,
    /// Whether it ended before the pool and its gas limit did, and why.
    pub cut: Option<Cut>,
}

impl Assembly {
    pub(crate) fn new(
        spec: Arc<ChainSpec>,
        senders: Senders,
        parent: Arc<Block>,
        attributes: Arc<Attributes>,
        waiting: Waiting,
    ) -> Result<Self, BuildError> {
        Ok(Self {
            environment: environment(&spec, &parent, &attributes)?,
            spec,
            senders,
            parent,
            attributes,
            waiting,
        })
    }

    /// The block that the others extend.
    #[must_use]
    pub const fn parent(&self) -> &Arc<Block> {
        &self.parent
    }

    /// What the blocks are built from.
    #[must_use]
    pub const fn attributes(&self) -> &Arc<Attributes> {
        &self.attributes
    }

    /// Checks what can be checked of the attributes without executing anything.
    ///
    /// # Errors
    ///
    /// They are those of no block.
    pub fn check(&self) -> Result<(), BuildError> {
        self.decode().map(|_| ())
    }

    /// Builds the block of the forced transactions alone.
    ///
    /// # Errors
    ///
    /// The attributes are those of no block.
    pub fn forced(&self) -> Result<Block, BuildError> {
        let (execution, transactions) = self.begin()?;
        self.seal(execution, transactions)
    }

    /// Builds the block of the forced transactions and, unless the attributes say `noTxPool`, of
    /// those that waited, by what they pay, then by arrival, as far as these limits go.
    ///
    /// # Errors
    ///
    /// The attributes are those of no block.
    pub fn filled(&self, limits: &Limits<'_>) -> Result<Filled, BuildError> {
        let (mut execution, mut transactions) = self.begin()?;
        let cut = if self.attributes.no_tx_pool {
            None
        } else {
            self.fill(&mut execution, &mut transactions, limits)?
        };
        let block = self.seal(execution, transactions)?;
        Ok(Filled { block, cut })
    }

    fn decode(&self) -> Result<Vec<Arc<Transaction>>, BuildError> {
        let (raw, gas_limit) = (&self.attributes.transactions, self.attributes.gas_limit);
        let decode = |(index, raw)| decode(index, raw, gas_limit, &self.senders);
        check_count(raw, gas_limit)
            .and_then(|()| raw.iter().enumerate().map(decode).collect())
            .and_then(|transactions: Vec<_>| check_order(&transactions).map(|()| transactions))
            .map_err(BuildError::ForcedTransactions)
    }

    /// Executes the forced transactions.
    fn begin(&self) -> Result<(Begun<'_>, Vec<Arc<Transaction>>), BuildError> {
        let transactions = self.decode()?;
        let mut execution = Execution::begin(
            &self.spec,
            self.parent.header(),
            self.parent.hash(),
            &self.environment,
            WrapDatabaseRef(self.parent.state()),
        )
        .map_err(refused)?;
        for transaction in &transactions {
            execution.transact(transaction).map_err(refused)?;
        }
        Ok((execution, transactions))
    }

    /// Adds the transactions that waited. A sender whose transaction cannot be included is left out
    /// from there on.
    fn fill(
        &self,
        execution: &mut Begun<'_>,
        transactions: &mut Vec<Arc<Transaction>>,
        limits: &Limits<'_>,
    ) -> Result<Option<Cut>, BuildError> {
        let mut best = self.waiting.best(self.parent.state(), execution.base_fee());
        let mut cut = None;
        let gas_before = execution.gas_left();
        while execution.gas_left() >= LEAST_GAS
            && let Some(transaction) = best.next()
        {
            if (limits.stop)() {
                return Ok(Some(Cut::Stopped));
            }
            let used = gas_before - execution.gas_left();
            let is_over = |budget: u64| transaction.gas_limit() > budget.saturating_sub(used);
            if limits.gas.is_some_and(is_over) && transaction.gas_limit() <= execution.gas_left() {
                cut = Some(Cut::Gas);
                continue;
            }
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
        Ok(cut)
    }

    fn seal(
        &self,
        execution: Begun<'_>,
        transactions: Vec<Arc<Transaction>>,
    ) -> Result<Block, BuildError> {
        let executed = execution.finish().map_err(refused)?;
        let state = self.parent.state().apply(&executed.changes);
        let raw: Vec<_> = transactions
            .iter()
            .map(|transaction| transaction.raw())
            .collect();
        let header = seal(
            self.parent.header(),
            self.parent.hash(),
            &self.environment,
            &raw,
            &executed,
            state.root(),
        );
        Ok(Block::new(
            header,
            transactions,
            executed.receipts,
            state,
            executed.value,
        ))
    }
}

/// What a block of these attributes is executed in.
fn environment(
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
    if gas_limit == 0 || gas_limit > spec.max_gas_limit() {
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
