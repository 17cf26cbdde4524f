//! The form of a response: JSON, and JSON-RPC 2.0 around the result.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{Honest, Mangled};
use crate::plan::Deed;

/// The forms. The first five are legal.
pub(super) const FORMS: &[&str] = &[
    "spaced",
    "reordered",
    "another-member",
    "escaped-names",
    "proto-member",
    "another-id",
    "id-as-text",
    "id-null",
    "id-missing",
    "id-with-fraction",
    "id-twice",
    "version-missing",
    "version-1",
    "version-as-number",
    "result-and-error",
    "error-null",
    "result-twice",
    "result-and-another",
    "another-member-twice",
    "result-missing",
    "result-null",
    "result-as-list",
    "result-as-text",
    "result-as-number",
    "result-as-object",
    "result-capital",
    "error-without-code",
    "error-with-text-code",
    "error-as-text",
    "batch",
    "byte-order-mark",
    "trailing-data",
    "trailing-comma",
    "cut-short",
    "single-quotes",
    "comment",
    "not-utf8",
    "deep",
    "empty",
    "blank",
    "a-number",
];

/// How deep the deepest form is.
const DEPTH: usize = 100_000;

/// Gives a reply the `form`.
pub(super) fn form(deed: &Deed, honest: &Honest<'_>) -> Option<Mangled> {
    let body = formed(deed.word("form")?, honest.text(), honest.id)?;
    Some(Mangled::reply(honest.with_body(body)))
}

/// The text of a response in another form.
fn formed(word: &str, text: &str, id: &str) -> Option<Bytes> {
    let response: Value = serde_json::from_str(text).ok()?;
    let result = response.get("result")?;
    let whole = |members: String| Some(Bytes::from(format!("{{{members}}}")));
    let plain = |result: &str| whole(format!(r#""jsonrpc":"2.0","id":{id},"result":{result}"#));
    let with_id = |id: &str| whole(format!(r#""jsonrpc":"2.0",{id}"result":{result}"#));
    let with_more = |more: &str| {
        whole(format!(
            r#""jsonrpc":"2.0","id":{id},"result":{result}{more}"#
        ))
    };
    let of_version = |version: &str| whole(format!(r#"{version}"id":{id},"result":{result}"#));
    let refused = |error: &str| whole(format!(r#""jsonrpc":"2.0","id":{id},"error":{error}"#));
    match word {
        "spaced" => Some(format!(" \r\n\t{}\n\n", text.replace("\":", "\" :\n ")).into()),
        "reordered" => whole(format!(r#""result":{result},"id":{id},"jsonrpc":"2.0""#)),
        "another-member" => with_more(r#","id2":7,"Result":null,"errors":[]"#),
        "escaped-names" => whole(format!(
            r#""json\u0072pc":"2\u002e0","i\u0064":{id},"res\u0075lt":{result}"#
        )),
        "proto-member" => with_more(r#","__proto__":{"result":null}"#),
        "another-id" => {
            let another = id.parse::<u64>().map_or(7, |id| id.wrapping_add(1));
            with_id(&format!(r#""id":{another},"#))
        }
        "id-as-text" => with_id(&format!(r#""id":"{id}","#)),
        "id-null" => with_id(r#""id":null,"#),
        "id-missing" => with_id(""),
        "id-with-fraction" => with_id(&format!(r#""id":{id}.0,"#)),
        "id-twice" => with_id(&format!(r#""id":{id},"id":{id},"#)),
        "version-missing" => of_version(""),
        "version-1" => of_version(r#""jsonrpc":"1.0","#),
        "version-as-number" => of_version(r#""jsonrpc":2.0,"#),
        "result-and-error" => with_more(r#","error":{"code":-32000,"message":"no"}"#),
        "error-null" => with_more(r#","error":null"#),
        "result-twice" => with_more(&format!(r#","result":{result}"#)),
        "result-and-another" => with_more(r#","result":null"#),
        "another-member-twice" => with_more(r#","x":1,"x":1"#),
        "result-missing" => whole(format!(r#""jsonrpc":"2.0","id":{id}"#)),
        "result-null" => plain("null"),
        "result-as-list" => plain(&json!([result]).to_string()),
        "result-as-text" => plain(&json!(result.to_string()).to_string()),
        "result-as-number" => plain("7"),
        "result-as-object" => plain("{}"),
        "result-capital" => whole(format!(r#""jsonrpc":"2.0","id":{id},"Result":{result}"#)),
        "error-without-code" => refused(r#"{"message":"no"}"#),
        "error-with-text-code" => refused(r#"{"code":"-32000","message":"no"}"#),
        "error-as-text" => refused(r#""no""#),
        "batch" => Some(format!("[{text}]").into()),
        "byte-order-mark" => Some(format!("\u{feff}{text}").into()),
        "trailing-data" => Some(format!("{text} {text}").into()),
        "trailing-comma" => with_more(","),
        "cut-short" => text
            .get(..text.len() - 1)
            .map(|text| text.to_owned().into()),
        "single-quotes" => Some(text.replace('"', "'").into()),
        "comment" => Some(format!("// no JSON\n{text}").into()),
        "not-utf8" => {
            let mut bytes = with_more(r#","x":"@""#)?.to_vec();
            let at = bytes.iter().rposition(|byte| *byte == b'@')?;
            bytes[at] = 0xff;
            Some(bytes.into())
        }
        "deep" => plain(&format!("{}{}", "[".repeat(DEPTH), "]".repeat(DEPTH))),
        "empty" => Some(Bytes::new()),
        "blank" => Some(Bytes::from_static(b" \n")),
        "a-number" => Some(Bytes::from_static(b"200")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_made_and_differs() {
        let text = r#"{"jsonrpc":"2.0","id":7,"result":{"a":"0x1"}}"#;
        let mut seen = std::collections::BTreeSet::new();
        for (index, word) in FORMS.iter().enumerate() {
            let body = formed(word, text, "7").unwrap_or_else(|| panic!("{word}"));
            assert_ne!(body, text, "{word}");
            let read = serde_json::from_slice::<Value>(&body);
            if index < 5 {
                let read = read.unwrap_or_else(|error| panic!("{word}: {error}"));
                assert_eq!(read["result"], json!({"a": "0x1"}), "{word}");
                assert_eq!((&read["id"], &read["jsonrpc"]), (&json!(7), &json!("2.0")));
            }
            assert!(seen.insert(body), "{word}");
        }
    }
}
