//! The builder's parts.

use std::time::Duration;

use alloy_primitives::Address;
use gauntlet_builder::{Job, Jobs, Stored, accept, respond, select};
use gauntlet_protocol::constants::codes;
use gauntlet_protocol::{BuilderPayloadV1, GetPayloadParams, RpcError, SigningDomain, Status};
use serde_json::{Value, json};
use tokio::time::Instant;

/// Takes the request's own word for who signed it.
pub(in crate::mutants) fn believe_pubkey(
    params: &GetPayloadParams,
    _domain: &SigningDomain,
    sequencer: Address,
) -> Result<(), RpcError> {
    if params.payload.pub_key == sequencer {
        return Ok(());
    }
    let reason = "pubKey is not the configured sequencer";
    Err(RpcError::new(codes::INVALID_SIGNATURE, reason))
}

/// The job of the request, which has its payload only 300 ms later.
pub(in crate::mutants) fn late_job(jobs: &Jobs, params: &GetPayloadParams) -> Option<Job> {
    let job = select(jobs, params)?;
    Some(Job {
        ready_at: Instant::now() + Duration::from_millis(300),
        ..job
    })
}

/// The job of the request, or else the last one that was started.
pub(in crate::mutants) fn any_job(jobs: &Jobs, params: &GetPayloadParams) -> Option<Job> {
    select(jobs, params).or_else(|| jobs.latest().cloned())
}

/// The job of the attributes that were told first.
pub(in crate::mutants) fn oldest_job(jobs: &Jobs, params: &GetPayloadParams) -> Option<Job> {
    let number = u64::try_from(params.payload.block_number).ok()?;
    let jobs = jobs.of(params.payload.parent_hash, number);
    jobs.filter(|job| job.agrees(&params.payload))
        .last()
        .cloned()
}

/// Begins a job anew whenever it is told of (from source, h8).
pub(in crate::mutants) fn begin_anew(jobs: &mut Jobs, job: Job) -> bool {
    jobs.forget(job.parent, job.number);
    jobs.start(job)
}

/// Says that a transaction is stored whatever the pool says.
pub(in crate::mutants) fn say_stored(_: Stored) -> Result<Status, RpcError> {
    Ok(Status::OK)
}

/// A response with a fourth member.
pub(in crate::mutants) fn with_another_member(payload: &BuilderPayloadV1) -> Value {
    let mut response = respond(payload);
    response["signature"] = json!("0x");
    response
}

/// A response without the value.
pub(in crate::mutants) fn without_value(payload: &BuilderPayloadV1) -> Value {
    let mut response = respond(payload);
    if let Some(members) = response.as_object_mut() {
        members.remove("value");
    }
    response
}

/// Does not expect to be sent what it has.
pub(in crate::mutants) fn expect_new(stored: Stored) -> Result<Status, RpcError> {
    assert!(!stored.was_known, "sequencers send a transaction once");
    accept(stored)
}

/// Says of what it has that it is stored, whatever the pool says.
pub(in crate::mutants) fn store_known(stored: Stored) -> Result<Status, RpcError> {
    match stored.was_known {
        true => Ok(Status::OK),
        false => accept(stored),
    }
}

/// Refuses what it has.
pub(in crate::mutants) fn refuse_known(stored: Stored) -> Result<Status, RpcError> {
    if stored.was_known {
        return Err(RpcError::new(codes::SERVER_ERROR, "already known"));
    }
    accept(stored)
}
