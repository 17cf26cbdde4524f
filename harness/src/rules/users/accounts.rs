//! Nonces and balances.

use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::U64;
use serde_json::{Value, json};

use super::ledger::Ledger;
use super::told::{is, judge, result};
use crate::dialect::Question;
use crate::rules::record::Record;
use crate::rules::tally::Tally;

/// They are those after the block that is asked about.
pub(super) fn follow_the_head(record: &Record<'_>, tally: &mut Tally) {
    let ledger = Ledger::of(record);
    let is_of = |of: &Question| matches!(of, Question::Nonce(..) | Question::Balance(..));
    judge(record, tally, is_of, |chain, question, told| {
        let pending = BlockId::Number(BlockNumberOrTag::Pending);
        match question {
            Question::Nonce(address, id) if *id == pending => {
                let (least, most) = ledger.pending_nonce(chain, *address);
                Some(result(told, |value| {
                    let nonce: Option<U64> = serde_json::from_value(value.clone()).ok();
                    match nonce.map(|nonce| nonce.to::<u64>()) {
                        Some(nonce) if (least..=most).contains(&nonce) => Ok(()),
                        _ => Err(format!(
                            "the pending nonce of {address} is {value}, and it should be {least}"
                        )),
                    }
                }))
            }
            Question::Nonce(address, id) => {
                let block = chain.block(*id)?;
                let nonce = json!(U64::from(block.state().nonce(*address)));
                Some(result(told, |value: &Value| is(value, &nonce)))
            }
            Question::Balance(address, id) => {
                let block = chain.block(*id)?;
                let balance = json!(block.state().balance(*address));
                Some(result(told, |value: &Value| is(value, &balance)))
            }
            Question::Receipt(_)
            | Question::Receipts(_)
            | Question::Transaction(_)
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
        }
    });
}
