//! `gauntlet explore` and `gauntlet plan`: runs of many seeds, and the plan of one.

mod summary;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::num::{NonZeroU64, NonZeroUsize};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::slice;

use serde_json::{Value, json};

use self::summary::Summary;
use super::console::Console;
use super::interrupt;
use super::progress::Progress;
use super::run::written;
use crate::explore::{self, Examined, Facts, Finding, Seeds, Settings};
use crate::plan::Plan;
use crate::report::junit::{Junit, Reason, TestResult};
use crate::report::style::{BAD, QUIET};
use crate::report::{Output, text};
use crate::scenario;
use crate::suite::{self, Exit, Failure, Stopwatch, Suite};
use crate::world::Players;

/// Runs the plans of many seeds and checks every rule in each of them.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
What a seed fails with is printed as it comes; its plan is a scenario file.

Examples:
  gauntlet explore --seeds 0..5000                 stop at the tenth seed that fails
  gauntlet explore --seeds 7 --recheck 1           one seed, twice
  gauntlet plan 7 > 7.toml && gauntlet run 7.toml  what happens in it

Exit codes, of several the highest:
  0  no violation
  1  a rule is violated, or a node panicked
  2  bad input: an option
  3  two runs of the same plan differ, or the harness broke
130  ended early, by Ctrl-C or since nobody reads on; what is told is of what was run")]
pub struct ExploreArgs {
    /// The seeds: `0..5000`, `10..=20` or `7`
    #[arg(long, value_name = "RANGE", default_value = "0..1000")]
    pub seeds: Seeds,
    /// How many simulations run at the same time [default: the number of cores]
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// Run one seed in N twice, in two threads, and compare every event; 0 for none
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub recheck: u64,
    /// A line of JSON for each failure, and one for the summary
    #[arg(long)]
    pub json: bool,
    /// Write what happens in each into this folder, for `gauntlet verify`
    #[arg(long, value_name = "DIR")]
    pub transcript: Option<PathBuf>,
    /// Write JUnit's XML to a file too: each seed that did not hold, and one case for the others
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Stop when so many seeds have failed
    #[arg(long, value_name = "N", default_value = "10")]
    pub stop_at: NonZeroU64,
    /// Run all seeds, however many fail
    #[arg(long, conflicts_with = "stop_at")]
    pub keep_going: bool,
}

/// Prints the plan of a seed, or of a scenario, as a scenario file of its own.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  gauntlet plan 7                                       the plan of a seed
  gauntlet plan 'get-payload/reply[arrives_at_ms=199]'  one cell of a matrix, in quotes for the shell")]
pub struct PlanArgs {
    /// The seed, or whatever `gauntlet run` takes for one scenario
    #[arg(value_name = "SEED|PATH")]
    pub of: PathBuf,
}

