//! The two encodings of Ethereum's JSON-RPC, strictly (execution-apis, common definitions).
//!
//! A QUANTITY is `0x0`, or `0x` and hexadecimal digits of which the first is not zero. DATA is
//! `0x` and two hexadecimal digits a byte. Digits may be of either case, the `x` may not.
//!
//! Each submodule is one for `#[serde(with = "…")]`.

use std::borrow::Cow;

use alloy_primitives::{U256, hex};
use serde::{Deserialize, Deserializer, de::Error};

/// Reads a QUANTITY of up to 256 bits.
///
/// # Errors
///
/// A sentence that says what is wrong with the text.
pub fn parse_quantity(text: &str) -> Result<U256, String> {
    let wrong = |why: &str| format!("expected a QUANTITY (0x0, 0x1, 0x41, …), got `{text}`: {why}");
    let digits = text
        .strip_prefix("0x")
        .ok_or_else(|| wrong("it does not begin with 0x"))?;
    if digits.is_empty() {
        return Err(wrong("it has no digits"));
    }
    if digits.len() > 1 && digits.starts_with('0') {
        return Err(wrong("it has a leading zero"));
    }
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(wrong("it has a character that is no hexadecimal digit"));
    }
    if digits.len() > 64 {
        return Err(wrong("it has more than 256 bits"));
    }
    U256::from_str_radix(digits, 16).map_err(|error| wrong(&error.to_string()))
}

/// Reads DATA of any length.
///
/// # Errors
///
/// A sentence that says what is wrong with the text.
pub fn parse_data(text: &str) -> Result<Vec<u8>, String> {
    let shown: String = text.chars().take(80).collect();
    let wrong =
        |why: &str| format!("expected DATA (0x and two digits a byte), got `{shown}`: {why}");
    let digits = text
        .strip_prefix("0x")
        .ok_or_else(|| wrong("it does not begin with 0x"))?;
    // The decoder would take a second prefix.
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(wrong("it has a character that is no hexadecimal digit"));
    }
    if digits.len() % 2 == 1 {
        return Err(wrong("it has an odd number of digits"));
    }
    hex::decode(digits).map_err(|error| wrong(&error.to_string()))
}

fn parse_fixed<const N: usize>(text: &str) -> Result<[u8; N], String> {
    let bytes = parse_data(text)?;
    let length = bytes.len();
    bytes
        .try_into()
        .map_err(|_| format!("expected {N} bytes of DATA, got {length}"))
}

fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Cow<'de, str>, D::Error> {
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    Text::deserialize(deserializer).map(|text| text.0)
}

/// A QUANTITY that fits the integer it is read into.
pub mod quantity {
    use super::{Deserializer, Error, U256, parse_quantity, text};
    use serde::Serializer;
    use std::fmt::LowerHex;

    /// Writes a QUANTITY.
    ///
    /// # Errors
    ///
    /// Those of the serializer.
    pub fn serialize<T, S>(value: &T, serializer: S) -> Result<S::Ok, S::Error>
    where
        T: LowerHex,
        S: Serializer,
    {
        serializer.collect_str(&format_args!("{value:#x}"))
    }

    /// Reads a QUANTITY.
    ///
    /// # Errors
    ///
    /// The text is no QUANTITY, or its value does not fit.
    pub fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
    where
        T: TryFrom<U256>,
        D: Deserializer<'de>,
    {
        let text = text(deserializer)?;
        let value = parse_quantity(&text).map_err(D::Error::custom)?;
        T::try_from(value).map_err(|_| {
            let bits = 8 * size_of::<T>();
            D::Error::custom(format_args!(
                "the QUANTITY `{text}` has more than {bits} bits"
            ))
        })
    }
}

/// A QUANTITY that may be absent; null means absent.
pub mod optional_quantity {
    use super::{Deserialize, Deserializer};
    use serde::Serializer;

