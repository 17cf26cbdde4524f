//! What is accepted, refused and forwarded, and when users hear of it.

use std::collections::{BTreeMap, BTreeSet};

use alloy_consensus::{Transaction as _, TxEnvelope, Typed2718};
use alloy_primitives::{B256, Bytes, U256, keccak256};

use super::ledger::{Ledger, Sent, read};
use super::told::{Chain, answered_in};
use crate::dialect::{Answer, Meaning};
use crate::rules::record::Record;
use crate::rules::tally::Tally;
use crate::trace::{Clock, time};
use crate::view::{Tuple, UserCall};

/// How many bytes a transaction may have.
const MOST_BYTES: usize = 128 * 1024;
/// How many bytes the code may have that creates a contract (EIP-3860).
const MOST_INIT_CODE: usize = 49_152;
/// What L1 charges at most for a transaction of a scenario, in wei.
const MOST_L1_FEE: u128 = 100_000_000_000_000_000;
/// How many of a sender may be kept from waiting, at the least.
const FEW_OF_SENDER: usize = 48;
/// How many transactions are forwarded at once, and how long all attempts of one take at most.
const AT_ONCE: usize = 64;
const ALL_ATTEMPTS_US: u64 = 1_250_000;

/// Whether a transaction could be in a block after a head.
enum Fate {
    /// It could.
    Possible,
    /// It could not; the user is told in one of these words.
    Impossible(&'static [&'static str]),
    /// The fees of L1 decide.
    Open,
}

fn calls<'a>(
    record: &'a Record<'_>,
) -> impl Iterator<Item = (&'a UserCall<'a>, &'a Bytes, &'a Answer)> {
    record.view.users.iter().filter_map(|call| {
        let Meaning::UserTransaction(raw) = &call.meaning else {
            return None;
        };
        let (_, answer) = call.answered.as_ref()?;
        Some((call, raw, answer))
    })
}

/// What the heads say that are the sequencer's while it answers.
fn fates(record: &Record<'_>, call: &UserCall<'_>, raw: &Bytes) -> Vec<Fate> {
    let Some((from_us, until_us)) = answered_in(record, call) else {
        return Vec::new();
    };
    let heads = record.findings.heads_between(from_us, until_us);
    let chains: Option<Vec<Chain<'_>>> = heads
        .map(|head| Chain::of(record, head.hash, from_us, until_us))
        .collect();
    let chains = chains.unwrap_or_default();
    chains
        .iter()
        .map(|chain| fate(record, chain, raw))
        .collect()
}

fn fate(record: &Record<'_>, chain: &Chain<'_>, raw: &Bytes) -> Fate {
    if raw.len() > MOST_BYTES {
        return Fate::Impossible(&["oversized"]);
    }
    if raw
        .first()
        .is_none_or(|kind| (0x03..0x80).contains(kind) || *kind == 0)
    {
        return Fate::Impossible(&["type", "empty", "malformed", "blob"]);
    }
    let Some((envelope, sent)) = read(raw) else {
        return Fate::Impossible(&["malformed", "signature", "type"]);
    };
    let chain_id = record.view.trace.chain_id();
    match envelope.chain_id() {
        None => return Fate::Impossible(&["EIP-155", "replay-protected"]),
        Some(other) if other != chain_id => return Fate::Impossible(&["chain"]),
        Some(_) => {}
    }
    if sent.gas_limit > chain.head.header().gas_limit {
        return Fate::Impossible(&["gas limit"]);
    }
    if sent.tip_cap > sent.fee_cap {
        return Fate::Impossible(&["priority fee", "tip"]);
    }
    let creates = envelope.kind().is_create();
    if creates && envelope.input().len() > MOST_INIT_CODE {
        return Fate::Impossible(&["initcode"]);
    }
    if sent.gas_limit < intrinsic_gas(&envelope) {
        return Fate::Impossible(&["intrinsic gas"]);
    }
    let state = chain.head.state();
    if !state.code(sent.sender).is_empty() {
        return Fate::Impossible(&["eoa"]);
    }
    if sent.nonce < state.nonce(sent.sender) {
        return Fate::Impossible(&["nonce too low"]);
    }
    let balance = state.balance(sent.sender);
    if balance < sent.cost {
        return Fate::Impossible(&["insufficient funds"]);
    }
    match balance < sent.cost.saturating_add(U256::from(MOST_L1_FEE)) {
        true => Fate::Open,
        false => Fate::Possible,
    }
}

