//! What a proxy does to the messages that it is told to do something to.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use gauntlet::trace::{HttpReply, HttpRequest};
use gauntlet::world::proxy::{Arrived, Interfere, Outgoing, Pace, ReplyFate, RequestFate};
use gauntlet_rpc::{Client, ClientConfig, FailureKind, RpcModule, ServerConfig, serve};
use serde_json::value::RawValue;
use tokio::time::sleep;

use crate::setup::{
    Choice, Proxied, ms, next, ok, post, proxied, reads, reads_to_end, settled, writes,
};

/// Gives every message the same fate, the reply's after 10 ms.
#[derive(Debug)]
struct Fixed(RequestFate, ReplyFate);

impl Interfere for Fixed {
    fn on_request<'a>(&'a self, _: &'a Arrived) -> BoxFuture<'a, RequestFate> {
        async { self.0.clone() }.boxed()
    }

    fn on_reply<'a>(&'a self, _: &'a Arrived, _: &'a HttpReply) -> BoxFuture<'a, ReplyFate> {
        async {
            sleep(ms(10)).await;
            self.1.clone()
        }
        .boxed()
    }
}

fn fixed(request: RequestFate, reply: ReplyFate) -> Choice {
    Choice {
        interfere: Some(Arc::new(Fixed(request, reply))),
        ..Choice::default()
    }
}

/// Calls `echo` of a builder through a proxy; the outcome and the milliseconds it took.
async fn through(
    request: RequestFate,
    reply: ReplyFate,
) -> ((Result<String, FailureKind>, u64), Proxied, Client) {
    let (proxied, behind) = proxied(fixed(request, reply));
    let mut module = RpcModule::new(());
    module
        .register_method("echo", |params, (), _| params.parse::<serde_json::Value>())
        .unwrap();
    tokio::spawn(serve(behind, module, ServerConfig::default()));
    let client = Client::new(ClientConfig {
        max_response_bytes: 1 << 20,
        ..ClientConfig::new(
            "builder",
            "http://builder:8545/".parse().unwrap(),
            proxied.front.clone(),
        )
    });
    let seven = RawValue::from_string("[7]".to_owned()).unwrap();
    let outcome = client.call("echo", seven, ms(200)).await;
    let outcome = outcome
        .map(|it| it.get().to_owned())
        .map_err(|error| error.kind());
    ((outcome, proxied.elapsed_ms()), proxied, client)
}

fn json(body: &'static str) -> HttpReply {
    HttpReply {
        status: 200,
        headers: Vec::new(),
        body: body.into(),
    }
}

/// 46 bytes.
const DIGITS: &str = r#"{"jsonrpc":"2.0","id":1,"result":"0123456789"}"#;

fn paced(pace: Pace) -> Outgoing {
    let reply = json(DIGITS);
    Outgoing { reply, pace }
}

