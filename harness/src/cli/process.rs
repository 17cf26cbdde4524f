//! What the commands of processes share: a file of settings, the log, the end.

use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use alloy_primitives::Address;
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, ArgAction, Command};
use gauntlet_rpc::{Jwt, Trust};
use tokio::runtime::Builder;
use tokio::sync::Notify;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use super::console::Console;
use super::genesis;
use super::signals::Signals;
use crate::chain::GENESIS;
use crate::node::{NodeError, secret};
use crate::report::{Output, text};
use crate::scenario::{Setting, Takes, flat_settings};
use crate::suite::Exit;

/// How long what still runs may take when a process ends.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The options that every process has.
#[derive(Clone, Debug, clap::Args)]
pub struct ProcessArgs {
    /// Read options from this TOML file, by their long names: `block-time = "2s"`; the command
    /// line has the last word
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// A genesis file in geth's format instead of the built-in one
    #[arg(long, value_name = "FILE")]
    pub genesis: Option<PathBuf>,
    /// Show /healthz and /metrics at this address too
    #[arg(long, value_name = "ADDRESS")]
    pub metrics_addr: Option<String>,
    /// How many blocks behind the head to keep: from so many one that comes back can go on
    #[arg(long, value_name = "N", default_value_t = 10_000,
          value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub retained_blocks: u64,
    /// How to write the log
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    pub log_format: String,
    /// What to log: `error`, `warn`, `info`, `debug`, or as in RUST_LOG, which counts without it
    #[arg(long, value_name = "FILTER")]
    pub log_level: Option<String>,
    /// Print the address of the key, and end
    #[arg(long)]
    pub show_address: bool,
}

/// Reads a span of time: `500ms`, `60s`.
pub(super) fn span(text: &str) -> Result<Duration, String> {
    let parsed = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(ms), _) => ms.parse().map(Duration::from_millis).ok(),
        (None, Some(s)) => s.parse().map(Duration::from_secs).ok(),
        (None, None) => None,
    };
    let expected = "expected a whole number and its unit, as `500ms` or `60s`";
    parsed.ok_or_else(|| expected.to_owned())
}

/// Reads an address.
pub(super) fn address(text: &str) -> Result<Address, String> {
    let digits = text.strip_prefix("0x").filter(|digits| digits.len() == 40);
    let parsed = digits.and_then(|digits| digits.parse().ok());
    parsed.ok_or_else(|| "expected `0x` and 40 hexadecimal digits".to_owned())
}

/// The options of a command with those of its file, if it names one: the file's come first, and
/// the last one counts.
///
/// # Errors
///
/// A message: what is wrong with the file, or with both together.
fn with_file<A: clap::Args>(args: A, file: Option<&Path>) -> Result<A, String> {
    let Some(path) = file else { return Ok(args) };
    let name = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|error| {
        let message = format!("the settings `{name}` cannot be read: {error}");
        text::error(&message, &[])
    })?;
    // After the program and the command.
    let given = std::env::args_os().skip(2);
    together(&name, &text, given)
}

fn together<A: clap::Args>(
    name: &str,
    text: &str,
    given: impl Iterator<Item = OsString>,
) -> Result<A, String> {
    let command =
        A::augment_args(Command::new("gauntlet").no_binary_name(true)).args_override_self(true);
    let known: Vec<Setting> = command.get_arguments().filter_map(setting).collect();
    let judge = |key: &str, value: &str| {
        let alone = command.clone();
        let tried = alone.try_get_matches_from([format!("--{key}={value}")]);
        tried.map(drop).map_err(|error| why(&error))
    };
    let set = flat_settings(name, text, &known, judge).map_err(|error| error.to_string())?;
    let of_file = set.into_iter().map(|(key, value)| match value {
        Some(value) => OsString::from(format!("--{key}={value}")),
        None => OsString::from(format!("--{key}")),
    });
    let matches = command.try_get_matches_from(of_file.chain(given));
    matches
        .and_then(|matches| A::from_arg_matches(&matches))
        .map_err(|error| error.to_string())
}

