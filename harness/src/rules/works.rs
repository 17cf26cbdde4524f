//! What a builder was told to work on, and what a request finds there, as the wire shows it: read
//! once for all rules, and of JSON as such.

use std::collections::BTreeMap;

use alloy_primitives::{B256, U256};
use serde_json::Value;

use super::Record;
use super::asked::Asked;
use crate::dialect::{
    FORK_CHOICE_UPDATED, Form, GET_PAYLOAD, NEW_PAYLOAD, Wanted, Wrong, fixed, members, quantity,
    signer, wanted,
};
use crate::trace::Trace;
use crate::view::{Exchange, Passed, View};

/// How many other attributes on one parent, and on all of them, a builder keeps beside the last ones
/// at least. DECISION: job-restart.
const KEPT_A_PARENT: usize = 4;
const KEPT: usize = 16;

/// An update of the head that reached the builder.
#[derive(Clone, Debug)]
pub(super) struct Update {
    /// When it was passed on, and the index of the entry that says so.
    pub(super) passed: (u64, usize),
    /// When it was answered, and the index of the entry that says so; nothing if it was not.
    pub(super) given: Option<(u64, usize)>,
    /// The head.
    pub(super) head: B256,
    /// The attributes as JSON, if there are any.
    pub(super) attributes: Option<Value>,
    /// Whether the builder said that it follows, with a payload id if it was given attributes.
    pub(super) is_followed: bool,
    /// The code of the error that it said, if it did.
    pub(super) code: Option<i64>,
}

impl Update {
    /// A QUANTITY of the attributes.
    fn number(&self, name: &str) -> Option<U256> {
        quantity(&self.attributes.as_ref()?.get(name)?.to_string(), 256).ok()
    }

    /// A hash of the attributes.
    fn hash(&self, name: &str) -> Option<B256> {
        let json = self.attributes.as_ref()?.get(name)?.to_string();
        fixed::<32>(&json).ok().map(B256::from)
    }

    /// Whether the attributes and a request say the same of the block.
    fn agrees(&self, wanted: &Wanted) -> bool {
        self.number("gasLimit") == Some(wanted.gas_limit)
            && self.hash("parentBeaconBlockRoot") == Some(wanted.root)
    }
}

/// A payload request that reached the builder and was answered.
#[derive(Clone, Debug)]
pub(super) struct Sought<'a> {
    /// What was asked and answered.
    pub(super) asked: &'a Asked<'a>,
    /// The parameters, or what is wrong with them.
    pub(super) wanted: Result<Wanted, Wrong>,
    /// Whether it is the sequencer's, for its chain.
    pub(super) is_signed: bool,
}

impl Sought<'_> {
    /// Whether the builder said an error with a code and a message.
    pub(super) fn is_refused(&self) -> bool {
        self.asked.said.code().is_some()
    }

    /// The result, if it is an object.
    pub(super) fn result(&self) -> Option<&str> {
        let result = self.asked.said.one()?.outcome.as_ref().ok()?;
        members(result).is_some().then_some(*result)
    }
}

/// What a request finds at the builder.
#[derive(Clone, Debug)]
pub(super) enum Finds<'w> {
    /// The builder works on such a block, by these attributes, and was told of others too if there
    /// are several for its parent. They were first told when it says.
    Job {
        /// The last attributes that agree with the request.
        told: &'w Update,
        /// When the same attributes were told first.
        first_us: u64,
        /// How often they were told.
        times: usize,
        /// How many different attributes for this block were told.
        of: usize,
    },
    /// It works on blocks for this parent, and none of them is what is asked for.
    Others,
    /// The block is not above the builder's head any more.
    Stale,
    /// It was never told of such a block, or has died since.
    Nothing,
    /// It was told of something, and has not answered that yet; or of so much that it may have
    /// forgotten.
    Unclear,
}

