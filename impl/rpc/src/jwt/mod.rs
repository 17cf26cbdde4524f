//! Who may call the Engine API's methods: tokens as every Engine API has them, JWT of HS256 with a
//! shared secret of 32 bytes. DECISION: engine-authentication.
//!
//! | module | what it holds |
//! |---|---|
//! | `secret` | the secret, and its file |
//! | `token` | making and checking a token |
//! | `system` | the clock and the randomness of the operating system: for real sockets alone |
//!
//! By hand, because it is one algorithm and one claim: the libraries for all of JOSE bring RSA and
//! four curves.

mod secret;
mod system;
mod token;

use std::fmt;
use std::sync::Arc;

use http::{HeaderMap, HeaderValue, header};

pub use self::secret::{JwtSecret, SecretError};
pub use self::token::TokenError;

/// How far a token's time of issue may be from the clock, in seconds.
pub(crate) const MAX_TOKEN_AGE_SECS: u64 = 60;

/// A clock of seconds since 1970, which tokens are issued and judged by.
#[derive(Clone)]
pub struct UnixClock(Arc<dyn Fn() -> u64 + Send + Sync>);

impl UnixClock {
    /// Makes a clock of a function that returns the seconds since 1970.
    pub fn new(seconds: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(seconds))
    }

    /// The operating system's clock: for real sockets.
    pub fn system() -> Self {
        Self::new(system::unix_seconds)
    }

    fn now(&self) -> u64 {
        (self.0)()
    }
}

impl fmt::Debug for UnixClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UnixClock")
    }
}

/// A secret and the clock by which its tokens are issued and judged.
#[derive(Clone, Debug)]
pub struct Jwt {
    /// The secret that both sides share.
    pub secret: JwtSecret,
    /// The clock.
    pub clock: UnixClock,
}

impl Jwt {
    /// Judges by the operating system's clock.
    pub fn new(secret: JwtSecret) -> Self {
        Self {
            secret,
            clock: UnixClock::system(),
        }
    }

    /// The value of an `authorization` header with a token of now.
    pub fn bearer(&self) -> HeaderValue {
        let token = token::make(&self.secret, self.clock.now());
        let mut value = HeaderValue::try_from(format!("Bearer {token}"))
            .expect("base64 and dots can stand in a header");
        value.set_sensitive(true);
        value
    }

    /// Judges the `authorization` header of a request.
    ///
    /// # Errors
    ///
    /// [`TokenError`], one variant per cause.
    pub fn check(&self, headers: &HeaderMap) -> Result<(), TokenError> {
        let token = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .filter(|token| !token.is_empty())
            .ok_or(TokenError::Missing)?;
        token::check(&self.secret, token, self.clock.now())
    }
}
