//! What is made of payloads that are false.

use alloy_primitives::{B256, U256};
use gauntlet_engine::{Block, Invalid, Payload, block_hash};
use gauntlet_protocol::ExecutionPayloadV2;
use gauntlet_sequencer::{Admission, LocalView, Rejection, Submission, execute};

use super::admission::executed_by;

/// Puts right what is wrong with a payload; whether it did.
pub(in crate::mutants) type Mend = fn(&Invalid, &mut Payload) -> bool;

/// Puts right what it can in a payload, and takes what comes of that.
pub(in crate::mutants) fn mended(mend: Mend) -> Admission {
    executed_by(move |view, submission| {
        let mut outcome = execute(view, submission);
        let mut payload = submission.payload();
        // Each turn puts right one thing, of which a payload has few.
        for _ in 0..8 {
            let Err(Rejection::Invalid(reason)) = &outcome else {
                break;
            };
            if !mend(reason, &mut payload) {
                break;
            }
            payload.block_hash = block_hash(&payload).map_err(Rejection::Invalid)?;
            outcome = view.validate(payload.clone());
        }
        outcome
    })
}

/// Takes the gas used for what the payload claims.
pub(in crate::mutants) fn gas_used(reason: &Invalid, payload: &mut Payload) -> bool {
    let Invalid::GasUsed { computed, .. } = reason else {
        return false;
    };
    payload.gas_used = *computed;
    true
}

/// Takes the receipts root for what the payload claims.
pub(in crate::mutants) fn receipts_root(reason: &Invalid, payload: &mut Payload) -> bool {
    let Invalid::ReceiptsRoot { computed, .. } = reason else {
        return false;
    };
    payload.receipts_root = *computed;
    true
}

/// Takes the logs bloom for what the payload claims.
pub(in crate::mutants) fn logs_bloom(reason: &Invalid, payload: &mut Payload) -> bool {
    let Invalid::LogsBloom { computed, .. } = reason else {
        return false;
    };
    payload.logs_bloom = **computed;
    true
}

/// Takes the base fee for what the payload claims.
pub(in crate::mutants) fn base_fee(reason: &Invalid, payload: &mut Payload) -> bool {
    let Invalid::BaseFee {
        computed: Some(computed),
        ..
    } = reason
    else {
        return false;
    };
    payload.base_fee_per_gas = U256::from(*computed);
    true
}

/// Does not look at withdrawals.
pub(in crate::mutants) fn withdrawals(reason: &Invalid, payload: &mut Payload) -> bool {
    let is_it = matches!(
        reason,
        Invalid::Withdrawals(_) | Invalid::WithdrawalsMissing
    );
    if is_it {
        payload.withdrawals = Some(Vec::new());
    }
    is_it
}

/// Does not look at blob gas.
pub(in crate::mutants) fn blob_gas(reason: &Invalid, payload: &mut Payload) -> bool {
    let is_it = matches!(reason, Invalid::BlobGasUsed(_) | Invalid::ExcessBlobGas(_));
    if is_it {
        (payload.blob_gas_used, payload.excess_blob_gas) = (0, 0);
    }
    is_it
}

/// Passes over transactions that cannot be executed.
pub(in crate::mutants) fn transactions(reason: &Invalid, payload: &mut Payload) -> bool {
    let (Invalid::Transaction { index, .. }
    | Invalid::EmptyTransaction { index }
    | Invalid::BlobTransaction { index }) = reason
    else {
        return false;
    };
    payload.transactions.remove(*index);
    true
}

/// Judges by the beacon block root with which the block hash is right, zeros among them.
pub(in crate::mutants) fn beacon_root(reason: &Invalid, payload: &mut Payload) -> bool {
    let Invalid::BlockHash { claimed, .. } = reason else {
        return false;
    };
    payload.parent_beacon_block_root = B256::ZERO;
    block_hash(payload) == Ok(*claimed)
}

/// Takes a payload only if it is worth what it claims.
pub(in crate::mutants) fn of_true_claims(
    view: &LocalView,
    submission: &Submission<'_>,
) -> Result<Block, Rejection> {
    let block = execute(view, submission)?;
    if block.value() == submission.response.value {
        Ok(block)
    } else {
        Err(Rejection::BuilderReplaced)
    }
}

/// Takes a payload only if it says nothing of blob gas.
pub(in crate::mutants) fn of_version_2(
    view: &LocalView,
    submission: &Submission<'_>,
) -> Result<Block, Rejection> {
    match submission.response.execution_payload.blob_gas_used {
        None => execute(view, submission),
        Some(_) => Err(Rejection::BuilderReplaced),
    }
}

/// Takes a payload only if it has a transaction that is no deposit.
pub(in crate::mutants) fn of_users(
    view: &LocalView,
    submission: &Submission<'_>,
) -> Result<Block, Rejection> {
    let forced = submission.attributes.transactions.len();
    let all = submission.response.execution_payload.transactions.len();
    if all > forced {
        execute(view, submission)
    } else {
        Err(Rejection::BuilderReplaced)
    }
}

/// Whether a payload has an empty entry.
pub(in crate::mutants) fn has_empty_entry(payload: &ExecutionPayloadV2) -> bool {
    payload.transactions.iter().any(|raw| raw.is_empty())
}

/// Whether a payload has no list of withdrawals.
pub(in crate::mutants) fn has_no_withdrawals(payload: &ExecutionPayloadV2) -> bool {
    payload.withdrawals.is_none()
}
