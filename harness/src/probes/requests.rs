//! Payload requests: each member and each parameter odd, each signature, each head.

use alloy_primitives::{Address, B256, U256, keccak256};
use gauntlet_protocol::SecretKey;
use serde_json::{Map, Value, json};

use super::ORDER;
use super::entry::{Probe, Shot};
use super::known::{Known, data, hash};
use crate::dialect::{GET_PAYLOAD, REQUEST_MEMBERS, Wanted, digest, quantity, wanted};

pub(super) const PROBES: &[Probe] = &[
    Probe {
        id: "request",
        sentence: "a signed payload request of which one member is odd",
        rules: &[
            "structures/reads-block-number",
            "structures/reads-parent-hash",
            "structures/reads-pubkey",
            "structures/reads-gas-limit",
            "structures/reads-beacon-root",
            "structures/reads-quantities",
            "structures/reads-data",
            "builder/request-agrees-with-job",
        ],
        members: &REQUEST_MEMBERS,
        written: MEMBERS,
        is_harmless: true,
        make: |known, member, written| with_member(known, false, member, written),
    },
    Probe {
        id: "request-of-nothing",
        sentence: "a signed payload request on a block that is unknown, of which one member is odd",
        rules: &["structures/reads-numbers-of-256-bits", "get-payload/error"],
        members: &REQUEST_MEMBERS,
        written: MEMBERS,
        is_harmless: true,
        make: |known, member, written| with_member(known, true, member, written),
    },
    Probe {
        id: "parameters",
        sentence: "a payload request whose parameters are odd",
        rules: &[
            "get-payload/param-payload",
            "structures/ignores-other-members",
        ],
        members: &[],
        written: PARAMETERS,
        is_harmless: true,
        make: parameters,
    },
    Probe {
        id: "signature",
        sentence: "a payload request whose signature is odd",
        rules: &[
            "get-payload/bad-signature-refused",
            "get-payload/param-signature",
        ],
        members: &[],
        written: SIGNATURES,
        is_harmless: true,
        make: signature,
    },
    Probe {
        id: "head",
        sentence: "a signed payload request on every kind of head",
        rules: &[
            "builder/never-stale",
            "get-payload/error",
            "get-payload/error-code",
        ],
        members: &[],
        written: HEADS,
        is_harmless: true,
        make: head,
    },
];

/// What the sequencer could request now: the block of the last attributes.
fn base(known: &Known) -> Option<Wanted> {
    let (head, attributes) = known.jobs.back()?;
    on(known, *head, attributes)
}

fn on(known: &Known, head: B256, attributes: &Map<String, Value>) -> Option<Wanted> {
    Some(Wanted {
        number: U256::from(known.number(head)? + 1),
        parent: head,
        pubkey: known.keys.sequencer.address(),
        gas_limit: quantity(&attributes.get("gasLimit")?.to_string(), 256).ok()?,
        root: hash(attributes.get("parentBeaconBlockRoot")?)?,
        signature: Vec::new(),
        has_others: false,
        is_odd: false,
    })
}

fn json_of(wanted: &Wanted) -> Map<String, Value> {
    let members = json!({
        "blockNumber": format!("{:#x}", wanted.number),
        "parentHash": data(wanted.parent.as_slice()),
        "pubKey": data(wanted.pubkey.as_slice()),
        "gasLimit": format!("{:#x}", wanted.gas_limit),
        "parentBeaconBlockRoot": data(wanted.root.as_slice()),
    });
    members.as_object().cloned().unwrap_or_default()
}

fn signed(known: &Known, key: &SecretKey, wanted: &Wanted) -> Vec<u8> {
    key.sign(digest(known.chain_id, wanted)).to_bytes().to_vec()
}

/// A request with the parameters as they stand in the text.
fn ask(params: &str) -> Shot {
    Shot::json(format!(
        r#"{{"jsonrpc":"2.0","id":7,"method":"{GET_PAYLOAD}","params":{params}}}"#
    ))
}

/// A request with the sequencer's signature.
pub(super) fn request(known: &Known, wanted: &Wanted) -> Shot {
    let signature = signed(known, &known.keys.sequencer, wanted);
    ask(&json!([json_of(wanted), data(&signature)]).to_string())
}

