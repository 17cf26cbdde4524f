//! `gauntlet sequencer`: a sequencer as a process of its own.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use alloy_primitives::Address;

use super::process::{self, ProcessArgs, Ready, address, sentence, span, tokens, trust};
use crate::net::tcp::BlockTime;
use crate::node::{BuilderPlace, FollowerPlace, SequencerNode, Start, key, run_sequencer};
use crate::plan::SelectionPlan;
use crate::report::text;

/// Runs a sequencer as a process of its own.
///
/// Its state is in memory. One that comes back gets its chain from its builder or a follower and
/// executes it from the first block on; it begins a new chain only if it is told to.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  gauntlet sequencer --show-address                    the address that the builder is to be told
  gauntlet sequencer --new-chain \\
    --builder-url http://127.0.0.1:9545 --builder-pubkey 0x…
  gauntlet sequencer --config sequencer.toml           goes on with the chain of its builder

Slots begin at the multiples of the block time since 1970, so that a sequencer that comes back
stands on the same grid. Slots in which there is none have no block.

Exit codes:
  0  its slots are over, or it was told to stop
  2  bad input: an option, a file
  3  it found no chain to go on with, cannot listen, or broke")]
pub struct SequencerArgs {
    /// What every process has
    #[command(flatten)]
    pub process: ProcessArgs,
    /// Where to listen for users
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8545")]
    pub listen: String,
    /// The key that signs payload requests; made if there is none
    #[arg(long, value_name = "FILE", default_value = "sequencer.key")]
    pub key: PathBuf,
    /// Where the builder serves the Builder API
    #[arg(long, value_name = "URL")]
    pub builder_url: Option<String>,
    /// The builder's address
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    pub builder_pubkey: Option<Address>,
    /// Where the builder serves `engine_*` [default: --builder-url]
    #[arg(long, value_name = "URL")]
    pub builder_engine: Option<String>,
    /// The secret of the builder's engine; made by whoever of the two is first
    #[arg(long, value_name = "FILE", default_value = "jwt.hex")]
    pub builder_jwt: PathBuf,
    /// Trust the authority too whose certificate is in this PEM file, for a builder at https
    #[arg(long, value_name = "FILE")]
    pub builder_ca: Option<PathBuf>,
    /// The engine port of an execution client that is to follow; may stand more than once
    #[arg(long, value_name = "URL")]
    pub follower: Vec<String>,
    /// Its secret, once for each
    #[arg(long, value_name = "FILE")]
    pub follower_jwt: Vec<PathBuf>,
    /// The time between two blocks: `200ms`, `250ms`, `500ms` or whole seconds
    #[arg(long, value_name = "TIME", default_value = "2s")]
    pub block_time: BlockTime,
    /// Which block is taken when both are valid
    #[arg(long, value_name = "POLICY", default_value = "builder",
          value_parser = ["builder", "value", "gas-used"])]
    pub selection: String,
    /// Stop after so many slots [default: when told to]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub slots: Option<u32>,
    /// Begin a new chain, whatever was published before
    #[arg(long)]
    pub new_chain: bool,
    /// How long to look for the chain to go on with
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = span)]
    pub restore_timeout: Duration,
    /// Write what happens into this folder, for `gauntlet verify`
    #[arg(long, value_name = "DIR")]
    pub transcript: Option<PathBuf>,
}

/// Runs.
#[must_use]
pub(super) fn run(args: SequencerArgs) -> ExitCode {
    process::main(args, |args| &args.process, setup, run_sequencer)
}

fn setup(args: SequencerArgs, genesis: String) -> Result<Ready<SequencerNode>, String> {
    let bad = |message: &str| text::error(&message, &[]);
    let key = key(&args.key).map_err(|error| sentence(&error))?;
    let address = key.address();
    let builder = match (args.builder_url, args.builder_pubkey) {
        _ if args.process.show_address => None,
        (Some(url), Some(pubkey)) => Some(BuilderPlace {
            url,
            pubkey,
            engine_url: args.builder_engine,
            jwt: tokens(&args.builder_jwt)?,
            trust: trust(args.builder_ca.as_deref())?,
        }),
        (None, None) => None,
        (Some(_), None) => return Err(bad("`--builder-url` needs `--builder-pubkey`")),
        (None, Some(_)) => return Err(bad("`--builder-pubkey` needs `--builder-url`")),
    };
    if args.follower.len() != args.follower_jwt.len() {
        return Err(bad("each `--follower` needs a `--follower-jwt`"));
    }
    let followers = args.follower.into_iter().zip(&args.follower_jwt);
    let followers = followers.map(|(url, path)| {
        Ok(FollowerPlace {
            url,
            jwt: tokens(path)?,
        })
    });
    let node = SequencerNode {
        genesis,
        listen: args.listen,
        metrics_listen: args.process.metrics_addr,
        key,
        builder,
        followers: followers.collect::<Result<_, String>>()?,
        block_time: args.block_time,
        selection: match args.selection.as_str() {
            "value" => SelectionPlan::Value,
            "gas-used" => SelectionPlan::GasUsed,
            _ => SelectionPlan::Builder,
        },
        slots: args.slots,
        start: match args.new_chain {
            true => Start::NewChain,
            false => Start::Restored(args.restore_timeout),
        },
        retained_blocks: args.process.retained_blocks,
        transcript: args.transcript,
    };
    Ok(Ready { node, address })
}
