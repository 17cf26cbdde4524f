//! The command line of `cargo test`, and what it is told: what libtest understands and says, as far
//! as a test of ours has it, so that `cargo test` and nextest take a case for any other test.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::time::Duration;

use thiserror::Error;

/// The exit code of libtest if a test fails.
const FAILED: u8 = 101;

const HELP: &str = "\
Usage: [OPTIONS] [FILTERS...]

A filter is a part of a case's address, or a rule: `get-payload`, `get-payload/no-retry`, `seed/7`.

  --exact                filters are whole addresses
  --skip FILTER          leave out what matches
  --list                 tell what there is, and run nothing
  --ignored              only what the builder declines
  --include-ignored      what it declines too, which is always the case
  --test-threads N       so many cases at the same time [default: one a core]
  --format pretty|terse  terse: only what is not simply ok
  -q, --quiet            the same as `--format terse`

GAUNTLET_SEEDS=0..100 tries other seeds, GAUNTLET_SNAPSHOTS=accept writes snapshots.
";

/// What the command line of a test asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    filters: Vec<String>,
    skips: Vec<String>,
    jobs: Option<NonZeroUsize>,
    asks: Asks,
    matching: Matching,
    which: Which,
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Asks {
    #[default]
    Run,
    List,
    Help,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Matching {
    #[default]
    Part,
    Whole,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Which {
    #[default]
    All,
    Ignored,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Format {
    #[default]
    Pretty,
    Terse,
}

/// Why the command line of a test asks for nothing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ArgumentsError {
    /// There is no such option.
    #[error("there is no option `{0}`; `--help` tells which there are")]
    Unknown(String),
    /// An option lacks its value.
    #[error("`{0}` needs a value")]
    NoValue(String),
    /// The value of an option is none.
    #[error("`{value}` is no value of `{option}`")]
    Value {
        /// The option.
        option: String,
        /// What stands there.
        value: String,
    },
}

impl Arguments {
    /// Reads a command line, without the name of the program.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn parse(words: impl IntoIterator<Item = String>) -> Result<Self, ArgumentsError> {
        let mut asked = Self::default();
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            if word == "--" {
                asked.filters.extend(words);
                break;
            }
            if !word.starts_with('-') {
                asked.filters.push(word);
                continue;
            }
            let (option, joined) = match word.split_once('=') {
                Some((option, value)) => (option.to_owned(), Some(value.to_owned())),
                None => (word, None),
            };
            let mut value = || {
                let value = joined.clone().or_else(|| words.next());
                value.ok_or_else(|| ArgumentsError::NoValue(option.clone()))
            };
            match option.as_str() {
                "--exact" => asked.matching = Matching::Whole,
                "--list" => asked.asks = Asks::List,
                "-h" | "--help" => asked.asks = Asks::Help,
                "--ignored" => asked.which = Which::Ignored,
                "-q" | "--quiet" => asked.format = Format::Terse,
                "--skip" => asked.skips.push(value()?),
                "--test-threads" => {
                    let value = value()?;
                    let jobs = value.parse();
                    let wrong = |_| ArgumentsError::Value { option, value };
                    asked.jobs = Some(jobs.map_err(wrong)?);
                }
                "--format" => {
                    asked.format = match value()? {
                        value if value == "pretty" => Format::Pretty,
                        value if value == "terse" => Format::Terse,
                        value => return Err(ArgumentsError::Value { option, value }),
                    }
                }
                // It has no colours.
                "--color" => drop(value()?),
                // Nothing is captured, and what is declined is told anyway.
                "--include-ignored" | "--nocapture" | "--no-capture" | "--show-output"
                | "--test" => {}
                _ => return Err(ArgumentsError::Unknown(option)),
            }
        }
        Ok(asked)
    }

    /// Whether a test of this name is asked for; a filter may also be something that it is about.
    pub(super) fn select(&self, name: &str, is_about: impl Fn(&str) -> bool) -> bool {
        let matches = |filter: &String| match self.matching {
            Matching::Whole => name == filter,
            Matching::Part => name.contains(&**filter) || is_about(filter),
        };
        (self.filters.is_empty() || self.filters.iter().any(matches))
            && !self.skips.iter().any(matches)
    }

    pub(super) fn wants_only_ignored(&self) -> bool {
        self.which == Which::Ignored
    }

    pub(super) fn wants_help(&self) -> bool {
        self.asks == Asks::Help
    }

    pub(super) fn wants_list(&self) -> bool {
        self.asks == Asks::List
    }

    pub(super) fn jobs(&self) -> Option<NonZeroUsize> {
        self.jobs
    }
}

