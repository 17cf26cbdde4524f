//! Each scenario is a test under its address, each cell of a matrix too: it passes, and the digest of
//! its trace is the same in every run and at every admissible tick. What happens in a scenario is a
//! snapshot: its story if it has a file of its own, a line if it is a cell.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use gauntlet::mutants;
use gauntlet::net::sim;
use gauntlet::plan::{Keyed, Plan};
use gauntlet::report::story::{Reading, render};
use gauntlet::suite::{
    self, Case, End, Exit, Failure, Keep, Profile, Report, Reporter, RunEvent, RunOptions,
    Standing, Suite, check,
};
use gauntlet::trace::{Difference, Trace};
use gauntlet::view::View;
use gauntlet::world::Players;
use insta::Settings;
use libtest_mimic::{Arguments, Failed, Trial};

/// One cell in so many runs at every admissible tick; scenarios of their own file all do.
const CELLS_A_TICK: u64 = 8;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials: Vec<Trial> = Suite::at(scenarios())
        .cases()
        .into_iter()
        .map(|case| trial(case.address.clone(), move || scenario_passes(&case)))
        .collect();
    trials.push(trial("coverage-and-matrices".to_owned(), coverage));
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

/// The snapshot of a file has its address.
fn scenario_passes(case: &Case) {
    let plan = case.input.as_ref();
    let plan = plan.unwrap_or_else(|error| panic!("\n{error}"));
    let largest_ms = plan.largest_tick_ms();
    let trace = run(plan, largest_ms);
    let outcome = check(&trace, Profile::STRICT);
    let failures: Vec<String> = outcome.failures.iter().map(Failure::to_string).collect();
    assert!(
        failures.is_empty(),
        "{}\n{}",
        failures.join("\n"),
        render(&trace, Reading::Story)
    );
    assert!(outcome.undecided.is_empty(), "{:?}", outcome.undecided);

    let (folder, name, is_cell) = place(&case.address);
    if !is_cell {
        snapshots(folder, &plan.title)
            .bind(|| insta::assert_snapshot!(name, render(&trace, Reading::Story)));
    }
    let ticks_ms = plan.admissible_ticks_ms();
    if is_cell && !is_drawn(&case.address) {
        same_at(plan, largest_ms, &trace);
    } else {
        // The largest tick comes once more: two runs in one process.
        ticks_ms.for_each(|tick_ms| same_at(plan, tick_ms, &trace));
    }
}

/// Whether a cell runs at every tick: drawn by its address.
fn is_drawn(address: &str) -> bool {
    let key = address.bytes().fold(0, |key: u64, byte| {
        key.wrapping_mul(31).wrapping_add(byte.into())
    });
    Keyed::new(key).between("every tick", 0, 0, 1..=CELLS_A_TICK) == 1
}

fn run(plan: &Plan, tick_ms: u64) -> Trace {
    sim::run_with(plan, &Players::honest(), tick_ms).unwrap_or_else(|error| panic!("{error}"))
}

fn same_at(plan: &Plan, tick_ms: u64, first: &Trace) {
    let other = run(plan, tick_ms);
    if other.digest() != first.digest() {
        let difference = Difference::between(first, &other).expect("a difference");
        panic!("at a tick of {tick_ms} ms the trace is another: {difference}");
    }
}

/// How often each rule held over all scenarios, and in how many. A rule that is new changes one
/// line here, and no story. And for each matrix a line a cell.
fn coverage() {
    let cases = Suite::at(scenarios()).cases();
    let options = RunOptions {
        keep: Keep::Trace,
        ..RunOptions::default()
    };
    let mut matrices = Matrices::default();
    let summary = suite::run(&cases, &options, &mut matrices);
    assert_eq!(summary.exit(), Exit::Conforms);
    for rule in mutants::coverage(&cases, &summary) {
        assert!(
            rule.lacks().is_empty(),
            "{}: {:?}",
            rule.rule.id,
            rule.lacks()
        );
    }
    let mut text = String::new();
    for (rule, standing) in &summary.rules {
        let Standing { held, held_in, .. } = standing;
        let _infallible = writeln!(text, "held {held:>4} × in {held_in:>3}  {}", rule.id);
    }
    snapshots("", "How often each rule held, and in how many scenarios")
        .bind(|| insta::assert_snapshot!("coverage", text));
    for (file, lines) in matrices.0 {
        let (folder, name, _) = place(&file);
        snapshots(folder, "Whose blocks are published, a line a cell")
            .bind(|| insta::assert_snapshot!(name, lines));
    }
}

/// A text for each matrix, by the address of its file.
#[derive(Default)]
struct Matrices(BTreeMap<String, String>);

impl Reporter for Matrices {
    fn event(&mut self, event: &RunEvent) {
        let RunEvent::CaseFinished(report) = event else {
            return;
        };
        let Report { address, end, .. } = &**report;
        if let (Some((file, cell)), End::Ran(ran)) = (address.split_once('['), end) {
            let trace = ran.trace.as_ref().expect("traces are kept");
            let lines = self.0.entry(file.to_owned()).or_default();
            let cell = cell.trim_end_matches(']');
            let _infallible = writeln!(lines, "{}  {cell}", blocks(trace));
        }
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
