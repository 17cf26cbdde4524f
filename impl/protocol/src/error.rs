//! Errors that cross the wire, and reasons why what crossed it could not be read.

use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

/// A JSON-RPC error (lines 102 and 128): a code and a message.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize)]
#[error("{message} ({code})")]
pub struct RpcError {
    /// One of [`crate::constants::codes`].
    pub code: i32,
    /// A sentence for a person.
    pub message: String,
}

impl RpcError {
    /// An error of this code.
    pub fn new(code: i32, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }
}

/// Why a text is not the structure it should be: where in it, and what was expected there.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}{reason}", .path.as_ref().map(|path| format!("{path}: ")).unwrap_or_default())]
pub struct ParseError {
    /// The member, as `executionPayload.stateRoot`, or nothing if it is the whole.
    pub path: Option<String>,
    /// What is wrong there.
    pub reason: String,
}

/// Reads a structure from JSON. Members that are not known are ignored; duplicate members and
/// trailing data are refused (DECISION: json-strictness).
pub(crate) fn from_json<T: DeserializeOwned>(json: &str) -> Result<T, ParseError> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        ParseError {
            path: (path != ".").then_some(path),
            reason: error.inner().to_string(),
        }
    })?;
    deserializer.end().map_err(|error| ParseError {
        path: None,
        reason: error.to_string(),
    })?;
    Ok(value)
}
