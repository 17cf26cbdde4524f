//! Balances, nonces, code and storage.

use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::{Address, B256, U64};

use super::find::need;
use super::text::Slot;
use super::{Registry, json};

/// Adds the methods.
pub(super) fn register(registry: &mut Registry) {
    registry.method("eth_getBalance", |state, mut params| {
        let address: Address = params.required("address")?;
        let block = params.optional("block")?;
        params.end()?;
        let block = need(&state.chain.engine(), block)?;
        Ok(json(block.state().balance(address)))
    });
    registry.method("eth_getTransactionCount", |state, mut params| {
        let address: Address = params.required("address")?;
        let block = params.optional("block")?;
        params.end()?;
        let engine = state.chain.engine();
        let nonce = match block {
            Some(BlockId::Number(BlockNumberOrTag::Pending)) => engine.pending_nonce(address),
            block => need(&engine, block)?.state().nonce(address),
        };
        Ok(json(U64::from(nonce)))
    });
    registry.method("eth_getCode", |state, mut params| {
        let address: Address = params.required("address")?;
        let block = params.optional("block")?;
        params.end()?;
        let block = need(&state.chain.engine(), block)?;
        Ok(json(block.state().code(address)))
    });
    registry.method("eth_getStorageAt", |state, mut params| {
        let address: Address = params.required("address")?;
        let slot: Slot = params.required("slot")?;
        let block = params.optional("block")?;
        params.end()?;
        let block = need(&state.chain.engine(), block)?;
        Ok(json(B256::from(block.state().slot(address, slot.0))))
    });
}
