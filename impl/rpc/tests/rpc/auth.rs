//! Who is let in: the tokens of the Engine API.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::server::{post, raw};
use crate::support::{config, ms, params, start};
use gauntlet_rpc::{
    Auth, AuthScope, CallError, Client, ClientConfig, Dial, Jwt, JwtSecret, ServerConfig, UnixClock,
};

const NOW: u64 = 1_800_000_000;

fn jwt(byte: u8, clock: impl Fn() -> u64 + Send + Sync + 'static) -> Jwt {
    Jwt {
        secret: JwtSecret::new([byte; 32]),
        clock: UnixClock::new(clock),
    }
}

fn guarded(scope: AuthScope) -> Dial {
    let jwt = jwt(7, || NOW);
    start(ServerConfig {
        auth: Some(Auth { jwt, scope }),
        ..ServerConfig::default()
    })
}

/// Posts with this token and returns the status.
async fn status(dial: &Dial, body: &str, token: Option<&Jwt>) -> String {
    let token = token.map_or_else(String::new, |jwt| {
        let value = jwt.bearer();
        format!("authorization: {}\r\n", value.to_str().unwrap())
    });
    let request = post(body).replacen("\r\n", &format!("\r\n{token}"), 1);
    let (reply, _) = raw(dial, &request).await;
    reply["HTTP/1.1 ".len()..][..3].to_owned()
}

fn call(method: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":[7]}}"#)
}

#[tokio::test(start_paused = true)]
async fn a_whole_port_asks_every_request_for_a_token() {
    let dial = guarded(AuthScope::EveryRequest);
    let (echo, good) = (call("echo"), jwt(7, || NOW));
    assert_eq!(status(&dial, &echo, Some(&good)).await, "200");
    for body in [&*echo, "", "x"] {
        assert_eq!(status(&dial, body, None).await, "401", "{body}");
    }
    for bad in [jwt(8, || NOW), jwt(7, || NOW - 61), jwt(7, || NOW + 61)] {
        assert_eq!(status(&dial, &echo, Some(&bad)).await, "401", "{bad:?}");
    }
    // Not a byte of the body is waited for.
    let announced = post(&echo).split_once("\r\n\r\n").unwrap().0.to_owned() + "\r\n\r\n";
    let (reply, _) = raw(&dial, &announced).await;
    assert!(reply.starts_with("HTTP/1.1 401 "), "{reply}");
    assert!(reply.ends_with("\r\n\r\nmissing token"), "{reply}");
}

#[tokio::test(start_paused = true)]
async fn a_shared_port_asks_calls_of_the_engine_api() {
    let dial = guarded(AuthScope::EngineMethods);
    let (echo, engine) = (call("echo"), call("engine_echo"));
    let good = jwt(7, || NOW);
    for open in [&*echo, &format!("[{echo}]"), &call("engine")] {
        assert_eq!(status(&dial, open, None).await, "200", "{open}");
    }
    assert_ne!(status(&dial, "x", None).await, "401");
    let escaped = call(r"\u0065ngine_echo");
    let notification = engine.replace(r#""id":1,"#, "");
    let batch = format!("[{echo},{engine}]");
    for shut in [engine, escaped, notification, batch] {
        assert_eq!(status(&dial, &shut, None).await, "401", "{shut}");
        assert_eq!(status(&dial, &shut, Some(&jwt(8, || NOW))).await, "401");
        assert_eq!(status(&dial, &shut, Some(&good)).await, "200", "{shut}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_makes_a_token_for_each_request() {
    let dial = guarded(AuthScope::EveryRequest);
    let issued = Arc::new(AtomicU64::new(NOW));
    let clock = issued.clone();
    let client = Client::new(ClientConfig {
        jwt: Some(jwt(7, move || clock.load(Ordering::Relaxed))),
        ..config(dial)
    });
    for (at, is_let_in) in [(NOW, true), (NOW - 61, false), (NOW + 60, true)] {
        issued.store(at, Ordering::Relaxed);
        let outcome = client.call("echo", params(), ms(200)).await;
        match outcome {
            Ok(_) => assert!(is_let_in, "{at}"),
            Err(error) => assert!(!is_let_in && matches!(error, CallError::Status(401))),
        }
    }
}
