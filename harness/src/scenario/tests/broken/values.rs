//! Types, ranges, words and rules.

use super::{broken, broken_with};
use crate::faults;

#[test]
fn a_string_for_a_number() {
    insta::assert_snapshot!(broken_with(&["[network]", r#"latency_ms = "10""#]), @r#"
    error: expected a whole number, found a string
     --> broken.toml:3:14
      |
    3 | latency_ms = "10"
      |              ^^^^ this is a string
      |
      = help: `latency_ms` is a whole number from 1 to 10000
    "#);
}

#[test]
fn a_fraction_for_a_number() {
    insta::assert_snapshot!(broken_with(&["[network]", "latency_ms = 0.5"]), @r"
    error: expected a whole number, found a number with a fraction
     --> broken.toml:3:14
      |
    3 | latency_ms = 0.5
      |              ^^^ this is a number with a fraction
      |
      = help: `latency_ms` is a whole number from 1 to 10000
    ");
}

#[test]
fn a_number_for_a_string() {
    insta::assert_snapshot!(broken("title = 7\n"), @r"
    error: expected a string, found a whole number
     --> broken.toml:1:9
      |
    1 | title = 7
      |         ^ this is a whole number
      |
      = help: `title` is a string in quotes
    ");
}

#[test]
fn a_number_for_a_flag() {
    let message = broken_with(&["[[slot]]", "attributes = { no_tx_pool = 1 }"]);
    insta::assert_snapshot!(message, @r"
    error: expected `true` or `false`, found a whole number
     --> broken.toml:3:29
      |
    3 | attributes = { no_tx_pool = 1 }
      |                             ^ this is a whole number
      |
      = help: `no_tx_pool` is `true` or `false`
    ");
}

#[test]
fn a_string_for_a_list() {
    insta::assert_snapshot!(broken_with(&[r#"for = "get-payload/no-retry""#]), @r#"
    error: expected a list, found a string
     --> broken.toml:2:7
      |
    2 | for = "get-payload/no-retry"
      |       ^^^^^^^^^^^^^^^^^^^^^^ this is a string
      |
      = help: `for` is a list of strings in quotes
    "#);
}

#[test]
fn a_number_in_a_list_of_strings() {
    insta::assert_snapshot!(broken_with(&[r#"for = ["get-payload/no-retry", 200]"#]), @r#"
    error: expected a string, found a whole number
     --> broken.toml:2:32
      |
    2 | for = ["get-payload/no-retry", 200]
      |                                ^^^ this is a whole number
      |
      = help: `for` is a list of strings in quotes
    "#);
}

#[test]
fn a_word_for_a_table() {
    insta::assert_snapshot!(broken_with(&["[[slot]]", r#"builder = "honest""#]), @r#"
    error: expected a table, found a string
     --> broken.toml:3:11
      |
    3 | builder = "honest"
      |           ^^^^^^^^ this is a string
      |
      = help: `builder` is a table of
              `reply`, `status`, `code`, `bytes`, `every_ms`, `member`, `is`, `form`, `way`,
              `header`, `ms` and `arrives_at_ms`
    "#);
}

#[test]
fn one_table_for_a_list_of_tables() {
    insta::assert_snapshot!(broken_with(&["[slot]", r#"request = "lost""#]), @r"
    error: expected a list of tables, found a table
     --> broken.toml:2:1
      |
    2 | [slot]
      | ^^^^^^ this is a table
      |
      = help: `slot` is a list of tables, each headed `[[slot]]`
    ");
}

#[test]
fn a_negative_number() {
    insta::assert_snapshot!(broken_with(&["[network]", "users_ms = -1"]), @r"
    error: `users_ms` is out of range
     --> broken.toml:3:12
      |
    3 | users_ms = -1
      |            ^^ less than 1
      |
      = help: `users_ms` is a whole number from 1 to 10000
    ");
}

#[test]
fn a_latency_of_nothing() {
    insta::assert_snapshot!(broken_with(&["[network]", "latency_ms = 0"]), @r"
    error: `latency_ms` is out of range
     --> broken.toml:3:14
      |
    3 | latency_ms = 0
      |              ^ less than 1
      |
      = help: `latency_ms` is a whole number from 1 to 10000
    ");
}

#[test]
fn a_number_beyond_all_ranges() {
    let message = broken_with(&["seed = 99999999999999999999999999999999999999999"]);
    insta::assert_snapshot!(message, @r"
    error: `seed` is out of range
     --> broken.toml:2:8
      |
    2 | seed = 99999999999999999999999999999999999999999
      |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ beyond all measure
      |
      = help: `seed` is a whole number from 0 to 18446744073709551615
    ");
}

#[test]
fn too_many_slots() {
    insta::assert_snapshot!(broken_with(&["slots = 100001"]), @r"
    error: `slots` is out of range
     --> broken.toml:2:9
      |
    2 | slots = 100001
      |         ^^^^^^ more than 100000
      |
      = help: `slots` is a whole number from 1 to 100000
    ");
}

#[test]
fn too_many_transactions() {
    let message = broken_with(&["[traffic]", "transactions_per_slot = 10001"]);
    insta::assert_snapshot!(message, @r"
    error: `transactions_per_slot` is out of range
     --> broken.toml:3:25
      |
    3 | transactions_per_slot = 10001
      |                         ^^^^^ more than 10000
      |
      = help: `transactions_per_slot` is a whole number from 0 to 10000
    ");
}

#[test]
fn too_many_failing_attempts() {
    insta::assert_snapshot!(broken_with(&["[[slot]]", "forward = { fails = 101 }"]), @r"
    error: `fails` is out of range
     --> broken.toml:3:21
      |
    3 | forward = { fails = 101 }
      |                     ^^^ more than 100
      |
      = help: `fails` is a whole number from 0 to 100
    ");
}

#[test]
fn an_unknown_reply() {
    let message = broken_with(&["[[slot]]", r#"builder = { reply = "wrong-stateroot" }"#]);
    // Which faults there are is the catalogue's to say. They are too many to list.
    let count = faults::choices(faults::On::PayloadReply).count() + 1;
    let listing = format!("help: of {count} values of `reply` the most alike are");
    let listing = &*listing;
    let (message, words) = message.split_once(listing).expect("a listing");
    insta::assert_snapshot!(message.trim_end_matches("= "), @r#"
    error: `wrong-stateroot` is no `reply`
     --> broken.toml:3:21
      |
    3 | builder = { reply = "wrong-stateroot" }
      |                     ^^^^^^^^^^^^^^^^^ not a value of `reply`
      |
      = help: did you mean `wrong-state-root`?
    "#);
    for word in [
        "wrong-state-root",
        "resealed-state-root",
        "unsealed-state-root",
    ] {
        assert!(words.contains(&format!("`{word}`")), "{word} in {words}");
    }
    assert_eq!(words.matches('`').count(), 2 * 12, "{words}");
}

#[test]
fn an_unknown_word() {
    let message = broken_with(&["[sequencer]", r#"builder_url = "http://localhost""#]);
    insta::assert_snapshot!(message, @r#"
    error: `http://localhost` is no `builder_url`
     --> broken.toml:3:15
      |
    3 | builder_url = "http://localhost"
      |               ^^^^^^^^^^^^^^^^^^ not a value of `builder_url`
      |
      = help: the values of `builder_url` are `set` and `unset`
    "#);
}

#[test]
fn an_unknown_rule() {
    insta::assert_snapshot!(broken_with(&[r#"for = ["get-payload/no-retrys"]"#]), @r#"
    error: unknown rule `get-payload/no-retrys`
     --> broken.toml:2:8
      |
    2 | for = ["get-payload/no-retrys"]
      |        ^^^^^^^^^^^^^^^^^^^^^^^ no rule has this id
      |
      = help: did you mean `get-payload/no-retry`?
      = help: the rules of get-payload are
              `get-payload/signature-scheme`, `get-payload/signature-binds-request`,
              `get-payload/bad-signature-refused`, `get-payload/waits-200-ms`,
              `get-payload/gives-up-at-200-ms`, `get-payload/answers-within-200-ms`,
              `get-payload/no-retry`, `get-payload/local-block-on-timeout`,
              `get-payload/local-block-on-error`, `get-payload/result`, `get-payload/error`,
              `get-payload/no-call-when-unset`, `get-payload/payload-present`,
              `get-payload/pubkey-matches`, `get-payload/simulate-transactions`,
              `get-payload/simulate-on-parent`, `get-payload/local-view`,
              `get-payload/bound-to-request` and `get-payload/late-reply-discarded`
    "#);
}

#[test]
fn a_rule_without_its_section() {
    insta::assert_snapshot!(broken_with(&[r#"for = ["loud-log"]"#]), @r#"
    error: unknown rule `loud-log`
     --> broken.toml:2:8
      |
    2 | for = ["loud-log"]
      |        ^^^^^^^^^^ no rule has this id
      |
      = help: did you mean `forward-transaction/loud-log`?
      = help: an id is `section/name`; the sections are
              `interaction`, `request`, `failsafe`, `mempool`, `configuration`, `structures`,
              `get-payload`, `new-payload` and `forward-transaction`
    "#);
}

#[test]
fn a_rule_of_no_section() {
    insta::assert_snapshot!(broken_with(&[r#"for = ["payload/everything-is-good"]"#]), @r#"
    error: unknown rule `payload/everything-is-good`
     --> broken.toml:2:8
      |
    2 | for = ["payload/everything-is-good"]
      |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ no rule has this id
      |
      = help: an id is `section/name`; the sections are
              `interaction`, `request`, `failsafe`, `mempool`, `configuration`, `structures`,
              `get-payload`, `new-payload` and `forward-transaction`
    "#);
}

#[test]
fn a_rule_named_twice() {
    let message = broken_with(&[r#"for = ["get-payload/no-retry", "get-payload/no-retry"]"#]);
    insta::assert_snapshot!(message, @r#"
    error: rule `get-payload/no-retry` is named twice
     --> broken.toml:2:32
      |
    2 | for = ["get-payload/no-retry", "get-payload/no-retry"]
      |        ----------------------  ^^^^^^^^^^^^^^^^^^^^^^ again
      |        |
      |        first here
      |
      = help: name each rule once
    "#);
}
