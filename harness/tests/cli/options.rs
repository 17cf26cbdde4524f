//! Options: the help, and those that cannot be.

use crate::common::{assert_tells, gauntlet};

#[test]
fn help_says_what_the_exit_codes_mean() {
    for arguments in [
        &["--help"][..],
        &["run", "--help"],
        &["explore", "--help"],
        &["mutants", "--help"],
        &["rules", "--help"],
        &["decisions", "--help"],
    ] {
        let ended = gauntlet(arguments);
        assert_eq!((ended.code, &*ended.err), (0, ""));
        assert_tells(&ended.out, &["Usage: ", "Examples:\n", "Exit codes"]);
        let widest = ended.out.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(120), "{widest:?} in\n{}", ended.out);
    }
    let version = gauntlet(&["--version"]);
    assert_eq!(version.code, 0);
    assert_tells(&version.out, &["gauntlet ", env!("CARGO_PKG_VERSION")]);
}

#[test]
fn an_option_that_cannot_be_is_bad_input() {
    for arguments in [
        &["run", "--tick", "11", "get-payload/reply-at-201-ms"][..],
        &["run", "--tick", "0"],
        &["run", "--jobs", "0"],
        &["run", "--seed", "many"],
        &["run", "--digest", "--json"],
        &["walk"],
    ] {
        assert_eq!(gauntlet(arguments).code, 2, "{arguments:?}");
    }
}
