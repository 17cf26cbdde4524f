//! `gauntlet devnet`: the nodes on real sockets, in real time.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use gauntlet_sequencer::Origin;
use tokio::runtime::Builder;
use tokio::signal::ctrl_c;

use super::console::Console;
use super::genesis;
use crate::chain::GENESIS;
use crate::devnet::{self, Block, BlockTime, DevnetError, Settings, Summary};
use crate::report::style::{BAD, GOOD, HEADING, QUIET};
use crate::report::{Output, text};
use crate::suite::Exit;

/// Runs a sequencer, a builder and users on loopback, in real time.
///
/// The very same nodes as in a simulation, and nothing that interferes.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  gauntlet devnet                                  a block every 2 seconds, until Ctrl-C
  gauntlet devnet --block-time 500ms --slots 20    twenty blocks in ten seconds

Exit codes, of several the highest:
  0  one valid block a slot
  1  a block is missing or invalid, or there are two of a height
  2  bad input: an option, a genesis file
  3  a node broke, or cannot listen on the loopback address")]
pub struct DevnetArgs {
    /// The time between two blocks: `200ms`, `250ms`, `500ms` or whole seconds
    #[arg(long, value_name = "TIME", default_value = "2s")]
    pub block_time: BlockTime,
    /// A genesis file in geth's format instead of the built-in one; users have the keys 1 to 20
    #[arg(long, value_name = "FILE")]
    pub genesis: Option<PathBuf>,
    /// Stop after so many slots [default: at Ctrl-C]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub slots: Option<u32>,
    /// How many transactions users send in a slot
    #[arg(long, value_name = "N", default_value_t = 20,
          value_parser = clap::value_parser!(u32).range(..=1000))]
    pub transactions_per_slot: u32,
}

/// Runs.
#[must_use]
pub(super) fn run(args: &DevnetArgs) -> ExitCode {
    let mut console = Console::new();
    let genesis = match args
        .genesis
        .as_deref()
        .map_or(Ok(GENESIS.to_owned()), genesis::load)
    {
        Ok(genesis) => genesis,
        Err(message) => {
            console.error(&message);
            return console.end(Exit::BadInput);
        }
    };
    let settings = Settings {
        genesis,
        block_time: args.block_time,
        slots: args.slots,
        transactions_per_slot: args.transactions_per_slot,
    };
    console.line(&heading(&settings));
    match devnet(&settings, &mut console) {
        Ok(summary) => {
            console.paragraph(&told(&summary));
            console.end(if summary.conforms() {
                Exit::Conforms
            } else {
                Exit::Violation
            })
        }
        Err(error) => {
            console.error(&text::error(&with_sources(&error), &[]));
            console.end(Exit::Broken)
        }
    }
}

fn devnet(settings: &Settings, console: &mut Console) -> Result<Summary, DevnetError> {
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    let stop = async {
        // Without a handler the signal ends the process, which stops the devnet as well.
        if ctrl_c().await.is_err() {
            std::future::pending().await
        }
    };
    runtime.block_on(devnet::run(settings, stop, |block| {
        console.line(&line(block))
    }))
}

fn heading(settings: &Settings) -> String {
    let until = match settings.slots {
        Some(slots) => format!("{slots} slots"),
        None => "until Ctrl-C".to_owned(),
    };
    format!(
        "{HEADING}a block every {}, {} transactions in each, {until}{HEADING:#}",
        settings.block_time, settings.transactions_per_slot
    )
}

fn with_sources(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text += &format!(": {error}");
        source = error.source();
    }
    text
}

/// A block in a line.
fn line(block: &Block) -> String {
    let origin = match block.origin {
        Origin::Builder => "builder",
        Origin::Local => "local",
    };
    let hash = block.hash.to_string();
    let flaw = match &block.flaw {
        Some(flaw) => format!("  {BAD}{flaw}{BAD:#}"),
        None => String::new(),
    };
    format!(
        "block {:>5}  {origin:<7} {:>5} txs {:>10} gas  {QUIET}{}…{QUIET:#}  {:>5} ms into the \
         slot{flaw}",
        block.number,
        block.transactions,
        block.gas_used,
        hash.get(..10).unwrap_or(&hash),
        block.after.as_millis(),
    )
}

fn told(summary: &Summary) -> String {
    let mut text = format!(
        "{} blocks, {:.1} % of the builder; {} transactions in them, {} forwarded",
        summary.blocks,
        summary.builder_share(),
        summary.transactions,
        summary.forwarded,
    );
    for (count, what) in [
        (summary.not_forwarded, "not forwarded"),
        (summary.late, "blocks after the end of their slot"),
    ] {
        if count > 0 {
            text += &format!(", {count} {what}");
        }
    }
    text += &format!("; {:.1} s\n", summary.took.as_secs_f64());
    text += &match (summary.missed, summary.flawed) {
        (0, 0) => format!("{GOOD}one valid block a slot{GOOD:#}\n"),
        (missed, flawed) => format!("{BAD}{missed} blocks missing, {flawed} not valid{BAD:#}\n"),
    };
    text
}
