//! What is wrong with a run.

use std::fmt;

use crate::rules::{Rule, Violation};
use crate::trace::{Difference, time};

/// Something that is wrong with a run.
#[derive(Clone, Debug)]
pub enum Failure {
    /// A rule was violated.
    Violated(&'static Rule, Vec<Violation>),
    /// The plan is for a rule, and nothing in the run put it to the test.
    NotExercised(String),
    /// A slot is not as the plan expects it.
    Unexpected {
        /// The slot's number, from 1.
        slot: u64,
        /// What was expected, and what was seen.
        what: String,
    },
    /// An execution client that follows finds blocks invalid: its URL, and the first of them. It is
    /// no rule's violation: no specification says which of the two is right.
    Disputed {
        /// Which client: its URL.
        client: String,
        /// When it said so first, in microseconds since the run began.
        at_us: u64,
        /// The number of the first block.
        number: u64,
        /// Why, in its own words.
        reason: String,
        /// How many further blocks it finds invalid.
        more: usize,
    },
    /// Nodes that are not Gauntlet's own did not do the same twice.
    NotDeterministic(Box<Difference>),
}

impl Failure {
    /// The rule that is violated or was not put to the test, if it is about one.
    #[must_use]
    pub fn rule(&self) -> Option<&str> {
        match self {
            Self::Violated(rule, _) => Some(rule.id),
            Self::NotExercised(rule) => Some(rule),
            Self::Unexpected { .. } | Self::Disputed { .. } | Self::NotDeterministic(_) => None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Violated(rule, violations) => {
                let Some(first) = violations.first() else {
                    return f.write_str(rule.id);
                };
                write!(
                    f,
                    "violated {} at {}: {}",
                    rule.id,
                    time(first.at_us),
                    first.what
                )?;
                match violations.len() - 1 {
                    0 => Ok(()),
                    more => write!(f, " (and {more} more)"),
                }
            }
            Self::NotExercised(rule) => {
                write!(f, "not exercised {rule}, which the scenario is for")
            }
            Self::Unexpected { slot, what } => write!(f, "unexpected in slot {slot}: {what}"),
            Self::Disputed {
                client,
                at_us,
                number,
                reason,
                more,
            } => {
                let at = time(*at_us);
                write!(f, "{client} finds block {number} invalid at {at}: {reason}")?;
                match more {
                    0 => Ok(()),
                    more => write!(f, " (and {more} more)"),
                }
            }
            Self::NotDeterministic(difference) => {
                write!(f, "the nodes are not deterministic: {difference}")
            }
        }
    }
}
