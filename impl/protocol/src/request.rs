//! What a sequencer asks of a builder.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_rlp::RlpEncodable;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};
use serde::ser::SerializeTuple;
use serde::{Deserialize, Serialize, Serializer};

use crate::constants::STATUS_OK;
use crate::encoding::{data, fixed_data, quantity};
use crate::error::from_json;
use crate::{ParseError, Signature, SignatureError};

/// The information necessary to request a block (lines 67 to 72).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, RlpEncodable)]
#[serde(rename_all = "camelCase")]
pub struct PayloadRequestV1 {
    /// The number of the block: the parent's and one.
    #[serde(with = "quantity")]
    pub block_number: U256,
    /// The hash of the head that the block is to extend.
    #[serde(with = "fixed_data")]
    pub parent_hash: B256,
    /// The address of the key that signs the request. DECISION: request-pubkey.
    #[serde(with = "fixed_data")]
    pub pub_key: Address,
    /// The gas limit that the block must have. DECISION: gas-limit.
    #[serde(with = "quantity")]
    pub gas_limit: U256,
    /// The beacon block root of the block's L1 origin.
    #[serde(with = "fixed_data")]
    pub parent_beacon_block_root: B256,
}

/// The parameters of `builder_getPayloadV1`: `[payload, signature]` (lines 88 to 94).
///
/// DECISION: params-form. The signature stays as it was sent until it is read with
/// [`GetPayloadParams::signature`], so that a malformed one is told apart from a missing one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetPayloadParams {
    /// What is requested.
    pub payload: PayloadRequestV1,
    /// The bytes sent as the signature.
    pub signature: Bytes,
}

impl GetPayloadParams {
    /// Reads the parameters.
    ///
    /// # Errors
    ///
    /// Which of them is missing or malformed, and how.
    pub fn from_json(json: &str) -> Result<Self, ParseError> {
        from_json(json)
    }

    /// Reads the signature.
    ///
    /// # Errors
    ///
    /// The bytes are no signature of the form that this API uses.
    pub fn signature(&self) -> Result<Signature, SignatureError> {
        Signature::from_bytes(&self.signature)
    }
}

impl Serialize for GetPayloadParams {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(2)?;
        tuple.serialize_element(&self.payload)?;
        tuple.serialize_element(&Data(self.signature.clone()))?;
        tuple.end()
    }
}

impl<'de> Deserialize<'de> for GetPayloadParams {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Params;
        impl<'de> Visitor<'de> for Params {
            type Value = GetPayloadParams;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("the list [payload, signature]")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let missing = |what| A::Error::custom(format_args!("the {what} is missing"));
                let payload = seq.next_element()?.ok_or_else(|| missing("payload"))?;
                let signature: Data = seq.next_element()?.ok_or_else(|| missing("signature"))?;
                none_left(seq)?;
                Ok(GetPayloadParams {
                    payload,
                    signature: signature.0,
                })
            }
        }
        deserializer.deserialize_seq(Params)
    }
}

/// The parameters of `builder_forwardTransactionV1`: `[transaction]` (lines 116 to 119).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForwardTransactionParams {
    /// The transaction in its EIP-2718 encoding.
    pub transaction: Bytes,
}

impl ForwardTransactionParams {
    /// Reads the parameter, which is also that of `eth_sendRawTransaction`.
    ///
    /// # Errors
    ///
    /// It is missing or malformed.
    pub fn from_json(json: &str) -> Result<Self, ParseError> {
        from_json(json)
    }
}

impl Serialize for ForwardTransactionParams {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(1)?;
        tuple.serialize_element(&Data(self.transaction.clone()))?;
        tuple.end()
    }
}

impl<'de> Deserialize<'de> for ForwardTransactionParams {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Params;
        impl<'de> Visitor<'de> for Params {
            type Value = ForwardTransactionParams;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("the list [transaction]")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let transaction: Data = seq
                    .next_element()?
                    .ok_or_else(|| A::Error::custom("the transaction is missing"))?;
                none_left(seq)?;
                Ok(ForwardTransactionParams {
                    transaction: transaction.0,
                })
            }
        }
        deserializer.deserialize_seq(Params)
    }
}

/// The result of `builder_forwardTransactionV1` (line 127). DECISION: forward-status: a number,
/// and the same number in a string counts too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status(pub u64);

impl Status {
    /// The transaction was stored.
    pub const OK: Self = Self(STATUS_OK);

    /// Whether the transaction was stored.
    #[must_use]
    pub fn is_ok(self) -> bool {
        self == Self::OK
    }
}

impl Serialize for Status {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = Status;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a status, such as 200")
            }

            fn visit_u64<E: Error>(self, status: u64) -> Result<Status, E> {
                Ok(Status(status))
            }

            fn visit_str<E: Error>(self, status: &str) -> Result<Status, E> {
                // No sign and no leading zero: a number as JSON writes it.
                let number = status
                    .parse()
                    .ok()
                    .filter(|it: &u64| it.to_string() == status);
                number
                    .map(Status)
                    .ok_or_else(|| E::custom(format_args!("`{status}` is no status")))
            }
        }
        deserializer.deserialize_any(Number)
    }
}

#[derive(Serialize, Deserialize)]
struct Data(#[serde(with = "data")] Bytes);

fn none_left<'de, A: SeqAccess<'de>>(mut seq: A) -> Result<(), A::Error> {
    match seq.next_element::<serde::de::IgnoredAny>()? {
        None => Ok(()),
        Some(_) => Err(A::Error::custom(
            "there are more parameters than the method has",
        )),
    }
}
