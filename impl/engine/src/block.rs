//! Blocks that have been executed.

use std::fmt;
use std::sync::Arc;

use alloy_consensus::{Header, TxReceipt};
use alloy_primitives::{Address, B256, Bloom, Log, U256};
use op_alloy_consensus::OpReceiptEnvelope;

use crate::payload::Payload;
use crate::state::State;
use crate::transaction::Transaction;

/// A block that has been executed, with all that came of it. It never changes.
pub struct Block {
    header: Header,
    hash: B256,
    transactions: Vec<Arc<Transaction>>,
    receipts: Vec<OpReceiptEnvelope>,
    state: State,
    value: U256,
}

impl Block {
    pub(crate) fn new(
        header: Header,
        transactions: Vec<Arc<Transaction>>,
        receipts: Vec<OpReceiptEnvelope>,
        mut state: State,
        value: U256,
    ) -> Self {
        assert_eq!(
            header.state_root,
            state.root(),
            "the header is of the state"
        );
        assert_eq!(
            transactions.len(),
            receipts.len(),
            "each transaction has a receipt"
        );
        let hash = header.hash_slow();
        state.remember_block(header.number, hash);
        Self {
            header,
            hash,
            transactions,
            receipts,
            state,
            value,
        }
    }

    /// The hash of the header.
    #[must_use]
    pub const fn hash(&self) -> B256 {
        self.hash
    }

    /// How many blocks came before it.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.header.number
    }

    /// The hash of the block that it extends.
    #[must_use]
    pub const fn parent_hash(&self) -> B256 {
        self.header.parent_hash
    }

    /// When it was made, in seconds.
    #[must_use]
    pub const fn timestamp(&self) -> u64 {
        self.header.timestamp
    }

    /// The beacon block root of its L1 origin.
    #[must_use]
    pub fn parent_beacon_block_root(&self) -> B256 {
        self.header.parent_beacon_block_root.unwrap_or_default()
    }

    /// The header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The transactions, in order.
    #[must_use]
    pub fn transactions(&self) -> &[Arc<Transaction>] {
        &self.transactions
    }

    /// The receipts, in the order of the transactions.
    #[must_use]
    pub fn receipts(&self) -> &[OpReceiptEnvelope] {
        &self.receipts
    }

    /// The state after the block.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// What the block is worth: the sum of the priority fees paid to the fee recipient, in wei. It
    /// is what execution found, never what anyone claimed. DECISION: value.
    #[must_use]
    pub const fn value(&self) -> U256 {
        self.value
    }

    /// The block in words.
    #[must_use]
    pub fn payload(&self) -> Payload {
        let header = &self.header;
        let transactions = self.transactions.iter();
        Payload {
            parent_hash: header.parent_hash,
            fee_recipient: header.beneficiary,
            state_root: header.state_root,
            receipts_root: header.receipts_root,
            logs_bloom: header.logs_bloom,
            prev_randao: header.mix_hash,
            block_number: header.number,
            gas_limit: header.gas_limit,
            gas_used: header.gas_used,
            timestamp: header.timestamp,
            extra_data: header.extra_data.clone(),
            base_fee_per_gas: U256::from(header.base_fee_per_gas.unwrap_or_default()),
            block_hash: self.hash,
            transactions: transactions.map(|tx| tx.raw().clone()).collect(),
            withdrawals: Some(Vec::new()),
            blob_gas_used: header.blob_gas_used.unwrap_or_default(),
            excess_blob_gas: header.excess_blob_gas.unwrap_or_default(),
            parent_beacon_block_root: self.parent_beacon_block_root(),
        }
    }

    /// What came of the transaction at an index.
    #[must_use]
    pub fn receipt(&self, index: usize) -> Option<TransactionReceipt> {
        let transaction = self.transactions.get(index)?;
        let receipt = self.receipts.get(index)?;
        let before = index
            .checked_sub(1)
            .and_then(|before| self.receipts.get(before))
            .map_or(0, TxReceipt::cumulative_gas_used);
        let tip = transaction.effective_tip(self.header.base_fee_per_gas.unwrap_or_default());
        Some(TransactionReceipt {
            transaction_hash: transaction.hash(),
            transaction_index: index,
            block_hash: self.hash,
            block_number: self.number(),
            from: transaction.sender(),
            success: receipt.status(),
            gas_used: receipt.cumulative_gas_used().saturating_sub(before),
            cumulative_gas_used: receipt.cumulative_gas_used(),
            effective_tip: if transaction.is_deposit() {
                0
            } else {
                tip.unwrap_or_default()
            },
            logs_bloom: receipt.bloom(),
            logs: receipt.logs().to_vec(),
        })
    }
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Block")
            .field("number", &self.number())
            .field("hash", &self.hash)
            .field("transactions", &self.transactions.len())
            .finish_non_exhaustive()
    }
}

/// What came of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionReceipt {
    /// The hash of the transaction.
    pub transaction_hash: B256,
    /// Its place in the block.
    pub transaction_index: usize,
    /// The hash of the block.
    pub block_hash: B256,
    /// The number of the block.
    pub block_number: u64,
    /// Who sent it.
    pub from: Address,
    /// Whether it was executed to its end.
    pub success: bool,
    /// How much gas it used.
    pub gas_used: u64,
    /// How much gas it and those before it in the block used.
    pub cumulative_gas_used: u64,
    /// What a unit of gas gave the fee recipient, in wei.
    pub effective_tip: u128,
    /// The bloom filter of its logs.
    pub logs_bloom: Bloom,
    /// What it logged.
    pub logs: Vec<Log>,
}
