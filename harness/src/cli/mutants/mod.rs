//! `gauntlet mutants`: whether every rule can be broken.

mod told;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use super::console::Console;
use super::interrupt;
use super::layout::width;
use super::progress::Progress;
use super::run::written;
use crate::mutants::controls::{self, Control, Passes};
use crate::mutants::{self, Cases, Mutant, Outcome};
use crate::report::junit::Junit;
use crate::report::style::{BAD, GOOD};
use crate::report::{Output, text};
use crate::rules;
use crate::suite::{self, Case, Exit, Stopwatch, Suite, did_you_mean};

use told::Matrix;

/// Runs nodes that break a rule each, and tells which rules notice
///
/// Then builders that do nothing that one must, which pass no case for builders.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  gauntlet mutants                         every mutant, and the null controls
  gauntlet mutants retries-once            one of them
  gauntlet mutants --matrix                and which mutants each rule kills
  gauntlet mutants --json                  a line each, with every rule in every case

Exit codes:
  0  each mutant is killed by its own rule, and no null control passes
  1  one survives, or passes, or a rule that must hold kills none
  2  bad input: no such mutant, a scenario file, an option
  3  the harness broke
130  ended early, by Ctrl-C or since nobody reads on; what is told is of what was run")]
pub struct MutantsArgs {
    /// Mutants such as `retries-once`, or null controls such as `silent`; all, unless given
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,
    /// List the mutants that each rule kills, those of others too
    #[arg(long)]
    pub matrix: bool,
    /// A line of JSON for each mutant, each null control and each rule
    #[arg(long, conflicts_with = "matrix")]
    pub json: bool,
    /// The folder of the scenarios [default: `scenarios`, here or above, or those built in]
    #[arg(long, value_name = "DIR")]
    pub scenarios: Option<PathBuf>,
    /// How many mutants run at the same time [default: the number of cores]
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// Write JUnit's XML to a file too: a test case for each mutant and each null control
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
}

/// Runs mutants.
#[must_use]
pub(super) fn run(args: &MutantsArgs) -> ExitCode {
    let mut console = Console::new();
    interrupt::halts(console.halt());
    let suite = args.scenarios.as_ref().map_or_else(Suite::find, Suite::at);
    let prepared = choose(&args.ids).and_then(|(mutants, controls)| {
        let cases = mutants::cases(&suite, &mutants).map_err(|bad| text::bad_input(&bad))?;
        Ok((mutants, controls, cases))
    });
    let exit = match prepared {
        Ok((mutants, controls, cases)) => {
            let mut trial = Trial::new(args, &mut console);
            trial.mutants(&mutants, &cases);
            trial.controls(&controls, &suite.cases());
            trial.end(mutants.len(), controls.len())
        }
        Err(why) => {
            console.error(&why);
            Exit::BadInput
        }
    };
    console.end(exit)
}

type Chosen = (Vec<&'static Mutant>, Vec<&'static Control>);

/// The mutants and controls of these ids, or all.
fn choose(ids: &[String]) -> Result<Chosen, String> {
    if ids.is_empty() {
        return Ok((mutants::all().collect(), controls::all().collect()));
    }
    let mut chosen = Chosen::default();
    for id in ids {
        let mut controls = controls::all();
        if let Some(mutant) = mutants::find(id) {
            chosen.0.push(mutant);
        } else if let Some(control) = controls.find(|control| control.id == id) {
            chosen.1.push(control);
        } else {
            let known = mutants::all().map(|mutant| mutant.id);
            let known = known.chain(controls::all().map(|control| control.id));
            let help: Vec<_> = did_you_mean(id, known).into_iter().collect();
            return Err(text::error(&format!("there is no mutant `{id}`"), &help));
        }
    }
    Ok(chosen)
}

/// What is found, told as it comes.
struct Trial<'a> {
    args: &'a MutantsArgs,
    console: &'a mut Console,
    since: Stopwatch,
    jobs: NonZeroUsize,
    junit: Junit,
    matrix: Matrix,
    ran: usize,
    killed: usize,
    controls: usize,
    failed: usize,
    exit: Exit,
}

impl<'a> Trial<'a> {
    fn new(args: &'a MutantsArgs, console: &'a mut Console) -> Self {
        Self {
            args,
            console,
            since: Stopwatch::start(),
            jobs: args.jobs.unwrap_or_else(suite::cores),
            junit: Junit::new("mutants"),
            matrix: Matrix::default(),
            ran: 0,
            killed: 0,
            controls: 0,
            failed: 0,
            exit: Exit::Conforms,
        }
    }

