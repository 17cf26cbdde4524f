//! Answers, and the heads of which they can be.

use std::sync::Arc;

use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::B256;
use gauntlet_engine::Block;
use gauntlet_sequencer::L1;
use serde_json::Value;

use crate::dialect::{Answer, Error, Meaning, Question};
use crate::rules::record::Record;
use crate::rules::tally::Tally;
use crate::trace::Clock;
use crate::view::UserCall;

/// What a question was answered.
pub(super) type Told<'a> = Result<&'a Value, &'a Error>;

/// What is found of an answer, if it can be told: whether it is true.
pub(super) type Found = Option<Result<(), String>>;

/// From when until when the sequencer can have answered a call.
pub(super) fn answered_in(record: &Record<'_>, call: &UserCall<'_>) -> Option<(u64, u64)> {
    let (answered_us, _) = call.answered.as_ref()?;
    let trace = record.view.trace;
    match trace.clock {
        // The follower asks where it is.
        Clock::Virtual if *answered_us == call.sent_us => Some((call.sent_us, call.sent_us)),
        Clock::Virtual => {
            let way_us = trace.plan.network.users_ms * 1000;
            Some((call.sent_us + way_us, answered_us.saturating_sub(way_us)))
        }
        Clock::Real { guard_us } => Some((
            call.sent_us.saturating_sub(guard_us),
            answered_us + guard_us,
        )),
    }
}

/// Judges every answer to a question of a kind: it must be true of some head that was the
/// sequencer's while it answered.
pub(super) fn judge(
    record: &Record<'_>,
    tally: &mut Tally,
    is_of: fn(&Question) -> bool,
    check: impl Fn(&Chain<'_>, &Question, Told<'_>) -> Found,
) {
    for call in &record.view.users {
        let Meaning::Question(question) = &call.meaning else {
            continue;
        };
        if !is_of(question) {
            continue;
        }
        let Some((from_us, until_us)) = answered_in(record, call) else {
            continue;
        };
        let value;
        let told = match &call.answered {
            Some((_, Answer::Other(result))) => {
                value = serde_json::from_str(result.get()).unwrap_or_default();
                Ok(&value)
            }
            Some((_, Answer::Error(error))) => Err(error),
            // What does not read is another rule's.
            _ => continue,
        };
        let mut wrong = None;
        let mut is_judged = false;
        for head in record.findings.heads_between(from_us, until_us) {
            let Some(chain) = Chain::of(record, head.hash, from_us, until_us) else {
                is_judged = false;
                wrong = None;
                break;
            };
            match check(&chain, question, told) {
                Some(Ok(())) => {
                    is_judged = true;
                    wrong = None;
                    break;
                }
                Some(Err(why)) => {
                    is_judged = true;
                    wrong = Some(why);
                }
                None => {}
            }
        }
        if is_judged {
            tally.result(call.sent_us, wrong.map_or(Ok(()), Err));
        }
    }
}

/// The chain up to a head.
#[derive(Clone, Copy, Debug)]
pub(in crate::rules) struct Chain<'a> {
    pub(super) record: &'a Record<'a>,
    pub(in crate::rules) head: &'a Arc<Block>,
    /// When it is looked at, at the earliest.
    pub(in crate::rules) from_us: u64,
    /// And at the latest.
    pub(in crate::rules) until_us: u64,
}

impl<'a> Chain<'a> {
    pub(in crate::rules) fn of(
        record: &'a Record<'a>,
        head: B256,
        from_us: u64,
        until_us: u64,
    ) -> Option<Self> {
        Some(Self {
            record,
            head: record.findings.blocks.get(&head)?,
            from_us,
            until_us,
        })
    }

    /// The blocks from the head down to genesis.
    pub(in crate::rules) fn blocks(&self) -> impl Iterator<Item = &'a Arc<Block>> + use<'a> {
        let blocks = &self.record.findings.blocks;
        std::iter::successors(Some(self.head), |block| blocks.get(&block.parent_hash()))
    }

    /// The block that is meant, if there is one.
    pub(super) fn block(&self, id: BlockId) -> Option<&'a Arc<Block>> {
        let at = |number: u64| self.blocks().find(|block| block.number() == number);
        match id {
            BlockId::Hash(hash) => self.record.findings.blocks.get(&hash.block_hash),
            BlockId::Number(BlockNumberOrTag::Latest | BlockNumberOrTag::Pending) => {
                Some(self.head)
            }
            BlockId::Number(BlockNumberOrTag::Number(number)) => at(number),
            BlockId::Number(BlockNumberOrTag::Earliest) => at(0),
            BlockId::Number(BlockNumberOrTag::Safe) => at(self.confirmed().safe),
            BlockId::Number(BlockNumberOrTag::Finalized) => at(self.confirmed().finalized),
        }
    }

    fn confirmed(&self) -> gauntlet_sequencer::Confirmed {
        self.record.findings.l1.confirmed(self.head.number())
    }

    pub(super) fn parent(&self, of: &Block) -> Option<&'a Arc<Block>> {
        self.record.findings.blocks.get(&of.parent_hash())
    }

    /// The block that has a transaction, and its place.
    pub(in crate::rules) fn place(&self, hash: B256) -> Option<(&'a Arc<Block>, usize)> {
        self.blocks().find_map(|block| {
            let mut transactions = block.transactions().iter();
            let index = transactions.position(|transaction| transaction.hash() == hash)?;
            Some((block, index))
        })
    }

    pub(super) fn base_fee(block: &Block) -> u64 {
        block.header().base_fee_per_gas.unwrap_or_default()
    }
}

/// Whether an object has these members, and others if it likes.
pub(super) fn has(got: &Value, expected: &Value) -> Result<(), String> {
    let Some(members) = expected.as_object() else {
        return is(got, expected);
    };
    for (name, expected) in members {
        let member = got.get(name).unwrap_or(&Value::Null);
        if member != expected {
            return Err(format!("`{name}` is {member}, and it should be {expected}"));
        }
    }
    Ok(())
}

/// Whether a value is this one.
pub(super) fn is(got: &Value, expected: &Value) -> Result<(), String> {
    if got == expected {
        return Ok(());
    }
    Err(format!("the answer is {got}, and it should be {expected}"))
}

/// Whether the answer is a result, and is as it should be.
pub(super) fn result(
    told: Told<'_>,
    check: impl FnOnce(&Value) -> Result<(), String>,
) -> Result<(), String> {
    match told {
        Ok(value) => check(value),
        Err(error) => Err(format!("the answer is an error: {:?}", error.message)),
    }
}
