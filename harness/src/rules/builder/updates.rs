//! What is said to heads, attributes and blocks (execution-apis: paris, shanghai, cancun).

use std::cell::LazyCell;
use std::collections::BTreeMap;

use alloy_primitives::{B256, U256, hex};
use serde_json::Value;

use super::works::status;
use super::{Evidence, RULE, Record, Rule, Tally};
use crate::dialect::{FORK_CHOICE_UPDATED, Flaw, NEW_PAYLOAD, data, fixed, quantity};
use crate::plan::Fault;
use crate::rules::asked::Asked;
use crate::trace::Judgement;

pub(super) const ATTRIBUTES_ARE_CHECKED: Rule = Rule {
    id: "builder/attributes-are-checked",
    line: 49,
    source: Some("execution-apis, paris and cancun: \"Client software MUST respond with -38003\""),
    check: attributes_are_checked,
    ..RULE
};

pub(super) const FOLLOWS_HEADS: Rule = Rule {
    id: "builder/follows-heads",
    line: 43,
    source: Some("execution-apis, paris, fork choice updated: VALID with a payload id, or SYNCING"),
    check: follows_heads,
    ..RULE
};

pub(super) const STATE_IS_CHECKED: Rule = Rule {
    id: "builder/fork-choice-state-is-checked",
    line: 43,
    source: Some("execution-apis, paris: -38002 if the blocks are not of one chain"),
    check: state_is_checked,
    ..RULE
};

pub(super) const JUDGES_BLOCKS: Rule = Rule {
    id: "builder/judges-blocks",
    line: 43,
    source: Some("execution-apis, paris and cancun, new payload: VALID, INVALID or SYNCING"),
    evidence: &[Evidence::Wire, Evidence::Blocks],
    check: judges_blocks,
    ..RULE
};

/// What is known of a block that a builder has.
#[derive(Clone, Copy, Debug)]
struct Had {
    timestamp: U256,
    /// The index of the entry that says so; genesis is there from the beginning.
    at: usize,
    at_us: u64,
}

/// The blocks that the builder called valid, by hash.
fn had(record: &Record<'_>) -> BTreeMap<B256, Vec<Had>> {
    let genesis = record.view.trace.spec.genesis();
    let first = Had {
        timestamp: U256::from(genesis.timestamp()),
        at: 0,
        at_us: u64::MAX,
    };
    let mut had = BTreeMap::from([(genesis.hash(), vec![first])]);
    for (asked, params) in calls(record, NEW_PAYLOAD) {
        let hash = fixed::<32>(&params[0]["blockHash"].to_string());
        let timestamp = quantity(&params[0]["timestamp"].to_string(), 64);
        let (Ok(hash), Ok(timestamp)) = (hash, timestamp) else {
            continue;
        };
        if status(result(asked)).is_some_and(|status| status == "VALID") {
            let at = asked
                .exchange
                .given
                .as_ref()
                .map_or(usize::MAX, |given| given.at);
            let at_us = asked.at_us;
            had.entry(hash.into()).or_default().push(Had {
                timestamp,
                at,
                at_us,
            });
        }
    }
    had
}

/// The calls of a method whose parameters are a list.
pub(super) fn calls<'r>(
    record: &'r Record<'_>,
    method: &'static str,
) -> impl Iterator<Item = (&'r Asked<'r>, Value)> {
    record.asked.iter().filter_map(move |asked| {
        let call = asked.call().filter(|call| call.method == method)?;
        let params: Value = serde_json::from_str(call.params?).ok()?;
        params.is_array().then_some((asked, params))
    })
}

fn result<'a>(asked: &Asked<'a>) -> Option<&'a str> {
    asked.said.one()?.outcome.as_ref().ok().copied()
}

/// What the builder had when it was asked something, since it was last born.
fn find(
    record: &Record<'_>,
    had: &BTreeMap<B256, Vec<Had>>,
    asked: &Asked<'_>,
    hash: B256,
) -> Option<Had> {
    if may_be_born_again(record, asked) {
        return None;
    }
    let died_us = record.view.stimulus.died_before(asked.passed.at_us);
    let of = had.get(&hash)?.iter();
    of.rev()
        .find(|of| of.at < asked.passed.at && died_us.is_none_or(|died_us| of.at_us >= died_us))
        .copied()
}

