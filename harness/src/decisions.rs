//! Where the specification is silent or contradicts itself: what Gauntlet decides.
//!
//! The code that carries a decision out is marked with `DECISION: <id>`.
//!
//! | module | what belongs there |
//! |---|---|
//! | `asking` | when the builder is asked, for how long, and on which head |
//! | `messages` | what crosses the wire |
//! | `blocks` | which block is valid, chosen and published |
//! | `forwarding` | transactions on their way to the builder |

mod asking;
mod blocks;
mod forwarding;
mod messages;

/// A question that the specification leaves open, and the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Its name, in sources and reports.
    pub id: &'static str,
    /// What is open. Numbers are lines of `builder-api.md`.
    pub question: &'static str,
    /// What Gauntlet does.
    pub default: &'static str,
    /// Why.
    pub why: &'static str,
    /// What a certification target may declare instead.
    pub options: &'static [&'static str],
    /// Why nothing in the sources is marked with it, if nothing is.
    pub unmarked: Option<&'static str>,
}

impl Decision {
    /// A decision without options that the sources are marked with.
    const fn new(
        id: &'static str,
        question: &'static str,
        default: &'static str,
        why: &'static str,
    ) -> Self {
        Self {
            id,
            question,
            default,
            why,
            options: &[],
            unmarked: None,
        }
    }

    const fn or(self, options: &'static [&'static str]) -> Self {
        Self { options, ..self }
    }

    const fn unmarked(self, why: &'static str) -> Self {
        Self {
            unmarked: Some(why),
            ..self
        }
    }
}

/// Every decision by topic.
#[must_use]
pub fn topics() -> [(&'static str, &'static [Decision]); 4] {
    [
        ("asking the builder", asking::DECISIONS),
        ("messages", messages::DECISIONS),
        ("blocks", blocks::DECISIONS),
        ("forwarding transactions", forwarding::DECISIONS),
    ]
}

/// Every decision.
pub fn all() -> impl Iterator<Item = &'static Decision> + Clone {
    topics().into_iter().flat_map(|(_, decisions)| decisions)
}

/// The decision of this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Decision> {
    all().find(|decision| decision.id == id)
}

#[cfg(test)]
mod tests;
