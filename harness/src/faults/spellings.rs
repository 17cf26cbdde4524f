//! The ways in which a value can be written, right and wrong: the table of encodings (execution-apis,
//! common definitions).

use alloy_primitives::U256;
use serde_json::{Value, json};

/// What can be in the place of a member, and how DATA and a QUANTITY, or the first of a list of them,
/// can be written. Digits are of either case, and JSON may escape any character.
pub(super) const SPELLINGS: &[&str] = &[
    "missing",
    "null",
    "true",
    "number",
    "empty-text",
    "object",
    "list",
    "twice",
    "twice-other-last",
    "twice-other-first",
    "capitals",
    "escaped",
    "mixed-case",
    "capital-x",
    "no-prefix",
    "bare-prefix",
    "two-prefixes",
    "zero",
    "two-zeros",
    "zero-one",
    "leading-zero",
    "two-leading-zeros",
    "decimal",
    "fraction",
    "plus",
    "negative",
    "odd-digits",
    "byte-short",
    "byte-long",
    "space-before",
    "space-after",
    "space-within",
    "underscore",
    "no-hex",
    "line-feed",
    "64-bits",
    "over-64-bits",
    "256-bits",
    "over-256-bits",
];

/// What a value is written as, as JSON; nothing if it cannot be written so.
pub(super) fn spelt(word: &str, honest: &Value) -> Option<String> {
    let whole = match word {
        "null" => Some(Value::Null),
        "true" => Some(json!(true)),
        "number" => Some(json!(number(honest))),
        "empty-text" => Some(json!("")),
        "object" => Some(json!({})),
        "list" => Some(json!([honest])),
        _ => None,
    };
    if let Some(whole) = whole {
        return Some(whole.to_string());
    }
    match honest {
        Value::String(text) => hex(word, text),
        Value::Array(items) => {
            let (first, rest) = items.split_first()?;
            let first = hex(word, first.as_str()?)?;
            let rest = rest.iter().map(Value::to_string);
            let items: Vec<String> = std::iter::once(first).chain(rest).collect();
            Some(format!("[{}]", items.join(",")))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}

/// Another value of the same form.
pub(super) fn other(honest: &Value) -> Value {
    match honest {
        Value::String(text) => {
            let (start, last) = text.split_at(text.len().saturating_sub(1));
            let last = if last == "1" { "2" } else { "1" };
            json!(format!("{start}{last}"))
        }
        Value::Array(items) if !items.is_empty() => json!([]),
        Value::Array(_) => json!([null]),
        Value::Number(_) => json!(500),
        Value::Object(_) => json!({}),
        Value::Null | Value::Bool(_) => json!(0),
    }
}

fn number(honest: &Value) -> u64 {
    let digits = honest.as_str().and_then(|text| text.strip_prefix("0x"));
    let value = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
    value.unwrap_or(1)
}

fn hex(word: &str, honest: &str) -> Option<String> {
    let digits = honest.strip_prefix("0x")?;
    let half = digits.len() / 2;
    let quoted = |text: String| Some(json!(text).to_string());
    match word {
        "capitals" => quoted(format!("0x{}", digits.to_ascii_uppercase())),
        "mixed-case" => quoted(format!(
            "0x{}{}",
            &digits[..half].to_ascii_uppercase(),
            &digits[half..]
        )),
        "escaped" => Some(format!("\"\\u0030\\u0078{digits}\"")),
        "capital-x" => quoted(format!("0X{digits}")),
        "no-prefix" => quoted(digits.to_owned()),
        "bare-prefix" => quoted("0x".to_owned()),
        "two-prefixes" => quoted(format!("0x0x{digits}")),
        "zero" => quoted("0x0".to_owned()),
        "two-zeros" => quoted("0x00".to_owned()),
        "zero-one" => quoted("0x01".to_owned()),
        "leading-zero" => quoted(format!("0x0{digits}")),
        "two-leading-zeros" => quoted(format!("0x00{digits}")),
        "decimal" => {
            let value = U256::from_str_radix(digits, 16).ok()?;
            quoted(value.to_string())
        }
        "fraction" => quoted(format!("{honest}.0")),
        "plus" => quoted(format!("+{honest}")),
        "negative" => quoted(format!("-{honest}")),
        "odd-digits" => quoted(format!("0x{}", digits.get(1..)?)),
        "byte-short" => quoted(format!("0x{}", digits.get(..digits.len().checked_sub(2)?)?)),
        "byte-long" => quoted(format!("{honest}00")),
        "space-before" => quoted(format!(" {honest}")),
        "space-after" => quoted(format!("{honest} ")),
        "space-within" => quoted(format!("0x {digits}")),
        "underscore" => quoted(format!("0x_{digits}")),
        "no-hex" => quoted(format!("0x{}g", digits.get(1..)?)),
        "line-feed" => quoted(format!("{honest}\n")),
        "64-bits" => quoted(format!("0x{}", "f".repeat(16))),
        "over-64-bits" => quoted(format!("0x1{}", "0".repeat(16))),
        "256-bits" => quoted(format!("0x{}", "f".repeat(64))),
        "over-256-bits" => quoted(format!("0x1{}", "0".repeat(64))),
        _ => None,
    }
}
