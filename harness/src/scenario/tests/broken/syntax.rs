//! What is no TOML, and keys that there are not.

use super::{broken, broken_with};

#[test]
fn an_unclosed_string() {
    insta::assert_snapshot!(broken("title = \"Broken\n"), @r#"
    error: invalid basic string
     --> broken.toml:1:16
      |
    1 | title = "Broken
      |                ^ expected `"`
      |
      = help: a scenario is a TOML file
    "#);
}

#[test]
fn an_unclosed_header() {
    insta::assert_snapshot!(broken_with(&["[chain", "block_time_ms = 1000"]), @r"
    error: unclosed table
     --> broken.toml:2:7
      |
    2 | [chain
      |       ^ expected `]`
      |
      = help: a scenario is a TOML file
    ");
}

#[test]
fn a_word_without_quotes() {
    insta::assert_snapshot!(broken_with(&["[[slot]]", "request = lost"]), @r#"
    error: string values must be quoted
     --> broken.toml:3:11
      |
    3 | request = lost
      |           ^^^^ a string without quotes
      |
      = help: a string stands in quotes, as `"honest"`
    "#);
}

#[test]
fn a_key_without_value() {
    insta::assert_snapshot!(broken_with(&["seed ="]), @r"
    error: a value is missing
     --> broken.toml:2:7
      |
    2 | seed =
      |       ^ expected a value
      |
      = help: for example `seed = 7`, or leave the key out
    ");
}

#[test]
fn a_duplicate_key() {
    insta::assert_snapshot!(broken_with(&["seed = 1", "slots = 2", "seed = 3"]), @r"
    error: duplicate key `seed`
     --> broken.toml:4:1
      |
    2 | seed = 1
      | ---- first here
    3 | slots = 2
    4 | seed = 3
      | ^^^^ stands here again
      |
      = help: a key stands once in its table; `[[slot]]` and `[[fault]]` begin a new one
    ");
}

#[test]
fn a_duplicate_table() {
    let message = broken_with(&[
        "[chain]",
        "gas_limit = 10000000",
        "[network]",
        "[chain]",
        "holocene_at_slot = 1",
    ]);
    insta::assert_snapshot!(message, @r"
    error: duplicate key `chain`
     --> broken.toml:5:2
      |
    5 | [chain]
      |  ^^^^^ stands here again
      |
      = help: a key stands once in its table; `[[slot]]` and `[[fault]]` begin a new one
    ");
}

#[test]
fn an_empty_file() {
    insta::assert_snapshot!(broken(""), @r#"
    error: `title` is missing
     --> broken.toml:1:1
      |
    1 |
      | ^ has no `title`
      |
      = help: for example `title = "The builder never answers"`
    "#);
}

#[test]
fn a_missing_title() {
    insta::assert_snapshot!(broken("# Only a comment.\nseed = 1\n"), @r#"
    error: `title` is missing
     --> broken.toml:1:1
      |
    1 | # Only a comment.
      | ^^^^^^^^^^^^^^^^^ has no `title`
      |
      = help: for example `title = "The builder never answers"`
    "#);
}

#[test]
fn an_empty_title() {
    insta::assert_snapshot!(broken("title = \" \"\n"), @r#"
    error: `title` is no sentence
     --> broken.toml:1:9
      |
    1 | title = " "
      |         ^^^ expected a sentence on one line
      |
      = help: say what the run shows, as `title = "The builder never answers"`
    "#);
}

#[test]
fn a_misspelt_key() {
    let message = broken_with(&["[[slot]]", "builder = { arives_at_ms = 201 }"]);
    insta::assert_snapshot!(message, @r"
    error: unknown key `arives_at_ms` in the slot's `builder`
     --> broken.toml:3:13
      |
    3 | builder = { arives_at_ms = 201 }
      |             ^^^^^^^^^^^^ unknown key
      |
      = help: did you mean `arrives_at_ms`?
      = help: the keys in the slot's `builder` are
              `reply`, `status`, `code`, `bytes`, `every_ms`, `member`, `is`, `form`, `way`,
              `header`, `ms` and `arrives_at_ms`
    ");
}

#[test]
fn a_key_of_another_table() {
    let message = broken_with(&["[chain]", "block_time_ms = 1000", "seed = 3"]);
    insta::assert_snapshot!(message, @r"
    error: unknown key `seed` in `[chain]`
     --> broken.toml:4:1
      |
    4 | seed = 3
      | ^^^^ unknown key
      |
      = help: `seed` stands at the top of the file
      = help: the keys in `[chain]` are `block_time_ms`, `gas_limit` and `holocene_at_slot`
    ");
}

#[test]
fn a_key_that_resembles_none() {
    insta::assert_snapshot!(broken_with(&["[[slot]]", r#"weather = "fine""#]), @r#"
    error: unknown key `weather` in `[[slot]]`
     --> broken.toml:3:1
      |
    3 | weather = "fine"
      | ^^^^^^^ unknown key
      |
      = help: the keys in `[[slot]]` are
              `number`, `builder`, `request`, `forward`, `fork_choice`, `attributes`, `l1`,
              `head_replaced_at_ms`, `builder_changes`, `probes` and `expect`
    "#);
}

/// However much is wrong, no more is told than can be read.
#[test]
fn more_problems_than_can_be_read() {
    let slots = "[[slot]]\nrequest = \"lost\"\nrequest = \"found\"\n".repeat(2000);
    let message = broken(&format!("title = \"Broken\"\n{slots}"));
    assert_eq!(
        message.matches("error: duplicate key `request`").count(),
        20
    );
    assert!(message.ends_with("\n\nand 1980 more problems"), "{message}");
}