/// The setting that an option is in a file.
fn setting(option: &Arg) -> Option<Setting> {
    let name = option.get_long().filter(|name| *name != "config")?;
    let action = option.get_action();
    let takes = if matches!(action, ArgAction::SetTrue) {
        Takes::Flag
    } else if matches!(action, ArgAction::Append) {
        Takes::Values
    } else {
        Takes::Value
    };
    Some(Setting {
        name: name.to_owned(),
        takes,
    })
}

/// What would have been right instead of a value.
fn why(error: &clap::Error) -> String {
    if let Some(source) = error.source() {
        return source.to_string();
    }
    match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(values)) => format!("one of `{}`", values.join("`, `")),
        _ => error.kind().to_string(),
    }
}

/// The standard output of a log. Whoever closes it ends the process.
#[derive(Clone, Debug, Default)]
struct Log {
    /// Whether the output is an address, and the log is beside it, on the standard error stream.
    beside_an_address: bool,
    closed: Arc<Notify>,
}

impl Log {
    /// Begins to log.
    ///
    /// # Errors
    ///
    /// What is wrong with the filter.
    fn begin(args: &ProcessArgs) -> Result<Self, String> {
        let log = Self {
            beside_an_address: args.show_address,
            ..Self::default()
        };
        let filter = args.log_level.clone();
        let filter = filter.or_else(|| std::env::var("RUST_LOG").ok());
        let filter = EnvFilter::builder()
            .parse(filter.as_deref().unwrap_or("info"))
            .map_err(|error| format!("what to log is no filter: {error}"))?;
        let is_plain = std::env::var_os("NO_COLOR").is_some() || !io::stdout().is_terminal();
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_target(false)
            .with_ansi(!is_plain)
            .with_writer(log.clone());
        let begun = match args.log_format.as_str() {
            "json" => subscriber.json().flatten_event(true).try_init(),
            _ => subscriber.try_init(),
        };
        begun.map_err(|error| error.to_string())?;
        Ok(log)
    }

    /// Resolves when the process is to end: by a signal, or because nobody reads its output.
    async fn stop(self) {
        let asked = async {
            // Without a handler the signal ends the process, which stops it as well.
            match Signals::listen() {
                Ok(mut signals) => signals.next().await,
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = asked => {}
            () = self.closed.notified() => {}
        }
    }
}

impl Write for Log {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        if self.beside_an_address {
            return io::stderr().lock().write(text);
        }
        let written = io::stdout().lock().write(text);
        if let Err(error) = &written
            && error.kind() == ErrorKind::BrokenPipe
        {
            self.closed.notify_one();
        }
        written
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().lock().flush()
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// A process that is set up.
pub(super) struct Ready<N> {
    /// What it runs with.
    pub(super) node: N,
    /// The address of its key.
    pub(super) address: Address,
}

/// Sets a process up, of its options and their file, and runs it to its end; or shows the address of
/// its key, if that is asked for.
pub(super) fn main<A: clap::Args, N, F>(
    args: A,
    of: fn(&A) -> &ProcessArgs,
    setup: impl FnOnce(A, String) -> Result<Ready<N>, String>,
    process: impl FnOnce(N, Stop) -> F,
) -> ExitCode
where
    F: Future<Output = Result<(), NodeError>>,
{
    let mut console = Console::new();
    let file = of(&args).config.clone();
    let ready = with_file(args, file.as_deref()).and_then(|args| {
        let log = Log::begin(of(&args)).map_err(|error| text::error(&error, &[]))?;
        let shows = of(&args).show_address;
        let genesis = of(&args).genesis.as_deref();
        let genesis = genesis.map_or(Ok(GENESIS.to_owned()), genesis::load)?;
        setup(args, genesis).map(|ready| (ready, log, shows))
    });
    match ready {
        Err(message) => {
            console.error(&message);
            console.end(Exit::BadInput)
        }
        Ok((ready, _, true)) => {
            console.line(&ready.address.to_string());
            console.end(Exit::Conforms)
        }
        Ok((ready, log, false)) => run(console, log, |stop| process(ready.node, stop)),
    }
}

/// Resolves when a process is to end.
pub(super) type Stop = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// Runs a process to its end.
fn run<F>(mut console: Console, log: Log, process: impl FnOnce(Stop) -> F) -> ExitCode
where
    F: Future<Output = Result<(), NodeError>>,
{
    let runtime = match Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            console.error(&text::error(&error, &[]));
            return console.end(Exit::Broken);
        }
    };
    let ended = runtime.block_on(async { process(Box::pin(log.stop())).await });
    runtime.shutdown_timeout(LAST_WORDS);
    let exit = match &ended {
        Ok(()) => Exit::Conforms,
        Err(error) => {
            console.error(&text::error(&with_sources(error), &advice(error)));
            match error {
                NodeError::Genesis(_) | NodeError::Url { .. } | NodeError::Config(_) => {
                    Exit::BadInput
                }
                NodeError::Listen { .. }
                | NodeError::Network(_)
                | NodeError::Transcript(_)
                | NodeError::Restore(_)
                | NodeError::Broke(_) => Exit::Broken,
            }
        }
    };
    console.end(exit)
}

