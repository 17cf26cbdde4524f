//! `gauntlet genesis`: the genesis files that clients of a chain begin with.
//!
//! | module | what belongs there |
//! |---|---|
//! | `file` | a genesis file that a command line names |

mod file;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use alloy_primitives::keccak256;

use super::console::Console;
use crate::chain::GENESIS;
use crate::report::{Output, text};
use crate::suite::{Exit, Genesis, geneses};

pub(super) use self::file::load;

/// Prints the genesis file of scenarios, or those that transcripts are of.
///
/// A client has one genesis. Transcripts may be of several: of chains whose forks begin at other
/// times, or of other files that a devnet was given.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  gauntlet genesis > genesis.json              that of scenarios, of a devnet and of processes
  gauntlet genesis --of out                    which ones transcripts are of, and how many of each
  gauntlet genesis --of out --into geneses     write them, and print a path a line

Exit codes:
  0  printed
  2  there are no transcripts, one cannot be read, or a file cannot be written")]
pub struct GenesisArgs {
    /// A transcript, or a folder of them
    #[arg(long, value_name = "DIR")]
    pub of: Option<PathBuf>,
    /// The folder into which their genesis files are written
    #[arg(long, value_name = "DIR", requires = "of")]
    pub into: Option<PathBuf>,
}

/// Prints.
#[must_use]
pub(super) fn run(args: &GenesisArgs) -> ExitCode {
    let mut console = Console::new();
    let Some(of) = &args.of else {
        console.out(GENESIS);
        return console.end(Exit::Conforms);
    };
    let (all, unread) = match geneses(of) {
        Ok(found) => found,
        Err(error) => {
            console.error(&text::error(&error, &[]));
            return console.end(Exit::BadInput);
        }
    };
    let mut exit = Exit::Conforms;
    for path in unread {
        let message = format!("`{}` does not say of which chain it is", path.display());
        let help = "`gauntlet verify` says what is wrong with it".to_owned();
        console.error(&text::error(&message, &[help]));
        exit = Exit::BadInput;
    }
    for genesis in &all {
        let told = match &args.into {
            None => Ok(listed(genesis)),
            Some(folder) => write(genesis, folder),
        };
        match told {
            Ok(line) => console.line(&line),
            Err(message) => {
                console.error(&text::error(&message, &[]));
                exit = Exit::BadInput;
            }
        }
    }
    console.end(exit)
}

fn listed(genesis: &Genesis) -> String {
    let transcripts = text::plural(genesis.transcripts.len() as u64, "transcript");
    format!("{}  genesis {}, {transcripts}", name(genesis), genesis.hash)
}

fn write(genesis: &Genesis, folder: &Path) -> Result<String, String> {
    let path = folder.join(name(genesis));
    let written = || -> io::Result<()> {
        fs::create_dir_all(folder)?;
        fs::write(&path, &genesis.file)
    };
    match written() {
        Ok(()) => Ok(path.display().to_string()),
        Err(error) => Err(format!("`{}` cannot be written: {error}", path.display())),
    }
}

/// A name that follows from what is in the file.
fn name(genesis: &Genesis) -> String {
    let digest = keccak256(&genesis.file).to_string();
    let digits: String = digest.chars().skip(2).take(8).collect();
    format!("genesis-{digits}.json")
}