/// What a transaction uses before anything is executed (Shanghai).
fn intrinsic_gas(of: &TxEnvelope) -> u64 {
    let input = of.input();
    let zeros = input.iter().filter(|byte| **byte == 0).count() as u64;
    let data = 4 * zeros + 16 * (input.len() as u64 - zeros);
    let creation = match of.kind().is_create() {
        true => 32_000 + 2 * (input.len() as u64).div_ceil(32),
        false => 0,
    };
    let list = of.access_list().filter(|_| of.ty() > 0);
    let list = list.map_or(0, |list| {
        list.iter()
            .map(|item| 2400 + 1900 * item.storage_keys.len() as u64)
            .sum()
    });
    21_000 + data + creation + list
}

/// What no block after the head could have is refused, in words that say why.
pub(super) fn impossible_is_refused(record: &Record<'_>, tally: &mut Tally) {
    let ledger = Ledger::of(record);
    for (call, raw, answer) in calls(record) {
        let fates = fates(record, call, raw);
        let mut reasons = Vec::new();
        for fate in &fates {
            if let Fate::Impossible(words) = fate {
                reasons.extend_from_slice(words);
            }
        }
        let are_all = fates.iter().all(|fate| matches!(fate, Fate::Impossible(_)));
        if !fates.is_empty() && are_all {
            tally.result(call.sent_us, refused_for(answer, &reasons));
            continue;
        }
        let underbids = waiting_rival(record, &ledger, call, raw).filter(|(_, outbids)| !outbids);
        if underbids.is_some() {
            tally.result(call.sent_us, refused_for(answer, &["underpriced"]));
        }
    }
}

fn refused_for(answer: &Answer, reasons: &[&str]) -> Result<(), String> {
    match answer {
        Answer::Error(error) => {
            let message = error.message.as_deref().unwrap_or_default();
            match reasons.iter().any(|reason| message.contains(reason)) {
                true => Ok(()),
                false => Err(format!("\"{message}\" does not tell of {reasons:?}")),
            }
        }
        Answer::Accepted(hash) => Err(format!("{hash} was accepted: {reasons:?}")),
        Answer::Payload(..)
        | Answer::Stored(_)
        | Answer::Judged(_)
        | Answer::Other(_)
        | Answer::Misfit(..)
        | Answer::Status(_)
        | Answer::Unread(_) => Err("it was neither accepted nor refused".to_owned()),
    }
}

/// What waits for certain at its sender's nonce, and whether this outbids it.
fn waiting_rival(
    record: &Record<'_>,
    ledger: &Ledger,
    call: &UserCall<'_>,
    raw: &Bytes,
) -> Option<(B256, bool)> {
    let (_, sent) = read(raw)?;
    let (from_us, until_us) = answered_in(record, call)?;
    let mut heads = record.findings.heads_between(from_us, until_us);
    let (head, None) = (heads.next()?, heads.next()) else {
        return None;
    };
    let chain = Chain::of(record, head.hash, from_us, until_us)?;
    let mut rivals = ledger.rivals(&sent);
    let (rival, None) = (rivals.next()?, rivals.next()) else {
        return None;
    };
    waits_then(&chain, rival).then(|| (rival.hash, sent.outbids(rival)))
}

/// Whether a rival was accepted before, and is not used up.
fn waits_then(chain: &Chain<'_>, rival: &Sent) -> bool {
    rival
        .accepted_us
        .is_some_and(|(_, by_us)| by_us < chain.from_us)
        && rival.nonce >= chain.head.state().nonce(rival.sender)
}

