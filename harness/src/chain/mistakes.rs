//! What users call wrongly: each method with parameters that are none, in every place.

use alloy_primitives::B256;
use serde_json::{Value, json};

use super::known_key;

/// What a parameter is.
#[derive(Clone, Copy, Debug)]
enum Sort {
    Address,
    Hash,
    Block,
    Flag,
    Index,
    Count,
    Slot,
    Call,
    Filter,
    Percentiles,
    Transaction,
}

use Sort::{
    Address, Block, Call, Count, Filter, Flag, Hash, Index, Percentiles, Slot, Transaction,
};

/// The methods, what they take, and how much of it there must be.
const METHODS: &[(&str, &[Sort], usize)] = &[
    ("eth_sendRawTransaction", &[Transaction], 1),
    ("eth_getTransactionReceipt", &[Hash], 1),
    ("eth_getBlockReceipts", &[Block], 1),
    ("eth_getTransactionByHash", &[Hash], 1),
    ("eth_getTransactionByBlockHashAndIndex", &[Hash, Index], 2),
    (
        "eth_getTransactionByBlockNumberAndIndex",
        &[Block, Index],
        2,
    ),
    ("eth_getBlockTransactionCountByHash", &[Hash], 1),
    ("eth_getBlockTransactionCountByNumber", &[Block], 1),
    ("eth_getTransactionCount", &[Address, Block], 1),
    ("eth_getBalance", &[Address, Block], 1),
    ("eth_getCode", &[Address, Block], 1),
    ("eth_getStorageAt", &[Address, Slot, Block], 2),
    ("eth_getBlockByNumber", &[Block, Flag], 2),
    ("eth_getBlockByHash", &[Hash, Flag], 2),
    ("eth_call", &[Call, Block], 1),
    ("eth_estimateGas", &[Call, Block], 1),
    ("eth_feeHistory", &[Count, Block, Percentiles], 2),
    ("eth_getLogs", &[Filter], 1),
    ("eth_blockNumber", &[], 0),
    ("eth_chainId", &[], 0),
    ("eth_gasPrice", &[], 0),
    ("eth_maxPriorityFeePerGas", &[], 0),
    ("eth_syncing", &[], 0),
    ("eth_accounts", &[], 0),
    ("net_version", &[], 0),
    ("net_listening", &[], 0),
    ("web3_clientVersion", &[], 0),
];

impl Sort {
    /// One that is read.
    fn good(self) -> Value {
        match self {
            Self::Address => json!(known_key(1).1),
            Self::Hash => json!(B256::repeat_byte(7)),
            Self::Block => json!("latest"),
            Self::Flag => json!(false),
            Self::Index | Self::Slot => json!("0x0"),
            Self::Count => json!("0x1"),
            Self::Call => json!({ "to": known_key(1).1 }),
            Self::Filter => json!({ "fromBlock": "latest" }),
            Self::Percentiles => json!([50.0]),
            Self::Transaction => json!("0x02"),
        }
    }

    /// Such as nobody reads.
    fn bad(self) -> Vec<Value> {
        let of_digits = |count: usize| json!(format!("0x{}", "7".repeat(count)));
        match self {
            Self::Address => vec![of_digits(38), of_digits(42), json!("7".repeat(40))],
            Self::Hash => vec![of_digits(62), of_digits(66), json!("7".repeat(64))],
            Self::Block => vec![
                json!("0x"),
                json!("0x01"),
                json!("1"),
                json!("newest"),
                of_digits(17),
                json!({}),
            ],
            Self::Flag => vec![json!("true"), json!("0x1"), json!(1)],
            Self::Index => vec![json!("0x"), json!("0x01"), json!("1"), of_digits(17)],
            Self::Count => vec![json!("0x"), json!("0x01"), of_digits(17)],
            Self::Slot => vec![json!("0x"), json!("0"), of_digits(66), json!(0)],
            Self::Call => vec![json!("0x"), json!({ "to": "0x12" }), json!({ "from": 7 })],
            Self::Filter => vec![
                json!("latest"),
                json!({ "address": "0x12" }),
                json!({ "topics": "0x12" }),
                json!({ "fromBlock": "latest", "blockHash": B256::ZERO }),
            ],
            Self::Percentiles => vec![json!("50"), json!(50.0), json!([true])],
            Self::Transaction => vec![json!("0x2"), json!("02"), json!({ "transaction": "0x02" })],
        }
    }

    /// What is bad in the place of anything else.
    fn foreign(self) -> Vec<Value> {
        let other = match matches!(self, Self::Flag) {
            true => json!([]),
            false => json!(true),
        };
        vec![json!("0xzz"), other]
    }
}

/// Every call that cannot be answered.
pub(super) fn mistakes() -> Vec<(&'static str, Value)> {
    let mut all = Vec::new();
    for (method, sorts, required) in METHODS {
        let good: Vec<Value> = sorts.iter().map(|sort| sort.good()).collect();
        let mut ask = |params: Vec<Value>| all.push((*method, json!(params)));
        for place in 0..*required {
            ask(good[..place].to_vec());
            ask(with(&good, place, json!(null)));
            ask(inserted(&good, place));
            ask(inserted(&good[..*required], place));
        }
        for (place, sort) in sorts.iter().enumerate() {
            for bad in sort.bad().into_iter().chain(sort.foreign()) {
                ask(with(&good, place, bad));
            }
        }
        for more in [json!(null), json!("latest")] {
            ask([&good[..], &[more]].concat());
        }
        all.push((method, json!({ "block": "latest" })));
    }
    all
}

/// The same parameters with another one in a place.
fn with(good: &[Value], place: usize, other: Value) -> Vec<Value> {
    let mut params = good.to_vec();
    params[place] = other;
    params
}

/// The same parameters with a null before one.
fn inserted(good: &[Value], place: usize) -> Vec<Value> {
    let mut params = good.to_vec();
    params.insert(place, Value::Null);
    params
}
