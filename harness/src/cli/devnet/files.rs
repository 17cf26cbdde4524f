//! The files of a devnet: what its options name, and what it makes for its users.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use gauntlet_rpc::{Jwt, JwtSecret};
use tempfile::TempDir;

use super::DevnetArgs;
use crate::chain::GENESIS;
use crate::cli::genesis;
use crate::cli::process::{trust, with_sources};
use crate::net::tcp::{ClientSettings, RemoteSettings, Settings};
use crate::report::text;

/// The settings of a devnet and the files that are told to its users. What it made itself is
/// removed with this.
pub(super) struct Prepared {
    pub(super) settings: Settings,
    /// The secret of the builder's Engine API, if it asks for tokens.
    pub(super) jwt: Option<PathBuf>,
    /// The genesis.
    pub(super) genesis: PathBuf,
    _made: TempDir,
}

/// Reads what the options name, and makes what is lacking.
///
/// # Errors
///
/// A message for a person.
pub(super) fn prepare(args: &DevnetArgs) -> Result<Prepared, String> {
    let made = tempfile::Builder::new()
        .prefix("gauntlet-devnet-")
        .tempdir()
        .map_err(|error| failed("a folder for the devnet's files cannot be made", &error))?;
    let (text, genesis) = match &args.genesis {
        Some(path) => (genesis::load(path)?, path.clone()),
        None => {
            let path = made.path().join("genesis.json");
            fs::write(&path, GENESIS)
                .map_err(|error| failed("the genesis cannot be written", &error))?;
            (GENESIS.to_owned(), path)
        }
    };
    let jwt = match (&args.builder, &args.builder_jwt) {
        // Somebody else's builder has a secret or has none.
        (Some(_), path) => path.clone(),
        (None, _) => {
            let own = || made.path().join("jwt.hex");
            let path = args.jwt.clone().unwrap_or_else(own);
            if !path.exists() {
                JwtSecret::make(&path).map_err(|error| failed("no JWT secret", &error))?;
            }
            Some(path)
        }
    };
    let settings = Settings {
        genesis: text,
        block_time: args.block_time,
        slots: args.slots,
        transactions_per_slot: args.transactions_per_slot,
        port: args.port,
        engine_jwt: jwt.as_deref().map(tokens).transpose()?,
        builder: match &args.builder {
            Some(url) => Some(RemoteSettings {
                url: url.clone(),
                pubkey: args.builder_pubkey,
                engine: args.builder_engine.clone(),
                trust: trust(args.builder_ca.as_deref())?,
            }),
            None => None,
        },
        followers: followers(args)?,
    };
    Ok(Prepared {
        settings,
        jwt,
        genesis,
        _made: made,
    })
}

/// Each follower has a secret of its own, or all have one.
fn followers(args: &DevnetArgs) -> Result<Vec<ClientSettings>, String> {
    let (urls, files) = (&args.follower, &args.follower_jwt);
    if files.len() != 1 && files.len() != urls.len() {
        let message = format!(
            "there are {} `--follower` and {} `--follower-jwt`",
            urls.len(),
            files.len()
        );
        let help = "give a secret for each in their order, or one for all";
        return Err(text::error(&message, &[help.to_owned()]));
    }
    let of = |(url, file): (_, &PathBuf)| {
        let url = Clone::clone(url);
        let jwt = tokens(file)?;
        Ok(ClientSettings { url, jwt })
    };
    urls.iter().zip(files.iter().cycle()).map(of).collect()
}

fn tokens(file: &Path) -> Result<Jwt, String> {
    let secret = JwtSecret::read(file).map_err(|error| failed("no JWT secret", &error))?;
    Ok(Jwt::new(secret))
}

fn failed(what: &str, error: &dyn Error) -> String {
    text::error(&format!("{what}: {}", with_sources(error)), &[])
}
