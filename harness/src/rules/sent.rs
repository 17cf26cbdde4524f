//! What the sequencer sends, judged on its bytes: the form of every call, and each member of a
//! payload request by what the harness itself knows (lines 67 to 72, 85 to 94, 113 to 119).

use alloy_primitives::{Address, B256, U256};
use serde_json::value::RawValue;

use super::{Evidence, Level, Record, Rule, Subject, Tally};
use crate::dialect::{Encoding, Method, all_members, usual_data, usual_quantity};
use crate::trace::HttpRequest;
use crate::view::{Arrived, Slot};

const RULE: Rule = Rule {
    id: "",
    level: Level::Declared,
    subject: Subject::Sequencer,
    line: 67,
    quote: None,
    source: None,
    evidence: &[Evidence::Wire],
    check: |_, _| {},
};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "structures/request-block-number",
        line: 68,
        quote: Some("- `blockNumber`: `uint256`"),
        check: block_number,
        ..RULE
    },
    Rule {
        id: "structures/request-parent-hash",
        line: 69,
        quote: Some("- `parentHash`:  `Hash32`"),
        check: parent_hash,
        ..RULE
    },
    Rule {
        id: "structures/request-pubkey",
        line: 70,
        quote: Some("- `pubKey`: `Address`"),
        check: pubkey,
        ..RULE
    },
    Rule {
        id: "structures/request-gas-limit",
        line: 71,
        quote: Some("- `gasLimit`: `uint256`"),
        check: gas_limit,
        ..RULE
    },
    Rule {
        id: "structures/request-beacon-root",
        line: 72,
        quote: Some("- `parentBeaconBlockRoot`: `Hash32`"),
        check: beacon_root,
        ..RULE
    },
    Rule {
        id: "structures/sends-quantities",
        level: Level::Derived,
        source: Some(
            "execution-apis, common definitions: a QUANTITY is 0x and its digits, the most compact",
        ),
        check: |record, tally| encodings(record, tally, Encoding::Quantity),
        ..RULE
    },
    Rule {
        id: "structures/sends-data",
        level: Level::Derived,
        source: Some("execution-apis, common definitions: DATA is 0x and two digits a byte"),
        check: |record, tally| encodings(record, tally, Encoding::Data),
        ..RULE
    },
    Rule {
        id: "get-payload/sends-method",
        line: 87,
        quote: Some("* **method**: `builder_getPayloadV1`"),
        check: |record, tally| method(record, tally, Method::GetPayload),
        ..RULE
    },
    Rule {
        id: "get-payload/sends-payload",
        line: 90,
        quote: Some("1. `payload`: `PayloadRequestV1`"),
        check: param_payload,
        ..RULE
    },
    Rule {
        id: "get-payload/sends-signature",
        line: 93,
        quote: Some("- **Required**: true"),
        check: param_signature,
        ..RULE
    },
    Rule {
        id: "forward-transaction/sends-method",
        line: 115,
        quote: Some("* **method**: `builder_forwardTransactionV1`"),
        check: |record, tally| method(record, tally, Method::ForwardTransaction),
        ..RULE
    },
    Rule {
        id: "forward-transaction/sends-transaction",
        line: 117,
        quote: Some("1. `transaction`: `string`"),
        check: param_transaction,
        ..RULE
    },
];

/// A call that reached the proxy, as it is written.
struct Sent<'a> {
    arrived: &'a Arrived<'a>,
    members: Vec<(String, &'a RawValue)>,
    params: Vec<&'a RawValue>,
    method: Method,
}

