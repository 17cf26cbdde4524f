//! The client against peers that answer late, slowly, wrongly, or not at all.

use std::sync::atomic::Ordering;

use crate::support::{answer, ask, client, config, log, ms, ok, pipes, read_request, result};
use gauntlet_rpc::{CallError, Client, ClientConfig, Dial, FailureKind};
use tokio::io::AsyncWriteExt;
use tokio::time::sleep;

/// Calls a peer that writes each text after its pause; the outcome and the milliseconds it took.
async fn call(texts: &[(u64, &str)]) -> (Result<String, CallError>, u64) {
    let (dial, mut pipes) = pipes();
    let client = client(dial);
    let texts: Vec<(u64, String)> = texts
        .iter()
        .map(|(pause, text)| (*pause, (*text).to_owned()))
        .collect();
    tokio::spawn(async move {
        let texts: Vec<(u64, &str)> = texts
            .iter()
            .map(|(pause, text)| (*pause, text.as_str()))
            .collect();
        let stream = answer(&mut pipes, &texts).await;
        sleep(ms(60_000)).await;
        drop(stream);
    });
    ask(&client).await
}

async fn kind(texts: &[(u64, &str)]) -> (FailureKind, u64) {
    let (outcome, elapsed) = call(texts).await;
    (outcome.unwrap_err().kind(), elapsed)
}

