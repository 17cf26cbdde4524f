//! Transactions, decoded and hashed once.

use alloy_consensus::crypto::RecoveryError;
use alloy_consensus::crypto::secp256k1::recover_signer;
use alloy_consensus::transaction::Recovered;
use alloy_consensus::{SignableTransaction, Signed, Transaction as _};
use alloy_eips::eip2718::Decodable2718;
use alloy_evm::{FromTxWithEncoded, InvalidTxError};
use alloy_op_evm::OpTx;
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, keccak256};
use op_alloy_consensus::OpTxEnvelope;
use revm::context::result::InvalidTransaction;
use thiserror::Error;

use crate::deposit::{L1_ATTRIBUTES_DEPOSITOR, L1_BLOCK};
use crate::senders::Senders;

pub(crate) const EIP2930: u8 = 0x01;
pub(crate) const EIP1559: u8 = 0x02;
const BLOB: u8 = 0x03;
pub(crate) const DEPOSIT: u8 = 0x7e;
/// Legacy transactions are lists, and have no type.
const FIRST_LIST: u8 = 0xc0;

/// A transaction of a type that a chain from Ecotone to Holocene knows: its bytes, what they say,
/// and who sent it.
#[derive(Clone, Debug)]
pub struct Transaction {
    hash: B256,
    sender: Address,
    raw: Bytes,
    envelope: OpTxEnvelope,
}

impl Transaction {
    /// Reads a transaction from its EIP-2718 encoding and recovers its sender.
    ///
    /// # Errors
    ///
    /// The bytes are no transaction, one of a type that there is not, or one nobody has signed.
    pub fn decode(raw: &Bytes, senders: &Senders) -> Result<Self, TransactionError> {
        match raw.first() {
            None => return Err(TransactionError::Empty),
            Some(&(EIP2930 | EIP1559 | DEPOSIT | FIRST_LIST..)) => {}
            Some(&BLOB) => return Err(TransactionError::Blob),
            Some(&other) => return Err(TransactionError::Type(other)),
        }
        let envelope = OpTxEnvelope::decode_2718_exact(raw)
            .map_err(|error| TransactionError::Malformed(error.to_string()))?;
        if envelope.nonce() == u64::MAX {
            return Err(TransactionError::NonceMax);
        }
        // The decoder takes a list that has the members of a deposit for one, without its type.
        if raw.first() >= Some(&FIRST_LIST) && !envelope.is_legacy() {
            let why = "a list that is no legacy transaction".to_owned();
            return Err(TransactionError::Malformed(why));
        }
        let hash = keccak256(raw);
        let sender = match &envelope {
            OpTxEnvelope::Legacy(tx) => senders.get_or_recover(hash, || signer(tx)),
            OpTxEnvelope::Eip2930(tx) => senders.get_or_recover(hash, || signer(tx)),
            OpTxEnvelope::Eip1559(tx) => senders.get_or_recover(hash, || signer(tx)),
            OpTxEnvelope::Eip7702(_) => return Err(TransactionError::Type(0x04)),
            OpTxEnvelope::PostExec(_) => return Err(TransactionError::Type(0x7d)),
            OpTxEnvelope::Deposit(tx) => Ok(tx.from),
        };
        Ok(Self {
            hash,
            sender: sender.map_err(|_| TransactionError::Signature)?,
            raw: raw.clone(),
            envelope,
        })
    }

    /// The hash of its encoding.
    #[must_use]
    pub const fn hash(&self) -> B256 {
        self.hash
    }

    /// Who sent it.
    #[must_use]
    pub const fn sender(&self) -> Address {
        self.sender
    }

    /// Its EIP-2718 encoding.
    #[must_use]
    pub const fn raw(&self) -> &Bytes {
        &self.raw
    }

    /// What it says.
    #[must_use]
    pub const fn envelope(&self) -> &OpTxEnvelope {
        &self.envelope
    }

    /// Whether it is a deposit: forced by L1 or by the protocol, and paid for there.
    #[must_use]
    pub const fn is_deposit(&self) -> bool {
        self.envelope.is_deposit()
    }

