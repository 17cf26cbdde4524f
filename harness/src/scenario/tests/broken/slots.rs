//! The slots.

use super::broken_with;

#[test]
fn a_slot_that_stands_twice() {
    let message = broken_with(&["[[slot]]", "number = 2", "[[slot]]", "number = 2"]);
    insta::assert_snapshot!(message, @r"
    error: slot 2 stands twice
     --> broken.toml:5:10
      |
    3 | number = 2
      |          - slot 2 is here
    4 | [[slot]]
    5 | number = 2
      |          ^ slot 2 again
      |
      = help: without `number`, a `[[slot]]` is the one after the last: 3 here
    ");
}

#[test]
fn slots_in_descending_order() {
    let message = broken_with(&["[[slot]]", "number = 2", "[[slot]]", "number = 1"]);
    insta::assert_snapshot!(message, @r"
    error: the slots are not in ascending order
     --> broken.toml:5:10
      |
    3 | number = 2
      |          - slot 2 is here
    4 | [[slot]]
    5 | number = 1
      |          ^ slot 1 after slot 2
      |
      = help: without `number`, a `[[slot]]` is the one after the last: 3 here
    ");
}

#[test]
fn a_slot_beyond_the_run() {
    insta::assert_snapshot!(broken_with(&["slots = 2", "[[slot]]", "number = 3"]), @r"
    error: there is no slot 3
     --> broken.toml:4:10
      |
    4 | number = 3
      |          ^ the run has 2
      |
      = help: write `slots = 3` at the top, or leave it out
    ");
}

#[test]
fn a_parameter_that_is_missing() {
    let message = broken_with(&["[[slot]]", r#"builder = { reply = "http-status" }"#]);
    insta::assert_snapshot!(message, @r#"
    error: `status` is missing
     --> broken.toml:3:11
      |
    3 | builder = { reply = "http-status" }
      |           ^^^^^^^^^^^^^^^^^^^^^^^^^ has no `status`
      |
      = help: for example `builder = { reply = "http-status", status = 500 }`
    "#);
}

#[test]
fn a_parameter_of_another_reply() {
    let message = broken_with(&[
        "[[slot]]",
        r#"builder = { reply = "error", code = -32000, status = 500 }"#,
    ]);
    insta::assert_snapshot!(message, @r#"
    error: a reply of `error` has no `status`
     --> broken.toml:3:45
      |
    3 | builder = { reply = "error", code = -32000, status = 500 }
      |                                             ^^^^^^ goes only with `reply = "http-status"` or `reply = "status"`
      |
      = help: leave `status` out, or write `reply = "http-status", status = 500` or `reply = "status", status = 201`
    "#);
}

#[test]
fn a_status_that_is_not_final() {
    let message = broken_with(&[
        "[[slot]]",
        r#"builder = { reply = "http-status", status = 100 }"#,
    ]);
    insta::assert_snapshot!(message, @r#"
    error: `status` is out of range
     --> broken.toml:3:45
      |
    3 | builder = { reply = "http-status", status = 100 }
      |                                             ^^^ less than 200
      |
      = help: `status` is a whole number from 200 to 599
    "#);
}

#[test]
fn a_drip_of_nothing() {
    let message = broken_with(&[
        "[[slot]]",
        r#"builder = { reply = "drip", bytes = 0, every_ms = 10 }"#,
    ]);
    insta::assert_snapshot!(message, @r#"
    error: `bytes` is out of range
     --> broken.toml:3:37
      |
    3 | builder = { reply = "drip", bytes = 0, every_ms = 10 }
      |                                     ^ less than 1
      |
      = help: `bytes` is a whole number from 1 to 1048576
    "#);
}

#[test]
fn a_stale_parent_in_slot_1() {
    let message = broken_with(&["[[slot]]", r#"builder = { reply = "stale-parent" }"#]);
    insta::assert_snapshot!(message, @r#"
    error: `stale-parent` is not possible in slot 1
     --> broken.toml:3:21
      |
    3 | builder = { reply = "stale-parent" }
      |                     ^^^^^^^^^^^^^^ the parent of slot 1 has no parent
      |
      = help: write `number = 2` in this `[[slot]]`, or a later one
    "#);
}

#[test]
fn a_previous_payload_in_slot_1() {
    let message = broken_with(&["[[slot]]", r#"builder = { reply = "previous-payload" }"#]);
    insta::assert_snapshot!(message, @r#"
    error: `previous-payload` is not possible in slot 1
     --> broken.toml:3:21
      |
    3 | builder = { reply = "previous-payload" }
      |                     ^^^^^^^^^^^^^^^^^^ there is no slot before slot 1
      |
      = help: write `number = 2` in this `[[slot]]`, or a later one
    "#);
}

#[test]
fn a_reply_before_it_can_be() {
    let message = broken_with(&["[[slot]]", "builder = { arrives_at_ms = 19 }"]);
    insta::assert_snapshot!(message, @r"
    error: the reply cannot arrive so early
     --> broken.toml:3:29
      |
    3 | builder = { arrives_at_ms = 19 }
      |                             ^^ the builder and the links need 20 ms
      |
      = help: `arrives_at_ms` is at least 20, or `[network]` has smaller latencies
    ");
}

#[test]
fn a_reply_before_it_is_computed() {
    let message = broken_with(&[
        "builder = { build_ms = 1600 }",
        "[[slot]]",
        "builder = { arrives_at_ms = 119 }",
    ]);
    insta::assert_snapshot!(message, @r"
    error: the reply cannot arrive so early
     --> broken.toml:4:29
      |
    4 | builder = { arrives_at_ms = 119 }
      |                             ^^^ the builder and the links need 120 ms
      |
      = help: `arrives_at_ms` is at least 120, or `[network]` has smaller latencies
    ");
}

#[test]
fn a_reply_that_is_late_for_everything() {
    let message = broken_with(&["[[slot]]", "builder = { arrives_at_ms = 20001 }"]);
    insta::assert_snapshot!(message, @r#"
    error: the reply arrives too late to matter
     --> broken.toml:3:29
      |
    3 | builder = { arrives_at_ms = 20001 }
      |                             ^^^^^ more than 10 block times
      |
      = help: `arrives_at_ms` is at most 20000; a reply that never arrives is `reply = "never"`
    "#);
}

#[test]
fn a_time_for_a_reply_that_never_comes() {
    let message = broken_with(&[
        "[[slot]]",
        r#"builder = { reply = "never", arrives_at_ms = 201 }"#,
    ]);
    insta::assert_snapshot!(message, @r#"
    error: a reply of `never` has no `arrives_at_ms`
     --> broken.toml:3:46
      |
    3 | builder = { reply = "never", arrives_at_ms = 201 }
      |                                              ^^^ when the last byte of a reply arrives
      |
      = help: leave `arrives_at_ms` out
    "#);
}

#[test]
fn an_exact_time_under_jitter() {
    let message = broken_with(&[
        "network = { jitter_ms = 3 }",
        "[[slot]]",
        "builder = { arrives_at_ms = 201 }",
    ]);
    insta::assert_snapshot!(message, @r"
    error: `arrives_at_ms` cannot be exact on a link with jitter
     --> broken.toml:4:29
      |
    4 | builder = { arrives_at_ms = 201 }
      |                             ^^^ an exact time
      |
      = help: leave out `arrives_at_ms`, or `jitter_ms` in `[network]`
    ");
}

#[test]
fn a_reply_to_a_lost_request() {
    let message = broken_with(&[
        "[[slot]]",
        r#"request = "lost""#,
        r#"builder = { reply = "garbage" }"#,
    ]);
    insta::assert_snapshot!(message, @r#"
    error: a lost request has no reply
     --> broken.toml:4:11
      |
    4 | builder = { reply = "garbage" }
      |           ^^^^^^^^^^^^^^^^^^^^^ cannot be replied
      |
      = help: leave out the slot's `builder` or its `request`
    "#);
}

#[test]
fn a_false_payload_for_a_refused_request() {
    let message = broken_with(&[
        "[[slot]]",
        r#"request = "signature-flipped""#,
        r#"builder = { reply = "wrong-state-root" }"#,
    ]);
    insta::assert_snapshot!(message, @r#"
    error: a request that the builder refuses has no payload to falsify
     --> broken.toml:4:11
      |
    4 | builder = { reply = "wrong-state-root" }
      |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ cannot be replied
      |
      = help: leave out the slot's `builder` or its `request`
    "#);
}

#[test]
fn a_head_replaced_in_slot_1() {
    insta::assert_snapshot!(broken_with(&["[[slot]]", "head_replaced_at_ms = 700"]), @r"
    error: the head cannot be replaced in slot 1
     --> broken.toml:3:23
      |
    3 | head_replaced_at_ms = 700
      |                       ^^^ the head is genesis
      |
      = help: write `number = 2` in this `[[slot]]`, or a later one
    ");
}

#[test]
fn a_head_replaced_too_late_to_build_on() {
    let message = broken_with(&[
        "[sequencer]",
        "build_ms = 300",
        "[[slot]]",
        "number = 2",
        "head_replaced_at_ms = 1701",
    ]);
    insta::assert_snapshot!(message, @r"
    error: the local engine has no block on the new head in time
     --> broken.toml:6:23
      |
    6 | head_replaced_at_ms = 1701
      |                       ^^^^ leaves 299 ms of the slot
      |
      = help: the local engine needs 300 ms: `head_replaced_at_ms` is at most 1700, or `build_ms` in `[sequencer]` is smaller
    ");
}

#[test]
fn a_head_replaced_after_the_slot() {
    let message = broken_with(&["[[slot]]", "number = 2", "head_replaced_at_ms = 2000"]);
    insta::assert_snapshot!(message, @r"
    error: `head_replaced_at_ms` is after the end of the slot
     --> broken.toml:4:23
      |
    4 | head_replaced_at_ms = 2000
      |                       ^^^^ a slot has 2000 ms
      |
      = help: `head_replaced_at_ms` counts from the slot's start and is at most 1999
    ");
}

#[test]
fn a_builder_that_changes_to_nothing_named() {
    let message = broken_with(&["[[slot]]", "builder_changes = { at_ms = 2000 }"]);
    insta::assert_snapshot!(message, @r#"
    error: `to` is missing
     --> broken.toml:3:19
      |
    3 | builder_changes = { at_ms = 2000 }
      |                   ^^^^^^^^^^^^^^^^ has no `to`
      |
      = help: for example `builder_changes = { at_ms = 1600, to = "another-key" }`

    error: `at_ms` is after the end of the slot
     --> broken.toml:3:29
      |
    3 | builder_changes = { at_ms = 2000 }
      |                             ^^^^ a slot has 2000 ms
      |
      = help: `at_ms` counts from the slot's start and is at most 1999
    "#);
}

#[test]
fn failing_attempts_without_a_number() {
    let message = broken_with(&["[[slot]]", r#"forward = { how = "reset" }"#]);
    insta::assert_snapshot!(message, @r#"
    error: `fails` is missing
     --> broken.toml:3:11
      |
    3 | forward = { how = "reset" }
      |           ^^^^^^^^^^^^^^^^^ has no `fails`
      |
      = help: for example `forward = { fails = 3 }`
    "#);
}

#[test]
fn a_block_from_nobody() {
    let message = broken_with(&[
        "[[slot]]",
        r#"expect = { block = "builder", requests = 0 }"#,
    ]);
    insta::assert_snapshot!(message, @r#"
    error: no block comes from a builder that is not asked
     --> broken.toml:3:42
      |
    3 | expect = { block = "builder", requests = 0 }
      |                    ---------             ^ no request
      |                    |
      |                    and yet the builder's block
      |
      = help: expect `block = "local"`, or leave `requests` out
    "#);
}

#[test]
fn attempts_at_no_transaction() {
    let message = broken_with(&[
        "traffic = { transactions_per_slot = 0 }",
        "[[slot]]",
        "expect = { forward_attempts = 1 }",
    ]);
    insta::assert_snapshot!(message, @r"
    error: no transaction is sent, so none is forwarded
     --> broken.toml:4:31
      |
    4 | expect = { forward_attempts = 1 }
      |                               ^ would never be looked at
      |
      = help: leave `forward_attempts` out, or raise `transactions_per_slot`
    ");
}
