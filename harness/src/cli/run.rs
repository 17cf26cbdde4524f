//! `gauntlet run`: scenarios, and what became of them.

use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;

use super::console::Console;
use super::layout::width;
use super::progress::Progress;
use super::select::select;
use super::stopwatch::Stopwatch;
use crate::report::style::HEADING;
use crate::report::{Summary, json, text};
use crate::suite::{BadInput, Case, End, Exit, Keep, Report, RunOptions, Twice, examine, in_order};

/// Runs scenarios and checks every rule in each of them.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(after_help = "\
A PATH is a scenario file, a folder of them, an address (the path below the folder `scenarios`
without the ending), a rule (the scenarios that are for it), or `-` (the standard input).

Examples:
  gauntlet run                                     the whole folder `scenarios`
  gauntlet run get-payload                         one section of it
  gauntlet run get-payload/reply-at-201-ms         one scenario, with its trace
  gauntlet run get-payload/no-retry                the scenarios that are for a rule
  gauntlet run --digest > here.txt                 to compare two machines with `diff`
  gauntlet plan 7 | gauntlet run -                 the plan of a seed

Exit codes, of several the highest:
  0  everything conforms
  1  a rule is violated or not exercised, or a scenario is not as it expects to be
  2  bad input: a file, an address, an option; the other scenarios still run
  3  two runs of the same plan differ, or a node or the harness broke")]
pub struct RunArgs {
    /// Files, folders, addresses such as `failsafe/never`, rules, or `-` [default: scenarios]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The seed, instead of the one in each file
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Show what happened, event by event; a scenario that runs alone does
    #[arg(long)]
    pub trace: bool,
    /// A line of JSON for each scenario and the summary; with --trace, each event
    #[arg(long)]
    pub json: bool,
    /// One line for each scenario: the SHA-256 of its trace, and its address
    #[arg(long, conflicts_with_all = ["json", "trace"])]
    pub digest: bool,
    /// How many scenarios run at the same time [default: the number of cores]
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// The simulator's step; the trace is the same at every step that a scenario admits
    #[arg(long, value_name = "MS")]
    pub tick: Option<NonZeroU64>,
    /// Run each in two threads and compare every event
    #[arg(long, visible_alias = "check-determinism")]
    pub twice: bool,
}

/// Runs.
#[must_use]
pub(super) fn run(args: &RunArgs) -> ExitCode {
    let mut cases = select(&args.paths);
    if let Some(seed) = args.seed {
        for plan in cases.iter_mut().filter_map(|case| case.input.as_mut().ok()) {
            plan.seed = seed;
        }
    }
    let form = match (args.json, args.digest) {
        (true, _) => Form::Json,
        (false, true) => Form::Digests,
        (false, false) if args.trace || cases.len() == 1 => Form::Stories,
        (false, false) => Form::List,
    };
    let options = RunOptions {
        keep: match form {
            Form::Json if args.trace => Keep::Lines,
            Form::Stories => Keep::Story,
            Form::Json | Form::Digests | Form::List => Keep::Nothing,
        },
        tick_ms: args.tick.map(NonZeroU64::get),
        twice: if args.twice { Twice::Yes } else { Twice::No },
    };
    let mut printer = Printer::new(form, &cases);
    let summary = run_all(&cases, args.jobs, options, |report| printer.tell(report));
    printer.end(&summary)
}

/// Runs, in parallel, and hands over the reports in order.
pub(super) fn run_all(
    cases: &[Case],
    jobs: Option<NonZeroUsize>,
    options: RunOptions,
    mut tell: impl FnMut(&Report),
) -> Summary {
    let cores = || thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let since = Stopwatch::start();
    let mut progress = Progress::new(cases.len());
    let mut summary = Summary::default();
    let work = |case: &Case| {
        let since = Stopwatch::start();
        let report = examine(case, options);
        Report {
            wall: since.elapsed(),
            ..report
        }
    };
    in_order(jobs.unwrap_or_else(cores), cases, work, |count, ready| {
        progress.finished(count, || {
            for report in ready {
                summary.add(&report);
                tell(&report);
            }
        });
    });
    progress.clear();
    summary.wall = since.elapsed();
    summary
}

/// In which form reports are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// A line each, by folder.
    List,
    /// What happened, and then the verdict.
    Stories,
    /// A line of JSON each.
    Json,
    /// A digest each.
    Digests,
}

/// Writes reports as they come.
struct Printer {
    form: Form,
    console: Console,
    /// The folder that the list is in, and the width of its names.
    folder: Option<(String, usize)>,
    /// All addresses, for the width of their names.
    addresses: Vec<String>,
    /// Why some could not be run, for the end.
    bad: Vec<String>,
    /// Whether any was a scenario.
    any: bool,
}

impl Printer {
    fn new(form: Form, cases: &[Case]) -> Self {
        Self {
            form,
            console: Console::new(),
            folder: None,
            addresses: cases.iter().map(|case| case.address.clone()).collect(),
            bad: Vec::new(),
            any: false,
        }
    }

    fn tell(&mut self, report: &Report) {
        if self.form == Form::Json {
            if let Some(ran) = report.ran() {
                self.console.out(&ran.trace);
            }
            self.console.line(&json::report(report));
        }
        if let End::Bad(bad) = &report.end {
            self.bad.push(text::bad_input(bad));
            if let BadInput::Unknown(_) = bad {
                return;
            }
        }
        self.any = true;
        match self.form {
            Form::Json => {}
            Form::List => self.list(report),
            Form::Digests => self.digest(report),
            Form::Stories => {
                if !matches!(report.end, End::Bad(_)) {
                    self.console.paragraph(&text::story(report));
                }
            }
        }
    }

    fn list(&mut self, report: &Report) {
        let (folder, _) = text::parts(&report.address);
        let same = self.folder.as_ref().filter(|(of, _)| of == folder);
        let width = same.map(|(_, width)| *width).unwrap_or_else(|| {
            let heading = match folder {
                "" => String::new(),
                folder => format!("{HEADING}{folder}/{HEADING:#}\n"),
            };
            self.console.paragraph(&heading);
            let parts = self.addresses.iter().map(|address| text::parts(address));
            let width = width(parts.filter(|(of, _)| *of == folder).map(|(_, name)| name));
            self.folder = Some((folder.to_owned(), width));
            width
        });
        self.console.out(&text::entry(report, width));
    }

    /// Only digests go to the standard output; what is wrong is told beside them.
    fn digest(&mut self, report: &Report) {
        if let Some(ran) = report.ran() {
            let line = format!("{}  {}", ran.digest, report.address);
            self.console.line(&line);
        }
        if report.exit() != Exit::Conforms && !matches!(report.end, End::Bad(_)) {
            self.console.error(&text::verdict(report));
        }
    }

    fn end(mut self, summary: &Summary) -> ExitCode {
        for bad in &self.bad {
            self.console.error(bad);
        }
        match self.form {
            Form::Json => self.console.line(&json::summary(summary)),
            Form::List | Form::Stories if self.any => {
                self.console.paragraph(&text::summary(summary));
            }
            Form::List | Form::Stories | Form::Digests => {}
        }
        self.console.end(summary.exit())
    }
}
