//! An L1 that follows from the plan: its blocks, what its system configuration says, and the deposits
//! in it.

use std::sync::Arc;

use alloy_primitives::{Address, B64, B256, U256, address, keccak256};
use alloy_rpc_types_engine::PayloadAttributes;
use gauntlet_engine::{ChainSpec, Fork, L1Attributes, UserDeposit};
use gauntlet_sequencer::{Confirmed, Derivation, L1};
use op_alloy_rpc_types_engine::OpPayloadAttributes;

use super::deposits;
use crate::plan::{DepositPlan, Eip1559Plan, L1Change, Plan};

/// How many blocks of L1 pass until what is in one is on L1, and until it is final: a batch is in the
/// next one, and finality comes soon enough to be seen.
const CONFIRMATIONS: (u64, u64) = (1, 4);

/// The number of the L1 block that genesis has as its origin.
const FIRST_ORIGIN: u64 = 1_000_000;

/// Where the fees go: the fee vault of the sequencer, a predeploy of the OP Stack.
const SEQUENCER_FEE_VAULT: Address = address!("0x4200000000000000000000000000000000000011");

/// The L1 of a plan.
#[derive(Clone, Debug)]
pub struct PlannedL1 {
    plan: Arc<Plan>,
    spec: Arc<ChainSpec>,
    /// What the system configuration and the fees of L1 are, from which slot on.
    settings: Arc<[(u64, Settings)]>,
}

/// What L1 says that stays so until it says otherwise.
#[derive(Clone, Copy, Debug)]
struct Settings {
    gas_limit: u64,
    eip1559: Eip1559Plan,
    base_fee_wei: u64,
    blob_base_fee_wei: u64,
    base_fee_scalar: u32,
    blob_base_fee_scalar: u32,
}

/// What L1 says about a block, as the harness knows it.
struct Said {
    origin: L1Attributes,
    prev_randao: B256,
    beacon_root: B256,
    user_deposits: Vec<UserDeposit>,
    no_tx_pool: bool,
    gas_limit: u64,
    eip1559: Option<Eip1559Plan>,
}

impl Settings {
    fn of(plan: &Plan) -> Vec<(u64, Self)> {
        let mut settings = Self {
            gas_limit: plan.chain.gas_limit,
            // Zeros mean the chain's own parameters.
            eip1559: Eip1559Plan::default(),
            base_fee_wei: 7_000_000_000,
            blob_base_fee_wei: 1_000_000,
            base_fee_scalar: 1368,
            blob_base_fee_scalar: 810_949,
        };
        let mut all = vec![(0, settings)];
        for (slot, planned) in (1..).zip(&plan.slots) {
            if planned.l1 != L1Change::default() {
                settings = settings.changed(planned.l1);
                all.push((slot, settings));
            }
        }
        all
    }

    fn changed(self, by: L1Change) -> Self {
        Self {
            gas_limit: by.gas_limit.unwrap_or(self.gas_limit),
            eip1559: by.eip1559.unwrap_or(self.eip1559),
            base_fee_wei: by.base_fee_wei.unwrap_or(self.base_fee_wei),
            blob_base_fee_wei: by.blob_base_fee_wei.unwrap_or(self.blob_base_fee_wei),
            base_fee_scalar: by.base_fee_scalar.unwrap_or(self.base_fee_scalar),
            blob_base_fee_scalar: by.blob_base_fee_scalar.unwrap_or(self.blob_base_fee_scalar),
        }
    }
}

impl PlannedL1 {
    /// The L1 of a plan on its chain.
    #[must_use]
    pub fn new(plan: Arc<Plan>, spec: Arc<ChainSpec>) -> Self {
        let settings = Settings::of(&plan).into();
        Self {
            plan,
            spec,
            settings,
        }
    }

    /// The attributes of the block of this number, if it is made in this slot: what the sequencer
    /// has to derive, told without it.
    #[must_use]
    pub fn attributes(&self, slot: u64, number: u64) -> OpPayloadAttributes {
        let timestamp = super::timestamp(&self.spec, &self.plan, number);
        attributes(&self.of_slot(slot, timestamp), timestamp)
    }

    /// The attributes of the sibling that replaces a head of this timestamp in this slot.
    #[must_use]
    pub fn sibling(&self, slot: u64, timestamp: u64) -> OpPayloadAttributes {
        attributes(&self.of_sibling(slot, timestamp), timestamp)
    }

    /// What L1 says about the block that is made in a slot.
    fn of_slot(&self, slot: u64, timestamp: u64) -> Said {
        let index = usize::try_from(slot.saturating_sub(1)).unwrap_or(usize::MAX);
        let planned = self.plan.slots.get(index);
        let plain = planned.map_or(0, |planned| planned.user_deposits);
        let mut deposits = vec![DepositPlan::Plain; usize::try_from(plain).unwrap_or_default()];
        deposits.extend(planned.into_iter().flat_map(|planned| &planned.deposits));
        let no_tx_pool = planned.is_some_and(|planned| planned.no_tx_pool);
        self.at(slot, timestamp, &deposits, no_tx_pool)
    }

