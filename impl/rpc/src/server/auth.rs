//! Who is let in.

use crate::jwt::Jwt;

/// Whose calls need a token. DECISION: engine-authentication.
#[derive(Clone, Debug)]
pub struct Auth {
    /// The secret, and the clock that tokens are judged by.
    pub jwt: Jwt,
    /// Which calls need a token.
    pub scope: AuthScope,
}

/// Which calls need a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthScope {
    /// Every request, whatever is in it: it is not even read without.
    EveryRequest,
    /// A request that calls a method of the Engine API, alone or in a batch.
    EngineMethods,
}

/// What the names of the Engine API's methods begin with.
const ENGINE: &str = "engine_";

/// Whether a method is one of the Engine API's.
pub(super) fn is_engine(method: &str) -> bool {
    method.starts_with(ENGINE)
}
