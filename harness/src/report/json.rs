//! Reports for a machine: an object a line.

use serde::Serialize;

use super::Output;
use super::text::bad_input;
use crate::rules::{Rule, Verdict};
use crate::suite::{BadInput, End, Failure, Report, Reporter, RunEvent, Status, Stop, Summary};
use crate::trace::Trace;

/// A line of JSON for each case, after its trace if that is kept as lines, and one for the summary.
#[derive(Debug)]
pub struct Lines<'a> {
    output: &'a mut dyn Output,
    bad: Vec<String>,
}

impl<'a> Lines<'a> {
    /// One that writes there. What could not be run is told a person besides.
    pub fn new(output: &'a mut dyn Output) -> Self {
        Self {
            output,
            bad: Vec::new(),
        }
    }
}

impl Reporter for Lines<'_> {
    fn event(&mut self, event: &RunEvent) {
        match event {
            RunEvent::Started(_) | RunEvent::Advanced(_) => {}
            RunEvent::CaseFinished(of) => {
                let trace = of.ran().and_then(|ran| ran.trace.as_ref());
                for line in trace.into_iter().flat_map(Trace::lines) {
                    self.output.line(&line);
                }
                self.output.line(&report(of));
                if let End::Bad(bad) = &of.end {
                    self.bad.push(bad_input(bad));
                }
            }
            RunEvent::Finished(summed) => {
                for bad in &self.bad {
                    self.output.error(bad);
                }
                self.output.line(&summary(summed));
            }
        }
    }
}

/// A scenario's report as a line of JSON: `scenario`, `title`, `digest`, `passed`, `status`, `rules`,
/// `failures`, and where there are any, `warnings`, `reservations` (why it says nothing, or not
/// enough, of whoever is tried) and `error` (why there is no run to its end).
#[must_use]
pub fn report(report: &Report) -> String {
    let ran = report.ran();
    let verdicts = ran.map(|ran| &*ran.outcome.verdicts).unwrap_or_default();
    let told = |failures: &[Failure]| failures.iter().map(ToString::to_string).collect();
    let status = report.status();
    to_line(&ReportLine {
        scenario: &report.address,
        title: (!report.title.is_empty()).then_some(&report.title),
        digest: ran.map(|ran| ran.digest.to_string()),
        passed: matches!(status, Status::Passed | Status::Warned),
        status: word(status),
        rules: self::verdicts(verdicts),
        failures: told(report.failures()),
        warnings: told(report.warnings()),
        reservations: report.reservations(),
        error: error(&report.end),
    })
}

/// A summary as a line of JSON: `summary`, with `scenarios`, `rules`, `virtual_ms`, `wall_ms` and
/// `exit_code`; and `not_run` if it was ended early: how many scenarios it says nothing of.
#[must_use]
pub fn summary(summary: &Summary) -> String {
    to_line(&SummaryLine {
        summary: SummaryMember {
            scenarios: ScenariosMember {
                passed: summary.count(Status::Passed),
                warned: summary.count(Status::Warned),
                not_applicable: summary.count(Status::NotApplicable),
                inconclusive: summary.count(Status::Inconclusive),
                failed: summary.count(Status::Failed),
                bad: summary.count(Status::Bad),
                broken: summary.count(Status::Broken),
            },
            rules: RulesMember {
                held: ids(summary.held()),
                violated: violated(summary.violated()),
                warned: violated(summary.warned()),
                not_observable: ids(summary.not_observable()),
                inconclusive: ids(summary.inconclusive()),
                not_exercised: ids(summary.not_exercised()),
            },
            not_run: summary.is_partial().then_some(summary.not_run),
            virtual_ms: summary.virtual_ms,
            wall_ms: u64::try_from(summary.wall.as_millis()).unwrap_or(u64::MAX),
            exit_code: summary.exit().code(),
        },
    })
}

