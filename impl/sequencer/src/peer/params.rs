//! Writing the parameters of a call.

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

/// Writes the parameters of a call.
pub(super) fn to_params(params: &impl Serialize) -> Box<RawValue> {
    to_raw_value(params).expect("parameters have string keys and can always be written")
}
