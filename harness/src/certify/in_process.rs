//! A Rust builder's own tests: a named one for each case that it can be tried with, in the simulated
//! network, beside the honest sequencer.

use std::collections::BTreeSet;
use std::env;
use std::io::{self, Write};
use std::ops::{ControlFlow, Range};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use super::libtest::{Arguments, Outcome, Teller, Tested};
use super::snapshots::Snapshots;
use crate::explore::{self, Seeds};
use crate::net::sim::RunError;
use crate::report::{story, text};
use crate::rules;
use crate::suite::{
    Case, End, Exit, Keep, Report, RunOptions, Status, Stop, Stopwatch, Strictness, Suite, cores,
    examine, in_order,
};
use crate::world::{Players, Role, Subject};

/// Which seeds there are tests of, whatever the test itself says: `0..20`.
const SEEDS: &str = "GAUNTLET_SEEDS";

/// The whole of a test target with `harness = false`: `cargo test` has a named test for each case that
/// a builder can be tried with, and for some seeds.
///
/// The builder is a [`Subject`]. Options are the methods of [`InProcess`]:
///
/// ```no_run
/// use gauntlet::world::HonestBuilder;
///
/// gauntlet::certify_builder!(HonestBuilder::default(), seeds = 0..5);
/// ```
#[macro_export]
macro_rules! certify_builder {
    ($builder:expr $(, $option:ident = $value:expr)* $(,)?) => {
        fn main() -> ::std::process::ExitCode {
            $crate::certify::InProcess::new($builder)$(.$option($value))*.main()
        }
    };
}

/// A builder and what it is tried with.
#[derive(Clone, Debug)]
pub struct InProcess {
    builder: Arc<dyn Subject>,
    scope: Scope,
    seeds: Range<u64>,
    strictness: Strictness,
    snapshots: Option<PathBuf>,
}

/// Which of the suite's cases there are tests of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Those that are for a rule of the builder's.
    #[default]
    Builder,
    /// Those that are for rules of the sequencer's alone too: the builder is held to all of its own
    /// rules in them as well.
    Everything,
}

impl InProcess {
    /// A builder, with the cases that are for rules of its own, and with twenty seeds.
    ///
    /// # Panics
    ///
    /// If it is no builder.
    #[must_use]
    pub fn new(builder: impl Subject + 'static) -> Self {
        assert_eq!(builder.role(), Role::Builder, "only builders are tried so");
        Self {
            builder: Arc::new(builder),
            scope: Scope::default(),
            seeds: 0..20,
            strictness: Strictness::default(),
            snapshots: None,
        }
    }

    /// Which of the suite's cases.
    #[must_use]
    pub fn scope(self, scope: Scope) -> Self {
        Self { scope, ..self }
    }

    /// Which seeds, unless `GAUNTLET_SEEDS` in the environment names others.
    #[must_use]
    pub fn seeds(self, seeds: Range<u64>) -> Self {
        Self { seeds, ..self }
    }

    /// Whether a violated SHOULD fails a test.
    #[must_use]
    pub fn strictness(self, strictness: Strictness) -> Self {
        Self { strictness, ..self }
    }

    /// In which folder there is a snapshot of what happens in each case with a file of its own and
    /// for each seed, which it must not differ from. `GAUNTLET_SNAPSHOTS=accept` in the environment
    /// writes what happens now.
    #[must_use]
    pub fn snapshots(self, folder: impl Into<PathBuf>) -> Self {
        let snapshots = Some(folder.into());
        Self { snapshots, ..self }
    }

    /// Does what the command line of a test asks for.
    #[must_use]
    pub fn main(self) -> ExitCode {
        let asked = Arguments::parse(env::args().skip(1)).map_err(|error| error.to_string());
        let seeds = match env::var(SEEDS) {
            Ok(seeds) => seeds.parse().map(|seeds: Seeds| seeds.range()),
            Err(_) => Ok(self.seeds.clone()),
        };
        let seeds = seeds.map_err(|error| format!("{SEEDS}: {error}"));
        match asked.and_then(|asked| Ok((asked, seeds?))) {
            Ok((asked, seeds)) => {
                let done = self.seeds(seeds).run(&asked, &mut io::stdout());
                // Whoever closes the output ends the tests early.
                done.unwrap_or(ExitCode::FAILURE)
            }
            Err(error) => {
                let _unread = writeln!(io::stderr(), "error: {error}");
                Exit::BadInput.into()
            }
        }
    }

