//! `gauntlet mutants`: whether every rule can be broken.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::console::Console;
use super::layout::width;
use super::suggest::did_you_mean;
use crate::mutants::{self, Fate, Mutant, Outcome};
use crate::plan::Plan;
use crate::report::style::{BAD, GOOD, HEADING, QUIET};
use crate::report::text;
use crate::suite::Exit;
use crate::trace::time;
use crate::{rules, scenario};

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
  2  there is no such mutant, or a scenario file is bad
  3  the harness broke")]
pub struct MutantsArgs {
    /// Mutants such as `retries-once`; all, unless given
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,
    /// List every rule that each mutant violates
    #[arg(long)]
    pub matrix: bool,
    /// The folder of the scenarios
    #[arg(long, value_name = "DIR", default_value = "scenarios")]
    pub scenarios: PathBuf,
}

/// Runs mutants.
#[must_use]
pub(super) fn run(args: &MutantsArgs) -> ExitCode {
    let mut console = Console::new();
    let prepared = choose(&args.ids).and_then(|mutants| {
        let plans = load(&args.scenarios, &mutants)?;
        Ok((mutants, plans))
    });
    let exit = match prepared {
        Ok((mutants, plans)) => run_all(&mutants, &plans, args.matrix, &mut console),
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
    folder: &Path,
    mutants: &[&'static Mutant],
) -> Result<BTreeMap<&'static str, Plan>, String> {
    let mut plans = BTreeMap::new();
    for address in mutants.iter().flat_map(|mutant| mutant.scenarios) {
        if !plans.contains_key(address) {
            let path = folder.join(format!("{address}.toml"));
            let plan = scenario::load(&path, &rules::ids()).map_err(|error| error.colored())?;
            plans.insert(*address, plan);
        }
    }
    Ok(plans)
}

fn run_all(
    mutants: &[&'static Mutant],
    plans: &BTreeMap<&str, Plan>,
    matrix: bool,
    console: &mut Console,
) -> Exit {
    let width = width(mutants.iter().map(|mutant| mutant.id));
    let (mut killed, mut exit) = (0, Exit::Conforms);
    for mutant in mutants {
        let outcome = mutants::run(mutant, plans);
        console.line(&told(&outcome, width));
        if matrix {
            for rule in &outcome.others {
                console.line(&format!("{QUIET}          besides {rule}{QUIET:#}"));
            }
        }
        for (scenario, why) in &outcome.failures {
            console.line(&format!(
                "          {BAD}no trace{BAD:#} of {scenario}: {why}"
            ));
            exit = exit.max(Exit::Broken);
        }
        if outcome.is_killed() {
            killed += 1;
        } else {
            exit = exit.max(Exit::Violation);
        }
    }
    let all = mutants.len();
    let style = if killed == all { GOOD } else { BAD };
    console.paragraph(&format!(
        "{style}{killed} of {all}{style:#} mutants killed by their own rule\n"
    ));
    exit
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
