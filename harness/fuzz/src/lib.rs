//! The fuzz targets of `harness/tests/fuzz`, for libFuzzer.
//!
//! `cargo test` runs each of them on a few thousand inputs; here each has a binary of its own.
//! With a nightly toolchain and cargo-fuzz, in `harness/fuzz`:
//!
//! ```console
//! $ cargo run --bin corpus
//! $ cargo +nightly fuzz run scenario --fuzz-dir . -- -max_total_time=60
//! ```

#[path = "../../tests/fuzz/targets/mod.rs"]
mod targets;

use std::path::Path;
use std::{fs, io};

use self::targets::{TARGETS, Target};

/// Runs a target on an input.
///
/// # Panics
///
/// There is no such target, or something that must hold of the input does not.
pub fn run(name: &str, input: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.expect("the target is one of them").run)(input);
}

/// Writes what is valid into a folder for each target, and the words of its language beside it:
/// `corpus/NAME`, and `NAME.dict`.
///
/// # Errors
///
/// Those of the file system.
pub fn write_examples(folder: &Path) -> io::Result<()> {
    for Target {
        name,
        examples,
        words,
        ..
    } in TARGETS
    {
        let corpus = folder.join("corpus").join(name);
        fs::create_dir_all(&corpus)?;
        for (number, example) in examples().iter().enumerate() {
            fs::write(corpus.join(format!("example-{number}")), example)?;
        }
        let escaped = |word: &&str| {
            let bytes = word.bytes().map(|byte| format!("\\x{byte:02x}"));
            format!("\"{}\"\n", bytes.collect::<String>())
        };
        let words: String = words.iter().map(escaped).collect();
        fs::write(folder.join(format!("{name}.dict")), words)?;
    }
    Ok(())
}
