//! The words of users.

use std::sync::Arc;

use gauntlet_protocol::ForwardTransactionParams;
use serde_json::value::RawValue;

use super::envelope::Call;
use super::meaning::{Answer, Meaning};
use super::question::Question;

/// How users send a transaction.
pub const SEND_RAW_TRANSACTION: &str = "eth_sendRawTransaction";

pub(super) fn meaning(call: &Call<'_>) -> Meaning {
    match &*call.method {
        SEND_RAW_TRANSACTION => match ForwardTransactionParams::from_json(call.params) {
            Ok(params) => Meaning::UserTransaction(params.transaction),
            Err(error) => Meaning::Unread(format!("{SEND_RAW_TRANSACTION}: {error}").into()),
        },
        other => match Question::read(other, call.params) {
            Some(question) => Meaning::Question(Arc::new(question)),
            None => Meaning::Other(other.into()),
        },
    }
}

pub(super) fn answer(meaning: &Meaning, result: &Arc<RawValue>) -> Answer {
    match meaning {
        Meaning::UserTransaction(_) => match serde_json::from_str(result.get()) {
            Ok(hash) => Answer::Accepted(hash),
            Err(error) => Answer::Misfit(error.to_string().into(), result.clone()),
        },
        Meaning::HeadUpdate { .. }
        | Meaning::NewBlock { .. }
        | Meaning::PayloadRequest(_)
        | Meaning::ForwardedTransaction(_)
        | Meaning::Question(_)
        | Meaning::Other(_)
        | Meaning::Unread(_) => Answer::Other(result.clone()),
    }
}