fn ids(rules: impl Iterator<Item = &'static Rule>) -> Vec<&'static str> {
    rules.map(|rule| rule.id).collect()
}

fn violated(rules: impl Iterator<Item = (&'static Rule, u64)>) -> Vec<ViolatedMember> {
    let member = |(rule, scenarios): (&'static Rule, u64)| ViolatedMember {
        id: rule.id,
        level: rule.level.to_string(),
        line: rule.line,
        scenarios,
    };
    rules.map(member).collect()
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Passed => "passed",
        Status::Warned => "warned",
        Status::NotApplicable => "not applicable",
        Status::Inconclusive => "inconclusive",
        Status::Failed => "failed",
        Status::Bad => "bad",
        Status::Broken => "broken",
    }
}

/// What became of each rule, as members of a line of JSON.
pub(crate) fn verdicts<'a>(verdicts: &'a [(&'static Rule, Verdict)]) -> Vec<RuleMember<'a>> {
    let members = verdicts.iter();
    members
        .map(|(rule, verdict)| RuleMember::of(rule.id, verdict))
        .collect()
}

/// Anything as a line of JSON.
pub(crate) fn to_line(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("what is written has string keys and goes to memory")
}

fn error(end: &End) -> Option<ErrorMember<'_>> {
    let of = |message: String| {
        Some(ErrorMember {
            message,
            problems: Vec::new(),
        })
    };
    match end {
        End::Ran(_) | End::NotApplicable(_) | End::Stopped(Stop::Found(_)) => None,
        End::Bad(BadInput::File(error)) => Some(ErrorMember {
            message: error.to_string(),
            problems: error
                .problems()
                .map(|problem| ProblemMember {
                    line: problem.line(),
                    column: problem.column(),
                    message: problem.message(),
                    help: problem.help(),
                })
                .collect(),
        }),
        End::Bad(BadInput::Unknown(unknown)) => of(unknown.to_string()),
        End::Bad(bad @ BadInput::Unrepeatable { .. }) => of(bad.to_string()),
        End::Stopped(stop) => of(stop.to_string()),
    }
}

#[derive(Serialize)]
struct ReportLine<'a> {
    scenario: &'a str,
    title: Option<&'a String>,
    digest: Option<String>,
    passed: bool,
    status: &'static str,
    rules: Vec<RuleMember<'a>>,
    failures: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reservations: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorMember<'a>>,
}

/// What became of a rule.
#[derive(Serialize)]
pub(crate) struct RuleMember<'a> {
    id: &'a str,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    /// The evidence that is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    violations: Vec<ViolationMember<'a>>,
}

impl<'a> RuleMember<'a> {
    fn of(id: &'a str, verdict: &'a Verdict) -> Self {
        let member = Self {
            id,
            verdict: "held",
            count: None,
            evidence: None,
            violations: Vec::new(),
        };
        match verdict {
            Verdict::Held(times) => Self {
                count: Some(*times),
                ..member
            },
            Verdict::Violated(violations) => {
                let members = violations.iter().map(|violation| ViolationMember {
                    at_us: violation.at_us,
                    what: &violation.what,
                });
                Self {
                    verdict: "violated",
                    violations: members.collect(),
                    ..member
                }
            }
            Verdict::NotExercised => Self {
                verdict: "not exercised",
                ..member
            },
            Verdict::NotObservable(evidence) => Self {
                verdict: "not observable",
                evidence: Some(evidence.to_string()),
                ..member
            },
            Verdict::Inconclusive(times) => Self {
                verdict: "inconclusive",
                count: Some(*times),
                ..member
            },
        }
    }
}

#[derive(Serialize)]
struct ViolationMember<'a> {
    at_us: u64,
    what: &'a str,
}

#[derive(Serialize)]
struct ErrorMember<'a> {
    message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<ProblemMember<'a>>,
}

#[derive(Serialize)]
struct ProblemMember<'a> {
    line: Option<usize>,
    column: Option<usize>,
    message: &'a str,
    help: &'a [String],
}

#[derive(Serialize)]
struct SummaryLine {
    summary: SummaryMember,
}

#[derive(Serialize)]
struct SummaryMember {
    scenarios: ScenariosMember,
    rules: RulesMember,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_run: Option<usize>,
    virtual_ms: u64,
    wall_ms: u64,
    exit_code: u8,
}

#[derive(Serialize)]
struct ScenariosMember {
    passed: usize,
    warned: usize,
    not_applicable: usize,
    inconclusive: usize,
    failed: usize,
    bad: usize,
    broken: usize,
}

#[derive(Serialize)]
struct RulesMember {
    held: Vec<&'static str>,
    violated: Vec<ViolatedMember>,
    warned: Vec<ViolatedMember>,
    not_observable: Vec<&'static str>,
    inconclusive: Vec<&'static str>,
    not_exercised: Vec<&'static str>,
}

#[derive(Serialize)]
struct ViolatedMember {
    id: &'static str,
    level: String,
    line: u32,
    scenarios: u64,
}
