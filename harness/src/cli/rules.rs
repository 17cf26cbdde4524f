//! `gauntlet rules`: what must hold, and which scenarios are for it.

use std::collections::BTreeMap;
use std::process::ExitCode;

use serde::Serialize;

use super::console::Console;
use super::coverage;
use super::layout::{width, wrapped};
use super::run::run_all;
use crate::mutants::{self, Coverage};
use crate::report::style::{BAD, GOOD, HEADING, QUIET};
use crate::report::{Output, text};
use crate::rules::{self, Evidence, Rule, SECOND_OPINION, Side, differences};
use crate::suite::{Case, Exit, RunOptions, Standing, Suite, did_you_mean};

/// Lists the rules, the evidence that each is judged by, and how many scenarios are for each.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  gauntlet rules                           every rule, by section of the specification
  gauntlet rules failsafe                  those of one section
  gauntlet rules get-payload/no-retry      one: its words, its evidence and its scenarios
  gauntlet rules --run                     and how often each holds over all scenarios
  gauntlet rules --coverage                which have cases, exercise and mutants, and which lack one

Exit codes, the higher ones with --run and --coverage alone:
  0  listed; everything conforms, and no rule that must hold lacks anything
  1  a rule is violated or not exercised, a node panicked, or a scenario is not as it expects to be;
     with --coverage: a rule that must hold has no case, or holds in none, or kills no mutant
  2  there is no such rule, or a scenario file is bad
  3  the harness broke")]
pub struct RulesArgs {
    /// A rule such as `get-payload/no-retry`, or a section such as `get-payload`
    #[arg(value_name = "ID")]
    pub id: Option<String>,
    /// A line of JSON for each rule
    #[arg(long)]
    pub json: bool,
    /// Run all scenarios and tell how often each rule held
    #[arg(long)]
    pub run: bool,
    /// Run all scenarios and tell what there is for each rule: cases, exercise and mutants
    #[arg(long, conflicts_with = "run")]
    pub coverage: bool,
}

/// Lists.
#[must_use]
pub(super) fn run(args: &RulesArgs) -> ExitCode {
    let mut console = Console::new();
    let chosen: Vec<_> = rules::all()
        .chain([&SECOND_OPINION])
        .filter(|rule| args.id.as_deref().is_none_or(|id| is_or_is_in(rule, id)))
        .collect();
    if let (Some(id), true) = (&args.id, chosen.is_empty()) {
        let sections = rules::all().map(|rule| text::parts(rule.id).0);
        let meant = did_you_mean(id, rules::ids().into_iter().chain(sections));
        let help: Vec<_> = meant.into_iter().collect();
        let message = format!("there is no rule or section `{id}`");
        console.error(&text::error(&message, &help));
        return console.end(Exit::BadInput);
    }
    let cases = Suite::find().cases();
    let mut exit = Exit::Conforms;
    for bad in cases.iter().filter_map(|case| case.input.as_ref().err()) {
        console.error(&text::bad_input(bad));
        exit = Exit::BadInput;
    }
    if args.coverage {
        let covered = cover(&chosen, &cases, args, &mut console);
        return console.end(exit.max(covered));
    }
    let mut standings = None;
    if args.run {
        let summary = run_all(&cases, &RunOptions::default(), &mut ());
        exit = exit.max(summary.exit());
        standings = Some(summary.rules.into_iter());
    }
    let standings: BTreeMap<_, _> = standings
        .into_iter()
        .flatten()
        .map(|(rule, standing)| (rule.id, standing))
        .collect();
    let chosen: Vec<_> = chosen
        .into_iter()
        .map(|rule| Row {
            rule,
            scenarios: scenarios_for(rule, &cases),
            standing: standings.get(rule.id).copied(),
        })
        .collect();
    match (&*chosen, args.json) {
        (rows, true) => rows.iter().for_each(|row| console.line(&row.json())),
        ([row], false) if args.id.as_deref() == Some(row.rule.id) => console.out(&row.page()),
        (rows, false) => console.out(&list(rows)),
    }
    console.end(exit)
}

/// Tells what there is for these rules.
fn cover(
    chosen: &[&'static Rule],
    cases: &[Case],
    args: &RulesArgs,
    console: &mut Console,
) -> Exit {
    let summary = run_all(cases, &RunOptions::default(), &mut ());
    let all = mutants::coverage(cases, &summary);
    let is_chosen = |row: &&Coverage| chosen.iter().any(|rule| rule.id == row.rule.id);
    let rows: Vec<_> = all.iter().filter(is_chosen).collect();
    if args.json {
        rows.iter()
            .for_each(|row| console.line(&coverage::line(row)));
    } else {
        console.out(&coverage::table(&rows));
    }
    let lacking = rows.iter().any(|row| !row.lacks().is_empty());
    let exit = if lacking {
        Exit::Violation
    } else {
        Exit::Conforms
    };
    exit.max(summary.exit())
}

fn is_or_is_in(rule: &Rule, id: &str) -> bool {
    rule.id == id || text::parts(rule.id).0 == id.trim_end_matches('/')
}

/// The addresses and titles of the scenarios that are for a rule.
fn scenarios_for<'a>(rule: &Rule, cases: &'a [Case]) -> Vec<(&'a str, &'a str)> {
    cases
        .iter()
        .filter(|case| case.is_for(rule.id))
        .filter_map(|case| Some((&*case.address, &*case.input.as_ref().ok()?.title)))
        .collect()
}

/// A rule and what is known of it.
struct Row<'a> {
    rule: &'static Rule,
    scenarios: Vec<(&'a str, &'a str)>,
    /// How often it held, if that was asked.
    standing: Option<Standing>,
}

