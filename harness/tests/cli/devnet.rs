//! `gauntlet devnet`, as a user runs it.

use std::io::{self, BufRead, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::common::{Ended, assert_tells, command, gauntlet};

/// A devnet whose output nobody reads ends soon, without a word.
#[test]
fn a_devnet_that_nobody_reads_ends() {
    for transactions in ["20", "0"] {
        let arguments = [
            "devnet",
            "--block-time=200ms",
            "--transactions-per-slot",
            transactions,
        ];
        let mut child = command(Path::new("."), &arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It has begun when it says where it is reached.
        let mut first = [0; 5];
        let mut out = child.stdout.take().unwrap();
        out.read_exact(&mut first).unwrap();
        assert_eq!(&first, b"chain");
        drop(out);
        let ended: Ended = child.wait_with_output().unwrap().into();
        assert_eq!((ended.code, &*ended.err), (130, ""), "{}", ended.err);
    }
}

/// A port from here on that is hardly anybody's, nor is the next. To try whether it is free would
/// take it for a moment, and longer in a process that another test starts just then.
fn some_port(from: u16) -> u16 {
    let nth = std::process::id() % 2000;
    from + 2 * u16::try_from(nth).expect("it is below 2000")
}

#[test]
fn a_devnet_says_first_where_it_is_reached_and_what_is_its_users() {
    // One that is free together with the next.
    let free = |port| std::net::TcpListener::bind(("127.0.0.1", port));
    let is_free = |port: &u16| free(*port).is_ok() && free(port + 1).is_ok();
    let port = (20_000..30_000)
        .step_by(2)
        .find(is_free)
        .unwrap()
        .to_string();
    let ended = gauntlet(&[
        "devnet",
        "--block-time=200ms",
        "--slots=2",
        "--transactions-per-slot=0",
        "--port",
        &port,
    ]);
    assert_eq!(ended.err, "");
    let users = format!("http://127.0.0.1:{port}\n");
    let key = format!("key 0x{:064x}", 11);
    let parts = [
        "chain 901",
        &users,
        "tokens of the secret in ",
        "genesis.json",
        &key,
    ];
    assert_tells(&ended.out, &parts);
    assert_tells(
        &ended.out,
        &["\nblock     1", "\nblock     2", "\n2 slots, 2 blocks"],
    );
    let secret = ended.out.split("secret in ").nth(1).unwrap();
    let secret = secret.lines().next().unwrap();
    assert!(!Path::new(secret).exists(), "{secret} is left behind");
}

/// The first Ctrl-C ends it with its verdicts.
#[cfg(unix)]
#[test]
fn a_devnet_that_is_interrupted_is_judged() {
    let arguments = ["devnet", "--block-time=200ms", "--transactions-per-slot=1"];
    let mut child = command(Path::new("."), &arguments)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = io::BufReader::new(child.stdout.take().unwrap()).lines();
    let is_block = |line: &String| line.starts_with("block     3");
    assert!(
        lines
            .by_ref()
            .map(Result::unwrap)
            .any(|line| is_block(&line))
    );
    let interrupted = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(interrupted.success());
    let rest: Vec<_> = lines.map(Result::unwrap).collect();
    let rest = rest.join("\n");
    assert_tells(
        &rest,
        &["slots, ", " blocks, ", "one-block-per-height", "rules: "],
    );
    assert!(child.wait().unwrap().code() <= Some(1));
}

/// Nobody reads what it writes, so that it waits for good; the second Ctrl-C ends it all the same.
#[cfg(unix)]
#[test]
fn a_devnet_that_is_interrupted_twice_ends_at_once() {
    /// How much a pipe holds.
    const PIPE_BYTES: usize = 64 * 1024;
    let port = some_port(25_000);
    let (unread, mut full) = io::pipe().unwrap();
    full.write_all(&[b'.'; PIPE_BYTES]).unwrap();
    let arguments = ["devnet", "--block-time=200ms", "--port", &port.to_string()];
    let mut child = command(Path::new("."), &arguments)
        .stdout(full)
        .spawn()
        .unwrap();
    // It hears of signals before it listens.
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert_eq!(child.try_wait().unwrap(), None);
    }
    let code = loop {
        // Two that come at once are one.
        let pid = child.id().to_string();
        let interrupted = Command::new("kill").args(["-INT", &pid]).status().unwrap();
        assert!(interrupted.success());
        if let Some(ended) = child.try_wait().unwrap() {
            break ended.code();
        }
    };
    assert_eq!(code, Some(130));
    drop(unread);
}

#[test]
fn what_a_devnet_cannot_use_is_told() {
    for (arguments, says) in [
        (&["--builder", "ftp://x"][..], "scheme ftp is not supported"),
        (&["--builder-pubkey", "0x00"], "--builder"),
        (
            &["--builder=https://127.0.0.1:1", "--builder-ca=none.pem"],
            "none.pem",
        ),
        (&["--follower", "http://x"], "--follower-jwt"),
        (
            &["--follower=http://127.0.0.1:1", "--follower-jwt=none.hex"],
            "none.hex",
        ),
        (
            &[
                "--follower=http://x",
                "--follower=http://y",
                "--follower=http://z",
                "--follower-jwt=a",
                "--follower-jwt=b",
            ],
            "give a secret for each",
        ),
        (&["--port", "65535"], "65535"),
    ] {
        let ended = gauntlet(&[&["devnet", "--slots=1"], arguments].concat());
        assert_eq!(ended.code, 2, "{arguments:?}: {}", ended.err);
        assert_tells(&ended.err, &[says]);
        assert_eq!(ended.out, "");
    }
}
