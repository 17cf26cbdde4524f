//! Sequencer and builder as processes of their own: both come back, and what they did is judged from
//! transcripts alone.
#![cfg(unix)]

use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use tokio::time::Instant;

#[path = "../examples/processes/node.rs"]
mod node;

use node::{Node, printed};

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_gauntlet"))
}

/// A port that is free now.
fn free() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").to_string()
}

fn address(folder: &Path, command: &str) -> String {
    let (ended, address) =
        printed(program(), folder, &[command, "--show-address"]).expect("it runs");
    assert!(ended.success());
    address
}

/// The number and the origin of the next block.
fn block(sequencer: &Node) -> (u64, String) {
    let event = sequencer.wait_for("block published");
    let whose = event["whose"].as_str().expect("somebody's").to_owned();
    (event["number"].as_u64().expect("a number"), whose)
}

/// Waits for a block of somebody's, and returns its number.
fn block_of(sequencer: &Node, whose: &str) -> u64 {
    loop {
        let (number, of) = block(sequencer);
        if of == whose {
            return number;
        }
        assert!(number < 100, "no block of {whose}");
    }
}

/// What a process shows at a path: the status and the text.
fn page(at: &str, path: &str) -> (u16, String) {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(at).expect("it listens");
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: {at}\r\nconnection: close\r\n\r\n"
    )
    .expect("sent");
    let mut reply = String::new();
    stream.read_to_string(&mut reply).expect("a reply");
    let (head, text) = reply.split_once("\r\n\r\n").expect("a head and a text");
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    (status.expect("a status"), text.to_owned())
}

#[test]
fn both_come_back_and_the_chain_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let (by_sequencer, by_builder) = (address(folder, "sequencer"), address(folder, "builder"));
    let (builder_at, users_at) = (free(), free());
    let build = || {
        let args = [
            "builder",
            "--listen",
            &builder_at,
            "--sequencer",
            &by_sequencer,
        ];
        let builder = Node::start(program(), folder, &args).expect("it starts");
        builder.wait_for("a builder listens");
        builder
    };
    let builder_url = format!("http://{builder_at}");
    let sequence = |more: &[&str]| {
        let mut args = vec!["sequencer", "--listen", &users_at, "--block-time", "500ms"];
        args.extend([
            "--builder-url",
            &builder_url,
            "--builder-pubkey",
            &by_builder,
        ]);
        args.extend(["--transcript", "transcript"]);
        args.extend(more);
        Node::start(program(), folder, &args).expect("it starts")
    };
    let builder = build();
    assert_eq!(page(&builder_at, "/healthz").0, 503);
    let mut sequencer = sequence(&["--new-chain"]);
    block_of(&sequencer, "builder");
    let (status, told) = page(&users_at, "/healthz");
    assert_eq!(status, 200, "{told}");
    assert_eq!(page(&builder_at, "/healthz").0, 200);
    let (_, numbers) = page(&users_at, "/metrics");
    for shown in [
        "gauntlet_blocks_total{whose=\"builder\"}",
        "gauntlet_builder_call_seconds_bucket",
        "gauntlet_head_number",
        "gauntlet_connections{door=\"users\"} 1",
    ] {
        assert!(numbers.contains(shown), "no `{shown}` in {numbers}");
    }

    // The builder dies, and is fed when it is back.
    builder.kill().expect("it is killed");
    block_of(&sequencer, "local");
    let builder = build();
    block_of(&sequencer, "builder");

    // The sequencer is stopped, and goes on with the builder's chain.
    let asked = Instant::now();
    assert!(sequencer.terminate().expect("it ends").success());
    assert!(
        asked.elapsed() < Duration::from_secs(2),
        "it takes its time"
    );
    let mut last = 0;
    while let Some(event) = sequencer.next() {
        if event["message"] == "block published" {
            last = event["number"].as_u64().expect("a number");
        }
    }
    let back = sequence(&[]);
    let restored = back.wait_for("the chain is restored");
    let (first, _) = block(&back);
    assert_eq!(Some(first - 1), restored["blocks"].as_u64());
    assert!(
        last == 0 || first > last,
        "block {first} after block {last}"
    );
    block_of(&back, "builder");

    // It is killed, and its transcript is judged as far as it goes.
    back.kill().expect("it is killed");
    drop(builder);
    let verify = |args: &[&str]| printed(program(), folder, &[&["verify"][..], args].concat());
    let (judged, told) = verify(&["transcript/sequencer-1.transcript.jsonl"]).expect("it runs");
    assert_eq!(judged.code(), Some(0), "{told}");
    let (judged, _) = verify(&["transcript"]).expect("it runs");
    assert_eq!(judged.code(), Some(2), "one is cut off");
    let (judged, told) = verify(&["--cut-off", "transcript"]).expect("it runs");
    assert_eq!(judged.code(), Some(0), "{told}");
    assert!(
        told.contains("2 transcripts: as written, 0 with violations"),
        "{told}"
    );
}

#[test]
fn no_new_chain_is_begun_unasked() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let pubkey = address(folder, "builder");
    let url = format!("http://{}", free());
    let begun = |more: &[&str]| {
        let args = [
            "sequencer",
            "--listen",
            "127.0.0.1:0",
            "--restore-timeout",
            "1s",
        ];
        let args = [&args[..], more].concat();
        let mut node = Node::start(program(), folder, &args).expect("it starts");
        node.ended().expect("it ends").code()
    };
    assert_eq!(begun(&[]), Some(3));
    assert_eq!(
        begun(&["--builder-url", &url, "--builder-pubkey", &pubkey]),
        Some(3)
    );
    assert_eq!(begun(&["--builder-url", &url]), Some(2));
}
