//! `builder.toml`, with all that it names, read.

use std::fs;
use std::path::Path;

use gauntlet_protocol::SecretKey;
use gauntlet_rpc::{Endpoint, Jwt, JwtSecret, Trust};

use crate::certify::Target;
use crate::chain::Keys;
use crate::cli::genesis;
use crate::cli::process::{sentence, trust};
use crate::net::tcp::{BlockTime, RemoteSettings, Settings};
use crate::node::key;
use crate::report::text;

/// `builder.toml`, with all that it names.
pub(super) struct Given {
    pub(super) target: Target,
    pub(super) genesis: String,
    pub(super) block_time: BlockTime,
    pub(super) url: Endpoint,
    pub(super) engine: Option<Endpoint>,
    pub(super) jwt: Option<Jwt>,
    pub(super) trust: Trust,
    pub(super) sequencer: SecretKey,
}

/// Reads it.
///
/// # Errors
///
/// A message for a person.
pub(super) fn read(path: &Path) -> Result<Given, String> {
    let name = path.display();
    let text = fs::read_to_string(path).map_err(|error| {
        let message = format!("`{name}` cannot be read: {error}");
        let help = "`gauntlet certify init` writes one".to_owned();
        text::error(&message, &[help])
    })?;
    let wrong = |why: &str| text::error(&format!("`{name}`: {why}"), &[]);
    let target = Target::parse(&text).map_err(|why| wrong(&why))?;
    let target = target.below(path.parent().unwrap_or(Path::new("")));
    let endpoint = |url: &str| -> Result<Endpoint, String> {
        url.parse()
            .map_err(|error| wrong(&format!("`{url}`: {}", sentence(&error))))
    };
    let builder = &target.builder;
    let block_time: BlockTime = target
        .chain
        .block_time
        .parse()
        .map_err(|error| wrong(&format!("`block_time`: {error}")))?;
    if block_time.as_millis() < 1000 {
        return Err(wrong("`block_time`: a builder is tried with whole seconds"));
    }
    let key_file = &target.sequencer.key;
    if !key_file.exists() {
        let missing = format!("there is no sequencer's key `{}`", key_file.display());
        return Err(wrong(&missing));
    }
    let secret = |file| JwtSecret::read(file).map_err(|error| wrong(&sentence(&error)));
    Ok(Given {
        genesis: genesis::load(&target.chain.genesis)?,
        block_time,
        url: endpoint(&builder.url)?,
        engine: builder.engine_url.as_deref().map(endpoint).transpose()?,
        jwt: builder
            .engine_jwt
            .as_deref()
            .map(secret)
            .transpose()?
            .map(Jwt::new),
        trust: trust(builder.ca.as_deref())?,
        sequencer: key(key_file).map_err(|error| wrong(&sentence(&error)))?,
        target,
    })
}

impl Given {
    /// Who is who.
    pub(super) fn keys(&self) -> Keys {
        Keys {
            sequencer: self.sequencer.clone(),
            builder: self.target.builder.pubkey,
            ..Keys::default()
        }
    }

    /// How Gauntlet's sequencer is set up for it.
    pub(super) fn settings(&self) -> Settings {
        Settings {
            genesis: self.genesis.clone(),
            block_time: self.block_time,
            engine_jwt: self.jwt.clone(),
            builder: Some(RemoteSettings {
                url: self.url.clone(),
                pubkey: Some(self.target.builder.pubkey),
                engine: self.engine.clone(),
                trust: self.trust.clone(),
            }),
            ..Settings::default()
        }
    }
}
