//! `gauntlet certify builder`: the trial.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::ValueEnum;
use tokio::runtime::Builder;

use super::ConfigArgs;
use super::doctor::link;
use super::folder::write;
use super::given::{self, Given};
use super::subject::Started;
use crate::certify::{
    Certificate, Link, RECORD_VERSION, Record, SPECIFICATION, Session, Tier, opening, told,
};
use crate::cli::console::Console;
use crate::cli::devnet::interrupted;
use crate::cli::process::with_sources;
use crate::cli::progress::Progress;
use crate::net::tcp::{DevnetError, Script, play};
use crate::node::drawn;
use crate::report::{Output, text};
use crate::suite::{Exit, Suite};
use crate::trace::{Trace, What};
use crate::world::Players;

/// Tries the builder, and says whether it conforms.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Tiers, each with what is in those before it:
  wire   requests of every kind that leave a builder as it was: under a minute
  build  heads, attributes, blocks and transactions of every kind: under five minutes
  soak   floods, and many at once

Files in the folder:
  report.html               all of it, for a person: one file that needs nothing else
  report.json               every verdict, by rule and by case
  session.transcript.jsonl  all that crossed the wire: `gauntlet verify DIR` judges it again
  junit.xml                 a test for each case
  repro.sh                  what was sent where the builder failed, as `curl` sends it

Exit codes:
  0  nothing speaks against it; whether that certifies is told
  1  a rule is violated, was not put to a conclusive test, or too few blocks are the builder's
  2  the configuration is wrong, or nobody answers
  3  Gauntlet broke
130  ended early, by Ctrl-C: what was played is judged, and certifies nothing")]
pub(super) struct BuilderArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// How far to go
    #[arg(long, value_name = "TIER", default_value = "build")]
    tier: TierArg,
    /// Play cases at or below these addresses alone; certifies nothing
    #[arg(long, value_name = "ADDRESS")]
    only: Vec<String>,
    /// What the order of cases, and what L1 says, are drawn from [default: any]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// The folder that the report is written into
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum TierArg {
    Wire,
    Build,
    Soak,
}

impl From<TierArg> for Tier {
    fn from(tier: TierArg) -> Self {
        match tier {
            TierArg::Wire => Self::Wire,
            TierArg::Build => Self::Build,
            TierArg::Soak => Self::Soak,
        }
    }
}

/// Tries.
#[must_use]
pub(super) fn run(args: &BuilderArgs) -> ExitCode {
    let mut console = Console::new();
    let exit = match tried(args, &mut console) {
        Ok(exit) => exit,
        Err((message, exit)) => {
            console.error(&message);
            exit
        }
    };
    console.end(exit)
}

type Failed = (String, Exit);

fn tried(args: &BuilderArgs, console: &mut Console) -> Result<Exit, Failed> {
    let bad = |message| (message, Exit::BadInput);
    let broken = |message: String| (text::error(&message, &[]), Exit::Broken);
    let given = given::read(&args.config.config).map_err(bad)?;
    let seed = match args.seed {
        Some(seed) => seed,
        None => drawn().map_err(|error| broken(error.to_string()))?,
    };
    let tier = Tier::from(args.tier);
    let session = session(args, &given, tier, seed).map_err(bad)?;
    let started = Started::of(&given).map_err(bad)?;
    let link = link(&given).map_err(bad)?;
    let block_time = Duration::from_millis(given.block_time.as_millis());
    let slots = u32::try_from(session.plan.slots.len()).unwrap_or(u32::MAX);
    console.out(&opening(
        &given.target.subject.name,
        &given.url.to_string(),
        session.cases.len(),
        block_time * slots,
        seed,
    ));
    let trace = played(&given, &session, &link).map_err(|error| broken(with_sources(&error)))?;
    drop(started);
    let record = record(&given, &session, tier, &link, &trace);
    console.out(&told(&record));
    if let Some(folder) = &args.out {
        write(folder, &record, &trace).map_err(broken)?;
    }
    Ok(
        match (
            record.certificate.is_partial,
            !record.certificate.conforms(),
        ) {
            (true, _) => Exit::Interrupted,
            (false, true) => Exit::Violation,
            (false, false) => Exit::Conforms,
        },
    )
}

fn session(args: &BuilderArgs, given: &Given, tier: Tier, seed: u64) -> Result<Session, String> {
    let suite = Suite::embedded();
    let mut cases = match args.only.is_empty() {
        true => suite.cases(),
        false => Vec::new(),
    };
    for address in &args.only {
        let below = suite.below(address);
        if below.is_empty() {
            let case = suite.case(address);
            let why = case
                .input
                .err()
                .map_or_else(String::new, |bad| text::bad_input(&bad));
            return Err(why);
        }
        cases.extend(below);
    }
    let mut session = Session::of(&cases, tier, seed, given.block_time.as_millis());
    session.is_whole = args.only.is_empty();
    if session.cases.is_empty() {
        let whys: Vec<_> = session
            .left_out
            .iter()
            .map(|(address, why)| format!("`{address}`: {why}"))
            .collect();
        return Err(text::error(&"there is nothing to play in this tier", &whys));
    }
    Ok(session)
}

/// Plays it, until it is over or somebody ends it.
fn played(given: &Given, session: &Session, link: &Link) -> Result<Trace, DevnetError> {
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    let stop = interrupted()?;
    let slots = session.plan.slots.len() as u64;
    let mut progress = Progress::new(slots, "slots");
    let script = Script {
        plan: session.plan.clone(),
        keys: given.keys(),
        guard: link.guard(),
    };
    let block_time_us = session.plan.chain.block_time_ms * 1000;
    let trace = runtime.block_on(play(
        script,
        &given.settings(),
        Players::honest(),
        stop,
        |_, _| {},
        |entry| {
            if let What::Published(_) = entry.what {
                progress.advance(entry.at_us / block_time_us, String::new());
            }
        },
    ));
    progress.clear();
    // Whatever a task still does: nobody waits for it.
    runtime.shutdown_background();
    trace
}

fn record(given: &Given, session: &Session, tier: Tier, link: &Link, trace: &Trace) -> Record {
    let declared = given.target.declared();
    let certificate = Certificate::of(session, tier, trace, &declared);
    let left_out = session.left_out.iter();
    Record {
        gauntlet_certificate: RECORD_VERSION,
        gauntlet: env!("CARGO_PKG_VERSION").to_owned(),
        specification: SPECIFICATION.to_owned(),
        dialect: "builder".to_owned(),
        forks: "Holocene".to_owned(),
        is_strict: false,
        subject: given.target.subject.clone(),
        url: given.url.to_string(),
        client_version: link.version.clone(),
        tier,
        seed: session.plan.seed,
        guard_us: u64::try_from(link.guard().as_micros()).unwrap_or(u64::MAX),
        declared,
        is_whole: session.is_whole,
        session: session.cases.clone(),
        left_out: left_out
            .map(|(of, why)| (of.clone(), (*why).to_owned()))
            .collect(),
        is_certified: certificate.is_certified(),
        certificate,
    }
}
