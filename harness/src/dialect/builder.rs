//! The words of the Builder API, and of the Engine API in which heads are told. DECISION: head-feed.

use std::sync::Arc;

use alloy_primitives::B256;
use gauntlet_protocol::{
    BuilderPayloadV1, ExecutionPayloadV2, ForwardTransactionParams, GetPayloadParams,
};
use op_alloy_rpc_types_engine::OpPayloadAttributes;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::envelope::Call;
use super::meaning::{Answer, Meaning};
use super::payload_form::usual;
use super::words::{FORK_CHOICE_UPDATED, FORWARD_TRANSACTION, GET_PAYLOAD, NEW_PAYLOAD};

pub(super) fn meaning(call: &Call<'_>) -> Meaning {
    let meant = match &*call.method {
        GET_PAYLOAD => GetPayloadParams::from_json(call.params)
            .map(|params| Meaning::PayloadRequest(Arc::new(params)))
            .map_err(|error| error.to_string()),
        FORWARD_TRANSACTION => ForwardTransactionParams::from_json(call.params)
            .map(|params| Meaning::ForwardedTransaction(params.transaction))
            .map_err(|error| error.to_string()),
        FORK_CHOICE_UPDATED => head_update(call.params).map_err(|error| error.to_string()),
        NEW_PAYLOAD => new_block(call.params).map_err(|error| error.to_string()),
        other => return Meaning::Other(other.into()),
    };
    meant.unwrap_or_else(|why| Meaning::Unread(format!("{}: {why}", call.method).into()))
}

fn head_update(params: &str) -> Result<Meaning, serde_json::Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct State {
        head_block_hash: B256,
    }
    let (state, attributes): (State, Option<OpPayloadAttributes>) = serde_json::from_str(params)?;
    Ok(Meaning::HeadUpdate {
        head: state.head_block_hash,
        attributes: attributes.map(Arc::new),
    })
}

fn new_block(params: &str) -> Result<Meaning, serde_json::Error> {
    let (payload, _versioned_hashes, parent_beacon_block_root): (
        ExecutionPayloadV2,
        Vec<B256>,
        B256,
    ) = serde_json::from_str(params)?;
    Ok(Meaning::NewBlock {
        payload: Arc::new(payload),
        parent_beacon_block_root,
    })
}

pub(super) fn answer(meaning: &Meaning, result: &Arc<RawValue>) -> Answer {
    let misfit = |why: String| Answer::Misfit(why.into(), result.clone());
    match meaning {
        Meaning::PayloadRequest(_) => match payload(result.get()) {
            Ok(payload) => Answer::Payload(Arc::new(payload), result.clone()),
            Err(why) => misfit(why),
        },
        Meaning::ForwardedTransaction(_) => match status(result.get()) {
            Some(status) => Answer::Stored(status),
            None => misfit("it is no status".to_owned()),
        },
        Meaning::HeadUpdate { .. } => judged(result, true).unwrap_or_else(misfit),
        Meaning::NewBlock { .. } => judged(result, false).unwrap_or_else(misfit),
        Meaning::UserTransaction(_)
        | Meaning::Question(_)
        | Meaning::Other(_)
        | Meaning::Unread(_) => Answer::Other(result.clone()),
    }
}

/// A payload, whose form is judged here: what nodes read of it is their business.
fn payload(result: &str) -> Result<BuilderPayloadV1, String> {
    let usual = usual(result).map_err(|wrong| wrong.to_string())?;
    BuilderPayloadV1::from_json(&usual).map_err(|error| error.to_string())
}

/// A status: a whole number, or its digits as text. DECISION: forward-status.
fn status(result: &str) -> Option<u64> {
    let text: Option<String> = serde_json::from_str(result).ok();
    let digits = text.as_deref().unwrap_or(result);
    let status: u64 = digits.parse().ok()?;
    (status.to_string() == *digits).then_some(status)
}

/// The status of a block, or of a head.
fn judged(result: &RawValue, of_head: bool) -> Result<Answer, String> {
    #[derive(Deserialize)]
    struct Judged {
        status: Arc<str>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Updated {
        payload_status: Judged,
    }
    let judged = if of_head {
        serde_json::from_str::<Updated>(result.get()).map(|updated| updated.payload_status)
    } else {
        serde_json::from_str::<Judged>(result.get())
    };
    judged
        .map(|judged| Answer::Judged(judged.status))
        .map_err(|error| error.to_string())
}
