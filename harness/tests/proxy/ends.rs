//! How connections end on both sides of a proxy.

use gauntlet::world::proxy::ProxyLimits;
use gauntlet_rpc::Io;
use tokio::io::AsyncReadExt;

use crate::setup::{Choice, ms, next, ok, post, proxied, reads, reads_to_end, settled, writes};

/// What a proxy says from the request on.
fn tail(lines: &[String]) -> Vec<&str> {
    lines.iter().skip(2).map(String::as_str).collect()
}

#[tokio::test(start_paused = true)]
async fn a_builder_that_refuses_shows_as_a_connection_that_closes() {
    let (proxied, behind) = proxied(Choice::default());
    drop(behind);
    let mut front = proxied.connect().await;
    writes(&mut front, &post("1")).await;
    assert_eq!(reads_to_end(&mut front).await, "");
    assert_eq!(tail(&proxied.said.lines()), ["0 back failed 1: Refused"]);
}

#[tokio::test(start_paused = true)]
async fn without_a_whole_reply_nothing_leaves() {
    for (reply, expected) in [
        ("", "0 back failed 1: Closed"),
        ("HTTP/1.1 200", "0 back failed 1: Closed"),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabc",
            "0 back failed 1: Closed",
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
            "0 back failed 1: Closed",
        ),
        (
            "<html>It works!</html>\r\n\r\n",
            "0 back failed 1: Malformed",
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzzz\r\n",
            "0 back failed 1: Malformed",
        ),
        (&ok(&"x".repeat(101)), "0 back failed 1: Malformed"),
    ] {
        let (proxied, mut behind) = proxied(Choice {
            limits: ProxyLimits {
                max_body_bytes: 100,
                ..ProxyLimits::default()
            },
            ..Choice::default()
        });
        let mut front = proxied.connect().await;
        writes(&mut front, &post("1")).await;
        let mut back = next(&mut behind).await;
        reads(&mut back, &post("1")).await;
        writes(&mut back, reply).await;
        drop(back);
        assert_eq!(reads_to_end(&mut front).await, "", "{reply}");
        assert_eq!(
            tail(&proxied.said.lines()),
            ["0 back request 1 on 1 at ?: same", expected],
            "{reply}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_without_a_length_ends_with_its_connection() {
    let (proxied, mut behind) = proxied(Choice::default());
    let mut front = proxied.connect().await;
    writes(&mut front, &post("1")).await;
    let mut back = next(&mut behind).await;
    reads(&mut back, &post("1")).await;
    writes(&mut back, "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nabc").await;
    drop(back);
    assert_eq!(
        reads_to_end(&mut front).await,
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 3\r\n\r\nabc"
    );
}

/// The end of the stream is noticed in the midst of an exchange, behind further requests too.
#[tokio::test(start_paused = true)]
async fn a_peer_that_closes_in_mid_exchange_is_noticed_at_once() {
    for behind_it in ["", &post("2"), &post("2")[..20]] {
        let (proxied, mut behind) = proxied(Choice::default());
        let mut front = proxied.connect().await;
        writes(&mut front, &[&post("1"), behind_it].concat()).await;
        let mut back = next(&mut behind).await;
        reads(&mut back, &post("1")).await;
        tokio::time::sleep(ms(5)).await;
        drop(front);
        assert_eq!(reads_to_end(&mut back).await, "");
        assert_eq!(proxied.elapsed_ms(), 5);
        assert_eq!(
            tail(&proxied.said.lines()),
            [
                "0 back request 1 on 1 at ?: same",
                "5 front closed 1 at ?",
                "5 back failed 1: GivenUp",
            ]
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_builder_that_closes_an_idle_connection_closes_the_one_in_front() {
    let (proxied, mut behind) = proxied(Choice::default());
    let (mut front, mut back) = exchanged(&proxied, &mut behind).await;
    tokio::time::sleep(ms(5)).await;
    // What is idle is left alone.
    let mut byte = [0];
    let read = tokio::time::timeout(ms(5), front.read(&mut byte)).await;
    assert!(read.is_err());
    drop(back);
    assert_eq!(reads_to_end(&mut front).await, "");
    assert_eq!(proxied.elapsed_ms(), 10);
    drop(front);

    let (front, back_again) = exchanged(&proxied, &mut behind).await;
    back = back_again;
    drop(front);
    assert_eq!(reads_to_end(&mut back).await, "");
}

async fn exchanged(
    proxied: &crate::setup::Proxied,
    behind: &mut gauntlet::world::proxy::InnerAcceptor,
) -> (Box<dyn Io>, Box<dyn Io>) {
    let mut front = proxied.connect().await;
    writes(&mut front, &post("1")).await;
    let mut back = next(behind).await;
    reads(&mut back, &post("1")).await;
    writes(&mut back, &ok("1")).await;
    reads(&mut front, &ok("1")).await;
    (front, back)
}

/// Everything that a peer may keep a proxy waiting with has its bound.
#[tokio::test(start_paused = true)]
async fn waits_are_bounded() {
    let choice = || Choice {
        limits: ProxyLimits {
            max_body_bytes: 1 << 22,
            max_held_bytes: 1 << 20,
            max_connections: 1,
            head_timeout: ms(100),
            body_timeout: ms(200),
            reply_timeout: ms(300),
            stall_timeout: ms(400),
        },
        ..Choice::default()
    };
    for (sent, expected_ms) in [("", 100), ("POST", 100), (&post("12345")[..55], 200)] {
        let (proxied, _behind) = proxied(choice());
        let mut front = proxied.connect().await;
        writes(&mut front, sent).await;
        reads_to_end(&mut front).await;
        assert_eq!(proxied.elapsed_ms(), expected_ms, "{sent}");
    }

    let (silent, mut behind) = proxied(choice());
    let mut front = silent.connect().await;
    writes(&mut front, &post("1")).await;
    let _back = next(&mut behind).await;
    // One more than there may be.
    let mut further = silent.connect().await;
    assert_eq!(reads_to_end(&mut further).await, "");
    assert_eq!(silent.elapsed_ms(), 0);
    assert_eq!(reads_to_end(&mut front).await, "");
    assert_eq!(silent.elapsed_ms(), 300);
    assert_eq!(
        silent.said.lines().last().unwrap(),
        "300 back failed 1: GivenUp"
    );

    let (stalled, mut behind) = proxied(choice());
    let mut front = stalled.connect().await;
    writes(&mut front, &post("1")).await;
    let mut back = next(&mut behind).await;
    reads(&mut back, &post("1")).await;
    // More than a stream in memory holds.
    let reply = ok(&"x".repeat(1 << 21));
    writes(&mut back, &reply).await;
    tokio::time::sleep(ms(399)).await;
    settled().await;
    assert_eq!(reads_to_end(&mut back).await, "");
    assert!(reads_to_end(&mut front).await.len() < reply.len());
    assert_eq!(stalled.elapsed_ms(), 400);
}
