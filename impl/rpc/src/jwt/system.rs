//! The clock and the randomness of the operating system, which no simulated node reaches.

use std::time::UNIX_EPOCH;

/// The seconds since 1970; 0 on a machine whose clock is before it.
#[expect(
    clippy::disallowed_methods,
    reason = "a token's age is judged by the date; a simulation has no tokens"
)]
pub(super) fn unix_seconds() -> u64 {
    let since = std::time::SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

/// Random bytes.
pub(super) fn random() -> std::io::Result<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}
