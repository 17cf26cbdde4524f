//! The server against peers that send too much, too slowly or the wrong thing.

use crate::support::{elapsed_ms, log, ms, start};
use gauntlet_rpc::{Dial, Endpoint, ServerConfig, ServerLimits};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, sleep, timeout};

const POST: &str = "POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";

pub(crate) fn post(body: &str) -> String {
    format!("{POST}content-length: {}\r\n\r\n{body}", body.len())
}

pub(crate) fn endpoint() -> Endpoint {
    "http://peer/".parse().unwrap()
}

/// Sends raw bytes and returns what comes back within a second, and whether the server closed.
pub(crate) async fn raw(dial: &Dial, request: &str) -> (String, bool) {
    let mut stream = dial.dial(&endpoint()).await.unwrap();
    // The server may close before it has read all.
    let _whole = stream.write_all(request.as_bytes()).await;
    let mut reply = Vec::new();
    let closed = timeout(ms(1000), stream.read_to_end(&mut reply))
        .await
        .is_ok();
    (String::from_utf8(reply).unwrap(), closed)
}

#[tokio::test(start_paused = true)]
async fn a_reply_has_no_date() {
    let dial = start(ServerConfig::default());
    let request = post(r#"{"jsonrpc":"2.0","id":"a","method":"sum","params":[1,2]}"#);
    let (reply, closed) = raw(&dial, &request).await;
    assert_eq!(
        reply,
        "HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\n\
         content-length: 37\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":3}"
    );
    assert!(!closed, "the connection stays open for the next request");
}

#[tokio::test(start_paused = true)]
async fn wrong_calls_get_the_codes_of_the_specification() {
    let dial = start(ServerConfig::default());
    for (body, code) in [
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"none"}"#,
            "\"code\":-32601",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"sum","params":{"a":1}}"#,
            "\"code\":-32602",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"sum","params":[1]}"#,
            "\"code\":-32602",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"sum","params":["1","2"]}"#,
            "\"code\":-32602",
        ),
        (r#"{"jsonrpc":"2.0","id":1,"method":"#, "\"code\":-32700"),
        ("hello", "\"code\":-32700"),
        (r#"{"jsonrpc":"2.0","id":1}"#, "\"code\":-32600"),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"sum","params":7}"#,
            "\"code\":-32602",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"id":1,"method":"sum","params":[1,2]}"#,
            "\"code\":-32600",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"sum","params":[1,2],"x":1,"x":1}"#,
            "\"code\":-32600",
        ),
        (
            r#"[{"jsonrpc":"2.0","id":1,"method":"sum","params":[1,2],"id":1}]"#,
            "\"code\":-32600",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"sum","params":[1,2]} x"#,
            "\"code\":-32700",
        ),
    ] {
        let (reply, _) = raw(&dial, &post(body)).await;
        assert!(reply.contains(code), "{body}: {reply}");
    }
    let (reply, _) = raw(&dial, "GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(reply.starts_with("HTTP/1.1 405 "), "{reply}");
    let (reply, _) = raw(
        &dial,
        "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}",
    )
    .await;
    assert!(reply.starts_with("HTTP/1.1 415 "), "{reply}");
}

#[tokio::test(start_paused = true)]
async fn batches_are_answered_up_to_the_bound() {
    let limits = ServerLimits {
        max_batch_calls: 2,
        ..ServerLimits::default()
    };
    let dial = start(ServerConfig {
        limits,
        ..ServerConfig::default()
    });
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"echo","params":[7]}"#;
    let (reply, _) = raw(&dial, &post(&format!("[{call},{call}]"))).await;
    let one = r#"{"jsonrpc":"2.0","id":1,"result":[7]}"#;
    assert!(
        reply.ends_with(&format!("\r\n\r\n[{one},{one}]")),
        "{reply}"
    );
    let (reply, _) = raw(&dial, &post(&format!("[{call},{call},{call}]"))).await;
    assert!(reply.contains("\"code\":-32010"), "{reply}");
}

