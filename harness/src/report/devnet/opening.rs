//! Where a devnet is reached, and with which keys.

use std::fmt::Write as _;
use std::path::Path;

use crate::chain::{SEQUENCER, known_key};
use crate::net::tcp::{Opened, Settings};
use crate::report::style::HEADING;

/// What whoever uses a devnet has to know, before its first block: `jwt` is the file of the engine
/// API's secret, if there is one, and `genesis` that of the chain's genesis.
#[must_use]
pub fn opening(settings: &Settings, opened: &Opened, jwt: Option<&Path>, genesis: &Path) -> String {
    let until = match settings.slots {
        Some(slots) => format!("{slots} slots"),
        None => "until Ctrl-C".to_owned(),
    };
    let mut text = format!(
        "{HEADING}chain {}, a block every {}, {} transactions in each, {until}{HEADING:#}\n",
        opened.chain_id, settings.block_time, settings.transactions_per_slot
    );
    let mut line = |name: &str, what: &str| {
        let _infallible = writeln!(text, "  {name:<12}  {what}");
    };
    line("users' RPC", &opened.users);
    line("builder", &opened.builder);
    let jwt = match jwt {
        Some(file) => format!("asks for tokens of the secret in {}", file.display()),
        None => "asks for no tokens".to_owned(),
    };
    line("engine API", &format!("{}, {jwt}", opened.engine));
    line("genesis", &genesis.display().to_string());
    for follower in &settings.followers {
        line("follower", &follower.url.to_string());
    }
    let (key, address) = known_key(SEQUENCER);
    line(
        "sequencer",
        &format!("{address} signs its requests, key {key}"),
    );
    line(
        "builder",
        &format!("{} is in its replies", opened.keys.builder),
    );
    for (key, address) in &opened.funded {
        line("yours", &format!("{address} is funded, key {key}"));
    }
    text
}
