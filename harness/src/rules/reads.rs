//! How a builder reads the parameters of the two methods: each member, each encoding (lines 66 to 72,
//! 87 to 93, 115 to 119; execution-apis, common definitions).

use super::asked::Asked;
use super::works::{Finds, Sought, found};
use super::{Evidence, Level, Record, Rule, Subject, Tally};
use crate::dialect::{
    Called, FORWARD_TRANSACTION, Flaw, GET_PAYLOAD, Place, Wrong, forwarded, wanted,
};

const NOT_FOUND: i64 = -32601;
const PARAMS: i64 = -32602;

const RULE: Rule = Rule {
    id: "",
    level: Level::Declared,
    subject: Subject::Builder,
    line: 67,
    quote: None,
    source: None,
    evidence: &[Evidence::Wire],
    check: |_, _| {},
};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "structures/reads-block-number",
        line: 68,
        quote: Some("- `blockNumber`: `uint256`"),
        check: |record, tally| member(record, tally, "blockNumber"),
        ..RULE
    },
    Rule {
        id: "structures/reads-parent-hash",
        line: 69,
        quote: Some("- `parentHash`:  `Hash32`"),
        check: |record, tally| member(record, tally, "parentHash"),
        ..RULE
    },
    Rule {
        id: "structures/reads-pubkey",
        line: 70,
        quote: Some("- `pubKey`: `Address`"),
        check: |record, tally| member(record, tally, "pubKey"),
        ..RULE
    },
    Rule {
        id: "structures/reads-gas-limit",
        line: 71,
        quote: Some("- `gasLimit`: `uint256`"),
        check: |record, tally| member(record, tally, "gasLimit"),
        ..RULE
    },
    Rule {
        id: "structures/reads-beacon-root",
        line: 72,
        quote: Some("- `parentBeaconBlockRoot`: `Hash32`"),
        check: |record, tally| member(record, tally, "parentBeaconBlockRoot"),
        ..RULE
    },
    Rule {
        id: "structures/reads-numbers-of-256-bits",
        level: Level::Derived,
        line: 68,
        source: Some("lines 68 and 71: uint256"),
        check: numbers,
        ..RULE
    },
    Rule {
        id: "structures/ignores-other-members",
        level: Level::Derived,
        line: 67,
        source: Some("DECISION json-strictness: unknown members are ignored"),
        check: other_members,
        ..RULE
    },
    Rule {
        id: "structures/reads-quantities",
        level: Level::Derived,
        source: Some(
            "execution-apis, common: \"encode as hex, prefix with 0x\", shortest, of either case",
        ),
        check: quantities,
        ..RULE
    },
    Rule {
        id: "structures/reads-data",
        level: Level::Derived,
        source: Some("execution-apis, common: \"two hex digits per byte\", of either case"),
        check: datas,
        ..RULE
    },
    Rule {
        id: "get-payload/method",
        line: 87,
        quote: Some("* **method**: `builder_getPayloadV1`"),
        check: |record, tally| method(record, tally, GET_PAYLOAD),
        ..RULE
    },
    Rule {
        id: "get-payload/param-payload",
        line: 90,
        quote: Some("**Required**: true"),
        check: param_payload,
        ..RULE
    },
    Rule {
        id: "get-payload/param-signature",
        line: 93,
        quote: Some("**Required**: true"),
        check: param_signature,
        ..RULE
    },
    Rule {
        id: "forward-transaction/method",
        line: 115,
        quote: Some("* **method**: `builder_forwardTransactionV1`"),
        check: |record, tally| method(record, tally, FORWARD_TRANSACTION),
        ..RULE
    },
    Rule {
        id: "forward-transaction/param-transaction",
        line: 118,
        quote: Some("**Required**: true"),
        check: param_transaction,
        ..RULE
    },
];

/// Every call of a method.
fn calls<'r>(
    record: &'r Record<'_>,
    method: &'static str,
) -> impl Iterator<Item = (&'r Asked<'r>, &'r Called<'r>)> {
    record.asked.iter().filter_map(move |asked| {
        let call = asked.call().filter(|call| call.method == method)?;
        Some((asked, call))
    })
}

/// Notes whether what is wrong was answered with -32602.
fn refused(tally: &mut Tally, asked: &Asked<'_>, wrong: Wrong) {
    tally.note(asked.at_us, asked.said.code() == Some(PARAMS), || {
        format!("{wrong}, without error -32602: {}", asked.told())
    });
}

/// What is wrong with the parameters of a payload request.
fn wrongs<'r>(record: &'r Record<'_>) -> impl Iterator<Item = (&'r Asked<'r>, Wrong)> {
    calls(record, GET_PAYLOAD).filter_map(|(asked, call)| Some((asked, wanted(call.params).err()?)))
}

