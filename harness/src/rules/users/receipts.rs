//! Receipts.

use alloy_consensus::{Transaction as _, TxReceipt, Typed2718};
use alloy_eips::Decodable2718;
use alloy_primitives::{Address, U64, U128, U256, keccak256, logs_bloom};
use gauntlet_engine::Block;
use op_alloy_consensus::OpTxEnvelope;
use serde_json::{Value, json};

use super::told::{Chain, has, judge, result};
use crate::dialect::Question;
use crate::rules::record::Record;
use crate::rules::tally::Tally;

/// Each receipt is that of executing the block.
pub(super) fn are_true(record: &Record<'_>, tally: &mut Tally) {
    let is_of = |of: &Question| matches!(of, Question::Receipt(_) | Question::Receipts(_));
    judge(
        record,
        tally,
        is_of,
        |chain, question, told| match question {
            Question::Receipt(hash) => Some(result(told, |value| match chain.place(*hash) {
                Some((block, index)) => receipt(chain, block, index, value),
                None if value.is_null() => Ok(()),
                None => Err("there is a receipt of what is in no block".to_owned()),
            })),
            Question::Receipts(id) => Some(result(told, |value| {
                let Some(block) = chain.block(*id) else {
                    return super::told::is(value, &Value::Null);
                };
                let receipts = value.as_array().ok_or("the answer is no list")?;
                if receipts.len() != block.transactions().len() {
                    return Err(format!(
                        "there are {} receipts of {} transactions",
                        receipts.len(),
                        block.transactions().len()
                    ));
                }
                let mut all = receipts.iter().enumerate();
                all.try_for_each(|(index, value)| receipt(chain, block, index, value))
            })),
            Question::Transaction(_)
            | Question::Nonce(..)
            | Question::Balance(..)
            | Question::Code(..)
            | Question::Storage(..)
            | Question::Block(..)
            | Question::Head
            | Question::Chain
            | Question::Call(..)
            | Question::Estimate(..)
            | Question::GasPrice
            | Question::Tip
            | Question::Fees(..)
            | Question::Logs(_) => None,
        },
    );
}

fn receipt(chain: &Chain<'_>, block: &Block, index: usize, got: &Value) -> Result<(), String> {
    if got.is_null() {
        return Err(format!(
            "there is no receipt of transaction {index} of block {}",
            block.number()
        ));
    }
    let (Some(transaction), Some(executed)) =
        (block.transactions().get(index), block.receipts().get(index))
    else {
        return Ok(());
    };
    let raw = transaction.raw();
    let envelope = OpTxEnvelope::decode_2718_exact(raw).map_err(|error| error.to_string())?;
    let is_deposit = envelope.is_deposit();
    let from = if let OpTxEnvelope::Deposit(deposit) = &envelope {
        deposit.from
    } else {
        transaction.sender()
    };
    let before = index.checked_sub(1).and_then(|it| block.receipts().get(it));
    let before = before.map_or(0, TxReceipt::cumulative_gas_used);
    let gas_used = executed.cumulative_gas_used() - before;
    let price = match is_deposit {
        true => 0,
        false => envelope.effective_gas_price(Some(Chain::base_fee(block))),
    };
    let creates = envelope.kind().is_create() && !is_deposit;
    let contract = creates.then(|| from.create(envelope.nonce()));
    let bloom = logs_bloom(executed.logs());
    has(
        got,
        &json!({
            "status": U64::from(executed.status()),
            "gasUsed": U64::from(gas_used),
            "cumulativeGasUsed": U64::from(executed.cumulative_gas_used()),
            "logsBloom": bloom,
            "transactionHash": keccak256(raw),
            "transactionIndex": U64::from(index),
            "blockHash": block.hash(),
            "blockNumber": U64::from(block.number()),
            "effectiveGasPrice": U128::from(price),
            "from": from,
            "to": envelope.to(),
            "type": U64::from(envelope.ty()),
        }),
    )?;
    if !is_deposit {
        has(got, &json!({ "contractAddress": contract }))?;
    }
    logs(block, index, got)?;
    match is_deposit {
        true => deposit(chain, block, index, from, got),
        false => l1(chain, block, index, gas_used, price, &envelope, got),
    }
}

/// Each log has its place in the block.
fn logs(block: &Block, index: usize, got: &Value) -> Result<(), String> {
    let Some(executed) = block.receipts().get(index) else {
        return Ok(());
    };
    let told = got.get("logs").and_then(Value::as_array);
    let told = told.ok_or("`logs` is no list")?;
    if told.len() != executed.logs().len() {
        return Err(format!(
            "there are {} logs, and there should be {}",
            told.len(),
            executed.logs().len()
        ));
    }
    for (place, told) in told.iter().enumerate() {
        has(told, &log(block, index, place))?;
    }
    Ok(())
}