    /// A sibling is fixed by L1, and has a deposit that the block it replaces lacks.
    fn of_sibling(&self, slot: u64, timestamp: u64) -> Said {
        let mut said = self.of_slot(slot.saturating_sub(1), timestamp);
        let place = said.user_deposits.len() as u64;
        let hash = of_origin("deposits", timestamp);
        let another = deposits::user_deposit(DepositPlan::Plain, hash, place);
        said.user_deposits.push(another);
        said.no_tx_pool = true;
        said
    }

    fn at(&self, slot: u64, timestamp: u64, deposits: &[DepositPlan], no_tx_pool: bool) -> Said {
        let genesis = self.spec.genesis().timestamp();
        let since = timestamp.saturating_sub(genesis);
        let between = self.l1_block_time();
        let origin = FIRST_ORIGIN + since / between;
        let block_time = (self.plan.chain.block_time_ms / 1000).max(1);
        let next = self.settings.partition_point(|(from, _)| *from <= slot);
        let (_, settings) = self.settings[next.saturating_sub(1)];
        let deposited_in = of_origin("deposits", timestamp);
        Said {
            origin: L1Attributes {
                number: origin,
                timestamp: genesis + since / between * between,
                base_fee: U256::from(settings.base_fee_wei),
                blob_base_fee: U256::from(settings.blob_base_fee_wei),
                hash: of_origin("hash", origin),
                sequence_number: since % between / block_time,
                batcher_hash: B256::left_padding_from(&[0xba]),
                base_fee_scalar: settings.base_fee_scalar,
                blob_base_fee_scalar: settings.blob_base_fee_scalar,
            },
            prev_randao: of_origin("randao", origin),
            beacon_root: of_origin("beacon root", origin),
            user_deposits: (0..)
                .zip(deposits)
                .map(|(place, kind)| deposits::user_deposit(*kind, deposited_in, place))
                .collect(),
            no_tx_pool,
            gas_limit: settings.gas_limit,
            eip1559: self
                .spec
                .is_active(Fork::Holocene, timestamp)
                .then_some(settings.eip1559),
        }
    }

    fn l1_block_time(&self) -> u64 {
        self.plan.l1.block_time_s.max(1)
    }
}

impl Said {
    /// The same as it is told to a sequencer.
    fn told(&self) -> Derivation {
        Derivation {
            origin: self.origin,
            prev_randao: self.prev_randao,
            parent_beacon_block_root: self.beacon_root,
            user_deposits: self.user_deposits.iter().map(UserDeposit::bytes).collect(),
            no_tx_pool: self.no_tx_pool,
            gas_limit: self.gas_limit,
            eip1559_params: self.eip1559.map(wire_params),
        }
    }
}

impl L1 for PlannedL1 {
    fn derive(&self, slot: u64, timestamp: u64) -> Derivation {
        self.of_slot(slot, timestamp).told()
    }

    fn replacement(&self, slot: u64, timestamp: u64) -> Derivation {
        self.of_sibling(slot, timestamp).told()
    }

    /// By the L1 origin: a block is confirmed when all that have its origin are.
    fn confirmed(&self, head: u64) -> Confirmed {
        let seconds = (self.plan.chain.block_time_ms / 1000).max(1);
        let between = self.l1_block_time();
        let origin = head * seconds / between;
        let last_of = |confirmations: u64| {
            let after = (origin + 1).saturating_sub(confirmations) * between;
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
fn attributes(said: &Said, timestamp: u64) -> OpPayloadAttributes {
    let mut transactions = vec![deposits::of_attributes(&said.origin)];
    transactions.extend(said.user_deposits.iter().map(deposits::of_user));
    OpPayloadAttributes {
        payload_attributes: PayloadAttributes {
            timestamp,
            prev_randao: said.prev_randao,
            suggested_fee_recipient: SEQUENCER_FEE_VAULT,
            withdrawals: Some(Vec::new()),
            parent_beacon_block_root: Some(said.beacon_root),
            ..PayloadAttributes::default()
        },
        transactions: Some(transactions),
        no_tx_pool: said.no_tx_pool.then_some(true),
        gas_limit: Some(said.gas_limit),
        eip_1559_params: said.eip1559.map(wire_params),
        min_base_fee: None,
    }
}

/// The denominator and the elasticity, four bytes each.
fn wire_params(params: Eip1559Plan) -> B64 {
    let Eip1559Plan {
        denominator,
        elasticity,
    } = params;
    B64::from((u64::from(denominator) << 32 | u64::from(elasticity)).to_be_bytes())
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
