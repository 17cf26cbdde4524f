//! What L1 is like: `[l1]`, and in each slot what it changes and what users deposit.

use super::keys::{ATTRIBUTES, L1, SLOT_L1};
use super::limits::{
    DENOMINATOR, ELASTICITY, GAS_LIMIT, L1_BLOCK_TIME_S, L1_FEE_WEI, L1_SCALAR, USER_DEPOSITS,
};
use super::problem::Problem;
use super::section::Section;
use crate::plan::{ChainPlan, DepositPlan, Eip1559Plan, L1Change, L1Plan};

/// What the attributes of a slot carry.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    pub(super) no_tx_pool: bool,
    pub(super) user_deposits: u32,
    pub(super) deposits: Vec<DepositPlan>,
}

pub(super) fn l1(top: &Section<'_>, chain: &ChainPlan) -> L1Plan {
    let mut l1 = L1Plan::default();
    let Some(section) = top.section("l1", &L1) else {
        return l1;
    };
    if let Some(seconds) = section.number("block_time_s", L1_BLOCK_TIME_S) {
        l1.block_time_s = *seconds.get_ref();
        let block_time_s = chain.block_time_ms.div_ceil(1000);
        if l1.block_time_s < block_time_s {
            section.report(|| {
                Problem::at(
                    seconds.span(),
                    "L1 is faster than the chain",
                    format!("a block takes {block_time_s} s"),
                )
                .advise(format!(
                    "each block of L1 is the origin of one block at least: `block_time_s` is at \
                     least {block_time_s}"
                ))
            });
        }
    }
    l1
}

pub(super) fn attributes(slot: &Section<'_>) -> Attributes {
    let Some(section) = slot.section("attributes", &ATTRIBUTES) else {
        return Attributes::default();
    };
    let user_deposits = section.number_or("user_deposits", USER_DEPOSITS, 0);
    let deposits: Vec<DepositPlan> = section.words("deposits");
    let most = *USER_DEPOSITS.end();
    let count = deposits.len();
    if count > (most - user_deposits) as usize
        && let Some(span) = section.key_span("deposits")
    {
        section.report(|| {
            Problem::at(
                span,
                "there are too many deposits",
                format!("{count} here, {user_deposits} by `user_deposits`"),
            )
            .advise(format!("a block has at most {most} deposits of users"))
        });
    }
    Attributes {
        no_tx_pool: section.flag("no_tx_pool").unwrap_or(false),
        user_deposits,
        deposits,
    }
}

pub(super) fn change(slot: &Section<'_>) -> L1Change {
    let Some(section) = slot.section("l1", &SLOT_L1) else {
        return L1Change::default();
    };
    let denominator = section.number("denominator", DENOMINATOR);
    let elasticity = section.number("elasticity", ELASTICITY);
    const EXAMPLE: &str = "l1 = { denominator = 50, elasticity = 2 }";
    if denominator.is_some() || elasticity.is_some() {
        section.require("denominator", EXAMPLE);
        section.require("elasticity", EXAMPLE);
    }
    let number = |key, range| section.number::<u64>(key, range).map(|it| it.into_inner());
    let scalar = |key| section.number(key, L1_SCALAR).map(|it| it.into_inner());
    L1Change {
        gas_limit: number("gas_limit", GAS_LIMIT),
        eip1559: denominator
            .zip(elasticity)
            .map(|(denominator, elasticity)| Eip1559Plan {
                denominator: denominator.into_inner(),
                elasticity: elasticity.into_inner(),
            }),
        base_fee_wei: number("base_fee_wei", L1_FEE_WEI),
        blob_base_fee_wei: number("blob_base_fee_wei", L1_FEE_WEI),
        base_fee_scalar: scalar("base_fee_scalar"),
        blob_base_fee_scalar: scalar("blob_base_fee_scalar"),
    }
}
