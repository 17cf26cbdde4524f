//! What users sent, and what of it waits.

use std::collections::BTreeMap;

use alloy_consensus::transaction::SignerRecoverable;
use alloy_consensus::{Transaction as _, TxEnvelope};
use alloy_eips::Decodable2718;
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};

use super::told::{Chain, answered_in};
use crate::dialect::{Answer, Meaning};
use crate::rules::record::Record;

/// A transaction that was sent, by what its bytes say.
#[derive(Clone, Debug)]
pub(in crate::rules) struct Sent {
    pub(in crate::rules) hash: B256,
    pub(in crate::rules) sender: Address,
    pub(in crate::rules) nonce: u64,
    pub(in crate::rules) gas_limit: u64,
    pub(in crate::rules) fee_cap: u128,
    pub(in crate::rules) tip_cap: u128,
    /// The most that it can cost on this chain, in wei.
    pub(in crate::rules) cost: U256,
    /// When it was accepted first: at the earliest and at the latest.
    pub(in crate::rules) accepted_us: Option<(u64, u64)>,
}

impl Sent {
    /// What it pays a unit of gas to the fee recipient at most.
    pub(in crate::rules) fn tip(&self, base_fee: u64) -> Option<u128> {
        let left = self.fee_cap.checked_sub(u128::from(base_fee))?;
        Some(left.min(self.tip_cap))
    }

    /// Whether it pays a tenth more than another, in fee cap and in tip.
    pub(super) fn outbids(&self, other: &Self) -> bool {
        let is_more = |new: u128, old: u128| new >= old + old.div_ceil(10).max(1);
        is_more(self.fee_cap, other.fee_cap) && is_more(self.tip_cap, other.tip_cap)
    }
}

/// Reads a transaction of a user.
pub(super) fn read(raw: &Bytes) -> Option<(TxEnvelope, Sent)> {
    let envelope = TxEnvelope::decode_2718_exact(raw).ok()?;
    let sender = envelope.recover_signer().ok()?;
    let fee_cap = envelope.max_fee_per_gas();
    let cost = U256::from(envelope.gas_limit())
        .saturating_mul(U256::from(fee_cap))
        .saturating_add(envelope.value());
    let sent = Sent {
        hash: keccak256(raw),
        sender,
        nonce: envelope.nonce(),
        gas_limit: envelope.gas_limit(),
        fee_cap,
        tip_cap: envelope.max_priority_fee_per_gas().unwrap_or(fee_cap),
        cost,
        accepted_us: None,
    };
    Some((envelope, sent))
}

/// What users sent.
#[derive(Clone, Debug, Default)]
pub(in crate::rules) struct Ledger {
    by_hash: BTreeMap<B256, Sent>,
    by_place: BTreeMap<(Address, u64), Vec<B256>>,
}

impl Ledger {
    pub(in crate::rules) fn of(record: &Record<'_>) -> Self {
        let mut ledger = Self::default();
        for call in &record.view.users {
            let Meaning::UserTransaction(raw) = &call.meaning else {
                continue;
            };
            let hash = keccak256(raw);
            if !ledger.by_hash.contains_key(&hash) {
                let Some((_, sent)) = read(raw) else { continue };
                let place = ledger.by_place.entry((sent.sender, sent.nonce));
                place.or_default().push(hash);
                ledger.by_hash.insert(hash, sent);
            }
            let is_accepted = matches!(call.answered, Some((_, Answer::Accepted(_))));
            if let Some(sent) = ledger.by_hash.get_mut(&hash)
                && is_accepted
                && sent.accepted_us.is_none()
            {
                sent.accepted_us = answered_in(record, call);
            }
        }
        ledger
    }

    /// A transaction that was sent.
    pub(in crate::rules) fn get(&self, hash: &B256) -> Option<&Sent> {
        self.by_hash.get(hash)
    }

    /// Those that were accepted.
    pub(in crate::rules) fn accepted(&self) -> impl Iterator<Item = &Sent> {
        self.by_hash
            .values()
            .filter(|sent| sent.accepted_us.is_some())
    }

    /// The others of its sender and nonce that were accepted.
    pub(super) fn rivals(&self, of: &Sent) -> impl Iterator<Item = &Sent> {
        let place = self.by_place.get(&(of.sender, of.nonce));
        let rivals = place.into_iter().flatten().filter(|hash| **hash != of.hash);
        rivals
            .filter_map(|hash| self.by_hash.get(hash))
            .filter(|sent| sent.accepted_us.is_some())
    }

    /// Whether it must wait: it was accepted before, no block has it or its nonce, and nothing
    /// can have taken its place.
    pub(in crate::rules) fn must_wait(&self, chain: &Chain<'_>, sent: &Sent) -> bool {
        let Some((since_us, by_us)) = sent.accepted_us else {
            return false;
        };
        let can_be_replaced = self.rivals(sent).any(|rival| {
            rival.accepted_us.is_some_and(|(from_us, until_us)| {
                until_us >= since_us && from_us <= chain.until_us
            })
        });
        by_us < chain.from_us
            && sent.nonce >= chain.head.state().nonce(sent.sender)
            && !can_be_replaced
    }

    /// Whether it can wait.
    pub(super) fn may_wait(&self, chain: &Chain<'_>, sent: &Sent) -> bool {
        let Some((since_us, _)) = sent.accepted_us else {
            return false;
        };
        since_us <= chain.until_us
            && sent.nonce >= chain.head.state().nonce(sent.sender)
            && !self.is_replaced(chain, sent)
    }

    /// Whether another has taken its place.
    pub(super) fn is_replaced(&self, chain: &Chain<'_>, sent: &Sent) -> bool {
        let Some((_, by_us)) = sent.accepted_us else {
            return false;
        };
        self.rivals(sent).any(|rival| {
            rival
                .accepted_us
                .is_some_and(|(from_us, until_us)| from_us > by_us && until_us < chain.from_us)
        })
    }

    /// The next nonce of somebody, with what waits: at least and at most.
    pub(super) fn pending_nonce(&self, chain: &Chain<'_>, of: Address) -> (u64, u64) {
        let first = chain.head.state().nonce(of);
        let next = |waits: &dyn Fn(&Sent) -> bool| {
            (first..)
                .find(|nonce| {
                    let place = self.by_place.get(&(of, *nonce));
                    let mut all = place.into_iter().flatten();
                    !all.any(|hash| self.by_hash.get(hash).is_some_and(waits))
                })
                .unwrap_or(first)
        };
        let must = |sent: &Sent| self.must_wait(chain, sent) || self.follows(chain, sent);
        (next(&must), next(&|sent| self.may_wait(chain, sent)))
    }

    /// Whether it, or what replaced it, waits for certain.
    fn follows(&self, chain: &Chain<'_>, sent: &Sent) -> bool {
        let is_before = |of: &Sent| {
            of.accepted_us
                .is_some_and(|(_, by_us)| by_us < chain.from_us)
        };
        is_before(sent) && self.rivals(sent).all(is_before)
    }
}
