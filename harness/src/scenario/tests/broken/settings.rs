//! The tables that hold for the whole run.

use super::broken_with;

#[test]
fn a_block_time_of_no_whole_seconds() {
    insta::assert_snapshot!(broken_with(&["[chain]", "block_time_ms = 1500"]), @r"
    error: `block_time_ms` does not fit whole seconds
     --> broken.toml:3:17
      |
    3 | block_time_ms = 1500
      |                 ^^^^ neither a divisor nor a multiple of 1000
      |
      = help: timestamps are whole seconds: `block_time_ms` is 200, 250, 500 or a multiple of 1000
    ");
}

#[test]
fn a_block_time_below_the_timeout() {
    insta::assert_snapshot!(broken_with(&["[chain]", "block_time_ms = 100"]), @r"
    error: `block_time_ms` is out of range
     --> broken.toml:3:17
      |
    3 | block_time_ms = 100
      |                 ^^^ less than 200
      |
      = help: `block_time_ms` is a whole number from 200 to 60000
    ");
}

#[test]
fn a_fork_within_a_second() {
    let message = broken_with(&["[chain]", "block_time_ms = 500", "holocene_at_slot = 3"]);
    insta::assert_snapshot!(message, @r"
    error: Holocene cannot begin within a second
     --> broken.toml:4:20
      |
    4 | holocene_at_slot = 3
      |                    ^ has the timestamp of the slot before
      |
      = help: a fork begins at a timestamp: with a block every 500 ms, `holocene_at_slot` is a multiple of 2
    ");
}

#[test]
fn an_import_budget_without_room() {
    insta::assert_snapshot!(broken_with(&["[sequencer]", "import_budget_ms = 1801"]), @r"
    error: `import_budget_ms` leaves no time for the payload request
     --> broken.toml:3:20
      |
    3 | import_budget_ms = 1801
      |                    ^^^^ with the timeout of 200 ms, longer than a slot of 2000 ms
      |
      = help: `import_budget_ms` is at most 1800
    ");
}

#[test]
fn a_local_engine_that_is_never_in_time() {
    insta::assert_snapshot!(broken_with(&["[sequencer]", "build_ms = 501"]), @r"
    error: the local engine never has a block in time
     --> broken.toml:3:12
      |
    3 | build_ms = 501
      |            ^^^ it begins 500 ms before the end of the slot
      |
      = help: `build_ms` is at most 500: 200 ms and `import_budget_ms`
    ");
}

#[test]
fn a_kind_of_transaction_that_nobody_sends() {
    let message = broken_with(&["[traffic]", "kinds = [\"reverts\", \"revert\"]"]);
    assert!(
        message.contains("`revert` is no kind of transaction"),
        "{message}"
    );
    assert!(message.contains("did you mean `reverts`?"), "{message}");
    assert!(message.contains("broken.toml:3:21"), "{message}");
}