fn list(rows: &[Row<'_>]) -> String {
    let mut list = String::new();
    let mut section = "";
    let names = width(rows.iter().map(|row| text::parts(row.rule.id).1));
    let evidences: Vec<_> = rows.iter().map(|row| evidence(row.rule)).collect();
    let evidence_width = width(evidences.iter().map(String::as_str));
    for (row, evidence) in rows.iter().zip(&evidences) {
        let Rule {
            id,
            level,
            subject,
            line,
            ..
        } = row.rule;
        let (of, name) = text::parts(id);
        if of != section {
            let separator = if section.is_empty() { "" } else { "\n" };
            list += &format!("{separator}{HEADING}{of}/{HEADING:#}\n");
            section = of;
        }
        list += &format!(
            "  {name:<names$}  {level:<8}  line {line:>3}  {subject:<9}  \
             {QUIET}{evidence:<evidence_width$}{QUIET:#}  {}{}\n",
            row.coverage(),
            row.held()
        );
    }
    list + &total(rows)
}

/// What a rule is judged by.
fn evidence(rule: &Rule) -> String {
    let kinds: Vec<_> = rule.evidence.iter().map(Evidence::to_string).collect();
    kinds.join(", ")
}

fn total(rows: &[Row<'_>]) -> String {
    let covered = rows.iter().filter(|row| !row.scenarios.is_empty()).count();
    let all = text::plural(rows.len() as u64, "rule");
    format!("\n{all}, {covered} with a scenario\n")
}

/// Where a client and our engine are known to differ.
fn known_differences() -> String {
    let mut told = format!("\n  {QUIET}known differences{QUIET:#}\n");
    for difference in differences() {
        let says = match difference.ours {
            Side::Valid => "VALID",
            Side::Invalid => "INVALID",
        };
        let about = format!(
            "on payloads {}: ours says {says}, and {} does not",
            difference.about, difference.client
        );
        told += &format!("    {HEADING}{}{HEADING:#}\n", difference.id);
        told += &wrapped(&about, 6);
        told += &format!("{QUIET}{}{QUIET:#}", wrapped(difference.why, 6));
    }
    told
}

impl Row<'_> {
    fn coverage(&self) -> String {
        match self.scenarios.len() as u64 {
            // It is judged in any, if a client is asked.
            0 if self.rule.id == SECOND_OPINION.id => "`gauntlet verify --engine`".to_owned(),
            0 => format!("{BAD}no scenario{BAD:#}"),
            count => text::plural(count, "scenario"),
        }
    }

    /// How often it held, if that was asked.
    fn held(&self) -> String {
        let (style, told) = match self.standing {
            None => return String::new(),
            Some(Standing {
                violated_in: runs @ 1..,
                ..
            }) => (BAD, format!("violated in {}", text::plural(runs, "run"))),
            Some(Standing {
                held: 0,
                not_observable_in: runs @ 1..,
                ..
            }) => (
                QUIET,
                format!("not observable in {}", text::plural(runs, "run")),
            ),
            Some(Standing {
                held: 0,
                inconclusive_in: runs @ 1..,
                ..
            }) => (
                QUIET,
                format!("inconclusive in {}", text::plural(runs, "run")),
            ),
            Some(Standing { held: 0, .. }) => (BAD, "not exercised".to_owned()),
            Some(Standing { held, .. }) => (GOOD, format!("held {}", text::plural(held, "time"))),
        };
        format!(", {style}{told}{style:#}")
    }

    fn page(&self) -> String {
        let rule = self.rule;
        let mut page = format!("{HEADING}{}{HEADING:#}\n", rule.id);
        let of = format!("{}, line {} of builder-api.md", rule.level, rule.line);
        page += &format!("  {of}; it judges the {}\n\n", rule.subject);
        if let Some(quote) = rule.quote {
            page += &wrapped(&format!("“{quote}”"), 4);
            page += "\n";
        }
        if let Some(source) = rule.source {
            page += &format!("  {QUIET}derives from{QUIET:#}\n");
            page += &wrapped(source, 4);
            page += "\n";
        }
        page += &format!("  {QUIET}judged by{QUIET:#}  {}\n\n", evidence(rule));
        page += &format!("  {}{}\n", self.coverage(), self.held());
        let width = width(self.scenarios.iter().map(|(address, _)| *address));
        for (address, title) in &self.scenarios {
            page += &format!("    {address:<width$}  {QUIET}{title}{QUIET:#}\n");
        }
        if rule.id == SECOND_OPINION.id {
            page += &known_differences();
        }
        page
    }

    fn json(&self) -> String {
        #[derive(Serialize)]
        struct Line<'a> {
            id: &'a str,
            level: String,
            subject: String,
            line: u32,
            quote: Option<&'a str>,
            source: Option<&'a str>,
            evidence: Vec<String>,
            scenarios: Vec<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            held: Option<u64>,
            #[serde(skip_serializing_if = "Option::is_none")]
            violated_in: Option<u64>,
        }
        let rule = self.rule;
        crate::report::json::to_line(&Line {
            id: rule.id,
            level: rule.level.to_string(),
            subject: rule.subject.to_string(),
            line: rule.line,
            quote: rule.quote,
            source: rule.source,
            evidence: rule.evidence.iter().map(Evidence::to_string).collect(),
            scenarios: self.scenarios.iter().map(|(address, _)| *address).collect(),
            held: self.standing.map(|standing| standing.held),
            violated_in: self.standing.map(|standing| standing.violated_in),
        })
    }
}
