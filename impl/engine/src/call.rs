//! What would come of a call, or how much gas it needs: executed on the state after a block, and
//! forgotten.

use alloy_eips::eip2930::AccessList;
use alloy_evm::{Evm, EvmFactory};
use alloy_op_evm::{OpEvmFactory, OpTx, evm_env_for_op_block};
use alloy_primitives::{Address, Bytes, TxKind, U256};
use alloy_trie::KECCAK_EMPTY;
use op_revm::{OpHaltReason, OpTransaction};
use revm::context::TxEnv;
use revm::context::result::{EVMError, ExecutionResult, HaltReason};
use revm::database_interface::WrapDatabaseRef;
use thiserror::Error;

use crate::block::Block;
use crate::spec::ChainSpec;
use crate::transaction::{EIP1559, EIP2930, TransactionError};

/// What a transaction uses that only sends value.
const TRANSFER_GAS: u64 = 21_000;
/// What a call that sends value gives the callee on top: it must be there, and mostly returns.
const CALL_STIPEND: u64 = 2300;
/// How often an estimate executes the call to come closer to the least gas that suffices.
const ESTIMATE_STEPS: usize = 12;
/// By how many thousandths an estimate may be above the least gas that suffices.
const ESTIMATE_TOLERANCE: u64 = 15;

/// A call that nobody has signed.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// Who calls. It may be a contract.
    pub from: Address,
    /// Whom it calls, or that it creates a contract.
    pub to: TxKind,
    /// The most gas that it may use.
    pub gas_limit: u64,
    /// The most wei that a unit of gas may cost. With 0 gas is free, and so is the block's base fee.
    pub fee_cap: u128,
    /// The most wei that a unit of gas may give the fee recipient, where that is not the rest.
    pub tip: Option<u128>,
    /// How much it sends, in wei.
    pub value: U256,
    /// What it calls with.
    pub input: Bytes,
    /// What it says that it will touch.
    pub access_list: AccessList,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Called {
    /// It was executed to its end.
    Returned {
        /// What it returned.
        output: Bytes,
        /// How much gas it used, less what was refunded.
        gas_used: u64,
        /// How much gas it used before the refund.
        gas_spent: u64,
    },
    /// It was reverted.
    Reverted {
        /// The reason, as the contract encoded it.
        output: Bytes,
    },
    /// It broke off, and has used all its gas.
    Halted {
        /// Why, as a fragment of a sentence.
        reason: String,
        /// Whether more gas might help.
        out_of_gas: bool,
    },
}

/// Why there is no estimate of the gas of a call.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EstimateError {
    /// The call cannot be executed at all.
    #[error(transparent)]
    Transaction(#[from] TransactionError),
    /// The call is reverted, whatever its gas.
    #[error("execution reverted")]
    Reverted {
        /// The reason, as the contract encoded it.
        output: Bytes,
    },
    /// The call breaks off, whatever its gas.
    #[error("execution failed: {0}")]
    Halted(String),
    /// The gas that the call may use, or that its sender can pay, does not suffice.
    #[error("gas required exceeds allowance ({0})")]
    Allowance(u64),
}

impl Call {
    /// Executes the call on the state after a block, in that block's environment. Its nonce is
    /// whatever is right, and L1 charges nothing for it.
    ///
    /// # Errors
    ///
    /// The call cannot be executed at all: its sender cannot pay for it, or its gas does not even
    /// cover its own bytes.
    pub fn execute(&self, spec: &ChainSpec, block: &Block) -> Result<Called, TransactionError> {
        let mut env = evm_env_for_op_block(block.header(), spec, spec.chain_id());
        env.cfg_env.disable_nonce_check = true;
        env.cfg_env.disable_eip3607 = true;
        env.block_env.gas_limit = env.block_env.gas_limit.max(self.gas_limit);
        if self.fee_cap == 0 {
            env.block_env.basefee = 0;
        }
        let database = WrapDatabaseRef(block.state());
        let mut evm = OpEvmFactory::<OpTx>::default().create_evm(database, env);
        match evm.transact_raw(self.transaction(spec.chain_id())) {
            Ok(executed) => Ok(Called::from_evm(executed.result)),
            Err(EVMError::Transaction(error)) => Err(TransactionError::from_evm(&error)),
            Err(error) => Err(TransactionError::Other(error.to_string())),
        }
    }