#[tokio::test(start_paused = true)]
async fn requests_meet_their_fates() {
    use RequestFate::{Answer, Pass, PassAs, Reset, Swallow};
    let other = r#"{"jsonrpc":"2.0","id":1,"method":"echo","params":["tampered"]}"#;
    let html = HttpReply {
        status: 502,
        headers: vec![("content-type".into(), "text/html".into())],
        body: "<html>".into(),
    };
    for (fate, expected) in [
        (Pass, (Ok("[7]".to_owned()), 10)),
        (
            PassAs(HttpRequest::json(other)),
            (Ok("[\"tampered\"]".to_owned()), 10),
        ),
        (
            Answer(paced(Pace::AtOnce)),
            (Ok("\"0123456789\"".to_owned()), 0),
        ),
        (
            Answer(Outgoing::at_once(html)),
            (Err(FailureKind::Status(502)), 0),
        ),
        (Swallow, (Err(FailureKind::TimedOut), 200)),
        (Reset, (Err(FailureKind::Closed), 0)),
    ] {
        let (seen, ..) = through(fate.clone(), ReplyFate::Pass).await;
        assert_eq!(seen, expected, "{fate:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn replies_meet_their_fates() {
    use ReplyFate::{Pass, Reset, SendAs, Swallow};
    let drip = |chunk_bytes, first_after: u64, every: u64| {
        SendAs(paced(Pace::Drip {
            chunk_bytes,
            first_after: ms(first_after),
            every: ms(every),
        }))
    };
    let digits = Ok("\"0123456789\"".to_owned());
    for (fate, expected) in [
        (Pass, (Ok("[7]".to_owned()), 10)),
        (SendAs(paced(Pace::AtOnce)), (digits.clone(), 10)),
        // 46 bytes in 5 pieces: 10 + 100 + 4 x 20.
        (drip(10, 100, 20), (digits.clone(), 190)),
        (drip(10, 109, 20), (digits.clone(), 199)),
        (drip(10, 110, 20), (Err(FailureKind::TimedOut), 200)),
        (drip(0, 0, 1), (digits.clone(), 55)),
        (drip(1, 0, 1000), (Err(FailureKind::TimedOut), 200)),
        (
            SendAs(paced(Pace::CutOff { after_bytes: 10 })),
            (Err(FailureKind::Closed), 10),
        ),
        (
            SendAs(paced(Pace::CutOff { after_bytes: 46 })),
            (digits, 10),
        ),
        (
            SendAs(paced(Pace::Endless { every: ms(0) })),
            (Err(FailureKind::BodyTooLarge), 10),
        ),
        (
            SendAs(paced(Pace::Endless { every: ms(1) })),
            (Err(FailureKind::TimedOut), 200),
        ),
        (Swallow, (Err(FailureKind::TimedOut), 200)),
        (Reset, (Err(FailureKind::Closed), 10)),
    ] {
        let (seen, ..) = through(RequestFate::Pass, fate.clone()).await;
        assert_eq!(seen, expected, "{fate:?}");
    }
}

/// Which events there are for each way in which a reply leaves, or does not.
#[tokio::test(start_paused = true)]
async fn a_reply_is_told_when_it_is_given_and_when_it_has_left() {
    let same = json(r#"{"jsonrpc":"2.0","id":1,"result":[7]}"#);
    let drip = Pace::Drip {
        chunk_bytes: 20,
        first_after: ms(5),
        every: ms(5),
    };
    let told = format!("10 front reply 1: 200 {DIGITS}");
    let replied = |lines: &[&str]| {
        lines
            .iter()
            .map(|&line| line.to_owned())
            .collect::<Vec<_>>()
    };
    for (fate, expected) in [
        (
            ReplyFate::Pass,
            replied(&["10 front reply 1: same", "10 front left 1 for ?"]),
        ),
        (
            ReplyFate::SendAs(Outgoing {
                reply: same,
                pace: drip,
            }),
            replied(&["10 front reply 1: same", "20 front left 1 for ?"]),
        ),
        (
            ReplyFate::SendAs(paced(drip)),
            replied(&[&told, "25 front left 1 for ?"]),
        ),
        (
            ReplyFate::SendAs(paced(Pace::CutOff { after_bytes: 45 })),
            replied(&[&told]),
        ),
        (
            ReplyFate::SendAs(paced(Pace::Endless { every: ms(1) })),
            replied(&[&told, "200 front closed 1 at ?"]),
        ),
        (ReplyFate::Swallow, replied(&["200 front closed 1 at ?"])),
        (ReplyFate::Reset, replied(&["10 front failed 1: Closed"])),
    ] {
        let (_, proxied, _client) = through(RequestFate::Pass, fate.clone()).await;
        settled().await;
        let lines = proxied.said.lines();
        assert_eq!(
            lines[3],
            r#"0 back reply 1: 200 {"jsonrpc":"2.0","id":1,"result":[7]}"#
        );
        assert_eq!(lines[4..], expected, "{fate:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn another_request_is_told_where_it_is_not_the_same() {
    for (body, expected) in [("1", "same"), ("22", "POST / 22")] {
        let fate = RequestFate::PassAs(HttpRequest::json(body));
        let (proxied, mut behind) = proxied(fixed(fate, ReplyFate::Pass));
        let mut front = proxied.connect().await;
        let json = "content-type: application/json\r\n";
        let with = |text: String| text.replace("content-length", &format!("{json}content-length"));
        writes(&mut front, &with(post("1"))).await;
        let mut back = next(&mut behind).await;
        reads(&mut back, &with(post(body))).await;
        assert_eq!(
            proxied.said.lines()[2],
            format!("0 back request 1 on 1 at ?: {expected}")
        );
    }
}

/// The head and what comes before the cut have left, and nothing else.
#[tokio::test(start_paused = true)]
async fn a_reply_is_cut_off_where_it_should_be() {
    let body = "x".repeat(100_000);
    for after_bytes in [0, 1, 99_999] {
        let outgoing = Outgoing {
            reply: HttpReply {
                status: 200,
                headers: vec![("content-type".into(), "".into())],
                body: body.clone().into(),
            },
            pace: Pace::CutOff { after_bytes },
        };
        let (proxied, _behind) = proxied(fixed(RequestFate::Answer(outgoing), ReplyFate::Pass));
        let mut front = proxied.connect().await;
        writes(&mut front, &post("1")).await;
        let whole = ok(&body);
        let cut = &whole[..whole.len() - body.len() + after_bytes];
        assert_eq!(reads_to_end(&mut front).await, cut);
    }
}

/// A swallowed request keeps its connection, on which nothing else is answered.
#[tokio::test(start_paused = true)]
async fn swallowing_keeps_the_connection() {
    let (proxied, _behind) = proxied(fixed(RequestFate::Swallow, ReplyFate::Pass));
    let mut front = proxied.connect().await;
    writes(&mut front, &[post("1"), post("2")].concat()).await;
    let read = tokio::time::timeout(ms(1_000_000), reads_to_end(&mut front)).await;
    assert!(read.is_err());
    drop(front);
    settled().await;
    let lines = proxied.said.lines();
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    assert_eq!(
        lines[1..],
        [
            "0 front request 1 on 1 at 0: POST / content-type= 1",
            "1000000 front closed 1 at ?"
        ]
    );
}
