//! `gauntlet verify`.

use std::fs;

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