    /// The sender's nonce, 0 for deposits.
    #[must_use]
    pub fn nonce(&self) -> u64 {
        self.envelope.nonce()
    }

    /// The most gas it may use.
    #[must_use]
    pub fn gas_limit(&self) -> u64 {
        self.envelope.gas_limit()
    }

    /// The most wei a unit of gas may cost it.
    #[must_use]
    pub fn max_fee_per_gas(&self) -> u128 {
        self.envelope.max_fee_per_gas()
    }

    /// The most wei a unit of gas may give the fee recipient.
    #[must_use]
    pub fn max_priority_fee_per_gas(&self) -> u128 {
        let envelope = &self.envelope;
        envelope
            .max_priority_fee_per_gas()
            .unwrap_or_else(|| envelope.max_fee_per_gas())
    }

    /// What a unit of gas gives the fee recipient at this base fee, in wei; nothing if the
    /// transaction does not pay the base fee.
    #[must_use]
    pub fn effective_tip(&self, base_fee: u64) -> Option<u128> {
        self.envelope.effective_tip_per_gas(base_fee)
    }

    /// What the sender's balance must cover, apart from what L1 charges: the value and all gas at
    /// the highest price. It saturates.
    #[must_use]
    pub fn cost(&self) -> U256 {
        let gas = U256::from(self.gas_limit());
        gas.saturating_mul(U256::from(self.max_fee_per_gas()))
            .saturating_add(self.envelope.value())
    }

    /// Whether it is the deposit that every block begins with, which tells L2 of its L1 origin.
    #[must_use]
    pub fn is_l1_attributes(&self) -> bool {
        self.is_deposit()
            && self.sender == L1_ATTRIBUTES_DEPOSITOR
            && self.envelope.kind() == TxKind::Call(L1_BLOCK)
    }

    pub(crate) fn is_system_deposit(&self) -> bool {
        let deposit = self.envelope.as_deposit();
        deposit.is_some_and(|deposit| deposit.is_system_transaction)
    }

    /// The transaction as the block executor takes it.
    pub(crate) fn executable(&self) -> (OpTx, Recovered<&OpTxEnvelope>) {
        (
            OpTx::from_encoded_tx(&self.envelope, self.sender, self.raw.clone()),
            Recovered::new_unchecked(&self.envelope, self.sender),
        )
    }
}

/// Recovers who signed a transaction. A signature whose s is in the upper half of its range is none
/// (EIP-2).
fn signer<T: SignableTransaction<Signature>>(tx: &Signed<T>) -> Result<Address, RecoveryError> {
    recover_signer(tx.signature(), tx.signature_hash())
}

/// Why a transaction cannot be, or cannot be in a block at this place.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TransactionError {
    /// It has no bytes.
    #[error("the transaction is empty")]
    Empty,
    /// Its bytes are no RLP of a transaction of its type, or more than that.
    #[error("the transaction is malformed: {0}")]
    Malformed(String),
    /// The chain has no transactions of this type.
    #[error("the transaction has the unknown type {0:#04x}")]
    Type(u8),
    /// It carries blobs, which there are not on L2.
    #[error("blob transactions are not allowed on L2")]
    Blob,
    /// Nobody's key has made its signature, or s is in the upper half of its range.
    #[error("the transaction's signature is invalid")]
    Signature,
    /// It is for another chain.
    #[error("the transaction is for another chain")]
    ChainId,
    /// The sender has used this nonce.
    #[error("nonce too low: next nonce {state}, tx nonce {transaction}")]
    NonceTooLow {
        /// The transaction's nonce.
        transaction: u64,
        /// The sender's nonce.
        state: u64,
    },
    /// The sender has not used the nonces before this one.
    #[error("nonce too high: next nonce {state}, tx nonce {transaction}")]
    NonceTooHigh {
        /// The transaction's nonce.
        transaction: u64,
        /// The sender's nonce.
        state: u64,
    },
    /// The nonce is 2^64 - 1, after which there is none (EIP-2681).
    #[error("nonce has max value: {}", u64::MAX)]
    NonceMax,
    /// The sender cannot pay for value, gas and what L1 charges.
    #[error("insufficient funds for gas * price + value + l1 fee")]
    InsufficientFunds,
    /// It does not pay the base fee.
    #[error("max fee per gas less than block base fee")]
    FeeCapTooLow,
    /// The tip is above the fee cap.
    #[error("max priority fee per gas higher than max fee per gas")]
    TipAboveFeeCap,
    /// Its gas limit does not even cover its own bytes.
    #[error("intrinsic gas too low")]
    IntrinsicGas,
    /// Its gas limit is above what is left of the block's.
    #[error("gas limit {transaction} exceeds the {available} left in the block")]
    BlockGas {
        /// The transaction's gas limit.
        transaction: u64,
        /// What the transactions before it have left.
        available: u64,
    },
    /// Its sender is a contract (EIP-3607).
    #[error("sender not an eoa")]
    SenderIsContract,
    /// The code that creates its contract is too long (EIP-3860).
    #[error("max initcode size exceeded")]
    InitCode,
    /// Since Regolith no deposit is a system transaction.
    #[error("system deposit transactions are not allowed since Regolith")]
    SystemDeposit,
    /// Another rule of the EVM.
    #[error("{0}")]
    Other(String),
}

