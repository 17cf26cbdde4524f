//! Why a case did not simply pass.

use std::fmt::Write as _;

use super::whence;
use crate::suite::{End, Failure, Report, Stop};
use crate::trace::time;

/// How many violations of a rule are told of a run.
pub(in crate::report) const MAX_VIOLATIONS: usize = 5;

/// Why a case did not simply pass, without colours; nothing for bad input.
pub(in crate::report) fn grounds(report: &Report) -> Vec<String> {
    let failures = report.failures().iter().map(told);
    let warnings = report.warnings().iter();
    let mut grounds: Vec<_> = failures
        .chain(warnings.map(|warning| format!("warning: {}", told(warning))))
        .chain(report.reservations())
        .collect();
    if let End::Stopped(stop) = &report.end {
        grounds.extend(match stop {
            Stop::Found(_) => None,
            Stop::Differs(_) => Some(format!("not deterministic\n{stop}")),
            Stop::Failed(_) | Stop::Unwritten(_) | Stop::Broke => Some(stop.to_string()),
        });
    }
    grounds
}

/// A failure with all that it consists of.
fn told(failure: &Failure) -> String {
    match failure {
        Failure::Violated(rule, violations) => {
            let mut text = format!("violated {} ({})", rule.id, whence(rule));
            for violation in violations.iter().take(MAX_VIOLATIONS) {
                let at = time(violation.at_us);
                let _infallible = write!(text, "\n  at {at}: {}", violation.what);
            }
            if let Some(more @ 1..) = violations.len().checked_sub(MAX_VIOLATIONS) {
                let _infallible = write!(text, "\n  and {more} times more");
            }
            text
        }
        Failure::NotExercised(_)
        | Failure::Unexpected { .. }
        | Failure::Disputed { .. }
        | Failure::NotDeterministic(_) => failure.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{self, Violation};

    #[test]
    fn a_violated_rule_is_told_with_its_level_its_line_and_where() {
        let rule = rules::all()
            .find(|rule| rule.id == "get-payload/no-retry")
            .unwrap();
        let violations = (1..=7).map(|slot| Violation {
            at_us: slot * 2_000_000,
            what: format!("a second request in slot {slot}"),
        });
        let failure = Failure::Violated(rule, violations.collect());
        let text = told(&failure);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(
            lines[0],
            "violated get-payload/no-retry (declared, line 96)"
        );
        assert_eq!(lines[1], "  at 2000 ms: a second request in slot 1");
        assert_eq!(lines[MAX_VIOLATIONS + 1..], ["  and 2 times more"]);
    }
}
