//! Plain streams: who learns what, and when.

use gauntlet::net::sim::line::{Cargo, Links};
use gauntlet_rpc::Accept;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::sleep;

use crate::setup::{Node, ORDERS, Setup, latency_ms, ms, run, run_every_way, software, until};

/// Accepts connections and plays one part on each: speaks first, reads to the end, writes into the
/// void.
async fn speaker(node: Node) {
    let mut acceptor = node.network.acceptor(node.host, 8545).unwrap();
    let taken = node.network.acceptor(node.host, 8545).unwrap_err();
    assert_eq!(taken.kind(), std::io::ErrorKind::AddrInUse);
    let mut parts = tokio::task::JoinSet::new();
    loop {
        let mut stream = acceptor.accept().await.unwrap();
        node.log("accepts");
        let node = node.clone();
        parts.spawn(async move {
            stream.write_all(b"hello").await.unwrap();
            let mut read = Vec::new();
            stream.read_to_end(&mut read).await.unwrap();
            node.log(format!("reads {} bytes to the end", read.len()));
            let written = stream.write_all(b"bye").await.map_err(|error| error.kind());
            node.log(format!("says bye: {written:?}"));
            sleep(ms(5)).await;
        });
    }
}

async fn caller(node: Node) {
    let endpoint = "https://speaker:8545/".parse().unwrap();
    let secured = node.network.dial(node.host).dial(&endpoint).await;
    let refused = secured.err().expect("there is no TLS here");
    assert_eq!(refused.kind(), std::io::ErrorKind::Unsupported);

    // Half closed: the other direction stays open.
    let mut stream = node.connect("speaker").await.unwrap();
    node.log("connects");
    let mut hello = [0; 5];
    stream.read_exact(&mut hello).await.unwrap();
    node.log("reads hello");
    stream.write_all(b"12345").await.unwrap();
    stream.shutdown().await.unwrap();
    let error = stream.write_all(b"6").await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
    let mut read = Vec::new();
    stream.read_to_end(&mut read).await.unwrap();
    node.log(format!(
        "reads {} to the end",
        String::from_utf8_lossy(&read)
    ));
    drop(stream);

    // Closed with a reply on its way.
    until(100).await;
    let mut stream = node.connect("speaker").await.unwrap();
    stream.write_all(b"123").await.unwrap();
    drop(stream);
    node.log("closes");

    // Given up before it is answered, and asked where nobody is.
    until(200).await;
    assert!(
        tokio::time::timeout(ms(5), node.connect("speaker"))
            .await
            .is_err()
    );
    node.log("gives up");
    until(300).await;
    let error = node.connect("nobody").await.map(|_| ()).unwrap_err();
    node.log(format!("{:?}", error.kind()));

    // More than the window: the writer waits for room, which the answer's way brings.
    until(400).await;
    let mut stream = node.connect("speaker").await.unwrap();
    let block = vec![0; 1 << 20];
    for _ in 0..40 {
        stream.write_all(&block).await.unwrap();
    }
    node.log("has written 40 MiB");
}

#[test]
fn streams_are_exact_in_every_detail() {
    let log = run_every_way(&Setup {
        links: Links::new(|hop| Some(hop.sent_ms + latency_ms(hop))),
        hosts: [
            ("user", software(caller)),
            ("speaker", software(speaker)),
            ("bystander", software(|_| async {})),
        ],
        controls: Vec::new(),
        ends_ms: 600,
    });
    assert_eq!(
        log,
        [
            "10 speaker accepts",
            "20 user connects",
            "20 user reads hello",
            "30 speaker reads 5 bytes to the end",
            "30 speaker says bye: Ok(())",
            "45 user reads bye to the end",
            "110 speaker accepts",
            "120 user closes",
            "130 speaker reads 3 bytes to the end",
            "130 speaker says bye: Err(BrokenPipe)",
            "205 user gives up",
            "210 speaker accepts",
            "215 speaker reads 0 bytes to the end",
            "215 speaker says bye: Err(BrokenPipe)",
            "320 user ConnectionRefused",
            "410 speaker accepts",
            "440 user has written 40 MiB",
            "450 speaker reads 41943040 bytes to the end",
            "450 speaker says bye: Err(BrokenPipe)",
        ]
    );
}

#[test]
#[should_panic(expected = "the link is shorter than a tick")]
fn a_link_shorter_than_a_tick_is_a_bug() {
    run(
        &Setup {
            links: Links::constant(4),
            hosts: [
                ("user", software(caller)),
                ("speaker", software(speaker)),
                ("bystander", software(|_| async {})),
            ],
            controls: Vec::new(),
            ends_ms: 10,
        },
        5,
        ORDERS[0],
    );
}

#[test]
fn a_lost_end_is_lost_with_everything_after_it() {
    let log = run_every_way(&Setup {
        links: Links::new(|hop| (hop.cargo != Cargo::Bytes(5)).then_some(hop.sent_ms + 10)),
        hosts: [
            ("user", software(caller)),
            ("speaker", software(speaker)),
            ("bystander", software(|_| async {})),
        ],
        controls: Vec::new(),
        ends_ms: 100,
    });
    assert_eq!(log, ["10 speaker accepts", "20 user connects"]);
}
