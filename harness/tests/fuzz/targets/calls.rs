//! A server: JSON-RPC requests, in HTTP requests that are as they should be.

use serde::de::IgnoredAny;
use serde_json::Value;

use super::server::served;
use super::{JSON_WORDS, Seen, Target, examples};

pub(super) const TARGET: Target = Target {
    name: "json-rpc-requests",
    run,
    examples: || {
        let mut examples = examples::requests();
        let batch = br#"[{"jsonrpc":"2.0","id":"a","method":"echo","params":[1]},
            {"jsonrpc":"2.0","id":-7,"method":"echo","params":{"a":null}},
            {"jsonrpc":"2.0","method":"echo"}]"#;
        examples.push(batch.to_vec());
        examples
    },
    words: JSON_WORDS,
};

fn run(input: &[u8]) -> Seen {
    let mut request = format!(
        "POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        input.len()
    )
    .into_bytes();
    request.extend_from_slice(input);
    let sent = served(&request);
    assert_eq!(sent, served(&request), "it is answered in two ways");
    let sent = String::from_utf8(sent).expect("a reply is text");
    let (head, body) = sent.split_once("\r\n\r\n").expect("there is a reply");
    // A value has no room for every number, and for no lone surrogate: both are JSON.
    let is_json = serde_json::from_slice::<IgnoredAny>(input).is_ok();
    let call = serde_json::from_slice::<Value>(input);
    if body.is_empty() {
        let is_notified = |call: &Value| call.get("method").is_some();
        let of_batch = |calls: &Vec<Value>| calls.iter().all(is_notified);
        match &call {
            Ok(call) => {
                let is_right = call.as_array().map_or_else(|| is_notified(call), of_batch);
                assert!(is_right, "what is no notification is not answered: {head}");
            }
            Err(error) => assert!(is_json, "what is no JSON is not answered: {error}"),
        }
        return Seen::Accepted;
    }
    serde_json::from_str::<IgnoredAny>(body).expect("a reply is JSON");
    let Ok(answer) = serde_json::from_str::<Value>(body) else {
        assert!(call.is_err(), "a reply has what no request had: {body}");
        return Seen::Accepted;
    };
    if let (Some(answers), Ok(call)) = (answer.as_array(), &call) {
        let calls = call.as_array().expect("a batch is answered by a batch");
        assert!(answers.len() <= calls.len(), "more answers than calls");
    }
    let answers = answer
        .as_array()
        .map_or(std::slice::from_ref(&answer), Vec::as_slice);
    for answer in answers {
        assert_eq!(answer["jsonrpc"], "2.0", "{body}");
        assert!(answer.get("id").is_some(), "{body}");
        let has = |member| answer.get(member).is_some();
        assert!(has("result") != has("error"), "{body}");
    }
    let code = answer["error"]["code"].as_i64();
    match &call {
        Err(_) => {
            let is_refused = matches!(code, Some(-32700 | -32600));
            assert!(is_refused || is_json, "what is no JSON is taken: {body}");
        }
        Ok(call) if call.as_array().is_some_and(Vec::is_empty) => {
            assert_eq!(code, Some(-32600), "nothing is taken for a call");
        }
        Ok(Value::Array(_)) => {}
        Ok(call) if !call.get("id").is_none_or(|id| id.is_null() || is_id(id)) => {
            assert_eq!(code, Some(-32600), "what is no id is taken for one: {body}");
        }
        Ok(Value::Object(call)) => {
            let id = call.get("id").unwrap_or(&Value::Null);
            assert!(answer["id"] == *id || code == Some(-32600), "another id");
        }
        Ok(_) => assert_eq!(code, Some(-32600), "{body}"),
    }
    // Whoever calls what there is not was understood.
    Seen::of(matches!(code, None | Some(-32601)))
}

/// Whether it is an id, of those that a value of serde's has room for.
fn is_id(id: &Value) -> bool {
    // Beyond 64 bits a whole number is one with a fraction to serde.
    id.is_string() || id.is_i64() || id.is_u64() || id.as_f64().is_some_and(|id| id.abs() > 1e18)
}
