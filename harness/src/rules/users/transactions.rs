//! Transactions that users ask for.

use alloy_consensus::Transaction as _;
use alloy_primitives::{U64, U128};
use serde_json::{Value, json};

use super::ledger::Ledger;
use super::told::{Chain, has, judge, result};
use crate::dialect::Question;
use crate::rules::record::Record;
use crate::rules::tally::Tally;

/// What was accepted is there until it is replaced, and says where it is included.
pub(super) fn vanish_not(record: &Record<'_>, tally: &mut Tally) {
    let ledger = Ledger::of(record);
    let is_of = |of: &Question| matches!(of, Question::Transaction(_));
    judge(record, tally, is_of, |chain, question, told| {
        let Question::Transaction(hash) = question else {
            return None;
        };
        if let Some((block, index)) = chain.place(*hash) {
            return Some(result(told, |value| included(block, index, value)));
        }
        let sent = ledger.get(hash);
        let must_wait = sent.is_some_and(|sent| ledger.must_wait(chain, sent));
        let may_wait = sent.is_some_and(|sent| ledger.may_wait(chain, sent));
        Some(result(told, |value| match (value.is_null(), sent) {
            (true, _) if must_wait => Err(format!(
                "{hash} was accepted, and is neither included nor replaced nor does it wait"
            )),
            (false, _) if !may_wait => {
                Err(format!("{hash} is told of, and it does not wait any more"))
            }
            (false, Some(sent)) => has(
                value,
                &json!({
                    "hash": hash,
                    "blockHash": null,
                    "blockNumber": null,
                    "transactionIndex": null,
                    "from": sent.sender,
                    "nonce": U64::from(sent.nonce),
                    "gas": U64::from(sent.gas_limit),
                }),
            ),
            (true | false, _) => Ok(()),
        }))
    });
}

/// A transaction of a block, as users read it.
pub(super) fn included(
    block: &gauntlet_engine::Block,
    index: usize,
    value: &Value,
) -> Result<(), String> {
    let Some(transaction) = block.transactions().get(index) else {
        return Ok(());
    };
    let envelope = transaction.envelope();
    let is_deposit = transaction.is_deposit();
    has(
        value,
        &json!({
            "hash": alloy_primitives::keccak256(transaction.raw()),
            "blockHash": block.hash(),
            "blockNumber": U64::from(block.number()),
            "transactionIndex": U64::from(index),
            "from": transaction.sender(),
            "to": envelope.to(),
            "value": envelope.value(),
            "gas": U64::from(envelope.gas_limit()),
            "input": envelope.input(),
        }),
    )?;
    if is_deposit {
        return Ok(());
    }
    let price = envelope.effective_gas_price(Some(Chain::base_fee(block)));
    has(
        value,
        &json!({
            "nonce": U64::from(envelope.nonce()),
            "gasPrice": U128::from(price),
        }),
    )
}
