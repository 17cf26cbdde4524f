//! The errors of the users' methods: sentences, with the codes that wallets know.

use std::fmt::Display;

use alloy_primitives::{Bytes, hex};
use alloy_sol_types::{Panic, Revert, SolError};
use gauntlet_protocol::constants::codes;
use gauntlet_rpc::ErrorObjectOwned;

/// More was asked for than is given at once (EIP-1474).
const LIMIT_EXCEEDED: i32 = -32005;
/// What was asked for is no longer kept (EIP-4444).
const PRUNED: i32 = 4444;
/// A call was reverted.
const REVERTED: i32 = 3;

/// The parameters are not those of the method.
pub(super) fn invalid(why: impl Display) -> ErrorObjectOwned {
    refused(codes::INVALID_PARAMS, why)
}

/// The node cannot answer.
pub(super) fn failed(why: impl Display) -> ErrorObjectOwned {
    refused(codes::SERVER_ERROR, why)
}

/// More was asked for than is given at once.
pub(super) fn too_much(why: impl Display) -> ErrorObjectOwned {
    refused(LIMIT_EXCEEDED, why)
}

/// A block is in the chain, but no longer kept.
pub(super) fn pruned(number: u64) -> ErrorObjectOwned {
    refused(
        PRUNED,
        format_args!("pruned history unavailable: block {number} is no longer kept"),
    )
}

/// A call was reverted; its reason is in the sentence, and as the contract encoded it in the data.
pub(super) fn reverted(output: &Bytes) -> ErrorObjectOwned {
    let message = reason(output).map_or_else(
        || "execution reverted".to_owned(),
        |reason| format!("execution reverted: {reason}"),
    );
    let data = hex::encode_prefixed(output);
    ErrorObjectOwned::owned(REVERTED, message, Some(data))
}

/// The reason of a `require`, or what Solidity calls a panic.
fn reason(output: &[u8]) -> Option<String> {
    let required = Revert::abi_decode(output).map(|revert| revert.reason);
    required
        .or_else(|_| Panic::abi_decode(output).map(|panic| panic.to_string()))
        .ok()
}

fn refused(code: i32, why: impl Display) -> ErrorObjectOwned {
    ErrorObjectOwned::owned(code, why.to_string(), None::<()>)
}