/// Whether the builder may have died, and come back with less, before it was asked. In a process of its
/// own it does so unseen: only that calls fail meanwhile shows.
fn may_be_born_again(record: &Record<'_>, asked: &Asked<'_>) -> bool {
    let is_real = record.view.trace.clock.guard_us() != 0;
    let mut exchanges = record.view.exchanges.iter();
    is_real
        && exchanges.any(|exchange| {
            let failed = exchange.failed;
            failed.is_some_and(|(at_us, _)| at_us <= asked.at_us)
        })
}

/// Where blocks are named to the builder as blocks, and by the builder in whatever way.
struct Named(BTreeMap<B256, Vec<Moment>>);

/// The place of an entry of the trace, and its time.
type Moment = (usize, u64);

impl Named {
    fn of(record: &Record<'_>) -> Self {
        let mut named = Self(BTreeMap::new());
        // It may have been handed what was published before.
        for block in record.view.trace.restored() {
            named.0.insert(block.payload.block_hash, vec![(0, 0)]);
        }
        let is_block = |body: &[u8]| {
            let mut names = body.windows(NEW_PAYLOAD.len());
            names.any(|of| of == NEW_PAYLOAD.as_bytes())
        };
        // What was published when it restarted it may have come back with, however little of it had
        // reached it.
        let mut faults = record.view.trace.plan.faults.iter();
        if faults.any(|fault| matches!(fault, Fault::Restarts { .. })) {
            let published = record.view.published.iter().map(|block| block.block);
            for block in published.chain(record.findings.siblings()) {
                named.0.insert(block.payload.block_hash, vec![(0, 0)]);
            }
        }
        for exchange in &record.view.exchanges {
            let told = exchange.passed.as_ref();
            if let Some(told) = told.filter(|it| is_block(&it.request.body)) {
                named.note(&told.request.body, (told.at, told.at_us));
            }
            if let Some(given) = &exchange.given {
                named.note(&given.reply.body, (given.at, given.at_us));
            }
        }
        named
    }

    /// Notes every hash that stands in a body.
    fn note(&mut self, body: &[u8], at: Moment) {
        const DIGITS: usize = 2 * size_of::<B256>();
        for text in body.windows(2 + DIGITS) {
            let is_hash = text[0] == b'0'
                && matches!(text[1], b'x' | b'X')
                && text[2..].iter().all(u8::is_ascii_hexdigit);
            let mut hash = B256::ZERO;
            if is_hash && hex::decode_to_slice(&text[2..], hash.as_mut_slice()).is_ok() {
                self.0.entry(hash).or_default().push(at);
            }
        }
    }

    /// Whether a block was handed to the builder, since it was last born, before it was asked,
    /// whatever it said: it is named by whoever handed it on, or by the builder that made it.
    fn may_have(&self, record: &Record<'_>, asked: &Asked<'_>, hash: B256) -> bool {
        let died_us = record.view.stimulus.died_before(asked.passed.at_us);
        let faults = record.view.trace.plan.faults.iter();
        let mut restarts = faults.filter(|fault| matches!(fault, Fault::Restarts { .. }));
        // It may have come back with any of those that it was handed.
        let died_us = died_us.filter(|_| restarts.next().is_none());
        let is_before = |&(at, at_us): &Moment| {
            at < asked.passed.at && died_us.is_none_or(|died_us| at_us >= died_us)
        };
        let is_genesis = hash == record.view.trace.spec.genesis().hash();
        is_genesis
            || self
                .0
                .get(&hash)
                .is_some_and(|named| named.iter().any(is_before))
    }
}

/// The state of an update: head, safe and finalized block.
fn state(params: &Value) -> Option<[B256; 3]> {
    let hash = |name: &str| {
        let hash = fixed::<32>(&params.get(0)?.get(name)?.to_string()).ok()?;
        Some(B256::from(hash))
    };
    Some([
        hash("headBlockHash")?,
        hash("safeBlockHash")?,
        hash("finalizedBlockHash")?,
    ])
}

