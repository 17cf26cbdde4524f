//! `gauntlet builder`: a builder as a process of its own.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use alloy_primitives::Address;

use super::process::{self, ProcessArgs, Ready, address, sentence, span, tokens};
use crate::node::{BuilderNode, key, run_builder};
use crate::report::text;

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
    process::main(args, |args| &args.process, setup, run_builder)
}

fn setup(args: BuilderArgs, genesis: String) -> Result<Ready<BuilderNode>, String> {
    let address = key(&args.key).map_err(|error| sentence(&error))?.address();
    let sequencer = match args.sequencer {
        // DECISION: request-pubkey: an unset check is a hole.
        None if !args.process.show_address => {
            let help = "`gauntlet sequencer --show-address` prints it".to_owned();
            return Err(text::error(&"`--sequencer` is missing", &[help]));
        }
        sequencer => sequencer.unwrap_or_default(),
    };
    let node = BuilderNode {
        genesis,
        listen: args.listen,
        engine_listen: args.engine_listen,
        metrics_listen: args.process.metrics_addr,
        jwt: tokens(&args.jwt)?,
        pubkey: address,
        sequencer,
        retained_blocks: args.process.retained_blocks,
        stale_after: args.stale_after,
    };
    Ok(Ready { node, address })
}