    /// Does what is asked for, and tells it there. The code is that of libtest: 101 if a test fails.
    ///
    /// # Errors
    ///
    /// If it cannot be told.
    pub fn run(&self, asked: &Arguments, told: &mut dyn Write) -> io::Result<ExitCode> {
        let since = Stopwatch::start();
        let all = self.cases();
        let count = all.len();
        let selected = all
            .into_iter()
            .filter(|case| self.is_asked_for(case, asked));
        let selected: Vec<Case> = selected.collect();
        let mut teller = Teller::new(asked, told, count - selected.len());
        if asked.wants_help() {
            teller.help()?;
            return Ok(ExitCode::SUCCESS);
        }
        if asked.wants_list() {
            teller.list(selected.iter().map(|case| &*case.address))?;
            return Ok(ExitCode::SUCCESS);
        }
        let tried = Tried {
            options: RunOptions {
                players: Players::with(self.builder.clone()),
                strictness: self.strictness,
                keep: Keep::Trace,
                ..RunOptions::default()
            },
            snapshots: self.snapshots.clone().map(Snapshots::at),
        };
        teller.begin(selected.len())?;
        let mut unwritten = None;
        let jobs = asked.jobs().unwrap_or_else(cores);
        in_order(
            jobs,
            &selected,
            |case| tried.test(case),
            |_, ready| {
                for tested in ready {
                    if let Err(error) = teller.tested(tested) {
                        unwritten = Some(error);
                        return ControlFlow::Break(());
                    }
                }
                ControlFlow::Continue(())
            },
        );
        match unwritten {
            Some(error) => Err(error),
            None => teller.end(since.elapsed()),
        }
    }

    /// All cases, in the order of the suite, and the seeds.
    fn cases(&self) -> Vec<Case> {
        let rules = rules::all().filter(|rule| rule.subject == rules::Subject::Builder);
        let rules: BTreeSet<&str> = rules.map(|rule| rule.id).collect();
        let is_for_builders = |case: &Case| {
            let plan = case.input.as_ref();
            plan.is_ok_and(|plan| plan.exercises.iter().any(|id| rules.contains(&**id)))
        };
        let cases = Suite::embedded().cases().into_iter();
        let cases = cases.filter(|case| self.scope == Scope::Everything || is_for_builders(case));
        let seeds = self.seeds.clone().map(|seed| Case {
            address: format!("seed/{seed}"),
            input: Ok(explore::plan(seed)),
        });
        cases.chain(seeds).collect()
    }

    /// Whether a case is among those that are asked for: by its address, or by a rule that it is for.
    fn is_asked_for(&self, case: &Case, asked: &Arguments) -> bool {
        let declined = || {
            let plan = case.input.as_ref().ok();
            plan.is_some_and(|plan| self.builder.declines(plan).is_some())
        };
        asked.select(&case.address, |filter| case.is_for(filter))
            && (!asked.wants_only_ignored() || declined())
    }
}

/// With what cases are tried.
struct Tried {
    options: RunOptions,
    snapshots: Option<Snapshots>,
}

impl Tried {
    fn test(&self, case: &Case) -> Tested {
        let report = examine(case, &self.options);
        let mut outcome = outcome(&report);
        if let Outcome::Passed(_) = outcome
            && let Some(difference) = self.differs(&report)
        {
            outcome = Outcome::Failed(difference);
        }
        Tested {
            name: case.address.clone(),
            outcome,
        }
    }

    /// How what happened differs from the snapshot of it, if it has one and does. A cell of a matrix
    /// has none.
    fn differs(&self, report: &Report) -> Option<String> {
        let snapshots = self.snapshots.as_ref()?;
        let is_cell = report.address.contains('[');
        let trace = report.ran().filter(|_| !is_cell)?.trace.as_ref()?;
        let story = story::render(trace, story::Reading::Story);
        snapshots.check(&report.address, &story).err()
    }
}

/// What a report is to a test: what says nothing of the builder is ignored, with the reason.
fn outcome(report: &Report) -> Outcome {
    if let End::Stopped(Stop::Failed(RunError::Impossible(why))) = &report.end
        && report.address.starts_with("seed/")
    {
        return Outcome::Ignored(why.clone());
    }
    match report.status() {
        Status::Passed => Outcome::Passed(None),
        Status::Warned => Outcome::Passed(Some(text::verdict(report))),
        Status::NotApplicable | Status::Inconclusive => {
            Outcome::Ignored(report.reservations().join("; "))
        }
        Status::Bad => match &report.end {
            End::Bad(bad) => Outcome::Failed(text::bad_input(bad)),
            End::Ran(_) | End::NotApplicable(_) | End::Stopped(_) => {
                Outcome::Failed(text::story(report))
            }
        },
        Status::Failed | Status::Broken => Outcome::Failed(text::story(report)),
    }
}
