//! How mutants, null controls and the kill matrix are told.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::mutants::controls::Passes;
use crate::mutants::{Kill, Outcome};
use crate::report::json::to_line;
use crate::report::junit::{Reason, TestResult};
use crate::report::style::{BAD, GOOD, HEADING, QUIET};
use crate::report::text;
use crate::rules;
use crate::suite::Exit;
use crate::trace::time;

/// What a mutant comes to.
pub(super) fn exit_of(outcome: &Outcome) -> Exit {
    if !outcome.failures.is_empty() {
        Exit::Broken
    } else if outcome.killed().is_some() {
        Exit::Conforms
    } else {
        Exit::Violation
    }
}

/// The mutant's result as a test.
pub(super) fn mutant_result(outcome: &Outcome) -> TestResult {
    let kind = outcome.mutant.killed_by.to_owned();
    let without_trace = outcome.failures.iter();
    let without_trace: Vec<_> = without_trace
        .map(|(case, why)| format!("no trace of {case}: {why}"))
        .collect();
    let text = without_trace.join("\n");
    match (exit_of(outcome), outcome.killed()) {
        (Exit::Broken | Exit::BadInput, _) => TestResult::Error(Reason { kind, text }),
        (
            _,
            Some(Kill {
                case, violation, ..
            }),
        ) => {
            let (at, what) = (time(violation.at_us), &violation.what);
            TestResult::Passed(format!("killed by {kind} in {case} at {at}: {what}"))
        }
        (_, None) => TestResult::Failed(Reason {
            text: format!("{kind} held in {}", outcome.mutant.scenarios.join(", ")),
            kind,
        }),
    }
}

/// A line that says what became of a mutant, and one for each rule that noticed it besides its own.
pub(super) fn mutant(outcome: &Outcome, width: usize) -> String {
    let mutant = outcome.mutant;
    let (id, killed_by) = (mutant.id, mutant.killed_by);
    let mut told = match outcome.killed() {
        Some(Kill {
            case, violation, ..
        }) => {
            let (at, what) = (time(violation.at_us), &violation.what);
            format!(
                "{GOOD}killed{GOOD:#}    {HEADING}{id:<width$}{HEADING:#}  by {killed_by}  in \
                 {case}  {QUIET}at {at}: {what}{QUIET:#}"
            )
        }
        None => {
            let (scenarios, about) = (mutant.scenarios.join(", "), mutant.about);
            format!(
                "{BAD}survived{BAD:#}  {HEADING}{id:<width$}{HEADING:#}  {killed_by} held in \
                 {scenarios}  {QUIET}{about}{QUIET:#}"
            )
        }
    };
    for Kill { rule, case, .. } in outcome.collateral() {
        told += &format!("\n{QUIET}          besides  {rule}  in {case}{QUIET:#}");
    }
    for (case, why) in &outcome.failures {
        told += &format!("\n          {BAD}no trace{BAD:#} of {case}: {why}");
    }
    told
}

/// A line of JSON that says what became of a mutant.
pub(super) fn mutant_json(outcome: &Outcome) -> String {
    #[derive(Serialize)]
    struct Line<'a> {
        mutant: &'a str,
        about: &'a str,
        killed_by: &'a str,
        killed: bool,
        kills: Vec<KillMember<'a>>,
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        failures: &'a [(String, String)],
    }
    #[derive(Serialize)]
    struct KillMember<'a> {
        rule: &'a str,
        scenario: &'a str,
        at_us: u64,
        what: &'a str,
    }
    let kills = outcome.kills.iter();
    let kills = kills.map(
        |Kill {
             rule,
             case,
             violation,
         }| KillMember {
            rule,
            scenario: case,
            at_us: violation.at_us,
            what: &violation.what,
        },
    );
    to_line(&Line {
        mutant: outcome.mutant.id,
        about: outcome.mutant.about,
        killed_by: outcome.mutant.killed_by,
        killed: outcome.killed().is_some(),
        kills: kills.collect(),
        failures: &outcome.failures,
    })
}

/// How many of the cases that a control passes are named.
const NAMED: usize = 10;

