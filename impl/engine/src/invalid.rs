//! Why a payload is not the block it claims to be.

use alloy_primitives::{B256, Bloom, U256};
use gauntlet_protocol::constants::codes;
use thiserror::Error;

use crate::eip1559::ExtraDataError;
use crate::transaction::TransactionError;

/// Why a payload is refused: one reason for each field that can be wrong.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Invalid {
    /// The timestamp is of a fork whose blocks have another form (execution-apis, cancun 1).
    #[error("the timestamp {timestamp} is not of a fork from Ecotone to Holocene")]
    Fork {
        /// The payload's timestamp.
        timestamp: u64,
    },
    /// There is no list of withdrawals, not even an empty one.
    #[error("the withdrawals are missing")]
    WithdrawalsMissing,
    /// There are blob hashes to expect, and no blobs on L2.
    #[error("{0} blob hashes are expected, and there must be none on L2")]
    VersionedHashes(usize),
    /// The hash is not that of the header that the fields make.
    #[error("the block hash is {computed}, not {claimed}")]
    BlockHash {
        /// The payload's block hash.
        claimed: B256,
        /// The hash of its header.
        computed: B256,
    },
    /// Nothing is known of the parent: a block of the future, or of nowhere.
    #[error("the parent {0} is unknown")]
    UnknownParent(B256),
    /// The parent is invalid, and so is what extends it.
    #[error("the parent {0} is invalid")]
    InvalidParent(B256),
    /// The number is not the parent's and one.
    #[error("the block number is {computed}, not {claimed}")]
    Number {
        /// The payload's number.
        claimed: u64,
        /// The parent's number and one.
        computed: u64,
    },
    /// The timestamp is not after the parent's.
    #[error("the timestamp {claimed} is not after the parent's, {parent}")]
    Timestamp {
        /// The payload's timestamp.
        claimed: u64,
        /// The parent's timestamp.
        parent: u64,
    },
    /// No block of the chain can have this gas limit. DECISION: most-gas.
    #[error("no block of this chain can have a gas limit of {claimed}")]
    GasLimit {
        /// The payload's gas limit.
        claimed: u64,
    },
    /// The extra data is not that of the fork.
    #[error(transparent)]
    ExtraData(#[from] ExtraDataError),
    /// The base fee does not follow from the parent.
    #[error("the base fee {claimed} does not follow from the parent")]
    BaseFee {
        /// The payload's base fee, in wei.
        claimed: U256,
        /// The base fee that follows from the parent, where it was computed.
        computed: Option<u64>,
    },
    /// There are withdrawals, and L2 has none.
    #[error("there are {0} withdrawals, and there must be none on L2")]
    Withdrawals(usize),
    /// The blob gas used is not 0.
    #[error("the blob gas used is {0}, and must be 0 on L2")]
    BlobGasUsed(u64),
    /// The excess blob gas is not 0.
    #[error("the excess blob gas is {0}, and must be 0 on L2")]
    ExcessBlobGas(u64),
    /// A transaction has no bytes (execution-apis, paris).
    #[error("transaction {index} is empty")]
    EmptyTransaction {
        /// Its place in the block.
        index: usize,
    },
    /// A transaction carries blobs.
    #[error("transaction {index} is a blob transaction, and L2 has none")]
    BlobTransaction {
        /// Its place in the block.
        index: usize,
    },
    /// The block does not begin with the deposit of the L1 attributes.
    #[error("the first transaction is not the L1 attributes deposit")]
    FirstTransactionNotL1Attributes,
    /// A deposit comes after a transaction that is none.
    #[error("transaction {index} is a deposit after a transaction that is none")]
    DepositAfterUser {
        /// Its place in the block.
        index: usize,
    },
    /// A transaction cannot be, or cannot be at its place.
    #[error("transaction {index}: {reason}")]
    Transaction {
        /// Its place in the block.
        index: usize,
        /// Why not.
        reason: TransactionError,
    },
    /// The transactions used another amount of gas.
    #[error("the gas used is {computed}, not {claimed}")]
    GasUsed {
        /// The payload's gas used.
        claimed: u64,
        /// What execution used.
        computed: u64,
    },
    /// The receipts are others.
    #[error("the receipts root is {computed}, not {claimed}")]
    ReceiptsRoot {
        /// The payload's receipts root.
        claimed: B256,
        /// That of the receipts.
        computed: B256,
    },
    /// The logs are others.
    #[error("the logs bloom is not that of the logs")]
    LogsBloom {
        /// The payload's logs bloom.
        claimed: Box<Bloom>,
        /// That of the logs.
        computed: Box<Bloom>,
    },
    /// The state after the block is another.
    #[error("the state root is {computed}, not {claimed}")]
    StateRoot {
        /// The payload's state root.
        claimed: B256,
        /// That of the state.
        computed: B256,
    },
    /// The block could not be executed at all.
    #[error("{0}")]
    Execution(String),
}

impl Invalid {
    /// A stable short name of the reason, as reports and scenarios have it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Fork { .. } => "fork",
            Self::WithdrawalsMissing => "withdrawals-missing",
            Self::VersionedHashes(_) => "versioned-hashes",
            Self::BlockHash { .. } => "block-hash",
            Self::UnknownParent(_) => "unknown-parent",
            Self::InvalidParent(_) => "invalid-parent",
            Self::Number { .. } => "number",
            Self::Timestamp { .. } => "timestamp",
            Self::GasLimit { .. } => "gas-limit",
            Self::ExtraData(_) => "extra-data",
            Self::BaseFee { .. } => "base-fee",
            Self::Withdrawals(_) => "withdrawals",
            Self::BlobGasUsed(_) => "blob-gas-used",
            Self::ExcessBlobGas(_) => "excess-blob-gas",
            Self::EmptyTransaction { .. } => "empty-transaction",
            Self::BlobTransaction { .. } => "blob-transaction",
            Self::FirstTransactionNotL1Attributes => "first-transaction-not-l1-attributes",
            Self::DepositAfterUser { .. } => "deposit-after-user",
            Self::Transaction { .. } => "transaction",
            Self::GasUsed { .. } => "gas-used",
            Self::ReceiptsRoot { .. } => "receipts-root",
            Self::LogsBloom { .. } => "logs-bloom",
            Self::StateRoot { .. } => "state-root",
            Self::Execution(_) => "execution",
        }
    }

    /// The error code of `engine_newPayloadV3`, where the reason is answered with an error and not
    /// with a verdict.
    #[must_use]
    pub const fn error_code(&self) -> Option<i32> {
        match self {
            Self::Fork { .. } => Some(codes::UNSUPPORTED_FORK),
            Self::WithdrawalsMissing => Some(codes::INVALID_PARAMS),
            Self::VersionedHashes(_)
            | Self::BlockHash { .. }
            | Self::UnknownParent(_)
            | Self::InvalidParent(_)
            | Self::Number { .. }
            | Self::Timestamp { .. }
            | Self::GasLimit { .. }
            | Self::ExtraData(_)
            | Self::BaseFee { .. }
            | Self::Withdrawals(_)
            | Self::BlobGasUsed(_)
            | Self::ExcessBlobGas(_)
            | Self::EmptyTransaction { .. }
            | Self::BlobTransaction { .. }
            | Self::FirstTransactionNotL1Attributes
            | Self::DepositAfterUser { .. }
            | Self::Transaction { .. }
            | Self::GasUsed { .. }
            | Self::ReceiptsRoot { .. }
            | Self::LogsBloom { .. }
            | Self::StateRoot { .. }
            | Self::Execution(_) => None,
        }
    }
}
