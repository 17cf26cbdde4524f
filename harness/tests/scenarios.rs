//! Each scenario is a test under its address, each cell of a matrix too: it passes, and the digest of
//! its trace is the same in every run and at every admissible tick. What happens in a scenario is a
//! snapshot: its story if it has a file of its own, a line if it is a cell.
//!
//! `cargo test -p builder-gauntlet --test scenarios get-payload/arrival` runs those of this address.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use gauntlet::mutants;
use gauntlet::net::sim;
use gauntlet::plan::{Keyed, Plan};
use gauntlet::report::story::{Reading, render};
use gauntlet::report::text;
use gauntlet::suite::{
    Case, End, Exit, Keep, Report, RunOptions, Standing, Suite, Summary, Twice, examine,
};
use gauntlet::trace::{Difference, Trace};
use gauntlet::view::View;
use gauntlet::world::Players;
use insta::Settings;
use libtest_mimic::{Arguments, Failed, Trial};

/// One case in so many runs at every admissible tick, drawn by its address.
const CASES_A_TICK: u64 = 8;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let cases = Suite::at(scenarios()).cases().into_iter();
    let tested: Vec<_> = cases.map(|case| Arc::new(Tested::new(case))).collect();
    let of_case = |tested: &Arc<Tested>| {
        let (address, tested) = (tested.case.address.clone(), Arc::clone(tested));
        trial(address, move || tested.passes())
    };
    let mut trials: Vec<Trial> = tested.iter().map(of_case).collect();
    trials.push(trial("coverage-and-matrices".to_owned(), move || {
        coverage(&tested);
    }));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// A panic is told as it would be in any other test.
fn trial(name: String, test: impl FnOnce() + Send + 'static) -> Trial {
    Trial::test(name, || {
        catch_unwind(AssertUnwindSafe(test)).map_err(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()));
            Failed::from(text.unwrap_or_default())
        })
    })
}

fn scenarios() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    folder.canonicalize().expect("a folder of scenarios")
}

/// Snapshots of this folder below that of all.
fn snapshots(folder: &str, title: &str) -> Settings {
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path(Path::new("../../snapshots").join(folder));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_description(title);
    settings
}

/// The folder and the name of the file of an address, and whether it is that of a cell.
fn place(address: &str) -> (&str, &str, bool) {
    let (file, is_cell) = match address.split_once('[') {
        Some((file, _)) => (file, true),
        None => (address, false),
    };
    let (folder, name) = file.rsplit_once('/').expect("a scenario is in a folder");
    (folder, name, is_cell)
}

/// A case, and what came of it, which its own test and that of all look at.
struct Tested {
    case: Case,
    told: OnceLock<Told>,
}

/// What came of a case.
struct Told {
    report: Report,
    story: String,
    blocks: String,
}

impl Tested {
    fn new(case: Case) -> Self {
        Self {
            case,
            told: OnceLock::new(),
        }
    }

    fn plan(&self) -> &Plan {
        let plan = self.case.input.as_ref();
        plan.unwrap_or_else(|error| panic!("\n{error}"))
    }

    /// Runs it twice in this process, the first time that it is asked for.
    fn told(&self) -> &Told {
        self.told.get_or_init(|| {
            let options = RunOptions {
                keep: Keep::Trace,
                twice: Twice::Yes,
                ..RunOptions::default()
            };
            let mut report = examine(&self.case, &options);
            let trace = match &mut report.end {
                // There are too many to be kept.
                End::Ran(ran) => ran.trace.take(),
                End::NotApplicable(_) | End::Bad(_) | End::Stopped(_) => None,
            };
            let told = |tell: &dyn Fn(&Trace) -> String| trace.as_ref().map(tell);
            let story = told(&|trace| render(trace, Reading::Story));
            let blocks = told(&blocks);
            Told {
                story: story.unwrap_or_default(),
                blocks: blocks.unwrap_or_default(),
                report,
            }
        })
    }

    /// The snapshot of a file has its address.
    fn passes(&self) {
        let plan = self.plan();
        let Told { report, story, .. } = self.told();
        let is_decided = report.reservations().is_empty();
        assert!(
            report.exit() == Exit::Conforms && is_decided,
            "{}\n{story}",
            text::verdict(report)
        );
        let (folder, name, is_cell) = place(&self.case.address);
        if !is_cell {
            snapshots(folder, &plan.title).bind(|| insta::assert_snapshot!(name, story));
        }
        if is_drawn(&self.case.address) {
            self.is_the_same_at_every_tick();
        }
    }

    fn is_the_same_at_every_tick(&self) {
        let (plan, End::Ran(ran)) = (self.plan(), &self.told().report.end) else {
            panic!("it was not run")
        };
        let largest_ms = plan.largest_tick_ms();
        for tick_ms in plan.admissible_ticks_ms().filter(|of| *of != largest_ms) {
            let other = run(plan, tick_ms);
            if other.digest() != ran.digest {
                let difference = Difference::between(&run(plan, largest_ms), &other);
                let difference = difference.expect("a difference");
                panic!("at a tick of {tick_ms} ms the trace is another: {difference}");
            }
        }
    }
}

/// Whether a cell runs at every tick: drawn by its address.
fn is_drawn(address: &str) -> bool {
    let key = address.bytes().fold(0, |key: u64, byte| {
        key.wrapping_mul(31).wrapping_add(byte.into())
    });
    Keyed::new(key).between("every tick", 0, 0, 1..=CASES_A_TICK) == 1
}

fn run(plan: &Plan, tick_ms: u64) -> Trace {
    sim::run_with(plan, &Players::honest(), tick_ms).unwrap_or_else(|error| panic!("{error}"))
}

/// How often each rule held over all scenarios, and in how many. A rule that is new changes one
/// line here, and no story. And for each matrix a line a cell.
fn coverage(tested: &[Arc<Tested>]) {
    let mut summary = Summary::default();
    let mut matrices: BTreeMap<&str, String> = BTreeMap::new();
    for tested in tested {
        let Told { report, blocks, .. } = tested.told();
        summary.add(report);
        if let Some((file, cell)) = report.address.split_once('[') {
            let lines = matrices.entry(file).or_default();
            let cell = cell.trim_end_matches(']');
            let _infallible = writeln!(lines, "{blocks}  {cell}");
        }
    }
    assert_eq!(summary.exit(), Exit::Conforms);
    let cases: Vec<Case> = tested.iter().map(|tested| tested.case.clone()).collect();
    for row in mutants::coverage(&cases, &summary) {
        assert!(row.lacks().is_empty(), "{}: {:?}", row.rule.id, row.lacks());
    }
    let mut text = String::new();
    for (rule, standing) in &summary.rules {
        let Standing { held, held_in, .. } = standing;
        let _infallible = writeln!(text, "held {held:>4} × in {held_in:>3}  {}", rule.id);
    }
    snapshots("", "How often each rule held, and in how many scenarios")
        .bind(|| insta::assert_snapshot!("coverage", text));
    for (file, lines) in matrices {
        let (folder, name, _) = place(file);
        snapshots(folder, "Whose blocks are published, a line a cell")
            .bind(|| insta::assert_snapshot!(name, lines));
    }
}

/// A letter a slot: `B` for a block of the builder's, `L` for a local one, `-` for none.
fn blocks(trace: &Trace) -> String {
    let view = View::of(trace);
    let letter = |slot| match view.published_in(slot).next() {
        None => '-',
        Some(_) if view.is_builders(slot, slot.published[0]) => 'B',
        Some(_) => 'L',
    };
    view.slots.iter().map(letter).collect()
}
