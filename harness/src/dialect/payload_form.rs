//! The form of `BuilderPayloadV1` and of the payload in it, read without the nodes: what is wrong
//! with each member, and what is said if nothing is (lines 75 to 79; execution-apis, common
//! definitions, shanghai and cancun).

use std::fmt;

use alloy_eips::eip4895::Withdrawal;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// What the form of a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// DATA of so many bytes.
    Data(usize),
    /// DATA of at most so many bytes.
    DataUpTo(usize),
    /// A QUANTITY of at most so many bits.
    Quantity(usize),
    /// The same, or null, or absent.
    OptionalQuantity(usize),
    /// A list of DATA.
    ListOfData,
    /// A list of withdrawals. That there are none on an OP Stack chain is a matter of contents.
    ListOfWithdrawals,
}

/// How a member is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// As a QUANTITY.
    Quantity,
    /// As DATA.
    Data,
    /// Otherwise.
    Other,
}

const RESPONSE: &[(&str, Kind)] = &[("pubKey", Kind::Data(20)), ("value", Kind::Quantity(256))];

const PAYLOAD: &[(&str, Kind)] = &[
    ("parentHash", Kind::Data(32)),
    ("feeRecipient", Kind::Data(20)),
    ("stateRoot", Kind::Data(32)),
    ("receiptsRoot", Kind::Data(32)),
    ("logsBloom", Kind::Data(256)),
    ("prevRandao", Kind::Data(32)),
    ("blockNumber", Kind::Quantity(64)),
    ("gasLimit", Kind::Quantity(64)),
    ("gasUsed", Kind::Quantity(64)),
    ("timestamp", Kind::Quantity(64)),
    ("extraData", Kind::DataUpTo(32)),
    ("baseFeePerGas", Kind::Quantity(256)),
    ("blockHash", Kind::Data(32)),
    ("transactions", Kind::ListOfData),
    ("withdrawals", Kind::ListOfWithdrawals),
    ("blobGasUsed", Kind::OptionalQuantity(64)),
    ("excessBlobGas", Kind::OptionalQuantity(64)),
];

/// The member that holds the payload.
const HOLDS_PAYLOAD: &str = "executionPayload";

/// What is wrong with the form of a result, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misformed {
    /// The member; empty if it is the result as such.
    pub member: &'static str,
    /// How the member is encoded.
    pub encoding: Encoding,
    /// What is wrong with it.
    pub why: String,
}

impl fmt::Display for Misformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.member, self.why)
    }
}

/// How a member of a response or of a payload is encoded.
#[must_use]
pub fn encoding_of(member: &str) -> Encoding {
    let mut members = RESPONSE.iter().chain(PAYLOAD);
    let kind = members.find_map(|(name, kind)| (*name == member).then_some(*kind));
    kind.map_or(Encoding::Other, Kind::encoding)
}

/// Reads a result: each of its members as JSON in its usual spelling.
///
/// # Errors
///
/// The first thing that is wrong with its form.
pub fn usual(result: &str) -> Result<String, Misformed> {
    let response = all_members(result).map_err(|why| Misformed {
        member: "",
        encoding: Encoding::Other,
        why,
    })?;
    let payload = get(&response, HOLDS_PAYLOAD).map_err(in_payload)?;
    let payload = payload.ok_or_else(|| in_payload("it is missing".to_owned()))?;
    let payload = all_members(payload).map_err(in_payload)?;
    let payload = object(&payload, PAYLOAD)?;
    let response = object(&response, RESPONSE)?;
    Ok(format!("{{\"{HOLDS_PAYLOAD}\":{{{payload}}},{response}}}"))
}

fn in_payload(why: String) -> Misformed {
    Misformed {
        member: HOLDS_PAYLOAD,
        encoding: Encoding::Other,
        why,
    }
}

/// The members of an object as they stand, the same name as often as it stands there.
type Members<'a> = Vec<(String, &'a RawValue)>;

/// A member as JSON, if it is there.
fn get<'a>(members: &Members<'a>, name: &str) -> Result<Option<&'a str>, String> {
    let mut found = members.iter().filter(|(of, _)| of == name);
    let first = found.next().map(|(_, value)| value.get());
    match found.next() {
        None => Ok(first),
        Some(_) => Err("it stands there twice".to_owned()),
    }
}

fn object(members: &Members<'_>, kinds: &[(&'static str, Kind)]) -> Result<String, Misformed> {
    let mut usual = Vec::new();
    for (name, kind) in kinds {
        let wrong = |why: String| Misformed {
            member: name,
            encoding: kind.encoding(),
            why,
        };
        let value = get(members, name).map_err(wrong)?;
        if let Some(value) = kind.usual(value).map_err(wrong)? {
            usual.push(format!("\"{name}\":{value}"));
        }
    }
    Ok(usual.join(","))
}

impl Kind {
    fn encoding(self) -> Encoding {
        match self {
            Self::Data(_) | Self::DataUpTo(_) | Self::ListOfData => Encoding::Data,
            Self::Quantity(_) | Self::OptionalQuantity(_) => Encoding::Quantity,
            Self::ListOfWithdrawals => Encoding::Other,
        }
    }