/// Explores.
#[must_use]
pub(super) fn run(args: &ExploreArgs) -> ExitCode {
    let mut printer = Printer::new(args);
    interrupt::halts(printer.console.halt());
    let settings = Settings {
        seeds: args.seeds.clone(),
        jobs: args.jobs.unwrap_or_else(suite::cores).get(),
        recheck: args.recheck,
        players: Players::honest(),
        transcripts: args.transcript.clone(),
        halt: printer.console.halt(),
    };
    let stop_at = (!args.keep_going).then_some(args.stop_at.get());
    let since = Stopwatch::start();
    explore::explore(&settings, |examined| {
        printer.look(&examined);
        if stop_at.is_some_and(|stop_at| printer.found() >= stop_at) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    printer.end(since, args)
}

/// Prints the plan of a seed, or of a scenario.
#[must_use]
pub(super) fn run_plan(args: &PlanArgs) -> ExitCode {
    let mut console = Console::new();
    let exit = match plan(&args.of) {
        Ok(plan) => {
            console.out(&scenario::print(&plan));
            Exit::Conforms
        }
        Err(why) => {
            console.error(&why);
            Exit::BadInput
        }
    };
    console.end(exit)
}

/// The plan of a seed, or of the one scenario of that name.
fn plan(of: &Path) -> Result<Plan, String> {
    if let Some(seed) = of.to_str().and_then(|of| of.parse().ok()) {
        return Ok(explore::plan(seed));
    }
    let mut cases = Suite::find().select(&[of.to_owned()]);
    match cases.pop() {
        Some(case) if cases.is_empty() => case.input.map_err(|bad| text::bad_input(&bad)),
        last => {
            let count = cases.len() + usize::from(last.is_some());
            let message = format!(
                "`{}` stands for {count} scenarios, not for one",
                of.display()
            );
            let help = last.map(|case| format!("the last of them is `{}`", case.address));
            let help: Vec<_> = help.into_iter().collect();
            Err(text::error(&message, &help))
        }
    }
}

/// Prints what is found, as it comes.
struct Printer {
    json: bool,
    console: Console,
    progress: Progress,
    junit: Junit,
    facts: Facts,
    /// How many seeds were examined.
    examined: u64,
    /// In how many of them everything held.
    held: u64,
    /// How many of them failed.
    failed: u64,
    /// How many were not the same twice, or had no trace.
    broken: u64,
    /// Which seeds were discarded, and why.
    discarded: BTreeMap<u64, String>,
}

impl Printer {
    fn new(args: &ExploreArgs) -> Self {
        Self {
            json: args.json,
            console: Console::new(),
            progress: Progress::new(args.seeds.count(), "seeds"),
            junit: Junit::new("seeds"),
            facts: Facts::default(),
            examined: 0,
            held: 0,
            failed: 0,
            broken: 0,
            discarded: BTreeMap::new(),
        }
    }

    fn found(&self) -> u64 {
        self.failed + self.broken
    }

    fn look(&mut self, examined: &Examined) {
        let seed = examined.seed;
        self.examined += 1;
        match &examined.finding {
            Finding::Held(facts) => {
                self.held += 1;
                self.facts.add(facts);
            }
            Finding::Failed(facts, failures) => {
                self.facts.add(facts);
                self.failed(seed, failures);
            }
            Finding::Stopped(failure) => self.failed(seed, slice::from_ref(failure)),
            Finding::NotDeterministic(difference) => {
                let fields = json!({
                    "event": difference.index,
                    "once": difference.first,
                    "again": difference.second,
                });
                self.broke(seed, "not-deterministic", difference, fields);
            }
            Finding::Broken(why) => {
                self.broke(seed, "no-trace", why, json!({ "error": why }));
            }
            Finding::Discarded(why) => {
                self.collect(seed, &TestResult::Skipped(why.clone()));
                self.discarded.insert(seed, why.clone());
            }
        }
        let message = match self.found() {
            0 => String::new(),
            found => format!(", {found} failed"),
        };
        self.progress.advance(self.examined, message);
    }

    fn failed(&mut self, seed: u64, failures: &[Failure]) {
        self.failed += 1;
        for failure in failures {
            self.failure(seed, failure);
        }
        self.reproduce(seed);
        let rule = failures.iter().find_map(Failure::rule);
        let told: Vec<_> = failures.iter().map(Failure::to_string).collect();
        let reason = Reason {
            kind: rule.unwrap_or("unexpected").to_owned(),
            text: told.join("\n"),
        };
        self.collect(seed, &TestResult::Failed(reason));
    }

    fn broke(&mut self, seed: u64, kind: &str, why: &dyn Display, fields: Value) {
        self.broken += 1;
        self.found_in(seed, kind, why, fields);
        self.reproduce(seed);
        let reason = Reason {
            kind: kind.to_owned(),
            text: why.to_string(),
        };
        self.collect(seed, &TestResult::Error(reason));
    }

    fn collect(&mut self, seed: u64, result: &TestResult) {
        let name = format!("seed {seed}");
        self.junit.add(&name, "seeds", None, result);
    }

    fn failure(&mut self, seed: u64, failure: &Failure) {
        let fields = match failure {
            Failure::Violated(rule, violations) => json!({
                "rule": rule.id,
                "violations": violations
                    .iter()
                    .map(|of| json!({ "at_us": of.at_us, "what": of.what }))
                    .collect::<Vec<_>>(),
            }),
            Failure::NotExercised(rule) => json!({ "rule": rule }),
            Failure::NotDeterministic(difference) => json!({
                "event": difference.index,
                "once": difference.first,
                "again": difference.second,
            }),
            Failure::Unexpected { slot, what } => json!({ "slot": slot, "what": what }),
            Failure::Disputed { client, .. } => {
                json!({ "client": client, "what": failure.to_string() })
            }
        };
        self.found_in(seed, "failed", failure, fields);
    }

    fn found_in(&mut self, seed: u64, kind: &str, text: &dyn Display, fields: Value) {
        if self.json {
            let mut line = json!({ "type": kind, "seed": seed });
            if let (Some(line), Value::Object(fields)) = (line.as_object_mut(), fields) {
                line.extend(fields);
            }
            self.say(&line);
        } else {
            self.say(&format_args!("{BAD}seed {seed}{BAD:#}  {text}"));
        }
    }

    fn reproduce(&mut self, seed: u64) {
        if !self.json {
            self.say(&format_args!(
                "{QUIET}  gauntlet plan {seed} > {seed}.toml && gauntlet run {seed}.toml{QUIET:#}"
            ));
        }
    }

    fn say(&mut self, text: &dyn Display) {
        let (progress, console) = (&self.progress, &mut self.console);
        progress.suspend(|| console.line(&text.to_string()));
    }

    fn end(mut self, since: Stopwatch, args: &ExploreArgs) -> ExitCode {
        self.progress.clear();
        let has_found_enough = !args.keep_going && self.found() >= args.stop_at.get();
        let left = match has_found_enough {
            true => 0,
            false => args.seeds.count() - self.examined,
        };
        let summary = Summary {
            not_run: left,
            facts: &self.facts,
            examined: self.examined,
            failed: self.failed,
            broken: self.broken,
            discarded: &self.discarded,
            took: since.elapsed(),
        };
        if self.held > 0 {
            let name = format!("{} of {}", self.held, args.seeds);
            let passed = TestResult::Passed(String::new());
            self.junit.add(&name, "seeds", None, &passed);
        }
        if left > 0 {
            self.junit.ended_early(left, args.seeds.count(), "seeds");
        }
        self.junit.took(summary.took);
        if self.json {
            self.console.line(&summary.json().to_string());
        } else {
            self.console.paragraph(&summary.to_string());
        }
        let exit = summary.exit();
        let written = written(&self.junit, args.junit.as_deref(), &mut self.console);
        self.console.end(exit.max(written))
    }
}
