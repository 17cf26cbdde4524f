//! Reports for a machine: an object a line.

use serde::Serialize;

use super::Summary;
use crate::rules::Verdict;
use crate::suite::{BadInput, End, Exit, Report};

/// A scenario's report as a line of JSON: `scenario`, `title`, `digest`, `passed`, `rules`,
/// `failures`, and `error` where there is no run to its end.
#[must_use]
pub fn report(report: &Report) -> String {
    let ran = report.ran();
    let verdicts = ran.map(|ran| &*ran.outcome.verdicts).unwrap_or_default();
    let failures = ran.map(|ran| &*ran.outcome.failures).unwrap_or_default();
    to_line(&ReportLine {
        scenario: &report.address,
        title: (!report.title.is_empty()).then_some(&report.title),
        digest: ran.map(|ran| ran.digest.to_string()),
        passed: report.exit() == Exit::Conforms,
        rules: verdicts
            .iter()
            .map(|(rule, verdict)| RuleMember::of(rule.id, verdict))
            .collect(),
        failures: failures.iter().map(ToString::to_string).collect(),
        error: error(&report.end),
    })
}

/// A summary as a line of JSON: `summary`, with `scenarios`, `rules`, `virtual_ms`, `wall_ms` and
/// `exit_code`.
#[must_use]
pub fn summary(summary: &Summary) -> String {
    to_line(&SummaryLine {
        summary: SummaryMember {
            scenarios: ScenariosMember {
                passed: summary.passed,
                failed: summary.failed,
                bad: summary.bad,
                broken: summary.broken,
            },
            rules: RulesMember {
                held: summary.held().map(|rule| rule.id).collect(),
                violated: summary
                    .violated()
                    .map(|(rule, scenarios)| ViolatedMember {
                        id: rule.id,
                        level: rule.level.to_string(),
                        line: rule.line,
                        scenarios,
                    })
                    .collect(),
                not_exercised: summary.not_exercised().map(|rule| rule.id).collect(),
            },
            virtual_ms: summary.virtual_ms,
            wall_ms: u64::try_from(summary.wall.as_millis()).unwrap_or(u64::MAX),
            exit_code: summary.exit().code(),
        },
    })
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
        End::Ran(_) => None,
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
        End::Failed(error) => of(error.to_string()),
        End::Differs(difference) => of(difference.to_string()),
        End::Panicked => of("the harness panicked while it judged the run".to_owned()),
    }
}

#[derive(Serialize)]
struct ReportLine<'a> {
    scenario: &'a str,
    title: Option<&'a String>,
    digest: Option<String>,
    passed: bool,
    rules: Vec<RuleMember<'a>>,
    failures: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorMember<'a>>,
}

#[derive(Serialize)]
struct RuleMember<'a> {
    id: &'a str,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    violations: Vec<ViolationMember<'a>>,
}

impl<'a> RuleMember<'a> {
    fn of(id: &'a str, verdict: &'a Verdict) -> Self {
        let (verdict, count, violations) = match verdict {
            Verdict::Held(times) => ("held", Some(*times), Vec::new()),
            Verdict::Violated(violations) => {
                let members = violations.iter().map(|violation| ViolationMember {
                    at_us: violation.at_us,
                    what: &violation.what,
                });
                ("violated", None, members.collect())
            }
            Verdict::NotExercised => ("not exercised", None, Vec::new()),
            Verdict::NotObservable(_) => ("not observable", None, Vec::new()),
            Verdict::Inconclusive(times) => ("inconclusive", Some(*times), Vec::new()),
        };
        Self {
            id,
            verdict,
            count,
            violations,
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
    virtual_ms: u64,
    wall_ms: u64,
    exit_code: u8,
}

#[derive(Serialize)]
struct ScenariosMember {
    passed: usize,
    failed: usize,
    bad: usize,
    broken: usize,
}

#[derive(Serialize)]
struct RulesMember {
    held: Vec<&'static str>,
    violated: Vec<ViolatedMember>,
    not_exercised: Vec<&'static str>,
}

#[derive(Serialize)]
struct ViolatedMember {
    id: &'static str,
    level: String,
    line: u32,
    scenarios: u64,
}