fn sent<'a>(record: &Record<'a>) -> impl Iterator<Item = Sent<'a>> + use<'a> {
    record.view.exchanges.iter().filter_map(|exchange| {
        let arrived = exchange.arrived.as_ref()?;
        let text = std::str::from_utf8(&arrived.request.body).unwrap_or_default();
        let members = all_members(text).unwrap_or_default();
        let get = |name: &str| {
            let mut of = members.iter();
            of.find(|(of, _)| of == name).map(|(_, value)| value.get())
        };
        let params = get("params").and_then(|it| serde_json::from_str(it).ok());
        let params: Vec<&RawValue> = params.unwrap_or_default();
        let name: Option<String> = get("method").and_then(|it| serde_json::from_str(it).ok());
        // What calls no method that there is meant the one whose parameters it has.
        let meant = match params.as_slice() {
            [only] if only.get().starts_with('"') => Method::ForwardTransaction,
            _ => Method::GetPayload,
        };
        let method = name.as_deref().and_then(Method::of).unwrap_or(meant);
        Some(Sent {
            arrived,
            method,
            params,
            members,
        })
    })
}

impl<'a> Sent<'a> {
    fn get(&self, name: &str) -> Option<&'a str> {
        let mut of = self.members.iter();
        of.find(|(of, _)| of == name).map(|(_, value)| value.get())
    }

    /// What is wrong with the call as such: HTTP and JSON-RPC 2.0.
    fn wrong(&self, path: &str) -> Option<String> {
        let HttpRequest {
            method,
            path: own,
            headers,
            ..
        } = self.arrived.request;
        let name: Option<String> = self
            .get("method")
            .and_then(|it| serde_json::from_str(it).ok());
        let mut names: Vec<&str> = self.members.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        let id = self.get("id").unwrap_or("null");
        let is_id = id.starts_with('"') || id.bytes().all(|byte| byte.is_ascii_digit());
        let has_type = headers.iter().any(|(name, _)| **name == *"content-type");
        [
            (**method == *"POST", "it is not posted"),
            (**own == *path, "it goes to another path than the builder's"),
            (!has_type, "it is not said to be JSON"),
            (
                names == ["id", "jsonrpc", "method", "params"],
                "it has other members than those of a call",
            ),
            (
                self.get("jsonrpc") == Some("\"2.0\""),
                "`jsonrpc` is not \"2.0\"",
            ),
            (is_id, "its id is neither a text nor a number"),
            (
                name.as_deref().and_then(Method::of).is_some(),
                "it calls no method that a builder has",
            ),
        ]
        .into_iter()
        .find_map(|(right, why)| (!right).then(|| why.to_owned()))
    }

    /// A member of the requested payload, as JSON.
    fn asked(&self, name: &str) -> Result<&'a str, String> {
        let payload = self.params.first().map_or("null", |first| first.get());
        let members = all_members(payload).unwrap_or_default();
        let mut of = members.iter().filter(|(of, _)| of == name);
        match (of.next(), of.next()) {
            (Some((_, value)), None) => Ok(value.get()),
            (None, _) => Err(format!("{name} is missing")),
            (Some(_), Some(_)) => Err(format!("{name} stands there twice")),
        }
    }

    fn number(&self, name: &str) -> Result<U256, String> {
        let usual =
            usual_quantity(self.asked(name)?, 256).map_err(|why| format!("{name}: {why}"))?;
        Ok(serde_json::from_str(&usual).unwrap_or_default())
    }

    fn bytes(&self, name: &str, length: usize) -> Result<String, String> {
        let usual = usual_data(self.asked(name)?, |it| it == length);
        usual.map_err(|why| format!("{name}: {why}"))
    }

    fn hash(&self, name: &str) -> Result<B256, String> {
        let usual = self.bytes(name, 32)?;
        Ok(serde_json::from_str(&usual).unwrap_or_default())
    }

    fn slot(&self, record: &Record<'a>) -> Option<&'a Slot> {
        let begun_us = self.arrived.begun_us;
        let mut slots = record.view.slots.iter();
        slots.find(|slot| (slot.begins_us..slot.ends_us).contains(&begun_us))
    }

    /// The number of the head that it is for, if that is one.
    fn head(&self, record: &Record<'_>) -> Option<u64> {
        let parent = self.hash("parentHash").ok()?;
        let mut heads = record.findings.heads_at(self.arrived.begun_us);
        Some(heads.find(|head| head.hash == parent)?.number)
    }
}

