//! How numbers, places and mistakes are said.

use std::fmt::{self, Display, Write as _};
use std::time::Duration;

use crate::report::style::{BAD, HEADING, HELP};
use crate::rules::Rule;
use crate::suite::BadInput;

/// A number of things, such as `1 rule` or `2 rules`.
#[must_use]
pub fn plural(count: u64, one: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {one}{s}")
}

/// A time span as a person says it: `12 ms`, `3.5 s`, `6 min 40 s`.
#[must_use]
pub fn span(span: Duration) -> String {
    let ms = (span.as_micros() + 500) / 1000;
    match ms {
        0..1000 => format!("{ms} ms"),
        1000..60_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        _ => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1000),
    }
}

/// A rule's level and line, such as `MUST, line 50`.
#[must_use]
pub fn whence(rule: &Rule) -> String {
    format!("{}, line {}", rule.level, rule.line)
}

/// The folder and the name of an address.
#[must_use]
pub fn parts(address: &str) -> (&str, &str) {
    address.rsplit_once('/').unwrap_or(("", address))
}

/// Why nothing was run, as a compiler says it.
#[must_use]
pub fn bad_input(bad: &BadInput) -> String {
    match bad {
        BadInput::File(error) => error.colored(),
        BadInput::Unknown(unknown) => error(&unknown.message, &unknown.help),
        BadInput::Unrepeatable { .. } => error(&bad.to_string(), &[]),
    }
}

/// A message of what is wrong, and what would have been right.
#[must_use]
pub fn error(message: &dyn Display, help: &[String]) -> String {
    let mut text = format!("{BAD}error{BAD:#}{HEADING}: {message}{HEADING:#}");
    for help in help {
        let _infallible = write!(text, "\n  = {HELP}help{HELP:#}: {help}");
    }
    text
}

/// Adds a line.
pub(super) fn line(text: &mut String, arguments: fmt::Arguments<'_>) {
    let _infallible = text.write_fmt(arguments);
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_said_in_the_unit_that_fits() {
        for (us, said) in [
            (0, "0 ms"),
            (499, "0 ms"),
            (12_500, "13 ms"),
            (999_499, "999 ms"),
            (999_500, "1.0 s"),
            (3_500_000, "3.5 s"),
            (59_999_000, "59.9 s"),
            (60_000_000, "1 min 0 s"),
            (400_000_000, "6 min 40 s"),
        ] {
            assert_eq!(span(Duration::from_micros(us)), said);
        }
    }
}
