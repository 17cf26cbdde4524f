//! Reports for a person.

mod reporters;

use std::fmt::{Display, Write as _};
use std::time::Duration;

use super::style::{BAD, GOOD, HEADING, HELP, QUIET, WARNING};
use crate::rules::{Rule, Verdict};
use crate::suite::{BadInput, End, Failure, NEVER_PANIC, Ran, Report, Status, Stop, Summary};
use crate::trace::time;

pub use reporters::{Digests, Listing, Stories};

/// How many violations of a rule are told of a run.
const MAX_VIOLATIONS: usize = 5;

/// A number of things, such as `1 rule` or `2 rules`.
#[must_use]
pub fn plural(count: u64, one: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {one}{s}")
}

/// A time span as a person says it: `12 ms`, `3.5 s`, `6 min 40 s`.
#[must_use]
pub fn span(span: Duration) -> String {
    let ms = (span.as_micros() + 500) / 1000;
    match ms {
        0..1000 => format!("{ms} ms"),
        1000..60_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        _ => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1000),
    }
}

/// A rule's level and line, such as `MUST, line 50`.
#[must_use]
pub fn whence(rule: &Rule) -> String {
    format!("{}, line {}", rule.level, rule.line)
}

/// The folder and the name of an address.
#[must_use]
pub fn parts(address: &str) -> (&str, &str) {
    address.rsplit_once('/').unwrap_or(("", address))
}

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
        line(&mut text, format_args!("\n{}", ran.trace));
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

/// Why nothing was run, as a compiler says it.
#[must_use]
pub fn bad_input(bad: &BadInput) -> String {
    match bad {
        BadInput::File(error) => error.colored(),
        BadInput::Unknown(unknown) => error(&unknown.message, &unknown.help),
    }
}

/// A message of what is wrong, and what would have been right.
#[must_use]
pub fn error(message: &dyn Display, help: &[String]) -> String {
    let mut text = format!("{BAD}error{BAD:#}{HEADING}: {message}{HEADING:#}");
    for help in help {
        let _infallible = write!(text, "\n  = {HELP}help{HELP:#}: {help}");
    }
    text
}

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

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    let _infallible = text.write_fmt(arguments);
    text.push('\n');
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

/// Why a case did not simply pass, without colours; nothing for bad input.
pub(super) fn grounds(report: &Report) -> Vec<String> {
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
            Stop::Failed(_) | Stop::Broke => Some(stop.to_string()),
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
        Failure::Panicked(what) => {
            let what = what.replace('\n', "\n  ");
            format!("violated {NEVER_PANIC}\n  a node panicked: {what}")
        }
        Failure::NotExercised(_) | Failure::Unexpected { .. } | Failure::NotDeterministic(_) => {
            failure.to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{self, Violation};
    use crate::trace::Difference;

    #[test]
    fn spans_are_said_in_the_unit_that_fits() {
        for (us, said) in [
            (0, "0 ms"),
            (499, "0 ms"),
            (12_500, "13 ms"),
            (999_499, "999 ms"),
            (999_500, "1.0 s"),
            (3_500_000, "3.5 s"),
            (59_999_000, "59.9 s"),
            (60_000_000, "1 min 0 s"),
            (400_000_000, "6 min 40 s"),
        ] {
            assert_eq!(span(Duration::from_micros(us)), said);
        }
    }

    #[test]
    fn counts_of_zero_are_left_out_except_for_the_first() {
        let plain = anstyle::Style::new();
        let said = |of: &[u64; 2]| counts(&[(of[0], "passed", plain), (of[1], "failed", plain)]);
        assert_eq!(said(&[2, 0]), "2 passed");
        assert_eq!(said(&[0, 3]), "0 passed, 3 failed");
    }

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
    fn a_panic_of_a_node_is_told_as_a_violation() {
        let panicked = Failure::Panicked("panicked at node.rs:1:2:\nit".to_owned());
        let text = plain(&report(End::Stopped(Stop::Found(panicked))));
        assert_eq!(
            text,
            "FAIL  a/b\n        violated nodes/never-panic\n          a node panicked: panicked at \
             node.rs:1:2:\n          it\n"
        );
    }

    #[test]
    fn what_does_not_apply_is_told_with_the_reason() {
        let text = plain(&report(End::NotApplicable("it cannot".to_owned())));
        assert_eq!(text, "n/a   a/b\n        it cannot\n");
    }
}