/// The payload requests, as they are written.
fn requests<'a>(record: &Record<'a>) -> impl Iterator<Item = Sent<'a>> + use<'a> {
    sent(record).filter(|sent| sent.method == Method::GetPayload)
}

/// The path of the builder's URL: in a simulation there is one, elsewhere the first that is used.
fn path<'a>(record: &Record<'a>) -> &'a str {
    let mut arrived = record.view.exchanges.iter();
    arrived
        .find_map(|exchange| Some(&*exchange.arrived.as_ref()?.request.path))
        .unwrap_or("/")
}

/// Every call is one of JSON-RPC 2.0, posted to the builder's URL, of a method by its name.
fn method(record: &Record<'_>, tally: &mut Tally, method: Method) {
    let path = path(record);
    for sent in sent(record).filter(|sent| sent.method == method) {
        let wrong = sent.wrong(path);
        tally.result(sent.arrived.at_us, wrong.map_or(Ok(()), Err));
    }
}

/// There are two parameters, and the first is an object. DECISION: params-form.
fn param_payload(record: &Record<'_>, tally: &mut Tally) {
    for sent in requests(record) {
        let first = sent.params.first().map_or("null", |it| it.get());
        let right = sent.params.len() == 2 && first.starts_with('{');
        tally.note(sent.arrived.at_us, right, || {
            "the parameters are not a payload request and a signature".to_owned()
        });
    }
}

/// The second is a signature's 65 bytes. DECISION: signature-form.
fn param_signature(record: &Record<'_>, tally: &mut Tally) {
    for sent in requests(record) {
        let second = sent.params.get(1).map_or("null", |it| it.get());
        let right = usual_data(second, |length| length == 65);
        let right = right.map_err(|why| format!("the signature: {why}"));
        tally.result(sent.arrived.at_us, right.map(|_| ()));
    }
}

/// There is one parameter, the bytes of a transaction.
fn param_transaction(record: &Record<'_>, tally: &mut Tally) {
    for sent in sent(record).filter(|sent| sent.method == Method::ForwardTransaction) {
        let result = match sent.params.as_slice() {
            [only] => usual_data(only.get(), |length| length > 0).map(|_| ()),
            params => Err(format!("there are {} parameters", params.len())),
        };
        tally.result(sent.arrived.at_us, result);
    }
}

fn expect<T: PartialEq + std::fmt::Debug>(
    got: Result<T, String>,
    wanted: &T,
    name: &str,
) -> Result<(), String> {
    let got = got?;
    if got == *wanted {
        Ok(())
    } else {
        Err(format!("{name} is {got:?}, and should be {wanted:?}"))
    }
}

/// The head's and one.
fn block_number(record: &Record<'_>, tally: &mut Tally) {
    for sent in requests(record) {
        let number = sent.number("blockNumber");
        let result = match sent.head(record) {
            Some(head) => expect(number, &U256::from(head + 1), "blockNumber"),
            // What is wrong with the parent is for another rule to say.
            None => number.map(|_| ()),
        };
        tally.result(sent.arrived.at_us, result);
    }
}

/// The head of that moment.
fn parent_hash(record: &Record<'_>, tally: &mut Tally) {
    for sent in requests(record) {
        let parent = sent.hash("parentHash");
        let result = parent.and_then(|parent| {
            let mut heads = record.findings.heads_at(sent.arrived.begun_us);
            let is_head = heads.any(|head| head.hash == parent);
            is_head
                .then_some(())
                .ok_or_else(|| format!("parentHash is {parent}, which is not the head"))
        });
        tally.result(sent.arrived.at_us, result);
    }
}

/// The sequencer's address. DECISION: request-pubkey.
fn pubkey(record: &Record<'_>, tally: &mut Tally) {
    for sent in requests(record) {
        let usual = sent.bytes("pubKey", 20);
        let pubkey: Result<Address, _> =
            usual.map(|usual| serde_json::from_str(&usual).unwrap_or_default());
        let own = record.view.trace.keys.sequencer;
        tally.result(sent.arrived.at_us, expect(pubkey, &own, "pubKey"));
    }
}

