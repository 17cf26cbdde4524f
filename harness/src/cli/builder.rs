//! `gauntlet builder`: a builder as a process of its own.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use alloy_primitives::Address;
use gauntlet_rpc::Jwt;

use super::console::Console;
use super::genesis;
use super::process::{self, Log, ProcessArgs, address, span, with_file, with_sources};
use crate::chain::GENESIS;
use crate::node::{BuilderNode, key, run_builder, secret};
use crate::report::{Output, text};
use crate::suite::Exit;

/// Runs a builder as a process of its own.
///
/// Its state is in memory. One that comes back is fed by the sequencer, as far back as that keeps
/// blocks.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  gauntlet builder --show-address                      the address that the sequencer is to be told
  gauntlet builder --sequencer 0x…                     answers this sequencer
  gauntlet builder --sequencer 0x… --engine-listen 127.0.0.1:9551

Whoever calls `engine_*` shows a token of the secret in `--jwt`; `builder_*` needs the sequencer's
signature alone.

Exit codes:
  0  it was told to stop
  2  bad input: an option, a file
  3  it cannot listen, or broke")]
pub struct BuilderArgs {
    /// What every process has
    #[command(flatten)]
    pub process: ProcessArgs,
    /// Where to listen for the sequencer
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9545")]
    pub listen: String,
    /// Where to serve `engine_*` [default: --listen]
    #[arg(long, value_name = "ADDRESS")]
    pub engine_listen: Option<String>,
    /// The key whose address stands in responses; made if there is none
    #[arg(long, value_name = "FILE", default_value = "builder.key")]
    pub key: PathBuf,
    /// The secret of whoever may call `engine_*`; made by whoever of the two is first
    #[arg(long, value_name = "FILE", default_value = "jwt.hex")]
    pub jwt: PathBuf,
    /// The address of the sequencer whose requests are answered
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    pub sequencer: Option<Address>,
    /// After how long without a new head it is not healthy any more
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = span)]
    pub stale_after: Duration,
}

/// Runs.
#[must_use]
pub(super) fn run(args: BuilderArgs) -> ExitCode {
    let mut console = Console::new();
    let file = args.process.config.clone();
    let ready = with_file(args, file.as_deref()).and_then(|args| {
        let log = Log::begin(&args.process).map_err(|error| text::error(&error, &[]))?;
        let shows = args.process.show_address;
        setup(args).map(|node| (node, log, shows))
    });
    match ready {
        Err(message) => {
            console.error(&message);
            console.end(Exit::BadInput)
        }
        Ok((node, _, true)) => {
            console.line(&node.pubkey.to_string());
            console.end(Exit::Conforms)
        }
        Ok((node, log, false)) => process::run(console, log, |stop| run_builder(node, stop)),
    }
}

fn setup(args: BuilderArgs) -> Result<BuilderNode, String> {
    let bad = |message: &str, help: &[String]| text::error(&message, help);
    let genesis = args.process.genesis.as_deref();
    let genesis = genesis.map_or(Ok(GENESIS.to_owned()), genesis::load)?;
    let key = key(&args.key).map_err(|error| bad(&with_sources(&error), &[]))?;
    let sequencer = match args.sequencer {
        // DECISION: request-pubkey: an unset check is a hole.
        None if !args.process.show_address => {
            let help = "`gauntlet sequencer --show-address` prints it".to_owned();
            return Err(bad("`--sequencer` is missing", &[help]));
        }
        sequencer => sequencer.unwrap_or_default(),
    };
    let secret = secret(&args.jwt).map_err(|error| bad(&with_sources(&error), &[]))?;
    Ok(BuilderNode {
        genesis,
        listen: args.listen,
        engine_listen: args.engine_listen,
        metrics_listen: args.process.metrics_addr,
        jwt: Jwt::new(secret),
        pubkey: key.address(),
        sequencer,
        retained_blocks: args.process.retained_blocks,
        stale_after: args.stale_after,
    })
}