/// Whether no block on a parent of this time can have such attributes. What a chain's own rules say
/// of the values in between is left to who builds.
fn is_impossible(record: &Record<'_>, attributes: &Value, parent: Had) -> Option<&'static str> {
    let json = |name: &str| {
        attributes
            .get(name)
            .map_or("null".to_owned(), Value::to_string)
    };
    let timestamp = quantity(&json("timestamp"), 64);
    if is_none_or(timestamp, |time| time <= parent.timestamp) {
        return Some("timestamp");
    }
    for name in ["prevRandao", "parentBeaconBlockRoot"] {
        if fixed::<32>(&json(name)).is_err() {
            return Some(name_of(name));
        }
    }
    if fixed::<20>(&json("suggestedFeeRecipient")).is_err() {
        return Some("suggestedFeeRecipient");
    }
    if attributes
        .get("withdrawals")
        .and_then(Value::as_array)
        .is_none_or(|it| !it.is_empty())
    {
        return Some("withdrawals");
    }
    if is_none_or(quantity(&json("gasLimit"), 64), |limit| limit.is_zero()) {
        return Some("gasLimit");
    }
    let is_odd = |of: &Value| match data(&of.to_string()) {
        Ok(bytes) => !matches!(bytes.first(), Some(0xc0..=0xfe | 1 | 2 | 4 | 0x7e)),
        Err(_) => true,
    };
    if attributes["transactions"]
        .as_array()
        .is_some_and(|all| all.iter().any(is_odd))
    {
        return Some("transactions");
    }
    let is_holocene = record.view.trace.plan.chain.holocene_at_slot == 0;
    let params = fixed::<8>(&json("eip1559Params"));
    (is_holocene && params.is_err()).then_some("eip1559Params")
}

/// Whether it is no quantity, or one that is so.
fn is_none_or(quantity: Result<U256, Flaw>, is: impl FnOnce(U256) -> bool) -> bool {
    quantity.map_or(true, is)
}

fn name_of(name: &str) -> &'static str {
    if name == "prevRandao" {
        "prevRandao"
    } else {
        "parentBeaconBlockRoot"
    }
}

/// The updates that the builder was given on a head that it had, with a consistent state.
fn updates<'r>(
    record: &'r Record<'_>,
    had: &'r BTreeMap<B256, Vec<Had>>,
) -> impl Iterator<Item = (&'r Asked<'r>, Value, B256, Option<Had>)> {
    calls(record, FORK_CHOICE_UPDATED).filter_map(move |(asked, params)| {
        let [head, safe, finalized] = state(&params)?;
        let is_known = |hash: B256| hash.is_zero() || find(record, had, asked, hash).is_some();
        let parent = find(record, had, asked, head);
        (is_known(safe) && is_known(finalized)).then_some((asked, params, head, parent))
    })
}

/// Attributes that no block on the head can have are refused with -38003, and the head moves.
fn attributes_are_checked(record: &Record<'_>, tally: &mut Tally) {
    let had = had(record);
    for (asked, params, _, parent) in updates(record, &had) {
        let (Some(parent), Some(attributes)) = (parent, params.get(1).filter(|it| !it.is_null()))
        else {
            continue;
        };
        if let Some(member) = is_impossible(record, attributes, parent) {
            let is_right = asked.said.code() == Some(-38003);
            tally.note(asked.at_us, is_right, || {
                format!(
                    "impossible attributes ({member}) without -38003: {}",
                    asked.told()
                )
            });
        }
    }
}

/// A head that the builder has is followed, and one that it has not is said to be lacked; a payload
/// id is given for attributes, and for nothing else.
fn follows_heads(record: &Record<'_>, tally: &mut Tally) {
    let had = had(record);
    let named = LazyCell::new(|| Named::of(record));
    for (asked, params, head, parent) in updates(record, &had) {
        let attributes = params.get(1).filter(|it| !it.is_null());
        let result = result(asked).and_then(|it| serde_json::from_str::<Value>(it).ok());
        let result = result.unwrap_or_default();
        let (status, id) = (&result["payloadStatus"], &result["payloadId"]);
        let right = match (parent, attributes) {
            (Some(parent), Some(attributes)) => {
                if is_impossible(record, attributes, parent).is_some() {
                    continue;
                }
                let has_id = fixed::<8>(&id.to_string()).is_ok();
                // What a chain's own rules say against them is an error of its own.
                let is_refused = matches!(asked.said.code(), Some(-38003 | -38005));
                is_refused || (is_valid_with(status, head) && has_id)
            }
            (Some(_), None) => is_valid_with(status, head) && id.is_null(),
            (None, _) if named.may_have(record, asked, head) => continue,
            (None, _) => {
                status["status"] == "SYNCING" && status["latestValidHash"].is_null() && id.is_null()
            }
        };
        tally.note(asked.at_us, right, || {
            let what = if parent.is_some() { "has" } else { "lacks" };
            format!("an update to a head that it {what}: {}", asked.told())
        });
    }
}

