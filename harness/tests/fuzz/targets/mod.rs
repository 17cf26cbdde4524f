//! Fuzz targets: what reads something that strangers write, and what must hold of it.
//!
//! | module | what it reads |
//! |---|---|
//! | `protocol` | the structures of the Builder API and of the Engine API, in JSON |
//! | `server`, `calls` | a server: HTTP requests, and the JSON-RPC calls in them |
//! | `client` | a client: HTTP replies, and the JSON-RPC responses in them |
//! | `scenario` | scenario files |
//! | `transcript` | transcripts |
//! | `chain` | transactions, and genesis files |
//! | `examples` | what is valid of each, taken from a simulation |
//!
//! A target panics where something does not hold. Besides that nothing panics, it holds everywhere
//! that reading twice gives the same, that what was accepted and is written reads equal, and that
//! what is said of the rest is bounded.

mod calls;
mod chain;
mod client;
mod examples;
mod protocol;
mod scenario;
mod server;
mod transcript;

/// Something to fuzz.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    /// Its name.
    pub(crate) name: &'static str,
    /// Reads what may be anything.
    pub(crate) run: fn(&[u8]) -> Seen,
    /// What is valid.
    pub(crate) examples: fn() -> Vec<Vec<u8>>,
    /// Words of its language, for who makes inputs.
    pub(crate) words: &'static [&'static str],
}

/// What became of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// It was read.
    Accepted,
    /// It was not.
    Refused,
}

impl Seen {
    fn of(is_accepted: bool) -> Self {
        match is_accepted {
            true => Self::Accepted,
            false => Self::Refused,
        }
    }
}

/// Every target.
pub(crate) const TARGETS: [Target; 9] = [
    protocol::TARGET,
    server::TARGET,
    calls::TARGET,
    client::RESPONSES,
    client::HTTP,
    scenario::TARGET,
    transcript::TARGET,
    chain::TRANSACTION,
    chain::GENESIS,
];

/// Words of JSON.
const JSON_WORDS: &[&str] = &[
    "null",
    "true",
    "{}",
    "[]",
    "\"\"",
    "\"0x\"",
    "\"0x0\"",
    "\"0x00\"",
    "\"0xffffffffffffffff\"",
    "\"0x10000000000000000\"",
    "-1",
    "1.5",
    "1e999",
    "18446744073709551616",
    "\\u0000",
    "\\ud800",
    "[[[[",
    "\"id\":1,",
    "\"0X1\"",
    "\"0xA\"",
    ",",
    ":",
    "\u{fffd}",
    "\u{0}",
];

/// What is said of an input is not much longer than the input.
fn assert_bounded(said: &str, input: &[u8]) {
    assert!(
        said.len() <= 2000 + 8 * input.len(),
        "{} bytes are said of {}",
        said.len(),
        input.len()
    );
}
