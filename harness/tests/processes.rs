//! Sequencer and builder as processes of their own: both come back, and what they did is judged from
//! transcripts alone.
#![cfg(unix)]

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use alloy_primitives::{Address, B256};
use gauntlet::chain::{self, PlannedL1};
use gauntlet::plan::{ChainPlan, Plan};
use gauntlet_builder::Builder;
use gauntlet_engine::{Attributes, Engine, Senders};
use gauntlet_node::Compute;
use gauntlet_rpc::{ServerConfig, TcpAcceptor, serve};
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
fn a_follower_gives_the_chain_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let by_sequencer = address(folder, "sequencer");
    let follower_at = free();
    let args = [
        "builder",
        "--listen",
        &follower_at,
        "--sequencer",
        &by_sequencer,
    ];
    let follower = Node::start(program(), folder, &args).expect("it starts");
    follower.wait_for("a builder listens");
    let url = format!("http://{follower_at}");
    let sequence = |more: &[&str]| {
        let mut args = vec![
            "sequencer",
            "--listen",
            "127.0.0.1:0",
            "--block-time",
            "500ms",
        ];
        args.extend(["--follower", &url, "--follower-jwt", "jwt.hex"]);
        args.extend(more);
        Node::start(program(), folder, &args).expect("it starts")
    };
    let sequencer = sequence(&["--new-chain"]);
    while block(&sequencer).0 < 3 {}
    // By the end of the slot the follower has the block.
    sequencer.wait_for("block published");
    sequencer.kill().expect("it is killed");
    let back = sequence(&["--slots", "2"]);
    let restored = back.wait_for("the chain is restored");
    let blocks = restored["blocks"].as_u64().expect("a number");
    assert!(blocks >= 3, "only {blocks} blocks are back");
    assert!(
        restored["of"]
            .as_str()
            .is_some_and(|of| of.contains("follower")),
        "{restored}"
    );
    assert_eq!((block(&back).0, block(&back).0), (blocks + 1, blocks + 2));
}

/// Far enough for a chain of more blocks than an engine keeps beside its chain.
#[test]
fn a_builder_far_behind_is_fed() {
    const BLOCKS: u64 = 600;
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let (by_sequencer, by_builder) = (address(folder, "sequencer"), address(folder, "builder"));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (archive_at, archive) = runtime.block_on(archive(BLOCKS));
    let serving = runtime.spawn(archive);
    let builder_at = free();
    let args = [
        "builder",
        "--listen",
        &builder_at,
        "--sequencer",
        &by_sequencer,
    ];
    let builder = Node::start(program(), folder, &args).expect("it starts");
    builder.wait_for("a builder listens");
    let (url, archive_url) = (
        format!("http://{builder_at}"),
        format!("http://{archive_at}"),
    );
    let mut args = vec![
        "sequencer",
        "--listen",
        "127.0.0.1:0",
        "--block-time",
        "500ms",
    ];
    args.extend(["--builder-url", &url, "--builder-pubkey", &by_builder]);
    args.extend(["--follower", &archive_url, "--follower-jwt", "jwt.hex"]);
    let sequencer = Node::start(program(), folder, &args).expect("it starts");
    let restored = sequencer.wait_for("the chain is restored");
    assert_eq!(restored["blocks"].as_u64(), Some(BLOCKS));
    while block(&sequencer).1 != "builder" {}
    serving.abort();
}

/// Somebody who has so many blocks, and where it listens.
async fn archive(blocks: u64) -> (String, impl Future<Output = std::io::Error>) {
    let plan = Plan {
        chain: ChainPlan {
            block_time_ms: 500,
            ..ChainPlan::default()
        },
        ..Plan::default()
    };
    let spec = chain::spec(&plan).expect("a chain");
    let l1 = PlannedL1::new(Arc::new(plan), spec.clone());
    let mut engine = Engine::new(spec, Senders::default()).with_retained_blocks(blocks);
    for number in 1..=blocks {
        let attributes = Attributes::from_wire(&l1.attributes(number, number)).expect("attributes");
        let block = engine
            .build(engine.head().hash(), &attributes)
            .expect("a block");
        let block = engine.insert(block);
        let _moved = engine
            .fork_choice_updated(block.hash(), B256::ZERO, B256::ZERO)
            .expect("a head");
    }
    let config = gauntlet_builder::Config {
        pubkey: Address::ZERO,
        sequencer: Address::ZERO,
        build: Duration::ZERO,
        compute: Compute::real(Duration::from_secs(1)),
    };
    let observer = gauntlet_builder::Observer::new(|_| {});
    let builder = Builder::new(config, gauntlet_builder::Parts::default(), engine, observer);
    let door = TcpAcceptor::bind("127.0.0.1:0").await.expect("a port");
    let address = door.local_addr().expect("an address").to_string();
    (address, serve(door, builder.api(), ServerConfig::default()))
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

/// Nobody reads what it says: it ends, and has done nothing wrong.
#[test]
fn a_log_that_nobody_reads_ends_the_process() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut sequencer = Command::new(program())
        .args([
            "sequencer",
            "--new-chain",
            "--listen",
            "127.0.0.1:0",
            "--block-time",
            "200ms",
        ])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    drop(sequencer.stdout.take());
    assert_eq!(sequencer.wait().expect("it ends").code(), Some(0));
}

#[test]
fn options_are_read_from_a_file_and_its_mistakes_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let with = |settings: &str| {
        std::fs::write(folder.join("node.toml"), settings).expect("it is written");
        let out = Command::new(program())
            .args(["sequencer", "--config", "node.toml", "--slots", "1"])
            .current_dir(folder)
            .output()
            .expect("it runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (out.status.code(), text(&out.stdout), text(&out.stderr))
    };
    let good = "listen = '127.0.0.1:0'\nblock-time = '200ms'\nnew-chain = true\n";
    let (code, log, told) = with(good);
    assert_eq!(code, Some(0), "{told}");
    assert_eq!(log.matches("block published").count(), 1, "{log}");
    let (code, log, told) = with(&format!("{good}slot = 7\n"));
    assert_eq!((code, log.as_str()), (Some(2), ""));
    for expected in [
        "node.toml:4:1",
        "unknown key `slot`",
        "did you mean `slots`?",
    ] {
        assert!(told.contains(expected), "no `{expected}` in:\n{told}");
    }
}
