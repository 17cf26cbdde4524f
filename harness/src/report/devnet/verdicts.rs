//! What became of each rule in a run.

use std::fmt::Write as _;

use crate::report::style::{BAD, GOOD, QUIET};
use crate::report::text;
use crate::rules::{Rule, Verdict};

/// The verdicts of every rule, a line each, and how many there are of each kind.
#[must_use]
pub fn verdicts(verdicts: &[(&'static Rule, Verdict)]) -> String {
    let mut text = String::new();
    let width = verdicts.iter().map(|(rule, _)| rule.id.len()).max();
    let width = width.unwrap_or_default();
    let (mut held, mut violated, mut others) = (0, 0, 0);
    for (rule, verdict) in verdicts {
        let (style, word) = match verdict {
            Verdict::Held(times) => {
                held += 1;
                (GOOD, format!("held {}", text::plural(*times, "time")))
            }
            Verdict::Violated(violations) => {
                violated += 1;
                (
                    BAD,
                    format!("violated {}", text::plural(violations.len() as u64, "time")),
                )
            }
            Verdict::NotExercised => {
                others += 1;
                (QUIET, "not exercised".to_owned())
            }
            Verdict::NotObservable(evidence) => {
                others += 1;
                (QUIET, format!("not observable without {evidence}"))
            }
            Verdict::Inconclusive(times) => {
                others += 1;
                (
                    QUIET,
                    format!("inconclusive {}", text::plural(*times, "time")),
                )
            }
        };
        let _infallible = writeln!(text, "  {:<width$}  {style}{word}{style:#}", rule.id);
        if let Verdict::Violated(violations) = verdict {
            for violation in violations.iter().take(text::MAX_VIOLATIONS) {
                let at = crate::trace::time(violation.at_us);
                let _infallible = writeln!(text, "      at {at}: {}", violation.what);
            }
        }
    }
    let _infallible = writeln!(
        text,
        "{}: {GOOD}{held} held{GOOD:#}, {violated} violated, {others} not put to a conclusive test",
        text::plural(verdicts.len() as u64, "rule")
    );
    text
}
