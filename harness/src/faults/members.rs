//! One member of a reply written in another way, and nothing else.

use serde_json::{Value, json};

use super::spellings::{other, spelt};
use super::{Honest, Mangled};
use crate::plan::Deed;

/// The members of a response, of its result and of the payload in it.
pub(super) const MEMBERS: &[&str] = &[
    "executionPayload",
    "pubKey",
    "value",
    "parentHash",
    "feeRecipient",
    "stateRoot",
    "receiptsRoot",
    "logsBloom",
    "prevRandao",
    "blockNumber",
    "gasLimit",
    "gasUsed",
    "timestamp",
    "extraData",
    "baseFeePerGas",
    "blockHash",
    "transactions",
    "withdrawals",
    "blobGasUsed",
    "excessBlobGas",
];

/// Stands for what is written by hand.
const MARK: &str = "\"@\"";

/// Writes the `member` as `is` says.
pub(super) fn member(deed: &Deed, honest: &Honest<'_>) -> Option<Mangled> {
    let body = written(honest.text(), deed.word("member")?, deed.word("is")?)?;
    Some(Mangled::reply(honest.with_body(body)))
}

/// The text of a response with a member written in another way.
fn written(text: &str, name: &str, word: &str) -> Option<String> {
    let mut response: Value = serde_json::from_str(text).ok()?;
    let within = match name {
        "executionPayload" | "pubKey" | "value" => response.get_mut("result"),
        _ => response.pointer_mut("/result/executionPayload"),
    };
    let within = within?.as_object_mut()?;
    // What the form of version 3 adds is zero where it is absent.
    let value = within.get(name).cloned().unwrap_or_else(|| json!("0x0"));
    if word == "missing" {
        within.remove(name);
        return Some(response.to_string());
    }
    within.insert(name.to_owned(), json!("@"));
    let marked = format!("\"{name}\":{MARK}");
    let [one, another] = [value.to_string(), other(&value).to_string()];
    let twice = |first: &str, last: &str| format!("\"{name}\":{first},\"{name}\":{last}");
    let instead = match word {
        "twice" => twice(&one, &one),
        "twice-other-last" => twice(&one, &another),
        "twice-other-first" => twice(&another, &one),
        _ => format!("\"{name}\":{}", spelt(word, &value)?),
    };
    Some(response.to_string().replace(&marked, &instead))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"id":7,"jsonrpc":"2.0","result":{"executionPayload":{"gasUsed":"0xab","transactions":["0x01ab","0x02"]},"value":"0x1"}}"#;

    #[test]
    fn one_member_is_written_in_another_way() {
        for (member, is, part) in [
            ("value", "capital-x", r#""value":"0X1""#),
            ("value", "null", r#""value":null"#),
            ("value", "twice", r#""value":"0x1","value":"0x1""#),
            ("gasUsed", "capitals", r#""gasUsed":"0xAB""#),
            ("gasUsed", "decimal", r#""gasUsed":"171""#),
            ("gasUsed", "number", r#""gasUsed":171"#),
            (
                "gasUsed",
                "twice-other-first",
                r#""gasUsed":"0xa1","gasUsed":"0xab""#,
            ),
            ("blobGasUsed", "zero", r#""blobGasUsed":"0x0""#),
            (
                "transactions",
                "no-prefix",
                r#""transactions":["01ab","0x02"]"#,
            ),
        ] {
            let text = written(TEXT, member, is).expect("it can be written so");
            assert!(text.contains(part), "{text}");
            let rest = |text: &str| text.replace(part, "");
            assert!(rest(&text).len() < text.len());
        }
        let text = written(TEXT, "gasUsed", "missing").expect("it can be left out");
        assert!(!text.contains("gasUsed"), "{text}");
        assert_eq!(written("[]", "value", "null"), None);
    }
}
