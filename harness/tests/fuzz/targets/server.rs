//! A server: HTTP requests. It serves over a stream in memory, on virtual time, so
//! that its timeouts pass in no time.

use std::io;
use std::time::Duration;

use futures::FutureExt;
use futures::future::{self, BoxFuture};
use gauntlet_rpc::{Accept, ErrorObjectOwned, Io, RpcModule, ServerConfig, serve};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::runtime::Builder;
use tokio::time::timeout;

use super::{Seen, Target};

pub(super) const TARGET: Target = Target {
    name: "http-requests",
    run,
    examples: || {
        let body = r#"{"jsonrpc":"2.0","id":1,"method":"echo","params":[1]}"#;
        let length = body.len();
        let head = "POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n";
        let whole = format!("{head}content-length: {length}\r\n\r\n{body}");
        let chunked =
            format!("{head}transfer-encoding: chunked\r\n\r\n{length:x}\r\n{body}\r\n0\r\n\r\n");
        let get = "GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n";
        let pipelined = whole.repeat(3);
        [&whole, &chunked, get, &pipelined]
            .map(|text| text.as_bytes().to_vec())
            .to_vec()
    },
    words: &[
        "\r\n",
        "\r\n\r\n",
        "content-length: 0\r\n",
        "content-length: 18446744073709551616\r\n",
        "transfer-encoding: chunked\r\n",
        "transfer-encoding: identity\r\n",
        "expect: 100-continue\r\n",
        "connection: close\r\n",
        "upgrade: h2c\r\n",
        "0\r\n\r\n",
        "ffffffffffffffff\r\n",
        " ",
        ":",
        "HTTP/1.0",
        "HTTP/2.0",
        "OPTIONS",
        "HEAD",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "\u{0}",
        "\u{ff}",
    ],
};

/// A server's methods for whoever calls the methods of a simulation or `echo`.
fn methods() -> RpcModule<()> {
    let mut module = RpcModule::new(());
    for name in ["echo", "builder_getPayloadV1"] {
        module
            .register_method(name, |params, (), _| {
                Ok::<Value, ErrorObjectOwned>(params.parse::<Value>().unwrap_or_default())
            })
            .expect("each name is registered once");
    }
    module
}

/// One stream, and then no other.
struct One(Option<DuplexStream>);

impl Accept for One {
    fn accept(&mut self) -> BoxFuture<'_, io::Result<Box<dyn Io>>> {
        match self.0.take() {
            Some(stream) => future::ready(Ok(Box::new(stream) as Box<dyn Io>)).boxed(),
            None => future::pending().boxed(),
        }
    }
}

/// What a server sends on a connection on which it gets this.
pub(super) fn served(input: &[u8]) -> Vec<u8> {
    /// Longer than any of a server's timeouts.
    const PATIENCE: Duration = Duration::from_secs(3600);
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let (mut near, far) = duplex(1 << 20);
        let server = serve(One(Some(far)), methods(), ServerConfig::default());
        let exchange = async {
            // A server may have closed the connection before it read all.
            let _ = near.write_all(input).await;
            let mut sent = Vec::new();
            let read = timeout(PATIENCE, near.read_to_end(&mut sent)).await;
            let read = read.expect("a server closes the connection at last");
            read.expect("a stream in memory does not fail");
            sent
        };
        tokio::select! {
            biased;
            sent = exchange => sent,
            why = server => panic!("the server ended: {why}"),
        }
    })
}

fn run(input: &[u8]) -> Seen {
    let sent = served(input);
    assert_eq!(sent, served(input), "it is answered in two ways");
    // A request has two bytes at least, and a reply some hundreds.
    assert!(
        sent.len() <= 2000 + 200 * input.len(),
        "{} bytes",
        sent.len()
    );
    assert!(sent.is_empty() || sent.starts_with(b"HTTP/1."), "no reply");
    Seen::of(sent.starts_with(b"HTTP/1.1 200 ") || sent.starts_with(b"HTTP/1.1 405 "))
}
