//! What judging costs: rules, oracle, digest and transcript of runs of 250, 1,000 and 4,000 slots of
//! 20 transactions each. It is linear if the time of a slot is the same in all of them.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::time::Duration;

use gauntlet::net::sim;
use gauntlet::oracle;
use gauntlet::plan::{Plan, SlotPlan, TrafficPlan};
use gauntlet::rules;
use gauntlet::trace::Trace;
use gauntlet::view::View;

const SLOTS: [usize; 3] = [250, 1000, 4000];
const TRANSACTIONS: u32 = 20;

fn main() {
    println!("{TRANSACTIONS} transactions a slot, milliseconds a slot");
    println!(
        "{:>6} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>10}",
        "slots", "run", "view", "oracle", "rules", "digest", "read", "judging"
    );
    let mut first = None;
    for slots in SLOTS {
        let plan = Plan {
            traffic: TrafficPlan {
                transactions_per_slot: TRANSACTIONS,
                ..TrafficPlan::default()
            },
            slots: vec![SlotPlan::default(); slots],
            ..Plan::default()
        };
        let (run, trace) = timed(|| sim::run(&plan).expect("a plan without faults runs"));
        let (viewed, view) = timed(|| View::of(&trace));
        let (consulted, findings) = timed(|| oracle::judge(&view));
        let (judged, verdicts) = timed(|| rules::judge_findings(&view, &findings));
        assert!(!verdicts.is_empty());
        let (digested, _) = timed(|| trace.digest());
        let written = trace.write(Vec::new()).expect("memory takes it");
        let (read, _) = timed(|| Trace::read(&*written).expect("what was written reads"));
        let judging = viewed + consulted + judged + digested;
        let of = |time: Duration| 1000.0 * time.as_secs_f64() / slots as f64;
        println!(
            "{slots:>6} {:>8.3} {:>8.3} {:>8.3} {:>8.3} {:>8.3} {:>8.3} {:>10.3}",
            of(run),
            of(viewed),
            of(consulted),
            of(judged),
            of(digested),
            of(read),
            of(judging)
        );
        let first = *first.get_or_insert(of(judging));
        println!(
            "       judging a slot, beside that of the first row: {:.2} x",
            of(judging) / first
        );
    }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
fn timed<T>(run: impl FnOnce() -> T) -> (Duration, T) {
    let began = std::time::Instant::now();
    let outcome = run();
    (began.elapsed(), outcome)
}
