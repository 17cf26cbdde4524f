//! What a certification came to, as a page.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{CaseResult, Cell, Record, RuleResult, Verdict};
use crate::report::html::{Mark, Text, exchange, frame, timeline};
use crate::report::text::plural;
use crate::trace::{Trace, time};
use crate::view::View;

/// How many exchanges of a case are shown.
const MAX_EXCHANGES: usize = 12;

/// What a certification came to, as one page that needs nothing else.
#[must_use]
pub fn page(record: &Record, trace: &Trace) -> String {
    let view = View::of(trace);
    let name = &record.subject.name;
    let mut body = String::new();
    head(&mut body, record);
    rules(&mut body, record);
    let certificate = &record.certificate;
    let _infallible = writeln!(body, "<h2>Cases</h2>");
    let mut cases: Vec<&CaseResult> = certificate.cases.iter().collect();
    // What did not pass stands first.
    cases.sort_by_key(|case| std::cmp::Reverse(case.verdict));
    for case in cases {
        of_case(&mut body, case, &view, &record.url);
    }
    frame(&format!("{name}: {}", verdict(record)), &body)
}

fn verdict(record: &Record) -> &'static str {
    match (record.certificate.is_partial, record.is_certified) {
        (true, _) => "ended early, not certified",
        (false, true) => "certified",
        (false, false) => "not certified",
    }
}

fn head(body: &mut String, record: &Record) {
    let (certificate, subject) = (&record.certificate, &record.subject);
    let measures = &certificate.measures;
    let version = subject.version.as_deref().unwrap_or_default();
    let mark = if record.is_certified { "✓" } else { "✗" };
    let _infallible = writeln!(
        body,
        "<h1>{} {}</h1>\n<p class=\"verdict\">{mark} {}: {}</p>",
        Text(&subject.name),
        Text(version),
        record.tier,
        verdict(record)
    );
    if !record.is_certified {
        *body += "<h2>Why it is not certified</h2>\n<ul>\n";
        for reason in certificate.reasons.iter().chain(&certificate.limits) {
            let _infallible = writeln!(*body, "<li>{}</li>", Text(reason));
        }
        *body += "</ul>\n";
    }
    let share = format!("{:.1} %, of {} slots", measures.share(), measures.slots);
    let inclusion = format!(
        "{} of {} forwarded transactions",
        measures.included, measures.forwarded
    );
    let latency = format!(
        "half in {}, 99 % in {}, all in {}",
        time(measures.payload_p50_us),
        time(measures.payload_p99_us),
        time(measures.payload_max_us)
    );
    let (wanted, played) = (certificate.wanted().count(), certificate.played());
    let played = format!("{wanted}: {played}");
    let client = record.client_version.as_deref().unwrap_or("says nothing");
    let guard = format!(
        "within {} of a bound nothing is concluded",
        time(record.guard_us)
    );
    let seed = record.seed.to_string();
    let rows = [
        ("Rules played", &*played),
        ("Blocks of the builder's", &*share),
        ("Included", &*inclusion),
        ("Payload requests", &*latency),
        ("Builder", &*record.url),
        ("What it calls itself", client),
        ("Dialect", &*record.dialect),
        ("Forks", &*record.forks),
        ("Judge", &*record.gauntlet),
        ("Specification", &*record.specification),
        ("Seed", &*seed),
        ("Clock", &*guard),
    ];
    *body += "<dl>\n";
    for (name, value) in rows {
        let _infallible = writeln!(*body, "<dt>{name}</dt><dd>{}</dd>", Text(value));
    }
    *body += "</dl>\n";
    declared(body, record);
}

fn declared(body: &mut String, record: &Record) {
    let declared = &record.declared;
    let all = [
        ("does not apply", &declared.not_applicable),
        ("is known to fail", &declared.known_failures),
    ];
    if all.iter().all(|(_, of)| of.is_empty()) {
        return;
    }
    *body += "<h2>Declared beforehand</h2>\n<ul>\n";
    for (word, of) in all {
        for it in of {
            let case = it
                .case
                .as_deref()
                .map_or(String::new(), |case| format!(" in {case}"));
            let (rule, reason) = (Text(&it.rule), Text(&it.reason));
            let _infallible = writeln!(*body, "<li>{rule}{} {word}: {reason}</li>", Text(&case));
        }
    }
    *body += "</ul>\n";
}