/// That of the slot's attributes.
fn gas_limit(record: &Record<'_>, tally: &mut Tally) {
    for sent in requests(record) {
        let limit = sent.number("gasLimit");
        let result = match (sent.slot(record), sent.head(record)) {
            (Some(slot), Some(head)) => {
                let wanted = record.attributes(slot, head + 1).gas_limit;
                expect(limit, &U256::from(wanted.unwrap_or_default()), "gasLimit")
            }
            _ => limit.map(|_| ()),
        };
        tally.result(sent.arrived.at_us, result);
    }
}

/// That of the slot's attributes.
fn beacon_root(record: &Record<'_>, tally: &mut Tally) {
    for sent in requests(record) {
        let root = sent.hash("parentBeaconBlockRoot");
        let result = match (sent.slot(record), sent.head(record)) {
            (Some(slot), Some(head)) => {
                let attributes = record.attributes(slot, head + 1).payload_attributes;
                let wanted = attributes.parent_beacon_block_root.unwrap_or_default();
                expect(root, &wanted, "parentBeaconBlockRoot")
            }
            _ => root.map(|_| ()),
        };
        tally.result(sent.arrived.at_us, result);
    }
}

/// How the members of what is sent are encoded: of a payload request, of the attributes, of a fork
/// choice, and of a block.
const ENCODED: &[(&str, Encoding, usize)] = &[
    ("blockNumber", Encoding::Quantity, 256),
    ("gasLimit", Encoding::Quantity, 256),
    ("gasUsed", Encoding::Quantity, 64),
    ("timestamp", Encoding::Quantity, 64),
    ("baseFeePerGas", Encoding::Quantity, 256),
    ("blobGasUsed", Encoding::Quantity, 64),
    ("excessBlobGas", Encoding::Quantity, 64),
    ("minBaseFee", Encoding::Quantity, 64),
    ("parentHash", Encoding::Data, 32),
    ("pubKey", Encoding::Data, 20),
    ("parentBeaconBlockRoot", Encoding::Data, 32),
    ("feeRecipient", Encoding::Data, 20),
    ("stateRoot", Encoding::Data, 32),
    ("receiptsRoot", Encoding::Data, 32),
    ("logsBloom", Encoding::Data, 256),
    ("prevRandao", Encoding::Data, 32),
    ("blockHash", Encoding::Data, 32),
    ("suggestedFeeRecipient", Encoding::Data, 20),
    ("eip1559Params", Encoding::Data, 8),
    ("headBlockHash", Encoding::Data, 32),
    ("safeBlockHash", Encoding::Data, 32),
    ("finalizedBlockHash", Encoding::Data, 32),
];

/// Every number and every string of bytes that the sequencer sends to the builder is encoded as such.
fn encodings(record: &Record<'_>, tally: &mut Tally, encoding: Encoding) {
    for sent in sent(record) {
        let objects = sent.params.iter().map(|it| it.get());
        let members = objects.filter_map(|it| all_members(it).ok()).flatten();
        let mut result = None;
        for (name, value) in members {
            let of = ENCODED
                .iter()
                .find(|(of, kind, _)| *of == name && *kind == encoding);
            let read = match of {
                Some((_, Encoding::Quantity, bits)) => usual_quantity(value.get(), *bits),
                Some((_, _, bytes)) => usual_data(value.get(), |length| length == *bytes),
                None if encoding == Encoding::Data && name == "transactions" => {
                    let items: Vec<&RawValue> =
                        serde_json::from_str(value.get()).unwrap_or_default();
                    let mut items = items
                        .iter()
                        .map(|it| usual_data(it.get(), |length| length > 0));
                    items.find(Result::is_err).unwrap_or(Ok(String::new()))
                }
                None => continue,
            };
            let read = read.map(|_| ()).map_err(|why| format!("{name}: {why}"));
            if value.get() != "null" && result.as_ref().is_none_or(Result::is_ok) {
                result = Some(read);
            }
        }
        if let Some(result) = result {
            tally.result(sent.arrived.at_us, result);
        }
    }
}
