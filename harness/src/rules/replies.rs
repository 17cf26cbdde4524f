//! What the sequencer makes of the form of a payload reply: what is written wrongly is not used, and
//! what is only written in another way is (lines 75 to 79; execution-apis, common definitions).

use serde_json::Value;

use super::record::{Record, TIMEOUT_US, Use};
use super::{Evidence, Level, Rule, Subject, Tally};
use crate::dialect::{Answer, Encoding, Misformed, all_members, encoding_of, usual};
use crate::view::{End, PayloadRequest, Slot};

const RULE: Rule = Rule {
    id: "",
    level: Level::Derived,
    subject: Subject::Sequencer,
    line: 77,
    quote: Some("- `executionPayload`: `ExecutionPayloadV2`"),
    source: Some(
        "execution-apis, shanghai: types and lengths of the members of ExecutionPayloadV2; a reply \
         that has them otherwise is none",
    ),
    evidence: &[Evidence::Wire, Evidence::Blocks, Evidence::Stimulus],
    check: |_, _| {},
};

/// The rule of a member.
macro_rules! member {
    ($id:literal, $name:literal) => {
        Rule {
            id: $id,
            check: |record, tally| member(record, tally, |it| it == $name),
            ..RULE
        }
    };
}

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "structures/reply-envelope",
        line: 102,
        quote: None,
        source: Some(
            "JSON-RPC 2.0, section 5, and DECISION json-strictness: what is no response to the \
             request is not used, and what is one is",
        ),
        check: envelope,
        ..RULE
    },
    Rule {
        id: "structures/reply-shape",
        level: Level::Declared,
        line: 76,
        quote: Some(
            "This structure represents the Block Builder's response to the request for payload.",
        ),
        source: None,
        check: shape,
        ..RULE
    },
    Rule {
        id: "structures/reply-quantities",
        source: Some(
            "execution-apis, common definitions: a QUANTITY is 0x and its digits, the most compact",
        ),
        check: |record, tally| {
            member(record, tally, |it| encoding_of(it) == Encoding::Quantity);
        },
        ..RULE
    },
    Rule {
        id: "structures/reply-data",
        source: Some("execution-apis, common definitions: DATA is 0x and two digits a byte"),
        check: |record, tally| member(record, tally, |it| encoding_of(it) == Encoding::Data),
        ..RULE
    },
    Rule {
        id: "structures/reply-pubkey",
        level: Level::Declared,
        line: 78,
        quote: Some("- `pubKey`: `Address`"),
        source: None,
        check: |record, tally| member(record, tally, |it| it == "pubKey"),
        ..RULE
    },
    Rule {
        id: "structures/reply-value",
        level: Level::Declared,
        line: 79,
        quote: Some("- `value`: `uint256`"),
        source: None,
        check: |record, tally| member(record, tally, |it| it == "value"),
        ..RULE
    },
    member!("structures/reply-parent-hash", "parentHash"),
    member!("structures/reply-fee-recipient", "feeRecipient"),
    member!("structures/reply-state-root", "stateRoot"),
    member!("structures/reply-receipts-root", "receiptsRoot"),
    member!("structures/reply-logs-bloom", "logsBloom"),
    member!("structures/reply-prev-randao", "prevRandao"),
    member!("structures/reply-block-number", "blockNumber"),
    member!("structures/reply-gas-limit", "gasLimit"),
    member!("structures/reply-gas-used", "gasUsed"),
    member!("structures/reply-timestamp", "timestamp"),
    member!("structures/reply-extra-data", "extraData"),
    member!("structures/reply-base-fee-per-gas", "baseFeePerGas"),
    member!("structures/reply-block-hash", "blockHash"),
    member!("structures/reply-transactions", "transactions"),
    member!("structures/reply-withdrawals", "withdrawals"),
    Rule {
        id: "structures/reply-v3-fields",
        line: 108,
        quote: None,
        source: Some(
            "execution-apis, cancun, and DECISION payload-version: blobGasUsed and excessBlobGas \
             are absent or zero",
        ),
        check: |record, tally| {
            member(record, tally, |it| {
                matches!(it, "blobGasUsed" | "excessBlobGas")
            });
        },
        ..RULE
    },
];