/// A line that says what became of a null control.
pub(super) fn control(passes: &Passes, width: usize) -> String {
    let (id, about) = (passes.control.id, passes.control.about);
    let cases = text::plural(passes.cases as u64, "case");
    if passes.passed.is_empty() {
        return format!(
            "{GOOD}failed{GOOD:#}    {HEADING}{id:<width$}{HEADING:#}  in {cases} for builders  \
             {QUIET}{about}{QUIET:#}"
        );
    }
    let passed = passes.passed.len();
    let mut told = format!(
        "{BAD}passed{BAD:#}    {HEADING}{id:<width$}{HEADING:#}  {passed} of {cases} for builders  \
         {QUIET}{about}{QUIET:#}"
    );
    for case in passes.passed.iter().take(NAMED) {
        told += &format!("\n          {BAD}passed{BAD:#}  {case}");
    }
    if let Some(more @ 1..) = passed.checked_sub(NAMED) {
        told += &format!("\n          and {more} more");
    }
    told
}

/// The control's result as a test.
pub(super) fn control_result(passes: &Passes) -> TestResult {
    if passes.passed.is_empty() {
        return TestResult::Passed(format!("failed in {}", passes.cases));
    }
    TestResult::Failed(Reason {
        kind: "null control".to_owned(),
        text: format!("passed\n{}", passes.passed.join("\n")),
    })
}

/// A line of JSON that says what became of a null control.
pub(super) fn control_json(passes: &Passes) -> String {
    #[derive(Serialize)]
    struct Line<'a> {
        control: &'a str,
        about: &'a str,
        scenarios: usize,
        passed: &'a [String],
    }
    to_line(&Line {
        control: passes.control.id,
        about: passes.control.about,
        scenarios: passes.cases,
        passed: &passes.passed,
    })
}

/// Which mutants each rule kills.
#[derive(Debug, Default)]
pub(super) struct Matrix {
    by_rule: BTreeMap<&'static str, Killed>,
}

/// What a rule kills.
#[derive(Debug, Default)]
struct Killed {
    /// Those that it is to kill.
    own: Vec<&'static str>,
    /// Those of other rules.
    collateral: Vec<&'static str>,
}

impl Matrix {
    pub(super) fn add(&mut self, outcome: &Outcome) {
        let mutant = outcome.mutant;
        if outcome.killed().is_some() {
            self.by_rule
                .entry(mutant.killed_by)
                .or_default()
                .own
                .push(mutant.id);
        }
        for Kill { rule, .. } in outcome.collateral() {
            self.by_rule
                .entry(rule)
                .or_default()
                .collateral
                .push(mutant.id);
        }
    }

    /// Whether a rule kills a mutant of its own.
    pub(super) fn kills(&self, rule: &str) -> bool {
        self.by_rule
            .get(rule)
            .is_some_and(|killed| !killed.own.is_empty())
    }

    pub(super) fn told(&self) -> String {
        let mut told = String::new();
        for rule in rules::all() {
            let Some(Killed { own, collateral }) = self.by_rule.get(rule.id) else {
                continue;
            };
            told += &format!("{HEADING}{}{HEADING:#}\n", rule.id);
            for id in own {
                told += &format!("  {GOOD}kills{GOOD:#}  {id}\n");
            }
            for id in collateral {
                told += &format!("  {QUIET}also   {id}{QUIET:#}\n");
            }
        }
        told + "\n"
    }

    /// A line of JSON for each rule.
    pub(super) fn json(&self) -> Vec<String> {
        #[derive(Serialize)]
        struct Line<'a> {
            rule: &'a str,
            kills: &'a [&'a str],
            collateral: &'a [&'a str],
        }
        let none = Killed::default();
        let line = |rule: &rules::Rule| {
            let Killed { own, collateral } = self.by_rule.get(rule.id).unwrap_or(&none);
            to_line(&Line {
                rule: rule.id,
                kills: own,
                collateral,
            })
        };
        rules::all().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutants::controls;

    #[test]
    fn what_a_control_passes_is_named_and_a_failure() {
        let control = controls::all().next().expect("there are controls");
        let passes = |count: usize| Passes {
            control,
            cases: 20,
            passed: (0..count).map(|case| format!("a/{case}")).collect(),
        };
        let told =
            |count| anstream::adapter::strip_str(&super::control(&passes(count), 0)).to_string();
        assert!(told(0).starts_with("failed    empty-object  in 20 cases"));
        assert!(matches!(control_result(&passes(0)), TestResult::Passed(_)));
        let many = told(NAMED + 2);
        assert!(
            many.starts_with("passed    empty-object  12 of 20 cases"),
            "{many}"
        );
        assert!(
            many.ends_with("passed  a/9\n          and 2 more"),
            "{many}"
        );
        assert!(!told(NAMED).contains("more"));
        assert!(matches!(control_result(&passes(1)), TestResult::Failed(_)));
    }
}
