//! L1: `[l1]`, and what slots say of it.

use super::broken_with;

/// The message has all of these.
fn tells(lines: &[&str], parts: &[&str]) {
    let message = broken_with(lines);
    for part in parts {
        assert!(message.contains(part), "{part}\n\n{message}");
    }
}

#[test]
fn l1_is_not_faster_than_the_chain() {
    tells(
        &[
            "[chain]",
            "block_time_ms = 4000",
            "[l1]",
            "block_time_s = 3",
        ],
        &[
            "error: L1 is faster than the chain",
            "--> broken.toml:5:16",
            "a block takes 4 s",
            "`block_time_s` is at least 4",
        ],
    );
}

#[test]
fn a_deposit_of_no_kind() {
    tells(
        &[
            "[[slot]]",
            r#"attributes = { deposits = ["plain", "revert"] }"#,
        ],
        &[
            "error: `revert` is no `deposits`",
            "--> broken.toml:3:37",
            "did you mean `reverts`?",
            "`plain`, `mints`, `zero`",
        ],
    );
}

#[test]
fn more_deposits_than_a_block_has() {
    tells(
        &[
            "[[slot]]",
            r#"attributes = { user_deposits = 15, deposits = ["zero", "zero"] }"#,
        ],
        &[
            "error: there are too many deposits",
            "2 here, 15 by `user_deposits`",
            "a block has at most 16 deposits of users",
        ],
    );
}

#[test]
fn one_of_the_parameters_alone() {
    tells(
        &["[[slot]]", "l1 = { denominator = 8 }"],
        &[
            "error: `elasticity` is missing",
            "for example `l1 = { denominator = 50, elasticity = 2 }`",
        ],
    );
}

#[test]
fn what_l1_does_not_change() {
    tells(
        &["[[slot]]", "l1 = { base_fee_we = 8 }"],
        &[
            "error: unknown key `base_fee_we` in the slot's `l1`",
            "did you mean `base_fee_wei`?",
        ],
    );
}