/// A test that has ended.
#[derive(Clone, Debug)]
pub(super) struct Tested {
    /// Its name.
    pub(super) name: String,
    /// How it ended.
    pub(super) outcome: Outcome,
}

/// How a test ended.
#[derive(Clone, Debug)]
pub(super) enum Outcome {
    /// As it must, with what is advised against, if anything is.
    Passed(Option<String>),
    /// It says nothing, and why.
    Ignored(String),
    /// Not as it must, and what happened.
    Failed(String),
}

/// Tells what libtest tells. Colours are left out.
pub(super) struct Teller<'a> {
    told: &'a mut dyn Write,
    format: Format,
    left_out: usize,
    passed: usize,
    ignored: usize,
    warned: Vec<String>,
    failed: Vec<(String, String)>,
}

impl<'a> Teller<'a> {
    /// One that writes there, and of whose tests so many are left out.
    pub(super) fn new(asked: &Arguments, told: &'a mut dyn Write, left_out: usize) -> Self {
        Self {
            told,
            format: asked.format,
            left_out,
            passed: 0,
            ignored: 0,
            warned: Vec::new(),
            failed: Vec::new(),
        }
    }

    pub(super) fn help(&mut self) -> io::Result<()> {
        self.told.write_all(HELP.as_bytes())
    }

    pub(super) fn list<'n>(&mut self, names: impl Iterator<Item = &'n str>) -> io::Result<()> {
        let mut count = 0;
        for name in names {
            writeln!(self.told, "{name}: test")?;
            count += 1;
        }
        match self.format {
            Format::Pretty => writeln!(self.told, "\n{count} tests, 0 benchmarks"),
            Format::Terse => Ok(()),
        }
    }

    pub(super) fn begin(&mut self, count: usize) -> io::Result<()> {
        let s = if count == 1 { "" } else { "s" };
        writeln!(self.told, "\nrunning {count} test{s}")
    }

    /// Tells how a test ended.
    pub(super) fn tested(&mut self, tested: Tested) -> io::Result<()> {
        let Tested { name, outcome } = tested;
        let mut is_plain = false;
        let told = match outcome {
            Outcome::Passed(warning) => {
                self.passed += 1;
                self.warned.extend(warning);
                is_plain = true;
                "ok".to_owned()
            }
            Outcome::Ignored(why) => {
                self.ignored += 1;
                format!("ignored, {}", plain(&why))
            }
            Outcome::Failed(why) => {
                self.failed.push((name.clone(), why));
                "FAILED".to_owned()
            }
        };
        if is_plain && self.format == Format::Terse {
            return Ok(());
        }
        writeln!(self.told, "test {name} ... {told}")?;
        self.told.flush()
    }

    /// Tells what they come to.
    pub(super) fn end(self, took: Duration) -> io::Result<ExitCode> {
        let mut text = String::new();
        if !self.warned.is_empty() {
            text += "\nwarnings:\n\n";
            text += &self.warned.concat();
        }
        if !self.failed.is_empty() {
            text += "\nfailures:\n";
            for (name, why) in &self.failed {
                let _infallible = write!(text, "\n---- {name} ----\n{}\n", why.trim_end());
            }
            text += "\nfailures:\n";
            for (name, _) in &self.failed {
                let _infallible = writeln!(text, "    {name}");
            }
        }
        let failed = self.failed.len();
        let result = if failed == 0 { "ok" } else { "FAILED" };
        let _infallible = writeln!(
            text,
            "\ntest result: {result}. {} passed; {failed} failed; {} ignored; 0 measured; \
             {} filtered out; finished in {:.2}s\n",
            self.passed,
            self.ignored,
            self.left_out,
            took.as_secs_f64(),
        );
        self.told.write_all(plain(&text).as_bytes())?;
        self.told.flush()?;
        Ok(match failed {
            0 => ExitCode::SUCCESS,
            _ => ExitCode::from(FAILED),
        })
    }
}