    /// Writes a QUANTITY, or null.
    ///
    /// # Errors
    ///
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(value: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => super::quantity::serialize(value, serializer),
            None => serializer.serialize_none(),
        }
    }

    /// Reads a QUANTITY, or null.
    ///
    /// # Errors
    ///
    /// The text is no QUANTITY of up to 64 bits.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<u64>, D::Error> {
        #[derive(Deserialize)]
        struct Quantity(#[serde(with = "super::quantity")] u64);
        Ok(Option::<Quantity>::deserialize(deserializer)?.map(|quantity| quantity.0))
    }
}

/// DATA of a fixed length: hashes, addresses, blooms.
pub mod fixed_data {
    use super::{Deserializer, Error, parse_fixed, text};
    use alloy_primitives::hex;
    use serde::Serializer;

    /// Writes DATA in lower case.
    ///
    /// # Errors
    ///
    /// Those of the serializer.
    pub fn serialize<T: AsRef<[u8]>, S: Serializer>(
        value: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode_prefixed(value))
    }

    /// Reads DATA of exactly `N` bytes.
    ///
    /// # Errors
    ///
    /// The text is no DATA, or not of that length.
    pub fn deserialize<'de, const N: usize, T, D>(deserializer: D) -> Result<T, D::Error>
    where
        T: From<[u8; N]>,
        D: Deserializer<'de>,
    {
        let text = text(deserializer)?;
        parse_fixed::<N>(&text)
            .map(T::from)
            .map_err(D::Error::custom)
    }
}

/// DATA of any length up to the message's own bound.
pub mod data {
    use super::{Deserializer, Error, parse_data, text};
    use alloy_primitives::{Bytes, hex};
    use serde::Serializer;

    /// Writes DATA in lower case.
    ///
    /// # Errors
    ///
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(value: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode_prefixed(value))
    }

    /// Reads DATA.
    ///
    /// # Errors
    ///
    /// The text is no DATA.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        let text = text(deserializer)?;
        parse_data(&text).map(Bytes::from).map_err(D::Error::custom)
    }
}

/// A list of DATA.
pub mod data_list {
    use super::{Deserialize, Deserializer};
    use alloy_primitives::{Bytes, hex};
    use serde::Serializer;

    /// Writes a list of DATA in lower case.
    ///
    /// # Errors
    ///
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(value: &[Bytes], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(value.iter().map(hex::encode_prefixed))
    }

    /// Reads a list of DATA.
    ///
    /// # Errors
    ///
    /// It is no list, or one of its items is no DATA.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Bytes>, D::Error> {
        #[derive(Deserialize)]
        struct Item(#[serde(with = "super::data")] Bytes);
        let items = Vec::<Item>::deserialize(deserializer)?;
        Ok(items.into_iter().map(|item| item.0).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_strict() {
        for (text, value) in [("0x0", 0u64), ("0x1", 1), ("0x41", 65), ("0xAbC", 0xabc)] {
            assert_eq!(parse_quantity(text).unwrap(), U256::from(value));
        }
        assert_eq!(
            parse_quantity(&format!("0x{}", "f".repeat(64))).unwrap(),
            U256::MAX
        );
        let long = format!("0x1{}", "0".repeat(64));
        for text in [
            "", "0", "0x", "0x00", "0x01", "0X1", "1", "-0x1", "0x-1", "0xg", " 0x1", &long,
        ] {
            assert!(parse_quantity(text).is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn data_is_strict() {
        assert_eq!(parse_data("0x").unwrap(), Vec::<u8>::new());
        assert_eq!(parse_data("0x00fF").unwrap(), [0, 255]);
        for text in ["", "00", "0x0", "0X00", "0x0g", "0x 0", "0x0x"] {
            assert!(parse_data(text).is_err(), "{text:?} was accepted");
        }
        assert!(parse_fixed::<2>("0x0000").is_ok());
        assert_eq!(
            parse_fixed::<2>("0x00").unwrap_err(),
            "expected 2 bytes of DATA, got 1"
        );
    }
}
