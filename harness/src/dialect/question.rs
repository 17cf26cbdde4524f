//! What users ask.

use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::{Address, B256, U64, U256};
use alloy_rpc_types_eth::{Filter, TransactionRequest};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What a user asks.
#[derive(Clone, Debug)]
pub enum Question {
    /// What came of the transaction of this hash.
    Receipt(B256),
    /// What came of those of a block.
    Receipts(BlockId),
    /// The transaction of this hash.
    Transaction(B256),
    /// How many transactions somebody has sent.
    Nonce(Address, BlockId),
    /// What somebody has.
    Balance(Address, BlockId),
    /// The code of a contract.
    Code(Address, BlockId),
    /// A slot of storage of a contract.
    Storage(Address, U256, BlockId),
    /// A block, with its transactions or their hashes.
    Block(BlockId, IsFull),
    /// The number of the head.
    Head,
    /// The chain's id.
    Chain,
    /// What would come of a call.
    Call(Box<TransactionRequest>, BlockId),
    /// How much gas a call needs.
    Estimate(Box<TransactionRequest>, BlockId),
    /// What gas costs.
    GasPrice,
    /// What the tip should be.
    Tip,
    /// What so many blocks up to this one cost, at these percentiles.
    Fees(u64, BlockNumberOrTag, Vec<f64>),
    /// The logs that pass this.
    Logs(Box<Filter>),
}

/// Whether a block is shown with its transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IsFull {
    /// With them.
    Full,
    /// With their hashes.
    Hashes,
}

impl Question {
    /// Reads a question; nothing if it is none that can be answered.
    pub(super) fn read(method: &str, params: &str) -> Option<Self> {
        let params: Vec<Value> = serde_json::from_str(params).ok()?;
        let params = Params(&params);
        Some(match method {
            "eth_getTransactionReceipt" => Self::Receipt(params.get(0)?),
            "eth_getBlockReceipts" => Self::Receipts(params.block(0)?),
            "eth_getTransactionByHash" => Self::Transaction(params.get(0)?),
            "eth_getTransactionCount" => Self::Nonce(params.get(0)?, params.block(1)?),
            "eth_getBalance" => Self::Balance(params.get(0)?, params.block(1)?),
            "eth_getCode" => Self::Code(params.get(0)?, params.block(1)?),
            "eth_getStorageAt" => Self::Storage(params.get(0)?, params.get(1)?, params.block(2)?),
            "eth_getBlockByNumber" => Self::Block(params.block(0)?, params.is_full(1)?),
            "eth_getBlockByHash" => Self::Block(params.get::<B256>(0)?.into(), params.is_full(1)?),
            "eth_blockNumber" => Self::Head,
            "eth_chainId" => Self::Chain,
            "eth_call" => Self::Call(params.get(0)?, params.block(1)?),
            "eth_estimateGas" => Self::Estimate(params.get(0)?, params.block(1)?),
            "eth_gasPrice" => Self::GasPrice,
            "eth_maxPriorityFeePerGas" => Self::Tip,
            "eth_feeHistory" => {
                let percentiles = params.get::<Option<Vec<f64>>>(2).flatten();
                let count: U64 = params.get(0)?;
                Self::Fees(count.to(), params.get(1)?, percentiles.unwrap_or_default())
            }
            "eth_getLogs" => Self::Logs(params.get(0)?),
            _ => return None,
        })
    }
}

struct Params<'a>(&'a [Value]);

impl Params<'_> {
    fn get<T: DeserializeOwned>(&self, index: usize) -> Option<T> {
        let value = self.0.get(index).cloned().unwrap_or(Value::Null);
        serde_json::from_value(value).ok()
    }

    /// A block; without one, the head.
    fn block(&self, index: usize) -> Option<BlockId> {
        let value = self.0.get(index).filter(|value| !value.is_null());
        let Some(value) = value else {
            return Some(BlockId::latest());
        };
        // Not every form that the type reads is one of the wire's.
        let is_canonical = value.as_str().is_none_or(|text| {
            let digits = text.strip_prefix("0x");
            digits.is_none_or(|digits| {
                digits == "0" || !digits.starts_with('0') || digits.len() == 64
            })
        });
        is_canonical.then(|| serde_json::from_value(value.clone()).ok())?
    }

    fn is_full(&self, index: usize) -> Option<IsFull> {
        let full: bool = self.get(index)?;
        Some(if full { IsFull::Full } else { IsFull::Hashes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_answered_is_no_question() {
        let is_read = |method, params| Question::read(method, params).is_some();
        assert!(is_read("eth_getBlockByNumber", r#"["0x1", false]"#));
        assert!(is_read("eth_getBlockByNumber", r#"["latest", true]"#));
        assert!(is_read("eth_blockNumber", "[]"));
        assert!(!is_read("eth_getBlockByNumber", r#"["0x01", false]"#));
        assert!(!is_read("eth_getTransactionReceipt", "[]"));
        assert!(!is_read("eth_getBalance", r#"["0x12", "latest"]"#));
        assert!(!is_read("eth_noSuchMethod", "[]"));
    }
}