fn class(verdict: Verdict) -> String {
    verdict.name().replace(' ', "-")
}

/// Each rule, with its words, and the cases in which it was put to the test.
fn rules(body: &mut String, record: &Record) {
    let mut by_rule: BTreeMap<&str, Vec<(&str, &Cell)>> = BTreeMap::new();
    for case in &record.certificate.cases {
        for cell in &case.rules {
            let cells = by_rule.entry(&cell.rule).or_default();
            cells.push((&case.case, cell));
        }
    }
    *body += "<h2>Rules</h2>\n";
    let mut rules: Vec<&RuleResult> = record.certificate.rules.iter().collect();
    rules.sort_by_key(|rule| std::cmp::Reverse(rule.verdict.fails()));
    for rule in rules {
        let cells = by_rule.get(&*rule.rule).map_or(&[][..], Vec::as_slice);
        let _infallible = writeln!(
            body,
            "<details class=\"{}\"><summary><b>{}</b> <span>{}</span> <small>{}, line {}; held {}, violated {}</small></summary>",
            class(rule.verdict),
            rule.verdict,
            Text(&rule.rule),
            Text(&rule.level),
            rule.line,
            rule.held,
            rule.violated,
        );
        let _infallible = writeln!(
            body,
            "<blockquote>{}</blockquote>\n<ul>",
            Text(&rule.source)
        );
        for (case, cell) in cells {
            let _infallible = writeln!(
                body,
                "<li><a href=\"#{0}\">{0}</a>: {1}, held {2}, violated {3}</li>",
                Text(case),
                cell.verdict,
                cell.held,
                cell.violations.len()
            );
        }
        *body += "</ul></details>\n";
    }
}

fn of_case(body: &mut String, case: &CaseResult, view: &View<'_>, url: &str) {
    let _infallible = writeln!(
        body,
        "<details id=\"{0}\" class=\"{1}\"><summary><b>{2}</b> <span>{0}</span> <small>{3}</small></summary>",
        Text(&case.case),
        class(case.verdict),
        case.verdict,
        Text(&case.title),
    );
    let mut marks = Vec::new();
    for cell in case.rules.iter().filter(|it| it.verdict != Verdict::Pass) {
        let reason = cell.reason.as_deref().unwrap_or_default();
        let _infallible = writeln!(
            body,
            "<p>{}: {} {}</p>",
            Text(&cell.rule),
            cell.verdict,
            Text(reason)
        );
        for (at_us, what) in &cell.violations {
            let _infallible = writeln!(body, "<p>at {}: {}</p>", time(*at_us), Text(what));
            let what = format!("{} is violated", cell.rule);
            marks.push(Mark {
                at_us: *at_us,
                what,
            });
        }
    }
    if case.unanswered > 0 {
        let of = plural(case.unanswered, "request");
        let _infallible = writeln!(body, "<p>{of} without an answer</p>");
    }
    // What passed is told by its figures; what did not, by all that happened.
    if case.verdict != Verdict::Pass && case.exchanges.len() + marks.len() > 0 {
        *body += &timeline(view, case.from_us, case.to_us, &marks);
    }
    let shown = case.exchanges.iter().take(MAX_EXCHANGES);
    let exchanges = shown.filter_map(|number| view.exchange(*number));
    for shown in exchanges {
        *body += &exchange(shown, url);
    }
    if let Some(more) = case.exchanges.len().checked_sub(MAX_EXCHANGES)
        && more > 0
    {
        let more = plural(more as u64, "exchange");
        let _infallible = writeln!(body, "<p>and {more} more, in the transcript</p>");
    }
    *body += "</details>\n";
}
