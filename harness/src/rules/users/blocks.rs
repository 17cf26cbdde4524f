//! Blocks that users ask for.

use alloy_consensus::{BlockBody, Header};
use alloy_eips::eip4895::Withdrawals;
use alloy_primitives::{U64, U256, keccak256};
use gauntlet_engine::Block;
use op_alloy_consensus::OpTxEnvelope;
use serde_json::{Value, json};

use super::told::{has, is, judge, result};
use super::transactions::included;
use crate::dialect::{IsFull, Question};
use crate::rules::record::Record;
use crate::rules::tally::Tally;

/// Users see the blocks that were published, and of the chain that they are of.
pub(super) fn are_the_published(record: &Record<'_>, tally: &mut Tally) {
    let is_of =
        |of: &Question| matches!(of, Question::Block(..) | Question::Head | Question::Chain);
    let chain_id = json!(U64::from(record.view.trace.chain_id()));
    judge(
        record,
        tally,
        is_of,
        |chain, question, told| match question {
            Question::Head => {
                let number = json!(U64::from(chain.head.number()));
                Some(result(told, |value| is(value, &number)))
            }
            Question::Chain => Some(result(told, |value| is(value, &chain_id))),
            Question::Block(id, full) => Some(result(told, |value| match chain.block(*id) {
                Some(block) => shown(block, *full, value),
                None => is(value, &Value::Null),
            })),
            Question::Receipt(_)
            | Question::Receipts(_)
            | Question::Transaction(_)
            | Question::Nonce(..)
            | Question::Balance(..)
            | Question::Code(..)
            | Question::Storage(..)
            | Question::Call(..)
            | Question::Estimate(..)
            | Question::GasPrice
            | Question::Tip
            | Question::Fees(..)
            | Question::Logs(_) => None,
        },
    );
}

fn shown(block: &Block, full: IsFull, got: &Value) -> Result<(), String> {
    let header = block.header();
    has(got, &members(header))?;
    has(
        got,
        &json!({
            "hash": block.hash(),
            "size": U256::from(size(block)),
            "uncles": [],
            "withdrawals": [],
        }),
    )?;
    let transactions = block.transactions();
    match full {
        IsFull::Hashes => {
            let hashes: Vec<_> = transactions.iter().map(|it| keccak256(it.raw())).collect();
            has(got, &json!({ "transactions": hashes }))
        }
        IsFull::Full => {
            let told = got.get("transactions").and_then(Value::as_array);
            let told = told.ok_or("`transactions` is no list")?;
            if told.len() != transactions.len() {
                return Err(format!(
                    "there are {} transactions, and there should be {}",
                    told.len(),
                    transactions.len()
                ));
            }
            let mut all = told.iter().enumerate();
            all.try_for_each(|(index, told)| included(block, index, told))
        }
    }
}

fn members(header: &Header) -> Value {
    json!({
        "number": U64::from(header.number),
        "parentHash": header.parent_hash,
        "sha3Uncles": header.ommers_hash,
        "miner": header.beneficiary,
        "stateRoot": header.state_root,
        "transactionsRoot": header.transactions_root,
        "receiptsRoot": header.receipts_root,
        "logsBloom": header.logs_bloom,
        "difficulty": header.difficulty,
        "gasLimit": U64::from(header.gas_limit),
        "gasUsed": U64::from(header.gas_used),
        "timestamp": U64::from(header.timestamp),
        "extraData": header.extra_data,
        "mixHash": header.mix_hash,
        "nonce": header.nonce,
        "baseFeePerGas": header.base_fee_per_gas.map(U64::from),
        "withdrawalsRoot": header.withdrawals_root,
        "blobGasUsed": header.blob_gas_used.map(U64::from),
        "excessBlobGas": header.excess_blob_gas.map(U64::from),
        "parentBeaconBlockRoot": header.parent_beacon_block_root,
    })
}

/// How many bytes the block has.
fn size(block: &Block) -> usize {
    let transactions = block.transactions().iter();
    let body = BlockBody::<OpTxEnvelope> {
        transactions: transactions.map(|it| it.envelope().clone()).collect(),
        ommers: Vec::new(),
        withdrawals: block
            .header()
            .withdrawals_root
            .map(|_| Withdrawals::default()),
    };
    alloy_consensus::Block::rlp_length_for(block.header(), &body)
}
