//! `gauntlet devnet`: the nodes on real sockets, in real time.

mod files;
mod interrupt;
mod transcript;

use std::cell::RefCell;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use alloy_primitives::Address;
use gauntlet_rpc::Endpoint;
use tokio::runtime::Builder;
use tokio::sync::Notify;

use self::files::{Prepared, prepare};
pub(super) use self::interrupt::interrupted;
use self::transcript::Transcript;
use super::console::Console;
use super::process::with_sources;
use crate::net::tcp::{BlockTime, DevnetError, devnet};
use crate::report::devnet::{Summary, Ticker, followers, opening, verdicts};
use crate::report::{Output, text};
use crate::suite::{Exit, Profile, check_view};
use crate::trace::Trace;
use crate::view::View;
use crate::world::Players;

/// Runs a sequencer, a builder and users on loopback, in real time.
///
/// The very same nodes as in a simulation, and nothing that interferes. They are judged by the very
/// same rules, from what their follower and the proxy between them saw. The first lines say where
/// they are reached, and which funded keys are yours.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  gauntlet devnet                                  a block every 2 seconds, until Ctrl-C
  gauntlet devnet --block-time 500ms --slots 20    twenty blocks in ten seconds
  gauntlet devnet --slots 20 --transcript out      keep what happened: `gauntlet verify out`
  gauntlet devnet --port 8545                      for a wallet; the builder is at the next port
  gauntlet devnet --builder http://127.0.0.1:9545  somebody else's builder in place of ours
  gauntlet devnet --follower http://127.0.0.1:8551 --follower-jwt jwt.hex
                                                   an execution client gets every block

Exit codes, of several the highest:
  0  no rule is violated
  1  a rule is violated: a block is missing, late or invalid, or anything else; or an execution
     client that follows finds a block invalid
  2  bad input: an option, a file
  3  a node broke, or cannot listen on the loopback address
130  ended early, by a second Ctrl-C or since nobody reads on: nothing is judged")]
pub struct DevnetArgs {
    /// The time between two blocks: `200ms`, `250ms`, `500ms` or whole seconds
    #[arg(long, value_name = "TIME", default_value = "2s")]
    pub block_time: BlockTime,
    /// A genesis file in geth's format instead of the built-in one; users have the keys 1 to 20,
    /// of which the devnet itself uses 1 to 10 and 20
    #[arg(long, value_name = "FILE")]
    pub genesis: Option<PathBuf>,
    /// Stop after so many slots [default: at Ctrl-C]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub slots: Option<u32>,
    /// How many transactions the devnet's own users send in a slot
    #[arg(long, value_name = "N", default_value_t = 20,
          value_parser = clap::value_parser!(u32).range(..=500))]
    pub transactions_per_slot: u32,
    /// Write what happens into this folder, for `gauntlet verify`
    #[arg(long, value_name = "DIR")]
    pub transcript: Option<PathBuf>,
    /// Serve users at this port of the loopback address, and the builder at the next one
    /// [default: any free ones]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..=65_534))]
    pub port: Option<u16>,
    /// The JWT secret of our builder's Engine API, made if the file is not there
    /// [default: a new one, whose file is told]
    #[arg(long, value_name = "FILE", conflicts_with = "builder")]
    pub jwt: Option<PathBuf>,
    /// Ask the builder at this URL for blocks, in place of ours
    #[arg(long, value_name = "URL")]
    pub builder: Option<Endpoint>,
    /// The address in the responses of that builder [default: that of our builder]
    #[arg(long, value_name = "ADDRESS", requires = "builder")]
    pub builder_pubkey: Option<Address>,
    /// Where that builder takes messages of the Engine API [default: the same URL]
    #[arg(long, value_name = "URL", requires = "builder")]
    pub builder_engine: Option<Endpoint>,
    /// The JWT secret of that builder's Engine API [default: it asks for no tokens]
    #[arg(long, value_name = "FILE", requires = "builder")]
    pub builder_jwt: Option<PathBuf>,
    /// Trust the authority too whose certificate is in this PEM file, for a builder at https
    #[arg(long, value_name = "FILE", requires = "builder")]
    pub builder_ca: Option<PathBuf>,
    /// Hand every block to the execution client whose Engine API is at this URL; may be repeated
    #[arg(long, value_name = "URL", requires = "follower_jwt")]
    pub follower: Vec<Endpoint>,
    /// The JWT secret of that execution client; one for each, or one for all
    #[arg(long, value_name = "FILE", requires = "follower")]
    pub follower_jwt: Vec<PathBuf>,
}

/// Runs.
#[must_use]
pub(super) fn run(args: &DevnetArgs) -> ExitCode {
    let mut console = Console::new();
    let prepared = match prepare(args) {
        Ok(prepared) => prepared,
        Err(message) => {
            console.error(&message);
            return console.end(Exit::BadInput);
        }
    };
    let transcript = match Transcript::create(args.transcript.as_deref()) {
        Ok(transcript) => transcript,
        Err(error) => {
            let message = format!("the transcript cannot be written: {error}");
            console.error(&text::error(&message, &[]));
            return console.end(Exit::BadInput);
        }
    };
    let (trace, written) = match run_devnet(&prepared, transcript, &mut console) {
        Ok(ran) => ran,
        Err(error) => {
            console.error(&text::error(&with_sources(&error), &[]));
            return console.end(Exit::Broken);
        }
    };
    if console.is_closed() {
        // What nobody reads need not be judged.
        return console.end(Exit::Interrupted);
    }
    let view = View::of(&trace);
    let outcome = check_view(&view, Profile::STRICT);
    console.paragraph(&Summary::of(&view).told());
    console.out(&followers(&view));
    console.out(&verdicts(&outcome.verdicts));
    let mut exit = match outcome.failures.is_empty() {
        true => Exit::Conforms,
        false => Exit::Violation,
    };
    if let Err(error) = written {
        let message = format!("the transcript could not be written to its end: {error}");
        console.error(&text::error(&message, &[]));
        exit = Exit::Broken;
    }
    console.end(exit)
}

/// Runs the devnet and writes its transcript as it goes, as far as it can be written.
fn run_devnet(
    prepared: &Prepared,
    transcript: Transcript,
    console: &mut Console,
) -> Result<(Trace, io::Result<()>), DevnetError> {
    let Prepared {
        settings,
        jwt,
        genesis,
        ..
    } = prepared;
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    let (interrupted, unread) = (interrupted()?, Notify::new());
    let stop = async {
        tokio::select! {
            biased;
            () = interrupted => {}
            () = unread.notified() => {}
        }
    };
    let mut ticker = Ticker::new(&settings.plan());
    let (writer, console) = (RefCell::new(transcript), RefCell::new(console));
    let trace = runtime.block_on(devnet(
        settings,
        Players::honest(),
        stop,
        |opened, trace| {
            let opening = opening(settings, opened, jwt.as_deref(), genesis);
            console.borrow_mut().out(&opening);
            writer.borrow_mut().begin(trace);
        },
        |entry| {
            writer.borrow_mut().entry(entry);
            let mut console = console.borrow_mut();
            if let Some(line) = ticker.line(entry) {
                console.line(&line);
            }
            if console.is_closed() {
                unread.notify_one();
            }
        },
    ));
    // Whatever a task still does: nobody waits for it.
    runtime.shutdown_background();
    let trace = trace?;
    let written = writer.into_inner().end(trace.ended_us);
    Ok((trace, written))
}
