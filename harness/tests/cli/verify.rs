//! `gauntlet verify`.

use std::fs;
use std::net::TcpListener;

use crate::common::{LATE, assert_tells, folder, gauntlet_in};

#[test]
fn a_transcript_is_verified_and_a_changed_byte_is_found() {
    let folder = folder("transcript", &[("late.toml", LATE)]);
    let ran = gauntlet_in(&folder, &["run", "--transcript", "kept"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    let verified = gauntlet_in(&folder, &["verify", "kept"]);
    assert_tells(
        &verified.out,
        &[
            "ok    kept/late/late.transcript.jsonl",
            "get-payload/gives-up-at-200-ms",
            "held 1 time",
            "1 transcript: as written, 0 with violations; 0 not as written\n",
        ],
    );
    assert_eq!((verified.code, &*verified.err), (0, ""));

    let path = folder.join("kept/late/late.transcript.jsonl");
    let text = fs::read_to_string(&path).expect("a transcript");
    let line = text.lines().position(|line| line.contains("\"published\""));
    let line = line.expect("a block") + 1;
    let changed = text.replacen("\"published\"", "\"publishes\"", 1);
    fs::write(&path, changed).expect("a changed transcript");
    let altered = gauntlet_in(&folder, &["verify", "kept"]);
    assert_tells(
        &altered.err,
        &["kept/late/late.transcript.jsonl", &format!("line {line}")],
    );
    assert_eq!(altered.code, 2);

    let none = gauntlet_in(&folder, &["verify", "scenarios"]);
    assert_tells(&none.err, &["there is no transcript in `scenarios`"]);
    assert_eq!(none.code, 2);
}

#[test]
fn a_client_that_cannot_be_asked_is_bad_input() {
    let folder = folder("second", &[("late.toml", LATE)]);
    let ran = gauntlet_in(&folder, &["run", "--transcript", "kept"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    let nobody = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", nobody.local_addr().expect("an address"));
    drop(nobody);
    fs::write(folder.join("jwt.hex"), "01".repeat(32)).expect("a secret");
    let ask = |path: &str, jwt: &str| {
        let told = gauntlet_in(&folder, &["verify", path, "--engine", &url, "--jwt", jwt]);
        assert_eq!((told.code, &*told.out), (2, ""));
        told.err
    };
    assert_tells(
        &ask("kept", "jwt.hex"),
        &[
            "cannot be asked: eth_getBlockByNumber: cannot connect",
            "must be running",
        ],
    );
    assert_tells(
        &ask("kept", "none.hex"),
        &["no JWT secret: cannot read the JWT secret none.hex"],
    );
    assert_tells(
        &ask("scenarios", "jwt.hex"),
        &["there is no transcript in `scenarios`"],
    );
    let alone = gauntlet_in(&folder, &["verify", "kept", "--engine", &url]);
    assert_tells(&alone.err, &["--jwt <FILE>"]);
    assert_eq!(alone.code, 2);
}

#[test]
fn verdicts_from_transcripts_are_lines_of_json_too() {
    let folder = folder("verify-json", &[("late.toml", LATE)]);
    let ran = gauntlet_in(&folder, &["run", "--transcript", "kept"]);
    assert_eq!(ran.code, 0);
    let verified = gauntlet_in(&folder, &["verify", "--json", "kept"]);
    assert_eq!((verified.code, &*verified.err), (0, ""));
    let lines: Vec<serde_json::Value> = verified
        .out
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["passed"], true);
    assert_eq!(lines[0]["transcript"], "kept/late/late.transcript.jsonl");
    assert_eq!(
        lines[1]["summary"],
        serde_json::json!({
            "transcripts": 1, "with_violations": 0, "not_as_written": 0, "exit_code": 0
        })
    );
}

#[test]
fn the_genesis_files_of_transcripts_are_written() {
    let later = format!("{LATE}\n[chain]\nholocene_at_slot = 2\n");
    let folder = folder("genesis", &[("late.toml", LATE), ("later.toml", &later)]);
    let ran = gauntlet_in(&folder, &["run", "--transcript", "kept"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let listed = gauntlet_in(&folder, &["genesis", "--of", "kept"]);
    assert_eq!((listed.code, listed.out.lines().count()), (0, 2));
    assert_tells(&listed.out, &[", 1 transcript\n"]);
    let written = gauntlet_in(&folder, &["genesis", "--of", "kept", "--into", "geneses"]);
    assert_eq!(written.code, 0, "{}", written.err);
    for path in written.out.lines() {
        let text = fs::read_to_string(folder.join(path)).expect("a genesis file");
        let file: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(file["config"]["chainId"], 901);
    }
    let built_in = gauntlet_in(&folder, &["genesis"]);
    assert_tells(&built_in.out, &["\"chainId\": 901"]);
    let none = gauntlet_in(&folder, &["genesis", "--of", "scenarios"]);
    assert_eq!(none.code, 2);
}
