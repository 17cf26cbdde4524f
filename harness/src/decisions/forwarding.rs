//! Transactions on their way to the builder.

use super::Decision;

pub(super) const DECISIONS: &[Decision] = &[
    Decision::new(
        "forward-types",
        "Which transactions are forwarded (119)?",
        "EIP-2718 bytes in hex with 0x; deposits (0x7e) and blob transactions (0x03) are refused.",
        "Deposits come from L1 alone, and an OP Stack chain has no blobs.",
    ),
    Decision::new(
        "forward-status",
        "The result is a status (127), to be retried unless it is 200 (133): which status is that?",
        "A builder answers HTTP 200 and the result 200, a number. A sequencer takes HTTP 200, no \
         error and the result 200 for success (in a string too), and retries all else, even an \
         error that will not go away.",
        "The MUST of line 133 has no exception.",
    ),
    Decision::new(
        "retries-5",
        "How many attempts are 5 retries (122), with a MUST that has no bound (133)?",
        "6: one attempt and 5 retries. The bound wins.",
        "A retry is what comes after an attempt. A known client counts 5 in all.",
    ),
    Decision::new(
        "retry-pause",
        "How long is the pause between attempts?",
        "There is none.",
        "A transaction is given up after 1.2 s at the latest, and no block waits for it.",
    ),
    Decision::new(
        "duplicate-forward",
        "What if a builder gets a transaction again?",
        "It answers 200, and the transaction is included once.",
        "Where there are retries there are duplicates.",
    ),
    Decision::new(
        "log-loudly",
        "What is loud (123)?",
        "One event and log line of level ERROR with the hash of the transaction and the last cause, \
         and a counter.",
        "An operator must be able to find the transaction, and an alarm to count.",
    ),
];
