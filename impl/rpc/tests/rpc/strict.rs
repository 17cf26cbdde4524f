//! The server against bodies that are nearly JSON-RPC.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::server::{post, raw};
use crate::support::pipes;
use gauntlet_rpc::{Dial, ErrorObjectOwned, RpcModule, ServerConfig, serve};

/// A server that counts, and fails from 100 on; and its count.
fn counter() -> (Dial, Arc<AtomicU64>) {
    let count = Arc::new(AtomicU64::new(0));
    let mut module = RpcModule::new(count.clone());
    module
        .register_method("count", |_, count, _| {
            match count.fetch_add(1, Ordering::Relaxed) + 1 {
                count if count < 100 => Ok(count),
                _ => Err(ErrorObjectOwned::owned(-32000, "enough", None::<()>)),
            }
        })
        .unwrap();
    let (dial, pipes) = pipes();
    tokio::spawn(serve(pipes, module, ServerConfig::default()));
    (dial, count)
}

/// The status line's code and the body of the reply to a body.
async fn reply(dial: &Dial, body: &str) -> (String, String) {
    let (reply, closed) = raw(dial, &post(body)).await;
    assert!(!closed, "a bad body costs no connection: {body}");
    let (head, body) = reply.split_once("\r\n\r\n").unwrap();
    let length = format!("content-length: {}", body.len());
    assert!(head.lines().any(|line| line == length), "{reply}");
    (head["HTTP/1.1 ".len()..][..3].to_owned(), body.to_owned())
}

#[tokio::test(start_paused = true)]
async fn an_id_comes_back_as_it_was_written() {
    let (dial, count) = counter();
    for id in ["-1", "18446744073709551616", r#""\u0061\n""#, "null", "0"] {
        let call = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"count"}}"#);
        let expected = count.load(Ordering::Relaxed) + 1;
        assert_eq!(
            reply(&dial, &call).await.1,
            format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{expected}}}"#)
        );
    }
    count.store(100, Ordering::Relaxed);
    for (method, error) in [
        ("count", r#"{"code":-32000,"message":"enough"}"#),
        ("none", r#"{"code":-32601,"message":"Method not found"}"#),
    ] {
        let call = format!(r#"{{"jsonrpc":"2.0","id":-7,"method":"{method}"}}"#);
        assert_eq!(
            reply(&dial, &call).await.1,
            format!(r#"{{"jsonrpc":"2.0","id":-7,"error":{error}}}"#)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_id_that_is_none_is_an_invalid_request_and_nothing_is_carried_out() {
    let (dial, count) = counter();
    let invalid =
        r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Invalid request"}}"#;
    for id in ["1.5", "{}", "[1]", "true"] {
        let call = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"count"}}"#);
        assert_eq!(reply(&dial, &call).await, ("200".into(), invalid.into()));
    }
    for body in ["null", "1", r#""x""#, "{}", "[]"] {
        assert_eq!(reply(&dial, body).await, ("200".into(), invalid.into()));
    }
    assert_eq!(count.load(Ordering::Relaxed), 0);
}

#[tokio::test(start_paused = true)]
async fn a_notification_is_carried_out_and_has_no_answer() {
    let (dial, count) = counter();
    let notification = r#"{"jsonrpc":"2.0","method":"count"}"#;
    let call = r#"{"jsonrpc":"2.0","id":7,"method":"count"}"#;
    let unknown = r#"{"jsonrpc":"2.0","method":"none"}"#;
    let nothing = ("200".to_owned(), String::new());
    assert_eq!(reply(&dial, notification).await, nothing);
    assert_eq!(count.load(Ordering::Relaxed), 1);
    assert_eq!(reply(&dial, unknown).await, nothing);
    let batch = format!("[{notification},{unknown},{notification}]");
    assert_eq!(reply(&dial, &batch).await, nothing);
    assert_eq!(count.load(Ordering::Relaxed), 3);
    let batch = format!("[{notification},{call},{unknown},1]");
    assert_eq!(
        reply(&dial, &batch).await.1,
        r#"[{"jsonrpc":"2.0","id":7,"result":5},{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Invalid request"}}]"#
    );
}
