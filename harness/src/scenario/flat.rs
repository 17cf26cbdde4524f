//! A file of settings: one table of keys and plain values, read with the same messages as a scenario
//! file. What a value may be is for the caller to say.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::file::{Places, broken_syntax, collect_keys, duplicate};
use super::nearest::{listed, nearest};
use super::problem::{Problem, Problems, ScenarioError};

/// A key that a file of settings can have.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    /// The key.
    pub(crate) name: String,
    /// What it takes.
    pub(crate) takes: Takes,
}

/// What a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    /// `true` or `false`.
    Flag,
    /// A string or a number.
    Value,
    /// A string or a number, or a list of them.
    Values,
}

/// A setting as a file has it: a key and its value as text; `true` has none, and `false` is as if it
/// were not there.
type Set = (String, Option<String>);

/// Reads a file of settings. A value is judged by the caller, who says what would be right.
///
/// # Errors
///
/// Returns everything that is wrong with the text.
pub(crate) fn settings(
    file: &str,
    text: &str,
    known: &[Setting],
    judge: impl Fn(&str, &str) -> Result<(), String>,
) -> Result<Vec<Set>, ScenarioError> {
    let problems = Problems::default();
    let (root, syntax) = DeTable::parse_recoverable(text);
    if let Some(problem) = broken_syntax(&syntax, "settings are a TOML file") {
        return Err(ScenarioError::of_problem(file, text, problem));
    }
    let mut keys = Places::new();
    if !syntax.is_empty() {
        collect_keys(root.get_ref(), &mut keys);
    }
    for error in syntax {
        let span = error.span().unwrap_or(0..0);
        problems.add(|| duplicate(&keys, text, span));
    }
    let mut set = Vec::new();
    for (key, value) in root.get_ref() {
        let Some(setting) = known.iter().find(|it| it.name == *key.get_ref()) else {
            problems.add(|| unknown(key.span(), key.get_ref(), known));
            continue;
        };
        let values = match (value.get_ref(), setting.takes) {
            (DeValue::Array(values), Takes::Values) => values.iter().collect(),
            _ => vec![value],
        };
        for value in values {
            match read(setting, value, &judge) {
                Ok(Some(value)) => set.push((setting.name.clone(), value)),
                Ok(None) => {}
                Err(problem) => problems.add(|| *problem),
            }
        }
    }
    match ScenarioError::of_text(file, text, problems) {
        Some(error) => Err(error),
        None => Ok(set),
    }
}

fn read(
    setting: &Setting,
    value: &Spanned<DeValue<'_>>,
    judge: impl Fn(&str, &str) -> Result<(), String>,
) -> Result<Option<Option<String>>, Box<Problem>> {
    let name = &setting.name;
    let text = match (value.get_ref(), setting.takes) {
        (DeValue::Boolean(flag), Takes::Flag) => return Ok(flag.then_some(None)),
        (DeValue::String(text), Takes::Value | Takes::Values) => text.to_string(),
        (DeValue::Integer(number), Takes::Value | Takes::Values) if number.radix() == 10 => {
            number.as_str().to_owned()
        }
        (_, takes) => {
            let right = match takes {
                Takes::Flag => "`true` or `false`",
                Takes::Value => "a string in quotes or a whole number",
                Takes::Values => "a string in quotes, or a list of them",
            };
            let message = format!("`{name}` has a value of another type");
            let problem = Problem::at(value.span(), message, "not what it takes");
            return Err(Box::new(problem.advise(format!("`{name}` is {right}"))));
        }
    };
    match judge(name, &text) {
        Ok(()) => Ok(Some(Some(text))),
        Err(why) => {
            let message = format!("`{text}` is no `{name}`");
            let label = format!("not a value of `{name}`");
            Err(Box::new(
                Problem::at(value.span(), message, label).advise(why),
            ))
        }
    }
}

fn unknown(span: std::ops::Range<usize>, key: &str, known: &[Setting]) -> Problem {
    let names = || known.iter().map(|setting| setting.name.as_str());
    let problem = Problem::at(span, format!("unknown key `{key}`"), "not a setting");
    match nearest(key, names()) {
        Some(meant) => problem.advise(format!("did you mean `{meant}`?")),
        None => problem,
    }
    .advise(listed("the settings are", names()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Set>, String> {
        let setting = |name: &str, takes| Setting {
            name: name.to_owned(),
            takes,
        };
        let known = [
            setting("block-time", Takes::Value),
            setting("new-chain", Takes::Flag),
            setting("follower", Takes::Values),
        ];
        let judge = |key: &str, value: &str| match (key, value) {
            ("block-time", "never") => Err("expected a whole number and its unit".to_owned()),
            _ => Ok(()),
        };
        settings("node.toml", text, &known, judge).map_err(|error| error.to_string())
    }

    #[test]
    fn settings_are_read_as_text() {
        let text = "block-time = '2s'\nnew-chain = true\nfollower = ['a', 'b']\n";
        let set = |key: &str, value: Option<&str>| (key.to_owned(), value.map(str::to_owned));
        assert_eq!(
            read(text).unwrap(),
            [
                set("block-time", Some("2s")),
                set("follower", Some("a")),
                set("follower", Some("b")),
                set("new-chain", None),
            ]
        );
        assert_eq!(read("new-chain = false\n").unwrap(), []);
        assert_eq!(
            read("block-time = 7").unwrap(),
            [set("block-time", Some("7"))]
        );
    }

    #[test]
    fn every_mistake_is_told_with_its_place_and_what_would_be_right() {
        let told = |text: &str, expected: &[&str]| {
            let told = read(text).unwrap_err();
            for expected in expected {
                assert!(told.contains(expected), "no `{expected}` in:\n{told}");
            }
        };
        told(
            "block_tme = '2s'\nblock-time = 'never'\nnew-chain = 'yes'\n",
            &[
                "unknown key `block_tme`",
                "--> node.toml:1:1",
                "did you mean `block-time`?",
                "`never` is no `block-time`",
                "--> node.toml:2:14",
                "expected a whole number and its unit",
                "`new-chain` is `true` or `false`",
            ],
        );
        told(
            "block-time = \n",
            &["--> node.toml:1:", "a value is missing"],
        );
        told(
            "new-chain = true\nnew-chain = true\n",
            &["duplicate key `new-chain`", "first here"],
        );
        told("follower = [7, true]\n", &["or a list of them"]);
    }
}
