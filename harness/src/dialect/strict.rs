//! Parameters of the two methods of this API, read strictly and without the nodes: what they say, or
//! what is wrong with them and where.

use std::fmt;

use alloy_primitives::{Address, B256, U256, hex};

use super::form::{length, members};
use serde_json::value::RawValue;

/// The members of `PayloadRequestV1` (lines 68 to 72).
pub const REQUEST_MEMBERS: [&str; 5] = [
    "blockNumber",
    "parentHash",
    "pubKey",
    "gasLimit",
    "parentBeaconBlockRoot",
];

/// What is asked for, and by whose signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The block's number.
    pub number: U256,
    /// The parent.
    pub parent: B256,
    /// Whose key it is said to be.
    pub pubkey: Address,
    /// The gas limit.
    pub gas_limit: U256,
    /// The beacon block root.
    pub root: B256,
    /// The signature, which may be none.
    pub signature: Vec<u8>,
    /// Whether there are other members too.
    pub has_others: bool,
    /// Whether anything is written otherwise than nodes write it: digits of the other case.
    pub is_odd: bool,
}

/// Where something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the list of parameters as such.
    Params,
    /// In the first parameter as such.
    First,
    /// In a member of it.
    Member(&'static str),
    /// In the signature.
    Signature,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It is not there.
    Missing,
    /// It is there more than once, or more is there than should be.
    TooMany,
    /// It is null.
    Null,
    /// It is of another type.
    Type,
    /// It is no QUANTITY.
    Quantity,
    /// It is a QUANTITY of more bits than it may have.
    Range,
    /// It is no DATA.
    Data,
    /// It is DATA of another length.
    Length,
}

/// Where and what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Where.
    pub place: Place,
    /// What.
    pub flaw: Flaw,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {:?}", self.place, self.flaw)
    }
}

/// Reads a QUANTITY: "0x" and digits of which the first is not zero, but for zero itself
/// (execution-apis, common definitions).
///
/// # Errors
///
/// What is wrong with it.
pub fn quantity(json: &str, bits: usize) -> Result<U256, Flaw> {
    let text = text(json)?;
    let digits = text.strip_prefix("0x").ok_or(Flaw::Quantity)?;
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let is_shortest = !digits.is_empty() && (digits == "0" || !digits.starts_with('0'));
    if !is_hex || !is_shortest {
        return Err(Flaw::Quantity);
    }
    let number = U256::from_str_radix(digits, 16).map_err(|_| Flaw::Range)?;
    if digits.len() > 64 || number.bit_len() > bits {
        return Err(Flaw::Range);
    }
    Ok(number)
}

/// Reads DATA: "0x" and two digits a byte (execution-apis, common definitions).
///
/// # Errors
///
/// What is wrong with it.
pub fn data(json: &str) -> Result<Vec<u8>, Flaw> {
    let text = text(json)?;
    let digits = text.strip_prefix("0x").ok_or(Flaw::Data)?;
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    if !is_hex || digits.len() % 2 == 1 {
        return Err(Flaw::Data);
    }
    hex::decode(digits).map_err(|_| Flaw::Data)
}

/// Reads DATA of so many bytes.
///
/// # Errors
///
/// What is wrong with it.
pub fn fixed<const N: usize>(json: &str) -> Result<[u8; N], Flaw> {
    data(json)?.try_into().map_err(|_| Flaw::Length)
}

fn text(json: &str) -> Result<String, Flaw> {
    match serde_json::from_str(json) {
        Ok(text) => Ok(text),
        Err(_) if json == "null" => Err(Flaw::Null),
        Err(_) => Err(Flaw::Type),
    }
}

/// The parameters as a list of so many. DECISION: params-form.
fn list(params: Option<&str>, count: usize) -> Result<Vec<&RawValue>, Wrong> {
    let wrong = |flaw| Wrong {
        place: Place::Params,
        flaw,
    };
    let params = params.unwrap_or("[]");
    let there = length(params).ok_or(wrong(Flaw::Type))?;
    if there > count {
        return Err(wrong(Flaw::TooMany));
    }
    serde_json::from_str(params).map_err(|_| wrong(Flaw::Type))
}

/// Reads the parameters of a payload request: `[payload, signature]` (lines 88 to 94).
///
/// # Errors
///
/// What is wrong with them.
pub fn wanted(params: Option<&str>) -> Result<Wanted, Wrong> {
    let params = list(params, 2)?;
    let first = |flaw| Wrong {
        place: Place::First,
        flaw,
    };
    let payload = params.first().ok_or(first(Flaw::Missing))?.get();
    if payload == "null" {
        return Err(first(Flaw::Null));
    }
    if !payload.starts_with('{') {
        return Err(first(Flaw::Type));
    }
    let payload = members(payload).ok_or(first(Flaw::TooMany))?;
    let get = |name: &'static str| {
        let mut of = payload.iter();
        of.find(|(of, _)| of == name)
            .map(|(_, value)| value.get())
            .ok_or(Wrong {
                place: Place::Member(name),
                flaw: Flaw::Missing,
            })
    };
    let number = |name| {
        quantity(get(name)?, 256).map_err(|flaw| Wrong {
            place: Place::Member(name),
            flaw,
        })
    };
    let hash = |name| {
        fixed::<32>(get(name)?)
            .map(B256::from)
            .map_err(|flaw| Wrong {
                place: Place::Member(name),
                flaw,
            })
    };
    let pubkey = fixed::<20>(get("pubKey")?).map_err(|flaw| Wrong {
        place: Place::Member("pubKey"),
        flaw,
    })?;
    let in_signature = |flaw| Wrong {
        place: Place::Signature,
        flaw,
    };
    let has_capitals = |json: &str| json.bytes().any(|byte| byte.is_ascii_uppercase());
    let known = |name: &str| REQUEST_MEMBERS.contains(&name);
    Ok(Wanted {
        number: number("blockNumber")?,
        parent: hash("parentHash")?,
        pubkey: pubkey.into(),
        gas_limit: number("gasLimit")?,
        root: hash("parentBeaconBlockRoot")?,
        signature: data(params.get(1).ok_or(in_signature(Flaw::Missing))?.get())
            .map_err(in_signature)?,
        has_others: payload.iter().any(|(name, _)| !known(name)),
        is_odd: payload.iter().any(|(_, value)| has_capitals(value.get())),
    })
}

/// Reads the parameter of a forwarded transaction: `[transaction]` (lines 116 to 119).
///
/// # Errors
///
/// What is wrong with it.
pub fn forwarded(params: Option<&str>) -> Result<Vec<u8>, Wrong> {
    let params = list(params, 1)?;
    let first = |flaw| Wrong {
        place: Place::First,
        flaw,
    };
    let transaction = params.first().ok_or(first(Flaw::Missing))?;
    data(transaction.get()).map_err(first)
}
