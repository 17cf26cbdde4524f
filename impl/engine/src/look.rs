//! What an engine knows of a transaction, and a state of an address.

use std::convert::Infallible;
use std::sync::Arc;

use alloy_primitives::{Address, B256, Bytes};
use revm::DatabaseRef;

use crate::block::Block;
use crate::engine::Engine;
use crate::state::State;
use crate::transaction::Transaction;

impl Engine {
    /// The canonical block that includes a transaction, and its place there.
    #[must_use]
    pub fn place(&self, transaction_hash: B256) -> Option<(&Arc<Block>, usize)> {
        let (block, index) = self.included.get(&transaction_hash)?;
        Some((self.block(*block)?, *index))
    }

    /// A transaction that waits.
    #[must_use]
    pub fn waiting(&self, transaction_hash: B256) -> Option<&Arc<Transaction>> {
        if !self.pool_contains(transaction_hash) {
            return None;
        }
        self.pool_transactions()
            .find(|transaction| transaction.hash() == transaction_hash)
    }
}

impl State {
    /// The code of an account, empty if it has none.
    #[must_use]
    pub fn code(&self, address: Address) -> Bytes {
        let Some(account) = self.account(address) else {
            return Bytes::new();
        };
        let code: Result<_, Infallible> = self.code_by_hash_ref(account.code_hash);
        match code {
            Ok(code) => code.original_bytes(),
            Err(never) => match never {},
        }
    }
}