    fn mutants(&mut self, mutants: &[&'static Mutant], cases: &Cases) {
        let mut progress = Progress::new(mutants.len() as u64, "mutants");
        let width = width(mutants.iter().map(|mutant| mutant.id));
        let (jobs, halt) = (self.jobs, self.console.halt());
        mutants::run_all(mutants, cases, jobs, &halt, |finished, ready| {
            progress.suspend(|| ready.iter().for_each(|outcome| self.mutant(outcome, width)));
            progress.advance(finished as u64, String::new());
        });
        progress.clear();
    }

    fn mutant(&mut self, outcome: &Outcome, width: usize) {
        self.console.line(&if self.args.json {
            told::mutant_json(outcome)
        } else {
            told::mutant(outcome, width)
        });
        let class = text::parts(outcome.mutant.killed_by).0;
        let id = outcome.mutant.id;
        self.junit
            .add(id, class, None, &told::mutant_result(outcome));
        self.matrix.add(outcome);
        self.ran += 1;
        self.killed += usize::from(outcome.killed().is_some());
        self.exit = self.exit.max(told::exit_of(outcome));
    }

    fn controls(&mut self, controls: &[&'static Control], cases: &[Case]) {
        let halt = self.console.halt();
        if controls.is_empty() || halt.is_requested() {
            return;
        }
        let positive = controls::positive(cases, self.jobs, &halt);
        let runs = (controls.len() * positive.len()) as u64;
        let mut progress = Progress::new(runs, "runs of null controls");
        let width = width(controls.iter().map(|control| control.id));
        let jobs = self.jobs;
        controls::run_all(controls, &positive, jobs, &halt, |finished, ready| {
            progress.suspend(|| ready.iter().for_each(|passes| self.control(passes, width)));
            progress.advance(finished as u64, String::new());
        });
        progress.clear();
    }

    fn control(&mut self, passes: &Passes, width: usize) {
        self.console.line(&if self.args.json {
            told::control_json(passes)
        } else {
            told::control(passes, width)
        });
        let id = passes.control.id;
        self.junit
            .add(id, "null-controls", None, &told::control_result(passes));
        self.controls += 1;
        if passes.passed.is_empty() {
            self.failed += 1;
        } else {
            self.exit = self.exit.max(Exit::Violation);
        }
    }

    /// Tells what it all comes to, of so many mutants and controls.
    fn end(mut self, mutants: usize, controls: usize) -> Exit {
        self.junit.took(self.since.elapsed());
        let mut told = String::new();
        let (ran, all) = (self.ran + self.controls, mutants + controls);
        if ran < all {
            let not_run = all - ran;
            told += &format!("{BAD}ended early{BAD:#}: {not_run} of {all} mutants were not run\n");
            self.junit
                .ended_early(not_run as u64, all as u64, "mutants");
            self.exit = Exit::Interrupted;
        }
        // Of a choice of mutants, most rules kill none.
        let is_whole = self.args.ids.is_empty() && ran == all;
        let idle: Vec<_> = rules::all()
            .filter(|rule| is_whole && rule.level.binds() && !self.matrix.kills(rule.id))
            .collect();
        if !idle.is_empty() {
            self.exit = self.exit.max(Exit::Violation);
        }
        if self.args.json {
            let lines = self.matrix.json();
            lines.iter().for_each(|line| self.console.line(line));
        } else {
            if self.args.matrix {
                told += &self.matrix.told();
            }
            for rule in idle {
                told += &format!("{BAD}kills none{BAD:#}  {}\n", rule.id);
            }
            if self.ran > 0 || self.controls == 0 {
                let (killed, ran) = (self.killed, self.ran);
                let style = if killed == ran { GOOD } else { BAD };
                told += &format!(
                    "{style}{killed} of {ran}{style:#} mutants killed by their own rule\n"
                );
            }
            if self.controls > 0 {
                let (failed, of) = (self.failed, self.controls);
                let style = if failed == of { GOOD } else { BAD };
                told += &format!(
                    "{style}{failed} of {of}{style:#} null controls pass no case for builders\n"
                );
            }
            self.console.paragraph(&told);
        }
        let written = written(&self.junit, self.args.junit.as_deref(), self.console);
        self.exit.max(written)
    }
}
