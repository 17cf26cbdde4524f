//! The `gauntlet` binary: see [`gauntlet::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    gauntlet::cli::main()
}