/// The request that the sequencer could make now.
pub(super) fn honest(known: &Known) -> Vec<Shot> {
    base(known).iter().map(|it| request(known, it)).collect()
}

const MEMBERS: &[&str] = &[
    "plainly",
    "missing",
    "null",
    "as-a-number",
    "as-true",
    "as-a-list",
    "as-an-object",
    "as-nothing",
    "as-a-prefix-alone",
    "without-prefix",
    "with-a-capital-x",
    "with-a-leading-zero",
    "in-decimal",
    "negative",
    "with-a-space",
    "with-two-prefixes",
    "not-in-hex",
    "of-odd-length",
    "too-short",
    "too-long",
    "in-capitals",
    "twice",
    "zero",
    "another",
    "2-to-the-63",
    "2-to-the-64-less-1",
    "2-to-the-64",
    "2-to-the-256-less-1",
    "2-to-the-256",
];

/// How a member is written that should be this text, as JSON; nothing if it is left out.
fn odd(right: &str, written: &str) -> Option<String> {
    let digits = right.trim_start_matches("0x");
    let is_data = digits.len() > 16;
    let text = |text: String| Some(Value::from(text).to_string());
    let number = |number: U256| match is_data {
        true => text(format!(
            "0x{:0>width$}",
            format!("{number:x}"),
            width = digits.len()
        )),
        false => text(format!("{number:#x}")),
    };
    let power = |bits: usize| U256::from(1) << bits;
    match written {
        "missing" => None,
        "null" => Some("null".to_owned()),
        "as-a-number" => Some("7".to_owned()),
        "as-true" => Some("true".to_owned()),
        "as-a-list" => Some(format!("[\"{right}\"]")),
        "as-an-object" => Some(format!("{{\"value\":\"{right}\"}}")),
        "as-nothing" => text(String::new()),
        "as-a-prefix-alone" => text("0x".to_owned()),
        "without-prefix" => text(digits.to_owned()),
        "with-a-capital-x" => text(format!("0X{digits}")),
        "with-a-leading-zero" => text(format!("0x0{digits}")),
        "in-decimal" => text("30000000".to_owned()),
        "negative" => text(format!("-{right}")),
        "with-a-space" => text(format!(" {right}")),
        "with-two-prefixes" => text(format!("0x{right}")),
        "not-in-hex" => text(format!("{}g", &right[..right.len() - 1])),
        "of-odd-length" => text(right[..right.len() - 1].to_owned()),
        "too-short" => text(format!("0x{}", digits.get(2..).unwrap_or_default())),
        "too-long" => text(format!("0x00{digits}")),
        "in-capitals" => text(format!("0x{}", digits.to_ascii_uppercase())),
        "zero" => number(U256::ZERO),
        "another" if is_data => text(
            format!("0x{}{digits}", "5a")
                .chars()
                .take(right.len())
                .collect(),
        ),
        "another" => number(quantity(&format!("\"{right}\""), 256).ok()? + U256::from(1)),
        "2-to-the-63" => number(power(63)),
        "2-to-the-64-less-1" => number(U256::from(u64::MAX)),
        "2-to-the-64" => number(power(64)),
        "2-to-the-256-less-1" if !is_data => number(U256::MAX),
        "2-to-the-256" if !is_data => text(format!("0x1{}", "0".repeat(64))),
        _ => text(right.to_owned()),
    }
}

fn with_member(known: &mut Known, on_nothing: bool, member: &str, written: &str) -> Vec<Shot> {
    let Some(mut honest) = base(known) else {
        return Vec::new();
    };
    if on_nothing {
        honest.parent = keccak256(honest.parent);
    }
    let mut members = Vec::new();
    for (name, value) in json_of(&honest) {
        let right = value.as_str().unwrap_or_default();
        if name != member {
            members.push(format!("\"{name}\":{value}"));
        } else if written == "twice" {
            members.push(format!("\"{name}\":{value},\"{name}\":{value}"));
        } else if let Some(odd) = odd(right, written) {
            members.push(format!("\"{name}\":{odd}"));
        }
    }
    let payload = format!("{{{}}}", members.join(","));
    // It is signed as it reads, or as it should be if it does not.
    let said = wanted(Some(&format!("[{payload},\"0x\"]"))).unwrap_or(honest);
    let signature = data(&signed(known, &known.keys.sequencer, &said));
    vec![ask(&format!("[{payload},{signature}]"))]
}

