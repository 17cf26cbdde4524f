//! What many scenarios come to.

use std::time::Duration;

use super::words::line;
use super::{plural, span, whence};
use crate::report::style::{BAD, GOOD, QUIET, WARNING};
use crate::suite::{Status, Summary};

/// What many scenarios come to.
#[must_use]
pub fn summary(summary: &Summary) -> String {
    let mut text = String::new();
    let count = |count: usize| count as u64;
    let scenarios = [
        (Status::Passed, "passed", GOOD),
        (Status::Warned, "passed with warnings", WARNING),
        (Status::NotApplicable, "not applicable", QUIET),
        (Status::Inconclusive, "inconclusive", QUIET),
        (Status::Failed, "failed", BAD),
        (Status::Bad, "could not be run", BAD),
        (Status::Broken, "broke", BAD),
    ]
    .map(|(status, name, style)| (count(summary.count(status)), name, style));
    if summary.is_partial() {
        let all = plural(count(summary.total() + summary.not_run), "scenario");
        let missing = count(summary.not_run);
        line(
            &mut text,
            format_args!("{BAD}ended early{BAD:#}: {missing} of {all} were not run"),
        );
    }
    let all = plural(count(summary.total()), "scenario");
    line(&mut text, format_args!("{all}: {}", counts(&scenarios)));
    if summary.virtual_ms > 0 {
        let rules = [
            (summary.held().count(), "held", GOOD),
            (summary.violated().count(), "violated", BAD),
            (summary.warned().count(), "advised against", WARNING),
            (summary.not_observable().count(), "not observable", QUIET),
            (summary.inconclusive().count(), "inconclusive", QUIET),
            (summary.not_exercised().count(), "not exercised", QUIET),
        ]
        .map(|(rules, name, style)| (count(rules), name, style));
        let all = plural(count(summary.rules.len()), "rule");
        line(&mut text, format_args!("{all}: {}", counts(&rules)));
        let violated = summary.violated().map(|of| (of, "violated", BAD));
        let warned = summary.warned().map(|of| (of, "warning ", WARNING));
        for ((rule, runs), word, style) in violated.chain(warned) {
            line(
                &mut text,
                format_args!(
                    "  {style}{word}{style:#}  {}  {}, in {}",
                    rule.id,
                    whence(rule),
                    plural(runs, "scenario")
                ),
            );
        }
        line(
            &mut text,
            format_args!(
                "{} simulated in {}: {:.0} × real time",
                span(Duration::from_millis(summary.virtual_ms)),
                span(summary.wall),
                summary.speed()
            ),
        );
    }
    text
}

/// Counts and their names, without those that are zero, but never nothing at all.
fn counts(counts: &[(u64, &str, anstyle::Style)]) -> String {
    let named: Vec<String> = counts
        .iter()
        .enumerate()
        .filter(|(index, (count, ..))| *index == 0 || *count > 0)
        .map(|(_, (count, name, style))| format!("{style}{count} {name}{style:#}"))
        .collect();
    named.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_zero_are_left_out_except_for_the_first() {
        let plain = anstyle::Style::new();
        let said = |of: &[u64; 2]| counts(&[(of[0], "passed", plain), (of[1], "failed", plain)]);
        assert_eq!(said(&[2, 0]), "2 passed");
        assert_eq!(said(&[0, 3]), "0 passed, 3 failed");
    }
}
