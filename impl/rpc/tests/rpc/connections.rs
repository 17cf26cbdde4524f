//! Which connection a call uses, and what becomes of it.

use std::sync::atomic::Ordering;

use crate::support::{
    Pipes, answer, ask, client, config, elapsed_ms, ms, ok, pipes, read_request, result,
};
use gauntlet_rpc::{Client, ClientConfig, FailureKind};
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, sleep};

/// Serves connections, each for as many requests as it is told, and counts the requests.
async fn serve_then_close(mut pipes: Pipes, requests: &[usize]) -> usize {
    let mut served = 0;
    for allowed in requests {
        let mut stream = pipes.next().await;
        for _ in 0..*allowed {
            if read_request(&mut stream).await.is_none() {
                break;
            }
            served += 1;
            let id = served.to_string().parse().unwrap();
            stream
                .write_all(ok(&result(id, "7")).as_bytes())
                .await
                .unwrap();
        }
    }
    served
}

#[tokio::test(start_paused = true)]
async fn connections_are_reused_and_a_closed_one_is_replaced_unseen() {
    let (dial, pipes) = pipes();
    let dialled = pipes.dialled();
    let client = client(dial);
    let peer = tokio::spawn(serve_then_close(pipes, &[2, 1]));
    for expected in [1, 1, 2] {
        ask(&client).await.0.unwrap();
        assert_eq!(dialled.load(Ordering::Relaxed), expected);
        sleep(ms(1)).await;
    }
    assert_eq!(peer.await.unwrap(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_request_on_a_stale_connection_is_sent_once() {
    let (dial, mut pipes) = pipes();
    let dialled = pipes.dialled();
    let client = client(dial);
    let peer = tokio::spawn(async move {
        let mut stream = pipes.next().await;
        read_request(&mut stream).await.unwrap();
        stream
            .write_all(ok(&result(1, "7")).as_bytes())
            .await
            .unwrap();
        // Takes the second request and closes without an answer.
        read_request(&mut stream).await.unwrap();
        drop(stream);
        let more = tokio::time::timeout(ms(10_000), pipes.next()).await;
        assert!(more.is_err(), "the request was sent again");
    });
    ask(&client).await.0.unwrap();
    let (outcome, elapsed) = ask(&client).await;
    assert_eq!(
        (outcome.unwrap_err().kind(), elapsed),
        (FailureKind::Closed, 0)
    );
    peer.await.unwrap();
    assert_eq!(dialled.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_timed_out_is_closed_and_never_reused() {
    let (dial, mut pipes) = pipes();
    let client = client(dial);
    let peer = tokio::spawn(async move {
        let started = Instant::now();
        let mut stream = answer(&mut pipes, &[]).await;
        assert_eq!(read_request(&mut stream).await, None);
        let closed = elapsed_ms(started);
        answer(&mut pipes, &[(0, &ok(&result(2, "8")))]).await;
        closed
    });
    assert_eq!(
        ask(&client).await.0.unwrap_err().kind(),
        FailureKind::TimedOut
    );
    assert_eq!(ask(&client).await.0.unwrap(), "8");
    assert_eq!(peer.await.unwrap(), 200);
}

#[tokio::test(start_paused = true)]
async fn idle_connections_are_bounded() {
    let (dial, mut pipes) = pipes();
    let client = Client::new(ClientConfig {
        max_idle_connections: 2,
        ..config(dial)
    });
    let peer = tokio::spawn(async move {
        let mut streams = Vec::new();
        for _ in 0..5 {
            streams.push(pipes.next().await);
        }
        for stream in &mut streams {
            let (_, body) = read_request(stream).await.unwrap();
            let id = body.split("\"id\":").nth(1).unwrap();
            let id = id.split(',').next().unwrap().parse().unwrap();
            stream
                .write_all(ok(&result(id, "7")).as_bytes())
                .await
                .unwrap();
        }
        sleep(ms(1)).await;
        let mut closed = 0;
        for stream in &mut streams {
            let next = tokio::time::timeout(ms(1), read_request(stream)).await;
            closed += usize::from(next.is_ok());
        }
        closed
    });
    let calls = (0..5).map(|_| ask(&client));
    for (outcome, _) in futures::future::join_all(calls).await {
        outcome.unwrap();
    }
    assert_eq!(peer.await.unwrap(), 3);
}
