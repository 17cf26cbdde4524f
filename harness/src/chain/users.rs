//! What users send, and when; and what a searcher sends.

use alloy_consensus::crypto::secp256k1::sign_message;
use alloy_consensus::{SignableTransaction, Signed, TxEip1559};
use alloy_eips::Encodable2718;
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, address};

use super::keys::{SEARCHER, USERS, scalar};
use super::traffic;
use crate::plan::Keyed;
use crate::plan::Plan;

/// A contract of the genesis that counts and logs.
pub(super) const COUNTER: Address = address!("0x00000000000000000000000000000000000c0de1");

/// Whom a searcher pays.
const SEARCHER_RECIPIENT: Address = address!("0x000000000000000000000000000000000005ea2c");

/// What anybody pays for gas at most, in wei.
pub(super) const MAX_FEE_PER_GAS: u128 = 100_000_000_000;

/// A transaction of a user.
#[derive(Clone, Debug)]
pub struct Submission {
    /// When it is sent, in milliseconds since the run began.
    pub at_ms: u64,
    /// The signed transaction in its EIP-2718 encoding.
    pub raw: Bytes,
}

/// Everything that users send in a run, in the order of time: spread over the first half of each
/// slot, one nonce after another for each user.
pub fn submissions(plan: &Plan, chain_id: u64) -> impl Iterator<Item = Submission> {
    submissions_of(plan, chain_id, USERS)
}

/// As [`submissions`], of the first so many users.
pub fn submissions_of(
    plan: &Plan,
    chain_id: u64,
    users: u64,
) -> Box<dyn Iterator<Item = Submission> + Send> {
    if !plan.traffic.kinds.is_empty() {
        return Box::new(traffic::submissions(plan, chain_id, users).into_iter());
    }
    Box::new(plain(plan, chain_id, users))
}

fn plain(plan: &Plan, chain_id: u64, users: u64) -> impl Iterator<Item = Submission> + use<> {
    let keyed = Keyed::new(plan.seed);
    let per_slot = u64::from(plan.traffic.transactions_per_slot);
    let block_time_ms = plan.chain.block_time_ms;
    let slots = plan.slots.len() as u64;
    (1..=slots)
        .flat_map(move |slot| (0..per_slot).map(move |n| (slot, n)))
        .map(move |(slot, n)| {
            let nth = (slot - 1) * per_slot + n;
            let (user, nonce) = (nth % users, nth / users);
            let tip = keyed.between("tip", slot, n, 1..=1000) * 1_000_000;
            let calls_counter = keyed.chance("calls counter", slot, n, 33);
            let transaction = TxEip1559 {
                chain_id,
                nonce,
                gas_limit: 100_000,
                max_fee_per_gas: MAX_FEE_PER_GAS,
                max_priority_fee_per_gas: u128::from(tip),
                to: TxKind::Call(if calls_counter {
                    COUNTER
                } else {
                    recipient(nth)
                }),
                value: U256::from(if calls_counter { 0 } else { 1_000_000 + nth }),
                ..TxEip1559::default()
            };
            let at_ms = (slot - 1) * block_time_ms + (n + 1) * block_time_ms / 2 / (per_slot + 1);
            Submission {
                at_ms,
                raw: sign(transaction, scalar(user + 1)),
            }
        })
}

/// The transaction of a nonce that a searcher has for the builder alone, a plain transfer. It is the
/// same whenever it is asked for.
#[must_use]
pub fn searcher_transaction(chain_id: u64, nonce: u64) -> Bytes {
    let transaction = TxEip1559 {
        chain_id,
        nonce,
        gas_limit: 21_000,
        max_fee_per_gas: MAX_FEE_PER_GAS,
        max_priority_fee_per_gas: 1_000_000_000,
        to: TxKind::Call(SEARCHER_RECIPIENT),
        value: U256::from(1),
        ..TxEip1559::default()
    };
    sign(transaction, scalar(SEARCHER))
}

/// A transaction that the user of this number signs, see [`known_key`](super::known_key).
#[must_use]
pub fn signed_by(user: u64, transaction: TxEip1559) -> Bytes {
    sign(transaction, scalar(user))
}

pub(super) fn recipient(nth: u64) -> Address {
    Address::left_padding_from(&(0xacc0_0000 + nth % 16).to_be_bytes())
}

pub(super) fn sign<T>(transaction: T, key: B256) -> Bytes
where
    T: SignableTransaction<Signature>,
    Signed<T>: Encodable2718,
{
    let signature = sign_message(key, transaction.signature_hash());
    let signature = signature.expect("a small scalar that is not zero is a key");
    transaction.into_signed(signature).encoded_2718().into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use alloy_consensus::TxEnvelope;
    use alloy_consensus::transaction::SignerRecoverable;
    use alloy_eips::Decodable2718;

    use super::*;
    use crate::chain::known_key;
    use crate::plan::SlotPlan;

    #[test]
    fn so_many_users_send_as_are_said() {
        let mut plan = Plan::default();
        plan.traffic.transactions_per_slot = 40;
        plan.slots = vec![SlotPlan::default()];
        for users in [10, USERS] {
            let senders: BTreeSet<Address> = submissions_of(&plan, 901, users)
                .map(|sent| TxEnvelope::decode_2718(&mut sent.raw.as_ref()).unwrap())
                .map(|transaction| transaction.recover_signer().unwrap())
                .collect();
            let expected = (1..=users).map(|number| known_key(number).1).collect();
            assert_eq!(senders, expected);
        }
    }
}
