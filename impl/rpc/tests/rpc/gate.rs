//! What a gate does to the messages that pass it.

use std::sync::Arc;
use std::time::Duration;

use crate::support::{config, elapsed_ms, log, ms, start};
use futures::FutureExt;
use futures::future::BoxFuture;
use gauntlet_rpc::{
    Client, ClientConfig, FailureKind, Gate, Inbound, Pace, RawReply, ReplyVerdict, RequestVerdict,
    ServerConfig,
};
use serde_json::value::RawValue;
use tokio::time::{Instant, sleep};

/// Gives every message the same verdict, the reply's after 10 ms.
#[derive(Debug)]
struct Fixed(RequestVerdict, ReplyVerdict);

impl Gate for Fixed {
    fn on_request<'a>(&'a self, request: &'a Inbound) -> BoxFuture<'a, RequestVerdict> {
        assert_eq!(
            (&*request.method, &*request.id, &*request.params),
            ("echo", "1", "[7]")
        );
        async { self.0.clone() }.boxed()
    }

    fn on_reply<'a>(&'a self, _: &'a Inbound, reply: &'a RawReply) -> BoxFuture<'a, ReplyVerdict> {
        assert_eq!(reply.status, 200);
        async {
            sleep(ms(10)).await;
            self.1.clone()
        }
        .boxed()
    }
}

/// Calls `echo` through a gate; the outcome and the milliseconds it took.
async fn through(
    request: RequestVerdict,
    reply: ReplyVerdict,
) -> (Result<String, FailureKind>, u64) {
    let gate: Arc<dyn Gate> = Arc::new(Fixed(request, reply));
    let dial = start(ServerConfig {
        gate: Some(gate),
        ..ServerConfig::default()
    });
    let client = Client::new(ClientConfig {
        max_response_bytes: 1 << 20,
        ..config(dial)
    });
    let seven = RawValue::from_string("[7]".to_owned()).unwrap();
    let started = Instant::now();
    let outcome = client.call("echo", seven, ms(200)).await;
    let outcome = outcome
        .map(|it| it.get().to_owned())
        .map_err(|error| error.kind());
    (outcome, elapsed_ms(started))
}

fn reply(pace: Pace) -> RawReply {
    RawReply {
        pace,
        ..RawReply::json(r#"{"jsonrpc":"2.0","id":1,"result":"0123456789"}"#)
    }
}

#[tokio::test(start_paused = true)]
async fn a_gate_decides_about_requests() {
    use RequestVerdict::{Answer, Pass, Replace, Reset, Swallow};
    let other = r#"{"jsonrpc":"2.0","id":1,"method":"echo","params":["tampered"]}"#;
    for (verdict, expected) in [
        (Pass, (Ok("[7]".to_owned()), 10)),
        (Replace(other.into()), (Ok("[\"tampered\"]".to_owned()), 10)),
        (
            Answer(reply(Pace::AtOnce)),
            (Ok("\"0123456789\"".to_owned()), 0),
        ),
        (
            Answer(RawReply::new(502, "text/html", "<html>")),
            (Err(FailureKind::Status(502)), 0),
        ),
        (Swallow, (Err(FailureKind::TimedOut), 200)),
        (Reset, (Err(FailureKind::Closed), 0)),
    ] {
        let seen = through(verdict.clone(), ReplyVerdict::Send).await;
        assert_eq!(seen, expected, "{verdict:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_gate_decides_about_replies() {
    use ReplyVerdict::{Reset, Send, SendAs, Swallow};
    let drip = |chunk_bytes, first_after: u64, every: u64| {
        SendAs(reply(Pace::Drip {
            chunk_bytes,
            first_after: Duration::from_millis(first_after),
            every: Duration::from_millis(every),
        }))
    };
    let digits = Ok("\"0123456789\"".to_owned());
    for (verdict, expected) in [
        (Send, (Ok("[7]".to_owned()), 10)),
        (SendAs(reply(Pace::AtOnce)), (digits.clone(), 10)),
        // 46 bytes in 5 pieces: 10 + 100 + 4 x 20.
        (drip(10, 100, 20), (digits.clone(), 190)),
        (drip(10, 109, 20), (digits.clone(), 199)),
        (drip(10, 110, 20), (Err(FailureKind::TimedOut), 200)),
        (drip(0, 0, 1), (digits, 55)),
        (drip(1, 0, 1000), (Err(FailureKind::TimedOut), 200)),
        (
            SendAs(reply(Pace::CutOff { after_bytes: 10 })),
            (Err(FailureKind::Closed), 10),
        ),
        (
            SendAs(reply(Pace::Endless { every: ms(0) })),
            (Err(FailureKind::BodyTooLarge), 10),
        ),
        (
            SendAs(reply(Pace::Endless { every: ms(1) })),
            (Err(FailureKind::TimedOut), 200),
        ),
        (Swallow, (Err(FailureKind::TimedOut), 200)),
        (Reset, (Err(FailureKind::Closed), 10)),
    ] {
        let seen = through(RequestVerdict::Pass, verdict.clone()).await;
        assert_eq!(seen, expected, "{verdict:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_tap_sees_what_the_node_gets_and_what_leaves() {
    let other = r#"{"jsonrpc":"2.0","id":1,"method":"sum","params":[3,4]}"#;
    let gate: Arc<dyn Gate> = Arc::new(Fixed(
        RequestVerdict::Replace(other.into()),
        ReplyVerdict::Send,
    ));
    let (tap, lines) = log();
    let dial = start(ServerConfig {
        gate: Some(gate),
        tap: Some(tap),
        ..ServerConfig::default()
    });
    let client = Client::new(config(dial));
    let seven = RawValue::from_string("[7]".to_owned()).unwrap();
    assert_eq!(
        client.call("echo", seven, ms(200)).await.unwrap().get(),
        "7"
    );
    assert_eq!(
        *lines.lock().unwrap(),
        [
            "0 received 1: sum [3,4]",
            "15 replied 1: echo 200 {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":7}",
        ]
    );
}