fn is_valid_with(status: &Value, hash: B256) -> bool {
    let latest = fixed::<32>(&status["latestValidHash"].to_string()).map(B256::from);
    status["status"] == "VALID" && latest == Ok(hash)
}

/// A safe or finalized block that the builder never had is of no chain of the head's.
fn state_is_checked(record: &Record<'_>, tally: &mut Tally) {
    let had = had(record);
    let named = LazyCell::new(|| Named::of(record));
    for (asked, params) in calls(record, FORK_CHOICE_UPDATED) {
        let Some([head, safe, finalized]) = state(&params) else {
            continue;
        };
        let is_foreign = |hash: B256| !hash.is_zero() && !named.may_have(record, asked, hash);
        if find(record, &had, asked, head).is_some() && (is_foreign(safe) || is_foreign(finalized))
        {
            let is_right = asked.said.code() == Some(-38002);
            tally.note(asked.at_us, is_right, || {
                format!("a state of no chain without -38002: {}", asked.told())
            });
        }
    }
}

/// Whether a block lacks a member, or a parameter, that version 3 has.
fn is_malformed(params: &Value) -> bool {
    const MEMBERS: [&str; 17] = [
        "parentHash",
        "feeRecipient",
        "stateRoot",
        "receiptsRoot",
        "logsBloom",
        "prevRandao",
        "blockNumber",
        "gasLimit",
        "gasUsed",
        "timestamp",
        "extraData",
        "baseFeePerGas",
        "blockHash",
        "transactions",
        "withdrawals",
        "blobGasUsed",
        "excessBlobGas",
    ];
    let is_short = params.as_array().is_none_or(|params| params.len() != 3);
    is_short || MEMBERS.into_iter().any(|name| params[0][name].is_null())
}

/// A block is called what it is: valid, invalid, or of a parent that is lacked; what lacks a member is
/// none. "Client software MUST return -32602" (execution-apis, cancun).
fn judges_blocks(record: &Record<'_>, tally: &mut Tally) {
    let had = had(record);
    let named = LazyCell::new(|| Named::of(record));
    for (asked, params) in calls(record, NEW_PAYLOAD) {
        let payload = &params[0];
        if is_malformed(&params) {
            tally.note(asked.at_us, asked.said.code() == Some(-32602), || {
                format!("a block of another form without -32602: {}", asked.told())
            });
            continue;
        }
        let hash = fixed::<32>(&payload["blockHash"].to_string()).map(B256::from);
        let parent = fixed::<32>(&payload["parentHash"].to_string()).map(B256::from);
        let (Ok(hash), Ok(parent)) = (hash, parent) else {
            continue;
        };
        let Some(judgement) = record.findings.told.get(&asked.exchange.number) else {
            continue;
        };
        let result = result(asked).and_then(|it| serde_json::from_str::<Value>(it).ok());
        let status = result.unwrap_or_default();
        let has_parent = find(record, &had, asked, parent).is_some();
        let has_blobs = params[1]
            .as_array()
            .is_some_and(|hashes| !hashes.is_empty());
        let right = match judgement {
            // What has no blobs has no hashes of theirs either.
            Judgement::Valid if has_blobs => status["status"] == "INVALID",
            Judgement::Valid if has_parent => is_valid_with(&status, hash),
            Judgement::Invalid(_) => {
                let latest = fixed::<32>(&status["latestValidHash"].to_string()).map(B256::from);
                let is_told = latest == Ok(parent) || status["latestValidHash"].is_null();
                status["status"] == "INVALID" && is_told
            }
            Judgement::Valid | Judgement::UnknownParent
                if !named.may_have(record, asked, parent) =>
            {
                status["status"] == "SYNCING" && status["latestValidHash"].is_null()
            }
            Judgement::Valid | Judgement::UnknownParent => continue,
        };
        tally.note(asked.at_us, right, || {
            format!("a block that is {judgement:?}: {}", asked.told())
        });
    }
}
