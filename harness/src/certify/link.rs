//! The link to a builder: whether it is there, and how exact its times are.

use std::time::Duration;

use gauntlet_rpc::{CallError, Client, ClientConfig, Dial, Endpoint, Jwt};
use serde_json::value::RawValue;
use tokio::time::Instant;

/// How often the link is tried.
const TRIES: u32 = 32;

/// How long a builder may take to answer a method that it need not have.
const PATIENCE: Duration = Duration::from_secs(2);

/// Within so much of a bound nothing is concluded on any link.
const LEAST_GUARD: Duration = Duration::from_millis(25);

/// What a method is called by that every execution client has, and that a builder need not have.
const VERSION: &str = "web3_clientVersion";

/// What a link is like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What the builder calls itself, if it does.
    pub version: Option<String>,
    /// How long each try took, in ascending order.
    pub took: Vec<Duration>,
}

impl Link {
    /// Tries a link.
    ///
    /// # Errors
    ///
    /// Nobody answers in the form of JSON-RPC.
    pub async fn of(endpoint: Endpoint, dial: Dial, jwt: Option<Jwt>) -> Result<Self, CallError> {
        let client = Client::new(ClientConfig {
            jwt,
            ..ClientConfig::new("builder", endpoint, dial)
        });
        let (mut version, mut took) = (None, Vec::new());
        for _ in 0..TRIES {
            let begun = Instant::now();
            let params = RawValue::from_string("[]".to_owned()).expect("it is JSON");
            match client.call(VERSION, params, PATIENCE).await {
                Ok(result) => version = serde_json::from_str(result.get()).ok(),
                Err(CallError::Rpc(_)) => {}
                Err(error) => return Err(error),
            }
            took.push(begun.elapsed());
        }
        took.sort_unstable();
        Ok(Self { version, took })
    }

    /// The time that half of the tries took at most.
    #[must_use]
    pub fn median(&self) -> Duration {
        self.took
            .get(self.took.len() / 2)
            .copied()
            .unwrap_or_default()
    }

    /// By how much a try took longer than half of them at most.
    #[must_use]
    pub fn jitter(&self) -> Duration {
        let longest = self.took.last().copied().unwrap_or_default();
        longest.saturating_sub(self.median())
    }

    /// Within so much of a bound nothing is concluded.
    #[must_use]
    pub fn guard(&self) -> Duration {
        LEAST_GUARD.max(2 * self.jitter() + self.median())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guard_band_is_as_wide_as_the_link_is_inexact() {
        let link = |took: &[u64]| Link {
            version: None,
            took: took.iter().copied().map(Duration::from_millis).collect(),
        };
        assert_eq!(link(&[1, 1, 1]).guard(), Duration::from_millis(25));
        assert_eq!(link(&[1, 1, 31]).jitter(), Duration::from_millis(30));
        assert_eq!(link(&[1, 1, 31]).guard(), Duration::from_millis(61));
    }
}
