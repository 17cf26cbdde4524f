//! The words of the OP Stack Builder API: its structures, its signature, its constants.
//!
//! No I/O and nothing asynchronous. What a peer sent becomes a value here, or a reason why not;
//! nothing panics on any input.
//!
//! | module | what belongs there |
//! |---|---|
//! | [`constants`] | method names, timeouts, retries, error codes |
//! | [`encoding`] | the QUANTITY and DATA encodings of JSON-RPC in Ethereum, strictly |
//! | `payload` | [`BuilderPayloadV1`] and the [`ExecutionPayloadV2`] in it |
//! | `request` | [`PayloadRequestV1`] and the parameters of the two methods |
//! | `signature` | the secp256k1 signature over a request |
//! | `builder` | the tuple (`builderPubkey`, `builderUrl`) that defines a builder |
//! | `error` | JSON-RPC errors |

pub mod constants;
pub mod encoding;

mod builder;
mod error;
mod payload;
mod request;
mod signature;

pub use builder::BuilderTuple;
pub use error::{ParseError, RpcError};
pub use payload::{BuilderPayloadV1, ExecutionPayloadV2};
pub use request::{ForwardTransactionParams, GetPayloadParams, PayloadRequestV1, Status};
pub use signature::{SecretKey, SecretKeyError, Signature, SignatureError, SigningDomain};
