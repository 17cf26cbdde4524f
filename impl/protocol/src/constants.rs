//! The numbers and names that the specification fixes. Line numbers are lines of
//! `builder-api.md`.

use std::time::Duration;

/// Asks a builder for a block (line 87).
pub const GET_PAYLOAD: &str = "builder_getPayloadV1";

/// How long a sequencer waits for the answer to [`GET_PAYLOAD`]: 200 ms (line 95).
pub const GET_PAYLOAD_TIMEOUT: Duration = Duration::from_millis(200);

/// How often [`GET_PAYLOAD`] is tried again: never (line 96).
pub const GET_PAYLOAD_RETRIES: u32 = 0;

/// Hands a user's transaction to a builder (line 115).
pub const FORWARD_TRANSACTION: &str = "builder_forwardTransactionV1";

/// How long one attempt of [`FORWARD_TRANSACTION`] may take: 200 ms (line 120).
pub const FORWARD_TRANSACTION_TIMEOUT: Duration = Duration::from_millis(200);

/// How often [`FORWARD_TRANSACTION`] is tried again after the first attempt: 5 times (line 122).
pub const FORWARD_TRANSACTION_RETRIES: u32 = 5;

/// The status that says that a transaction was stored (line 133).
pub const STATUS_OK: u64 = 200;

/// Tells a node of the head, and of the attributes of the block to build on it.
pub const FORK_CHOICE_UPDATED: &str = "engine_forkchoiceUpdatedV3";

/// Hands a block to a node.
pub const NEW_PAYLOAD: &str = "engine_newPayloadV3";

/// Asks a node for the transactions of canonical blocks.
pub const PAYLOAD_BODIES: &str = "engine_getPayloadBodiesByRangeV1";

/// Asks a node for the header of a canonical block.
pub const BLOCK_BY_NUMBER: &str = "eth_getBlockByNumber";

/// JSON-RPC and Builder API error codes. DECISION: nothing-to-give.
pub mod codes {
    /// The parameters are not those of the method (JSON-RPC 2.0).
    pub const INVALID_PARAMS: i32 = -32602;
    /// The node failed.
    pub const SERVER_ERROR: i32 = -32000;
    /// The builder has no job on the parent that the request names.
    pub const UNKNOWN_PARENT: i32 = -32001;
    /// The signature is malformed, or its signer is not the configured sequencer.
    pub const INVALID_SIGNATURE: i32 = -32005;
    /// The fork choice state is inconsistent (execution-apis, paris).
    pub const INVALID_FORK_CHOICE_STATE: i32 = -38002;
    /// The payload attributes are invalid (execution-apis, paris).
    pub const INVALID_PAYLOAD_ATTRIBUTES: i32 = -38003;
    /// The timestamp is of a fork that the method does not serve (execution-apis, cancun).
    pub const UNSUPPORTED_FORK: i32 = -38005;
}
