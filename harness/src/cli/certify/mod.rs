//! `gauntlet certify`: a builder of somebody else's, tried and judged.
//!
//! | module | what belongs there |
//! |---|---|
//! | `init` | `gauntlet certify init`: `builder.toml` and the files that it names |
//! | `doctor` | `gauntlet certify doctor`: whether the builder is there, and how exact the link is |
//! | `builder` | `gauntlet certify builder`: the trial |
//! | `after` | `gauntlet certify diff`, `badge` and `attest`: what can be done with a report |
//! | `given` | `builder.toml`, with all that it names |
//! | `subject` | the builder's process, if the certifier is to start it |
//! | `folder` | the files that a certification leaves |

mod after;
mod builder;
mod doctor;
mod folder;
mod given;
mod init;
mod subject;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;

pub(super) use folder::{REPORT, attested, read_record, transcript};

/// Tries a builder of somebody else's by its URL, and says whether it conforms.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  gauntlet certify init --url http://127.0.0.1:9545 --pubkey 0x…
  gauntlet certify doctor                    is it there, and how exact is the link?
  gauntlet certify builder --tier wire       no chain needed beyond a few blocks: under a minute
  gauntlet certify builder --out report      all that certifies: under five minutes
  gauntlet verify report                     every verdict again, from the transcript alone")]
pub struct CertifyArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Debug, Subcommand)]
enum Command {
    Init(init::InitArgs),
    Doctor(doctor::DoctorArgs),
    Builder(builder::BuilderArgs),
    Diff(after::DiffArgs),
    Badge(after::BadgeArgs),
    Attest(after::AttestArgs),
}

/// Where `builder.toml` is.
#[derive(Clone, Debug, clap::Args)]
struct ConfigArgs {
    /// Who is tried
    #[arg(long, value_name = "FILE", default_value = "builder.toml")]
    config: PathBuf,
}

/// Does what the command line says.
#[must_use]
pub(super) fn run(args: &CertifyArgs) -> ExitCode {
    match &args.command {
        Command::Init(args) => init::run(args),
        Command::Doctor(args) => doctor::run(args),
        Command::Builder(args) => builder::run(args),
        Command::Diff(args) => after::diff(args),
        Command::Badge(args) => after::draw(args),
        Command::Attest(args) => after::attest(args),
    }
}