/// What a builder was told to work on.
#[derive(Clone, Debug)]
pub(super) struct Works<'a> {
    /// Every update of the head.
    pub(super) updates: Vec<Update>,
    /// Every payload request.
    pub(super) sought: Vec<Sought<'a>>,
    /// The number of each block that the builder called valid, or that was published before.
    pub(super) numbers: BTreeMap<B256, u64>,
}

impl<'a> Works<'a> {
    pub(super) fn of(view: &'a View<'a>, asked: &'a [Asked<'a>]) -> Self {
        let genesis = view.trace.spec.genesis();
        let mut works = Self {
            updates: Vec::new(),
            sought: Vec::new(),
            numbers: [(genesis.hash(), genesis.number())].into(),
        };
        let restored = view.trace.restored();
        let restored = restored.map(|block| (block.payload.block_hash, block.payload.block_number));
        works.numbers.extend(restored);
        for exchange in &view.exchanges {
            works.updates.extend(update(exchange));
        }
        works.updates.sort_by_key(|update| update.passed.1);
        for asked in asked {
            let Some(call) = asked.call() else { continue };
            if call.method == GET_PAYLOAD {
                works
                    .sought
                    .push(sought(view.trace, asked, wanted(call.params)));
            } else if call.method == NEW_PAYLOAD
                && let Some((hash, number)) = block(call.params)
                && status(
                    asked
                        .said
                        .one()
                        .and_then(|it| it.outcome.as_ref().ok().copied()),
                )
                .is_some_and(|status| status == "VALID")
            {
                works.numbers.insert(hash, number);
            }
        }
        works
    }

    /// What a request finds, that was passed on when the builder had died last at that time.
    pub(super) fn finds(&self, sought: &Sought<'_>, died_us: Option<u64>) -> Finds<'_> {
        let Ok(wanted) = &sought.wanted else {
            return Finds::Nothing;
        };
        let at = sought.asked.passed.at;
        let since: Vec<&Update> = self
            .updates
            .iter()
            .filter(|update| update.passed.1 < at)
            .filter(|update| died_us.is_none_or(|died_us| update.passed.0 >= died_us))
            .collect();
        let is_done = |update: &&Update| update.given.is_some_and(|(_, given)| given < at);
        if !since.iter().all(is_done) {
            return Finds::Unclear;
        }
        // A head that the builder does not follow is none.
        let moved =
            |update: &&&Update| update.is_followed || matches!(update.code, Some(-38003 | -38005));
        let head = since.iter().rfind(moved).map(|update| update.head);
        let number_of = |hash| self.numbers.get(&hash).copied().map(U256::from);
        if let Some(head) = head.and_then(number_of)
            && wanted.number <= head
        {
            return Finds::Stale;
        }
        let one = U256::from(1);
        let is_next = number_of(wanted.parent).map(|number| number + one) == Some(wanted.number);
        let jobs: Vec<&&Update> = since
            .iter()
            .filter(|update| update.is_followed && update.attributes.is_some())
            .collect();
        let on_it: Vec<&&Update> = jobs
            .iter()
            .filter(|update| update.head == wanted.parent && is_next)
            .copied()
            .collect();
        if on_it.is_empty() {
            return Finds::Nothing;
        }
        let Some(told) = on_it.iter().rfind(|update| update.agrees(wanted)) else {
            return Finds::Others;
        };
        let same: Vec<&&&Update> = on_it
            .iter()
            .filter(|update| update.attributes == told.attributes)
            .collect();
        let distinct = |of: &mut dyn Iterator<Item = &&&Update>| {
            let mut seen: Vec<(B256, &Option<Value>)> = Vec::new();
            for update in of {
                let key = (update.head, &update.attributes);
                if !seen.contains(&key) {
                    seen.push(key);
                }
            }
            seen.len()
        };
        let first_told = same.first().map_or(told.passed, |first| first.passed);
        let later = |update: &&&&Update| update.passed.1 > first_told.1;
        let beside = distinct(&mut on_it.iter().filter(later));
        let all = distinct(&mut jobs.iter().filter(later));
        if beside >= KEPT_A_PARENT || all >= KEPT {
            return Finds::Unclear;
        }
        Finds::Job {
            told,
            first_us: first_told.0,
            times: same.len(),
            of: distinct(&mut on_it.iter()),
        }
    }
}

