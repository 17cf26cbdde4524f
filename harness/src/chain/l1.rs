//! An L1 that follows from the plan: a block every 12 seconds, and the deposits in it.

use alloy_primitives::{Address, B64, B256, Bytes, U256, address, keccak256};
use alloy_rpc_types_engine::PayloadAttributes;
use gauntlet_engine::{ChainSpec, Fork, L1Attributes, UserDeposit};
use gauntlet_sequencer::{Confirmed, Derivation, L1};
use op_alloy_rpc_types_engine::OpPayloadAttributes;
use std::sync::Arc;

use crate::plan::Plan;

/// The time between two blocks of L1, in seconds.
const L1_BLOCK_TIME: u64 = 12;

/// How many blocks of L1 pass until what is in one is on L1, and until it is final: a batch is in the
/// next one, and finality comes soon enough to be seen.
const CONFIRMATIONS: (u64, u64) = (1, 4);

/// The number of the L1 block that genesis has as its origin.
const FIRST_ORIGIN: u64 = 1_000_000;

/// Where the fees go: the fee vault of the sequencer, a predeploy of the OP Stack.
const SEQUENCER_FEE_VAULT: Address = address!("0x4200000000000000000000000000000000000011");

/// Who deposits.
const DEPOSITOR: Address = address!("0x00000000000000000000000000000000000d0e05");

/// The L1 of a plan.
#[derive(Clone, Debug)]
pub struct PlannedL1 {
    plan: Arc<Plan>,
    spec: Arc<ChainSpec>,
}

impl PlannedL1 {
    /// The L1 of a plan on its chain.
    #[must_use]
    pub fn new(plan: Arc<Plan>, spec: Arc<ChainSpec>) -> Self {
        Self { plan, spec }
    }

    /// The attributes of the block of this number, if it is made in this slot: what the sequencer
    /// has to derive, told without it.
    #[must_use]
    pub fn attributes(&self, slot: u64, number: u64) -> OpPayloadAttributes {
        let timestamp = super::timestamp(&self.spec, &self.plan, number);
        attributes(&self.derive(slot, timestamp), timestamp)
    }

    /// The attributes of the sibling that replaces a head of this timestamp in this slot.
    #[must_use]
    pub fn sibling(&self, slot: u64, timestamp: u64) -> OpPayloadAttributes {
        attributes(&self.replacement(slot, timestamp), timestamp)
    }

    fn at(&self, timestamp: u64, deposits: u32, no_tx_pool: bool) -> Derivation {
        let genesis = self.spec.genesis().timestamp();
        let since = timestamp.saturating_sub(genesis);
        let origin = FIRST_ORIGIN + since / L1_BLOCK_TIME;
        let hash = of_origin("hash", origin);
        let block_time = (self.plan.chain.block_time_ms / 1000).max(1);
        let deposit = |index: u32| {
            UserDeposit {
                from: DEPOSITOR,
                to: Some(Address::left_padding_from(&[0xd0, 0x0d])),
                mint: 1_000_000_000_000_000 + u128::from(index),
                value: U256::from(1_000_000_000_000_000u64),
                gas_limit: 100_000,
                data: Bytes::new(),
                l1_block_hash: of_origin("deposits", timestamp),
                log_index: u64::from(index),
            }
            .bytes()
        };
        Derivation {
            origin: L1Attributes {
                number: origin,
                timestamp: genesis + since / L1_BLOCK_TIME * L1_BLOCK_TIME,
                base_fee: U256::from(7_000_000_000u64),
                blob_base_fee: U256::from(1_000_000u64),
                hash,
                sequence_number: since % L1_BLOCK_TIME / block_time,
                batcher_hash: B256::left_padding_from(&[0xba]),
                base_fee_scalar: 1368,
                blob_base_fee_scalar: 810_949,
            },
            prev_randao: of_origin("randao", origin),
            parent_beacon_block_root: of_origin("beacon root", origin),
            user_deposits: (0..deposits).map(deposit).collect(),
            no_tx_pool,
            gas_limit: self.plan.chain.gas_limit,
            // Zero means the chain's own parameters.
            eip1559_params: self
                .spec
                .is_active(Fork::Holocene, timestamp)
                .then_some(B64::ZERO),
        }
    }
}