    /// The value in its usual spelling; nothing if it may be absent and is.
    fn usual(self, json: Option<&str>) -> Result<Option<String>, String> {
        if let Self::OptionalQuantity(bits) = self {
            return match json {
                None | Some("null") => Ok(None),
                Some(json) => usual_quantity(json, bits).map(Some),
            };
        }
        let json = json.ok_or("it is missing")?;
        let usual = match self {
            Self::Data(bytes) => usual_data(json, |length| length == bytes),
            Self::DataUpTo(bytes) => usual_data(json, |length| length <= bytes),
            Self::Quantity(bits) | Self::OptionalQuantity(bits) => usual_quantity(json, bits),
            Self::ListOfData => {
                let items: Vec<&RawValue> =
                    serde_json::from_str(json).map_err(|_| "it is no list")?;
                let items = items
                    .into_iter()
                    .map(|item| usual_data(item.get(), |_| true));
                let items: Vec<String> = items.collect::<Result<_, _>>()?;
                Ok(format!("[{}]", items.join(",")))
            }
            Self::ListOfWithdrawals => match serde_json::from_str::<Vec<Withdrawal>>(json) {
                Ok(_) => Ok(json.to_owned()),
                Err(error) => Err(format!("it is no list of withdrawals: {error}")),
            },
        };
        usual.map(Some)
    }
}

/// The digits after the prefix, in lower case.
fn digits(json: &str) -> Result<String, String> {
    let text: String = serde_json::from_str(json).map_err(|_| "it is no text")?;
    let digits = text.strip_prefix("0x").ok_or("it does not begin with 0x")?;
    if digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        Ok(digits.to_ascii_lowercase())
    } else {
        Err("it has something else than hexadecimal digits".to_owned())
    }
}

/// A QUANTITY in its usual spelling.
///
/// # Errors
///
/// What is wrong with it.
pub fn usual_quantity(json: &str, bits: usize) -> Result<String, String> {
    let digits = digits(json)?;
    if digits.is_empty() {
        return Err("it has no digits".to_owned());
    }
    if digits.len() > 1 && digits.starts_with('0') {
        return Err("it has a leading zero".to_owned());
    }
    if digits.len() * 4 > bits {
        return Err(format!("it has more than {bits} bits"));
    }
    Ok(format!("\"0x{digits}\""))
}

/// DATA in its usual spelling, of a length that is right.
///
/// # Errors
///
/// What is wrong with it.
pub fn usual_data(json: &str, is_right: impl Fn(usize) -> bool) -> Result<String, String> {
    let digits = digits(json)?;
    if digits.len() % 2 == 1 {
        return Err("it has half a byte".to_owned());
    }
    let length = digits.len() / 2;
    if is_right(length) {
        Ok(format!("\"0x{digits}\""))
    } else {
        Err(format!("it has {length} bytes"))
    }
}

/// The members of an object.
///
/// # Errors
///
/// It is none.
pub fn all_members(json: &str) -> Result<Members<'_>, String> {
    struct Object<'a>(Members<'a>);
    impl<'de> Deserialize<'de> for Object<'de> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Reader;
            impl<'de> Visitor<'de> for Reader {
                type Value = Object<'de>;

                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("an object")
                }

                fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                    let mut members = Vec::new();
                    while let Some(member) = map.next_entry()? {
                        members.push(member);
                    }
                    Ok(Object(members))
                }
            }
            deserializer.deserialize_map(Reader)
        }
    }
    let object: Result<Object<'_>, _> = serde_json::from_str(json);
    object
        .map(|Object(members)| members)
        .map_err(|_| "it is no object".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_encodings() {
        for (json, right) in [
            (r#""0x0""#, true),
            (r#""0x1""#, true),
            (r#""0xAb""#, true),
            (r#""\u0030x1""#, true),
            (r#""0xffffffffffffffff""#, true),
            (r#""0x10000000000000000""#, false),
            (r#""0x""#, false),
            (r#""0x00""#, false),
            (r#""0x01""#, false),
            (r#""0X1""#, false),
            (r#""1""#, false),
            (r#""-0x1""#, false),
            (r#""+0x1""#, false),
            (r#"" 0x1""#, false),
            (r#""0x1 ""#, false),
            (r#""0x1\n""#, false),
            (r#""0x_1""#, false),
            (r#""0x0x1""#, false),
            (r#""0xg""#, false),
            (r#""0x1.0""#, false),
            ("1", false),
            ("null", false),
            ("true", false),
            ("\"\"", false),
        ] {
            assert_eq!(usual_quantity(json, 64).is_ok(), right, "{json}");
        }
        for (json, right) in [
            (r#""0x00fF""#, true),
            (r#""0x00f""#, false),
            (r#""0x00""#, false),
            (r#""0x000000""#, false),
            (r#""0X00ff""#, false),
            (r#""00ff""#, false),
            (r#""0x00gg""#, false),
        ] {
            assert_eq!(
                usual_data(json, |length| length == 2).is_ok(),
                right,
                "{json}"
            );
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (json, told) in [
            ("null", ": it is no object"),
            ("[]", ": it is no object"),
            ("{}", "executionPayload: it is missing"),
            (
                r#"{"executionPayload":{},"executionPayload":{}}"#,
                "executionPayload: it stands there twice",
            ),
            (
                r#"{"executionPayload":{"parentHash":"0x"}}"#,
                "parentHash: it has 0 bytes",
            ),
        ] {
            let wrong = usual(json).expect_err(json);
            assert_eq!(wrong.to_string(), told);
        }
    }
}
