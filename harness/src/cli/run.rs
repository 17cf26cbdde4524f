//! `gauntlet run`: scenarios, and what became of them.

use std::num::{NonZeroU64, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::console::Console;
use super::interrupt;
use super::pages::{Pages, Timelines};
use super::progress::WithProgress;
use crate::report::json::Lines;
use crate::report::junit::Junit;
use crate::report::text::{Digests, Listing, Stories};
use crate::report::{Output, text};
use crate::suite::{
    self, Case, Exit, Keep, Reporter, RunOptions, Strictness, Suite, Summary, Twice,
};

/// Runs scenarios and checks every rule in each of them.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(after_help = "\
A PATH is a scenario file, a folder of them, an address (the path below the folder `scenarios`
without the ending) or a folder of addresses, a rule (the scenarios that are for it), or `-` (the
standard input). Addresses are those of the folder `scenarios`, here or in the nearest folder above;
where there is none, those of the scenarios that Gauntlet carries with it.
A file with a matrix stands for many scenarios, and so does its address; one of them has the values
of its axes in brackets, which a shell wants in quotes.

Examples:
  gauntlet run                                     all scenarios
  gauntlet run get-payload                         one section of it
  gauntlet run get-payload/reply-at-201-ms         one scenario, with its trace
  gauntlet run 'get-payload/reply[at_ms=199]'      those of a matrix that have this value
  gauntlet run get-payload/no-retry                the scenarios that are for a rule
  gauntlet run --soak 2000 soak                    what leaks or wears out
  gauntlet run --junit results.xml                 for a server that collects test results
  gauntlet run --html pages get-payload            a page for each, with its timeline
  gauntlet run --transcript out                    keep what happened: `gauntlet verify out`
  gauntlet run --digest > here.txt                 to compare two machines with `diff`
  gauntlet plan 7 | gauntlet run -                 the plan of a seed

Exit codes, of several the highest:
  0  everything conforms
  1  a rule is violated or not exercised, a node panicked, or a scenario is not as it expects to be
  2  bad input: a file, an address, an option; the other scenarios still run
  3  two runs of the same plan differ, or the harness broke
130  ended early, by Ctrl-C or since nobody reads on; what is told is of what was run")]
pub struct RunArgs {
    /// Files, folders, addresses such as `failsafe/never`, rules, or `-` [default: all]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The seed, instead of the one in each file
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Repeat the slots and faults of each until there are so many slots; only the rules judge
    #[arg(long, value_name = "SLOTS", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub soak: Option<u32>,
    /// Show what happened, event by event; a scenario that runs alone does
    #[arg(long)]
    pub trace: bool,
    /// A line of JSON for each scenario and the summary; with --trace, each event
    #[arg(long)]
    pub json: bool,
    /// One line for each scenario: the SHA-256 of its trace, and its address
    #[arg(long, conflicts_with_all = ["json", "trace"])]
    pub digest: bool,
    /// Write what happens in each into this folder, for `gauntlet verify`
    #[arg(long, value_name = "DIR")]
    pub transcript: Option<PathBuf>,
    /// Write JUnit's XML to a file too: a test case for each scenario
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Write a page for each into this folder too: verdict, timeline and story
    #[arg(long, value_name = "DIR", conflicts_with = "json")]
    pub html: Option<PathBuf>,
    /// Write what happens in all to a file that Perfetto and Chrome show
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    pub perfetto: Option<PathBuf>,
    /// Fail on a violated SHOULD, which is a warning of nodes that are not Gauntlet's own
    #[arg(long)]
    pub strict: bool,
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
    let mut console = Console::new();
    interrupt::halts(console.halt());
    let mut cases = Suite::find().select(&args.paths);
    if let Some(seed) = args.seed {
        for plan in cases.iter_mut().filter_map(|case| case.input.as_mut().ok()) {
            plan.seed = seed;
        }
    }
    if let Some(slots) = args.soak {
        let lasting = |case: Case| case.lasting(slots as usize);
        cases = cases.into_iter().map(lasting).collect();
    }
    let form = match (args.json, args.digest) {
        (true, _) => Form::Json,
        (false, true) => Form::Digests,
        (false, false) if args.trace || (cases.len() == 1 && args.soak.is_none()) => Form::Stories,
        (false, false) => Form::List,
    };
    let options = RunOptions {
        strictness: match args.strict {
            true => Strictness::Strict,
            false => Strictness::Lenient,
        },
        keep: match form {
            _ if args.html.is_some() || args.perfetto.is_some() => Keep::Trace,
            Form::Json if args.trace => Keep::Trace,
            Form::Stories => Keep::Trace,
            Form::Json | Form::Digests | Form::List => Keep::Nothing,
        },
        transcripts: args.transcript.clone(),
        tick_ms: args.tick.map(NonZeroU64::get),
        twice: if args.twice { Twice::Yes } else { Twice::No },
        jobs: args.jobs,
        halt: console.halt(),
        ..RunOptions::default()
    };
    let mut junit = Junit::new("scenarios");
    let mut told: Box<dyn Reporter> = match form {
        Form::List => Box::new(Listing::new(&mut console)),
        Form::Stories => Box::new(Stories::new(&mut console)),
        Form::Json => Box::new(Lines::new(&mut console)),
        Form::Digests => Box::new(Digests::new(&mut console)),
    };
    let (mut pages, mut timelines) = (Pages::into(args.html.as_deref()), Timelines::default());
    let mut all: Vec<&mut dyn Reporter> = vec![&mut *told, &mut junit, &mut pages];
    if args.perfetto.is_some() {
        all.push(&mut timelines);
    }
    let summary = run_all(&cases, &options, &mut all);
    drop(told);
    let perfetto = args.perfetto.as_deref();
    let unwritten = perfetto.and_then(|path| Some((path.to_owned(), timelines.write(path).err()?)));
    let mut exit = written(&junit, args.junit.as_deref(), &mut console);
    for (path, error) in unwritten.into_iter().chain(pages.failed()) {
        let message = format!("`{}` cannot be written: {error}", path.display());
        console.error(&text::error(&message, &[]));
        exit = Exit::BadInput;
    }
    console.end(summary.exit().max(exit))
}

/// Runs, with a bar for whoever waits.
pub(super) fn run_all(
    cases: &[Case],
    options: &RunOptions,
    reporter: &mut dyn Reporter,
) -> Summary {
    let mut with_progress = WithProgress::new(cases.len(), reporter);
    suite::run(cases, options, &mut with_progress)
}

/// Writes results to the file that was named, if one was.
pub(super) fn written(junit: &Junit, path: Option<&Path>, console: &mut Console) -> Exit {
    let Some(path) = path else {
        return Exit::Conforms;
    };
    let Err(error) = junit.write(path) else {
        return Exit::Conforms;
    };
    let message = format!("`{}` cannot be written: {error}", path.display());
    console.error(&text::error(&message, &[]));
    Exit::BadInput
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
