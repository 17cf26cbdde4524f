//! What chain this is, and what software.

use alloy_primitives::{Address, U64};
use serde_json::json;

use super::{Answer, Registry, json};

/// Adds the methods.
pub(super) fn register(registry: &mut Registry) {
    registry.method("eth_chainId", |state, params| {
        params.end()?;
        Ok(json(U64::from(state.chain.engine().spec().chain_id())))
    });
    registry.method("net_version", |state, params| {
        params.end()?;
        Ok(json(state.chain.engine().spec().chain_id().to_string()))
    });
    registry.method("eth_blockNumber", |state, params| {
        params.end()?;
        Ok(json(U64::from(state.chain.engine().head().number())))
    });
    registry.method("eth_syncing", |_, params| -> Answer {
        params.end()?;
        Ok(json!(false))
    });
    registry.method("net_listening", |_, params| -> Answer {
        params.end()?;
        Ok(json!(true))
    });
    registry.method("eth_accounts", |_, params| {
        params.end()?;
        // It holds nobody's keys.
        Ok(json([Address::ZERO; 0]))
    });
    registry.method("web3_clientVersion", |_, params| {
        params.end()?;
        Ok(json(concat!("gauntlet/v", env!("CARGO_PKG_VERSION"))))
    });
}
