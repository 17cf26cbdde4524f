//! Scenario files.

use gauntlet::scenario::Cell;
use gauntlet::{rules, scenario};

use super::{Seen, Target, assert_bounded};

pub(super) const TARGET: Target = Target {
    name: "scenario",
    run,
    examples: || {
        [
            include_str!("../../../../scenarios/get-payload/reply-at-201-ms.toml"),
            include_str!("../../../../scenarios/failsafe/jitter.toml"),
            include_str!("../../../../scenarios/get-payload/arrival.toml"),
            EVERYTHING,
        ]
        .map(|text| text.as_bytes().to_vec())
        .to_vec()
    },
    words: &[
        "[[slot]]\n",
        "[[fault]]\n",
        "[chain]\n",
        "[matrix]\n",
        "\"$when.name\"",
        "seed",
        "slots",
        "number",
        "= 0\n",
        "-1",
        "= true",
        "'''",
        "\"\"\"",
        "0x10",
        "1e9",
        "1979-05-27",
        "inf",
        "{ }",
        "[[[[[[[[",
        "\u{feff}",
        "\r\n",
        "\u{0}",
        "é",
        "18446744073709551615",
        "until_ms",
        "at_ms = 4000\n",
        "a.b.c = 1\n",
    ],
};

const EVERYTHING: &str = r#"
title = "All of it"
for   = ["get-payload/no-retry"]
seed  = 7
slots = 4

[chain]
block_time_ms = 1000

[network]
latency_ms = 5
jitter_ms = 3

[traffic]
transactions_per_slot = 3

[sequencer]
import_budget_ms = 100
selection = "value"

[builder]
build_ms = 20

[[fault]]
kind = "dies"
at_ms = 1000
back_at_ms = 1500

[[fault]]
kind = "black-hole"
direction = "builder-to-sequencer"
from_ms = 2000
until_ms = 2100

[[slot]]
builder = { reply = "error", code = -32000 }
forward = { fails = 3 }
expect  = { block = "local", requests = 1 }

[[slot]]
number = 3
fork_choice = "lost"
attributes = { no_tx_pool = false, user_deposits = 1, deposits = ["spends"] }
l1 = { gas_limit = 20000000, denominator = 8, elasticity = 2, base_fee_wei = 1 }
head_replaced_at_ms = 100
builder_changes = { at_ms = 500, to = "another-key" }
"#;

fn run(input: &[u8]) -> Seen {
    let known = rules::ids();
    let read = || scenario::read_all("input.toml", input, &known).expect("memory can be read");
    let (first, second) = (read(), read());
    assert_eq!(first, second, "it reads as two things");
    match first {
        Ok(cells) => {
            for Cell { plan, .. } in cells.iter().take(4) {
                let written = scenario::print(plan);
                let again = scenario::parse("written.toml", &written, &known);
                assert_eq!(again.as_ref(), Ok(plan), "{written}");
                assert_eq!(plan.beyond_measure(), None, "{written}");
            }
            Seen::Accepted
        }
        Err(error) => {
            let told = error.problems().count();
            assert!((1..=20).contains(&told), "{told} problems");
            let said = error.to_string();
            assert!(said.starts_with("error: "), "{said}");
            // Each problem shows a line or two of the file, and lists what there is.
            for problem in error.problems() {
                assert_bounded(problem.message(), input);
                assert_bounded(&problem.help().concat(), input);
            }
            let lines = 1 + input.iter().filter(|byte| **byte == b'\n').count();
            let line = error.line().unwrap_or(1);
            assert!((1..=lines).contains(&line), "line {line} of {lines}");
            Seen::Refused
        }
    }
}
