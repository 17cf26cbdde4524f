//! What somebody else sends to the builder.

use super::broken_with;

#[track_caller]
fn told(probe: &str, expected: &[&str]) {
    let message = broken_with(&["[[slot]]", &format!("probes = [{probe}]")]);
    for expected in expected {
        assert!(message.contains(expected), "no `{expected}` in:\n{message}");
    }
}

#[test]
fn a_probe_that_is_misspelt() {
    told(
        r#"{ send = "batsh", at_ms = 700 }"#,
        &[
            "`batsh` is no `send`",
            "broken.toml:3:20",
            "did you mean `batch`?",
        ],
    );
}

#[test]
fn a_way_of_writing_that_a_probe_does_not_have() {
    told(
        r#"{ send = "id", written = "1.55", at_ms = 700 }"#,
        &["`1.55` is no `written`", "did you mean `1.5`?"],
    );
}

#[test]
fn a_member_of_a_probe_that_has_none() {
    told(
        r#"{ send = "id", member = "gasLimit", at_ms = 700 }"#,
        &["`id` has no `member`", "leave `member` out"],
    );
}

#[test]
fn a_probe_without_a_time_and_one_after_the_slot() {
    told(
        r#"{ send = "id" }"#,
        &[
            "`at_ms` is missing",
            r#"probes = [{ send = "call", at_ms = 700 }]"#,
        ],
    );
    told(
        r#"{ send = "id", at_ms = 2000 }"#,
        &["`at_ms` is after the end of the slot"],
    );
}
