//! Calls are handed to jsonrpsee's methods, and what they say is put under the ids of the calls.

use bytes::Bytes;
use jsonrpsee::core::server::{ConnectionId, MethodCallback};
use jsonrpsee::types::error::reject_too_big_batch_response;
use jsonrpsee::types::{ErrorCode, ErrorObjectOwned, Id, Params};
use jsonrpsee::{Extensions, MethodResponse, Methods};

use super::strict::{Call, Entry, Message, Refusal};

/// What a response of jsonrpsee's to a call with the id null begins with.
const NO_ID: &str = r#"{"jsonrpc":"2.0","id":null,"#;

/// Carries out what a body asks for, one call after the other. There is no answer if no call wants
/// one.
pub(super) async fn answer(methods: &Methods, message: Message<'_>, max_bytes: usize) -> Bytes {
    let entries = match message {
        Message::One(entry) => {
            let answer = answer_one(methods, entry, max_bytes).await;
            return answer.unwrap_or_default().into();
        }
        Message::Batch(entries) => entries,
    };
    let mut batch = String::new();
    for entry in entries {
        let Some(answer) = answer_one(methods, entry, max_bytes).await else {
            continue;
        };
        // What stands around it included.
        if batch.len() + answer.len() + 2 > max_bytes {
            return error("null", &reject_too_big_batch_response(max_bytes)).into();
        }
        batch.push(if batch.is_empty() { '[' } else { ',' });
        batch.push_str(&answer);
    }
    if !batch.is_empty() {
        batch.push(']');
    }
    batch.into()
}

/// An error under an id.
pub(super) fn error(id: &str, error: &ErrorObjectOwned) -> String {
    let error = serde_json::to_string(error).expect("an error object always serialises");
    format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{error}}}"#)
}

/// Carries out a call. A notification is carried out too, and has no answer.
async fn answer_one(methods: &Methods, entry: Entry<'_>, max_bytes: usize) -> Option<String> {
    let call = match entry {
        Ok(call) => call,
        Err(Refusal { id, code }) => return id.map(|id| error(id, &code.into())),
    };
    let response = carry_out(methods, &call, max_bytes).await;
    let id = call.id?;
    let Some(response) = response else {
        return Some(error(id, &ErrorCode::MethodNotFound.into()));
    };
    let response = response.as_json().get();
    let outcome = response
        .strip_prefix(NO_ID)
        .expect("jsonrpsee writes the version, the id and then the outcome");
    Some(format!(r#"{{"jsonrpc":"2.0","id":{id},{outcome}"#))
}

/// Calls a method, if there is one.
async fn carry_out(methods: &Methods, call: &Call<'_>, max_bytes: usize) -> Option<MethodResponse> {
    let params = Params::new(call.params);
    let extensions = Extensions::new();
    match methods.method(&call.method)? {
        MethodCallback::Sync(method) => Some(method(Id::Null, params, max_bytes, extensions)),
        MethodCallback::Async(method) => {
            let connection = ConnectionId(0);
            let params = params.into_owned();
            Some(method(Id::Null, params, connection, max_bytes, extensions).await)
        }
        // There are none over plain HTTP.
        MethodCallback::Subscription(_) | MethodCallback::Unsubscription(_) => None,
    }
}
