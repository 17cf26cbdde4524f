//! What a builder's payload must be to be admitted.
//!
//! First the cheap checks, in the order of [`CHECKS`], each one sentence of the specification or of
//! a decision; then execution on the requested parent, which decides.

use std::fmt;
use std::sync::Arc;

use alloy_primitives::B256;
use gauntlet_engine::{Block, ChainSpec, Payload};
use gauntlet_node::{Chain, Stop};

use crate::checks::{CHECKS, Check};
use crate::local::LocalEngine;
use crate::submission::{Rejection, Submission};

/// Executes a submission's payload and returns its block.
pub type Execute =
    Arc<dyn Fn(&LocalView, &Submission<'_>) -> Result<Block, Rejection> + Send + Sync>;

/// The "local view of chain" (line 109) by which a payload is judged. Whatever executes in it holds
/// up nobody who needs the local engine.
#[derive(Clone, Debug)]
pub struct LocalView {
    chain: Arc<Chain>,
    local: Arc<dyn LocalEngine>,
    stop: Stop,
}

impl LocalView {
    /// The view of a chain, until somebody says stop.
    pub(crate) const fn new(chain: Arc<Chain>, local: Arc<dyn LocalEngine>, stop: Stop) -> Self {
        Self { chain, local, stop }
    }

    /// The rules of the chain.
    #[must_use]
    pub fn spec(&self) -> Arc<ChainSpec> {
        self.chain.engine().spec().clone()
    }

    /// A block by its hash.
    #[must_use]
    pub fn block(&self, hash: B256) -> Option<Arc<Block>> {
        self.chain.engine().block(hash).cloned()
    }

    /// Validates a payload by executing it on its parent.
    ///
    /// # Errors
    ///
    /// The payload is invalid, or the time was over before that was known, or the local engine does
    /// not know.
    pub fn validate(&self, payload: Payload) -> Result<Block, Rejection> {
        if self.local.is_syncing() {
            return Err(Rejection::Syncing);
        }
        let validation = self.chain.engine().validation(Arc::new(payload));
        let verdict = validation.run(&|| self.stop.is_set());
        verdict?.map_err(Rejection::Invalid)
    }
}

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
    pub fn admit(&self, view: &LocalView, submission: &Submission<'_>) -> Result<Block, Rejection> {
        self.check(submission)?;
        (self.execute)(view, submission)
    }

    /// Judges a submission without executing it.
    pub(crate) fn check(&self, submission: &Submission<'_>) -> Result<(), Rejection> {
        let mut checks = self.checks.iter();
        checks.try_for_each(|check| (check.judge)(submission))
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
pub fn execute(view: &LocalView, submission: &Submission<'_>) -> Result<Block, Rejection> {
    let payload = &submission.response.execution_payload;
    let attributes = submission.attributes;
    let expected = view
        .spec()
        .extra_data(attributes.timestamp, attributes.eip1559_params);
    let expected = expected.ok().flatten().unwrap_or_default();
    if payload.extra_data != expected {
        let got = payload.extra_data.clone();
        return Err(Rejection::WrongExtraData { expected, got });
    }
    view.validate(submission.payload())
}
