//! A table being read: types, ranges, words, unknown keys.

use std::fmt::Display;
use std::ops::{Range, RangeInclusive};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{Keys, TABLES};
use super::nearest::{listed, most_alike, nearest, short};
use super::problem::{Problem, Problems};
use super::words::Word;

/// How many values are listed where there is one that is none; of more only [`ALIKE`].
const LISTED: usize = 60;

/// How many values are listed where there are too many to list.
const ALIKE: usize = 12;

/// A table of the file. What is wrong with a value is reported, and the value then read as if it
/// were absent.
#[derive(Debug)]
pub(super) struct Section<'a> {
    table: &'a DeTable<'a>,
    span: Range<usize>,
    keys: &'static Keys,
    problems: &'a Problems,
}

impl<'a> Section<'a> {
    /// Opens a table and reports the keys that it cannot have.
    pub(super) fn new(
        table: &'a DeTable<'a>,
        span: Range<usize>,
        keys: &'static Keys,
        problems: &'a Problems,
    ) -> Self {
        let section = Self {
            table,
            span,
            keys,
            problems,
        };
        for key in table.keys() {
            if !keys.has(key.get_ref()) {
                problems.add(|| section.unknown_key(key.span(), key.get_ref()));
            }
        }
        section
    }

    /// Where the table is: its header, or all of an inline table.
    pub(super) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Reports a problem, which is described only if it is told.
    pub(super) fn report(&self, describe: impl FnOnce() -> Problem) {
        self.problems.add(describe);
    }

    /// Where this key is, if the table has it.
    pub(super) fn key_span(&self, key: &str) -> Option<Range<usize>> {
        self.table
            .get_key_value(key)
            .map(|(spanned, _)| spanned.span())
    }

    /// Reports that a key is missing, if it is; the example shows the table as it would be right.
    pub(super) fn require(&self, key: &str, example: &str) {
        if !self.table.contains_key(key) {
            self.report(|| {
                Problem::at(
                    self.span(),
                    format!("`{key}` is missing"),
                    format!("has no `{key}`"),
                )
                .advise(format!("for example `{example}`"))
            });
        }
    }

    /// Reads a number in a range.
    pub(super) fn number<T>(&self, key: &str, range: RangeInclusive<T>) -> Option<Spanned<T>>
    where
        T: Copy + Display + Into<i128> + TryFrom<i128>,
    {
        let value = self.table.get(key)?;
        let wanted = format!("a whole number from {} to {}", range.start(), range.end());
        let DeValue::Integer(integer) = value.get_ref() else {
            self.wrong_type(key, value, "a whole number", &wanted);
            return None;
        };
        let number = i128::from_str_radix(integer.as_str(), integer.radix());
        let label = match number {
            Ok(number) if number < (*range.start()).into() => {
                format!("less than {}", range.start())
            }
            Ok(number) if number <= (*range.end()).into() => {
                return Some(Spanned::new(value.span(), T::try_from(number).ok()?));
            }
            Ok(_) => format!("more than {}", range.end()),
            Err(_) => "beyond all measure".to_owned(),
        };
        self.report(|| {
            Problem::at(value.span(), format!("`{key}` is out of range"), label)
                .advise(format!("`{key}` is {wanted}"))
        });
        None
    }

    /// Reads a number in a range, or takes the default.
    pub(super) fn number_or<T>(&self, key: &str, range: RangeInclusive<T>, default: T) -> T
    where
        T: Copy + Display + Into<i128> + TryFrom<i128>,
    {
        self.number(key, range).map_or(default, Spanned::into_inner)
    }

