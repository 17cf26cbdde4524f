//! Files that stand for many scenarios.

use crate::plan::Plan;
use crate::scenario::{Cell, parse, parse_all};

fn cells(text: &str) -> Result<Vec<Cell>, String> {
    parse_all("matrix.toml", text, super::RULES).map_err(|error| error.to_string())
}

const MATRIX: &str = r#"
title = "{reply} after {when} ms, {latency_ms} ms away"
for   = ["get-payload/no-retry", "$when.rules"]

[matrix]
reply      = ["honest", "never"]
when       = [
  { name = "late", ms = 201, rules = ["get-payload/gives-up-at-200-ms"], expect = { block = "local" } },
  { name = "soon", rules = [] },
]
latency_ms = [5]

[network]
latency_ms = "$latency_ms"

[[slot]]
builder = { reply = "$reply" }

[[slot]]
builder = { reply = "honest", arrives_at_ms = "$when.ms" }
expect  = "$when.expect"
"#;

/// The file of each cell, written out.
#[test]
fn each_cell_is_the_file_with_its_values() {
    let plan = |reply: &str, when: &str| {
        let (rules, late, expect) = match when {
            "late" => (
                r#", "get-payload/gives-up-at-200-ms""#,
                ", arrives_at_ms = 201",
                r#"expect = { block = "local" }"#,
            ),
            _ => ("", "", ""),
        };
        let text = format!(
            r#"
title = "{reply} after {when} ms, 5 ms away"
for = ["get-payload/no-retry"{rules}]
[network]
latency_ms = 5
[[slot]]
builder = {{ reply = "{reply}" }}
[[slot]]
builder = {{ reply = "honest"{late} }}
{expect}
"#
        );
        parse("cell.toml", &text, super::RULES).expect("a scenario")
    };
    let expected: Vec<(String, Plan)> = [
        ("honest", "late"),
        ("honest", "soon"),
        ("never", "late"),
        ("never", "soon"),
    ]
    .map(|(reply, when)| {
        let address = format!("[reply={reply},when={when},latency_ms=5]");
        (address, plan(reply, when))
    })
    .into();
    let cells = cells(MATRIX).expect("a matrix");
    let found: Vec<_> = cells.into_iter().map(|it| (it.address, it.plan)).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_file_without_a_matrix_is_one_scenario() {
    let text = "title = \"A title with {braces} and $signs\"\n";
    let found = cells(text).expect("a scenario");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].address, "");
    assert_eq!(found[0].plan, parse("one.toml", text, &[]).expect("one"));
    let told = parse("matrix.toml", MATRIX, super::RULES).expect_err("several");
    assert!(told.to_string().contains("the file is a matrix"), "{told}");
}

fn told(change: impl FnOnce(&str) -> String, expected: &[&str]) {
    let told = cells(&change(MATRIX)).expect_err("a mistake");
    for expected in expected {
        assert!(told.contains(expected), "no `{expected}` in:\n{told}");
    }
}

#[test]
fn what_is_wrong_with_a_matrix_is_told_with_its_place() {
    told(
        |text| text.replace("\"$reply\"", "\"$replay\""),
        &[
            "there is no axis `replay`",
            "--> matrix.toml:17:21",
            "did you mean `$reply`?",
            "the axes are `reply`, `when` and `latency_ms`",
        ],
    );
    told(
        |text| text.replace("$when.ms", "$when.msec"),
        &[
            "no value of the axis `when` has a `msec`",
            "--> matrix.toml:20:47",
            "did you mean `$when.ms`?",
        ],
    );
    told(
        |text| text.replace("\"$when.ms\"", "\"$when\""),
        &["no value of the axis `when` has a `value`"],
    );
    told(
        |text| {
            text.replace("\"$latency_ms\"", "7")
                .replace("{latency_ms}", "7")
        },
        &[
            "the axis `latency_ms` is not used",
            "--> matrix.toml:11:1",
            "write `\"$latency_ms\"`",
        ],
    );
    told(
        |text| text.replace("[5]", "[]"),
        &["the axis `latency_ms` has no value"],
    );
    told(
        |text| text.replace("[5]", "5"),
        &["the axis `latency_ms` is no list"],
    );
    told(
        |text| text.replace("[5]", "[5, 6, 5]"),
        &["`5` stands twice on the axis `latency_ms`", "first here"],
    );
    told(
        |text| text.replace("[5]", "[0.5]"),
        &[
            "cannot stand in an address",
            "--> matrix.toml:11:15",
            "name = \"late\"",
        ],
    );
    told(
        |text| text.replace("name = \"late\"", "name = \"a/b\""),
        &["cannot stand in an address"],
    );
    told(
        |text| text.replace("[5]", &format!("{:?}", (1..=2000).collect::<Vec<_>>())),
        &["the matrix has more than 4096 cells", "--> matrix.toml:5:2"],
    );
    told(
        |_| "title = \"x\"\nmatrix = 7\n".to_owned(),
        &["`matrix` is no table"],
    );
    told(
        |_| "title = \"x\"\n[matrix]\n".to_owned(),
        &["the matrix has no axis"],
    );
}

/// What is wrong in several cells is told once, with where the value stands.
#[test]
fn what_is_wrong_with_a_cell_is_told_with_the_cells_that_have_it() {
    told(
        |text| {
            text.replace("\"never\"]", "\"nevr\"]")
                .replace("[5]", "[0]")
        },
        &[
            "`nevr` is no `reply`",
            "--> matrix.toml:6:25",
            "did you mean `never`?",
            "in 2 of 4 cells, first in [reply=nevr,when=late,latency_ms=0]",
            "`latency_ms` is out of range",
            "--> matrix.toml:11:15",
            "in every cell",
        ],
    );
    told(
        |text| {
            text.replace("ms = 201", "ms = \"x\"")
                .replace("[\"honest\", \"never\"]", "[\"honest\"]")
        },
        &["in the cell [reply=honest,when=late,latency_ms=5]"],
    );
}

/// A value that lacks a member has cells without it, and so would one whose member has a wrong name.
#[test]
fn a_member_that_nothing_stands_for_is_told() {
    let mistyped = |text: &str| text.replace("ms = 201", "mss = 201, ms = 201");
    told(
        mistyped,
        &[
            "error: the member `mss` is not used",
            "--> matrix.toml:8:20",
            "write `\"$when.mss\"` where it belongs, or leave it out",
        ],
    );
}

#[test]
fn cells_that_are_too_large_together_are_told() {
    let long = |text: &str| text.replace("[matrix]", "slots = 50000\n[matrix]");
    told(
        long,
        &[
            "error: the cells of the matrix are too large together",
            "at most 100000 slots",
        ],
    );
}
