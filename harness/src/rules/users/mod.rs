//! What users are told (RULES.md, section L). The truth is what the oracle found when it executed the
//! blocks itself, and what can be read from the transactions' bytes; the sequencer's word is what is
//! judged.
//!
//! | module | what is judged |
//! |---|---|
//! | `told` | answers, and the heads of which they can be |
//! | `receipts`, `transactions` | what came of transactions, and which there are |
//! | `accounts` | nonces and balances |
//! | `blocks` | blocks, and what chain they are of |
//! | `calls` | code, storage, calls |
//! | `fees`, `logs` | what gas costs, what was logged |
//! | `ledger` | what users sent, and what of it waits |
//! | `taken` | what is accepted, refused, forwarded, and when users hear of it |
//! | `errors` | how errors read |

mod accounts;
mod blocks;
mod calls;
mod errors;
mod fees;
mod ledger;
mod logs;
mod receipts;
mod taken;
mod told;
mod transactions;

use super::{Evidence, Level, Record, Rule, Subject, Tally};

pub(super) use ledger::Ledger;
pub(super) use told::Chain;

const USERS_AND_BLOCKS: &[Evidence] = &[Evidence::Users, Evidence::Blocks, Evidence::Stimulus];
const USERS_AND_WIRE: &[Evidence] = &[Evidence::Users, Evidence::Wire, Evidence::Stimulus];

pub(super) const RULES: &[Rule] = &[
    rule(
        "users/receipt-is-true",
        "execution-apis eth_getTransactionReceipt and the OP Stack's additions: a receipt says what \
         came of executing the transaction in its block",
        USERS_AND_BLOCKS,
        receipts::are_true,
    ),
    rule(
        "users/accepted-is-included-or-replaced",
        "line 52 and execution-apis eth_getTransactionByHash: what was accepted waits until it is \
         included or replaced, whatever becomes of the builder",
        USERS_AND_BLOCKS,
        transactions::vanish_not,
    ),
    rule(
        "users/nonce-and-balance-follow-the-head",
        "execution-apis eth_getTransactionCount and eth_getBalance: they are of the block that is \
         asked about, and a pending nonce counts what waits",
        USERS_AND_BLOCKS,
        accounts::follow_the_head,
    ),
    rule(
        "users/block-by-number-is-the-published-one",
        "execution-apis eth_getBlockByNumber: users see the blocks that were published",
        USERS_AND_BLOCKS,
        blocks::are_the_published,
    ),
    rule(
        "users/logs-are-true",
        "execution-apis eth_getLogs: all logs that pass the filter, each with its place",
        USERS_AND_BLOCKS,
        logs::are_true,
    ),
    rule(
        "users/calls-are-true",
        "execution-apis eth_call, eth_estimateGas, eth_getCode, eth_getStorageAt: they are answered \
         from the state after the block that is asked about",
        USERS_AND_BLOCKS,
        calls::are_true,
    ),
    rule(
        "users/fees-are-true",
        "execution-apis eth_gasPrice, eth_maxPriorityFeePerGas, eth_feeHistory: what is named is \
         enough for the next block, and what is told of blocks is theirs",
        USERS_AND_BLOCKS,
        fees::are_true,
    ),
    rule(
        "users/errors-are-words",
        "JSON-RPC 2.0, error object: an integer code and a message in words",
        &[Evidence::Users],
        errors::are_words,
    ),
    rule(
        "users/impossible-is-refused",
        "execution-apis eth_sendRawTransaction: what no next block could have is refused, and the \
         user is told why",
        USERS_AND_BLOCKS,
        taken::impossible_is_refused,
    ),
    rule(
        "users/possible-is-accepted",
        "execution-apis eth_sendRawTransaction: what a next block could have is accepted, and the \
         answer is its hash",
        USERS_AND_BLOCKS,
        taken::possible_is_accepted,
    ),
    rule(
        "users/acknowledged-without-the-builder",
        "lines 52 and 56: a user's answer waits for no builder",
        &[Evidence::Users],
        taken::acknowledged_at_once,
    ),
    rule(
        "users/refused-is-not-forwarded",
        "line 56: forwarding is part of mempool management, and what is refused is not in it",
        USERS_AND_WIRE,
        taken::refused_is_not_forwarded,
    ),
    rule(
        "mempool/every-accepted-is-forwarded",
        "lines 56 and 133: each transaction that is accepted while there is a builder is sent to it",
        USERS_AND_WIRE,
        taken::accepted_is_forwarded,
    ),
];

const fn rule(
    id: &'static str,
    source: &'static str,
    evidence: &'static [Evidence],
    check: fn(&Record<'_>, &mut Tally),
) -> Rule {
    Rule {
        id,
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 56,
        quote: None,
        source: Some(source),
        evidence,
        check,
    }
}
