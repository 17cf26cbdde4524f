//! The builder's JSON-RPC methods. DECISIONS: params-form, head-feed.

use alloy_primitives::B256;
use alloy_rpc_types_engine::ForkchoiceState;
use gauntlet_engine::Payload;
use gauntlet_protocol::constants::{
    FORK_CHOICE_UPDATED, FORWARD_TRANSACTION, GET_PAYLOAD, NEW_PAYLOAD, codes,
};
use gauntlet_protocol::{
    ExecutionPayloadV2, ForwardTransactionParams, GetPayloadParams, ParseError, RpcError,
};
use gauntlet_rpc::{ErrorObjectOwned, Params, RegisterMethodError, RpcModule};
use serde_json::value::RawValue;

use crate::event::Event;
use crate::history;
use crate::node::Builder;

impl Builder {
    /// What the builder serves.
    #[must_use]
    pub fn api(&self) -> RpcModule<()> {
        module(self)
    }
}

/// Makes the module.
fn module(builder: &Builder) -> RpcModule<()> {
    let mut module = RpcModule::new(builder.clone());
    let registered: Result<(), RegisterMethodError> = (|| {
        module.register_async_method(GET_PAYLOAD, |params, builder, _| async move {
            let answer = match GetPayloadParams::from_json(json(&params)) {
                Ok(params) => builder.get_payload(params).await,
                Err(error) => Err(malformed(&error)),
            };
            answer.map_err(|error| refused(&builder, error))
        })?;
        module.register_method(FORWARD_TRANSACTION, |params, builder, _| {
            ForwardTransactionParams::from_json(json(&params))
                .map_err(|error| malformed(&error))
                .and_then(|params| builder.forward_transaction(&params))
                .map_err(|error| refused(builder, error))
        })?;
        module.register_method(FORK_CHOICE_UPDATED, |params, builder, _| {
            let (state, attributes): (ForkchoiceState, Option<Box<RawValue>>) = params.parse()?;
            builder
                .fork_choice_updated(state, attributes.as_deref())
                .map_err(|error| refused(builder, error))
        })?;
        module.register_async_method(NEW_PAYLOAD, |params, builder, _| async move {
            let (payload, versioned_hashes, root): (ExecutionPayloadV2, Vec<B256>, B256) =
                params.parse()?;
            if let Some(missing) = missing_in_v3(&payload) {
                let reason = format!("{missing} is required in version 3");
                let error = RpcError::new(codes::INVALID_PARAMS, reason);
                return Err(refused(&builder, error));
            }
            let payload = Payload::from_wire(&payload, root);
            Ok(builder.new_payload(payload, &versioned_hashes).await)
        })?;
        history::register(&mut module)
    })();
    registered.expect("no method name stands twice above");
    module.remove_context()
}

/// The first member that `ExecutionPayloadV3` has and the payload lacks.
const fn missing_in_v3(payload: &ExecutionPayloadV2) -> Option<&'static str> {
    if payload.withdrawals.is_none() {
        Some("withdrawals")
    } else if payload.blob_gas_used.is_none() {
        Some("blobGasUsed")
    } else if payload.excess_blob_gas.is_none() {
        Some("excessBlobGas")
    } else {
        None
    }
}

fn json<'a>(params: &'a Params<'_>) -> &'a str {
    params.as_str().unwrap_or("[]")
}

fn malformed(error: &ParseError) -> RpcError {
    RpcError::new(codes::INVALID_PARAMS, error.to_string())
}

fn refused(builder: &Builder, error: RpcError) -> ErrorObjectOwned {
    let RpcError { code, message } = error;
    builder.observe(Event::Refused {
        code,
        reason: message.clone(),
    });
    ErrorObjectOwned::owned(code, message, None::<()>)
}
