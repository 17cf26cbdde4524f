//! The names of the methods, told without the nodes.

/// Asks a builder for a block (line 87).
pub const GET_PAYLOAD: &str = "builder_getPayloadV1";

/// Hands a user's transaction to a builder (line 115).
pub const FORWARD_TRANSACTION: &str = "builder_forwardTransactionV1";

/// Tells of the head, and of the attributes of the block to build on it. DECISION: head-feed.
pub const FORK_CHOICE_UPDATED: &str = "engine_forkchoiceUpdatedV3";

/// Hands on a block. DECISION: head-feed.
pub const NEW_PAYLOAD: &str = "engine_newPayloadV3";

/// Asks for the transactions of canonical blocks (execution-apis, shanghai). DECISION: local-restart.
pub const PAYLOAD_BODIES: &str = "engine_getPayloadBodiesByRangeV1";

/// Asks for a canonical block. DECISION: local-restart.
pub const BLOCK_BY_NUMBER: &str = "eth_getBlockByNumber";
