//! What comes out of a proxy is what went in.

use gauntlet_rpc::{Client, ClientConfig, RpcModule, ServerConfig, serve};
use serde_json::value::{RawValue, to_raw_value};

use crate::setup::{Choice, ms, next, ok, post, proxied, reads, settled, writes};

/// Requests and replies, each of which must come out letter by letter.
const EXCHANGES: [(&str, &str); 8] = [
    (
        "POST / HTTP/1.1\r\nhost: builder\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: 4\r\ndate: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\nnull",
    ),
    (
        "GET /healthz?deep=1 HTTP/1.1\r\nhost: builder\r\nx-odd: a b, c\r\nx-odd: d\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
    ),
    (
        "PUT /a/%20b HTTP/1.1\r\nauthorization: Bearer x.y.z\r\ncontent-length: 5\r\n\r\n\u{0}\u{1}\r\n\u{7f}",
        "HTTP/1.1 404 Not Found\r\ncontent-type: text/html\r\ncontent-length: 3\r\n\r\n<p>",
    ),
    (
        "DELETE /x HTTP/1.1\r\nhost: builder\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n",
    ),
    (
        "HEAD / HTTP/1.1\r\nhost: builder\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 1234\r\n\r\n",
    ),
    (
        "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        "HTTP/1.1 500 Internal Server Error\r\ntransfer-encoding: chunked\r\n\r\n6\r\nbroken\r\n0\r\n\r\n",
    ),
    (
        "OPTIONS * HTTP/1.1\r\nhost: builder\r\n\r\n",
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: /there\r\ncontent-length: 0\r\n\r\n",
    ),
    (
        "POST / HTTP/1.1\r\nconnection: close\r\ncontent-length: 1\r\n\r\nx",
        "HTTP/1.1 599 Whatever It Says\r\nconnection: close\r\ncontent-length: 1\r\n\r\ny",
    ),
];

#[tokio::test(start_paused = true)]
async fn any_message_comes_out_as_it_went_in() {
    let (proxied, mut behind) = proxied(Choice::default());
    let mut front = proxied.connect().await;
    writes(&mut front, EXCHANGES[0].0).await;
    // One connection behind for the one in front.
    let mut back = next(&mut behind).await;
    for (index, (request, reply)) in EXCHANGES.iter().enumerate() {
        if index > 0 {
            writes(&mut front, request).await;
        }
        reads(&mut back, request).await;
        writes(&mut back, reply).await;
        reads(&mut front, reply).await;
    }
    assert_eq!(proxied.said.lines().len(), 1 + 5 * EXCHANGES.len());
}

#[tokio::test(start_paused = true)]
async fn the_faces_tell_an_exchange() {
    let (proxied, mut behind) = proxied(Choice::default());
    let mut front = proxied.connect().await;
    writes(&mut front, &post("{}")).await;
    let mut back = next(&mut behind).await;
    reads(&mut back, &post("{}")).await;
    tokio::time::sleep(ms(7)).await;
    writes(&mut back, &ok("null")).await;
    reads(&mut front, &ok("null")).await;
    drop(front);
    settled().await;
    assert_eq!(
        proxied.said.lines(),
        [
            "0 front opened 1 at ?",
            "0 front request 1 on 1 at 0: POST / content-type= {}",
            "0 back request 1 on 1 at ?: same",
            "7 back reply 1: 200 content-type= null",
            "7 front reply 1: same",
            "7 front left 1 for ?",
            "7 front closed 1 at ?",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn pipelined_requests_are_relayed_in_order() {
    let (proxied, mut behind) = proxied(Choice::default());
    let mut front = proxied.connect().await;
    writes(&mut front, &[post("1"), post("22"), post("333")].concat()).await;
    let mut back = next(&mut behind).await;
    for (request, reply) in [("1", "a"), ("22", "bb"), ("333", "ccc")] {
        reads(&mut back, &post(request)).await;
        writes(&mut back, &ok(reply)).await;
    }
    reads(&mut front, &[ok("a"), ok("bb"), ok("ccc")].concat()).await;
}

#[tokio::test(start_paused = true)]
async fn each_connection_in_front_has_its_own_behind() {
    let (proxied, mut behind) = proxied(Choice::default());
    let (mut one, mut other) = (proxied.connect().await, proxied.connect().await);
    writes(&mut other, &post("other")).await;
    let mut behind_other = next(&mut behind).await;
    writes(&mut one, &post("one")).await;
    let mut behind_one = next(&mut behind).await;
    reads(&mut behind_one, &post("one")).await;
    reads(&mut behind_other, &post("other")).await;
    writes(&mut behind_one, &ok("1")).await;
    reads(&mut one, &ok("1")).await;
    writes(&mut behind_other, &ok("2")).await;
    reads(&mut other, &ok("2")).await;
}

/// A builder's own limits are what its peer sees.
#[tokio::test(start_paused = true)]
async fn large_bodies_meet_the_nodes_own_limits() {
    let (proxied, behind) = proxied(Choice::default());
    let mut module = RpcModule::new(());
    module
        .register_method("size", |params, (), _| {
            params.one::<String>().map(|text| text.len())
        })
        .unwrap();
    module
        .register_method("give", |params, (), _| {
            params.one::<usize>().map(|size| "x".repeat(size))
        })
        .unwrap();
    tokio::spawn(serve(behind, module, ServerConfig::default()));
    let client = Client::new(ClientConfig::new(
        "builder",
        "http://builder:8545/".parse().unwrap(),
        proxied.front.clone(),
    ));
    let call = async |method: &str, params: Box<RawValue>| {
        let outcome = client.call(method, params, ms(1000)).await;
        outcome
            .map(|it| it.get().len())
            .map_err(|it| it.to_string())
    };
    let text = |size: usize| to_raw_value(&["x".repeat(size)]).unwrap();
    let size = |size: usize| to_raw_value(&[size]).unwrap();
    let mib = 1 << 20;
    assert_eq!(call("size", text(10 * mib - 100)).await, Ok(8));
    assert_eq!(
        call("size", text(12 * mib)).await,
        Err("HTTP status 413".to_owned())
    );
    assert_eq!(call("give", size(15 * mib)).await, Ok(15 * mib + 2));
    let too_big = call("give", size(17 * mib)).await;
    assert!(too_big.unwrap_err().contains("too big"));
}
