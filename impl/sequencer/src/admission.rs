//! What a builder's payload must be to be admitted.
//!
//! First the cheap checks, in the order of [`CHECKS`], each one sentence of the specification or of
//! a decision; then execution on the requested parent, which decides.

use std::fmt;
use std::sync::Arc;

use gauntlet_engine::{Block, Engine};

use crate::checks::{CHECKS, Check};
use crate::submission::{Rejection, Submission};

/// Executes a submission's payload and returns its block.
pub type Execute = Arc<dyn Fn(&Engine, &Submission<'_>) -> Result<Block, Rejection> + Send + Sync>;

/// How submissions are judged.
#[derive(Clone)]
pub struct Admission {
    /// What is checked first, in this order.
    pub checks: Vec<Check>,
    /// What decides.
    pub execute: Execute,
}

impl Admission {
    /// Judges a submission.
    ///
    /// # Errors
    ///
    /// The first reason why it is not admitted.
    pub fn admit(&self, engine: &Engine, submission: &Submission<'_>) -> Result<Block, Rejection> {
        for check in &self.checks {
            (check.judge)(submission)?;
        }
        (self.execute)(engine, submission)
    }
}

impl Default for Admission {
    fn default() -> Self {
        Self {
            checks: CHECKS.to_vec(),
            execute: Arc::new(execute),
        }
    }
}

impl fmt::Debug for Admission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.checks.iter().map(|check| check.name);
        f.debug_list().entries(names).finish()
    }
}

/// "Client software MUST follow the same specification as engine_newPayloadV3" (line 108) and "MUST
/// simulate transactions in `executionPayload` on `parentHash`" (line 109).
///
/// # Errors
///
/// The payload is invalid, or its extra data are not those of the attributes.
pub fn execute(engine: &Engine, submission: &Submission<'_>) -> Result<Block, Rejection> {
    let payload = &submission.response.execution_payload;
    let attributes = submission.attributes;
    let expected = engine
        .spec()
        .extra_data(attributes.timestamp, attributes.eip1559_params);
    let expected = expected.ok().flatten().unwrap_or_default();
    if payload.extra_data != expected {
        let got = payload.extra_data.clone();
        return Err(Rejection::WrongExtraData { expected, got });
    }
    engine
        .validate(&submission.payload())
        .map_err(Rejection::Invalid)
}
