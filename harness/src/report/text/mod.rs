//! Reports for a person.
//!
//! | module | what belongs there |
//! |---|---|
//! | `reporters` | who listens to a run and writes what is said here |
//! | `grounds` | why a case did not simply pass |
//! | `summary` | what many scenarios come to |
//! | `words` | how numbers, places and mistakes are said |

mod grounds;
mod reporters;
mod summary;
mod words;

use super::story::{self, Reading};
use super::style::{BAD, GOOD, HEADING, QUIET, WARNING};
use crate::rules::Verdict;
use crate::suite::{Ran, Report, Status};

use words::line;

pub(super) use grounds::{MAX_VIOLATIONS, grounds};
pub use reporters::{Digests, Listing, Stories};
pub use summary::summary;
pub use words::{bad_input, error, parts, plural, span, whence};

/// The line of a scenario among others of its folder, whose longest name has this width, and the
/// reasons why it is not as it should be.
#[must_use]
pub fn entry(report: &Report, width: usize) -> String {
    let (_, name) = parts(&report.address);
    let status = status(report);
    let text = match report.ran() {
        None => format!("  {status}  {name:<width$}  {}", report.title),
        Some(_) => {
            let (rules, wall) = figures(report);
            let figures = format!("{QUIET}{rules:>8} · {wall:>7}{QUIET:#}");
            format!("  {status}  {name:<width$}  {figures}  {}", report.title)
        }
    };
    format!("{}\n{}", text.trim_end(), reasons(report))
}

/// A scenario by itself: what happened, what became of the rules that it is for, and the verdict.
#[must_use]
pub fn story(report: &Report) -> String {
    let mut text = format!("{HEADING}{}{HEADING:#}\n", report.address);
    if !report.title.is_empty() {
        line(&mut text, format_args!("{}", report.title));
    }
    let (rules, wall) = figures(report);
    let mut verdict = String::new();
    if let Some(ran) = report.ran() {
        if let Some(trace) = &ran.trace {
            let told = story::render(trace, Reading::Story);
            line(&mut text, format_args!("\n{told}"));
        }
        exercised(&mut text, ran);
        verdict = format!("{rules} held, {wall}");
    }
    line(&mut text, format_args!("  {}  {verdict}", status(report)));
    text + &reasons(report)
}

/// The verdict on a scenario by its address, and the reasons for it.
#[must_use]
pub fn verdict(report: &Report) -> String {
    format!(
        "{}  {}\n{}",
        status(report),
        report.address,
        reasons(report)
    )
}

fn status(report: &Report) -> String {
    let (style, word) = match report.status() {
        Status::Passed => (GOOD, "ok"),
        Status::Warned => (WARNING, "warn"),
        Status::NotApplicable => (QUIET, "n/a"),
        Status::Inconclusive => (WARNING, "open"),
        Status::Failed => (BAD, "FAIL"),
        Status::Bad => (BAD, "BAD"),
        Status::Broken => (BAD, "ERR"),
    };
    format!("{style}{word:<4}{style:#}")
}

/// How many rules held, and how long it took; nothing if there is no run to its end.
fn figures(report: &Report) -> (String, String) {
    let Some(ran) = report.ran() else {
        return (String::new(), String::new());
    };
    let verdicts = ran.outcome.verdicts.iter();
    let held = verdicts.filter(|(_, verdict)| matches!(verdict, Verdict::Held(_)));
    (plural(held.count() as u64, "rule"), span(report.wall))
}

/// What became of the rules that the scenario is for.
fn exercised(text: &mut String, ran: &Ran) {
    let mine: Vec<_> = ran
        .outcome
        .verdicts
        .iter()
        .filter(|(rule, _)| ran.exercises.iter().any(|id| id == rule.id))
        .collect();
    let width = mine.iter().map(|(rule, _)| rule.id.len()).max();
    let width = width.unwrap_or_default();
    for (rule, verdict) in mine {
        let (style, word) = match verdict {
            Verdict::Held(times) => (GOOD, format!("held {}", plural(*times, "time"))),
            Verdict::Violated(violations) => {
                let times = plural(violations.len() as u64, "time");
                (BAD, format!("violated {times}"))
            }
            Verdict::NotExercised => (BAD, "not exercised".to_owned()),
            Verdict::NotObservable(evidence) => {
                (QUIET, format!("not observable without {evidence}"))
            }
            Verdict::Inconclusive(times) => {
                (QUIET, format!("inconclusive {}", plural(*times, "time")))
            }
        };
        line(
            text,
            format_args!(
                "  {:<width$}  {QUIET}{:<18}{QUIET:#}  {style}{word}{style:#}",
                rule.id,
                whence(rule),
            ),
        );
    }
    if width > 0 {
        text.push('\n');
    }
}

/// Why a scenario is not as it should be; nothing for what is told on another stream.
fn reasons(report: &Report) -> String {
    let mut text = String::new();
    for reason in grounds(report) {
        for told in reason.lines() {
            line(&mut text, format_args!("        {told}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::suite::{End, Failure, Stop};
    use crate::trace::Difference;

    fn report(end: End) -> Report {
        Report {
            address: "a/b".to_owned(),
            title: String::new(),
            end,
            wall: Duration::ZERO,
        }
    }

    fn plain(report: &Report) -> String {
        anstream::adapter::strip_str(&verdict(report)).to_string()
    }

    #[test]
    fn where_two_runs_part_is_told() {
        let difference = Box::new(Difference {
            index: 7,
            first: Some("{}".to_owned()),
            second: None,
        });
        let ours = plain(&report(End::Stopped(Stop::Differs(difference.clone()))));
        assert!(
            ours.starts_with("ERR   a/b\n        not deterministic\n"),
            "{ours}"
        );
        let found = Stop::Found(Failure::NotDeterministic(difference));
        let theirs = plain(&report(End::Stopped(found)));
        assert!(
            theirs.starts_with("FAIL  a/b\n        the nodes are not deterministic: "),
            "{theirs}"
        );
        for text in [ours, theirs] {
            assert!(text.contains("two runs part at event 7\n"), "{text}");
            assert!(text.contains("          once:  {}\n"), "{text}");
        }
    }

    #[test]
    fn what_does_not_apply_is_told_with_the_reason() {
        let text = plain(&report(End::NotApplicable("it cannot".to_owned())));
        assert_eq!(text, "n/a   a/b\n        it cannot\n");
    }
}
