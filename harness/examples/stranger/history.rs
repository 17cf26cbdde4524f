//! The chain that the builder follows, as it shows it.

use gauntlet_engine::{Block, Engine};
use gauntlet_protocol::RpcError;
use gauntlet_protocol::constants::codes::INVALID_PARAMS;
use serde_json::{Value, json};

/// No fewer than 32 (execution-apis, shanghai).
const MAX_BODIES: u64 = 64;
const TOO_LARGE_REQUEST: i32 = -38004;

/// What a payload and a block call differently.
const RENAMED: [(&str, &str); 4] = [
    ("blockHash", "hash"),
    ("feeRecipient", "miner"),
    ("prevRandao", "mixHash"),
    ("blockNumber", "number"),
];

/// The answer to `eth_getBlockByNumber`.
pub(crate) fn block_by_number(engine: &Engine, params: &str) -> Result<Value, RpcError> {
    let (which, full): (String, bool) = serde_json::from_str(params).map_err(invalid)?;
    if full {
        return Err(invalid("transactions are shown by their hashes alone"));
    }
    if which == "latest" {
        return Ok(header(engine.head()));
    }
    let block = engine.canonical(quantity(&which)?);
    Ok(block.map_or(Value::Null, |block| header(block)))
}

/// The answer to `engine_getPayloadBodiesByRangeV1`.
pub(crate) fn bodies_by_range(engine: &Engine, params: &str) -> Result<Value, RpcError> {
    let (start, count): (String, String) = serde_json::from_str(params).map_err(invalid)?;
    let (start, count) = (quantity(&start)?, quantity(&count)?);
    if start == 0 || count == 0 {
        return Err(invalid("start and count are 1 at least"));
    }
    if count > MAX_BODIES {
        let why = format!("no more than {MAX_BODIES} bodies at once");
        return Err(RpcError::new(TOO_LARGE_REQUEST, why));
    }
    let blocks = (start..start.saturating_add(count)).map_while(|number| engine.canonical(number));
    let bodies = blocks.map(|block| {
        let payload = block.payload();
        json!({ "transactions": payload.transactions, "withdrawals": payload.withdrawals })
    });
    Ok(bodies.collect())
}

fn header(block: &Block) -> Value {
    let mut shown = json!(block.payload().to_v2());
    for (of, name) in RENAMED {
        shown[name] = shown[of].take();
    }
    let hashes = block.transactions().iter().map(|it| json!(it.hash()));
    shown["transactions"] = hashes.collect();
    shown
}

fn quantity(text: &str) -> Result<u64, RpcError> {
    let digits = text.strip_prefix("0x").unwrap_or_default();
    u64::from_str_radix(digits, 16).map_err(invalid)
}

fn invalid(why: impl ToString) -> RpcError {
    RpcError::new(INVALID_PARAMS, why.to_string())
}