#[tokio::test(start_paused = true)]
async fn a_body_over_the_limit_is_refused_while_it_is_read() {
    let limits = ServerLimits {
        max_request_bytes: 1000,
        ..ServerLimits::default()
    };
    let dial = start(ServerConfig {
        limits,
        ..ServerConfig::default()
    });
    // Announced: refused without a byte of it.
    let (reply, closed) = raw(&dial, &format!("{POST}content-length: 1001\r\n\r\n")).await;
    assert!(
        reply.starts_with("HTTP/1.1 413 ") && reply.contains("-32007") && closed,
        "{reply}"
    );
    // Chunked: refused by the chunk that breaks the limit, while the peer goes on sending.
    let mut stream = dial.dial(&endpoint()).await.unwrap();
    stream
        .write_all(format!("{POST}transfer-encoding: chunked\r\n\r\n").as_bytes())
        .await
        .unwrap();
    let started = Instant::now();
    let chunk = format!("64\r\n{}\r\n", " ".repeat(100));
    while stream.write_all(chunk.as_bytes()).await.is_ok() {
        sleep(ms(1)).await;
        assert!(elapsed_ms(started) < 100, "the body is read without bound");
    }
    assert_eq!(elapsed_ms(started), 11);
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).await.unwrap();
    assert!(reply.starts_with(b"HTTP/1.1 413 "));
}

#[tokio::test(start_paused = true)]
async fn every_wait_is_bounded() {
    let limits = ServerLimits {
        head_timeout: ms(100),
        body_timeout: ms(200),
        answer_timeout: ms(300),
        ..ServerLimits::default()
    };
    let dial = start(ServerConfig {
        limits,
        ..ServerConfig::default()
    });
    let call = post(r#"{"jsonrpc":"2.0","id":1,"method":"hang","params":[7]}"#);
    for (sent, closed_at) in [
        ("", 100),
        ("POST / HT", 100),
        (&call[..call.len() - 1], 200),
        (&call, 300),
    ] {
        let mut stream = dial.dial(&endpoint()).await.unwrap();
        let started = Instant::now();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut reply = Vec::new();
        stream.read_to_end(&mut reply).await.unwrap();
        assert_eq!(elapsed_ms(started), closed_at, "{sent}");
    }
}

/// A peer that reads nothing of a reply larger than the pipe, however old its connection is.
#[tokio::test(start_paused = true)]
async fn a_stall_counts_from_the_write_that_waits() {
    for age_ms in [0, 399, 400, 700] {
        let dial = start(ServerConfig {
            limits: ServerLimits {
                head_timeout: ms(1000),
                stall_timeout: ms(400),
                ..ServerLimits::default()
            },
            ..ServerConfig::default()
        });
        let mut stream = dial.dial(&endpoint()).await.unwrap();
        sleep(ms(age_ms)).await;
        let large = "7".repeat(3 << 20);
        let call = post(&format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"echo","params":["{large}"]}}"#
        ));
        stream.write_all(call.as_bytes()).await.unwrap();
        let started = Instant::now();
        sleep(ms(399)).await;
        let written = timeout(ms(0), stream.write_all(b"P")).await.unwrap();
        assert!(written.is_ok(), "{age_ms}");
        sleep(ms(2)).await;
        assert!(stream.write_all(b"O").await.is_err(), "{age_ms}");
        assert_eq!(elapsed_ms(started), 401);
    }
}

#[tokio::test(start_paused = true)]
async fn the_tap_sees_what_the_methods_get_and_what_leaves() {
    let (tap, lines) = log();
    let dial = start(ServerConfig {
        tap: Some(tap),
        ..ServerConfig::default()
    });
    let call = post(r#"{"jsonrpc":"2.0","id":"a","method":"sum","params":[3,4]}"#);
    raw(&dial, &call).await;
    raw(&dial, &post("x")).await;
    assert_eq!(
        *lines.lock().unwrap(),
        [
            "0 received \"a\": sum [3,4]",
            "5 replied \"a\": sum 200 {\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":7}",
            "1000 received null:  x",
            "1000 replied null:  400 {\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"Parse error\"}}",
        ]
    );
}
