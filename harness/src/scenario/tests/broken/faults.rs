//! The faults.

use super::{broken, broken_with};

#[test]
fn a_fault_of_no_kind() {
    insta::assert_snapshot!(broken_with(&["[[fault]]", "at_ms = 10"]), @r#"
    error: `kind` is missing
     --> broken.toml:2:1
      |
    2 | [[fault]]
      | ^^^^^^^^^ has no `kind`
      |
      = help: for example `kind = "dies"`
    "#);
}

#[test]
fn a_fault_of_an_unknown_kind() {
    let message = broken_with(&["[[fault]]", r#"kind = "die""#, "at_ms = 10"]);
    insta::assert_snapshot!(message, @r#"
    error: `die` is no `kind`
     --> broken.toml:3:8
      |
    3 | kind = "die"
      |        ^^^^^ not a value of `kind`
      |
      = help: did you mean `dies`?
      = help: the values of `kind` are
              `dies`, `restarts`, `black-hole`, `partition`, `slow-link`, `lossy-link`,
              `drops-connects`, `local-engine-fails`, `local-engine-stalls`,
              `local-engine-syncs` and `imports-fail`
    "#);
}

#[test]
fn a_black_hole_without_direction() {
    let message = broken_with(&["[[fault]]", r#"kind = "black-hole""#, "from_ms = 10"]);
    insta::assert_snapshot!(message, @r#"
    error: `direction` is missing
     --> broken.toml:2:1
      |
    2 | [[fault]]
      | ^^^^^^^^^ has no `direction`
      |
      = help: for example `kind = "black-hole", direction = "sequencer-to-builder", from_ms = 3000`
    "#);
}

#[test]
fn a_partition_with_a_direction() {
    let message = broken_with(&[
        "[[fault]]",
        r#"kind = "partition""#,
        "from_ms = 10",
        r#"direction = "sequencer-to-builder""#,
    ]);
    insta::assert_snapshot!(message, @r#"
    error: a fault of kind `partition` has no `direction`
     --> broken.toml:5:1
      |
    5 | direction = "sequencer-to-builder"
      | ^^^^^^^^^ does not belong here
      |
      = help: for example `kind = "partition", from_ms = 3000, until_ms = 7000`
    "#);
}

#[test]
fn a_fault_that_is_over_before_it_begins() {
    let message = broken_with(&[
        "[[fault]]",
        r#"kind = "dies""#,
        "at_ms = 700",
        "back_at_ms = 300",
    ]);
    insta::assert_snapshot!(message, @r"
    error: the fault is over before it begins
     --> broken.toml:5:14
      |
    4 | at_ms = 700
      |         --- begins here
    5 | back_at_ms = 300
      |              ^^^ not after 700 ms
      |
      = help: `back_at_ms` is after `at_ms`; leave it out if the fault never ends
    ");
}

#[test]
fn a_fault_after_the_run() {
    let message = broken_with(&[
        "slots = 2",
        "[[fault]]",
        r#"kind = "dies""#,
        "at_ms = 700",
        "back_at_ms = 4000",
    ]);
    insta::assert_snapshot!(message, @r"
    error: `back_at_ms` is after the end of the run
     --> broken.toml:6:14
      |
    6 | back_at_ms = 4000
      |              ^^^^ the last slot ends at 4000 ms
      |
      = help: `back_at_ms` counts from the start of the run and is less than 4000; raise `slots` for a longer run
    ");
}

#[test]
fn faults_that_overlap() {
    let message = broken_with(&[
        "[[fault]]",
        r#"kind = "partition""#,
        "from_ms = 100",
        "until_ms = 300",
        "[[fault]]",
        r#"kind = "black-hole""#,
        r#"direction = "sequencer-to-builder""#,
        "from_ms = 200",
    ]);
    insta::assert_snapshot!(message, @r"
    error: this fault begins before another like it is over
     --> broken.toml:9:11
      |
    4 | from_ms = 100
      |           --- with this one
    ...
    9 | from_ms = 200
      |           ^^^ overlaps
      |
      = help: write one fault for all of the time, or leave time between the two
    ");
}

#[test]
fn one_that_dies_again_when_it_is_back() {
    let message = broken_with(&[
        "[[fault]]",
        r#"kind = "dies""#,
        "at_ms = 100",
        "back_at_ms = 300",
        "[[fault]]",
        r#"kind = "dies""#,
        "at_ms = 300",
    ]);
    insta::assert_snapshot!(message, @r"
    error: this fault begins before another like it is over
     --> broken.toml:8:9
      |
    4 | at_ms = 100
      |         --- with this one
    ...
    8 | at_ms = 300
      |         ^^^ overlaps
      |
      = help: write one fault for all of the time, or leave time between the two
    ");
}

#[test]
fn more_faults_than_a_run_can_have() {
    let fault = |index| {
        let (at, back) = (10 * index, 10 * index + 9);
        format!("[[fault]]\nkind = \"dies\"\nat_ms = {at}\nback_at_ms = {back}\n")
    };
    let faults: Vec<String> = (0..10_002).map(fault).collect();
    let message = broken(&format!(
        "title = \"x\"\nslots = 100000\n{}",
        faults.concat()
    ));
    insta::assert_snapshot!(message, @r"
    error: there are too many faults
         --> broken.toml:40003:1
          |
    40003 | [[fault]]
          | ^^^^^^^^^ one too many
          |
          = help: a run has at most 10000 faults
    ");
}