    /// Estimates the least gas limit with which the call is executed to its end, from its own gas
    /// limit downwards.
    ///
    /// # Errors
    ///
    /// It is not executed to its end with any.
    pub fn estimate_gas(&self, spec: &ChainSpec, block: &Block) -> Result<u64, EstimateError> {
        let mut enough = self.gas_limit.min(self.affordable_gas(block)?);
        if self.only_sends(block)
            && enough >= TRANSFER_GAS
            && self.with(TRANSFER_GAS).suffices(spec, block)?
        {
            return Ok(TRANSFER_GAS);
        }
        let (used, spent) = match self.with(enough).execute(spec, block) {
            Ok(Called::Returned {
                gas_used,
                gas_spent,
                ..
            }) => (gas_used, gas_spent),
            Ok(Called::Reverted { output }) => return Err(EstimateError::Reverted { output }),
            Ok(Called::Halted {
                out_of_gas: true, ..
            })
            | Err(TransactionError::IntrinsicGas) => {
                return Err(EstimateError::Allowance(enough));
            }
            Ok(Called::Halted { reason, .. }) => return Err(EstimateError::Halted(reason)),
            Err(error) => return Err(error.into()),
        };
        let mut too_little = used.saturating_sub(1);
        // A call within gets all but a 64th of what is left: most calls need no more than this.
        let probably = (spent.saturating_add(CALL_STIPEND)).saturating_mul(64) / 63;
        let mut next = probably;
        for _ in 0..ESTIMATE_STEPS {
            if (enough - too_little).saturating_mul(1000)
                < enough.saturating_mul(ESTIMATE_TOLERANCE)
            {
                break;
            }
            if next <= too_little || next >= enough {
                next = too_little + (enough - too_little) / 2;
            }
            if self.with(next).suffices(spec, block)? {
                enough = next;
            } else {
                too_little = next;
            }
        }
        Ok(enough)
    }

    fn with(&self, gas_limit: u64) -> Self {
        Self {
            gas_limit,
            ..self.clone()
        }
    }

    fn suffices(&self, spec: &ChainSpec, block: &Block) -> Result<bool, TransactionError> {
        match self.execute(spec, block) {
            Ok(called) => Ok(matches!(called, Called::Returned { .. })),
            Err(TransactionError::IntrinsicGas) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// How much gas the sender can pay, after the value that is sent.
    fn affordable_gas(&self, block: &Block) -> Result<u64, TransactionError> {
        let balance = block.state().balance(self.from);
        let left = balance.checked_sub(self.value);
        let left = left.ok_or(TransactionError::InsufficientFunds)?;
        let gas = left.checked_div(U256::from(self.fee_cap));
        Ok(gas.map_or(u64::MAX, |gas| gas.saturating_to()))
    }

    /// Whether no code is executed.
    fn only_sends(&self, block: &Block) -> bool {
        let TxKind::Call(to) = self.to else {
            return false;
        };
        let callee = block.state().account(to);
        self.input.is_empty() && callee.is_none_or(|callee| callee.code_hash == KECCAK_EMPTY)
    }

    fn transaction(&self, chain_id: u64) -> OpTx {
        let tx_type = match self.tip {
            Some(_) => EIP1559,
            None if self.access_list.is_empty() => 0,
            None => EIP2930,
        };
        let base = TxEnv {
            tx_type,
            caller: self.from,
            gas_limit: self.gas_limit,
            gas_price: self.fee_cap,
            gas_priority_fee: self.tip,
            kind: self.to,
            value: self.value,
            data: self.input.clone(),
            access_list: self.access_list.clone(),
            chain_id: Some(chain_id),
            ..TxEnv::default()
        };
        // L1 charges by the encoding, of which there is none.
        let enveloped_tx = Some(Bytes::new());
        OpTx(OpTransaction {
            enveloped_tx,
            ..OpTransaction::new(base)
        })
    }
}

impl Called {
    fn from_evm(result: ExecutionResult<OpHaltReason>) -> Self {
        match result {
            ExecutionResult::Success { gas, output, .. } => Self::Returned {
                output: output.into_data(),
                gas_used: gas.tx_gas_used(),
                gas_spent: gas.total_gas_spent(),
            },
            ExecutionResult::Revert { output, .. } => Self::Reverted { output },
            ExecutionResult::Halt { reason, .. } => match HaltReason::try_from(reason) {
                Ok(reason) => Self::Halted {
                    reason: reason.to_string(),
                    out_of_gas: matches!(reason, HaltReason::OutOfGas(_)),
                },
                Err(_) => Self::Halted {
                    reason: "the deposit failed".to_owned(),
                    out_of_gas: false,
                },
            },
        }
    }
}
