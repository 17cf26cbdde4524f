//! What jsonrpsee lets through: it takes a call with a duplicate member for a notification.

use std::collections::BTreeSet;
use std::fmt;

use jsonrpsee::types::ErrorCode;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::exchange::Reply;

/// Refuses a call, or a batch with a call, that has a duplicate member. DECISION: json-strictness.
///
/// Whatever else is wrong with a body is for dispatch to say.
pub(super) fn check(body: &[u8]) -> Result<(), Reply> {
    let calls = calls(body);
    let is_duplicate = |call: &&RawValue| {
        call.get().starts_with('{') && serde_json::from_str::<Members>(call.get()).is_err()
    };
    if calls.is_ok_and(|calls| calls.iter().any(is_duplicate)) {
        return Err(Reply::error(&ErrorCode::InvalidRequest.into()));
    }
    Ok(())
}

/// The methods that a body calls, alone or in a batch.
pub(super) fn methods(body: &[u8]) -> impl Iterator<Item = String> {
    #[derive(serde::Deserialize)]
    struct Call {
        method: String,
    }
    let calls = calls(body).unwrap_or_default();
    let read = |call: &RawValue| serde_json::from_str(call.get()).ok();
    calls
        .into_iter()
        .filter_map(read)
        .map(|call: Call| call.method)
}

/// The calls of a body.
fn calls(body: &[u8]) -> serde_json::Result<Vec<&RawValue>> {
    if body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
        serde_json::from_slice(body)
    } else {
        serde_json::from_slice(body).map(|call| vec![call])
    }
}

/// An object whose members have distinct names.
struct Members;

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Members, A::Error> {
        let mut seen = BTreeSet::new();
        while let Some((name, IgnoredAny)) = members.next_entry::<String, _>()? {
            if let Some(name) = seen.replace(name) {
                return Err(A::Error::custom(format_args!("duplicate member `{name}`")));
            }
        }
        Ok(Members)
    }
}