#[tokio::test(start_paused = true)]
async fn a_reply_is_in_time_strictly_before_the_timeout() {
    let reply = ok(&result(1, "7"));
    for at in [0, 1, 199] {
        let (outcome, elapsed) = call(&[(at, &reply)]).await;
        assert_eq!((outcome.unwrap().as_str(), elapsed), ("7", at));
    }
    for at in [200, 201, 1000] {
        assert_eq!(
            kind(&[(at, &reply)]).await,
            (FailureKind::TimedOut, 200),
            "at {at} ms"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_timeout_does_not_end_at_the_head() {
    let reply = ok(&result(1, "7"));
    let (head, body) = reply.split_at(reply.find('{').unwrap());
    let (first, last) = body.split_at(body.len() - 1);
    let (outcome, elapsed) = call(&[(10, head), (180, first), (9, last)]).await;
    assert_eq!((outcome.unwrap().as_str(), elapsed), ("7", 199));
    let late = kind(&[(10, head), (180, first), (10, last)]).await;
    assert_eq!(late, (FailureKind::TimedOut, 200));
    let dripping: Vec<(u64, &str)> = std::iter::once((10, head))
        .chain(body.split("").map(|byte| (1000, byte)))
        .collect();
    assert_eq!(kind(&dripping).await, (FailureKind::TimedOut, 200));
}

#[tokio::test(start_paused = true)]
async fn the_timeout_begins_before_connecting() {
    let dial = Dial::new(|_endpoint| Box::pin(std::future::pending()));
    let (outcome, elapsed) = ask(&client(dial)).await;
    assert!(matches!(outcome, Err(CallError::TimedOut)));
    assert_eq!(elapsed, 200);
}

#[tokio::test(start_paused = true)]
async fn a_response_must_answer_this_request_and_have_one_outcome() {
    let both = r#"{"jsonrpc":"2.0","id":1,"result":7,"error":{"code":1,"message":"no"}}"#;
    let error = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32001,"message":"no","data":[1]}}"#;
    for (body, expected) in [
        (result(2, "7").as_str(), FailureKind::IdMismatch),
        (both, FailureKind::Malformed),
        (&format!("{}x", result(1, "7")), FailureKind::Malformed),
        ("<html>", FailureKind::Malformed),
        ("", FailureKind::Malformed),
        (error, FailureKind::Rpc(-32001)),
    ] {
        assert_eq!(kind(&[(5, &ok(body))]).await, (expected, 5), "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn only_status_200_is_a_reply_and_a_redirect_is_not_followed() {
    let body = result(1, "7");
    for (status, extra) in [
        (201, ""),
        (204, ""),
        (301, "location: http://peer:8545/other\r\n"),
        (307, "location: http://elsewhere:1/\r\n"),
        (404, ""),
        (500, ""),
        (502, ""),
    ] {
        let length = if status == 204 { 0 } else { body.len() };
        let head = format!("HTTP/1.1 {status} X\r\n{extra}content-length: {length}\r\n\r\n");
        let (dial, mut pipes) = pipes();
        let dialled = pipes.dialled();
        let client = client(dial);
        let reply = head + &body[..length];
        let peer = tokio::spawn(async move {
            let mut stream = answer(&mut pipes, &[(5, &reply)]).await;
            // The connection is dropped, not used for another request.
            assert_eq!(read_request(&mut stream).await, None);
        });
        let (outcome, elapsed) = ask(&client).await;
        assert_eq!(
            (outcome.unwrap_err().kind(), elapsed),
            (FailureKind::Status(status), 5)
        );
        peer.await.unwrap();
        assert_eq!(dialled.load(Ordering::Relaxed), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn garbage_and_closed_connections_are_told_apart() {
    for (text, expected) in [
        ("SSH-2.0-OpenSSH\r\n\r\n", FailureKind::Malformed),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
            FailureKind::Malformed,
        ),
    ] {
        assert_eq!(kind(&[(5, text)]).await, (expected, 5), "{text}");
    }
    for text in [
        "",
        "HTTP/1.1 200",
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{",
    ] {
        let (dial, mut pipes) = pipes();
        let peer = tokio::spawn(async move { drop(answer(&mut pipes, &[(5, text)]).await) });
        let (outcome, elapsed) = ask(&client(dial)).await;
        assert_eq!(
            (outcome.unwrap_err().kind(), elapsed),
            (FailureKind::Closed, 5),
            "{text}"
        );
        peer.await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_is_bounded_while_it_is_read() {
    let announced = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", 64 << 20);
    assert_eq!(
        kind(&[(5, &announced)]).await,
        (FailureKind::BodyTooLarge, 5)
    );

    let (dial, mut pipes) = pipes();
    let peer = tokio::spawn(async move {
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        let mut stream = answer(&mut pipes, &[(0, head)]).await;
        let chunk = format!("400\r\n{}\r\n", " ".repeat(1024));
        let mut sent = 0_u64;
        while stream.write_all(chunk.as_bytes()).await.is_ok() {
            sent += 1;
            sleep(ms(1)).await;
        }
        sent
    });
    let client = Client::new(ClientConfig {
        max_response_bytes: 100 * 1024,
        ..config(dial)
    });
    let (outcome, elapsed) = ask(&client).await;
    let error = outcome.unwrap_err();
    assert!(
        matches!(error, CallError::BodyTooLarge { limit: 102_400 }),
        "{error:?}"
    );
    // The chunk that broke the limit is the 101st, and the connection is closed at once.
    assert_eq!((elapsed, peer.await.unwrap()), (100, 101));
}

#[tokio::test(start_paused = true)]
async fn an_endless_head_is_refused() {
    let (dial, mut pipes) = pipes();
    tokio::spawn(async move {
        let mut stream = answer(&mut pipes, &[(0, "HTTP/1.1 200 OK\r\n")]).await;
        while stream.write_all(b"a: b\r\n").await.is_ok() {}
    });
    let (outcome, elapsed) = ask(&client(dial)).await;
    assert_eq!(
        (outcome.unwrap_err().kind(), elapsed),
        (FailureKind::Malformed, 0)
    );
}

#[tokio::test(start_paused = true)]
async fn the_request_is_plain_json_over_http() {
    let (dial, mut pipes) = pipes();
    let peer = tokio::spawn(async move {
        let mut stream = pipes.next().await;
        let request = read_request(&mut stream).await.unwrap();
        stream
            .write_all(ok(&result(1, "7")).as_bytes())
            .await
            .unwrap();
        request
    });
    ask(&client(dial)).await.0.unwrap();
    let (head, body) = peer.await.unwrap();
    assert_eq!(
        head,
        "POST / HTTP/1.1\r\nhost: peer:8545\r\ncontent-type: application/json\r\n\
         accept: application/json\r\ncontent-length: 69\r\n\r\n"
    );
    assert_eq!(
        body,
        r#"{"method":"builder_getPayloadV1","params":[1],"id":1,"jsonrpc":"2.0"}"#
    );
}

#[tokio::test(start_paused = true)]
async fn the_tap_sees_every_call_begin_and_end() {
    let (dial, mut pipes) = pipes();
    let (tap, lines) = log();
    let client = Client::new(ClientConfig {
        tap: Some(tap),
        ..config(dial)
    });
    tokio::spawn(async move {
        answer(&mut pipes, &[(5, &ok(&result(1, "7")))]).await;
        answer(
            &mut pipes,
            &[(5, "HTTP/1.1 503 X\r\ncontent-length: 0\r\n\r\n")],
        )
        .await;
        let stream = answer(&mut pipes, &[(5, "HTTP/1.1 200 OK\r\n\r\n{")]).await;
        sleep(ms(1000)).await;
        drop(stream);
    });
    for _ in 0..3 {
        let _ = ask(&client).await;
    }
    assert_eq!(
        *lines.lock().unwrap(),
        [
            "0 call 1 to peer: builder_getPayloadV1 [1]",
            "5 call 1 ends: Some(200) 7",
            "5 call 2 to peer: builder_getPayloadV1 [1]",
            "10 call 2 ends: Some(503) Status(503): HTTP status 503",
            "10 call 3 to peer: builder_getPayloadV1 [1]",
            "210 call 3 ends: Some(200) TimedOut: timed out",
        ]
    );
}
