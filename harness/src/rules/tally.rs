//! Counts how often a rule held, and where it did not.

use super::{Verdict, Violation};

/// What a check found so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    held: u64,
    violations: Vec<Violation>,
}

impl Tally {
    /// Notes that the rule was put to the test, and whether it held.
    pub(super) fn note(&mut self, at_us: u64, held: bool, what: impl FnOnce() -> String) {
        if held {
            self.held += 1;
        } else {
            self.violations.push(Violation {
                at_us,
                what: what(),
            });
        }
    }

    pub(super) fn verdict(self) -> Verdict {
        match (self.held, self.violations) {
            (0, violations) if violations.is_empty() => Verdict::NotExercised,
            (held, violations) if violations.is_empty() => Verdict::Held(held),
            (_, violations) => Verdict::Violated(violations),
        }
    }
}