const PARAMETERS: &[&str] = &[
    "none",
    "of-the-payload-alone",
    "of-three",
    "by-name",
    "in-another-order",
    "with-a-payload-of-null",
    "with-a-payload-in-a-list",
    "with-a-payload-in-text",
    "with-a-payload-of-nothing",
    "with-another-member",
    "with-a-member-in-another-case",
    "with-members-in-another-order",
];

fn parameters(known: &mut Known, _: &str, written: &str) -> Vec<Shot> {
    let Some(honest) = base(known) else {
        return Vec::new();
    };
    let signature = data(&signed(known, &known.keys.sequencer, &honest));
    let payload = json_of(&honest);
    let params = match written {
        "of-the-payload-alone" => json!([payload]),
        "of-three" => json!([payload, signature, true]),
        "by-name" => json!({ "payload": payload, "signature": signature }),
        "in-another-order" => json!([signature, payload]),
        "with-a-payload-of-null" => json!([null, signature]),
        "with-a-payload-in-a-list" => {
            let values: Vec<Value> = payload.values().cloned().collect();
            json!([values, signature])
        }
        "with-a-payload-in-text" => json!([Value::Object(payload).to_string(), signature]),
        "with-a-payload-of-nothing" => json!([{}, signature]),
        "with-another-member" => {
            let mut more = payload;
            more.insert("timestamp".to_owned(), json!("0x1"));
            json!([more, signature])
        }
        "with-a-member-in-another-case" => {
            let mut more = payload;
            if let Some(limit) = more.remove("gasLimit") {
                more.insert("gaslimit".to_owned(), limit);
            }
            json!([more, signature])
        }
        "with-members-in-another-order" => {
            let mut members: Vec<String> = payload
                .iter()
                .map(|(name, value)| format!("\"{name}\":{value}"))
                .collect();
            members.reverse();
            return vec![ask(&format!("[{{{}}},{signature}]", members.join(",")))];
        }
        _ => json!([]),
    };
    vec![ask(&params.to_string())]
}

const SIGNATURES: &[&str] = &[
    "plainly",
    "with-v-of-27-or-28",
    "with-v-of-2",
    "with-v-of-255",
    "with-the-other-v",
    "with-r-of-zero",
    "with-s-of-zero",
    "with-r-of-the-order",
    "with-s-of-the-order",
    "with-a-high-s",
    "of-64-bytes",
    "of-66-bytes",
    "of-no-bytes",
    "of-zeros",
    "missing",
    "null",
    "a-number",
    "without-prefix",
    "of-odd-length",
    "in-capitals",
    "by-a-stranger",
    "by-a-stranger-as-himself",
    "of-a-strangers-key",
    "for-another-chain",
    "for-no-chain",
    "over-the-hash-alone",
    "as-a-personal-message",
    "of-another-number",
    "of-another-parent",
    "of-another-gas-limit",
    "of-another-root",
    "of-an-earlier-request",
];