    /// Reads `true` or `false`.
    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        let value = self.table.get(key)?;
        let DeValue::Boolean(flag) = value.get_ref() else {
            self.wrong_type(key, value, "`true` or `false`", "`true` or `false`");
            return None;
        };
        Some(*flag)
    }

    /// Reads a string.
    pub(super) fn text(&self, key: &str) -> Option<Spanned<&'a str>> {
        let value = self.table.get(key)?;
        let DeValue::String(text) = value.get_ref() else {
            self.wrong_type(key, value, "a string", "a string in quotes");
            return None;
        };
        Some(Spanned::new(value.span(), text.as_ref()))
    }

    /// Reads a list of strings.
    pub(super) fn texts(&self, key: &str) -> Vec<Spanned<&'a str>> {
        let Some(value) = self.table.get(key) else {
            return Vec::new();
        };
        let DeValue::Array(array) = value.get_ref() else {
            self.wrong_type(key, value, "a list", "a list of strings in quotes");
            return Vec::new();
        };
        let mut texts = Vec::new();
        for element in array.iter() {
            if let DeValue::String(text) = element.get_ref() {
                texts.push(Spanned::new(element.span(), text.as_ref()));
            } else {
                self.wrong_type(key, element, "a string", "a list of strings in quotes");
            }
        }
        texts
    }

    /// Reads a word.
    pub(super) fn word<W: Word>(&self, key: &str) -> Option<Spanned<W>> {
        self.choice(
            key,
            W::all().into_iter().map(|of| (of.word(), of)).collect(),
        )
    }

    /// Reads a list of words. What is no word is reported and left out.
    pub(super) fn words<W: Word>(&self, key: &str) -> Vec<W> {
        let read = |text: &Spanned<&str>| {
            let found = W::all().into_iter().find(|of| of.word() == *text.get_ref());
            if found.is_none() {
                let words = W::all().into_iter().map(W::word).collect();
                self.report(|| no_word(key, text, words));
            }
            found
        };
        self.texts(key).iter().filter_map(read).collect()
    }

    /// Reads one of these words and returns what it stands for.
    pub(super) fn choice<T>(
        &self,
        key: &str,
        mut choices: Vec<(&'static str, T)>,
    ) -> Option<Spanned<T>> {
        let text = self.text(key)?;
        let chosen = choices.iter().position(|(word, _)| word == text.get_ref());
        if let Some(chosen) = chosen {
            return Some(Spanned::new(text.span(), choices.swap_remove(chosen).1));
        }
        self.report(|| {
            let words = choices.iter().map(|(word, _)| *word).collect();
            no_word(key, &text, words)
        });
        None
    }

    /// Reads a word, or takes the default.
    pub(super) fn word_or<W: Word>(&self, key: &str, default: W) -> W {
        self.word(key).map_or(default, Spanned::into_inner)
    }

    /// Opens a table of this table.
    pub(super) fn section(&self, key: &str, keys: &'static Keys) -> Option<Section<'a>> {
        let value = self.table.get(key)?;
        let DeValue::Table(table) = value.get_ref() else {
            let members = listed("a table of", keys.all());
            self.wrong_type(key, value, "a table", &members);
            return None;
        };
        Some(Section::new(table, value.span(), keys, self.problems))
    }

    /// Opens every table of a list of tables.
    pub(super) fn sections(&self, key: &str, keys: &'static Keys) -> Vec<Section<'a>> {
        let Some(value) = self.table.get(key) else {
            return Vec::new();
        };
        let wanted = format!("a list of tables, each headed `[[{key}]]`");
        let DeValue::Array(array) = value.get_ref() else {
            self.wrong_type(key, value, "a list of tables", &wanted);
            return Vec::new();
        };
        let mut sections = Vec::new();
        for element in array.iter() {
            if let DeValue::Table(table) = element.get_ref() {
                sections.push(Section::new(table, element.span(), keys, self.problems));
            } else {
                self.wrong_type(key, element, "a table", &wanted);
            }
        }
        sections
    }

    fn wrong_type(&self, key: &str, value: &Spanned<DeValue<'_>>, expected: &str, wanted: &str) {
        let found = match value.get_ref() {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number with a fraction",
            DeValue::Boolean(_) => "`true` or `false`",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.report(|| {
            Problem::at(
                value.span(),
                format!("expected {expected}, found {found}"),
                format!("this is {found}"),
            )
            .advise(format!("`{key}` is {wanted}"))
        });
    }

    fn unknown_key(&self, span: Range<usize>, key: &str) -> Problem {
        let place = self.keys.place;
        let shown = short(key);
        let problem = Problem::at(
            span,
            format!("unknown key `{shown}` {place}"),
            "unknown key",
        );
        let here = || self.keys.all();
        let elsewhere = TABLES.iter().find(|table| table.has(key));
        let problem = match (nearest(key, here()), elsewhere) {
            (_, Some(table)) => problem.advise(format!("`{key}` stands {}", table.place)),
            (Some(meant), None) => problem.advise(format!("did you mean `{meant}`?")),
            (None, None) => problem,
        };
        problem.advise(listed(&format!("the keys {place} are"), here()))
    }
}

/// What is wrong with a text that is none of the words that a key can have.
fn no_word(key: &str, text: &Spanned<&str>, words: Vec<&'static str>) -> Problem {
    let problem = Problem::at(
        text.span(),
        format!("`{}` is no `{key}`", short(text.get_ref())),
        format!("not a value of `{key}`"),
    );
    let problem = match nearest(text.get_ref(), words.iter().copied()) {
        Some(meant) => problem.advise(format!("did you mean `{meant}`?")),
        None => problem,
    };
    let count = words.len();
    if count <= LISTED {
        return problem.advise(listed(&format!("the values of `{key}` are"), words));
    }
    let of_many = format!("of {count} values of `{key}` the most alike are");
    problem.advise(listed(&of_many, most_alike(text.get_ref(), words, ALIKE)))
}
