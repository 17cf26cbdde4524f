//! A synchronous, deterministic OP Stack execution engine on op-revm.
//!
//! It knows the blocks from Ecotone to Holocene: builds them from payload attributes, validates
//! them by execution field by field, follows a chain of them, and keeps transactions for the next.
//! There is no I/O, no clock, no randomness and no thread, and nothing that a peer sends panics.
//!
//! | module | what belongs there |
//! |---|---|
//! | `fork`, `eip1559`, `spec` | the rules of a chain: [`ChainSpec`] |
//! | `genesis` | the files that such rules are read from |
//! | `trie`, `state` | accounts and their Merkle root, one persistent value a block: [`State`] |
//! | `transaction`, `senders`, `deposit` | transactions, and what L1 forces: [`L1Attributes`] |
//! | `execution`, `header` | the one way a block is executed and sealed: [`execute`], [`seal`] |
//! | `validate`, `invalid` | why a payload is no block: [`Invalid`] |
//! | `payload`, `wire` | blocks and attributes in words: [`Payload`], [`Attributes`], as they are sent |
//! | `build`, `pool` | blocks of attributes and of waiting transactions: [`Assembly`] |
//! | `engine`, `import`, `fork_choice`, `block` | the chain: [`Engine`], [`Block`] |
//! | `look`, `l1_fee`, `call` | what users ask of it: [`L1Fee`], [`Call`] |
//! | `limits` | how far building and validating go: [`Limits`] |
//!
//! Whatever executes is a task that owns what it needs ([`Assembly`], [`Validation`], [`Import`]):
//! whoever shares an engine takes it out of the lock, and runs it where it may take its time.
//!
//! Execution is generic over the database of the state before: a witness drives the same code as
//! [`Engine::build`] and [`Engine::validate`].

mod block;
mod build;
mod call;
mod deposit;
mod eip1559;
mod engine;
mod execution;
mod fork;
mod fork_choice;
mod genesis;
mod header;
mod import;
mod invalid;
mod l1_fee;
mod limits;
mod look;
mod payload;
mod pool;
mod senders;
mod spec;
mod state;
mod transaction;
mod trie;
mod validate;
mod wire;

pub use block::{Block, TransactionReceipt};
pub use build::{Assembly, BuildError, Filled};
pub use call::{Call, Called, EstimateError};
pub use deposit::{
    L1_ATTRIBUTES_DEPOSITOR, L1_BLOCK, L1Attributes, SET_L1_BLOCK_VALUES_ECOTONE, UserDeposit,
};
pub use eip1559::{Eip1559Params, ExtraDataError};
pub use engine::{Engine, RETAINED_BLOCKS};
pub use execution::{BlockEnvironment, Executed, Execution, ExecutionError, execute};
pub use fork::{Fork, ForkOrder};
pub use fork_choice::{ForkChoice, ForkChoiceError};
pub use genesis::GenesisError;
pub use header::{block_hash, payload_header, seal};
pub use import::{Import, Imported, PayloadVerdict};
pub use invalid::Invalid;
pub use l1_fee::L1Fee;
pub use limits::{Cut, Limits, Stopped, never};
pub use payload::{Attributes, Payload};
pub use pool::{
    MAX_PER_SENDER, MAX_POOL_BYTES, MAX_TRANSACTION_BYTES, MAX_TRANSACTIONS, PoolError,
};
pub use senders::Senders;
pub use spec::ChainSpec;
pub use state::{Account, AccountChange, State, StateChanges};
pub use transaction::{Transaction, TransactionError};
pub use trie::Trie;
pub use validate::Validation;
pub use wire::AttributesError;