/// A member that is missing, null or not of its type and length is refused.
fn member(record: &Record<'_>, tally: &mut Tally, name: &str) {
    for (asked, wrong) in wrongs(record) {
        if matches!(wrong.place, Place::Member(of) if of == name) {
            refused(tally, asked, wrong);
        }
    }
}

/// Numbers have 256 bits: such a one is read, if only to be told that there is no such block.
fn numbers(record: &Record<'_>, tally: &mut Tally) {
    for sought in &record.works.sought {
        let Ok(wanted) = &sought.wanted else { continue };
        if wanted.number.bit_len() > 63 || wanted.gas_limit.bit_len() > 63 {
            let died_us = record.view.stimulus.died_before(sought.asked.passed.at_us);
            let is_unknown = matches!(record.works.finds(sought, died_us), Finds::Nothing);
            let code = sought.asked.said.code();
            let is_right = match code {
                Some(PARAMS) => !(sought.is_signed && is_unknown),
                Some(_) => true,
                None => false,
            };
            tally.note(sought.asked.at_us, is_right, || {
                format!(
                    "a number of 64 bits or more was not read: {}",
                    sought.asked.told()
                )
            });
        }
    }
    for (asked, wrong) in wrongs(record) {
        if wrong.flaw == Flaw::Range {
            refused(tally, asked, wrong);
        }
    }
}

/// Requests that are signed and whose block the builder works on.
fn answerable<'r>(record: &'r Record<'_>) -> impl Iterator<Item = &'r Sought<'r>> {
    found(record)
        .filter(|(_, finds)| matches!(finds, Finds::Job { .. }))
        .map(|(sought, _)| sought)
}

fn answered(tally: &mut Tally, sought: &Sought<'_>, what: &str) {
    tally.note(sought.asked.at_us, sought.result().is_some(), || {
        format!("{what} was not answered: {}", sought.asked.told())
    });
}

fn other_members(record: &Record<'_>, tally: &mut Tally) {
    for sought in answerable(record) {
        if sought.wanted.as_ref().is_ok_and(|wanted| wanted.has_others) {
            answered(tally, sought, "a request with another member");
        }
    }
}

fn odd_digits(record: &Record<'_>, tally: &mut Tally) {
    for sought in answerable(record) {
        if sought.wanted.as_ref().is_ok_and(|wanted| wanted.is_odd) {
            answered(tally, sought, "a request with digits in upper case");
        }
    }
}

fn quantities(record: &Record<'_>, tally: &mut Tally) {
    for (asked, wrong) in wrongs(record) {
        if matches!(wrong.flaw, Flaw::Quantity | Flaw::Range) {
            refused(tally, asked, wrong);
        }
    }
    odd_digits(record, tally);
}

fn datas(record: &Record<'_>, tally: &mut Tally) {
    for (asked, wrong) in wrongs(record) {
        if matches!(wrong.flaw, Flaw::Data | Flaw::Length) {
            refused(tally, asked, wrong);
        }
    }
    for (asked, call) in calls(record, FORWARD_TRANSACTION) {
        if let Err(wrong) = forwarded(call.params)
            && wrong.flaw == Flaw::Data
        {
            refused(tally, asked, wrong);
        }
    }
    odd_digits(record, tally);
}

/// The method is served under its name, and under no other that is like it.
fn method(record: &Record<'_>, tally: &mut Tally, name: &'static str) {
    let plain = |method: &str| {
        let method = method.to_ascii_lowercase();
        let method = method.rsplit(['_', '.']).find(|part| part.len() > 2);
        method
            .unwrap_or_default()
            .trim()
            .trim_end_matches(|c: char| c.is_ascii_digit())
            .to_owned()
    };
    let meant = plain(name);
    for asked in record.asked {
        let Some(call) = asked.call() else { continue };
        let is_like = plain(&call.method).starts_with(meant.trim_end_matches('v'));
        if call.method != name && (!is_like || call.method.starts_with("engine_getPayload")) {
            continue;
        }
        let is_served = asked.said.code() != Some(NOT_FOUND);
        tally.note(asked.at_us, is_served == (call.method == name), || {
            format!("`{}`: {}", call.method, asked.told())
        });
    }
}

/// The first parameter is required, and is an object. DECISION: params-form.
fn param_payload(record: &Record<'_>, tally: &mut Tally) {
    for (asked, wrong) in wrongs(record) {
        if matches!(wrong.place, Place::Params | Place::First) {
            refused(tally, asked, wrong);
        }
    }
}

/// The signature is required, and is DATA.
fn param_signature(record: &Record<'_>, tally: &mut Tally) {
    for (asked, wrong) in wrongs(record) {
        if wrong.place == Place::Signature {
            refused(tally, asked, wrong);
        }
    }
}

/// The transaction is required, and is DATA.
fn param_transaction(record: &Record<'_>, tally: &mut Tally) {
    for (asked, call) in calls(record, FORWARD_TRANSACTION) {
        if let Err(wrong) = forwarded(call.params) {
            refused(tally, asked, wrong);
        }
    }
}
