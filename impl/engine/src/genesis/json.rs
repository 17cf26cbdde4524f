//! Reading JSON so that an error says where it is and what would have been right.

use serde::de::DeserializeOwned;

use super::GenesisError;

/// Reads the whole text.
pub(super) fn parse<T: DeserializeOwned>(json: &str) -> Result<T, GenesisError> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let malformed = |path: Option<String>, error: &serde_json::Error| {
        let member = path.filter(|path| path != ".");
        let text = error.to_string();
        let position = format!(" at line {} column {}", error.line(), error.column());
        GenesisError::Malformed {
            line: error.line(),
            column: error.column(),
            reason: text.strip_suffix(&position).unwrap_or(&text).to_owned(),
            expected: member.as_deref().and_then(expectation),
            member,
        }
    };
    let value = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| malformed(Some(error.path().to_string()), error.inner()))?;
    deserializer
        .end()
        .map_err(|error| malformed(None, &error))?;
    Ok(value)
}

/// What would have been right at a member.
fn expectation(member: &str) -> Option<&'static str> {
    let quantity = "a QUANTITY such as \"0x1c9c380\"";
    let number = "a number such as 901";
    let parts: Vec<&str> = member.split('.').collect();
    match parts.as_slice() {
        ["alloc"] | ["alloc", _] => Some(
            "an address, 0x and 40 hexadecimal digits, and an account with balance, nonce, code \
             and storage",
        ),
        ["alloc", _, "balance" | "nonce"] => Some("a QUANTITY such as \"0xde0b6b3a7640000\""),
        ["alloc", _, "code"] => Some("DATA, 0x and two hexadecimal digits a byte"),
        ["alloc", _, "storage", ..] => Some("slots and values of 32 bytes of DATA"),
        ["gasLimit" | "timestamp" | "nonce" | "difficulty" | "baseFeePerGas" | "number"] => {
            Some(quantity)
        }
        ["coinbase"] => Some("an address, 0x and 40 hexadecimal digits"),
        ["mixHash" | "parentHash"] => Some("32 bytes of DATA"),
        ["extraData"] => Some("DATA, 0x and two hexadecimal digits a byte"),
        ["config", "optimism", ..] => Some(
            "{ \"eip1559Elasticity\": 6, \"eip1559Denominator\": 50, \
             \"eip1559DenominatorCanyon\": 250 }",
        ),
        ["config", member] if member.ends_with("Time") => {
            Some("a timestamp in seconds as a number, or null")
        }
        ["config", ..] => Some(number),
        _ => None,
    }
}