fn signature(known: &mut Known, _: &str, written: &str) -> Vec<Shot> {
    let Some(mut honest) = base(known) else {
        return Vec::new();
    };
    let (sequencer, stranger) = (known.keys.sequencer.clone(), known.keys.stranger.clone());
    let mut bytes = signed(known, &sequencer, &honest);
    let scalar = |at: usize, bytes: &mut Vec<u8>, value: U256| {
        bytes[at..at + 32].copy_from_slice(&value.to_be_bytes::<32>());
    };
    let sign = |digest: B256| sequencer.sign(digest).to_bytes().to_vec();
    let of = |alter: fn(&mut Wanted)| {
        let mut other = honest.clone();
        alter(&mut other);
        signed(known, &sequencer, &other)
    };
    match written {
        "with-v-of-27-or-28" => bytes[64] += 27,
        "with-v-of-2" => bytes[64] += 2,
        "with-v-of-255" => bytes[64] = 255,
        "with-the-other-v" => bytes[64] ^= 1,
        "with-r-of-zero" => scalar(0, &mut bytes, U256::ZERO),
        "with-s-of-zero" => scalar(32, &mut bytes, U256::ZERO),
        "with-r-of-the-order" => scalar(0, &mut bytes, ORDER),
        "with-s-of-the-order" => scalar(32, &mut bytes, ORDER),
        "with-a-high-s" => {
            let low = U256::from_be_slice(&bytes[32..64]);
            scalar(32, &mut bytes, ORDER - low);
            bytes[64] ^= 1;
        }
        "of-64-bytes" => bytes.truncate(64),
        "of-66-bytes" => bytes.push(0),
        "of-no-bytes" => bytes.clear(),
        "of-zeros" => bytes.fill(0),
        "by-a-stranger" => bytes = signed(known, &stranger, &honest),
        "by-a-stranger-as-himself" => {
            honest.pubkey = stranger.address();
            bytes = signed(known, &stranger, &honest);
        }
        "of-a-strangers-key" => {
            honest.pubkey = stranger.address();
            bytes = signed(known, &sequencer, &honest);
        }
        "for-another-chain" => bytes = sign(digest(known.chain_id + 1, &honest)),
        "for-no-chain" => bytes = sign(digest(0, &honest)),
        "over-the-hash-alone" => {
            let json = Value::Object(json_of(&honest)).to_string();
            bytes = sign(keccak256(json));
        }
        "as-a-personal-message" => {
            let inner = digest(known.chain_id, &honest);
            let prefix = b"\x19Ethereum Signed Message:\n32";
            bytes = sign(keccak256([&prefix[..], inner.as_slice()].concat()));
        }
        "of-another-number" => bytes = of(|it| it.number += U256::from(1)),
        "of-another-parent" => bytes = of(|it| it.parent = keccak256(it.parent)),
        "of-another-gas-limit" => bytes = of(|it| it.gas_limit += U256::from(1)),
        "of-another-root" => bytes = of(|it| it.root = keccak256(it.root)),
        "of-an-earlier-request" => {
            let Some(earlier) = known.requests.back() else {
                return Vec::new();
            };
            return vec![ask(&json!([json_of(&honest), earlier[1]]).to_string())];
        }
        _ => {}
    }
    let payload = Value::Object(json_of(&honest));
    let text = data(&bytes);
    let digits = text.as_str().unwrap_or_default();
    let written = match written {
        "missing" => return vec![ask(&json!([payload]).to_string())],
        "null" => Value::Null,
        "a-number" => json!(7),
        "without-prefix" => json!(digits[2..]),
        "of-odd-length" => json!(digits[..digits.len() - 1]),
        "in-capitals" => json!(format!("0x{}", digits[2..].to_ascii_uppercase())),
        _ => text.clone(),
    };
    vec![ask(&json!([payload, written]).to_string())]
}

const HEADS: &[&str] = &[
    "the-last",
    "unknown",
    "zero",
    "genesis",
    "1-below",
    "5-below",
    "60-below",
    "of-an-earlier-number",
    "of-the-heads-number",
    "of-a-later-number",
    "of-a-far-number",
    "another-builders",
];

fn head(known: &mut Known, _: &str, written: &str) -> Vec<Shot> {
    let Some(mut wanted) = base(known) else {
        return Vec::new();
    };
    let below = |depth: usize| {
        let head = known.below_head(depth);
        let mut jobs = known.jobs.iter().rev();
        let job = jobs.find(|(of, _)| *of == head);
        let (_, attributes) = job.or(known.jobs.back())?;
        on(known, head, attributes)
    };
    let one = U256::from(1);
    match written {
        "unknown" => wanted.parent = keccak256(wanted.parent),
        "zero" => wanted.parent = B256::ZERO,
        "genesis" => wanted = below(usize::MAX >> 1).unwrap_or(wanted),
        "1-below" => wanted = below(1).unwrap_or(wanted),
        "5-below" => wanted = below(5).unwrap_or(wanted),
        "60-below" => wanted = below(60).unwrap_or(wanted),
        "of-an-earlier-number" => wanted.number = wanted.number.saturating_sub(one + one),
        "of-the-heads-number" => wanted.number -= one,
        "of-a-later-number" => wanted.number += one,
        "of-a-far-number" => wanted.number += U256::from(1_000_000),
        "another-builders" => wanted.pubkey = Address::repeat_byte(0xb5),
        _ => {}
    }
    vec![request(known, &wanted)]
}
