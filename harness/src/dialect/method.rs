//! The methods that a builder has.

/// A method that a builder has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// A payload is requested.
    GetPayload,
    /// A transaction is handed on.
    ForwardTransaction,
    /// The head is told.
    ForkChoiceUpdated,
    /// A block is told.
    NewPayload,
}

impl Method {
    /// The method of a name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        // By the specification (lines 87 and 115), and the Engine API: whatever nodes call them.
        let known = match name {
            "builder_getPayloadV1" => Self::GetPayload,
            "builder_forwardTransactionV1" => Self::ForwardTransaction,
            "engine_forkchoiceUpdatedV3" => Self::ForkChoiceUpdated,
            "engine_newPayloadV3" => Self::NewPayload,
            _ => return None,
        };
        Some(known)
    }
}
