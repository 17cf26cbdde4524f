//! `gauntlet devnet`: the nodes on real sockets, in real time.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use tokio::runtime::Builder;
use tokio::signal::ctrl_c;

use super::console::Console;
use super::genesis;
use crate::chain::GENESIS;
use crate::net::tcp::{BlockTime, DevnetError, Settings, devnet};
use crate::report::devnet::{Summary, Ticker, verdicts};
use crate::report::style::HEADING;
use crate::report::{Output, text};
use crate::rules;
use crate::suite::{Exit, TRANSCRIPT_ENDING};
use crate::trace::{Trace, Writer};
use crate::view::View;
use crate::world::Players;

/// Runs a sequencer, a builder and users on loopback, in real time.
///
/// The very same nodes as in a simulation, and nothing that interferes. They are judged by the very
/// same rules, from what their follower and the proxy between them saw.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  gauntlet devnet                                  a block every 2 seconds, until Ctrl-C
  gauntlet devnet --block-time 500ms --slots 20    twenty blocks in ten seconds
  gauntlet devnet --slots 20 --transcript out      keep what happened: `gauntlet verify out`

Exit codes, of several the highest:
  0  no rule is violated
  1  a rule is violated: a block is missing, late or invalid, or anything else
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
    /// Write what happens into this folder, for `gauntlet verify`
    #[arg(long, value_name = "DIR")]
    pub transcript: Option<PathBuf>,
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
    let out = match args.transcript.as_deref().map(create).transpose() {
        Ok(out) => out,
        Err(error) => {
            let message = format!("the transcript cannot be written: {error}");
            console.error(&text::error(&message, &[]));
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
    let (trace, written) = match run_devnet(&settings, out, &mut console) {
        Ok(ran) => ran,
        Err(error) => {
            console.error(&text::error(&with_sources(&error), &[]));
            return console.end(Exit::Broken);
        }
    };
    let view = View::of(&trace);
    let judged = rules::judge_view(&view);
    console.paragraph(&Summary::of(&view).told());
    console.out(&verdicts(&judged));
    let mut exit = match judged.iter().any(|(_, verdict)| verdict.is_violated()) {
        true => Exit::Violation,
        false => Exit::Conforms,
    };
    if let Err(error) = written {
        let message = format!("the transcript could not be written to its end: {error}");
        console.error(&text::error(&message, &[]));
        exit = Exit::Broken;
    }
    console.end(exit)
}

fn create(folder: &Path) -> io::Result<BufWriter<File>> {
    fs::create_dir_all(folder)?;
    let file = folder.join(format!("devnet{TRANSCRIPT_ENDING}"));
    File::create(file).map(BufWriter::new)
}

/// Runs the devnet and writes its transcript as it goes, as far as it can be written.
fn run_devnet(
    settings: &Settings,
    out: Option<BufWriter<File>>,
    console: &mut Console,
) -> Result<(Trace, io::Result<()>), DevnetError> {
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    let stop = async {
        // Without a handler the signal ends the process, which stops the devnet as well.
        if ctrl_c().await.is_err() {
            std::future::pending().await
        }
    };
    let mut ticker = Ticker::new(&settings.plan());
    let writer = std::cell::RefCell::new(Transcript::Waiting(out));
    let trace = runtime.block_on(devnet(
        settings,
        Players::honest(),
        stop,
        |trace| writer.borrow_mut().begin(trace),
        |entry| {
            writer.borrow_mut().entry(entry);
            if let Some(line) = ticker.line(entry) {
                console.line(&line);
            }
        },
    ))?;
    let written = writer.into_inner().end(trace.ended_us);
    Ok((trace, written))
}

/// A transcript that is written as it goes.
enum Transcript {
    /// It has not begun, if there is one at all.
    Waiting(Option<BufWriter<File>>),
    Going(Writer<BufWriter<File>>),
    Failed(io::Error),
}

impl Transcript {
    fn begin(&mut self, trace: &Trace) {
        if let Self::Waiting(out) = self
            && let Some(out) = out.take()
        {
            *self = match Writer::new(out, &trace.head()) {
                Ok(writer) => Self::Going(writer),
                Err(error) => Self::Failed(error),
            };
        }
    }

    fn entry(&mut self, entry: &crate::trace::Entry) {
        if let Self::Going(writer) = self
            && let Err(error) = writer.entry(entry)
        {
            *self = Self::Failed(error);
        }
    }

    fn end(self, ended_us: u64) -> io::Result<()> {
        match self {
            Self::Waiting(_) => Ok(()),
            Self::Going(writer) => writer.end(ended_us).map(drop),
            Self::Failed(error) => Err(error),
        }
    }
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
