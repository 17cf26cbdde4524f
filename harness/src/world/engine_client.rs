//! An execution client of somebody else's, spoken to by the Engine API.

use std::sync::Arc;
use std::time::Duration;

use alloy_primitives::B256;
use alloy_rpc_types_engine::{
    ForkchoiceState, ForkchoiceUpdated, PayloadStatus, PayloadStatusEnum,
};
use gauntlet_protocol::ExecutionPayloadV2;
use gauntlet_protocol::constants::{BLOCK_BY_NUMBER, FORK_CHOICE_UPDATED, NEW_PAYLOAD};
use gauntlet_rpc::{CallError, Client, ClientConfig, Dial, Endpoint, Jwt};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::to_raw_value;
use thiserror::Error;

use crate::trace::PublishedBlock;

/// How long a client may take to answer: what the Engine API allows for a payload.
const TIMEOUT: Duration = Duration::from_secs(8);

/// Where an execution client is, and how it is spoken to.
#[derive(Clone, Debug)]
pub struct EngineClientConfig {
    /// Its Engine API.
    pub endpoint: Endpoint,
    /// Makes the tokens that it asks for.
    pub jwt: Jwt,
    /// Opens connections.
    pub dial: Dial,
}

/// Why a client gave no answer that can be used.
#[derive(Debug, Error)]
pub enum EngineError {
    /// It did not answer, or with an error.
    #[error("{method}: {}", .source.to_failure().message)]
    Call {
        /// What was asked.
        method: &'static str,
        /// Why not.
        source: CallError,
    },
    /// It answered something else.
    #[error("{method}: malformed result: {source}")]
    Malformed {
        /// What was asked.
        method: &'static str,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

/// An execution client.
#[derive(Debug)]
pub(super) struct EngineClient {
    name: Arc<str>,
    client: Client,
}

impl EngineClient {
    /// Nothing is connected before the first call; so many connections are kept.
    pub(super) fn new(config: EngineClientConfig, connections: usize) -> Self {
        let name = config.endpoint.to_string();
        let client = Client::new(ClientConfig {
            max_idle_connections: connections,
            jwt: Some(config.jwt),
            ..ClientConfig::new(name.clone(), config.endpoint, config.dial)
        });
        let name = name.into();
        Self { name, client }
    }

    /// Its URL.
    pub(super) const fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The hash of its genesis block.
    pub(super) async fn genesis(&self) -> Result<B256, EngineError> {
        #[derive(Deserialize)]
        struct Genesis {
            hash: B256,
        }
        let genesis: Genesis = self.call(BLOCK_BY_NUMBER, &("0x0", false)).await?;
        Ok(genesis.hash)
    }

    /// What it makes of a block.
    pub(super) async fn new_payload(
        &self,
        block: &PublishedBlock,
    ) -> Result<PayloadStatusEnum, EngineError> {
        let payload = &block.payload;
        // In the form of version 3, where the gas of blobs is never left out.
        let payload = ExecutionPayloadV2 {
            blob_gas_used: Some(payload.blob_gas_used.unwrap_or_default()),
            excess_blob_gas: Some(payload.excess_blob_gas.unwrap_or_default()),
            ..ExecutionPayloadV2::clone(payload)
        };
        let versioned_hashes: [B256; 0] = [];
        let params = (payload, versioned_hashes, block.parent_beacon_block_root);
        let status: PayloadStatus = self.call(NEW_PAYLOAD, &params).await?;
        Ok(status.status)
    }

    /// Makes a block its head, and returns what it makes of that.
    pub(super) async fn update(&self, head: B256) -> Result<PayloadStatusEnum, EngineError> {
        // Nothing is safe or final before it is on L1: the zero hash says so.
        let state = ForkchoiceState {
            head_block_hash: head,
            safe_block_hash: B256::ZERO,
            finalized_block_hash: B256::ZERO,
        };
        let updated: ForkchoiceUpdated = self.call(FORK_CHOICE_UPDATED, &(state, ())).await?;
        Ok(updated.payload_status.status)
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: &impl Serialize,
    ) -> Result<T, EngineError> {
        let params = to_raw_value(params).expect("payloads and hashes can always be written");
        let result = self.client.call(method, params, TIMEOUT).await;
        let result = result.map_err(|source| EngineError::Call { method, source })?;
        serde_json::from_str(result.get())
            .map_err(|source| EngineError::Malformed { method, source })
    }
}
