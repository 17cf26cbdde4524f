//! How payloads are judged.

use std::sync::Arc;

use gauntlet_engine::{Block, Engine, Invalid, Payload, block_hash};
use gauntlet_sequencer::{Admission, CHECKS, Rejection, Submission, execute};

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
    execute: impl Fn(&Engine, &Submission<'_>) -> Result<Block, Rejection> + Send + Sync + 'static,
) -> Admission {
    Admission {
        execute: Arc::new(execute),
        ..Admission::default()
    }
}

/// Executes the payload and compares nothing with the attributes.
pub(in crate::mutants) fn execute_only(
    engine: &Engine,
    submission: &Submission<'_>,
) -> Result<Block, Rejection> {
    engine
        .validate(&submission.payload())
        .map_err(Rejection::Invalid)
}

/// Does not expect a payload to be invalid.
pub(in crate::mutants) fn expect_valid(
    engine: &Engine,
    submission: &Submission<'_>,
) -> Result<Block, Rejection> {
    Ok(execute(engine, submission).expect("builders send valid payloads"))
}

/// Takes the block hash for that of the fields.
pub(in crate::mutants) fn trust_block_hash(
    engine: &Engine,
    submission: &Submission<'_>,
) -> Result<Block, Rejection> {
    match execute(engine, submission) {
        Err(Rejection::Invalid(Invalid::BlockHash { .. })) => {
            validate_resealed(engine, submission.payload())
        }
        outcome => outcome,
    }
}

/// Takes the state after the block for the one that the payload claims.
pub(in crate::mutants) fn trust_state_root(
    engine: &Engine,
    submission: &Submission<'_>,
) -> Result<Block, Rejection> {
    match execute(engine, submission) {
        Err(Rejection::Invalid(Invalid::StateRoot { computed, .. })) => {
            let payload = Payload {
                state_root: computed,
                ..submission.payload()
            };
            validate_resealed(engine, payload)
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
        execute: Arc::new(move |engine, submission| {
            let payload = &submission.response.execution_payload;
            match engine.block(payload.block_hash) {
                Some(known) => engine
                    .validate(&Payload::from_wire(
                        payload,
                        known.parent_beacon_block_root(),
                    ))
                    .map_err(Rejection::Invalid),
                None => honest.admit(engine, submission),
            }
        }),
    }
}

/// Validates a payload with the hash that its fields make.
fn validate_resealed(engine: &Engine, payload: Payload) -> Result<Block, Rejection> {
    let block_hash = block_hash(&payload).map_err(Rejection::Invalid)?;
    let resealed = Payload {
        block_hash,
        ..payload
    };
    engine.validate(&resealed).map_err(Rejection::Invalid)
}
