//! Files that cannot be read, and what an error carries besides its message.

use std::io;
use std::path::Path;

use super::super::RULES;
use super::broken_with;
use crate::scenario::{load, parse, read_all};

/// The message about a file of this path, below a folder with three files in two folders.
fn unreadable(path: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/scenario/tests/broken/files");
    load(&folder.join(path), RULES)
        .expect_err("there is no such file")
        .to_string()
        .replace(&folder.display().to_string(), "scenarios")
}

#[test]
fn a_missing_file() {
    insta::assert_snapshot!(unreadable("get-payload/no-retries.toml"), @r"
    error: there is no such scenario file
    --> scenarios/get-payload/no-retries.toml
     = help: did you mean `scenarios/get-payload/no-retry.toml`?
     = help: `scenarios/get-payload` holds `late-reply.toml` and `no-retry.toml`
    ");
}

#[test]
fn a_missing_folder() {
    insta::assert_snapshot!(unreadable("getpayload/no-retry.toml"), @r"
    error: there is no such scenario file
    --> scenarios/getpayload/no-retry.toml
     = help: did you mean `scenarios/get-payload`?
     = help: `scenarios` holds `failsafe` and `get-payload`
    ");
}

#[test]
fn a_folder_instead_of_a_file() {
    insta::assert_snapshot!(unreadable("get-payload"), @r"
    error: a folder is no scenario file
    --> scenarios/get-payload
     = help: `scenarios/get-payload` holds `late-reply.toml` and `no-retry.toml`
    ");
}

/// What is beyond the limit is not even read.
#[test]
fn a_file_that_is_too_large() {
    let endless = read_all("endless.toml", io::repeat(b'#'), RULES).expect("it can be read");
    let message = endless.expect_err("it has no end").to_string();
    insta::assert_snapshot!(message, @r"
    error: the scenario file is too large
    --> endless.toml
     = help: a scenario has at most 4096 KiB; `slots = 5000` needs no `[[slot]]` for each of them
    ");
    let largest = format!("title = \"x\"\n#{}", "x".repeat((4 << 20) - 13));
    assert!(parse("large.toml", &largest, RULES).is_ok());
    let error = parse("large.toml", &(largest + "x"), RULES).expect_err("it is too large");
    assert_eq!(error.message(), "the scenario file is too large");
}

#[test]
fn a_word_that_is_very_long() {
    let message = broken_with(&[&format!("{} = 1", "long".repeat(50_000))]);
    assert!(message.contains(&format!("unknown key `{}…`", "long".repeat(20))));
    assert!(message.len() < 2000, "{message}");
}

#[test]
fn an_error_carries_the_place_the_message_and_the_help() {
    let text = "title = \"é\"\nslots = \"é\" # é\nseed = -1\n";
    let error = parse("two.toml", text, RULES).expect_err("two values are wrong");
    assert_eq!(error.file(), "two.toml");
    assert_eq!((error.line(), error.column()), (Some(2), Some(9)));
    assert_eq!(error.message(), "expected a whole number, found a string");
    assert_eq!(error.help(), ["`slots` is a whole number from 1 to 100000"]);
    let lines: Vec<Option<usize>> = error.problems().map(|problem| problem.line()).collect();
    assert_eq!(lines, [Some(2), Some(3)]);
}

#[test]
fn colours_change_nothing_else() {
    let error = parse("broken.toml", "seed = -1", RULES).expect_err("the seed is wrong");
    let colored = error.colored();
    assert!(colored.contains('\u{1b}'));
    let mut plain = String::new();
    for (index, part) in colored.split('\u{1b}').enumerate() {
        let text = if index == 0 {
            part
        } else {
            part.split_once('m').map_or(part, |(_, text)| text)
        };
        plain.push_str(text);
    }
    assert_eq!(plain, error.to_string());
}

/// No text whatever makes the parser or its messages panic: every prefix of a file, and every file
/// with one character replaced.
#[test]
fn every_text_is_a_plan_or_a_message() {
    let text = concat!(
        "title = \"é — broken\" # é\r\nfor = [\"get-payload/no-retry\"]\n[chain]\n",
        "block_time_ms = 1000\n[[fault]]\nkind = \"dies\"\nat_ms = 300\n[[slot]]\n",
        "builder = { reply = \"error\", code = -32000, arrives_at_ms = 201 }\n",
    );
    let message = |text: &str| {
        if let Err(error) = parse("any.toml", text, RULES) {
            assert!(error.to_string().starts_with("error: "));
            assert!(error.line().is_some());
        }
    };
    for (at, replaced) in text.char_indices() {
        let (before, after) = (&text[..at], &text[at + replaced.len_utf8()..]);
        message(before);
        for by in [
            "", "\"", "[", "]", "{", "=", "-", "\n", "é", "0", "\\", "\u{0}", "\u{feff}",
        ] {
            message(&format!("{before}{by}{after}"));
        }
    }
}
