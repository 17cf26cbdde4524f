//! What became of a scenario, as a page, and the list of all pages.

use std::fmt::Write as _;

use super::frame::{Text, frame};
use super::timeline::{Mark, timeline};
use crate::report::story::{self, Reading};
use crate::report::text::{grounds, plural};
use crate::rules::Verdict;
use crate::suite::{Failure, Report, Status};
use crate::view::View;

/// What became of a scenario, as one page that needs nothing else: its verdict, its timeline with the
/// moments of violations, its story. Without a trace there is no timeline.
#[must_use]
pub fn scenario(report: &Report) -> String {
    let mut body = String::new();
    let address = Text(&report.address);
    let _infallible = writeln!(
        body,
        "<h1>{address}</h1>\n<p>{}</p>\n<p class=\"verdict\">{}</p>",
        Text(&report.title),
        word(report.status())
    );
    for line in grounds(report) {
        let _infallible = writeln!(body, "<p>{}</p>", Text(&line));
    }
    let Some(ran) = report.ran() else {
        return frame(&report.address, &body);
    };
    if let Some(trace) = &ran.trace {
        let marks = marks(report);
        let _infallible = writeln!(
            body,
            "<h2>What happened</h2>\n{}<h2>The same in words</h2>\n<pre>{}</pre>",
            timeline(&View::of(trace), 0, trace.ended_us, &marks),
            Text(&story::render(trace, Reading::Story))
        );
    }
    let verdicts = ran.outcome.verdicts.iter();
    let held = verdicts.filter_map(|(rule, verdict)| match verdict {
        Verdict::Held(times) => Some((rule.id, times)),
        Verdict::Violated(_)
        | Verdict::NotExercised
        | Verdict::NotObservable(_)
        | Verdict::Inconclusive(_) => None,
    });
    body += "<h2>What held</h2>\n<ul>\n";
    for (rule, times) in held {
        let _infallible = writeln!(body, "<li>{rule}: {}</li>", plural(*times, "time"));
    }
    body += "</ul>\n";
    frame(&report.address, &body)
}

fn marks(report: &Report) -> Vec<Mark> {
    let failures = report.failures().iter().chain(report.warnings());
    let violated = failures.filter_map(|failure| match failure {
        Failure::Violated(rule, violations) => Some((rule, violations)),
        Failure::NotExercised(_)
        | Failure::Unexpected { .. }
        | Failure::Disputed { .. }
        | Failure::NotDeterministic(_) => None,
    });
    violated
        .flat_map(|(rule, violations)| {
            violations.iter().map(|violation| Mark {
                at_us: violation.at_us,
                what: format!("{} is violated: {}", rule.id, violation.what),
            })
        })
        .collect()
}

const fn word(status: Status) -> &'static str {
    match status {
        Status::Passed => "✓ passed",
        Status::Warned => "passed with warnings",
        Status::NotApplicable => "not applicable",
        Status::Inconclusive => "inconclusive",
        Status::Failed => "✗ failed",
        Status::Bad => "✗ could not be run",
        Status::Broken => "✗ broke",
    }
}

/// A line of the list of pages.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The scenario's address.
    pub address: String,
    /// What it is.
    pub title: String,
    /// What became of it.
    pub status: Status,
    /// The page's path from the list.
    pub page: String,
}

/// The list of all pages; what did not pass stands first.
#[must_use]
pub fn index(entries: &[Entry]) -> String {
    let mut entries: Vec<&Entry> = entries.iter().collect();
    entries.sort_by_key(|entry| matches!(entry.status, Status::Passed | Status::Warned));
    let mut body = format!(
        "<h1>Gauntlet: {}</h1>\n<ul>\n",
        plural(entries.len() as u64, "scenario")
    );
    for entry in entries {
        let _infallible = writeln!(
            body,
            "<li>{} <a href=\"{}\">{}</a> {}</li>",
            word(entry.status),
            Text(&entry.page),
            Text(&entry.address),
            Text(&entry.title)
        );
    }
    body += "</ul>\n";
    frame("Gauntlet", &body)
}
