//! `gauntlet certify doctor`: whether the builder is there, and how exact the link is.

use std::process::ExitCode;
use std::time::Duration;

use gauntlet_engine::ChainSpec;
use gauntlet_rpc::tcp_dial_trusting;
use tokio::runtime::Builder;

use super::ConfigArgs;
use super::given::{self, Given};
use super::subject::Started;
use crate::certify::Link;
use crate::cli::console::Console;
use crate::cli::process::with_sources;
use crate::report::text::{self, span};
use crate::report::{Output, style::GOOD};
use crate::suite::Exit;

/// What the sequencer allows a payload request.
const TIMEOUT: Duration = gauntlet_protocol::constants::GET_PAYLOAD_TIMEOUT;

/// Looks whether the builder can be tried, and what will be inconclusive on this link.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Exit codes:
  0  it can be tried
  2  the configuration is wrong, or nobody answers")]
pub(super) struct DoctorArgs {
    #[command(flatten)]
    config: ConfigArgs,
}

/// Looks.
#[must_use]
pub(super) fn run(args: &DoctorArgs) -> ExitCode {
    let mut console = Console::new();
    let looked = given::read(&args.config.config).and_then(|given| {
        let started = Started::of(&given)?;
        let told = examined(&given);
        drop(started);
        told
    });
    let exit = match looked {
        Ok(told) => {
            console.out(&told);
            Exit::Conforms
        }
        Err(message) => {
            console.error(&message);
            Exit::BadInput
        }
    };
    console.end(exit)
}

/// Tries the link to a builder.
///
/// # Errors
///
/// A message: nobody answers.
pub(super) fn link(given: &Given) -> Result<Link, String> {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| text::error(&error, &[]))?;
    let tried = |endpoint: &gauntlet_rpc::Endpoint, jwt| {
        let dial = tcp_dial_trusting(&given.trust);
        let tried = runtime.block_on(Link::of(endpoint.clone(), dial, jwt));
        tried.map_err(|error| {
            let message = format!("`{endpoint}`: {}", with_sources(&error));
            let help = "is it started, with the genesis and for the sequencer of `certify init`?";
            text::error(&message, &[help.to_owned()])
        })
    };
    let link = tried(&given.url, None)?;
    if let Some(engine) = &given.engine {
        tried(engine, given.jwt.clone())?;
    }
    Ok(link)
}

fn examined(given: &Given) -> Result<String, String> {
    let link = link(given)?;
    let chain = ChainSpec::from_genesis_json(&given.genesis);
    let chain = chain.map_err(|error| text::error(&error, &[]))?;
    let version = link.version.as_deref().unwrap_or("does not say what it is");
    let guard = link.guard();
    let mut told = format!(
        "{GOOD}there{GOOD:#}: {} at {}, which {version}\n\
         chain {}, genesis {}, the sequencer is {}\n\
         a call takes {} (half of {}), {} more at worst: within {} of a bound nothing is concluded\n",
        given.target.subject.name,
        given.url,
        chain.chain_id(),
        chain.genesis_hash(),
        given.sequencer.address(),
        span(link.median()),
        link.took.len(),
        span(link.jitter()),
        span(guard),
    );
    if guard * 2 > TIMEOUT {
        told += &format!(
            "this link is too inexact: what must happen within {} will be inconclusive\n",
            span(TIMEOUT)
        );
    }
    Ok(told)
}
