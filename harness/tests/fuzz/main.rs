//! Smoke runs of the fuzz targets that libFuzzer runs from `harness/fuzz`: a few thousand inputs
//! each, the same every time.
//!
//! `GAUNTLET_FUZZ_EXECUTIONS` is how many, instead.

mod mutate;
mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};

use rstest::rstest;

use self::targets::{Seen, TARGETS, Target};

fn target(name: &str) -> &'static Target {
    let found = TARGETS.iter().find(|target| target.name == name);
    found.unwrap_or_else(|| panic!("there is no target `{name}`"))
}

#[rstest]
#[case("protocol", 5000)]
#[case("json-rpc-requests", 2000)]
#[case("http-requests", 4000)]
#[case("json-rpc-responses", 3000)]
#[case("http-replies", 3000)]
#[case("scenario", 3000)]
#[case("transcript", 250)]
#[case("transaction", 10_000)]
#[case("genesis", 3000)]
fn nothing_breaks_it(#[case] name: &str, #[case] executions: u64) {
    let Target {
        run,
        examples,
        words,
        ..
    } = target(name);
    let executions = std::env::var("GAUNTLET_FUZZ_EXECUTIONS")
        .map_or(executions, |given| given.parse().expect("a number"));
    let examples = examples();
    let mut accepted = 0;
    for number in 0..executions {
        let input = mutate::input(name, number, &examples, words);
        let seen = catch_unwind(AssertUnwindSafe(|| run(&input)));
        let seen = seen.unwrap_or_else(|_| {
            panic!("input {number} breaks `{name}`: {}", input.escape_ascii());
        });
        if number < examples.len() as u64 {
            assert_eq!(seen, Seen::Accepted, "{}", input.escape_ascii());
        }
        accepted += u64::from(seen == Seen::Accepted);
    }
    // Whoever changes an example beyond recognition tests nothing but the first few bytes.
    assert!(
        accepted > examples.len() as u64,
        "all {executions} were refused"
    );
    assert!(accepted < executions, "none of {executions} was refused");
}

#[test]
fn each_target_is_run() {
    let source = include_str!("main.rs");
    for target in TARGETS {
        let case = format!("#[case(\"{}\", ", target.name);
        assert!(source.contains(&case), "{} is not run", target.name);
    }
}
