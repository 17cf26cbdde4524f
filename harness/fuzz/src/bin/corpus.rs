//! Writes the examples of every target where libFuzzer looks for them.

use std::io;
use std::path::Path;

fn main() -> io::Result<()> {
    gauntlet_fuzz::write_examples(Path::new(env!("CARGO_MANIFEST_DIR")))
}
