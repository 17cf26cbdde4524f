//! The structures of the Builder API and of the Engine API, in JSON.

use std::fmt::{Debug, Display};

use alloy_primitives::B256;
use gauntlet_engine::{Attributes, Payload};
use gauntlet_protocol::{
    BuilderPayloadV1, ExecutionPayloadV2, ForwardTransactionParams, GetPayloadParams, Signature,
};
use op_alloy_rpc_types_engine::OpPayloadAttributes;
use serde::Serialize;
use serde_json::Value;

use super::{JSON_WORDS, Seen, Target, assert_bounded, examples};

pub(super) const TARGET: Target = Target {
    name: "protocol",
    run,
    examples: || {
        let mut new_payload = examples::params("engine_newPayloadV3");
        let mut update = examples::params("engine_forkchoiceUpdatedV3");
        [
            examples::params("builder_getPayloadV1"),
            examples::params("builder_forwardTransactionV1"),
            examples::builder_payload(),
            new_payload[0].take(),
            update[1].take(),
        ]
        .map(|value| value.to_string().into_bytes())
        .to_vec()
    },
    words: JSON_WORDS,
};

/// Reads the same text as each of them.
fn run(input: &[u8]) -> Seen {
    let Ok(text) = std::str::from_utf8(input) else {
        return Seen::Refused;
    };
    let request = checked(text, GetPayloadParams::from_json);
    if let Some(Ok(signature)) = request.as_ref().map(GetPayloadParams::signature) {
        let again = Signature::from_bytes(&signature.to_bytes());
        assert_eq!(again.ok(), Some(signature), "a signature reads as another");
    }
    let forwarded = checked(text, ForwardTransactionParams::from_json);
    let response = checked(text, BuilderPayloadV1::from_json);
    let payload = checked(text, ExecutionPayloadV2::from_json);
    if let Some(payload) = &payload {
        let whole = Payload::from_wire(payload, B256::ZERO);
        for form in [whole.to_v2(), whole.to_v3()] {
            let again = Payload::from_wire(&form, B256::ZERO);
            assert_eq!(again, whole, "a payload is another in another form");
        }
    }
    let attributes = checked(text, |text| {
        serde_json::from_str::<OpPayloadAttributes>(text)
    });
    if let Some(Ok(attributes)) = attributes.as_ref().map(Attributes::from_wire) {
        let again = Attributes::from_wire(&attributes.to_wire());
        assert_eq!(again, Ok(attributes), "attributes are others on the wire");
    }
    Seen::of(
        request.is_some()
            || forwarded.is_some()
            || response.is_some()
            || payload.is_some()
            || attributes.is_some(),
    )
}

/// Reads a text: what is read is written and read again.
fn checked<T, E>(text: &str, read: impl Fn(&str) -> Result<T, E>) -> Option<T>
where
    T: Serialize + PartialEq + Debug,
    E: Display,
{
    match (read(text), read(text)) {
        (Ok(first), Ok(second)) => {
            assert_eq!(first, second, "it reads as two things");
            let written = serde_json::to_string(&first).expect("it has string keys");
            let again = read(&written).map_err(|error| error.to_string());
            assert_eq!(again.as_ref(), Ok(&first), "{written}");
            serde_json::from_str::<Value>(&written).expect("what is written is JSON");
            Some(first)
        }
        (Err(first), Err(second)) => {
            let (first, second) = (first.to_string(), second.to_string());
            assert_eq!(first, second, "it is refused in two ways");
            assert_bounded(&first, text.as_bytes());
            None
        }
        _ => panic!("it is read once and once not"),
    }
}
