//! A JSON-RPC call as it crosses the link.

use std::sync::Arc;

use gauntlet_protocol::GetPayloadParams;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::trace::HttpRequest;

/// A JSON-RPC call as it crosses the link.
#[derive(Debug)]
pub(super) struct Call {
    /// The id as JSON.
    pub(super) id: Arc<str>,
    /// The method.
    pub(super) method: Arc<str>,
    /// The parameters as JSON.
    pub(super) params: Arc<str>,
}

impl Call {
    /// Reads a call; nothing if the request is none.
    pub(super) fn read(request: &HttpRequest) -> Option<Self> {
        #[derive(Deserialize)]
        struct Members<'a> {
            #[serde(borrow)]
            id: Option<&'a RawValue>,
            method: Arc<str>,
            #[serde(borrow)]
            params: Option<&'a RawValue>,
        }
        let members: Members<'_> = serde_json::from_slice(&request.body).ok()?;
        Some(Self {
            id: members.id.map_or("null", RawValue::get).into(),
            method: members.method,
            params: members.params.map_or("[]", RawValue::get).into(),
        })
    }

    /// The same call with other parameters, as a request like the one that it came in.
    pub(super) fn with_params(
        &self,
        request: &HttpRequest,
        params: &GetPayloadParams,
    ) -> HttpRequest {
        let id: Value = serde_json::from_str(&self.id).unwrap_or_default();
        let body = json!({ "jsonrpc": "2.0", "id": id, "method": *self.method, "params": params });
        HttpRequest {
            body: body.to_string().into(),
            ..request.clone()
        }
    }

    /// Whether a fork choice update comes with attributes.
    pub(super) fn has_attributes(&self) -> bool {
        let params: Vec<&RawValue> = serde_json::from_str(&self.params).unwrap_or_default();
        params.get(1).is_some_and(|of| of.get() != "null")
    }
}
