//! `gauntlet certify`, as a builder team runs it: our own builder as a process of its own is tried
//! by its URL, and what strangers do to whoever tries them ends in bounded time.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

const PUBKEY: &str = "0x00000000000000000000000000000000000003eb";

fn gauntlet(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gauntlet"));
    command
        .current_dir(folder)
        .args(args)
        .output()
        .expect("it runs")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn error(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A port that is free now.
fn free() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").to_string()
}

/// The address that follows a word.
fn after<'t>(text: &'t str, word: &str) -> &'t str {
    let (_, rest) = text.split_once(word).expect(word);
    rest.split_whitespace().next().expect("a word")
}

/// A folder for our own builder, which `certify` starts itself.
fn prepared(folder: &Path) {
    let address = out(&gauntlet(
        folder,
        &["builder", "--show-address", "--key", "b.key"],
    ));
    let listen = free();
    let url = format!("http://{listen}");
    let start = format!(
        "{} builder --listen {listen} --key b.key --jwt jwt.hex --genesis genesis.json \
         --log-level error --sequencer $(cat sequencer.address)",
        env!("CARGO_BIN_EXE_gauntlet")
    );
    let args = [
        "certify",
        "init",
        "--url",
        &url,
        "--pubkey",
        address.trim(),
        "--jwt",
        "jwt.hex",
        "--block-time",
        "1s",
        "--name",
        "our own",
        "--start-cmd",
        &start,
        "--seed",
        "7",
    ];
    let written = gauntlet(folder, &args);
    assert_eq!(written.status.code(), Some(0), "{}", error(&written));
    let sequencer = after(&out(&written), "answers the sequencer ").to_owned();
    fs::write(folder.join("sequencer.address"), sequencer).expect("a file");
}

/// A report of our own builder is as good as its transcript, and as bad.
#[test]
fn our_own_builder_conforms_and_a_tampered_report_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    prepared(folder);
    let again = gauntlet(
        folder,
        &["certify", "init", "--url", "http://a", "--pubkey", PUBKEY],
    );
    assert_eq!(again.status.code(), Some(2));
    assert!(
        error(&again).contains("is there already"),
        "{}",
        error(&again)
    );

    let doctor = gauntlet(folder, &["certify", "doctor"]);
    assert_eq!(doctor.status.code(), Some(0), "{}", error(&doctor));
    assert!(out(&doctor).contains("of a bound nothing is concluded"));

    let args = [
        "certify",
        "builder",
        "--out",
        "report",
        "--seed",
        "5",
        "--only",
        "transport/ids",
        "--only",
        "builder/old-heads",
        "--only",
        "builder/blocks-of-every-kind",
    ];
    let tried = gauntlet(folder, &args);
    let told = out(&tried);
    assert_eq!(tried.status.code(), Some(0), "{told}{}", error(&tried));
    assert!(
        told.contains("20 cases in ") && told.contains("21 cases: 21 pass"),
        "{told}"
    );
    // What was chosen certifies nothing.
    assert!(told.contains("not certified: our own, build") && told.contains("cases were chosen"));

    let report = folder.join("report");
    for file in ["report.json", "report.html", "junit.xml", "repro.sh"] {
        assert!(report.join(file).is_file(), "{file}");
    }
    let verify = || gauntlet(folder, &["verify", "report"]);
    assert_eq!(verify().status.code(), Some(0), "{}", error(&verify()));

    // Whose it is.
    let attest = ["certify", "attest", "report", "--key", "attester.key"];
    let signed = gauntlet(folder, &attest);
    assert_eq!(signed.status.code(), Some(0), "{}", error(&signed));
    let signer = after(&out(&signed), "signed by ")
        .trim_end_matches(':')
        .to_owned();
    let of = |signer: &str| gauntlet(folder, &["verify", "report", "--key", signer]);
    assert_eq!(
        of(&signer).status.code(),
        Some(0),
        "{}",
        error(&of(&signer))
    );
    assert!(out(&of(&signer)).contains("signed by"));
    assert!(error(&of(PUBKEY)).contains("it is not signed by"));

    let badge = out(&gauntlet(folder, &["certify", "badge", "report"]));
    assert!(
        badge.starts_with("<svg") && badge.contains("build: no failure"),
        "{badge}"
    );
    let diff = |new: &str| gauntlet(folder, &["certify", "diff", "report", new]);
    assert_eq!(out(&diff("report")), "nothing changed\n");
    assert_eq!(diff("nowhere").status.code(), Some(2));

    // Somebody makes more of it than it is.
    let path = report.join("report.json");
    let text = fs::read_to_string(&path).expect("a report");
    let mut record: Value = serde_json::from_str(&text).expect("JSON");
    record["is_certified"] = true.into();
    record["certificate"]["rules"][0]["verdict"] = "fail".into();
    fs::write(&path, record.to_string()).expect("a report");
    assert!(error(&of(&signer)).contains("`report.json` is not what was signed"));
    let verified = verify();
    assert_eq!(verified.status.code(), Some(2));
    let told = error(&verified);
    assert!(
        told.contains("the report says fail, the transcript"),
        "{told}"
    );
    assert!(
        told.contains("the report says certified, the transcript not certified"),
        "{told}"
    );

    // Or of the transcript.
    fs::write(&path, text).expect("a report");
    let transcript = report.join("session.transcript.jsonl");
    let lines = fs::read_to_string(&transcript).expect("a transcript");
    fs::write(&transcript, lines.replacen("-32600", "-32601", 1)).expect("a transcript");
    let verified = verify();
    assert_eq!(verified.status.code(), Some(2));
    assert!(
        error(&verified).contains("was altered"),
        "{}",
        error(&verified)
    );
}

