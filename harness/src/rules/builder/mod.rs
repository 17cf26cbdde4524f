//! What a builder makes of what it is told and asked (RULES, section K; DECISIONS: head-feed,
//! job-restart, nothing-to-give).
//!
//! | module | what belongs there |
//! |---|---|
//! | `requests` | which request is answered, and from which attributes |
//! | `blocks` | what stands in the block that is given |
//! | `chain` | what is had of the chain |
//! | `updates` | what is said to heads, attributes and blocks |

mod blocks;
mod chain;
mod requests;
mod updates;

use super::works::{Finds, Sought};
use super::{Evidence, Level, Record, Rule, Subject, Tally, works};

pub(super) const RULES: &[Rule] = &[
    requests::JOB_IS_THE_LATEST,
    requests::JOB_IS_NOT_RESTARTED,
    requests::REQUEST_AGREES,
    requests::NEVER_STALE,
    requests::STAYS_UP,
    blocks::FOLLOWS_ATTRIBUTES,
    blocks::FORCED_FIRST,
    blocks::NO_TX_POOL,
    blocks::EXTRA_DATA,
    blocks::IS_VALID,
    updates::ATTRIBUTES_ARE_CHECKED,
    updates::FOLLOWS_HEADS,
    updates::STATE_IS_CHECKED,
    updates::JUDGES_BLOCKS,
    chain::SERVES_ITS_CHAIN,
];

const RULE: Rule = Rule {
    id: "",
    level: Level::Derived,
    subject: Subject::Builder,
    line: 45,
    quote: None,
    source: None,
    evidence: &[Evidence::Wire],
    check: |_, _| {},
};