/// A payload that the builder gave, and that reached the sequencer in time in another form.
struct Altered<'a> {
    slot: &'a Slot,
    request: PayloadRequest<'a>,
    /// When it reached it.
    at_us: u64,
    /// The result as the builder gave it.
    given: &'a str,
    /// What the sequencer got.
    answer: &'a Answer,
}

fn altered<'a>(record: &Record<'a>) -> impl Iterator<Item = Altered<'a>> + use<'a> {
    record.requests().filter_map(|(slot, request)| {
        let (lasted_us, End::Complete { at_us }) = request.lasted_us()? else {
            return None;
        };
        let given = request.exchange.given.as_ref()?;
        let got = request.exchange.reply.as_ref()?;
        let is_altered = given.reply.body != got.reply.body && got.reply.status == 200;
        given.answer.payload()?;
        (is_altered && lasted_us < TIMEOUT_US).then_some(Altered {
            slot,
            at_us,
            given: given.answer.result()?,
            answer: &got.answer,
            request,
        })
    })
}

impl Altered<'_> {
    /// What it was altered to is no reply that can be used.
    fn is_not_used(&self, record: &Record<'_>, tally: &mut Tally, why: &str) {
        let local = record.has_local_block(self.slot);
        tally.result(self.at_us, local.map_err(|wrong| format!("{wrong}: {why}")));
    }

    /// It is a reply like the builder's own, and used if that had to be.
    fn is_used(&self, record: &Record<'_>, tally: &mut Tally) {
        let number = self.request.exchange.number;
        let offer = record
            .offers_of(self.slot)
            .find(|offer| offer.request.exchange.number == number);
        if let Some(offer) = offer.filter(|offer| offer.fate() == Use::Must) {
            tally.note(self.at_us, offer.is_used(), || {
                "a payload was not used because it is written in another way".to_owned()
            });
        }
    }
}

/// What is no response to its request means the local block; one in another spelling is used.
fn envelope(record: &Record<'_>, tally: &mut Tally) {
    for altered in altered(record) {
        match altered.answer {
            Answer::Unread(why) => altered.is_not_used(record, tally, why),
            Answer::Payload(_, result) => {
                let read = |json: &str| serde_json::from_str::<Value>(json).ok();
                if read(result.get()) == read(altered.given) {
                    altered.is_used(record, tally);
                }
            }
            Answer::Stored(_)
            | Answer::Judged(_)
            | Answer::Accepted(_)
            | Answer::Other(_)
            | Answer::Misfit(..)
            | Answer::Error(_)
            | Answer::Status(_) => {}
        }
    }
}

/// A result that is not the structure at all, or holds no payload, means the local block.
fn shape(record: &Record<'_>, tally: &mut Tally) {
    for altered in altered(record) {
        let Some(result) = altered.answer.result() else {
            continue;
        };
        if let Err(wrong @ Misformed { .. }) = usual(result)
            && matches!(wrong.member, "" | "executionPayload")
        {
            altered.is_not_used(record, tally, &wrong.to_string());
        }
    }
}

/// A member that is written wrongly means the local block; one in another spelling is taken.
fn member(record: &Record<'_>, tally: &mut Tally, is_it: fn(&str) -> bool) {
    for altered in altered(record) {
        let Some(result) = altered.answer.result() else {
            continue;
        };
        match usual(result) {
            Err(wrong) if is_it(wrong.member) => {
                altered.is_not_used(record, tally, &wrong.to_string());
            }
            Err(_) => {}
            Ok(_) if is_rewritten(altered.given, result, is_it) => {
                altered.is_used(record, tally);
            }
            Ok(_) => {}
        }
    }
}

/// Whether one of these members is written in another way.
fn is_rewritten(given: &str, got: &str, is_it: fn(&str) -> bool) -> bool {
    let written = |json| {
        let mut written: Vec<(String, String)> = Vec::new();
        for (name, value) in all_members(json).unwrap_or_default() {
            let inner = all_members(value.get()).unwrap_or_default();
            written.extend(inner.into_iter().map(|(of, value)| (of, value.to_string())));
            written.push((name, value.to_string()));
        }
        written.retain(|(name, _)| is_it(name));
        written.sort_unstable();
        written
    };
    written(given) != written(got)
}
