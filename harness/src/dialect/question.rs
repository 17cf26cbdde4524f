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
        let (question, most) = match method {
            "eth_getTransactionReceipt" => (Self::Receipt(params.data(0)?), 1),
            "eth_getBlockReceipts" => (Self::Receipts(params.must(0)?.block(0)?), 1),
            "eth_getTransactionByHash" => (Self::Transaction(params.data(0)?), 1),
            "eth_getTransactionCount" => (Self::Nonce(params.data(0)?, params.block(1)?), 2),
            "eth_getBalance" => (Self::Balance(params.data(0)?, params.block(1)?), 2),
            "eth_getCode" => (Self::Code(params.data(0)?, params.block(1)?), 2),
            "eth_getStorageAt" => {
                let (of, slot) = (params.data(0)?, params.data(1)?);
                (Self::Storage(of, slot, params.block(2)?), 3)
            }
            "eth_getBlockByNumber" => {
                let block = params.must(0)?.block(0)?;
                (Self::Block(block, params.is_full(1)?), 2)
            }
            "eth_getBlockByHash" => {
                let hash: B256 = params.data(0)?;
                (Self::Block(hash.into(), params.is_full(1)?), 2)
            }
            "eth_blockNumber" => (Self::Head, 0),
            "eth_chainId" => (Self::Chain, 0),
            "eth_call" => (Self::Call(params.get(0)?, params.block(1)?), 2),
            "eth_estimateGas" => (Self::Estimate(params.get(0)?, params.block(1)?), 2),
            "eth_gasPrice" => (Self::GasPrice, 0),
            "eth_maxPriorityFeePerGas" => (Self::Tip, 0),
            "eth_feeHistory" => {
                let percentiles = params.get::<Option<Vec<f64>>>(2)?;
                let BlockId::Number(newest) = params.must(1)?.block(1)? else {
                    return None;
                };
                let percentiles = percentiles.unwrap_or_default();
                (Self::Fees(params.quantity(0)?, newest, percentiles), 3)
            }
            "eth_getLogs" => (Self::Logs(params.get(0)?), 1),
            _ => return None,
        };
        (params.0.len() <= most).then_some(question)
    }
}

#[derive(Clone, Copy)]
struct Params<'a>(&'a [Value]);

impl Params<'_> {
    fn get<T: DeserializeOwned>(&self, index: usize) -> Option<T> {
        let value = self.0.get(index).cloned().unwrap_or(Value::Null);
        serde_json::from_value(value).ok()
    }

    /// The same parameters, if there is one here.
    fn must(self, index: usize) -> Option<Self> {
        let is_there = self.0.get(index).is_some_and(|value| !value.is_null());
        is_there.then_some(self)
    }

    /// Bytes of a length, with the prefix that not every type asks for.
    fn data<T: DeserializeOwned>(&self, index: usize) -> Option<T> {
        let text = self.0.get(index)?.as_str()?;
        text.strip_prefix("0x")
            .filter(|digits| !digits.is_empty())?;
        self.get(index)
    }

    /// A quantity, in the most compact form.
    fn quantity(&self, index: usize) -> Option<u64> {
        let text = self.0.get(index)?.as_str()?;
        is_canonical(text.strip_prefix("0x")?).then(|| self.get::<U64>(index).map(|it| it.to()))?
    }

    /// A block; without one, the head.
    fn block(&self, index: usize) -> Option<BlockId> {
        let value = self.0.get(index).filter(|value| !value.is_null());
        let Some(value) = value else {
            return Some(BlockId::latest());
        };
        // Not every form that the type reads is one of the wire's.
        let digits = value.as_str().and_then(|text| text.strip_prefix("0x"));
        let is_read = digits.is_none_or(|digits| is_canonical(digits) || digits.len() == 64);
        is_read.then(|| serde_json::from_value(value.clone()).ok())?
    }

    fn is_full(&self, index: usize) -> Option<IsFull> {
        let full: bool = self.get(index)?;
        Some(if full { IsFull::Full } else { IsFull::Hashes })
    }
}

fn is_canonical(digits: &str) -> bool {
    digits == "0" || !digits.is_empty() && !digits.starts_with('0')
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
        assert!(!is_read("eth_getBlockByNumber", "[null, false]"));
        assert!(!is_read("eth_blockNumber", "[null]"));
        assert!(!is_read("eth_feeHistory", r#"["0x1", "latest", "50"]"#));
    }
}