impl TransactionError {
    /// A stable short name of the reason.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Malformed(_) => "malformed",
            Self::Type(_) => "type",
            Self::Blob => "blob",
            Self::Signature => "signature",
            Self::ChainId => "chain-id",
            Self::NonceTooLow { .. } => "nonce-too-low",
            Self::NonceTooHigh { .. } => "nonce-too-high",
            Self::NonceMax => "nonce-max",
            Self::InsufficientFunds => "insufficient-funds",
            Self::FeeCapTooLow => "fee-cap-too-low",
            Self::TipAboveFeeCap => "tip-above-fee-cap",
            Self::IntrinsicGas => "intrinsic-gas",
            Self::BlockGas { .. } => "block-gas",
            Self::SenderIsContract => "sender-is-contract",
            Self::InitCode => "init-code",
            Self::SystemDeposit => "system-deposit",
            Self::Other(_) => "other",
        }
    }

    /// What the EVM refuses, in these words.
    pub(crate) fn from_evm(error: &dyn InvalidTxError) -> Self {
        let Some(invalid) = error.as_invalid_tx_err() else {
            return Self::Other(error.to_string());
        };
        if let InvalidTransaction::NonceTooLow { tx, state } = *invalid {
            return Self::NonceTooLow {
                transaction: tx,
                state,
            };
        }
        if let InvalidTransaction::NonceTooHigh { tx, state } = *invalid {
            return Self::NonceTooHigh {
                transaction: tx,
                state,
            };
        }
        let simple = [
            (InvalidTransaction::InvalidChainId, Self::ChainId),
            (
                InvalidTransaction::GasPriceLessThanBasefee,
                Self::FeeCapTooLow,
            ),
            (
                InvalidTransaction::PriorityFeeGreaterThanMaxFee,
                Self::TipAboveFeeCap,
            ),
            (
                InvalidTransaction::OverflowPaymentInTransaction,
                Self::InsufficientFunds,
            ),
            (
                InvalidTransaction::RejectCallerWithCode,
                Self::SenderIsContract,
            ),
            (InvalidTransaction::CreateInitCodeSizeLimit, Self::InitCode),
        ];
        let known = simple.into_iter().find(|(evm, _)| evm == invalid);
        if let Some((_, error)) = known {
            error
        } else if matches!(invalid, InvalidTransaction::LackOfFundForMaxFee { .. }) {
            Self::InsufficientFunds
        } else if matches!(
            invalid,
            InvalidTransaction::CallGasCostMoreThanGasLimit { .. }
                | InvalidTransaction::GasFloorMoreThanGasLimit { .. }
        ) {
            Self::IntrinsicGas
        } else {
            Self::Other(invalid.to_string())
        }
    }
}
