//! `gauntlet mutants`: whether every rule can be broken.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use super::console::Console;
use super::interrupt;
use super::layout::width;
use super::progress::Progress;
use super::run::written;
use crate::mutants::{self, Fate, Mutant, Outcome};
use crate::plan::Plan;
use crate::report::junit::{Junit, Reason, TestResult};
use crate::report::style::{BAD, GOOD, HEADING, QUIET};
use crate::report::{Output, text};
use crate::suite::{self, Exit, Stopwatch, Suite, did_you_mean};
use crate::trace::time;

/// Runs nodes that break a rule each, and tells whether that rule notices.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  gauntlet mutants                         every mutant
  gauntlet mutants retries-once            one of them
  gauntlet mutants --matrix                and every rule that each of them violates

Exit codes:
  0  each mutant is killed by its own rule
  1  one survives
  2  bad input: no such mutant, a scenario file, an option
  3  the harness broke
130  ended early, by Ctrl-C or since nobody reads on; what is told is of what was run")]
pub struct MutantsArgs {
    /// Mutants such as `retries-once`; all, unless given
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,
    /// List every rule that each mutant violates
    #[arg(long)]
    pub matrix: bool,
    /// The folder of the scenarios [default: `scenarios`, here or above, or those built in]
    #[arg(long, value_name = "DIR")]
    pub scenarios: Option<PathBuf>,
    /// How many mutants run at the same time [default: the number of cores]
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// Write JUnit's XML to a file too: a test case for each mutant
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
}

/// Runs mutants.
#[must_use]
pub(super) fn run(args: &MutantsArgs) -> ExitCode {
    let mut console = Console::new();
    interrupt::halts(console.halt());
    let suite = args.scenarios.as_ref().map_or_else(Suite::find, Suite::at);
    let prepared = choose(&args.ids).and_then(|mutants| {
        let plans = load(&suite, &mutants)?;
        Ok((mutants, plans))
    });
    let exit = match prepared {
        Ok((mutants, plans)) => run_all(&mutants, &plans, args, &mut console),
        Err(why) => {
            console.error(&why);
            Exit::BadInput
        }
    };
    console.end(exit)
}

/// The mutants of these ids, or all.
fn choose(ids: &[String]) -> Result<Vec<&'static Mutant>, String> {
    if ids.is_empty() {
        return Ok(mutants::all().collect());
    }
    ids.iter()
        .map(|id| {
            mutants::find(id).ok_or_else(|| {
                let known = mutants::all().map(|mutant| mutant.id);
                let help: Vec<_> = did_you_mean(id, known).into_iter().collect();
                text::error(&format!("there is no mutant `{id}`"), &help)
            })
        })
        .collect()
}

/// The plans of the mutants' scenarios, by their addresses.
fn load(
    suite: &Suite,
    mutants: &[&'static Mutant],
) -> Result<BTreeMap<&'static str, Plan>, String> {
    let mut plans = BTreeMap::new();
    for address in mutants.iter().flat_map(|mutant| mutant.scenarios) {
        if !plans.contains_key(address) {
            let input = suite.case(address).input;
            plans.insert(*address, input.map_err(|bad| text::bad_input(&bad))?);
        }
    }
    Ok(plans)
}

fn run_all(
    mutants: &[&'static Mutant],
    plans: &BTreeMap<&str, Plan>,
    args: &MutantsArgs,
    console: &mut Console,
) -> Exit {
    let since = Stopwatch::start();
    let mut progress = Progress::new(mutants.len() as u64, "mutants");
    let mut junit = Junit::new("mutants");
    let width = width(mutants.iter().map(|mutant| mutant.id));
    let jobs = args.jobs.unwrap_or_else(suite::cores);
    let halt = console.halt();
    let (mut killed, mut ran, mut exit) = (0, 0, Exit::Conforms);
    mutants::run_all(mutants, plans, jobs, &halt, |finished, ready| {
        progress.suspend(|| {
            for outcome in ready {
                tell(&outcome, width, args.matrix, console);
                let class = text::parts(outcome.mutant.killed_by).0;
                junit.add(outcome.mutant.id, class, None, &result(&outcome));
                ran += 1;
                killed += usize::from(outcome.is_killed());
                exit = exit.max(exit_of(&outcome));
            }
        });
        progress.advance(finished as u64, String::new());
    });
    progress.clear();
    junit.took(since.elapsed());
    let all = mutants.len();
    let style = if killed == ran { GOOD } else { BAD };
    let mut told = String::new();
    if ran < all {
        let not_run = all - ran;
        told += &format!("{BAD}ended early{BAD:#}: {not_run} of {all} mutants were not run\n");
        junit.ended_early(not_run as u64, all as u64, "mutants");
        exit = Exit::Interrupted;
    }
    told += &format!("{style}{killed} of {ran}{style:#} mutants killed by their own rule\n");
    console.paragraph(&told);
    exit.max(written(&junit, args.junit.as_deref(), console))
}

/// What a mutant comes to.
fn exit_of(outcome: &Outcome) -> Exit {
    if !outcome.failures.is_empty() {
        Exit::Broken
    } else if outcome.is_killed() {
        Exit::Conforms
    } else {
        Exit::Violation
    }
}

fn result(outcome: &Outcome) -> TestResult {
    let kind = outcome.mutant.killed_by.to_owned();
    let without_trace = outcome.failures.iter();
    let without_trace: Vec<_> = without_trace
        .map(|(scenario, why)| format!("no trace of {scenario}: {why}"))
        .collect();
    let text = without_trace.join("\n");
    match (exit_of(outcome), &outcome.fate) {
        (Exit::Broken | Exit::BadInput, _) => TestResult::Error(Reason { kind, text }),
        (
            _,
            Fate::Killed {
                scenario,
                violation,
            },
        ) => {
            let at = time(violation.at_us);
            let what = &violation.what;
            TestResult::Passed(format!("killed by {kind} in {scenario} at {at}: {what}"))
        }
        (_, Fate::Survived) => TestResult::Failed(Reason {
            text: format!("{kind} held in {}", outcome.mutant.scenarios.join(", ")),
            kind,
        }),
    }
}

fn tell(outcome: &Outcome, width: usize, matrix: bool, console: &mut Console) {
    console.line(&told(outcome, width));
    if matrix {
        for rule in &outcome.others {
            console.line(&format!("{QUIET}          besides {rule}{QUIET:#}"));
        }
    }
    for (scenario, why) in &outcome.failures {
        console.line(&format!(
            "          {BAD}no trace{BAD:#} of {scenario}: {why}"
        ));
    }
}

/// A line that says what became of a mutant.
fn told(outcome: &Outcome, width: usize) -> String {
    let Mutant {
        id,
        about,
        killed_by,
        scenarios,
        ..
    } = outcome.mutant;
    match &outcome.fate {
        Fate::Killed {
            scenario,
            violation,
        } => {
            let at = time(violation.at_us);
            let what = &violation.what;
            format!(
                "{GOOD}killed{GOOD:#}    {HEADING}{id:<width$}{HEADING:#}  by {killed_by}  in \
                 {scenario}  {QUIET}at {at}: {what}{QUIET:#}"
            )
        }
        Fate::Survived => {
            let scenarios = scenarios.join(", ");
            format!(
                "{BAD}survived{BAD:#}  {HEADING}{id:<width$}{HEADING:#}  {killed_by} held in \
                 {scenarios}  {QUIET}{about}{QUIET:#}"
            )
        }
    }
}
