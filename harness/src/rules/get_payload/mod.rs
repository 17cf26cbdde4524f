//! `builder_getPayloadV1` (lines 83 to 109).
//!
//! | module | what belongs there |
//! |---|---|
//! | `signature` | what is signed, and what a bad signature leads to |
//! | `time` | the timeout, no retry, the local block |
//! | `reply` | what the builder says |
//! | `admission` | what the sequencer makes of it |
//! | `choice` | which of two valid blocks it takes |

mod admission;
mod choice;
mod reply;
mod signature;
mod time;

use super::record::{self, TIMEOUT_US};
use super::{ALL_AROUND, Evidence, Level, Record, Rule, Subject, Tally, WIRE_AND_BLOCKS, tally};

pub(super) const RULES: &[Rule] = &[
    signature::SCHEME,
    signature::BINDS_REQUEST,
    signature::BAD_REFUSED,
    time::WAITS,
    time::GIVES_UP,
    reply::ANSWERS,
    time::NO_RETRY,
    time::LOCAL_ON_TIMEOUT,
    time::LOCAL_ON_ERROR,
    time::LATE_DISCARDED,
    time::NO_CALL_WHEN_UNSET,
    reply::RESULT,
    reply::ERROR,
    reply::ERROR_CODE,
    admission::PAYLOAD_PRESENT,
    admission::PUBKEY_MATCHES,
    admission::SIMULATE_TRANSACTIONS,
    admission::SIMULATE_ON_PARENT,
    admission::LOCAL_VIEW,
    admission::BOUND_TO_REQUEST,
    choice::VALID_USED,
    choice::VALUE,
];
