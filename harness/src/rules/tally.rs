//! Counts how often a rule held, and where it did not.

use super::{Found, Notes, Verdict, Violation};

/// What a check found so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    held: Vec<u64>,
    inconclusive: Vec<u64>,
    violations: Vec<Violation>,
}

impl Tally {
    /// Notes that the rule was put to the test, and whether it held.
    pub(super) fn note(&mut self, at_us: u64, held: bool, what: impl FnOnce() -> String) {
        self.note_if(at_us, Some(held), what);
    }

    /// Notes that the rule was put to the test, and whether it held, if a clock that is not exact
    /// can tell.
    pub(super) fn note_if(
        &mut self,
        at_us: u64,
        held: Option<bool>,
        what: impl FnOnce() -> String,
    ) {
        match held {
            Some(true) => self.held.push(at_us),
            Some(false) => self.violations.push(Violation {
                at_us,
                what: what(),
            }),
            None => self.inconclusive.push(at_us),
        }
    }

    /// Notes that the rule was put to the test, and what is wrong if something is.
    pub(super) fn result(&mut self, at_us: u64, found: Result<(), String>) {
        let held = found.is_ok();
        self.note(at_us, held, || found.err().unwrap_or_default());
    }

    /// Concludes nothing from what was found wrong at times of which the trace does not tell all.
    pub(super) fn excuse(&mut self, is_untold: impl Fn(u64) -> bool) {
        let untold = self.violations.extract_if(.., |it| is_untold(it.at_us));
        self.inconclusive.extend(untold.map(|it| it.at_us));
    }

    pub(super) fn verdict(self) -> Verdict {
        let times = |of: &[u64]| of.len() as u64;
        match (times(&self.held), times(&self.inconclusive)) {
            _ if !self.violations.is_empty() => Verdict::Violated(self.violations),
            (0, 0) => Verdict::NotExercised,
            (0, inconclusive) => Verdict::Inconclusive(inconclusive),
            (held, _) => Verdict::Held(held),
        }
    }

    pub(super) fn notes(self) -> Notes {
        let of = |times: Vec<u64>, found: fn() -> Found| {
            times.into_iter().map(move |at_us| (at_us, found()))
        };
        let violated = self.violations.into_iter();
        let violated = violated.map(|it| (it.at_us, Found::Violated(it.what)));
        of(self.held, || Found::Held)
            .chain(of(self.inconclusive, || Found::Inconclusive))
            .chain(violated)
            .collect()
    }
}

/// Whether a time is at least a bound, if a clock with this guard band can tell.
pub(super) fn at_least(us: u64, bound_us: u64, guard_us: u64) -> Option<bool> {
    if guard_us == 0 {
        Some(us >= bound_us)
    } else if us >= bound_us + guard_us {
        Some(true)
    } else if us + guard_us <= bound_us {
        Some(false)
    } else {
        None
    }
}

/// Whether a time is at most a bound, if a clock with this guard band can tell.
pub(super) fn at_most(us: u64, bound_us: u64, guard_us: u64) -> Option<bool> {
    if guard_us == 0 {
        Some(us <= bound_us)
    } else {
        at_least(us, bound_us, guard_us).map(|late| !late)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn within_the_guard_band_nothing_is_concluded() {
        for (us, exact, guarded) in [
            (189, false, Some(false)),
            (190, false, Some(false)),
            (191, false, None),
            (199, false, None),
            (200, true, None),
            (209, true, None),
            (210, true, Some(true)),
        ] {
            assert_eq!(at_least(us, 200, 0), Some(exact), "{us}");
            assert_eq!(at_least(us, 200, 10), guarded, "{us}");
        }
        assert_eq!(at_most(200, 200, 0), Some(true));
        assert_eq!(at_most(201, 200, 0), Some(false));
        assert_eq!(at_most(205, 200, 10), None);
    }

    #[test]
    fn what_is_found_wrong_where_not_all_is_told_proves_nothing() {
        let found = || {
            let mut tally = Tally::default();
            tally.note(10, false, String::new);
            tally.note(20, false, String::new);
            tally
        };
        let mut tally = found();
        tally.excuse(|at_us| at_us == 10);
        assert!(matches!(tally.verdict(), Verdict::Violated(left) if left[0].at_us == 20));
        let mut tally = found();
        tally.excuse(|_| true);
        assert_eq!(tally.verdict(), Verdict::Inconclusive(2));
    }

    #[test]
    fn one_conclusive_test_is_enough_for_a_verdict() {
        let mut tally = Tally::default();
        assert_eq!(Tally::default().verdict(), Verdict::NotExercised);
        tally.note_if(1, None, String::new);
        tally.note_if(2, None, String::new);
        assert!(matches!(tally.verdict(), Verdict::Inconclusive(2)));
        let mut tally = Tally::default();
        tally.note_if(1, None, String::new);
        tally.note(2, true, String::new);
        assert_eq!(tally.verdict(), Verdict::Held(1));
    }
}
