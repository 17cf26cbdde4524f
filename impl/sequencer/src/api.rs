//! What the sequencer serves to its users: the part of the `eth` namespace that they need.

use std::fmt::Display;
use std::sync::Arc;

use alloy_primitives::{Address, B256, U64, U256};
use gauntlet_engine::{Block, TransactionReceipt};
use gauntlet_protocol::ForwardTransactionParams;
use gauntlet_protocol::constants::codes;
use gauntlet_rpc::{ErrorObjectOwned, Params, RegisterMethodError, RpcModule};
use serde_json::{Value, json};

use crate::node::Sequencer;
use crate::state::State;

/// What a method answers, as JSON.
type Answer = Result<Value, ErrorObjectOwned>;

impl Sequencer {
    /// What the sequencer serves to its users.
    #[must_use]
    pub fn api(&self) -> RpcModule<()> {
        module(&self.state)
    }
}

/// Makes the module.
fn module(state: &Arc<State>) -> RpcModule<()> {
    let mut module = RpcModule::new(state.clone());
    let registered: Result<(), RegisterMethodError> = (|| {
        module.register_async_method("eth_sendRawTransaction", |params, state, _| async move {
            let params = ForwardTransactionParams::from_json(params.as_str().unwrap_or("[]"))
                .map_err(invalid)?;
            let added = state.submit(params.transaction).await;
            added
                .map(|hash| json!(hash))
                .map_err(|error| refused(codes::SERVER_ERROR, error))
        })?;
        module.register_method("eth_chainId", |_, state, _| -> Answer {
            Ok(json!(U64::from(state.chain.engine().spec().chain_id())))
        })?;
        module.register_method("eth_blockNumber", |_, state, _| -> Answer {
            Ok(json!(U64::from(state.chain.engine().head().number())))
        })?;
        module.register_method("eth_getBalance", |params, state, _| -> Answer {
            let address = address(&params)?;
            let balance = state
                .chain
                .engine()
                .account(address)
                .map(|account| account.balance);
            Ok(json!(balance.unwrap_or(U256::ZERO)))
        })?;
        module.register_method("eth_getTransactionCount", |params, state, _| -> Answer {
            let address = address(&params)?;
            let nonce = state
                .chain
                .engine()
                .account(address)
                .map(|account| account.nonce);
            Ok(json!(U64::from(nonce.unwrap_or_default())))
        })?;
        module.register_method("eth_getTransactionReceipt", |params, state, _| -> Answer {
            let hash: B256 = params.one().map_err(invalid)?;
            Ok(state
                .chain
                .engine()
                .receipt(hash)
                .map_or(Value::Null, |receipt| receipt_json(&receipt)))
        })?;
        module.register_method("eth_getBlockByNumber", |params, state, _| -> Answer {
            let (block, full): (Value, bool) = params.parse().map_err(invalid)?;
            if full {
                return Err(invalid(
                    "blocks are served with the hashes of their transactions only",
                ));
            }
            let block = find(state, block)?;
            Ok(block.map_or(Value::Null, |block| block_json(&block)))
        })?;
        Ok(())
    })();
    registered.expect("no method name stands twice above");
    module.remove_context()
}

/// The address of `[address, block?]`. Only the head's state is served.
fn address(params: &Params<'_>) -> Result<Address, ErrorObjectOwned> {
    let mut params = params.sequence();
    let address = params.next().map_err(invalid)?;
    let block: Option<Value> = params.optional_next().map_err(invalid)?;
    match block.as_ref().and_then(Value::as_str) {
        None if block.is_none() => Ok(address),
        Some("latest" | "pending") => Ok(address),
        Some(_) | None => Err(invalid("only the state of the block `latest` is served")),
    }
}

fn find(state: &State, block: Value) -> Result<Option<Arc<Block>>, ErrorObjectOwned> {
    let engine = state.chain.engine();
    match block.as_str() {
        Some("latest" | "pending") => Ok(Some(engine.head().clone())),
        Some("earliest" | "safe" | "finalized") => Ok(Some(engine.spec().genesis().clone())),
        Some(_) | None => {
            let number: U64 = serde_json::from_value(block).map_err(invalid)?;
            Ok(engine.canonical(number.to()).cloned())
        }
    }
}

fn block_json(block: &Block) -> Value {
    let header = block.header();
    let hashes: Vec<B256> = block
        .transactions()
        .iter()
        .map(|transaction| transaction.hash())
        .collect();
    json!({
        "hash": block.hash(),
        "number": U64::from(header.number),
        "parentHash": header.parent_hash,
        "sha3Uncles": header.ommers_hash,
        "miner": header.beneficiary,
        "stateRoot": header.state_root,
        "transactionsRoot": header.transactions_root,
        "receiptsRoot": header.receipts_root,
        "withdrawalsRoot": header.withdrawals_root,
        "logsBloom": header.logs_bloom,
        "difficulty": header.difficulty,
        "gasLimit": U64::from(header.gas_limit),
        "gasUsed": U64::from(header.gas_used),
        "timestamp": U64::from(header.timestamp),
        "extraData": header.extra_data,
        "mixHash": header.mix_hash,
        "nonce": header.nonce,
        "baseFeePerGas": header.base_fee_per_gas.map(U64::from),
        "blobGasUsed": header.blob_gas_used.map(U64::from),
        "excessBlobGas": header.excess_blob_gas.map(U64::from),
        "parentBeaconBlockRoot": header.parent_beacon_block_root,
        "uncles": [],
        "withdrawals": [],
        "transactions": hashes,
    })
}

fn receipt_json(receipt: &TransactionReceipt) -> Value {
    let logs: Vec<Value> = receipt
        .logs
        .iter()
        .map(|log| json!({ "address": log.address, "topics": log.data.topics(), "data": log.data.data }))
        .collect();
    json!({
        "transactionHash": receipt.transaction_hash,
        "transactionIndex": U64::from(receipt.transaction_index),
        "blockHash": receipt.block_hash,
        "blockNumber": U64::from(receipt.block_number),
        "from": receipt.from,
        "status": U64::from(u64::from(receipt.success)),
        "gasUsed": U64::from(receipt.gas_used),
        "cumulativeGasUsed": U64::from(receipt.cumulative_gas_used),
        "logsBloom": receipt.logs_bloom,
        "logs": logs,
    })
}

fn invalid(why: impl Display) -> ErrorObjectOwned {
    refused(codes::INVALID_PARAMS, why)
}

fn refused(code: i32, why: impl Display) -> ErrorObjectOwned {
    ErrorObjectOwned::owned(code, why.to_string(), None::<()>)
}
