//! Code, storage and calls.

use alloy_primitives::{Bytes, TxKind, U64};
use alloy_rpc_types_eth::TransactionRequest;
use gauntlet_engine::{Block, Call, Called};
use serde_json::{Value, json};

use super::told::{Told, is, judge, result};
use crate::dialect::Question;
use crate::rules::record::Record;
use crate::rules::tally::Tally;

/// The gas of a call that says none, more than any of a scenario needs.
const MOST_GAS: u64 = 30_000_000;

/// The code of a revert (EIP-1474, as geth uses it).
const REVERTED: i64 = 3;

/// They are answered from the state after the block that is asked about.
pub(super) fn are_true(record: &Record<'_>, tally: &mut Tally) {
    let is_of = |of: &Question| {
        matches!(
            of,
            Question::Code(..)
                | Question::Storage(..)
                | Question::Call(..)
                | Question::Estimate(..)
        )
    };
    judge(
        record,
        tally,
        is_of,
        |chain, question, told| match question {
            Question::Code(address, id) => {
                let code = json!(chain.block(*id)?.state().code(*address));
                Some(result(told, |value| is(value, &code)))
            }
            Question::Storage(address, slot, id) => {
                let word = chain.block(*id)?.state().slot(*address, *slot);
                let word = json!(alloy_primitives::B256::from(word));
                Some(result(told, |value| is(value, &word)))
            }
            Question::Call(request, id) => called(record, request, chain.block(*id)?, told),
            Question::Estimate(request, id) => {
                let block = chain.block(*id)?;
                Some(result(told, |value| {
                    estimated(record, request, block, value)
                }))
            }
            Question::Receipt(_)
            | Question::Receipts(_)
            | Question::Transaction(_)
            | Question::Nonce(..)
            | Question::Balance(..)
            | Question::Block(..)
            | Question::Head
            | Question::Chain
            | Question::GasPrice
            | Question::Tip
            | Question::Fees(..)
            | Question::Logs(_) => None,
        },
    );
}

fn called(
    record: &Record<'_>,
    request: &TransactionRequest,
    block: &Block,
    told: Told<'_>,
) -> Option<Result<(), String>> {
    let executed = call(request, MOST_GAS).execute(&record.view.trace.spec, block);
    Some(match executed.ok()? {
        Called::Returned { output, .. } => result(told, |value| is(value, &json!(output))),
        Called::Reverted { .. } => match told {
            Err(error) if error.code == Some(REVERTED) => Ok(()),
            Err(error) => Err(format!("the code is {:?}, and it should be 3", error.code)),
            Ok(value) => Err(format!("the call is reverted, and the answer is {value}")),
        },
        Called::Halted { reason, .. } => match told {
            Err(_) => Ok(()),
            Ok(value) => Err(format!(
                "the call broke off ({reason}): the answer is {value}"
            )),
        },
    })
}

/// The gas that is named suffices, and a tenth less does not.
fn estimated(
    record: &Record<'_>,
    request: &TransactionRequest,
    block: &Block,
    value: &Value,
) -> Result<(), String> {
    let gas: U64 = serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
    let gas: u64 = gas.to();
    let suffices = |gas: u64| {
        let executed = call(request, gas).execute(&record.view.trace.spec, block);
        matches!(executed, Ok(Called::Returned { .. }))
    };
    if !suffices(gas) {
        return Err(format!("{gas} gas is not enough"));
    }
    match suffices(gas * 9 / 10) {
        true => Err(format!("{gas} gas is more than is needed")),
        false => Ok(()),
    }
}

fn call(request: &TransactionRequest, gas: u64) -> Call {
    Call {
        from: request.from.unwrap_or_default(),
        to: request.to.unwrap_or(TxKind::Create),
        gas_limit: request.gas.unwrap_or(gas),
        fee_cap: 0,
        tip: None,
        value: request.value.unwrap_or_default(),
        input: request.input.input().cloned().unwrap_or_else(Bytes::new),
        access_list: request.access_list.clone().unwrap_or_default(),
    }
}
