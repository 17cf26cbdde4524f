//! A client: JSON-RPC responses, and HTTP. Its peer is a stream in memory that says what it was
//! going to say, and closes.

use std::io;
use std::time::Duration;

use futures::FutureExt;
use gauntlet_rpc::{Client, ClientConfig, Dial, Io};
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::runtime::Builder;

use super::{JSON_WORDS, Seen, Target, assert_bounded, examples};

pub(super) const RESPONSES: Target = Target {
    name: "json-rpc-responses",
    run: responses,
    examples: || {
        let as_first = |body: Vec<u8>| {
            let mut reply: Value = serde_json::from_slice(&body).expect("a reply is JSON");
            reply["id"] = 1.into();
            reply.to_string().into_bytes()
        };
        examples::replies().into_iter().map(as_first).collect()
    },
    words: JSON_WORDS,
};

pub(super) const HTTP: Target = Target {
    name: "http-replies",
    run: http,
    examples: || {
        let body = r#"{"jsonrpc":"2.0","id":1,"result":[1,null]}"#;
        let length = body.len();
        [
            format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}"),
            format!(
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{length:x}\r\n{body}\r\n\
                 0\r\n\r\n"
            ),
            format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{body}"),
            format!("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200\r\ncontent-length: {length}\r\n\r\n{body}"),
        ]
        .map(String::into_bytes)
        .to_vec()
    },
    words: &[
        "\r\n",
        "\r\n\r\n",
        "content-length: 0\r\n",
        "content-length: 99\r\n",
        "content-length: 18446744073709551616\r\n",
        "transfer-encoding: chunked\r\n",
        "transfer-encoding: gzip\r\n",
        "0\r\n\r\n",
        "ffffffffffffffff\r\n",
        "HTTP/1.1 100 \r\n\r\n",
        "HTTP/1.1 101 \r\n\r\n",
        "HTTP/1.1 204 \r\n\r\n",
        "HTTP/1.1 304 \r\n\r\n",
        "HTTP/2 200",
        "\u{0}",
        " ",
        ":",
        "location: http://a/\r\n",
    ],
};

/// What a call comes to whose peer says this and closes.
fn called(said: &[u8]) -> Result<String, String> {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let said = said.to_vec();
        let dial = Dial::new(move |_| {
            let said = said.clone();
            async move {
                let (near, mut far) = duplex(1 << 20);
                tokio::spawn(async move {
                    // Not before there is a request. The client may close before it read all.
                    let _ = far.read(&mut [0; 4096]).await;
                    let _ = far.write_all(&said).await;
                });
                Ok::<_, io::Error>(Box::new(near) as Box<dyn Io>)
            }
            .boxed()
        });
        let endpoint = "http://peer:8545/".parse().expect("an endpoint");
        let client = Client::new(ClientConfig::new("peer", endpoint, dial));
        let params = RawValue::from_string("[]".to_owned()).expect("JSON");
        let outcome = client.call("echo", params, Duration::from_millis(200));
        let outcome = outcome.await;
        outcome
            .map(|result| result.get().to_owned())
            .map_err(|error| error.to_string())
    })
}

fn http(input: &[u8]) -> Seen {
    let outcome = called(input);
    assert_eq!(outcome, called(input), "it reads as two things");
    match outcome {
        Ok(result) => {
            serde_json::from_str::<Box<RawValue>>(&result).expect("a result is JSON");
            assert!(result.len() <= input.len(), "more than was sent");
            Seen::Accepted
        }
        Err(error) => {
            assert_bounded(&error, input);
            Seen::Refused
        }
    }
}

fn responses(input: &[u8]) -> Seen {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", input.len());
    let mut said = head.into_bytes();
    said.extend_from_slice(input);
    let seen = http(&said);
    if seen == Seen::Accepted {
        let result = called(&said).expect("it was accepted before");
        let text = std::str::from_utf8(input).expect("JSON is text");
        assert!(text.contains(&result), "the result is not what was sent");
        if let Ok(response) = serde_json::from_str::<Value>(text) {
            assert_eq!(response["jsonrpc"], "2.0");
            assert_eq!(response["id"], 1);
            assert!(response.get("error").is_none(), "it has an error too");
            let result: Value = serde_json::from_str(&result).expect("a result is JSON");
            assert_eq!(response["result"], result);
        }
    }
    seen
}