impl Works<'_> {
    /// When a job was told first, and how often, that a request finds which was not answered.
    pub(super) fn told_again(
        &self,
        passed: &Passed<'_>,
        died_us: Option<u64>,
    ) -> Option<(u64, usize)> {
        let Form::One(part) = Form::of(passed.request) else {
            return None;
        };
        let call = part.call.ok().filter(|call| call.method == GET_PAYLOAD)?;
        let wanted = wanted(call.params).ok()?;
        let mut told = self.updates.iter().filter(|update| {
            let is_since = died_us.is_none_or(|died_us| update.passed.0 >= died_us);
            let is_before = update.passed.1 < passed.at;
            // A head that it lacked then it did not build on.
            is_since
                && is_before
                && update.is_followed
                && update.head == wanted.parent
                && update.agrees(&wanted)
        });
        let first = told.next()?;
        let again = told.filter(|update| update.attributes == first.attributes);
        Some((first.passed.0, 1 + again.count()))
    }
}

/// Every signed request and what it finds.
pub(super) fn found<'r>(
    record: &'r Record<'_>,
) -> impl Iterator<Item = (&'r Sought<'r>, Finds<'r>)> {
    record
        .works
        .sought
        .iter()
        .filter(|sought| sought.is_signed)
        .map(|sought| {
            let died_us = record.view.stimulus.died_before(sought.asked.passed.at_us);
            (sought, record.works.finds(sought, died_us))
        })
}

fn sought<'a>(trace: &Trace, asked: &'a Asked<'a>, wanted: Result<Wanted, Wrong>) -> Sought<'a> {
    let sequencer = trace.keys.sequencer;
    let is_signed = wanted.as_ref().is_ok_and(|wanted| {
        wanted.pubkey == sequencer && signer(trace.chain_id(), wanted) == Some(sequencer)
    });
    Sought {
        asked,
        wanted,
        is_signed,
    }
}

/// A block that is handed on: its hash and its number.
fn block(params: Option<&str>) -> Option<(B256, u64)> {
    let params: Value = serde_json::from_str(params?).ok()?;
    let hash = fixed::<32>(&params.get(0)?.get("blockHash")?.to_string()).ok()?;
    let number = quantity(&params[0].get("blockNumber")?.to_string(), 64).ok()?;
    Some((hash.into(), number.to()))
}

/// The status in a result: of a block, or of a head.
pub(super) fn status(result: Option<&str>) -> Option<String> {
    let result: Value = serde_json::from_str(result?).ok()?;
    let status = result
        .pointer("/payloadStatus/status")
        .or(result.get("status"))?;
    status.as_str().map(str::to_owned)
}

fn update(exchange: &Exchange<'_>) -> Option<Update> {
    let passed = exchange.passed.as_ref()?;
    let Form::One(part) = Form::of(passed.request) else {
        return None;
    };
    let call = part
        .call
        .ok()
        .filter(|call| call.method == FORK_CHOICE_UPDATED)?;
    let params: Value = serde_json::from_str(call.params?).ok()?;
    let head = fixed::<32>(&params.get(0)?.get("headBlockHash")?.to_string()).ok()?;
    let attributes = params.get(1).filter(|it| !it.is_null()).cloned();
    let given = exchange.given.as_ref();
    let said = given.map(|given| crate::dialect::Said::of(given.reply));
    let code = said.as_ref().and_then(crate::dialect::Said::code);
    let result = said
        .as_ref()
        .and_then(|said| said.one())
        .and_then(|response| response.outcome.as_ref().ok().copied());
    Some(Update {
        passed: (passed.at_us, passed.at),
        given: given.map(|given| (given.at_us, given.at)),
        head: head.into(),
        attributes,
        is_followed: status(result).is_some_and(|status| status == "VALID"),
        code,
    })
}
