//! The execution client that is asked for a second opinion.

use std::error::Error;
use std::path::PathBuf;

use gauntlet_engine::ChainSpec;
use gauntlet_rpc::{CallError, Jwt, JwtSecret, tcp_dial};
use tokio::runtime::{Builder, Runtime};

use super::VerifyArgs;
use crate::chain::genesis_file;
use crate::cli::genesis;
use crate::cli::process::with_sources;
use crate::report::text;
use crate::suite::{Genesis, SecondCourt, geneses};
use crate::world::{EngineClientConfig, EngineError, SecondOpinion};

/// An execution client, and where it is spoken to.
pub(super) struct Court {
    runtime: Runtime,
    opinion: SecondOpinion,
    /// The transcripts that are of its chain, and those that do not say of which they are.
    transcripts: Vec<PathBuf>,
    /// How many are of other chains.
    others: u64,
}

impl Court {
    /// The client that the options name, if they name one.
    ///
    /// # Errors
    ///
    /// A message for a person.
    pub(super) fn of(args: &VerifyArgs) -> Result<Option<Self>, String> {
        let (Some(endpoint), Some(jwt)) = (&args.engine, &args.jwt) else {
            return Ok(None);
        };
        let secret = JwtSecret::read(jwt).map_err(|error| failed("no JWT secret", &error))?;
        let began_with = args.genesis.as_deref().map(genesis::load).transpose()?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|error| failed("the client cannot be spoken to", &error))?;
        let config = EngineClientConfig {
            endpoint: endpoint.clone(),
            jwt: Jwt::new(secret),
            dial: tcp_dial(),
        };
        let opinion = runtime
            .block_on(SecondOpinion::open(config))
            .map_err(|error| {
                let message = format!("{endpoint} cannot be asked: {error}");
                text::error(&message, &advice(&error))
            })?;
        let (all, unread) = geneses(&args.path).map_err(|error| text::error(&error, &[]))?;
        let (clients, others) = match began_with {
            Some(file) => of_file(&file, all, &opinion),
            None => of_transcripts(all, &opinion),
        }?;
        let mut transcripts = clients.transcripts;
        transcripts.extend(unread);
        transcripts.sort();
        let others = others.iter().map(|it| it.transcripts.len() as u64);
        Ok(Some(Self {
            runtime,
            opinion,
            transcripts,
            others: others.sum(),
        }))
    }

    /// The transcripts that are of its chain, or do not say of which they are.
    pub(super) fn transcripts(&self) -> Vec<PathBuf> {
        self.transcripts.clone()
    }

    /// How many transcripts are of other chains.
    pub(super) const fn others(&self) -> u64 {
        self.others
    }

    /// As a second court.
    pub(super) fn second(&self) -> SecondCourt<'_> {
        SecondCourt {
            opinion: &self.opinion,
            runtime: self.runtime.handle(),
        }
    }

    /// The client's URL.
    pub(super) fn client(&self) -> &str {
        self.opinion.client()
    }
}

/// The chain that a client has, and the others.
type Chains = (Genesis, Vec<Genesis>);

/// The chain of a file, which must be the client's.
fn of_file(file: &str, all: Vec<Genesis>, opinion: &SecondOpinion) -> Result<Chains, String> {
    let spec = ChainSpec::from_genesis_json(file).expect("a genesis that was read before");
    let (client, has) = (opinion.client(), opinion.genesis());
    if spec.genesis_hash() != has {
        let message = format!(
            "{client} has the genesis {has}, and that of `--genesis` is {}",
            spec.genesis_hash()
        );
        return Err(text::error(&message, &[]));
    }
    let file = genesis_file(file, &spec);
    chosen(all, opinion, |genesis| genesis.file == file)
}

/// The one chain of the transcripts that has the client's genesis block.
fn of_transcripts(all: Vec<Genesis>, opinion: &SecondOpinion) -> Result<Chains, String> {
    chosen(all, opinion, |genesis| genesis.hash == opinion.genesis())
}

fn chosen(
    all: Vec<Genesis>,
    opinion: &SecondOpinion,
    is_clients: impl Fn(&Genesis) -> bool,
) -> Result<Chains, String> {
    let (mut clients, others): (Vec<_>, Vec<_>) = all.into_iter().partition(is_clients);
    let (client, has) = (opinion.client(), opinion.genesis());
    let write = "`gauntlet genesis --of DIR --into DIR` writes the genesis file of each".to_owned();
    match (clients.pop(), clients.len()) {
        (Some(genesis), 0) => Ok((genesis, others)),
        (Some(_), more) => {
            let message = format!(
                "the transcripts are of {} chains with the genesis {has} of {client}, whose forks \
                 begin at other times",
                more + 1
            );
            let help = "`--genesis` says with which one the client began".to_owned();
            Err(text::error(&message, &[help, write]))
        }
        (None, _) => {
            let theirs: Vec<_> = others.iter().map(|it| it.hash.to_string()).collect();
            let message = format!(
                "no transcript is of the chain of {client}: it has the genesis {has}, and they are \
                 of {}",
                theirs.join(", ")
            );
            Err(text::error(&message, &[write]))
        }
    }
}

/// What helps where a client cannot be asked.
pub(super) fn advice(error: &EngineError) -> Vec<String> {
    /// The method does not exist (JSON-RPC 2.0).
    const NO_METHOD: i64 = -32601;
    let help = match error {
        EngineError::Call { source, .. } => match source {
            CallError::Status(401 | 403) => "`--jwt` is the file of the client's own secret",
            CallError::Connect(_) => "the client must be running, and this its Engine API's port",
            CallError::Rpc(error) if error.code == NO_METHOD => {
                "this is not the port of an Engine API"
            }
            CallError::Rpc(_)
            | CallError::Status(_)
            | CallError::Malformed(_)
            | CallError::IdMismatch { .. }
            | CallError::BodyTooLarge { .. } => "this is no execution client's Engine API",
            CallError::TimedOut | CallError::Closed | CallError::Transport(_) => {
                "its log may say why"
            }
        },
        EngineError::Malformed { .. } => "this is no execution client's Engine API",
    };
    vec![help.to_owned()]
}

fn failed(what: &str, error: &dyn Error) -> String {
    text::error(&format!("{what}: {}", with_sources(error)), &[])
}
