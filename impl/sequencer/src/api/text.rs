//! Reading a parameter: quantities, data, hashes and addresses are read strictly, as the
//! execution-apis define them.

use alloy_eips::{BlockId, BlockNumberOrTag, RpcBlockHash};
use alloy_primitives::{Address, B256, Bytes, U256, hex};
use serde::Deserialize;
use serde_json::value::RawValue;

/// How much of what was found an error repeats.
const SHOWN: usize = 80;

/// What a parameter can be read as. The error is what was expected, and what was found.
pub(super) trait Param: Sized {
    /// Reads it from JSON.
    fn read(json: &str) -> Result<Self, String>;
}

/// A slot of a contract's storage: up to 32 bytes, zeros at the front or not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot(pub(super) U256);

impl Param for u64 {
    fn read(json: &str) -> Result<Self, String> {
        let digits = quantity(json)?;
        Self::from_str_radix(&digits, 16)
            .map_err(|_| expected("a quantity of at most 64 bits", json))
    }
}

impl Param for U256 {
    fn read(json: &str) -> Result<Self, String> {
        let digits = quantity(json)?;
        Self::from_str_radix(&digits, 16)
            .map_err(|_| expected("a quantity of at most 256 bits", json))
    }
}

impl Param for Slot {
    fn read(json: &str) -> Result<Self, String> {
        let what = "a storage slot of up to 32 bytes, such as 0x0";
        let digits = digits(json).filter(|digits| (1..=64).contains(&digits.len()));
        let slot = digits.and_then(|digits| U256::from_str_radix(&digits, 16).ok());
        slot.map(Self).ok_or_else(|| expected(what, json))
    }
}

impl Param for B256 {
    fn read(json: &str) -> Result<Self, String> {
        let bytes = digits(json).and_then(|digits| <[u8; 32]>::try_from(decode(&digits)?).ok());
        bytes
            .map(Self::from)
            .ok_or_else(|| expected("a hash of 32 bytes", json))
    }
}

impl Param for Address {
    fn read(json: &str) -> Result<Self, String> {
        let bytes = digits(json).and_then(|digits| <[u8; 20]>::try_from(decode(&digits)?).ok());
        bytes
            .map(Self::from)
            .ok_or_else(|| expected("an address of 20 bytes", json))
    }
}

impl Param for Bytes {
    fn read(json: &str) -> Result<Self, String> {
        let bytes = digits(json).and_then(|digits| decode(&digits));
        bytes
            .map(Self::from)
            .ok_or_else(|| expected("bytes such as 0x or 0x00ff", json))
    }
}

impl Param for bool {
    fn read(json: &str) -> Result<Self, String> {
        serde_json::from_str(json).map_err(|_| expected("true or false", json))
    }
}

impl Param for Vec<f64> {
    fn read(json: &str) -> Result<Self, String> {
        serde_json::from_str(json).map_err(|_| expected("a list of numbers", json))
    }
}

impl Param for BlockNumberOrTag {
    fn read(json: &str) -> Result<Self, String> {
        match text(json).as_deref() {
            Some("latest") => Ok(Self::Latest),
            Some("pending") => Ok(Self::Pending),
            Some("earliest") => Ok(Self::Earliest),
            Some("safe") => Ok(Self::Safe),
            Some("finalized") => Ok(Self::Finalized),
            Some(other) if other.starts_with("0x") => u64::read(json).map(Self::Number),
            Some(_) | None => Err(expected(
                "latest, pending, safe, finalized, earliest, or a number such as 0x1f",
                json,
            )),
        }
    }
}

impl Param for BlockId {
    /// Reads a block's number, tag or hash, or an object with one of them (EIP-1898).
    fn read(json: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        struct Object<'a> {
            #[serde(borrow, default)]
            block_hash: Option<&'a RawValue>,
            #[serde(borrow, default)]
            block_number: Option<&'a RawValue>,
            #[serde(borrow, default)]
            require_canonical: Option<&'a RawValue>,
        }
        if !json.starts_with('{') {
            let hash = B256::read(json).map(Self::from);
            return hash.or_else(|_| BlockNumberOrTag::read(json).map(Self::Number));
        }
        let object: Object<'_> = serde_json::from_str(json).map_err(|error| error.to_string())?;
        let require_canonical = object.require_canonical;
        match (object.block_hash, object.block_number) {
            (Some(hash), None) => Ok(Self::Hash(RpcBlockHash {
                block_hash: B256::read(hash.get())?,
                require_canonical: require_canonical
                    .map(|canonical| bool::read(canonical.get()))
                    .transpose()?,
            })),
            (None, Some(number)) if require_canonical.is_none() => {
                BlockNumberOrTag::read(number.get()).map(Self::Number)
            }
            _ => Err(expected(
                "blockNumber alone, or blockHash and perhaps requireCanonical",
                json,
            )),
        }
    }
}