#[test]
fn what_cannot_be_tried_is_told_with_what_would_help() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let told = |args: &[&str]| {
        let output = gauntlet(folder, args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        error(&output)
    };
    assert!(told(&["certify", "builder"]).contains("`gauntlet certify init` writes one"));
    let url = format!("http://{}", free());
    let init = ["certify", "init", "--url", &url, "--pubkey", PUBKEY];
    assert_eq!(gauntlet(folder, &init).status.code(), Some(0));
    assert!(told(&["certify", "doctor"]).contains("cannot connect"));
    let typo = told(&["certify", "builder", "--only", "transport/idds"]);
    assert!(
        typo.contains("there is no scenario `transport/idds`"),
        "{typo}"
    );
    let simulated = told(&["certify", "builder", "--only", "transport/tokens"]);
    assert!(
        simulated.contains("its tokens are of a simulated clock"),
        "{simulated}"
    );
    let config = folder.join("builder.toml");
    let text = fs::read_to_string(&config).expect("a file");
    fs::write(&config, text.replace("pubkey", "pubkay")).expect("a file");
    assert!(told(&["certify", "doctor"]).contains("pubkay"));
}

/// What a builder does to whoever tries it.
#[derive(Clone, Copy, Debug)]
enum Malice {
    Stalls,
    Resets,
    Redirects,
    Floods,
    SixtyFourMib,
    AByteASecond,
    OtherIds,
}

const ALL: [Malice; 7] = [
    Malice::Stalls,
    Malice::Resets,
    Malice::Redirects,
    Malice::Floods,
    Malice::SixtyFourMib,
    Malice::AByteASecond,
    Malice::OtherIds,
];

/// Reads a request's body; nothing if there is none.
fn body(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(String::from_utf8_lossy(&body).into_owned())
}

fn reply(body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

/// Answers who asks for its version, and nobody else.
fn hostile(stream: TcpStream, malice: Malice, elsewhere: &str) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let asked = body(&mut stream)?;
        let out = stream.get_mut();
        if asked.contains("web3_clientVersion") {
            let call: Value = serde_json::from_str(&asked).ok()?;
            let answer = format!(
                r#"{{"jsonrpc":"2.0","id":{},"result":"malice"}}"#,
                call["id"]
            );
            out.write_all(reply(&answer).as_bytes()).ok()?;
            continue;
        }
        match malice {
            // Until the other side has had enough.
            Malice::Stalls => drop(body(&mut stream)),
            Malice::Resets => return None,
            Malice::Redirects => {
                let head = "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://";
                write!(out, "{head}{elsewhere}/\r\ncontent-length: 0\r\n\r\n").ok()?;
            }
            Malice::Floods => {
                let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
                out.write_all(head.as_bytes()).ok()?;
                loop {
                    write!(out, "10000\r\n{}\r\n", "x".repeat(0x10000)).ok()?;
                }
            }
            Malice::SixtyFourMib => {
                let text = reply(&format!("\"{}\"", "x".repeat(64 << 20)));
                out.write_all(text.as_bytes()).ok()?;
            }
            Malice::AByteASecond => {
                out.set_read_timeout(Some(Duration::from_secs(1))).ok()?;
                for byte in reply("{}").bytes() {
                    out.write_all(&[byte]).ok()?;
                    // Nothing comes: it is how long the read waits that matters.
                    let _silence = out.read(&mut [0]);
                }
            }
            Malice::OtherIds => {
                let answer = reply(r#"{"jsonrpc":"2.0","id":"another's","result":null}"#);
                out.write_all(answer.as_bytes()).ok()?;
            }
        }
    }
}

/// Serves so, and counts who comes to where it redirects.
fn served(malice: Malice) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let elsewhere = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let other = elsewhere.local_addr().expect("an address").to_string();
    let came = Arc::new(AtomicUsize::new(0));
    let counted = came.clone();
    thread::spawn(move || {
        for _guest in elsewhere.incoming() {
            counted.fetch_add(1, Ordering::Relaxed);
        }
    });
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let other = other.clone();
            thread::spawn(move || hostile(stream, malice, &other));
        }
    });
    (address, came)
}

/// Whatever a builder does, the trial ends when it would have, and says what it saw.
#[test]
fn a_hostile_builder_is_refused_in_bounded_time() {
    let tried = |malice: Malice| {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        let (address, came) = served(malice);
        let url = format!("http://{address}");
        let args = [
            "certify",
            "init",
            "--url",
            &url,
            "--pubkey",
            PUBKEY,
            "--block-time",
            "1s",
        ];
        assert_eq!(gauntlet(folder, &args).status.code(), Some(0));
        let begun = Instant::now();
        let args = [
            "certify",
            "builder",
            "--tier",
            "wire",
            "--only",
            "transport/ids",
        ];
        let tried = gauntlet(folder, &args);
        let told = out(&tried);
        let took = begun.elapsed();
        assert_eq!(
            tried.status.code(),
            Some(1),
            "{malice:?}: {told}{}",
            error(&tried)
        );
        assert!(told.contains("not certified"), "{malice:?}: {told}");
        assert!(told.contains("fail"), "{malice:?}: {told}");
        // Seven slots, what is under way at their end, and as much again for a busy machine.
        assert!(took < Duration::from_secs(60), "{malice:?}: {took:?}");
        assert_eq!(
            came.load(Ordering::Relaxed),
            0,
            "it follows nobody elsewhere"
        );
    };
    thread::scope(|scope| {
        let tried = &tried;
        let running = ALL.map(|malice| scope.spawn(move || tried(malice)));
        for one in running {
            one.join().expect("it is refused");
        }
    });
}
