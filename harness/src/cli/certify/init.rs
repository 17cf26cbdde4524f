//! `gauntlet certify init`: `builder.toml`, and the files that it names.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use alloy_primitives::{Address, B256, hex};
use gauntlet_rpc::{Endpoint, JwtSecret};
use serde_json::Value;

use crate::certify::{BuilderSection, ChainSection, SequencerSection, SubjectSection, Target};
use crate::chain::GENESIS;
use crate::cli::console::Console;
use crate::cli::process::{address, sentence};
use crate::node::{drawn, key};
use crate::plan::Keyed;
use crate::report::{Output, text};
use crate::suite::Exit;

/// Writes `builder.toml`, the genesis of a chain of its own, and the sequencer's key.
///
/// Chain id, genesis and key are drawn, so that nothing tells the builder that it is tried.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  gauntlet certify init --url http://127.0.0.1:9545 --pubkey 0x…
  gauntlet certify init --url http://127.0.0.1:9545 --pubkey 0x… \\
                        --engine-url http://127.0.0.1:8551 --jwt jwt.hex

Start the builder with the genesis file and the sequencer's address that are told, then:
  gauntlet certify doctor

Exit codes:
  0  written
  2  a file is there already, or cannot be written")]
pub(super) struct InitArgs {
    /// The builder's URL
    #[arg(long, value_name = "URL")]
    url: Endpoint,
    /// The address in its responses
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    pubkey: Address,
    /// Where it takes messages of the Engine API [default: the same URL]
    #[arg(long, value_name = "URL")]
    engine_url: Option<Endpoint>,
    /// The JWT secret of its Engine API, made if the file is not there [default: it has none]
    #[arg(long, value_name = "FILE")]
    jwt: Option<PathBuf>,
    /// What it is called
    #[arg(long, value_name = "NAME", default_value = "builder")]
    name: String,
    /// Which version of it
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    /// The time between two blocks: whole seconds
    #[arg(long, value_name = "TIME", default_value = "2s")]
    block_time: crate::net::tcp::BlockTime,
    /// The command that starts the builder, if `certify` is to start it; `GAUNTLET_DATA` names a new
    /// folder in its environment
    #[arg(long, value_name = "COMMAND")]
    start_cmd: Option<String>,
    /// What the chain is drawn from [default: any]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// The folder
    #[arg(long, value_name = "DIR", default_value = ".")]
    into: PathBuf,
}

/// Writes.
#[must_use]
pub(super) fn run(args: &InitArgs) -> ExitCode {
    let mut console = Console::new();
    let exit = match written(args) {
        Ok(told) => {
            console.out(&told);
            Exit::Conforms
        }
        Err(message) => {
            console.error(&text::error(&message, &[]));
            Exit::BadInput
        }
    };
    console.end(exit)
}

fn written(args: &InitArgs) -> Result<String, String> {
    let seed = match args.seed {
        Some(seed) => seed,
        None => drawn().map_err(|error| format!("nothing can be drawn: {error}"))?,
    };
    let (config, genesis_file) = (
        args.into.join("builder.toml"),
        args.into.join("genesis.json"),
    );
    fs::create_dir_all(&args.into)
        .map_err(|error| format!("`{}` cannot be made: {error}", args.into.display()))?;
    for path in [&config, &genesis_file] {
        if path.exists() {
            return Err(format!("`{}` is there already", path.display()));
        }
    }
    let key_file = args.into.join("sequencer.key");
    if args.seed.is_some() && !key_file.exists() {
        let bytes = scalar(&Keyed::new(seed));
        new_file(&key_file, &format!("{}\n", hex::encode(bytes)))?;
    }
    let sequencer = key(&key_file).map_err(|error| sentence(&error))?.address();
    if let Some(jwt) = &args.jwt
        && !jwt.exists()
    {
        JwtSecret::make(jwt).map_err(|error| sentence(&error))?;
    }
    let genesis = genesis_of(&Keyed::new(seed));
    let chain_id = &genesis["config"]["chainId"];
    new_file(&genesis_file, &format!("{genesis:#}\n"))?;
    let target = Target {
        subject: SubjectSection {
            name: args.name.clone(),
            version: args.version.clone(),
            digest: None,
        },
        builder: BuilderSection {
            url: args.url.to_string(),
            pubkey: args.pubkey,
            engine_url: args.engine_url.as_ref().map(ToString::to_string),
            engine_jwt: args.jwt.as_ref().map(|path| absolute(path)),
            ca: None,
            start_cmd: args.start_cmd.clone(),
        },
        chain: ChainSection {
            genesis: "genesis.json".into(),
            block_time: args.block_time.to_string(),
        },
        sequencer: SequencerSection {
            key: "sequencer.key".into(),
        },
        not_applicable: Vec::new(),
        known_failure: Vec::new(),
    };
    new_file(&config, &target.print())?;
    Ok(format!(
        "written: {}, {}, {}\n\
         chain id {chain_id}; the builder's genesis is {}\n\
         it answers the sequencer {sequencer}\n",
        config.display(),
        genesis_file.display(),
        key_file.display(),
        genesis_file.display(),
    ))
}

/// A path that means the same from the folder of `builder.toml`.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

fn new_file(path: &Path, text: &str) -> Result<(), String> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| format!("`{}` cannot be written: {error}", path.display()))
}

/// 32 bytes that are a key of secp256k1: in range, as its first byte is small, and not zero.
fn scalar(keyed: &Keyed) -> B256 {
    let mut bytes = [0; 32];
    for (n, word) in (0..).zip(bytes.chunks_mut(8)) {
        word.copy_from_slice(&keyed.draw("certify/key", 0, n).to_be_bytes());
    }
    bytes[0] = 1;
    bytes.into()
}

/// The built-in genesis as that of another chain.
fn genesis_of(keyed: &Keyed) -> Value {
    let mut genesis: Value = serde_json::from_str(GENESIS).expect("it is read by every run");
    let chain_id = keyed.between("certify/chain-id", 0, 0, 100_000..=4_000_000_000);
    genesis["config"]["chainId"] = chain_id.into();
    genesis
}
