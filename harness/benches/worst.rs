//! How long a block of the worst transactions takes to build and to validate, and how much memory.
//!
//! `cargo bench --bench worst -- [GAS [NAME]]` prints a line for each kind. Time is that of the
//! processor, so that a busy machine does not matter. Memory is that of the process at its highest
//! so far: name a single kind to see its own. Run as a test it does little, and only shows that it
//! runs.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::sync::Arc;
use std::time::Duration;

use gauntlet::chain::{self, PlannedL1, Worst};
use gauntlet::plan::Plan;
use gauntlet_engine::{Attributes, Engine, Limits, Payload, Senders};

fn main() {
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let mut arguments = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'));
    let gas = arguments.next().and_then(|gas| gas.parse().ok());
    let gas = gas.unwrap_or(if is_bench { 30_000_000 } else { 3_000_000 });
    let only = arguments.next();
    for worst in Worst::ALL {
        let name = format!("{worst:?}");
        if only.as_ref().is_none_or(|only| *only == name) {
            measure(worst, &name, gas);
        }
    }
}

fn measure(worst: Worst, name: &str, gas: u64) {
    let mut plan = Plan::default();
    plan.chain.gas_limit = gas;
    let plan = Arc::new(plan);
    let spec = chain::spec(&plan).expect("the genesis is good");
    let l1 = PlannedL1::new(plan, Arc::clone(&spec));
    let mut attributes = Attributes::from_wire(&l1.attributes(1, 1)).expect("they are good");
    // The deposit of the L1 attributes uses less than this.
    let transactions = worst.transactions(spec.chain_id(), 0, gas - 200_000);
    // They are forced, since the pool has no room for thousands of a sender.
    attributes.transactions.extend(transactions);
    attributes.no_tx_pool = true;
    let builder = Engine::new(Arc::clone(&spec), Senders::default());
    let started = processor();
    let assembly = builder.assembly(spec.genesis_hash(), Arc::new(attributes));
    let filled = assembly.and_then(|assembly| assembly.filled(&Limits::NONE));
    let built = processor().saturating_sub(started);
    let block = filled.expect("the block is good").block;
    let payload: Payload = block.payload();
    let mut sequencer = Engine::new(spec, Senders::default());
    let started = processor();
    let verdict = sequencer.new_payload(&payload, &[]);
    let validated = processor().saturating_sub(started);
    drop(verdict);
    println!(
        "{name:<12} {:>6} transactions, {:>11} gas: built in {:>6} ms, validated in {:>6} ms, {}",
        payload.transactions.len() - 1,
        payload.gas_used,
        built.as_millis(),
        validated.as_millis(),
        memory()
    );
}

/// How long the processor has worked for this thread, where the system tells.
fn processor() -> Duration {
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = statistics.split_whitespace().next().map(str::parse);
    Duration::from_nanos(nanoseconds.and_then(Result::ok).unwrap_or_default())
}

/// The most memory that the process had, where the system tells.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM:"));
    peak.map_or_else(
        || "peak unknown".to_owned(),
        |line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            format!("peak {}", words[1..].join(" "))
        },
    )
}