impl L1 for PlannedL1 {
    fn derive(&self, slot: u64, timestamp: u64) -> Derivation {
        let index = usize::try_from(slot.saturating_sub(1)).unwrap_or(usize::MAX);
        let slot = self.plan.slots.get(index);
        let deposits = slot.map_or(0, |slot| slot.user_deposits);
        self.at(
            timestamp,
            deposits,
            slot.is_some_and(|slot| slot.no_tx_pool),
        )
    }

    /// A sibling is fixed by L1, and has a deposit that the block it replaces lacks.
    fn replacement(&self, slot: u64, timestamp: u64) -> Derivation {
        let replaced = self.derive(slot.saturating_sub(1), timestamp);
        let deposits = u32::try_from(replaced.user_deposits.len()).unwrap_or(u32::MAX);
        self.at(timestamp, deposits.saturating_add(1), true)
    }

    /// By the L1 origin: a block is confirmed when all that have its origin are.
    fn confirmed(&self, head: u64) -> Confirmed {
        let seconds = (self.plan.chain.block_time_ms / 1000).max(1);
        let origin = head * seconds / L1_BLOCK_TIME;
        let last_of = |confirmations: u64| {
            let after = (origin + 1).saturating_sub(confirmations) * L1_BLOCK_TIME;
            after.div_ceil(seconds).saturating_sub(1).min(head)
        };
        Confirmed {
            safe: last_of(CONFIRMATIONS.0),
            finalized: last_of(CONFIRMATIONS.1),
        }
    }
}

/// Payload attributes of what L1 says: the L1 attributes deposit first, then the users' deposits in
/// their order, the fees to the vault of the sequencer (OP Stack derivation).
fn attributes(derivation: &Derivation, timestamp: u64) -> OpPayloadAttributes {
    let mut transactions = vec![derivation.origin.deposit()];
    transactions.extend(derivation.user_deposits.iter().cloned());
    OpPayloadAttributes {
        payload_attributes: PayloadAttributes {
            timestamp,
            prev_randao: derivation.prev_randao,
            suggested_fee_recipient: SEQUENCER_FEE_VAULT,
            withdrawals: Some(Vec::new()),
            parent_beacon_block_root: Some(derivation.parent_beacon_block_root),
            ..PayloadAttributes::default()
        },
        transactions: Some(transactions),
        no_tx_pool: derivation.no_tx_pool.then_some(true),
        gas_limit: Some(derivation.gas_limit),
        eip_1559_params: derivation.eip1559_params,
        min_base_fee: None,
    }
}

fn of_origin(what: &str, origin: u64) -> B256 {
    keccak256([what.as_bytes(), &origin.to_be_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain;

    fn confirmed(block_time_ms: u64, head: u64) -> (u64, u64) {
        let mut plan = Plan::default();
        plan.chain.block_time_ms = block_time_ms;
        let spec = chain::spec(&plan).unwrap();
        let Confirmed { safe, finalized } = PlannedL1::new(Arc::new(plan), spec).confirmed(head);
        (safe, finalized)
    }

    #[test]
    fn what_is_safe_and_final_follows_the_origin_of_the_head() {
        // Six blocks have an origin: 0 to 5, 6 to 11, and so on.
        assert_eq!(confirmed(2000, 5), (0, 0));
        assert_eq!(confirmed(2000, 6), (5, 0));
        assert_eq!(confirmed(2000, 11), (5, 0));
        assert_eq!(confirmed(2000, 23), (17, 0));
        assert_eq!(confirmed(2000, 24), (23, 5));
        assert_eq!(confirmed(2000, 30), (29, 11));
        // Timestamps are whole seconds: twelve.
        assert_eq!(confirmed(500, 12), (11, 0));
        assert_eq!(confirmed(500, 48), (47, 11));
        // The only one of its origin.
        assert_eq!(confirmed(60_000, 1), (0, 0));
        assert_eq!(confirmed(60_000, 2), (1, 1));
    }
}