/// A log of a transaction, with all that users are told of it.
pub(super) fn log(block: &Block, index: usize, place: usize) -> Value {
    let before: usize = block
        .receipts()
        .iter()
        .take(index)
        .map(|it| it.logs().len())
        .sum();
    let log = block
        .receipts()
        .get(index)
        .and_then(|it| it.logs().get(place));
    let (Some(log), Some(transaction)) = (log, block.transactions().get(index)) else {
        return Value::Null;
    };
    json!({
        "address": log.address,
        "topics": log.topics(),
        "data": log.data.data,
        "blockHash": block.hash(),
        "blockNumber": U64::from(block.number()),
        "transactionHash": keccak256(transaction.raw()),
        "transactionIndex": U64::from(index),
        "logIndex": U64::from(before + place),
        "removed": false,
    })
}

/// The nonce that the depositor had, and the version of the receipt (OP Stack, Canyon).
fn deposit(
    chain: &Chain<'_>,
    block: &Block,
    index: usize,
    from: Address,
    got: &Value,
) -> Result<(), String> {
    let Some(parent) = chain.parent(block) else {
        return Ok(());
    };
    let before = block.transactions().iter().take(index);
    let own = before.filter(|it| it.sender() == from).count() as u64;
    has(
        got,
        &json!({
            "depositNonce": U64::from(parent.state().nonce(from) + own),
            "depositReceiptVersion": "0x1",
        }),
    )
}

/// What L1 charged: by the L1 attributes of the block, and by what is gone from the sender.
fn l1(
    chain: &Chain<'_>,
    block: &Block,
    index: usize,
    gas_used: u64,
    price: u128,
    envelope: &OpTxEnvelope,
    got: &Value,
) -> Result<(), String> {
    let attributes = block
        .transactions()
        .first()
        .map(|it| it.envelope().input().clone());
    let word = |from: usize, length: usize| {
        let bytes = attributes.as_ref()?.get(from..from + length)?;
        Some(U256::from_be_slice(bytes))
    };
    // After the selector: both scalars, the sequence number, time and number of the origin.
    let (scalar, blob_scalar) = (word(4, 4), word(8, 4));
    let (base_fee, blob_base_fee) = (word(36, 32), word(68, 32));
    let quantity = |of: Option<U256>| json!(of);
    has(
        got,
        &json!({
            "l1GasPrice": quantity(base_fee),
            "l1BaseFeeScalar": quantity(scalar),
            "l1BlobBaseFee": quantity(blob_base_fee),
            "l1BlobBaseFeeScalar": quantity(blob_scalar),
        }),
    )?;
    let told = |name: &str| {
        let member = got.get(name).cloned().unwrap_or_default();
        serde_json::from_value::<U256>(member).map_err(|_| format!("`{name}` is no quantity"))
    };
    let (fee, gas) = (told("l1Fee")?, told("l1GasUsed")?);
    let (Some(scalar), Some(blob_scalar)) = (scalar, blob_scalar) else {
        return Ok(());
    };
    let (Some(base_fee), Some(blob_base_fee)) = (base_fee, blob_base_fee) else {
        return Ok(());
    };
    let unit = U256::from(16) * base_fee * scalar + blob_base_fee * blob_scalar;
    let charged = fee * U256::from(16_000_000);
    if charged.abs_diff(gas * unit) > unit + U256::from(16_000_000) {
        return Err(format!("`l1Fee` is {fee}, and `l1GasUsed` is {gas}"));
    }
    let (Some(parent), Some(transaction)) = (chain.parent(block), block.transactions().get(index))
    else {
        return Ok(());
    };
    let sender = transaction.sender();
    let of_sender = block
        .transactions()
        .iter()
        .filter(|it| it.sender() == sender);
    let is_to_itself = envelope.to() == Some(sender);
    if of_sender.count() != 1 || is_to_itself {
        return Ok(());
    }
    let succeeded = block.receipts().get(index).is_some_and(TxReceipt::status);
    let value = if succeeded {
        envelope.value()
    } else {
        U256::ZERO
    };
    let paid = U256::from(gas_used) * U256::from(price) + value;
    let gone = parent.state().balance(sender) - block.state().balance(sender);
    match gone == paid + fee {
        true => Ok(()),
        false => Err(format!(
            "`l1Fee` is {fee}, and it should be {}: so much is gone from the sender",
            gone.saturating_sub(paid)
        )),
    }
}
