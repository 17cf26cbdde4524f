//! Broken files, and the whole message that each one gets.

mod faults;
mod files;
mod l1;
mod probes;
mod settings;
mod slots;
mod syntax;
mod values;

use super::RULES;
use crate::scenario::parse;

/// The message about a text that is no scenario.
fn broken(text: &str) -> String {
    parse("broken.toml", text, RULES)
        .expect_err("the text is broken")
        .to_string()
}

/// The message about a scenario in which only these lines are wrong.
fn broken_with(lines: &[&str]) -> String {
    broken(&format!("title = \"Broken\"\n{}\n", lines.join("\n")))
}
