//! What L1 is like.

use super::{Run, Swarm, pick};
use crate::plan::{ChainPlan, DepositPlan, Eip1559Plan, Keyed, L1Change, L1Plan};

/// Mostly Ethereum's, and so fast that a short run has several origins where they exist.
pub(super) fn plan(keyed: &Keyed, swarm: &Swarm, chain: &ChainPlan) -> L1Plan {
    let mut plan = L1Plan::default();
    if swarm.origins {
        let block_time_s = chain.block_time_ms.div_ceil(1000);
        plan.block_time_s = block_time_s * keyed.between("l1/block-time", 0, 0, 1..=3);
    }
    plan
}

impl Run<'_> {
    pub(super) fn deposits(&self, slot: u64) -> Vec<DepositPlan> {
        if !self.happens(self.swarm.deposits, "deposits", slot, 50) {
            return Vec::new();
        }
        let count = self.keyed.between("deposits/count", slot, 0, 1..=4);
        let last = DepositPlan::ALL.len() as u64 - 1;
        let kind = |place| {
            let drawn = self.keyed.between("deposits/kind", slot, place, 0..=last);
            DepositPlan::ALL[drawn as usize]
        };
        (0..count).map(kind).collect()
    }

    pub(super) fn l1_change(&self, slot: u64) -> L1Change {
        if !self.happens(self.swarm.l1_changes, "l1-change", slot, 40) {
            return L1Change::default();
        }
        let changes = |what| self.keyed.chance(what, slot, 0, 40);
        let pick_u64 = |site, of: &[u64]| changes(site).then(|| pick(self.keyed, site, slot, of));
        let pick_u32 = |site, of: &[u32]| changes(site).then(|| pick(self.keyed, site, slot, of));
        let params = [(1, 1), (8, 2), (50, 6), (250, 10), (u32::MAX, 1000)];
        L1Change {
            gas_limit: changes("l1/gas-limit")
                .then(|| self.keyed.between("l1/gas-limit", slot, 1, 5..=60) * 1_000_000),
            eip1559: changes("l1/params").then(|| {
                let (denominator, elasticity) = pick(self.keyed, "l1/params", slot, &params);
                Eip1559Plan {
                    denominator,
                    elasticity,
                }
            }),
            base_fee_wei: pick_u64("l1/base-fee", &[0, 1, 30_000_000_000]),
            blob_base_fee_wei: pick_u64("l1/blob-base-fee", &[0, 1, 5_000_000_000]),
            base_fee_scalar: pick_u32("l1/base-fee-scalar", &[0, 1_000_000]),
            blob_base_fee_scalar: pick_u32("l1/blob-base-fee-scalar", &[0, 1]),
        }
    }
}
