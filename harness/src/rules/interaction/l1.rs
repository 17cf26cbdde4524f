//! What the builder is told to build, and what L1 says.

use std::collections::BTreeMap;

use op_alloy_rpc_types_engine::OpPayloadAttributes;

use super::super::{Evidence, Level, Record, Rule, Subject, Tally};
use crate::dialect::Meaning;
use crate::view::SlotClock;

pub(in crate::rules) const RULES: &[Rule] = &[Rule {
    id: "interaction/attributes-follow-l1",
    level: Level::Derived,
    subject: Subject::Sequencer,
    line: 43,
    quote: None,
    source: Some(
        "OP Stack derivation: payload attributes are derived from L1, deposits first and in order, \
         and nothing of them is the sequencer's to choose",
    ),
    evidence: &[Evidence::Wire, Evidence::Blocks, Evidence::Stimulus],
    check: attributes_follow_l1,
}];

/// What the builder is told to build is what L1 says of that block, member by member.
fn attributes_follow_l1(record: &Record<'_>, tally: &mut Tally) {
    let trace = record.view.trace;
    let clock = SlotClock::of(&trace.plan);
    let heads: BTreeMap<_, _> = record.findings.heads().collect();
    for exchange in &record.view.exchanges {
        let Some(arrived) = &exchange.arrived else {
            continue;
        };
        let Meaning::HeadUpdate {
            head,
            attributes: Some(told),
            ..
        } = &arrived.meaning
        else {
            continue;
        };
        let Some(parent) = heads.get(head) else {
            continue;
        };
        // A block is made in the slot of its number, or in a later one that makes up for it.
        let number = parent + 1;
        let slot = clock.slot_at(arrived.begun_us + trace.clock.guard_us());
        let mut wrong = None;
        for slot in number..=slot.max(number) {
            wrong = difference(told, &record.findings.l1.attributes(slot, number));
            if wrong.is_none() {
                break;
            }
        }
        tally.note(arrived.begun_us, wrong.is_none(), || {
            let wrong = wrong.unwrap_or_default();
            format!("the attributes of block {number} are not what L1 says: {wrong}")
        });
    }
}

/// The first member that is not as L1 has it.
fn difference(told: &OpPayloadAttributes, l1: &OpPayloadAttributes) -> Option<String> {
    let (of, said) = (&told.payload_attributes, &l1.payload_attributes);
    let members = [
        ("timestamp", of.timestamp == said.timestamp),
        ("prevRandao", of.prev_randao == said.prev_randao),
        (
            "suggestedFeeRecipient",
            of.suggested_fee_recipient == said.suggested_fee_recipient,
        ),
        ("withdrawals", of.withdrawals == said.withdrawals),
        (
            "parentBeaconBlockRoot",
            of.parent_beacon_block_root == said.parent_beacon_block_root,
        ),
        (
            "noTxPool",
            told.no_tx_pool.unwrap_or_default() == l1.no_tx_pool.unwrap_or_default(),
        ),
        ("gasLimit", told.gas_limit == l1.gas_limit),
        ("eip1559Params", told.eip_1559_params == l1.eip_1559_params),
        ("minBaseFee", told.min_base_fee == l1.min_base_fee),
    ];
    let wrong = members.into_iter().find(|(_, is_right)| !is_right);
    if let Some((member, _)) = wrong {
        return Some(member.to_owned());
    }
    let forced = |of: &OpPayloadAttributes| of.transactions.clone().unwrap_or_default();
    let (told, l1) = (forced(told), forced(l1));
    if told.len() != l1.len() {
        return Some(format!("{} transactions, not {}", told.len(), l1.len()));
    }
    let place = told.iter().zip(&l1).position(|(told, said)| told != said)?;
    Some(format!("transaction {place}"))
}
