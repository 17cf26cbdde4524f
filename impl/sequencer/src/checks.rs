//! The cheap checks of a builder's payload, each one sentence of the specification or of a decision.

use alloy_primitives::{Bytes, U256};

use crate::submission::{Rejection, Submission};

/// The type of deposit transactions.
const DEPOSIT: u8 = 0x7e;

/// A check of a submission against the request, the attributes or the configuration.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// What it makes sure of.
    pub name: &'static str,
    /// Makes sure of it.
    pub judge: fn(&Submission<'_>) -> Result<(), Rejection>,
}

impl Check {
    const fn new(name: &'static str, judge: fn(&Submission<'_>) -> Result<(), Rejection>) -> Self {
        Self { name, judge }
    }
}

/// Every check, in order.
pub const CHECKS: [Check; 10] = [
    Check::new("pubkey-matches", pubkey_matches),
    Check::new("builder-is-registered", builder_is_registered),
    Check::new("parent-is-requested", parent_is_requested),
    Check::new("number-is-requested", number_is_requested),
    Check::new("gas-limit-is-requested", gas_limit_is_requested),
    Check::new("timestamp-is-local", timestamp_is_local),
    Check::new("fee-recipient-is-local", fee_recipient_is_local),
    Check::new("prev-randao-is-local", prev_randao_is_local),
    Check::new(
        "forced-transactions-are-first",
        forced_transactions_are_first,
    ),
    Check::new("pool-is-unused-if-forbidden", pool_is_unused_if_forbidden),
];

/// "`pubKey` matches the registered `builderPubkey`" (MUST, line 107): that of the builder that was
/// asked. DECISION: response-unsigned.
fn pubkey_matches(submission: &Submission<'_>) -> Result<(), Rejection> {
    let (expected, got) = (submission.asked.pubkey, submission.response.pub_key);
    if got == expected {
        Ok(())
    } else {
        Err(Rejection::WrongPubkey { expected, got })
    }
}

/// Line 107: the builder that was asked is still the registered one. DECISION: builder-change.
fn builder_is_registered(submission: &Submission<'_>) -> Result<(), Rejection> {
    match submission.registered {
        Some(registered) if registered.pubkey == submission.asked.pubkey => Ok(()),
        Some(_) | None => Err(Rejection::BuilderReplaced),
    }
}

/// The transactions are simulated "on `parentHash` in `payload`" (MUST, line 109).
fn parent_is_requested(submission: &Submission<'_>) -> Result<(), Rejection> {
    let expected = submission.request.parent_hash;
    let got = submission.response.execution_payload.parent_hash;
    if got == expected {
        Ok(())
    } else {
        Err(Rejection::WrongParent { expected, got })
    }
}

/// "all fields … are correct as compared to local view of chain" (MUST, line 109): the number.
fn number_is_requested(submission: &Submission<'_>) -> Result<(), Rejection> {
    let expected = submission.request.block_number;
    let got = submission.response.execution_payload.block_number;
    if U256::from(got) == expected {
        Ok(())
    } else {
        Err(Rejection::WrongNumber { expected, got })
    }
}

/// Line 109: the gas limit. DECISION: gas-limit.
fn gas_limit_is_requested(submission: &Submission<'_>) -> Result<(), Rejection> {
    let expected = submission.request.gas_limit;
    let got = submission.response.execution_payload.gas_limit;
    if U256::from(got) == expected {
        Ok(())
    } else {
        Err(Rejection::WrongGasLimit { expected, got })
    }
}

/// Line 109: the timestamp.
fn timestamp_is_local(submission: &Submission<'_>) -> Result<(), Rejection> {
    let expected = submission.attributes.timestamp;
    let got = submission.response.execution_payload.timestamp;
    if got == expected {
        Ok(())
    } else {
        Err(Rejection::WrongTimestamp { expected, got })
    }
}

/// Line 109: the fee recipient.
fn fee_recipient_is_local(submission: &Submission<'_>) -> Result<(), Rejection> {
    let expected = submission.attributes.fee_recipient;
    let got = submission.response.execution_payload.fee_recipient;
    if got == expected {
        Ok(())
    } else {
        Err(Rejection::WrongFeeRecipient { expected, got })
    }
}

/// Line 109: the randomness.
fn prev_randao_is_local(submission: &Submission<'_>) -> Result<(), Rejection> {
    let expected = submission.attributes.prev_randao;
    let got = submission.response.execution_payload.prev_randao;
    if got == expected {
        Ok(())
    } else {
        Err(Rejection::WrongPrevRandao { expected, got })
    }
}

/// "the payload MUST be produced starting with this exact list" (OP Stack execution engine
/// specification, of the attributes' transactions). Deposits come from L1 alone: after the list
/// there is none.
fn forced_transactions_are_first(submission: &Submission<'_>) -> Result<(), Rejection> {
    let forced = &submission.attributes.transactions;
    let transactions = &submission.response.execution_payload.transactions;
    for (index, expected) in forced.iter().enumerate() {
        if transactions.get(index) != Some(expected) {
            return Err(Rejection::WrongForcedTransaction { index });
        }
    }
    let is_deposit = |raw: &Bytes| raw.first() == Some(&DEPOSIT);
    match transactions.iter().skip(forced.len()).position(is_deposit) {
        Some(after) => Err(Rejection::WrongForcedTransaction {
            index: forced.len() + after,
        }),
        None => Ok(()),
    }
}

/// DECISION: no-tx-pool: nothing follows the forced transactions.
fn pool_is_unused_if_forbidden(submission: &Submission<'_>) -> Result<(), Rejection> {
    let forced = submission.attributes.transactions.len();
    let all = submission.response.execution_payload.transactions.len();
    if submission.attributes.no_tx_pool && all > forced {
        return Err(Rejection::PoolUsed {
            extra: all - forced,
        });
    }
    Ok(())
}
