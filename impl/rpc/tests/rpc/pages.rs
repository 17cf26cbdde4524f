//! What a server shows to those who only look, and to pages in browsers.

use crate::server::{post, raw};
use crate::support::start;
use gauntlet_rpc::{Auth, AuthScope, Cors, Jwt, JwtSecret, Page, Pages, ServerConfig};

const PREFLIGHT: &str = "OPTIONS / HTTP/1.1\r\nhost: x\r\norigin: http://page\r\n\
                         access-control-request-method: POST\r\n\
                         access-control-request-headers: content-type\r\n\r\n";

const ECHO: &str = r#"{"jsonrpc":"2.0","id":1,"method":"echo","params":[7]}"#;

#[tokio::test(start_paused = true)]
async fn pages_are_shown_to_whoever_asks_for_them() {
    let pages = Pages::default()
        .with("/healthz", || Page {
            status: 503,
            content_type: "text/plain",
            text: "behind".to_owned(),
        })
        .with("/metrics", || Page {
            status: 200,
            content_type: "text/plain; version=0.0.4",
            text: "slots 7\n".to_owned(),
        });
    let dial = start(ServerConfig {
        pages,
        auth: Some(Auth {
            jwt: Jwt::new(JwtSecret::new([7; 32])),
            scope: AuthScope::EveryRequest,
        }),
        ..ServerConfig::default()
    });
    let get = |method: &str, path: &str| format!("{method} {path} HTTP/1.1\r\nhost: x\r\n\r\n");
    let (reply, _) = raw(&dial, &get("GET", "/metrics?x=1")).await;
    assert_eq!(
        reply,
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4\r\n\
         content-length: 8\r\n\r\nslots 7\n"
    );
    let (reply, _) = raw(&dial, &get("GET", "/healthz")).await;
    assert!(reply.starts_with("HTTP/1.1 503 ") && reply.ends_with("\r\n\r\nbehind"));
    let (reply, _) = raw(&dial, &get("HEAD", "/healthz")).await;
    assert!(reply.starts_with("HTTP/1.1 503 ") && reply.ends_with("\r\n\r\n"));
    for (method, path) in [("GET", "/"), ("GET", "/metrics/"), ("PUT", "/metrics")] {
        let (reply, _) = raw(&dial, &get(method, path)).await;
        assert!(reply.starts_with("HTTP/1.1 405 "), "{reply}");
        assert!(reply.contains("\r\nallow: POST\r\n"), "{reply}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_of_another_origin_may_call_if_that_is_switched_on() {
    let dial = start(ServerConfig {
        cors: Cors::AnyOrigin,
        ..ServerConfig::default()
    });
    let (reply, _) = raw(&dial, PREFLIGHT).await;
    assert!(reply.starts_with("HTTP/1.1 204 "), "{reply}");
    for header in [
        "access-control-allow-origin: *",
        "access-control-allow-methods: GET, POST",
        "access-control-allow-headers: authorization, content-type",
    ] {
        assert!(reply.lines().any(|line| line == header), "{reply}");
    }
    // A page reads errors too.
    for body in [ECHO, "x"] {
        let (reply, _) = raw(&dial, &post(body)).await;
        let allowed = "\r\naccess-control-allow-origin: *\r\n";
        assert!(reply.contains(allowed), "{reply}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_of_another_origin_may_not_call_otherwise() {
    let dial = start(ServerConfig::default());
    let (reply, _) = raw(&dial, PREFLIGHT).await;
    assert!(reply.starts_with("HTTP/1.1 405 "), "{reply}");
    assert!(!reply.contains("access-control"), "{reply}");
    // What a page may send without asking first is refused.
    let plain = post(ECHO).replace("application/json", "text/plain");
    let (reply, _) = raw(&dial, &plain).await;
    assert!(reply.starts_with("HTTP/1.1 415 "), "{reply}");
}
