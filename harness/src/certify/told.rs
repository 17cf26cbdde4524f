//! What a certification came to, for a person.

use std::fmt::Write as _;
use std::time::Duration;

use super::{CaseResult, Cell, Record, Verdict};
use crate::report::junit::{Junit, Reason, TestResult};
use crate::report::style::{BAD, GOOD, HEADING, QUIET, WARNING};
use crate::report::text::{parts, plural, span};
use crate::trace::time;

/// How many violations of one case are told.
const MAX_VIOLATIONS: usize = 3;

/// What a certification came to, in some lines: what did not pass, then the figures and the verdict.
#[must_use]
pub fn told(record: &Record) -> String {
    let certificate = &record.certificate;
    let mut text = String::new();
    for case in &certificate.cases {
        text += &of_case(case);
    }
    if !text.is_empty() {
        text.push('\n');
    }
    for own in &certificate.own {
        let _infallible = writeln!(
            text,
            "{WARNING}of Gauntlet's own sequencer{WARNING:#}: {own}"
        );
    }
    let counts = Verdict::ALL.map(|verdict| (certificate.count(verdict), verdict));
    let counts: Vec<_> = counts.into_iter().filter(|(count, _)| *count > 0).collect();
    let counts: Vec<String> = counts
        .iter()
        .map(|(count, verdict)| format!("{count} {verdict}"))
        .collect();
    let cases = plural(certificate.cases.len() as u64, "case");
    let _infallible = writeln!(text, "{cases}: {}", counts.join(", "));
    let (wanted, played) = (certificate.wanted().count(), certificate.played());
    let _infallible = writeln!(text, "{wanted} rules played: {played}");
    let measures = &certificate.measures;
    let micros = |us| span(Duration::from_micros(us));
    let _infallible = writeln!(
        text,
        "{} slots, {:.1} % of the blocks are the builder's; {} of {} forwarded transactions in them; \
         payloads in {} (half), {} (99 %), {} at most",
        measures.slots,
        measures.share(),
        measures.included,
        measures.forwarded,
        micros(measures.payload_p50_us),
        micros(measures.payload_p99_us),
        micros(measures.payload_max_us),
    );
    let who = &record.subject.name;
    let tier = record.tier;
    if record.is_certified {
        let _infallible = writeln!(
            text,
            "{GOOD}certified{GOOD:#}: {who}, {tier}, dialect {}, {}",
            record.dialect, record.forks
        );
        return text;
    }
    let _infallible = writeln!(text, "{BAD}not certified{BAD:#}: {who}, {tier}");
    for reason in certificate.reasons.iter().chain(&certificate.limits) {
        let _infallible = writeln!(text, "  {reason}");
    }
    text
}

/// A case that did not simply pass, with why; nothing of one that did.
fn of_case(case: &CaseResult) -> String {
    let (style, word) = match case.verdict {
        Verdict::Pass | Verdict::NotApplicable => return String::new(),
        Verdict::Warn => (WARNING, "warn"),
        Verdict::NotExercised | Verdict::Inconclusive => (QUIET, "open"),
        Verdict::Unimplemented => (BAD, "n/i "),
        Verdict::KnownFailure => (WARNING, "know"),
        Verdict::UnexpectedPass | Verdict::Fail => (BAD, "FAIL"),
    };
    let (address, title) = (&case.case, &case.title);
    let head = format!("  {style}{word}{style:#}  {address}  {QUIET}{title}{QUIET:#}\n");
    head + &grounds(case)
}

/// Why a case did not simply pass.
fn grounds(case: &CaseResult) -> String {
    let mut text = String::new();
    for cell in case.rules.iter().filter(|it| is_told(it)) {
        let reason = cell
            .reason
            .as_deref()
            .map_or(String::new(), |it| format!(": {it}"));
        let _infallible = writeln!(text, "        {} {}{reason}", cell.verdict, cell.rule);
        for (at_us, what) in cell.violations.iter().take(MAX_VIOLATIONS) {
            let _infallible = writeln!(text, "          at {}: {what}", time(*at_us));
        }
        if let Some(more) = cell.violations.len().checked_sub(MAX_VIOLATIONS)
            && more > 0
        {
            let more = plural(more as u64, "time");
            let _infallible = writeln!(text, "          and {more} more");
        }
    }
    if case.unanswered > 0 && case.verdict != Verdict::Pass {
        let of = plural(case.unanswered, "request");
        let _infallible = writeln!(text, "        {of} without an answer");
    }
    if !case.was_sent {
        let _infallible = writeln!(text, "        nothing of it was sent");
    }
    text
}

fn is_told(cell: &Cell) -> bool {
    !matches!(
        cell.verdict,
        Verdict::Pass | Verdict::NotApplicable | Verdict::Inconclusive
    )
}

/// The same for whoever collects the results of tests: a test for each case.
#[must_use]
pub fn junit(record: &Record) -> Junit {
    let mut junit = Junit::new("gauntlet certify");
    for case in &record.certificate.cases {
        let (class, name) = parts(&case.case);
        let text = grounds(case);
        let reason = Reason {
            kind: case.verdict.name().to_owned(),
            text: text.clone(),
        };
        let result = match case.verdict {
            Verdict::Pass | Verdict::Warn => TestResult::Passed(text),
            Verdict::NotApplicable | Verdict::NotExercised | Verdict::Inconclusive => {
                TestResult::Skipped(reason.text)
            }
            Verdict::KnownFailure => TestResult::Skipped(reason.text),
            Verdict::Unimplemented | Verdict::UnexpectedPass | Verdict::Fail => {
                TestResult::Failed(reason)
            }
        };
        let took = Duration::from_micros(case.to_us.saturating_sub(case.from_us));
        junit.add(name, class, Some(took), &result);
    }
    junit
}

/// How a certification begins, for a person.
#[must_use]
pub fn opening(who: &str, url: &str, cases: usize, lasts: Duration, seed: u64) -> String {
    let cases = plural(cases as u64, "case");
    let lasts = span(lasts);
    format!("{HEADING}{who}{HEADING:#} at {url}: {cases} in {lasts}, seed {seed}\n")
}