/// What a block after the head could have is accepted, and the answer is its hash.
pub(super) fn possible_is_accepted(record: &Record<'_>, tally: &mut Tally) {
    let ledger = Ledger::of(record);
    for (call, raw, answer) in calls(record) {
        let fates = fates(record, call, raw);
        let are_all = fates.iter().all(|fate| matches!(fate, Fate::Possible));
        let Some((_, sent)) = read(raw).filter(|_| !fates.is_empty() && are_all) else {
            continue;
        };
        let may_be_in_the_way = ledger.rivals(&sent).next().is_some();
        let outbids = waiting_rival(record, &ledger, call, raw).map(|(_, outbids)| outbids);
        let of_sender = ledger
            .accepted()
            .filter(|it| it.sender == sent.sender)
            .count();
        // What takes the place of another is none more.
        let is_one_more = outbids != Some(true);
        if is_one_more && (may_be_in_the_way || of_sender > FEW_OF_SENDER) {
            continue;
        }
        let expected = keccak256(raw);
        let found = match answer {
            Answer::Accepted(hash) if *hash == expected => Ok(()),
            Answer::Accepted(hash) => Err(format!("the hash is {hash}, and it is {expected}")),
            Answer::Error(error) => Err(format!("it was refused: {:?}", error.message)),
            Answer::Payload(..)
            | Answer::Stored(_)
            | Answer::Judged(_)
            | Answer::Other(_)
            | Answer::Misfit(..)
            | Answer::Status(_)
            | Answer::Unread(_) => Err("it was neither accepted nor refused".to_owned()),
        };
        tally.result(call.sent_us, found);
    }
}

/// The answer comes as soon as the network can bring it, whatever the builder does.
pub(super) fn acknowledged_at_once(record: &Record<'_>, tally: &mut Tally) {
    let trace = record.view.trace;
    if trace.clock != Clock::Virtual {
        return;
    }
    // To and fro, after a connection was opened if it had to be.
    let most_us = 4 * trace.plan.network.users_ms * 1000;
    for call in &record.view.users {
        let Meaning::UserTransaction(_) = &call.meaning else {
            continue;
        };
        let ended_us = call.answered.as_ref().map(|(at_us, _)| *at_us);
        let took_us = ended_us
            .unwrap_or(trace.ended_us)
            .saturating_sub(call.sent_us);
        if ended_us.is_none() && took_us <= most_us {
            continue;
        }
        tally.note(call.sent_us, took_us <= most_us, || {
            format!("the user heard nothing for {}", time(took_us))
        });
    }
}

/// What is handed to the builder was accepted from a user.
pub(super) fn refused_is_not_forwarded(record: &Record<'_>, tally: &mut Tally) {
    let mut answers: BTreeMap<&Bytes, Vec<Option<&Answer>>> = BTreeMap::new();
    for call in &record.view.users {
        if let Meaning::UserTransaction(raw) = &call.meaning {
            let answer = call.answered.as_ref().map(|(_, answer)| answer);
            answers.entry(raw).or_default().push(answer);
        }
    }
    let mut forwarded = BTreeMap::new();
    for (_, arrived, raw) in record.view.forwarded() {
        forwarded.entry(raw).or_insert(arrived.begun_us);
    }
    for (raw, answers) in answers {
        let is_refused = |it: &Option<&Answer>| matches!(it, Some(Answer::Error(_)));
        if !answers.iter().all(is_refused) {
            continue;
        }
        let begun_us = forwarded.get(raw).copied();
        tally.note(begun_us.unwrap_or_default(), begun_us.is_none(), || {
            format!("{} was refused, and forwarded", keccak256(raw))
        });
    }
}

/// What is accepted while there is a builder, and a way to it, is sent to it.
pub(super) fn accepted_is_forwarded(record: &Record<'_>, tally: &mut Tally) {
    let view = record.view;
    if view.trace.clock != Clock::Virtual {
        return;
    }
    let forwarded: BTreeSet<&Bytes> = view.forwarded().map(|(_, _, raw)| raw).collect();
    let mut seen = BTreeSet::new();
    for (call, raw, answer) in calls(record) {
        let (Answer::Accepted(_), Some((from_us, until_us))) = (answer, answered_in(record, call))
        else {
            continue;
        };
        if !seen.insert(raw) {
            continue;
        }
        let rounds = (seen.len() / AT_ONCE + 1) as u64;
        let by_us = until_us + rounds * ALL_ATTEMPTS_US;
        let ended_us = view.trace.ended_us;
        let is_set = matches!(view.stimulus.tuple_at(from_us), Tuple::Set(_));
        let is_clear = is_set
            && by_us <= ended_us
            && !view.stimulus.tuple_changes(from_us, by_us)
            && !view.stimulus.is_out(from_us, by_us)
            // Its network may have been too slow for an attempt.
            && view.unheard_in(from_us, by_us).next().is_none();
        if is_clear {
            tally.note(call.sent_us, forwarded.contains(raw), || {
                format!("{} was accepted, and never forwarded", keccak256(raw))
            });
        }
    }
}