/// A text without colours: without the ANSI sequences that styles consist of.
fn plain(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain += match part.split_once('m') {
            Some((style, rest)) if style.starts_with('[') => rest,
            Some(_) | None => part,
        };
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::text;

    fn parsed(line: &str) -> Result<Arguments, ArgumentsError> {
        Arguments::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn filters_are_parts_or_wholes_of_names_or_what_they_are_about() {
        let selects = |line: &str, name: &str| {
            let asked = parsed(line).unwrap();
            asked.select(name, |filter| filter == "get-payload/no-retry")
        };
        assert!(selects("", "a/b"));
        assert!(selects("a/", "a/b") && selects("x b", "a/b"));
        assert!(selects("get-payload/no-retry", "a/b"), "by its rule");
        assert!(!selects("--exact get-payload/no-retry", "a/b"));
        assert!(!selects("--exact a", "a/b") && selects("a/b --exact", "a/b"));
        assert!(!selects("--skip b", "a/b") && !selects("a --skip=b", "a/b"));
        assert!(selects("-- --a", "x--a"));
    }

    #[test]
    fn what_cargo_and_nextest_say_is_understood() {
        let list = parsed("--list --format terse --ignored").unwrap();
        assert!(list.wants_list() && list.wants_only_ignored());
        let one = parsed("a/b --exact --nocapture").unwrap();
        assert_eq!(one.filters, ["a/b"]);
        let jobs = parsed("--test-threads=3 --color always").unwrap().jobs();
        assert_eq!(jobs.map(NonZeroUsize::get), Some(3));
    }

    #[test]
    fn what_is_not_understood_is_told() {
        for (line, told) in [
            ("--sparkle", "there is no option `--sparkle`"),
            ("--skip", "`--skip` needs a value"),
            ("--test-threads 0", "`0` is no value of `--test-threads`"),
            ("--format json", "`json` is no value of `--format`"),
        ] {
            let error = parsed(line).unwrap_err().to_string();
            assert!(error.starts_with(told), "{error}");
        }
    }

    #[test]
    fn a_test_is_told_as_libtest_tells_it() {
        let mut told = Vec::new();
        let mut teller = Teller::new(&Arguments::default(), &mut told, 4);
        teller.begin(3).unwrap();
        for (name, outcome) in [
            ("a/b", Outcome::Passed(None)),
            ("a/c", Outcome::Ignored("it cannot".to_owned())),
            ("a/d", Outcome::Failed(text::error(&"no", &[]))),
        ] {
            let name = name.to_owned();
            teller.tested(Tested { name, outcome }).unwrap();
        }
        let code = teller.end(Duration::from_millis(1500)).unwrap();
        assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::from(101)));
        let lines = [
            "",
            "running 3 tests",
            "test a/b ... ok",
            "test a/c ... ignored, it cannot",
            "test a/d ... FAILED",
            "",
            "failures:",
            "",
            "---- a/d ----",
            "error: no",
            "",
            "failures:",
            "    a/d",
            "",
            "test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 4 filtered out; \
             finished in 1.50s",
            "",
            "",
        ];
        assert_eq!(String::from_utf8(told).unwrap(), lines.join("\n"));
    }
}
