//! The command line.
//!
//! | module | what belongs there |
//! |---|---|
//! | `run` | `gauntlet run`, which is what `gauntlet` alone is |
//! | `explore` | `gauntlet explore`, and `gauntlet plan` |
//! | `mutants` | `gauntlet mutants` |
//! | `devnet` | `gauntlet devnet` |
//! | `certify` | `gauntlet certify` |
//! | `sequencer`, `builder` | `gauntlet sequencer` and `gauntlet builder`, processes of their own |
//! | `process` | what their commands share |
//! | `verify` | `gauntlet verify` |
//! | `rules`, `coverage` | `gauntlet rules` |
//! | `decisions` | `gauntlet decisions` |
//! | `genesis` | `gauntlet genesis`, and a genesis file that a command line names |
//! | `console` | the standard streams |
//! | `interrupt` | Ctrl-C |
//! | `pages` | files beside what is told: pages, and a trace for Perfetto |
//! | `progress` | a bar for whoever waits |
//! | `layout` | text in columns |

mod builder;
mod certify;
mod console;
mod coverage;
mod decisions;
mod devnet;
mod explore;
mod genesis;
mod interrupt;
mod layout;
mod mutants;
mod pages;
mod process;
mod progress;
mod rules;
mod run;
mod sequencer;
mod signals;
mod verify;

use std::process::ExitCode;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Parser, Subcommand};

pub use builder::BuilderArgs;
pub use certify::CertifyArgs;
pub use decisions::DecisionsArgs;
pub use devnet::DevnetArgs;
pub use explore::{ExploreArgs, PlanArgs};
pub use genesis::GenesisArgs;
pub use mutants::MutantsArgs;
pub use process::ProcessArgs;
pub use rules::RulesArgs;
pub use run::RunArgs;
pub use sequencer::SequencerArgs;
pub use verify::VerifyArgs;

const VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    "\nspecification: builder-api.md, git blob 66363049902ffdca2659280e22aad3ba8a5a78d0"
);

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// A deterministic simulation and conformance harness for the OP Stack Builder API.
///
/// A complete sequencer and a complete builder run inside a simulated network.
/// Scenario files say what goes wrong, and rules say what must hold.
/// Every rule is checked in every run.
///
/// The scenarios are those of the folder `scenarios`, here or in the nearest folder above;
/// where there is none, those that Gauntlet carries with it.
#[derive(Debug, Parser)]
#[command(
    name = "gauntlet",
    version,
    long_version = VERSION,
    verbatim_doc_comment,
    styles = STYLES,
    after_help = "\
Examples:
  gauntlet                                         run all scenarios
  gauntlet run get-payload/reply-at-201-ms         run one scenario and show what happened
  gauntlet explore --seeds 0..5000                 look for seeds that violate a rule
  gauntlet mutants                                 whether every rule can be broken
  gauntlet devnet                                  the same nodes on loopback TCP
  gauntlet certify builder                         somebody else's builder, by its URL
  gauntlet sequencer, gauntlet builder             each as a process of its own
  gauntlet verify DIR                              verdicts from transcripts alone
  gauntlet verify DIR --engine URL --jwt FILE      and those of a real execution client
  gauntlet genesis                                 the genesis that such a client begins with
  gauntlet rules                                   what must hold, and what tests it
  gauntlet decisions                               what the specification leaves open

Exit codes, of several the highest:
  0  everything conforms
  1  a rule is violated or not exercised, a node panicked, or a scenario is not as it expects to be
  2  bad input: a file, an address, an option
  3  two runs of the same plan differ, or the harness broke
130  ended early, by Ctrl-C or since nobody reads on; what is told is of what was run"
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

/// What to do; without it, `run`.
#[derive(Debug, Subcommand)]
enum Command {
    Run(RunArgs),
    Explore(ExploreArgs),
    Plan(PlanArgs),
    Mutants(MutantsArgs),
    Devnet(Box<DevnetArgs>),
    Certify(Box<CertifyArgs>),
    Sequencer(Box<SequencerArgs>),
    Builder(Box<BuilderArgs>),
    Verify(VerifyArgs),
    Genesis(GenesisArgs),
    Rules(RulesArgs),
    Decisions(DecisionsArgs),
}

/// Does what the command line says.
#[must_use]
pub fn main() -> ExitCode {
    let command = match Cli::try_parse() {
        Ok(cli) => cli.command.unwrap_or(Command::Run(RunArgs::default())),
        Err(message) => {
            // Whoever does not read on has read enough.
            let _closed = message.print();
            let code = u8::try_from(message.exit_code()).unwrap_or(u8::MAX);
            return ExitCode::from(code);
        }
    };
    match command {
        Command::Run(args) => run::run(&args),
        Command::Explore(args) => explore::run(&args),
        Command::Plan(args) => explore::run_plan(&args),
        Command::Mutants(args) => mutants::run(&args),
        Command::Devnet(args) => devnet::run(&args),
        Command::Certify(args) => certify::run(&args),
        Command::Sequencer(args) => sequencer::run(*args),
        Command::Builder(args) => builder::run(*args),
        Command::Verify(args) => verify::run(&args),
        Command::Genesis(args) => genesis::run(&args),
        Command::Rules(args) => rules::run(&args),
        Command::Decisions(args) => decisions::run(&args),
    }
}