/// What was expected, and what was found.
pub(super) fn expected(what: &str, json: &str) -> String {
    let mut shown: String = json.chars().take(SHOWN).collect();
    if shown.len() < json.len() {
        shown.push('…');
    }
    format!("expected {what}, found {shown}")
}

/// The digits of a quantity: at least one, and no zeros at the front.
fn quantity(json: &str) -> Result<String, String> {
    let digits = digits(json).filter(|digits| digits == "0" || !digits.starts_with('0'));
    digits
        .filter(|digits| !digits.is_empty())
        .ok_or_else(|| expected("a quantity such as 0x0 or 0x1f", json))
}

/// The hexadecimal digits after `0x`.
fn digits(json: &str) -> Option<String> {
    let text = text(json)?;
    let digits = text.strip_prefix("0x")?;
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_hex.then(|| digits.to_owned())
}

fn decode(digits: &str) -> Option<Vec<u8>> {
    // The digits of `0x0x12` are no digits, and were refused before.
    hex::decode(digits).ok()
}

fn text(json: &str) -> Option<String> {
    serde_json::from_str(json).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_strict() {
        for (json, quantity) in [
            (r#""0x0""#, 0),
            (r#""0x1f""#, 31),
            (r#""0xFfffffffffffffff""#, u64::MAX),
        ] {
            assert_eq!(u64::read(json), Ok(quantity));
        }
        for json in [
            r#""0x""#,
            r#""0x00""#,
            r#""0x01""#,
            r#""0X1""#,
            r#""1""#,
            r#""0x+1""#,
            r#""0x1_0""#,
            r#"" 0x1""#,
            r#""0x10000000000000000""#,
            "1",
            "null",
            "[]",
        ] {
            let why = u64::read(json).unwrap_err();
            assert!(why.contains("expected a quantity"), "{json}: {why}");
        }
        let most = format!("\"0x{}\"", "f".repeat(64));
        assert_eq!(U256::read(&most), Ok(U256::MAX));
        assert!(U256::read(&format!("\"0x1{}\"", "0".repeat(64))).is_err());
    }

    #[test]
    fn hashes_addresses_and_bytes_are_of_their_length() {
        let of = |digits: usize| format!("\"0x{}\"", "a".repeat(digits));
        assert_eq!(B256::read(&of(64)), Ok(B256::repeat_byte(0xaa)));
        assert_eq!(Address::read(&of(40)), Ok(Address::repeat_byte(0xaa)));
        assert_eq!(Bytes::read(&of(4)), Ok(Bytes::from_static(&[0xaa, 0xaa])));
        assert_eq!(Bytes::read(&of(0)), Ok(Bytes::new()));
        for digits in [0, 1, 39, 41, 63, 65] {
            assert!(B256::read(&of(digits)).is_err());
            assert!(Address::read(&of(digits)).is_err());
        }
        for odd in [r#""0xa""#, r#""aa""#, r#""0xgg""#, r#""0x0xaa""#, "7"] {
            assert!(Bytes::read(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn blocks_are_named_in_every_way() {
        let hash = B256::repeat_byte(1);
        for (json, block) in [
            (r#""latest""#.to_owned(), BlockId::latest()),
            (r#""safe""#.to_owned(), BlockId::safe()),
            (r#""0x1f""#.to_owned(), BlockId::number(31)),
            (r#"{"blockNumber":"0x1f"}"#.to_owned(), BlockId::number(31)),
            (format!("\"{hash}\""), BlockId::hash(hash)),
            (format!(r#"{{"blockHash":"{hash}"}}"#), BlockId::hash(hash)),
            (
                format!(r#"{{"blockHash":"{hash}","requireCanonical":true}}"#),
                BlockId::hash_canonical(hash),
            ),
        ] {
            assert_eq!(BlockId::read(&json), Ok(block), "{json}");
        }
        for json in [
            r#""Latest""#,
            r#""the last one""#,
            r#""31""#,
            r#""0x01""#,
            "31",
            "null",
            "{}",
            r#"{"blockNumber":"0x1","requireCanonical":true}"#,
            r#"{"blockHash":"0x1"}"#,
            r#"{"number":"0x1"}"#,
        ] {
            assert!(BlockId::read(json).is_err(), "{json}");
        }
    }

    #[test]
    fn errors_repeat_little() {
        let why = u64::read(&format!("\"{}\"", "ü".repeat(10_000))).unwrap_err();
        assert!(why.chars().count() < 200 && why.ends_with('…'), "{why}");
    }
}