fn advice(error: &NodeError) -> Vec<String> {
    if let NodeError::Restore(_) = error {
        return vec![
            "a sequencer that began anew would publish other blocks at the same heights".to_owned(),
            "`--new-chain` begins a new chain all the same".to_owned(),
        ];
    }
    Vec::new()
}

/// The tokens of an Engine API, of the secret in a file.
pub(super) fn tokens(file: &Path) -> Result<Jwt, String> {
    secret(file).map(Jwt::new).map_err(|error| sentence(&error))
}

/// A message for a person, with all that caused it.
pub(super) fn sentence(error: &dyn Error) -> String {
    text::error(&with_sources(error), &[])
}

/// Whose certificates are good: the public authorities', and those of another in a file of PEM.
pub(super) fn trust(authority: Option<&Path>) -> Result<Trust, String> {
    match authority.map(Trust::public_and).transpose() {
        Ok(trust) => Ok(trust.unwrap_or_else(Trust::public)),
        Err(error) => Err(sentence(&error)),
    }
}

/// A message with all that caused it.
pub(super) fn with_sources(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text += &format!(": {error}");
        source = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::SequencerArgs;

    fn read(text: &str, given: &[&str]) -> Result<SequencerArgs, String> {
        together("node.toml", text, given.iter().map(OsString::from))
    }

    #[test]
    fn the_command_line_has_the_last_word() {
        let file = "block-time = '1s'\nslots = 7\nnew-chain = true\n\
                    follower = ['http://a', 'http://b']\n";
        let args = read(file, &["--slots=8", "--config", "node.toml"]).unwrap();
        assert_eq!(args.block_time.to_string(), "1s");
        assert_eq!((args.slots, args.new_chain), (Some(8), true));
        assert_eq!(args.follower, ["http://a", "http://b"]);
        assert_eq!(args.process.log_format, "text");
    }

    #[test]
    fn what_is_wrong_in_a_file_is_told_with_its_place() {
        let file = "block-tme = '1s'\nblock-time = '300ms'\nselection = 'best'\nslots = 0\n\
                    builder-pubkey = '0x12'\nnew-chain = 1\n";
        let told = read(file, &[]).unwrap_err();
        for expected in [
            "unknown key `block-tme`",
            "--> node.toml:1:1",
            "did you mean `block-time`?",
            "`300ms` is no `block-time`",
            "--> node.toml:2:14",
            "a block time is `200ms`, `250ms`, `500ms` or whole seconds",
            "one of `builder`, `value`, `gas-used`",
            "0 is not in 1..",
            "`0x12` is no `builder-pubkey`",
            "expected `0x` and 40 hexadecimal digits",
            "`new-chain` is `true` or `false`",
        ] {
            assert!(told.contains(expected), "no `{expected}` in:\n{told}");
        }
        assert_eq!(told.matches("error: ").count(), 6, "{told}");
        let both = read("slots = 7\n", &["--selection", "best"]).unwrap_err();
        assert!(both.contains("--selection"), "{both}");
    }

    #[test]
    fn a_span_is_a_number_and_its_unit() {
        assert_eq!(span("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(span("60s"), Ok(Duration::from_secs(60)));
        for text in ["60", "1.5s", "s", "-1s"] {
            assert!(span(text).is_err(), "{text}");
        }
    }
}
