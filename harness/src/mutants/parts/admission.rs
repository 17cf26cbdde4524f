//! How payloads are judged.

use std::sync::Arc;

use gauntlet_engine::{Block, Invalid, Payload, block_hash};
use gauntlet_sequencer::{Admission, CHECKS, LocalView, Rejection, Submission, execute};

/// The honest admission without some of its checks.
pub(in crate::mutants) fn without(names: &[&str]) -> Admission {
    let of_names = |name: &str| names.contains(&name);
    let (left_out, checks): (Vec<_>, Vec<_>) =
        CHECKS.into_iter().partition(|check| of_names(check.name));
    assert_eq!(
        left_out.len(),
        names.len(),
        "each name is that of one check: {names:?}"
    );
    Admission {
        checks,
        ..Admission::default()
    }
}

/// The honest checks, and then another execution.
pub(in crate::mutants) fn executed_by(
    execute: impl Fn(&LocalView, &Submission<'_>) -> Result<Block, Rejection> + Send + Sync + 'static,
) -> Admission {
    Admission {
        execute: Arc::new(execute),
        ..Admission::default()
    }
}

/// Executes the payload and compares nothing with the attributes.
pub(in crate::mutants) fn execute_only(
    view: &LocalView,
    submission: &Submission<'_>,
) -> Result<Block, Rejection> {
    view.validate(submission.payload())
}

/// Does not expect a payload to be invalid.
pub(in crate::mutants) fn expect_valid(
    view: &LocalView,
    submission: &Submission<'_>,
) -> Result<Block, Rejection> {
    Ok(execute(view, submission).expect("builders send valid payloads"))
}

/// Takes the block hash for that of the fields.
pub(in crate::mutants) fn trust_block_hash(
    view: &LocalView,
    submission: &Submission<'_>,
) -> Result<Block, Rejection> {
    match execute(view, submission) {
        Err(Rejection::Invalid(Invalid::BlockHash { .. })) => {
            validate_resealed(view, submission.payload())
        }
        outcome => outcome,
    }
}

/// Takes the state after the block for the one that the payload claims.
pub(in crate::mutants) fn trust_state_root(
    view: &LocalView,
    submission: &Submission<'_>,
) -> Result<Block, Rejection> {
    match execute(view, submission) {
        Err(Rejection::Invalid(Invalid::StateRoot { computed, .. })) => {
            let payload = Payload {
                state_root: computed,
                ..submission.payload()
            };
            validate_resealed(view, payload)
        }
        outcome => outcome,
    }
}

/// Takes a block that the engine knows as valid, whatever it was asked for, and judges others as
/// it should.
pub(in crate::mutants) fn known_is_valid() -> Admission {
    let honest = Admission::default();
    Admission {
        checks: Vec::new(),
        execute: Arc::new(move |view, submission| {
            let payload = &submission.response.execution_payload;
            match view.block(payload.block_hash) {
                Some(known) => view.validate(Payload::from_wire(
                    payload,
                    known.parent_beacon_block_root(),
                )),
                None => honest.admit(view, submission),
            }
        }),
    }
}

/// Validates a payload with the hash that its fields make.
fn validate_resealed(view: &LocalView, payload: Payload) -> Result<Block, Rejection> {
    let block_hash = block_hash(&payload).map_err(Rejection::Invalid)?;
    let resealed = Payload {
        block_hash,
        ..payload
    };
    view.validate(resealed)
}
