//! The binary, and what is asked of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// A scenario that conforms, about which anything else can be said.
pub(crate) const LATE: &str = r#"
title = "The builder answers one millisecond after the timeout"
for   = ["get-payload/gives-up-at-200-ms", "get-payload/no-retry"]

[[slot]]
builder = { reply = "honest", arrives_at_ms = 201 }
expect  = { block = "local", requests = 1 }
"#;

/// What a command left behind.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().expect("an exit code"),
            out: String::from_utf8(output.stdout).expect("text"),
            err: String::from_utf8(output.stderr).expect("text"),
        }
    }
}

pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gauntlet"));
    command.args(arguments).current_dir(folder);
    command
}

/// Runs it where the repository's scenarios are.
pub(crate) fn gauntlet(arguments: &[&str]) -> Ended {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    gauntlet_in(&root, arguments)
}

pub(crate) fn gauntlet_in(folder: &Path, arguments: &[&str]) -> Ended {
    let output = command(folder, arguments).output();
    output.expect("the binary runs").into()
}

/// A folder of a test's own, with these scenario files in `scenarios/late`.
pub(crate) fn folder(test: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("an old folder goes");
    }
    let scenarios = folder.join("scenarios/late");
    fs::create_dir_all(&scenarios).expect("a new folder");
    for (name, text) in files {
        fs::write(scenarios.join(name), text).expect("a new file");
    }
    folder
}

pub(crate) fn json(lines: &str) -> Vec<Value> {
    let line = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    lines.lines().map(line).collect()
}

/// Each of the parts is in the text, in this order.
#[track_caller]
pub(crate) fn assert_tells(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let at = rest.find(part);
        let at = at.unwrap_or_else(|| panic!("no {part:?} (or not in order) in\n{text}"));
        rest = &rest[at + part.len()..];
    }
}
